package importance

import (
	"cmp"
	"math"
	"slices"
)

// functions returns how many functions of one parameter, and of each of two, so
// many models can tell: fewer miss more of what is not smooth, and more are
// noise.
func functions(models int) (one, each int) {
	return int(math.Round(math.Cbrt(float64(models)))), int(math.Round(math.Pow(float64(models), 0.25)))
}

// addEffects adds the shares of all that was asked for.
func (x *study) addEffects(r *Result) {
	one, each := functions(len(x.errs))
	terms := func(columns []*levels) func(int) []term {
		return func(k int) []term { return []term{{{columns[k], columns[k].basis(one)}}} }
	}
	for k, a := range x.answer(question{len(x.adjust), terms(x.adjust), func(h *held, m int) []float64 {
		return h.covariates.parts(x.adjust, m, mains{}, len(x.adjust))
	}, func(h *held) []float64 { return h.adjusted }}) {
		r.Adjusted = append(r.Adjusted, a.named("", x.adjust[k].name))
	}
	for k, a := range x.answer(x.question(len(x.columns), mains{}, terms(x.columns))) {
		r.Effects = append(r.Effects, a.named("", x.columns[k].name))
		r.Marginals = append(r.Marginals, x.marginal(k, a.rest))
	}
	among := x.pairs()
	for k, a := range x.answer(x.question(len(among.list), among.pairs, func(k int) []term {
		var t term
		for _, c := range among.list[k] {
			t = append(t, column{x.columns[c], x.columns[c].basis(each)})
		}
		return []term{t}
	})) {
		r.Pairs = append(r.Pairs, a.named("", x.columns[among.list[k][0]].name, x.columns[among.list[k][1]].name))
	}
	x.addGroups(r)
	r.sort()
	r.Together = x.interactions(x.places(r.Pairs))
}

// sort puts the greatest effects first, and marginals in the order of the
// effects.
func (r *Result) sort() {
	greatest := func(a, b Effect) int { return cmp.Compare(b.raw, a.raw) }
	slices.SortStableFunc(r.Effects, greatest)
	slices.SortStableFunc(r.Pairs, greatest)
	place := map[string]int{}
	for i, e := range r.Effects {
		place[e.Parameters[0]] = i
	}
	slices.SortFunc(r.Marginals, func(a, b Marginal) int { return cmp.Compare(place[a.Parameter], place[b.Parameter]) })
}

// places returns the columns of pairs.
func (x *study) places(pairs []Effect) [][2]int {
	var list [][2]int
	for _, e := range pairs {
		var p [2]int
		for k, l := range x.columns {
			for i, name := range e.Parameters {
				if l.name == name {
					p[i] = k
				}
			}
		}
		list = append(list, p)
	}
	return list
}

func (a answer) named(group string, parameters ...string) Effect {
	a.Group, a.Parameters = group, parameters
	return a.Effect
}

// question is about parts of the forest of parameters.
func (x *study) question(n int, p part, terms func(int) []term) question {
	return question{n, terms, func(h *held, model int) []float64 {
		return h.parameters.parts(x.known, model, p, max(n, len(x.known)))
	}, func(h *held) []float64 { return h.rest }}
}

// addGroups adds the shares of groups, of which each column alone and each two
// count, and of two only the first function of each.
func (x *study) addGroups(r *Result) {
	_, each := functions(len(x.errs))
	var g groups
	for _, group := range x.o.Groups {
		var has []bool
		for _, c := range x.known {
			has = append(has, slices.Contains(group.Columns, c.name))
		}
		g.has = append(g.has, has)
	}
	for k, a := range x.answer(x.question(len(g.has), g, func(k int) []term {
		var ts []term
		for a, has := range g.has[k][:len(x.columns)] {
			if !has {
				continue
			}
			ts = append(ts, term{{x.columns[a], x.columns[a].basis(each)}})
			for b := range a {
				if g.has[k][b] {
					ts = append(ts, term{{x.columns[a], x.columns[a].basis(1)}, {x.columns[b], x.columns[b].basis(1)}})
				}
			}
		}
		return ts
	})) {
		group := x.o.Groups[k]
		r.Groups = append(r.Groups, a.named(group.Name, group.Columns...))
	}
}

// someOf are pairs with the columns that they are of.
type someOf struct {
	pairs
	list [][2]int
}

// pairs chooses the columns that have most to do with the predictions, of which
// pairs are looked at.
func (x *study) pairs() someOf {
	p := len(x.columns)
	sums := make([]float64, p)
	if p > maxPairs {
		for i := range x.splits {
			for _, h := range x.splits[i].parts {
				for _, m := range h.models {
					for k, f := range h.parameters.parts(x.known, m, totals{}, len(x.known))[:p] {
						sums[k] += f * f
					}
				}
			}
		}
	}
	order := make([]int, p)
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(sums[b], sums[a]) })
	chosen := slices.Sorted(slices.Values(order[:min(p, maxPairs)]))
	all := len(x.known)
	o := someOf{pairs: pairs{all, slices.Repeat([]int{-1}, all*all)}}
	for i, a := range chosen {
		for _, b := range chosen[i+1:] {
			o.index[a*all+b] = len(o.list)
			o.list = append(o.list, [2]int{a, b})
		}
	}
	return o
}

package importance

import (
	"math"
	"slices"

	"designspace/bootstrap"
)

// A variance is that of a component in the population: its estimate, and how much
// each model changes it (the influence function of the estimate).
type variance struct {
	estimate  float64
	influence []float64
}

// add adds what the models that a split holds out say. rest are their errors less
// what the forest says of all other components. With the functions φ of the
// terms,
//
//	mean over pairs of models i ≠ k of rest_i rest_k Σ φ(i) φ(k)
//
// is the sum of the squared coefficients of the component, without bias: a
// U-statistic, which may be negative.
func (v *variance) add(splits int, models []int, rest []float64, terms []term) {
	m := float64(len(rest))
	scale := 1 / (m * (m - 1) * float64(splits))
	for _, t := range terms {
		values := make([][]float64, len(models))
		var sums []float64
		for i, k := range models {
			values[i] = t.values(k, nil)
			if sums == nil {
				sums = make([]float64, len(values[i]))
			}
			for f, x := range values[i] {
				sums[f] += rest[i] * x
			}
		}
		for i, k := range models {
			pairs := 0.0
			for f, x := range values[i] {
				pairs += rest[i] * x * (sums[f] - rest[i]*x)
			}
			v.estimate += pairs * scale
			v.influence[k] += 2 * pairs * scale * float64(len(v.influence))
		}
	}
}

// A question is about parts of forests and the terms that describe them.
type question struct {
	parts int
	terms func(part int) []term
	of    func(s *split, model int) []float64 // the parts of a model
	rest  func(s *split) []float64            // errors less all parts
}

// An answer is the share of a part, and the errors of all models less what
// forests that were not fitted to them say of the other parts.
type answer struct {
	Effect
	rest []float64
}

// answer estimates the shares of the parts.
func (x *study) answer(q question) []answer {
	components := make([][][]float64, len(x.splits)) // by split, model and part
	each(len(x.splits), func(i int) {
		s := &x.splits[i]
		for _, m := range s.held {
			components[i] = append(components[i], q.of(s, m))
		}
	})
	answers := make([]answer, q.parts)
	each(q.parts, func(k int) {
		v := variance{influence: make([]float64, len(x.errs))}
		mean := make([]float64, len(x.errs))
		terms := q.terms(k)
		for i := range x.splits {
			s := &x.splits[i]
			rest := slices.Clone(q.rest(s))
			for j := range rest {
				rest[j] += components[i][j][k]
			}
			center(rest)
			v.add(len(x.splits), s.held, rest, terms)
			for j, m := range s.held {
				mean[m] += rest[j] / float64(x.o.Repeats)
			}
		}
		answers[k] = answer{x.effect(v), mean}
	})
	return answers
}

// effect turns a variance into a share of the variance of errors. The interval is
// that of a bootstrap over models of the linear approximation.
func (x *study) effect(v variance) Effect {
	n := float64(len(x.errs))
	influence := slices.Clone(v.influence)
	center(influence)
	y := slices.Clone(x.errs)
	center(y)
	total := 0.0
	for _, e := range y {
		total += e * e / n
	}
	shares := make([]float64, len(x.resamples))
	for b, counts := range x.resamples {
		var sum, mean, squares float64
		for i, c := range counts {
			w := float64(c)
			sum += w * influence[i]
			mean += w * y[i]
			squares += w * y[i] * y[i]
		}
		spread := squares/n - mean/n*mean/n
		if spread <= 0 {
			spread = total
		}
		shares[b] = (v.estimate + sum/n) / spread
	}
	slices.Sort(shares)
	raw := v.estimate / total
	limit := func(p float64) float64 { return clamp(shares[int(p*float64(len(shares)-1)+0.5)]) }
	return Effect{raw: raw, Share: bootstrap.Interval{Estimate: clamp(raw), Lo: min(limit(0.025), clamp(raw)), Hi: max(limit(0.975), clamp(raw))}}
}

func clamp(x float64) float64 { return math.Max(0, math.Min(x, 1)) }

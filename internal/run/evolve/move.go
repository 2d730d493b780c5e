package evolve

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"designspace/internal/format"
	"designspace/space"
)

// A move is a way to change a space, and what explorers say of it.
type move struct {
	parameter string  // that it is about
	name      string  // short, as in "w4" or "shared b"
	about     string  // what the child is, as in "w4 48:"
	reason    string  // in words
	gain, se  float64 // points by which the mean is expected to improve, and its standard error

	// One of these.
	restriction  space.Restriction
	share        string
	depth, width space.Order
	distribution string // that takes the place of the parameter's
}

func (m move) expands() bool { return m.distribution != "" }

// restrict puts the move into a child.
func (m move) restrict(c *space.Child) {
	switch {
	case m.restriction.Name != "":
		c.Params = append(c.Params, m.restriction)
	case m.share != "":
		c.Shared = append(c.Shared, m.share)
	case m.depth != "":
		c.Depth = m.depth
	case m.width != "":
		c.Width = m.width
	}
}

// variant is the YAML of a child that expands its parent.
func (m move) variant(c space.Child) string {
	text := string(space.Child{Name: c.Name, About: c.About, Extends: c.Extends, Head: c.Head}.Marshal())
	text = strings.Replace(text, "\nextends: ", "\nvariant_of: ", 1)
	return fmt.Sprintf("%sparams:\n  %s: %s\n", text, m.parameter, m.distribution)
}

// moves returns for each parameter the move that promises most, those that
// promise most first: of those with enough support, and of all.
func (e *evolution) moves() (supported, all []move) {
	x := newEvidence(e.explorers)
	var list []move
	for _, a := range axes(e.parent.Space) {
		c := x.column(e.parent.Space, a.name)
		list = slices.Concat(list, a.ranges(c, x), a.expansions(c, x))
	}
	list = append(list, structural(e.parent.Space, x)...)
	list = slices.DeleteFunc(list, func(m move) bool { // that explorers say nothing of
		p := promise([]move{m})
		return math.IsNaN(p) || math.IsInf(p, 0)
	})
	slices.SortStableFunc(list, func(a, b move) int {
		return cmp.Or(cmp.Compare(promise([]move{b}), promise([]move{a})), cmp.Compare(a.parameter, b.parameter))
	})
	for _, m := range list {
		of := func(o move) bool { return o.parameter == m.parameter }
		if !slices.ContainsFunc(all, of) {
			all = append(all, m)
		}
		if m.gain >= leastSupport*m.se && !slices.ContainsFunc(supported, of) {
			supported = append(supported, m)
		}
	}
	return supported, all
}

// An axis is a parameter that varies, of one stage unless all share it.
type axis struct {
	name   string
	dist   string // as in "log-uniform 8..128 step 8"
	values []float64
	listed bool // values one by one, such as bottleneck ratios
}

func axes(s *space.Space) (list []axis) {
	for _, p := range s.Params() {
		if p.Equals != "" || len(p.Distribution.Values) == 1 {
			continue
		}
		names := []string{p.Name}
		if p.Family != "" && !p.Shared {
			names = p.Stages
		}
		for _, name := range names {
			listed := strings.HasPrefix(p.Text, "values") || strings.HasPrefix(p.Text, "power2 ")
			list = append(list, axis{name, p.Text, p.Distribution.Values, listed})
		}
	}
	return list
}

// Shares of the explorers that a restriction may leave: neither so few that they
// say nothing nor so many that nothing changes.
const leastInside, mostInside, fewestInside = 0.15, 0.85, 8

// ranges returns the restrictions of the axis to the values of the best quarter:
// of a range, from or up to some quantile of them; of a list, those that are more
// frequent among the best than among all, and what lies between them.
func (a axis) ranges(c column, x evidence) (list []move) {
	for _, r := range a.candidates(c.own, x.best) {
		inside := 0
		for _, v := range c.own {
			if r.Holds(v, 0) {
				inside++
			}
		}
		n := len(c.own)
		share := float64(inside) / float64(n)
		if share < leastInside || share > mostInside || min(inside, n-inside) < fewestInside {
			continue
		}
		in, out, se := x.contrast(c, r)
		restriction := space.Restriction{Name: a.name, Range: r}
		list = append(list, move{
			parameter: a.name, name: a.name, about: restriction.String(), restriction: restriction,
			gain: (out - in) * (1 - share), se: se * (1 - share),
			reason: fmt.Sprintf("%s: of the best quarter, %d of %d models have %s; of all, %d of %d, whose mean error%s is %s, and that of the others %s.",
				a.name, count(c.own, x.best, r), countTrue(x.best), words(r), inside, n, x.adjusted(), format.Percent(in), format.Percent(out)),
		})
	}
	return list
}

// words says what a range keeps.
func words(r space.Range) string {
	switch {
	case r.Values() != nil:
		return strings.Trim(strings.ReplaceAll(r.String(), ", ", " or "), " ")
	case math.IsInf(r.Min(), -1):
		return format.Number(r.Max()) + " or less"
	case math.IsInf(r.Max(), 1):
		return format.Number(r.Min()) + " or more"
	}
	return format.Number(r.Min()) + " to " + format.Number(r.Max())
}

func count(values []float64, best []bool, r space.Range) (n int) {
	for i, v := range values {
		if best[i] && r.Holds(v, 0) {
			n++
		}
	}
	return n
}

func countTrue(list []bool) (n int) {
	for _, b := range list {
		if b {
			n++
		}
	}
	return n
}

// candidates returns the ranges that are considered.
func (a axis) candidates(values []float64, best []bool) (list []space.Range) {
	var of []float64 // values of the best quarter
	for i, v := range values {
		if best[i] {
			of = append(of, v)
		}
	}
	slices.Sort(of)
	if a.listed {
		var kept []float64
		for _, v := range a.values {
			among := float64(frequency(of, v)) / float64(len(of))
			if among > float64(frequency(values, v))/float64(len(values)) {
				kept = append(kept, v)
			}
		}
		if len(kept) == 0 {
			return nil
		}
		first, last := slices.Index(a.values, kept[0]), slices.Index(a.values, kept[len(kept)-1])
		if kept = a.values[first : last+1]; len(kept) == len(a.values) {
			return nil
		}
		return []space.Range{space.Among(kept...)}
	}
	inf := math.Inf(1)
	for _, tail := range []float64{0.1, 0.25} {
		lo, hi := of[int(tail*float64(len(of)))], of[len(of)-1-int(tail*float64(len(of)))]
		if lo == a.values[0] { // so that a range has one name
			lo = -inf
		}
		if hi == a.values[len(a.values)-1] {
			hi = inf
		}
		list = append(list, space.Between(lo, inf), space.Between(-inf, hi), space.Between(lo, hi))
	}
	return slices.DeleteFunc(list, func(r space.Range) bool {
		left := 0
		for _, v := range a.values {
			if r.Holds(v, 0) {
				left++
			}
		}
		return left == 0 || left == len(a.values)
	})
}

func frequency(values []float64, v float64) (n int) {
	for _, w := range values {
		if w == v {
			n++
		}
	}
	return n
}

// ranged is the distribution of an axis that can be expanded.
var ranged = regexp.MustCompile(`^(uniform|log-uniform) ([0-9.]+)\.\.([0-9.]+)(?: step ([0-9.]+))?(?: within ([0-9.]+)\.\.([0-9.]+))?$`)

// expansions returns wider ranges, beyond an end near which at least half of the
// best quarter lies: half as much again upwards, or two thirds of the least value
// downwards. That is as much as the slope of the error on the parameter, taken to
// hold beyond the end, promises.
func (a axis) expansions(c column, x evidence) (list []move) {
	m := ranged.FindStringSubmatch(a.dist)
	if m == nil {
		return nil
	}
	number := func(i int) float64 { v, _ := strconv.ParseFloat(m[i], 64); return v }
	step, lo, hi := 1.0, a.values[0], a.values[len(a.values)-1]
	if m[4] != "" {
		step = number(4)
	}
	slope, se, _ := x.slope(c.log())
	sorted := slices.Sorted(slices.Values(c.own))
	for _, up := range []bool{false, true} {
		to := math.Floor(lo/1.5/step) * step
		edge := sorted[len(sorted)/3]
		near := func(v float64) bool { return v < edge || v == lo }
		if up {
			to = math.Ceil(hi*1.5/step) * step
			edge = sorted[len(sorted)-1-len(sorted)/3]
			near = func(v float64) bool { return v > edge || v == hi }
		}
		at := 0
		for i, v := range c.own {
			if x.best[i] && near(v) {
				at++
			}
		}
		if to < step || 2*at < countTrue(x.best) {
			continue
		}
		from, most := min(lo, to), max(hi, to)
		dist := fmt.Sprintf("{dist: %s, min: %v, max: %v, step: %v", m[1], min(number(2), from), max(number(3), most), step)
		if from > number(2) || most < number(3) {
			dist += fmt.Sprintf(", within: [%v, %v]", from, most)
		}
		shift := math.Log(to/hi) / 2 // about that of the mean of a log-uniform distribution
		if !up {
			shift = math.Log(to/lo) / 2
		}
		list = append(list, move{
			parameter: a.name, name: "wider " + a.name, about: fmt.Sprintf("%s %v:%v", a.name, from, most),
			distribution: dist + "}", gain: -slope * shift, se: se * math.Abs(shift),
			reason: fmt.Sprintf("%s: of the best quarter, %d of %d models lie in the %s third of the range, so it goes on to %s.",
				a.name, at, countTrue(x.best), map[bool]string{true: "upper", false: "lower"}[up], format.Number(to)),
		})
	}
	return list
}

// structural returns the restrictions of the paper's ladder (Radosavovic et al.
// 2020, arXiv 2003.13678, §3.2) that the space does not have: one bottleneck ratio,
// one group width for all stages, widths and depths that do not fall. Each has a
// measure of how far a model is from it, 0 for those that have it; what it promises
// is the slope of the error on that measure times its mean.
func structural(s *space.Space, x evidence) (list []move) {
	if s.Base != space.AnyNetBase {
		return nil
	}
	depth, width := s.Orders()
	for _, f := range families(s) {
		m := move{parameter: "order of " + f.name, about: "one " + f.name + " for all stages", share: f.name}
		measure, far := spread, "between stages"
		switch {
		case f.name == "w" && width == space.Unordered:
			m.share, m.width, m.about = "", space.Nondecreasing, "widths that do not fall"
			measure, far = falls, "that stages fall"
		case f.name == "d" && depth == space.Unordered:
			m.share, m.depth, m.about = "", space.Nondecreasing, "depths that do not fall"
			measure, far = falls, "that stages fall"
		case f.name == "w" || f.name == "d":
			continue
		}
		m.name = m.about
		slope, se, mean := x.slope(x.distances(s, f.stages, measure))
		m.gain, m.se = slope*mean, se*mean
		m.reason = fmt.Sprintf("%s: errors%s are higher by %s points for each factor of 2 %s, of which models have %s on average.",
			m.about, x.adjusted(), format.Percent(slope), far, format.Percent(mean))
		list = append(list, m)
	}
	return list
}

// A family is a parameter that every stage draws for itself.
type family struct {
	name   string
	stages []string // w1, w2, ...
}

func families(s *space.Space) (list []family) {
	for _, p := range s.Params() {
		if p.Family == "" || p.Shared {
			continue
		}
		i := slices.IndexFunc(list, func(f family) bool { return f.name == p.Family })
		if i < 0 {
			i = len(list)
			list = append(list, family{name: p.Family})
		}
		list[i].stages = append(list[i].stages, p.Stages...)
	}
	return slices.DeleteFunc(list, func(f family) bool { return len(f.stages) < 2 })
}

// spread is the distance of the greatest from the least.
func spread(x []float64) float64 { return slices.Max(x) - slices.Min(x) }

// falls is the sum of all steps down.
func falls(x []float64) (sum float64) {
	for i := 1; i < len(x); i++ {
		sum += max(0, x[i-1]-x[i])
	}
	return sum
}

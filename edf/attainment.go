package edf

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"designspace/internal/numeric"
)

// A Tradeoff is a sample of models with two metrics of which less is better.
type Tradeoff struct {
	Name   string
	Errors []float64
	Costs  []float64 // such as seconds or flops, one for each error: positive
}

// A CostRange is a range of costs to compare tradeoffs over, with the error that
// counts where a search finds no model within the cost.
type CostRange struct {
	Lo, Hi float64
	Worst  float64
}

// CommonCosts returns the range over which all of the tradeoffs can be compared:
// from the largest of their 5 % quantiles of costs to the smallest of their 95 %
// quantiles. Worst is the largest of all errors. It returns an error if there is
// no such range, or a tradeoff cannot be used.
func CommonCosts(ts ...Tradeoff) (CostRange, error) {
	r := CostRange{0, math.Inf(1), math.Inf(-1)}
	var low, high string // which of them end the range
	for _, t := range ts {
		if err := t.check(); err != nil {
			return CostRange{}, err
		}
		costs := slices.Sorted(slices.Values(t.Costs))
		if lo := stat.Quantile(0.05, stat.Empirical, costs, nil); lo > r.Lo {
			r.Lo, low = lo, t.Name
		}
		if hi := stat.Quantile(0.95, stat.Empirical, costs, nil); hi < r.Hi {
			r.Hi, high = hi, t.Name
		}
		r.Worst = max(r.Worst, slices.Max(t.Errors))
	}
	if !(r.Lo < r.Hi) {
		return CostRange{}, fmt.Errorf("edf: no common range of costs: those of %s begin at %.4g, where those of %s have ended, at %.4g: draw both for several budgets", low, r.Lo, high, r.Hi)
	}
	return r, nil
}

func (t Tradeoff) check() error {
	switch {
	case len(t.Errors) == 0:
		return fmt.Errorf("edf: %s has no models", t.Name)
	case len(t.Errors) != len(t.Costs):
		return fmt.Errorf("edf: %s: %d errors and %d costs", t.Name, len(t.Errors), len(t.Costs))
	}
	for i, c := range t.Costs {
		if !(c > 0) || math.IsInf(c, 1) || math.IsNaN(t.Errors[i]) || math.IsInf(t.Errors[i], 0) {
			return fmt.Errorf("edf: %s: model %d: error %v at a cost of %v: give finite errors, and positive costs", t.Name, i, t.Errors[i], c)
		}
	}
	return nil
}

// Attained estimates the least error that a search over m random models attains
// with a model of at most a cost, in expectation and on average over all costs of
// the range, of which each doubling counts as much. It is the hypervolume that
// the m models dominate, in expectation (Grunert da Fonseca, Fonseca and Hall,
// Inferential performance assessment of stochastic optimisers and the attainment
// function, EMO 2001), in units of error: the hypervolume below Worst, with the
// logarithm of costs, is log(Hi/Lo)·(Worst - attained).
//
// The estimate is the mean over all subsets of m of the models, without bias, and
// the interval is as that of [EDF.ExpectedBest].
func (t Tradeoff) Attained(m int, r CostRange) (Estimate, error) {
	s, warnings, err := t.attained(m, r)
	return s.estimate(warnings), err
}

// AttainedDifference estimates what a attains less what b does, see
// [Tradeoff.Attained]: negative where a is better at equal cost.
func AttainedDifference(a, b Tradeoff, m int, r CostRange) (Estimate, error) {
	sa, warnings, err := a.attained(m, r)
	if err != nil {
		return Estimate{}, err
	}
	sb, more, err := b.attained(m, r)
	return sa.less(sb).estimate(append(warnings, more...)), err
}

// AttainedAt estimates the least error that a search over m random models attains
// with a model of at most a cost, in expectation, see [Tradeoff.Attained].
func (t Tradeoff) AttainedAt(m int, cost, worst float64) (Estimate, error) {
	warnings, err := t.searchable(m)
	if err != nil {
		return Estimate{}, err
	}
	value, pseudo := t.within(m, cost, worst, numeric.Order(t.Errors))
	return t.studentise(m, value, pseudo).estimate(warnings), nil
}

// AttainedDifferenceOfPairs is [AttainedDifference] of the same architectures in
// two conditions, a[i] and b[i]: the jackknife leaves out pairs, so that what an
// architecture itself contributes cancels.
func AttainedDifferenceOfPairs(a, b Tradeoff, m int, r CostRange) (Estimate, error) {
	if len(a.Errors) != len(b.Errors) {
		return Estimate{}, fmt.Errorf("edf: %s and %s: %d and %d models make no pairs: give one of each a pair", a.Name, b.Name, len(a.Errors), len(b.Errors))
	}
	x, pseudo, warnings, err := a.attainment(m, r)
	if err != nil {
		return Estimate{}, err
	}
	y, others, _, err := b.attainment(m, r)
	if err != nil {
		return Estimate{}, err
	}
	for i, p := range others {
		pseudo[i] -= p
	}
	return a.studentise(m, x-y, pseudo).estimate(warnings), nil
}

func (t Tradeoff) attained(m int, r CostRange) (studentised, []string, error) {
	value, pseudo, warnings, err := t.attainment(m, r)
	if err != nil {
		return studentised{math.NaN(), math.NaN(), math.NaN()}, nil, err
	}
	return t.studentise(m, value, pseudo), warnings, nil
}

// attainment returns what is attained, and the pseudo-values of the models.
func (t Tradeoff) attainment(m int, r CostRange) (value float64, pseudo []float64, warnings []string, err error) {
	warnings, err = t.searchable(m)
	if err == nil && !(0 < r.Lo && r.Lo < r.Hi) {
		err = fmt.Errorf("edf: costs from %v to %v: give positive ones, the smaller first", r.Lo, r.Hi)
	}
	if err == nil && math.IsNaN(r.Worst) {
		err = errors.New("edf: no error for searches that find nothing")
	}
	if err != nil {
		return math.NaN(), nil, nil, err
	}
	order := numeric.Order(t.Errors)
	ends := append(slices.DeleteFunc(slices.Sorted(slices.Values(t.Costs)), func(c float64) bool { return !(r.Lo < c && c < r.Hi) }), r.Hi)
	pseudo = make([]float64, len(t.Errors))
	from := r.Lo
	for _, to := range slices.Compact(ends) {
		share := math.Log(to/from) / math.Log(r.Hi/r.Lo)
		v, ps := t.within(m, from, r.Worst, order)
		value += share * v
		for i, p := range ps {
			pseudo[i] += share * p
		}
		from = to
	}
	return value, pseudo, warnings, nil
}

func (t Tradeoff) searchable(m int) (warnings []string, err error) {
	n := len(t.Errors)
	if err := t.check(); err != nil {
		return nil, err
	}
	if m < 1 || m > n {
		return nil, fmt.Errorf("edf: %s: a search over %d of %d models: choose 1 to %d", t.Name, m, n, n)
	}
	if leastGroups*m > n {
		warnings = append(warnings, fmt.Sprintf("%s: n = %d: no interval of what %d models attain; at least %d needed", t.Name, n, m, leastGroups*m))
	}
	return warnings, nil
}

func (t Tradeoff) studentise(m int, value float64, pseudo []float64) studentised {
	n := len(t.Errors)
	if leastGroups*m > n {
		return studentised{value, math.NaN(), math.NaN()}
	}
	return jackknifed(value, pseudo, min(float64(n)/float64(m), float64(n-1)))
}

// within returns the expected least error of m models at most as costly, and the
// pseudo-values of the models. Models that are dearer count as worst, and none
// counts as more.
func (t Tradeoff) within(m int, cost, worst float64, order []int) (value float64, pseudo []float64) {
	n := len(order)
	x, models := make([]float64, 0, n), make([]int, 0, n)
	for _, i := range order {
		if t.Costs[i] <= cost && t.Errors[i] < worst {
			x, models = append(x, t.Errors[i]), append(models, i)
		}
	}
	for _, i := range order {
		if !(t.Costs[i] <= cost && t.Errors[i] < worst) {
			x, models = append(x, worst), append(models, i)
		}
	}
	value, sorted := leastOfSubsets(x, m)
	pseudo = make([]float64, n)
	for k, i := range models {
		pseudo[i] = sorted[k]
	}
	return value, pseudo
}

package edf

import (
	"fmt"
	"math"
)

// leastGroups is the least number of disjoint groups of m models that must be
// there to say how the best of m varies.
const leastGroups = 4

// ExpectedBest estimates the expected least error among m models drawn from the
// population that the errors are a sample of, without bias: the mean of the
// least error over all subsets of m of the n models,
//
//	Σ C(n-i, m-1)/C(n, m) e_(i) over i from 1 to n,
//
// where e_(1) <= … <= e_(n). The mean of [EDF.BestOf], which draws with
// replacement from the models at hand, is too large for the population.
//
// The interval is the estimate ± its jackknife standard error times the quantile
// of Student's t with n/m degrees of freedom, as many as there are disjoint
// groups. It needs m of n/4 at most; beyond, the limits are NaN. So is all where m is
// above n, and with weights, but see [ExpectedBest].
func (f *EDF) ExpectedBest(m int) (Estimate, error) {
	s, warnings, err := f.expectedBest(m)
	return s.estimate(warnings), err
}

// SearchGap estimates what a search over m models leaves to one over more: the
// expected least error among m models less that among `more`, at least 0. For
// more = 99 the latter is the error that 1 % of the population are below, on
// average. The interval is as that of [EDF.ExpectedBest].
func (f *EDF) SearchGap(m, more int) (Estimate, error) {
	if !(1 <= m && m <= more) {
		return Estimate{}, fmt.Errorf("edf: gap of the best of %d to the best of %d models: give 1 or more, the smaller first", m, more)
	}
	s, warnings, err := f.expectedBest(more)
	if err != nil || math.IsNaN(s.value) {
		return s.estimate(warnings), err
	}
	few, pseudoFew := leastOfSubsets(f.x, m)
	many, pseudoMany := leastOfSubsets(f.x, more)
	for i, p := range pseudoMany {
		pseudoFew[i] -= p
	}
	gap := jackknifed(few-many, pseudoFew, s.df)
	e := gap.estimate(warnings)
	e.Lo = max(e.Lo, 0)
	return e, nil
}

func (f *EDF) expectedBest(m int) (s studentised, warnings []string, err error) {
	s = studentised{math.NaN(), math.NaN(), math.NaN()}
	n := f.Len()
	warn := func(format string, args ...any) { warnings = append(warnings, fmt.Sprintf(format, args...)) }
	switch {
	case m < 1:
		return s, nil, fmt.Errorf("edf: the expected best of %d models: at least 1 needed", m)
	case f.w != nil:
		warn("weighted: the expected best of %d models is not estimated", m)
	case m > n:
		warn("n = %d: at least %d models needed for the expected best of %d, and %d for its interval", n, m, m, leastGroups*m)
	case leastGroups*m > n:
		warn("n = %d: no interval of the expected best of %d; at least %d models needed", n, m, leastGroups*m)
		s.value, _ = leastOfSubsets(f.x, m)
	default:
		value, pseudo := leastOfSubsets(f.x, m)
		s = jackknifed(value, pseudo, min(float64(n)/float64(m), float64(n-1)))
	}
	return s, warnings, nil
}

// leastOfSubsets returns the mean over all subsets of m values of the first of
// them, which is the least where values ascend, and its pseudo-values: n - 1
// times what leaving out each value takes from it, up to a constant.
func leastOfSubsets(x []float64, m int) (value float64, pseudo []float64) {
	n := len(x)
	all, fewer := leastShares(n, m), leastShares(n-1, m)
	pseudo = make([]float64, n)
	var below, above float64 // of the sum over the other n-1 values
	for i, v := range x {
		value += all[i] * v
		if i > 0 {
			above += fewer[i-1] * v
		}
	}
	for i := range x {
		pseudo[i] = -float64(n-1) * (below + above)
		if i+1 < n {
			below += fewer[i] * x[i]
			above -= fewer[i] * x[i+1]
		}
	}
	return value, pseudo
}

// leastShares returns the shares of the subsets of m of n values whose least is
// the first, the second, …: C(n-i, m-1)/C(n, m).
func leastShares(n, m int) []float64 {
	shares := make([]float64, n)
	share := float64(m) / float64(n)
	for i := 0; i < n && share > 0; i++ {
		shares[i] = share
		share *= float64(n-i-m) / float64(n-i-1)
	}
	return shares
}

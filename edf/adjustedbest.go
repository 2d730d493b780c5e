package edf

import (
	"math"
	"slices"
	"sort"
)

// AdjustedExpectedBestDifference is [ExpectedBestDifference] with the help of
// predictions, as [AdjustedMeanDifference] is [MeanDifference]. What is regressed
// are the pseudo-values of the jackknife, which say how much each trained model
// does for the best of m; on those that its prediction has among the predictions
// of all candidates. Where a population is not adjusted, its warnings say why.
//
// The least errors of a sample are few, so that its expected best is skewed. The
// interval minds that: it is wider than that of [ExpectedBestDifference] at the end
// where the skewness of either sample makes Student's too narrow, and holds what it
// says from 6m models on.
func AdjustedExpectedBestDifference(a, b Population, m int) (Estimate, error) {
	sa, warnings, err := a.adjustedBest(m)
	if err != nil {
		return Estimate{}, err
	}
	sb, more, err := b.adjustedBest(m)
	e := sa.less(sb.studentised).estimate(append(warnings, more...))
	if e.se > 0 {
		e.skew = (sa.third - sb.third) / (e.se * e.se * e.se)
		e.Lo, e.Hi = e.limits((1 - confidence) / 2)
	}
	return e, err
}

// A skewedBest is an estimate of the expected best, with its third central moment.
type skewedBest struct {
	studentised
	third float64
}

func (p Population) adjustedBest(m int) (s skewedBest, warnings []string, err error) {
	nan := math.NaN()
	s.studentised = studentised{nan, nan, nan}
	if err := p.check(); err != nil {
		return s, nil, err
	}
	f, err := NewWeighted(p.Errors, p.Weights)
	if err != nil {
		return s, []string{p.Name + " has no models"}, nil
	}
	s.studentised, warnings, err = f.expectedBest(m)
	if err != nil || math.IsNaN(s.df) {
		return s, warnings, err
	}
	pseudo := pseudoOf(p.Errors, p.Errors, m)
	s.third = thirdMoment(pseudo)
	if why := p.unadjustable(); why != "" {
		return s, append(warnings, why), nil
	}
	q := Population{Name: p.Name, Errors: pseudo, Predicted: pseudoOf(p.Predicted, p.Candidates, m), Candidates: pseudoOf(p.Candidates, p.Candidates, m)}
	if why := q.unadjustable(); why != "" {
		return s, append(warnings, why), nil
	}
	r, _ := q.regress(pseudo)
	_, left, _ := q.residuals(pseudo)
	s.value += r.value - mean(pseudo)
	s.variance, s.df, s.third = r.variance, min(s.df, r.df), thirdMoment(left)
	return s, warnings, nil
}

// pseudoOf returns the pseudo-values that values have for the best of m among
// all, of which they are part.
func pseudoOf(values, all []float64, m int) []float64 {
	x := slices.Sorted(slices.Values(all))
	_, pseudo := leastOfSubsets(x, m)
	of := make([]float64, len(values))
	for i, v := range values {
		of[i] = pseudo[min(sort.SearchFloat64s(x, v), len(x)-1)]
	}
	return of
}

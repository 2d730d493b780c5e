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
func AdjustedExpectedBestDifference(a, b Population, m int) (Estimate, error) {
	sa, warnings, err := a.adjustedBest(m)
	if err != nil {
		return Estimate{}, err
	}
	sb, more, err := b.adjustedBest(m)
	return sa.less(sb).estimate(append(warnings, more...)), err
}

func (p Population) adjustedBest(m int) (s studentised, warnings []string, err error) {
	nan := studentised{math.NaN(), math.NaN(), math.NaN()}
	if err := p.check(); err != nil {
		return nan, nil, err
	}
	if !anyPositive(p) {
		return nan, []string{p.Name + " has no models"}, nil
	}
	s, warnings, err = p.expectedBest(m)
	if err != nil || math.IsNaN(s.df) {
		return s, warnings, err
	}
	if why := p.unadjustable(); why != "" {
		if !p.Tilted { // which uses predictions by itself
			warnings = append(warnings, why)
		}
		return s, warnings, nil
	}
	q := Population{Name: p.Name, Errors: pseudoOf(p.Errors, p.Errors, m), Predicted: pseudoOf(p.Predicted, p.Candidates, m), Candidates: pseudoOf(p.Candidates, p.Candidates, m)}
	if why := q.unadjustable(); why != "" {
		return s, append(warnings, why), nil
	}
	r, _ := q.regress(q.Errors)
	s.value += r.value - mean(q.Errors)
	s.variance, s.df = r.variance, min(s.df, r.df)
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

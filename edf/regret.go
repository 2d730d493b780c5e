package edf

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Regret estimates what it costs to choose among m models by a cheap condition A:
// the expected error in B of the model that is the best of m in A less the
// expected least error in B, over all subsets of m of the models, in percentage
// points of B. Models that tie in A are chosen by lot. It is unbiased, as
// [EDF.ExpectedBest] is, and needs 4m models. Its interval is of the same kind, on
// the scale of the logarithm, since a few models that A misjudges much decide.
// An m of 0 means a quarter of the models, rounded down.
//
// It fails on errors that are not numbers, unequal lengths and a negative m.
func Regret(a, b []float64, m int) (Estimate, error) {
	e := Estimate{}
	if err := checkPaired(a, b); err != nil {
		return e, err
	}
	n := len(a)
	if m == 0 {
		m = max(n/leastGroups, 1)
	}
	if m < 0 {
		return e, fmt.Errorf("edf: regret of a choice among %d models: at least 1 needed", m)
	}
	if m > n {
		nan := studentised{math.NaN(), math.NaN(), math.NaN()}
		e.Interval = nan.interval()
		e.warn("n = %d: at least %d models needed for the regret of a choice among %d, and %d for its interval", n, m, m, leastGroups*m)
		return e, nil
	}
	chosen, pseudo := orderedBy(a, tieMeans(a, b), m)
	least, pseudoLeast := orderedBy(b, b, m)
	for i, p := range pseudoLeast {
		pseudo[i] -= p
	}
	s := jackknifed(max(chosen-least, 0), pseudo, min(float64(n)/float64(m), float64(n-1)))
	if leastGroups*m > n {
		s.df = math.NaN()
		e.warn("n = %d: no interval of the regret of a choice among %d; at least %d models needed", n, m, leastGroups*m)
	}
	e.Interval = s.interval()
	if s.value > 0 {
		factor := math.Exp((e.Hi - s.value) / s.value)
		e.Lo, e.Hi = s.value/factor, s.value*factor
	}
	return e, nil
}

// tieMeans returns b with the mean over the models that are equal in a.
func tieMeans(a, b []float64) []float64 {
	sum, count := map[float64]float64{}, map[float64]float64{}
	for i, x := range a {
		sum[x] += b[i]
		count[x]++
	}
	means := make([]float64, len(b))
	for i, x := range a {
		means[i] = sum[x] / count[x]
	}
	return means
}

// orderedBy returns the mean value of the first of m models, over all subsets and
// in the order of a key, and its pseudo-values in the order of the models.
func orderedBy(key, values []float64, m int) (value float64, pseudo []float64) {
	order := make([]int, len(key))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(key[i], key[j]) })
	x := make([]float64, len(order))
	for k, i := range order {
		x[k] = values[i]
	}
	value, inOrder := leastOfSubsets(x, m)
	pseudo = make([]float64, len(order))
	for k, i := range order {
		pseudo[i] = inOrder[k]
	}
	return value, pseudo
}

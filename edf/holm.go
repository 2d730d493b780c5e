package edf

import (
	"cmp"
	"math"
	"slices"
)

// Holm returns the p-values adjusted for their number by Holm's step-down
// method (1979), in the order given: rejecting where the adjusted value is below
// 0.05 keeps the probability of any false rejection below 0.05, whatever the
// dependence between the tests. NaN stands for a test that could not be made; it
// stays NaN and does not count.
func Holm(p []float64) []float64 {
	adjusted := slices.Clone(p)
	order := make([]int, 0, len(p))
	for i, v := range p {
		if !math.IsNaN(v) {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(p[i], p[j]) })
	var least float64
	for rank, i := range order {
		least = max(least, p[i]*float64(len(order)-rank))
		adjusted[i] = min(least, 1)
	}
	return adjusted
}

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
	adjusted, order := slices.Clone(p), ascending(p)
	var least float64
	for rank, i := range order {
		least = max(least, p[i]*float64(len(order)-rank))
		adjusted[i] = min(least, 1)
	}
	return adjusted
}

// BenjaminiHochberg returns the p-values adjusted so that rejecting where the
// adjusted value is below q keeps the expected share of false rejections among
// all rejections below q (Benjamini and Hochberg 1995, J. R. Stat. Soc. B 57,
// 289–300), for tests that are independent or positively dependent. It is for
// families where a few false findings among many are borne; [Holm] is for those
// where none is. NaN is as there.
func BenjaminiHochberg(p []float64) []float64 {
	adjusted, order := slices.Clone(p), ascending(p)
	least := 1.0
	for rank, i := range slices.Backward(order) {
		least = min(least, p[i]*(float64(len(order))/float64(rank+1)))
		adjusted[i] = least
	}
	return adjusted
}

// ascending returns the places of the p-values that are not NaN, least first.
func ascending(p []float64) []int {
	var order []int
	for i, v := range p {
		if !math.IsNaN(v) {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(p[i], p[j]) })
	return order
}

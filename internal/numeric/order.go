package numeric

import (
	"cmp"
	"math"
	"slices"
)

// Order returns the places of values from the least to the greatest, equal
// values in the order given and NaN last.
func Order(x []float64) []int {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		a, b := x[i], x[j]
		switch {
		case a < b || math.IsNaN(b) && !math.IsNaN(a):
			return -1
		case a > b || math.IsNaN(a) && !math.IsNaN(b):
			return 1
		}
		return cmp.Compare(i, j)
	})
	return order
}

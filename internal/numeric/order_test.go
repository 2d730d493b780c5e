package numeric

import (
	"math"
	"slices"
	"sort"
	"testing"

	"pgregory.net/rapid"
)

func TestOrder(t *testing.T) {
	nan := math.NaN()
	if got := Order([]float64{3, nan, 1, 3, math.Inf(1), -1, nan, 0, math.Copysign(0, -1)}); !slices.Equal(got, []int{5, 7, 8, 2, 0, 3, 4, 1, 6}) {
		t.Error(got)
	}
	rapid.Check(t, func(t *rapid.T) { // as a stable sort by another algorithm
		x := rapid.SliceOf(rapid.Map(rapid.IntRange(0, 9), func(i int) float64 { return float64(i) })).Draw(t, "x")
		want := make([]int, len(x))
		for i := range want {
			want[i] = i
		}
		sort.SliceStable(want, func(i, j int) bool { return x[want[i]] < x[want[j]] })
		if got := Order(x); !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
}

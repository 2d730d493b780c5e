package plots

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// dominated is the definition that ParetoFront is checked against.
func dominated(x, y []float64, i int) bool {
	for j := range x {
		if x[j] <= x[i] && y[j] <= y[i] && (x[j] < x[i] || y[j] < y[i]) {
			return true
		}
	}
	return false
}

func TestParetoFront(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 40).Draw(t, "n")
		value := rapid.OneOf(rapid.Map(rapid.IntRange(0, 9), func(i int) float64 { return float64(i) }), rapid.Just(math.NaN()), rapid.Just(math.Inf(1)))
		x, y := rapid.SliceOfN(value, n, n).Draw(t, "x"), rapid.SliceOfN(value, n, n).Draw(t, "y")
		var want []int
		for i := range x {
			if !math.IsNaN(x[i]) && !math.IsNaN(y[i]) && !dominated(x, y, i) {
				want = append(want, i)
			}
		}
		slices.SortStableFunc(want, func(a, b int) int {
			if x[a] < x[b] {
				return -1
			}
			if x[a] > x[b] {
				return 1
			}
			return 0
		})
		if d := cmp.Diff(want, ParetoFront(x, y)); d != "" {
			t.Fatalf("front of %v, %v (-want +got):\n%s", x, y, d)
		}
	})
}

// TestFrontLine checks that the line is the least error within a complexity.
func TestFrontLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var points []pair
		for range rapid.IntRange(1, 30).Draw(t, "n") {
			points = append(points, pair{float64(rapid.IntRange(1, 20).Draw(t, "x")), float64(rapid.IntRange(1, 99).Draw(t, "y"))})
		}
		drawn := frontLine(frontOf(points, Measure{}), 30)
		for x := 0.5; x < 30; x++ {
			want := emptySpan()
			for _, p := range points {
				if p.x <= x {
					want.add(p.y)
				}
			}
			got := levels(drawn, x)
			if want.empty() != got.empty() || !want.empty() && (got.lo != want.lo || got.hi != want.lo) {
				t.Fatalf("at %g the front is %v, want %v", x, got, want)
			}
		}
	})
}

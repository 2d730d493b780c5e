package numeric

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Expected values from numpy 2.4.6:
//
//	python -c "import numpy as np; print(np.quantile([1, 2, 4, 8, 16], [0, .1, .25, .33, .5, .9, 1]))"
func TestQuantile(t *testing.T) {
	x := []float64{1, 2, 4, 8, 16}
	for p, want := range map[float64]float64{0: 1, .1: 1.4, .25: 2, .33: 2.64, .5: 4, .9: 12.8, 1: 16} {
		if got := Quantile(p, x); math.Abs(got-want) > 1e-12 {
			t.Errorf("Quantile(%v) = %v, want %v", p, got, want)
		}
	}
	if got := Quantile(0.3, []float64{7}); got != 7 {
		t.Errorf("quantile of a single value = %v, want 7", got)
	}
	if got := Quantile(0.3, nil); !math.IsNaN(got) {
		t.Errorf("quantile of nothing = %v, want NaN", got)
	}
}

func TestQuantileIsMonotoneAndInRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-100, 100), 1, 30).Draw(t, "x")
		slices.Sort(x)
		p := rapid.Float64Range(0, 1).Draw(t, "p")
		q := rapid.Float64Range(p, 1).Draw(t, "q")
		a, b := Quantile(p, x), Quantile(q, x)
		if a > b || a < x[0] || b > x[len(x)-1] {
			t.Errorf("Quantile(%v) = %v, Quantile(%v) = %v, values %v", p, a, q, b, x)
		}
	})
}

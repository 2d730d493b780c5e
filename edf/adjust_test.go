package edf

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// From scipy 1.17.1: scipy.stats.false_discovery_control([0.01, 0.04, 0.03,
// 0.005, 0.2, 0.9, 0.04]). The test that was not made changes nothing.
func TestBenjaminiHochbergAgainstScipy(t *testing.T) {
	got := BenjaminiHochberg([]float64{0.01, 0.04, 0.03, math.NaN(), 0.005, 0.2, 0.9, 0.04})
	want := []float64{0.035, 0.056, 0.056, math.NaN(), 0.035, 0.23333333333333336, 0.9, 0.056}
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-15 || math.IsNaN(got[i]) != math.IsNaN(want[i]) {
			t.Errorf("adjusted value %d is %v, want %v", i, got[i], want[i])
		}
	}
}

// The rule as Benjamini and Hochberg state it: reject the k least p-values for
// the largest k with p(k) <= k/n q. Adjusted values are never above Holm's.
func TestBenjaminiHochbergIsTheStepUpRule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 12).Draw(t, "p")
		q := rapid.Float64Range(0.01, 0.5).Draw(t, "q")
		sorted := slices.Sorted(slices.Values(p))
		limit := -1.0
		for k, v := range sorted {
			if v <= float64(k+1)/float64(len(p))*q {
				limit = v
			}
		}
		holm := Holm(p)
		for i, v := range BenjaminiHochberg(p) {
			if math.Abs(v-q) > 1e-12 && (v <= q) != (p[i] <= limit) {
				t.Errorf("p = %v of %v at q = %v: adjusted %v", p[i], p, q, v)
			}
			if v < p[i] || v > holm[i]+1e-15 {
				t.Errorf("%v adjusted to %v, by Holm to %v", p[i], v, holm[i])
			}
		}
	})
}

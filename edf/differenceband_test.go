package edf

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// deviation is the largest distance between F_a - F_b and the difference of two
// distribution functions, which is seen next to an error.
func deviation(a, b *EDF, truth func(e float64) float64) float64 {
	var d float64
	for _, x := range slices.Concat(a.x, b.x) {
		for _, e := range []float64{x, math.Nextafter(x, math.Inf(1))} {
			d = max(d, math.Abs(a.At(e)-b.At(e)-truth(e)))
		}
	}
	return d
}

// The band holds the truth about as often as it says: also with few models, apart,
// with ties and with weights; 3 standard deviations of 600 trials are 0.027.
func TestDifferenceBandCoverage(t *testing.T) {
	const trials = 600
	phi := func(e float64) float64 { return math.Erfc(-e/math.Sqrt2) / 2 }
	for _, c := range []struct {
		name    string
		na, nb  int
		shift   float64
		round   bool
		atLeast float64
	}{
		{"same", 20, 50, 0, false, 0.92},
		{"apart", 50, 50, 2, false, 0.92},
		{"tied", 50, 50, 0, true, 0.92},
	} {
		r := rand.New(rand.NewPCG(1, uint64(c.na)))
		held := 0.0
		for i := range trials {
			a, b := make([]float64, c.na), make([]float64, c.nb)
			for i := range a {
				a[i] = r.NormFloat64()
			}
			for i := range b {
				b[i] = c.shift + r.NormFloat64()
			}
			truth := func(e float64) float64 { return phi(e) - phi(e-c.shift) }
			if c.round {
				for _, x := range [][]float64{a, b} {
					for i := range x {
						x[i] = math.Round(x[i])
					}
				}
				truth = func(float64) float64 { return 0 } // of equal distributions
			}
			fa, fb := mustNew(t, a), mustNew(t, b)
			if deviation(fa, fb, truth) <= DifferenceBand(fa, fb, uint64(i)) {
				held++
			}
		}
		if held/trials < c.atLeast || held/trials > 0.98 {
			t.Errorf("%s: the band holds the truth in %v", c.name, held/trials)
		}
	}
}

func TestDifferenceBandWidth(t *testing.T) {
	a, b := mustNew(t, normal(100, 60, 3, 1)), mustNew(t, normal(100, 60, 3, 2))
	// The two-sample Kolmogorov-Smirnov test needs 0.19 at 100 and 100.
	half := DifferenceBand(a, b, 1)
	if half < 0.17 || half > 0.2 {
		t.Errorf("half-width %v", half)
	}
	if DifferenceBand(a, b, 1) != half {
		t.Error("the same seed gives another band")
	}
	// Beyond 2000 steps fewer are looked at; the half-width is the asymptotic
	// 1.358 √(2/n) of one distribution.
	a, b = mustNew(t, normal(100_000, 60, 3, 1)), mustNew(t, normal(100_000, 60, 3, 2))
	if half, want := DifferenceBand(a, b, 1), 1.358*math.Sqrt(2e-5); math.Abs(half-want) > 0.06*want {
		t.Errorf("half-width %v of many, want %v", half, want)
	}
	weights := make([]float64, 100_000)
	for i := range weights {
		weights[i] = 1 + float64(i%2)
	}
	w, err := NewWeighted(normal(100_000, 60, 3, 1), weights)
	if err != nil {
		t.Fatal(err)
	}
	if half, want := DifferenceBand(w, b, 1), 1.358*math.Sqrt(1e-5+1/w.EffectiveN()); math.Abs(half-want) > 0.06*want {
		t.Errorf("half-width %v with weights, want %v", half, want)
	}
	one := mustNew(t, []float64{1})
	if got := DifferenceBand(one, a, 1); got != 1 {
		t.Errorf("half-width %v of one model", got)
	}
	if got := DifferenceBand(mustNew(t, []float64{1, 1}), mustNew(t, []float64{1, 1, 1}), 1); got != 0 {
		t.Errorf("half-width %v of equal errors", got)
	}
}

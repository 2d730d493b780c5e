package edf

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestWilsonAgainstScipy(t *testing.T) {
	for _, row := range readGolden(t).Wilson {
		lo, hi := wilson(row.K/row.N, row.N, 0.95)
		near(t, "lower limit", lo, row.Lo, 1e-9)
		near(t, "upper limit", hi, row.Hi, 1e-9)
	}
}

// repeated returns k errors of 10 and n-k of 20.
func repeated(k, n int) []float64 {
	errs := make([]float64, n)
	for i := range errs {
		errs[i] = 20
		if i < k {
			errs[i] = 10
		}
	}
	return errs
}

func TestDifferencesAgainstScipy(t *testing.T) {
	for _, row := range readGolden(t).Newcombe {
		a, b := mustNew(t, repeated(row.K, row.N)), mustNew(t, repeated(row.L, row.M))
		ds := Differences(a, b, 0.95)
		d := ds[0]
		if row.K+row.L == 0 { // no error of 10
			continue
		}
		if math.Abs(d.PointwiseLo-row.Lo) > 1e-9 || math.Abs(d.PointwiseHi-row.Hi) > 1e-9 {
			t.Errorf("%d/%d - %d/%d: [%v, %v], want [%v, %v]", row.K, row.N, row.L, row.M, d.PointwiseLo, d.PointwiseHi, row.Lo, row.Hi)
		}
		if lo, hi := PointwiseDifference(a, b, 11, 0.95); d.Error == 10 && (lo != d.PointwiseLo || hi != d.PointwiseHi) {
			t.Errorf("[%v, %v] behind the error, [%v, %v] at it", lo, hi, d.PointwiseLo, d.PointwiseHi)
		}
		if last := ds[len(ds)-1]; last.Value != 0 {
			t.Errorf("difference behind the last error = %v", last.Value)
		}
	}
}

// The half-width of 100 models at 95 % is √(ln 40 / 200) = 0.1358.
func TestDKW(t *testing.T) {
	f := mustNew(t, repeated(30, 100))
	near(t, "half-width", f.DKW(0.95), math.Sqrt(math.Log(40)/200), 1e-12)
	if lo, hi := f.Band(15, 0.95); math.Abs(lo-0.1642) > 1e-4 || math.Abs(hi-0.4358) > 1e-4 {
		t.Errorf("band at F = 0.3: [%v, %v], want 0.3 ± 0.1358", lo, hi)
	}
	if lo, hi := f.Band(0, 0.95); lo != 0 || math.Abs(hi-0.1358) > 1e-4 {
		t.Errorf("band at F = 0: [%v, %v]", lo, hi)
	}
	if lo, hi := f.Band(25, 0.95); math.Abs(lo-0.8642) > 1e-4 || hi != 1 {
		t.Errorf("band at F = 1: [%v, %v]", lo, hi)
	}
}

func TestImproperConfidence(t *testing.T) {
	f := mustNew(t, repeated(30, 100))
	for _, c := range []float64{0, 1, 95, -1, math.NaN()} {
		lo, hi := f.Pointwise(15, c)
		if _, bandHi := f.Band(15, c); !math.IsNaN(f.DKW(c)) || !math.IsNaN(bandHi) || !math.IsNaN(lo) || !math.IsNaN(hi) {
			t.Errorf("confidence %v: half-width %v, interval [%v, %v]", c, f.DKW(c), lo, hi)
		}
	}
}

// Of uniform errors the bands must hold the truth as often as they say. The
// seed is fixed; 2.5 standard deviations of 1000 trials are 0.017.
func TestBandCoverage(t *testing.T) {
	const trials, n = 1000, 40
	r := rand.New(rand.NewPCG(1, 2))
	simultaneous, pointwise := 0, 0
	for range trials {
		errs := make([]float64, n)
		for i := range errs {
			errs[i] = 100 * r.Float64()
		}
		f := mustNew(t, errs)
		var worst float64
		for s := range f.steps() {
			worst = max(worst, math.Abs(s.Below-s.Error/100), math.Abs(s.Above-s.Error/100))
		}
		if worst <= f.DKW(0.95) {
			simultaneous++
		}
		if lo, hi := f.Pointwise(30, 0.95); lo <= 0.3 && 0.3 <= hi {
			pointwise++
		}
	}
	if simultaneous < 0.95*trials-17 {
		t.Errorf("the band held the truth in %d of %d trials", simultaneous, trials)
	}
	if pointwise < 0.95*trials-20 || pointwise > 0.95*trials+20 {
		t.Errorf("the pointwise interval held the truth in %d of %d trials", pointwise, trials)
	}
}

package edf

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

type goldenEDF struct {
	Values []float64
	Band   float64
}

// What groups of models stand for is exact up to 100 candidates; the band is off
// by the noise of 999 draws.
func TestAdjustedEDFAgainstStatsmodels(t *testing.T) {
	for _, c := range readAdjusted(t) {
		for _, g := range []struct {
			name string
			p    Population
			want goldenEDF
		}{{c.Name + ", a", c.A.population("a"), c.EDFA}, {c.Name + ", b", c.B.population("b"), c.EDFB}} {
			f := adjustedEDF(t, g.p)
			if len(f.value) != len(g.want.Values) {
				t.Fatalf("%s: %d steps, want %d", g.name, len(f.value), len(g.want.Values))
			}
			tolerance := 1e-9
			if len(g.p.Candidates) > predictedGroups {
				tolerance = 0.001
			}
			for k, want := range g.want.Values {
				if off := math.Abs(f.value[k] - want); off > tolerance {
					t.Errorf("%s: step %d is off by %v", g.name, k, off)
				}
			}
			near(t, g.name+": band", f.Band(1), g.want.Band, 0.06)
		}
	}
}

func adjustedEDF(t *testing.T, p Population) *AdjustedEDF {
	t.Helper()
	f, err := AdjustEDF(p)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Without predictions all is that of the plain EDF.
func TestNotAdjustedEDF(t *testing.T) {
	p := Population{Errors: []float64{3, 1, 2, 2, 5}, Weights: []float64{1, 2, 1, 1, 0}}
	f, want := adjustedEDF(t, p), must(NewWeighted(p.Errors, p.Weights))
	if len(f.Warnings) != 1 || f.Len() != want.Len() || !slices.Equal(f.Steps(), want.Steps()) || f.Band(1) != want.DKW(0.95) {
		t.Errorf("%+v", f)
	}
	for _, e := range []float64{0, 1, 1.5, 2, 2.1, 3, 9} {
		if f.At(e) != want.At(e) {
			t.Errorf("F(%v) = %v, want %v", e, f.At(e), want.At(e))
		}
	}
	if got, want := AdjustedDifferenceBand(f, f, 3), DifferenceBand(want, want, 3); got != want {
		t.Errorf("band of the difference %v, want %v", got, want)
	}
	if got := AdjustedDifferenceBand(f, adjustedEDF(t, Population{Errors: []float64{1}}), 3); got != 1 {
		t.Errorf("band of the difference to one model %v, want 1", got)
	}
	for _, p := range []Population{{}, {Errors: []float64{math.NaN()}}} {
		if _, err := AdjustEDF(p); err == nil {
			t.Errorf("no error for %+v", p)
		}
	}
}

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

// Errors that are predicted exactly say the distribution of the candidates.
func TestAdjustedEDFByExactPredictions(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	all := make([]float64, 500)
	for i := range all {
		all[i] = 30 + 3*r.NormFloat64()
	}
	f := adjustedEDF(t, Population{Errors: all[:50], Predicted: all[:50], Candidates: all})
	truth, raw := must(New(all)), must(New(all[:50]))
	for _, e := range all[:50] {
		e = math.Nextafter(e, 100)
		if off := math.Abs(f.At(e) - truth.At(e)); off > 0.03 { // a step of 50 is 0.02
			t.Errorf("F(%v) is off by %v", e, off)
		}
	}
	if band := f.Band(1); !(band < 0.5*raw.DKW(0.95)) {
		t.Errorf("band %v", band)
	}
}

// Bands hold the truth as often as they say, and are narrower where predictions
// are good.
func TestAdjustedEDFCoverage(t *testing.T) {
	const trials = 200
	reference := predictedDraws(rand.New(rand.NewPCG(9, 9)), 200_000, 200_000, 0.85)
	truth := must(New(reference.Errors))
	for _, c := range []struct {
		n           int
		correlation float64
		least, most float64 // mean width of the difference band in units of the plain one
	}{{20, 0.85, 0.5, 0.85}, {50, 0, 0.95, 1.05}} {
		if c.correlation == 0 {
			truth = must(New(predictedDraws(rand.New(rand.NewPCG(9, 9)), 200_000, 200_000, 0).Errors))
		}
		r := rand.New(rand.NewPCG(uint64(c.n), 7))
		var held, heldDifference, width float64
		for i := range trials {
			a := adjustedEDF(t, predictedDraws(r, c.n, 500, c.correlation))
			b := adjustedEDF(t, predictedDraws(r, 2*c.n, 500, c.correlation))
			var off, offDifference float64
			for _, x := range slices.Concat(a.steps, b.steps) {
				for _, e := range []float64{x, math.Nextafter(x, 100)} {
					off = max(off, math.Abs(a.At(e)-truth.At(e)))
					offDifference = max(offDifference, math.Abs(a.At(e)-b.At(e)))
				}
			}
			band := AdjustedDifferenceBand(a, b, uint64(i))
			held += indicator(off <= a.Band(uint64(i))) / trials
			heldDifference += indicator(offDifference <= band) / trials
			width += band / DifferenceBand(a.raw, b.raw, uint64(i)) / trials
		}
		// 3 standard errors are 0.046.
		if held < 0.904 || heldDifference < 0.904 {
			t.Errorf("%+v: the band holds the truth in %.3f, that of the difference in %.3f", c, held, heldDifference)
		}
		if width < c.least || width > c.most {
			t.Errorf("%+v: the band is %.2f times as wide as the plain one", c, width)
		}
	}
}

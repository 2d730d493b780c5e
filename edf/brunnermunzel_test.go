package edf

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"pgregory.net/rapid"
)

// inference holds numbers of scipy; testdata/inference.py makes it and says how.
type inference struct {
	BrunnerMunzel []struct {
		Name string
		A, B []float64
		T, P float64
	} `json:"brunner_munzel"`
	Welch []struct {
		Name       string
		A, B       []float64
		Difference float64
		Limits     [2]float64
	}
	Dunnett []struct {
		D        float64
		Loadings []float64
		DF, P    float64
	}
}

func readInference(t *testing.T) inference {
	t.Helper()
	data, err := os.ReadFile("testdata/inference.json")
	if err != nil {
		t.Fatal(err)
	}
	var g inference
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func TestBrunnerMunzelAgainstScipy(t *testing.T) {
	for _, row := range readInference(t).BrunnerMunzel {
		t.Run(row.Name, func(t *testing.T) {
			got := BrunnerMunzel(mustNew(t, row.A), mustNew(t, row.B))
			near(t, "T", got.T, row.T, 1e-10)
			near(t, "P", twoSided(got.T, got.DF), row.P, 1e-9)
			if got.P < row.P-1e-12 {
				t.Errorf("P = %v with models added at the ends, %v without", got.P, row.P)
			}
		})
	}
}

// The p-value by hand, from the definition of placements.
func TestBrunnerMunzelAddsModelsAtTheEnds(t *testing.T) {
	a, b := []float64{1, 3, 4, 4, 9}, []float64{2, 4, 5, 6, 7, 8, 9}
	share := func(x float64, in []float64) (s float64) { // of in that is beaten by x
		for _, y := range in {
			switch {
			case x < y:
				s += 1 / float64(len(in))
			case x == y:
				s += 0.5 / float64(len(in))
			}
		}
		return s
	}
	var less float64
	for _, x := range a {
		less += share(x, b) / 5
	}
	less = (5*less + 0.25) / 5.5
	squares := func(x, in []float64, centre float64) float64 {
		sum := 0.25*centre*centre + 0.25*(1-centre)*(1-centre)
		for _, v := range x {
			sum += (share(v, in) - centre) * (share(v, in) - centre)
		}
		n := float64(len(x)) + 0.5
		return sum / (n - 1) / n
	}
	va, vb := squares(a, b, less), squares(b, a, 1-less)
	df := (va + vb) * (va + vb) / (va*va/4.5 + vb*vb/6.5)
	near(t, "P", BrunnerMunzel(mustNew(t, a), mustNew(t, b)).P, twoSided((less-0.5)/math.Sqrt(va+vb), df), 1e-12)
}

func TestBrunnerMunzelWithoutVariance(t *testing.T) {
	for _, c := range []struct {
		name   string
		a, b   []float64
		t      float64
		lo, hi float64 // of P
	}{
		{"all equal", []float64{5, 5, 5}, []float64{5, 5, 5, 5}, 0, 1, 1},
		{"apart", []float64{1, 2, 3, 4}, []float64{5, 6, 7, 8}, math.Inf(1), 0.02, 0.05},
		{"apart, too few", []float64{7, 8, 9}, []float64{1, 2, 3}, math.Inf(-1), 0.05, 0.2},
		{"one model", []float64{1}, []float64{5, 6, 7, 8}, math.NaN(), 0.05, 1},
		{"one each", []float64{1}, []float64{2}, math.NaN(), 0.05, 1},
		{"one each, equal", []float64{1}, []float64{1}, 0, 1, 1},
	} {
		got := BrunnerMunzel(mustNew(t, c.a), mustNew(t, c.b))
		if got.T != c.t && !(math.IsNaN(got.T) && math.IsNaN(c.t)) {
			t.Errorf("%s: T = %v, want %v", c.name, got.T, c.t)
		}
		if !math.IsNaN(got.DF) {
			t.Errorf("%s: %v degrees of freedom without a variance", c.name, got.DF)
		}
		if !(c.lo <= got.P && got.P <= c.hi) {
			t.Errorf("%s: P = %v, want it in [%v, %v]", c.name, got.P, c.lo, c.hi)
		}
	}
}

// Exchanged samples give the opposite statistic; monotone maps, which keep the
// order of errors, and weights that are equal change nothing.
func TestBrunnerMunzelInvariance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := genErrors(t, "a", 2, 12), genErrors(t, "b", 2, 12)
		got := BrunnerMunzel(mustNew(t, a), mustNew(t, b))
		back := BrunnerMunzel(mustNew(t, b), mustNew(t, a))
		curved := func(x []float64) (y []float64) {
			for _, v := range x {
				y = append(y, math.Cbrt(v)) // keeps ties and differences
			}
			return y
		}
		same := BrunnerMunzel(mustNew(t, curved(a)), mustNew(t, curved(b)))
		ones := make([]float64, len(a))
		for i := range ones {
			ones[i] = 3
		}
		weighted, err := NewWeighted(a, ones)
		if err != nil {
			t.Fatal(err)
		}
		w := BrunnerMunzel(weighted, mustNew(t, b))
		if math.Abs(back.P-got.P) > 1e-9 || same.T != got.T || same.P != got.P || math.Abs(w.P-got.P) > 1e-9 {
			t.Errorf("%+v, back %+v, mapped %+v, weighted %+v", got, back, same, w)
		}
		if !math.IsInf(got.T, 0) && math.Abs(back.T+got.T) > 1e-9*(1+math.Abs(got.T)) {
			t.Errorf("T = %v, back %v", got.T, back.T)
		}
		if !(got.P >= 0 && got.P <= 1) {
			t.Errorf("P = %v", got.P)
		}
	})
}

// The test keeps its level where the Mann-Whitney test does not: the same
// centre, spreads that differ, and the smaller sample the wider. 3 standard
// deviations of 2000 trials are 0.015.
func TestBrunnerMunzelLevel(t *testing.T) {
	const trials = 2000
	r := rand.New(rand.NewPCG(3, 5))
	var bm, mw float64
	for range trials {
		a, b := make([]float64, 60), make([]float64, 15)
		for i := range a {
			a[i] = r.NormFloat64()
		}
		for i := range b {
			b[i] = 5 * r.NormFloat64()
		}
		x, y := mustNew(t, a), mustNew(t, b)
		if BrunnerMunzel(x, y).P < alpha {
			bm++
		}
		if MannWhitney(x, y).P < alpha {
			mw++
		}
	}
	if bm/trials > 0.05+0.015 || mw/trials < 0.1 {
		t.Errorf("rejects %v of true hypotheses, Mann-Whitney %v", bm/trials, mw/trials)
	}
}

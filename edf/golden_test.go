package edf

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// golden holds numbers of scipy and numpy; testdata/golden.py makes it and says
// how.
type golden struct {
	Pairs []struct {
		Name       string
		A, B       []float64
		D          float64   `json:"ks_d"`
		P          float64   `json:"ks_p"`
		U          float64   `json:"mw_u"`
		MWP        float64   `json:"mw_p"`
		Probs      []float64 `json:"probs"`
		QuantilesA []float64 `json:"quantiles_a"`
		MeanA      float64   `json:"mean_a"`
	}
	Large []struct {
		N, M  int
		Scale float64
		D     float64 `json:"ks_d"`
		P     float64 `json:"ks_p"`
		U     float64 `json:"mw_u"`
		MWP   float64 `json:"mw_p"`
	}
	Permutation []struct {
		A, B []float64
		P    float64
	}
	KSTwo []struct {
		N     int
		D, SF float64
	}
	Wilson []struct {
		K, N   float64
		Lo, Hi float64
	}
	Newcombe []struct {
		K, N, L, M int
		Lo, Hi     float64
	}
}

func readGolden(t *testing.T) golden {
	t.Helper()
	data, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// near fails the test unless got is want within a relative tolerance.
func near(t tb, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*max(math.Abs(want), 1e-300)) {
		t.Errorf("%s = %.17g, want %.17g", what, got, want)
	}
}

// tb is what the tests of testing and of rapid share.
type tb interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
}

func mustNew(t tb, errs []float64) *EDF {
	t.Helper()
	f, err := New(errs)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAgainstScipy(t *testing.T) {
	for _, row := range readGolden(t).Pairs {
		t.Run(row.Name, func(t *testing.T) {
			a, b := mustNew(t, row.A), mustNew(t, row.B)
			ks := KS(a, b)
			near(t, "D", ks.D, row.D, 1e-12)
			near(t, "P", ks.P, row.P, 1e-10)
			mw := MannWhitney(a, b)
			near(t, "U", mw.U, row.U, 1e-12)
			near(t, "Mann-Whitney P", mw.P, row.MWP, 1e-10)
			near(t, "mean", a.Mean(), row.MeanA, 1e-12)
			for i, p := range row.Probs {
				near(t, "quantile", a.Quantile(p), row.QuantilesA[i], 1e-12)
			}
		})
	}
}

// formula is the function of the same name in golden.py.
func formula(n, a, c int, scale float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = float64((i*a+c)%10007) / scale
	}
	return x
}

func TestLargeAgainstScipy(t *testing.T) {
	for _, row := range readGolden(t).Large {
		a, b := mustNew(t, formula(row.N, 7919, 13, 100)), mustNew(t, formula(row.M, 104729, 5, row.Scale))
		ks, mw := KS(a, b), MannWhitney(a, b)
		near(t, "D", ks.D, row.D, 1e-10)
		near(t, "P", ks.P, row.P, 1e-8)
		near(t, "U", mw.U, row.U, 1e-10)
		near(t, "Mann-Whitney P", mw.P, row.MWP, 1e-8)
	}
}

func TestKSGivenTiesAgainstScipy(t *testing.T) {
	for _, row := range readGolden(t).Permutation {
		near(t, "PTies", KS(mustNew(t, row.A), mustNew(t, row.B)).PTies, row.P, 1e-12)
	}
}

func TestKolmogorovAgainstScipy(t *testing.T) {
	for _, row := range readGolden(t).KSTwo {
		got := kolmogorovSurvival(row.N, row.D)
		if math.Abs(got-row.SF) > 1e-9*row.SF+1e-14 {
			t.Errorf("P(D_%d >= %v) = %v, want %v", row.N, row.D, got, row.SF)
		}
	}
}

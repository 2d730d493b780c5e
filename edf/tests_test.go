package edf

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/combin"
	"pgregory.net/rapid"
)

// exactByEnumeration goes through all splits of the pooled sample and returns
// the share of those with a distance at least that of the given one.
func exactByEnumeration(a, b []float64) float64 {
	all := append(slices.Clone(a), b...)
	distance := func(inA []int) float64 {
		var x, y []float64
		for i, e := range all {
			if slices.Contains(inA, i) {
				x = append(x, e)
			} else {
				y = append(y, e)
			}
		}
		slices.Sort(x)
		slices.Sort(y)
		return stat.KolmogorovSmirnov(x, nil, y, nil)
	}
	given := make([]int, len(a))
	for i := range given {
		given[i] = i
	}
	d := distance(given)
	splits := combin.Combinations(len(all), len(a))
	var reached float64
	for _, s := range splits {
		if distance(s) >= d-1e-9 {
			reached++
		}
	}
	return reached / float64(len(splits))
}

func TestKSAgainstEnumeration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SampledFrom([]int{2, 4, 1000}).Draw(t, "values") // few values: many ties
		gen := rapid.Map(rapid.IntRange(1, values), func(i int) float64 { return float64(i) / 10 })
		a := rapid.SliceOfN(gen, 1, 5).Draw(t, "a")
		b := rapid.SliceOfN(gen, 1, 5).Draw(t, "b")
		fa, fb := mustNew(t, a), mustNew(t, b)
		got := KS(fa, fb)
		if want := stat.KolmogorovSmirnov(fa.x, nil, fb.x, nil); math.Abs(got.D-want) > 1e-12 {
			t.Errorf("D = %v, want %v", got.D, want)
		}
		if want := exactByEnumeration(a, b); math.Abs(got.PTies-want) > 1e-12 {
			t.Errorf("PTies = %v, want %v", got.PTies, want)
		}
		if got.PTies > got.P+1e-12 {
			t.Errorf("P = %v is below PTies = %v", got.P, got.PTies)
		}
	})
}

func TestMannWhitneyByDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := genErrors(t, "a", 1, 12), genErrors(t, "b", 1, 12)
		var u float64
		for _, x := range a {
			for _, y := range b {
				if x > y {
					u++
				} else if x == y {
					u += 0.5
				}
			}
		}
		fa, fb := mustNew(t, a), mustNew(t, b)
		got, swapped := MannWhitney(fa, fb), MannWhitney(fb, fa)
		if math.Abs(got.U-u) > 1e-9 {
			t.Errorf("U = %v, want %v", got.U, u)
		}
		if want := 1 - u/float64(len(a)*len(b)); math.Abs(got.Less-want) > 1e-9 {
			t.Errorf("Less = %v, want %v", got.Less, want)
		}
		if math.Abs(got.P-swapped.P) > 1e-9 || math.Abs(got.LessLo-(1-swapped.LessHi)) > 1e-9 {
			t.Errorf("%+v and, swapped, %+v", got, swapped)
		}
		if !(0 <= got.LessLo && got.LessLo <= got.Less && got.Less <= got.LessHi && got.LessHi <= 1) || math.IsNaN(got.P) {
			t.Errorf("%+v", got)
		}
	})
}

// The interval of P(a < b) must hold the truth about as often as it says, also
// where the samples hardly overlap and where their spreads differ. The seed is
// fixed; 3 standard deviations of 1000 trials are 0.02.
func TestLessCoverage(t *testing.T) {
	const trials, n = 1000, 30
	r := rand.New(rand.NewPCG(3, 4))
	for _, spread := range []float64{1, 5} {
		for _, z := range []float64{0, 1, 2} {
			truth := math.Erfc(-z/math.Sqrt2) / 2
			held := 0
			for range trials {
				a, b := make([]float64, n), make([]float64, n)
				for i := range n {
					a[i] = r.NormFloat64()
					b[i] = z*math.Hypot(1, spread) + spread*r.NormFloat64()
				}
				if mw := MannWhitney(mustNew(t, a), mustNew(t, b)); mw.LessLo <= truth && truth <= mw.LessHi {
					held++
				}
			}
			if held < 0.95*trials-20 {
				t.Errorf("spread %v, P(a < b) = %.3f: held in %d of %d trials", spread, truth, held, trials)
			}
		}
	}
}

// Holm's adjustment is the closed test of Bonferroni's: an adjusted value is the
// largest |S|·min(S) over all sets S of hypotheses that hold it.
func TestHolmIsTheClosedTest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 8).Draw(t, "p")
		got := Holm(p)
		for i := range p {
			var want float64
			for set := range 1 << len(p) {
				if set>>i&1 == 0 {
					continue
				}
				least, size := 1.0, 0.0
				for j := range p {
					if set>>j&1 == 1 {
						least = min(least, p[j])
						size++
					}
				}
				want = max(want, min(size*least, 1))
			}
			if math.Abs(got[i]-want) > 1e-12 {
				t.Errorf("Holm(%v)[%d] = %v, want %v", p, i, got[i], want)
			}
		}
	})
}

func TestHolmLeavesOutTestsNotMade(t *testing.T) {
	got := Holm([]float64{0.04, math.NaN(), 0.01})
	if got[0] != 0.04 || !math.IsNaN(got[1]) || got[2] != 0.02 {
		t.Errorf("Holm = %v, want [0.04 NaN 0.02]", got)
	}
	if got := Holm(nil); len(got) != 0 {
		t.Errorf("Holm(nil) = %v", got)
	}
}

// Weights enter the tests through effective sizes, so equal weights change
// nothing but the way.
func TestWeightedTestsWithEqualWeights(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	a, b := make([]float64, 12_000), make([]float64, 900) // beyond the exact distribution
	for i := range a {
		a[i] = math.Round(20 + 3*r.NormFloat64())
	}
	for i := range b {
		b[i] = math.Round(20.3 + 3*r.NormFloat64())
	}
	weighted, err := NewWeighted(a, slices.Repeat([]float64{2}, len(a)))
	if err != nil {
		t.Fatal(err)
	}
	fa, fb := mustNew(t, a), mustNew(t, b)
	ks, mw := KS(fa, fb), MannWhitney(fa, fb)
	wks, wmw := KS(weighted, fb), MannWhitney(weighted, fb)
	near(t, "D", wks.D, ks.D, 1e-9)
	near(t, "P", wks.P, ks.P, 1e-9)
	near(t, "U", wmw.U, mw.U, 1e-9)
	near(t, "Mann-Whitney P", wmw.P, mw.P, 1e-9)
	near(t, "upper limit", wmw.LessHi, mw.LessHi, 1e-9)
}

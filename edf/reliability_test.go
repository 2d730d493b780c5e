package edf

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The jackknife by definition: models left out, and the analysis made again.
func TestReliabilityIsTheJackknife(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(6, 10).Draw(t, "repeated")
		errs := rapid.SliceOfN(rapid.Float64Range(0, 50), 2, 4)
		models := rapid.SliceOfN(errs, n, n).Draw(t, "models")
		models = append(models, rapid.SliceOfN(rapid.SliceOfN(rapid.Float64Range(0, 50), 1, 1), 0, 4).Draw(t, "once")...)
		a, err := newAnova(models)
		if err != nil {
			t.Fatal(err)
		}
		ratio, within, ok := a.jackknife()
		if !ok || a.msWithin() < 1e-3 {
			t.Skip("rounding decides")
		}
		var pf, pw []float64
		for i := range models {
			rest, err := newAnova(append(append([][]float64{}, models[:i]...), models[i+1:]...))
			if err != nil {
				t.Fatal(err)
			}
			if rest.msWithin() < 1e-3 || rest.ssBetween < 1e-3 {
				t.Skip("rounding decides")
			}
			f, w := logRatio(rest.ssBetween/rest.dfBetween(), rest.msWithin())
			pf = append(pf, f)
			if i < n {
				pw = append(pw, w)
			}
		}
		for _, c := range []struct {
			name      string
			left      []float64
			got, want float64
		}{{"F", pf, ratio.variance, 0}, {"within", pw, within.variance, 0}} {
			k := float64(len(c.left))
			for _, l := range c.left {
				c.want += (l - mean(c.left)) * (l - mean(c.left)) * (k - 1) / k
			}
			if math.Abs(c.got-c.want) > 1e-6*(1+c.want) {
				t.Errorf("variance of log %s %v, want %v", c.name, c.got, c.want)
			}
		}
	})
}

// The intervals hold the truth where noise varies by model and models are skewed,
// where those for normal errors do in 60 to 80 of 100: 3 standard deviations of
// 600 trials are 0.027.
func TestReliabilityCoverage(t *testing.T) {
	const trials, models = 600, 40
	r := rand.New(rand.NewPCG(2, 9))
	var inReliability, inSeed, normalIn float64
	for range trials {
		var errs [][]float64
		for range models {
			m, sd := 2*(r.ExpFloat64()-1), math.Exp(0.6*r.NormFloat64()-0.36) // E sd² = 1
			errs = append(errs, []float64{m + sd*r.NormFloat64(), m + sd*r.NormFloat64()})
		}
		c, err := VarianceComponents(errs)
		if err != nil {
			t.Fatal(err)
		}
		a, err := newAnova(errs)
		if err != nil {
			t.Fatal(err)
		}
		normal := a.reliability()
		for _, x := range []struct {
			held          *float64
			lo, truth, hi float64
		}{
			{&inReliability, c.Reliability.Lo, 0.8, c.Reliability.Hi},
			{&normalIn, normal.Lo, 0.8, normal.Hi},
			{&inSeed, c.SeedSD.Lo, 1, c.SeedSD.Hi},
		} {
			if x.lo <= x.truth && x.truth <= x.hi {
				*x.held++
			}
		}
	}
	if inReliability/trials < 0.9 || inSeed/trials < 0.88 || normalIn/trials > 0.85 {
		t.Errorf("the intervals hold the reliability in %v (normal errors: %v), the seed SD in %v", inReliability/trials, normalIn/trials, inSeed/trials)
	}
}

func TestReliabilityOfFew(t *testing.T) {
	few := [][]float64{{1, 2}, {3, 5}, {6, 6.5}, {9}, {10}}
	a, err := newAnova(few)
	if err != nil {
		t.Fatal(err)
	}
	c, err := VarianceComponents(few)
	if err != nil || c.SeedSD != a.seedSD() || c.Reliability != a.reliability() || !strings.Contains(strings.Join(c.Warnings, "\n"), "3 models trained more than once: intervals suppose normal errors") {
		t.Errorf("%+v, error %v", c, err)
	}
	equal := [][]float64{{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 5}, {6, 6}}
	if c, err = VarianceComponents(equal); err != nil || c.Reliability.Lo != 1 || c.SeedSD.Estimate != 0 {
		t.Errorf("of equal repeats %+v, error %v", c, err)
	}
}

package edf

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Errors of any size, of any number of models, panic nowhere.
func TestExtremeErrors(t *testing.T) {
	size := rapid.SampledFrom([]float64{0, 1, 5e-324, 1e-170, 1e-9, 100, 1e17, 1e170, math.MaxFloat64})
	errs := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) float64 {
		return size.Draw(t, "size") * rapid.SampledFrom([]float64{-1, 1}).Draw(t, "sign")
	}), 1, 14)
	rapid.Check(t, func(t *rapid.T) {
		x, y := errs.Draw(t, "a"), errs.Draw(t, "b")
		a, b := mustNew(t, x), mustNew(t, y)
		if p := BrunnerMunzel(a, b).P; !(0 <= p && p <= 1) {
			t.Errorf("P = %v", p)
		}
		if h := DifferenceBand(a, b, 1); !(0 <= h && h <= 1) {
			t.Errorf("band %v", h)
		}
		for m := range 3 {
			a.ExpectedBest(m + 1)
			ExpectedBestDifference(Population{Errors: x}, Population{Errors: y}, m+1)
			a.SearchGap(m+1, 3)
		}
		MeanDifference(Population{Errors: x}, Population{Errors: y})
		CompareWithBest([][]float64{x, y, append(x, y...)})
		GroupValues(x)
		n := min(len(x), len(y))
		RankCorrelations(x[:n], y[:n])
		Regret(x[:n], y[:n], 0)
		models := make([][]float64, n)
		for i := range models {
			models[i] = []float64{x[i], y[i]}
		}
		VarianceComponents(models)
		Stratify(StrataOptions{}, Measured{"a", x}, Measured{"b", y})
		ModelsNeeded(a, b, PowerOptions{Trials: 5, Max: 50})
	})
}

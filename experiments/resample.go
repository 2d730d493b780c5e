package experiments

import (
	"math"
	"slices"

	"designspace/bootstrap"
	"designspace/internal/numeric"
	"designspace/internal/seed"
)

// rounds of every resampling here.
const rounds = 2000

// resample returns a statistic with its 95 % percentile interval of the
// bootstrap: rows of each group are drawn with replacement, and stat is told
// which. The name seeds the draws. Limits are NaN where a group has fewer than
// two rows or the statistic does not exist in every round.
func resample(name string, sizes []int, stat func(rows [][]int) float64) bootstrap.Interval {
	r := seed.New("experiment", name)
	rows := make([][]int, len(sizes))
	for g, n := range sizes {
		rows[g] = make([]int, n)
		for i := range n {
			rows[g][i] = i
		}
	}
	out := bootstrap.Interval{Estimate: stat(rows), Lo: math.NaN(), Hi: math.NaN()}
	if slices.Min(sizes) < 2 {
		return out
	}
	values := make([]float64, rounds)
	for k := range values {
		for g, n := range sizes {
			for i := range n {
				rows[g][i] = r.IntN(n)
			}
		}
		if values[k] = stat(rows); math.IsNaN(values[k]) {
			return out
		}
	}
	slices.Sort(values)
	out.Lo, out.Hi = numeric.Quantile(0.025, values), numeric.Quantile(0.975, values)
	return out
}

func pick(xs []float64, rows []int) []float64 {
	out := make([]float64, len(rows))
	for i, r := range rows {
		out[i] = xs[r]
	}
	return out
}

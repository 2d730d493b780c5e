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

// resample returns a statistic with its 95 % percentile interval of the bootstrap
// and the p-values of the claims that it is above and below 0: n rows are drawn
// with replacement, and stat is told which. The name seeds the draws. Limits and
// p-values are NaN where there are fewer than two rows or the statistic does not
// exist in every round.
func resample(name string, n int, stat func(rows []int) float64) (i bootstrap.Interval, above, below float64) {
	nan := math.NaN()
	r := seed.New("experiment", name)
	rows := make([]int, n)
	for k := range rows {
		rows[k] = k
	}
	i = bootstrap.Interval{Estimate: stat(rows), Lo: nan, Hi: nan}
	if n < 2 {
		return i, nan, nan
	}
	values := make([]float64, rounds)
	notAbove, notBelow := 1, 1
	for k := range values {
		for j := range rows {
			rows[j] = r.IntN(n)
		}
		x := stat(rows)
		if math.IsNaN(x) {
			return i, nan, nan
		}
		if x <= 0 {
			notAbove++
		}
		if x >= 0 {
			notBelow++
		}
		values[k] = x
	}
	slices.Sort(values)
	i.Lo, i.Hi = numeric.Quantile(0.025, values), numeric.Quantile(0.975, values)
	twoSided := func(count int) float64 { return min(1, 2*float64(count)/(rounds+1)) }
	return i, twoSided(notAbove), twoSided(notBelow)
}

func pick(xs []float64, rows []int) []float64 {
	out := make([]float64, len(rows))
	for i, r := range rows {
		out[i] = xs[r]
	}
	return out
}

func mean(xs []float64) float64 {
	sum := 0.0
	for _, x := range xs {
		sum += x
	}
	return sum / float64(len(xs))
}

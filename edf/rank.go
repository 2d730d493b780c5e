package edf

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"designspace/bootstrap"
	"designspace/internal/numeric"
)

// Ranks returns the rank of each value, from 1 for the least; equal values
// share the mean of their ranks (midranks).
func Ranks(x []float64) []float64 {
	order := numeric.Order(x)
	ranks := make([]float64, len(x))
	for i := 0; i < len(order); {
		end := i + 1
		for end < len(order) && x[order[end]] == x[order[i]] {
			end++
		}
		for _, k := range order[i:end] {
			ranks[k] = float64(i+1+end) / 2
		}
		i = end
	}
	return ranks
}

// Spearman returns the rank correlation of the errors of the same models in two
// conditions, the correlation of their midranks, in [-1, 1], and its 95 %
// interval: Fisher's z with the variance (1 + ρ²/2)/(n - 3) of Bonett and Wright
// 2000 (Psychometrika 65, 23–28). The interval of a perfect agreement is that of
// two neighbours exchanged, up to the agreement itself. The estimate is NaN if
// all errors of a condition are equal, the limits are with fewer than 5 models.
// It fails on errors that are not numbers and on unequal lengths.
func Spearman(a, b []float64) (bootstrap.Interval, error) {
	if err := checkPaired(a, b); err != nil {
		return bootstrap.Interval{}, err
	}
	rho := spearman(a, b)
	n := float64(len(a))
	exchanged := 1 - 12/(n*(n*n-1))
	return fisher(rho, exchanged, (1+rho*rho/2)/(n-3), len(a)), nil
}

func spearman(a, b []float64) float64 {
	if len(a) < 2 || allEqual(a) || allEqual(b) {
		return math.NaN()
	}
	return min(max(stat.Correlation(Ranks(a), Ranks(b), nil), -1), 1)
}

// Kendall returns Kendall's τ-b, which allows for ties: the concordant less the
// discordant pairs of models over the geometric mean of the pairs that each
// condition tells apart, in [-1, 1], and its 95 % interval, Fisher's z with the
// variance 0.437/(n - 4) of Fieller, Hartley and Pearson 1957 (Biometrika 44,
// 470–481). Otherwise it is as [Spearman].
func Kendall(a, b []float64) (bootstrap.Interval, error) {
	if err := checkPaired(a, b); err != nil {
		return bootstrap.Interval{}, err
	}
	n := float64(len(a))
	return fisher(kendall(a, b), 1-4/(n*(n-1)), 0.437/(n-4), len(a)), nil
}

// kendall counts discordant pairs as the exchanges that sort b once a is sorted
// (Knight 1966, J. Am. Stat. Assoc. 61, 436–439), in O(n log n).
func kendall(a, b []float64) float64 {
	if len(a) < 2 || allEqual(a) || allEqual(b) {
		return math.NaN()
	}
	points := make([][2]float64, len(a))
	for i := range a {
		points[i] = [2]float64{a[i], b[i]}
	}
	slices.SortFunc(points, func(p, q [2]float64) int {
		return cmp.Or(cmp.Compare(p[0], q[0]), cmp.Compare(p[1], q[1]))
	})
	sameA := func(p, q [2]float64) bool { return p[0] == q[0] }
	all := pairCount(len(a))
	tiedA := tiedPairs(points, sameA)
	tiedBoth := tiedPairs(points, func(p, q [2]float64) bool { return p == q })
	y := make([]float64, len(points))
	for i, p := range points {
		y[i] = p[1]
	}
	discordant := exchanges(y, make([]float64, len(y))) // sorts y
	tiedB := tiedPairs(y, func(p, q float64) bool { return p == q })
	concordant := all - tiedA - tiedB + tiedBoth - discordant
	return (concordant - discordant) / math.Sqrt(all-tiedA) / math.Sqrt(all-tiedB)
}

func pairCount(n int) float64 { return float64(n) * float64(n-1) / 2 }

// tiedPairs counts the pairs of sorted points that are the same.
func tiedPairs[T any](points []T, same func(p, q T) bool) float64 {
	var tied float64
	for i := 0; i < len(points); {
		end := i + 1
		for end < len(points) && same(points[end], points[i]) {
			end++
		}
		tied += pairCount(end - i)
		i = end
	}
	return tied
}

// exchanges sorts x by merging and counts the pairs that stood the wrong way.
func exchanges(x, scratch []float64) float64 {
	if len(x) < 2 {
		return 0
	}
	half := len(x) / 2
	count := exchanges(x[:half], scratch[:half]) + exchanges(x[half:], scratch[half:])
	copy(scratch, x)
	left, right := scratch[:half], scratch[half:]
	for k := range x {
		if len(right) == 0 || len(left) > 0 && left[0] <= right[0] {
			x[k], left = left[0], left[1:]
			continue
		}
		count += float64(len(left))
		x[k], right = right[0], right[1:]
	}
	return count
}

// fisher returns the interval of a correlation r of n models on the scale
// atanh r. Where r is ±1 the scale ends, and its place is taken by inner, the
// next smaller magnitude that n models can have.
func fisher(r, inner, variance float64, n int) bootstrap.Interval {
	if math.IsNaN(r) || n < 5 {
		return bootstrap.Interval{Estimate: r, Lo: math.NaN(), Hi: math.NaN()}
	}
	z := math.Atanh(min(max(r, -inner), inner))
	half := distuv.UnitNormal.Quantile((1+confidence)/2) * math.Sqrt(variance)
	i := bootstrap.Interval{Estimate: r, Lo: math.Tanh(z - half), Hi: math.Tanh(z + half)}
	if r >= inner {
		i.Hi = 1
	}
	if r <= -inner {
		i.Lo = -1
	}
	return i
}

func checkPaired(a, b []float64) error {
	if len(a) != len(b) {
		return fmt.Errorf("edf: %d errors against %d: give both of every model", len(a), len(b))
	}
	for _, errs := range [][]float64{a, b} {
		if err := check(errs, nil); err != nil {
			return fmt.Errorf("edf: %w", err)
		}
	}
	return nil
}

func allEqual(x []float64) bool {
	return !slices.ContainsFunc(x, func(v float64) bool { return v != x[0] })
}

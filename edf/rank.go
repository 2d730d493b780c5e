package edf

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

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

// spearman returns the correlation of midranks, in [-1, 1]; NaN if all errors of
// a condition are equal.
func spearman(a, b []float64) float64 {
	if len(a) < 2 || allEqual(a) || allEqual(b) {
		return math.NaN()
	}
	return min(max(stat.Correlation(Ranks(a), Ranks(b), nil), -1), 1)
}

// kendall returns τ-b, which allows for ties: the concordant less the discordant
// pairs of models over the geometric mean of the pairs that each condition tells
// apart, in [-1, 1]; NaN if all errors of a condition are equal. Discordant pairs
// are the exchanges that sort b once a is sorted (Knight 1966, J. Am. Stat. Assoc.
// 61, 436–439), in O(n log n).
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

func allEqual(x []float64) bool {
	return !slices.ContainsFunc(x, func(v float64) bool { return v != x[0] })
}

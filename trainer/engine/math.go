package engine

import "math"

// The functions of package math and the fusing of operations differ between
// processors. These give the same bits on all: an explicit conversion keeps a
// product from being fused with a sum.

// exp returns e^x, to about a unit in the last place, for x of at most 0.
func exp(x float64) float64 {
	switch {
	case x != x:
		return x
	case x < -700:
		return 0
	}
	const (
		ln2     = 0x1.62e42feep-1
		ln2Rest = math.Ln2 - ln2
	)
	n := math.Floor(float64(x*math.Log2E) + 0.5)
	r := x - float64(n*ln2) - float64(n*ln2Rest)
	sum := factors[0]
	for _, f := range factors[1:] {
		sum = float64(sum*r) + f
	}
	return math.Ldexp(sum, int(n))
}

// factors are 1/k! for k = 14 … 0.
var factors = [...]float64{
	1. / 87178291200, 1. / 6227020800, 1. / 479001600, 1. / 39916800, 1. / 3628800, 1. / 362880, 1. / 40320,
	1. / 5040, 1. / 720, 1. / 120, 1. / 24, 1. / 6, 1. / 2, 1, 1,
}

// log returns ln x for positive x.
func log(x float64) float64 {
	if !(x > 0 && x <= math.MaxFloat64) {
		return math.NaN()
	}
	m, n := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m *= 2
		n--
	}
	z := (m - 1) / (m + 1)
	square, sum := z*z, 0.0
	for k := 23.0; k >= 1; k -= 2 {
		sum = float64(sum*square) + 1/k
	}
	return float64(2*z*sum) + float64(float64(n)*math.Ln2)
}

// Package numeric has the one definition of a sample quantile that the
// statistics share, and elementary functions whose results have the same bits
// on every architecture.
//
// Package math uses assembly on some machines, and a Go compiler may fuse
// x*y + z into one rounding on others. Here a fused operation is written as
// [math.FMA], which is exact everywhere, and every other product is rounded by
// an explicit conversion. Whatever decides a random draw goes through these functions.
package numeric

import "math"

// ln 2 in two parts; the first ends in enough zeros for its product with any
// exponent of a float64 to be exact.
const (
	ln2Hi = 0x1.62e42feep-01
	ln2Lo = 0x1.a39ef35793c76p-33
)

// Log returns the natural logarithm of x, within 0.55 units in the last place.
// Special cases are those of [math.Log].
func Log(x float64) float64 {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 1):
		return x
	case x < 0:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	}
	// x = f·2^e with f in [√½, √2), and ln f = 2 artanh z for z = (f-1)/(f+1).
	f, exp := math.Frexp(x)
	if f < math.Sqrt2/2 {
		f *= 2
		exp--
	}
	e := float64(exp)
	num := f - 1 // exact
	den, denLo := twoSum(f, 1)
	z := num / den
	zLo := math.FMA(-z, denLo, math.FMA(-z, den, num)) / den
	s := float64(z * z)
	p := math.FMA(2.0/25, s, 2.0/23)
	p = math.FMA(p, s, 2.0/21)
	p = math.FMA(p, s, 2.0/19)
	p = math.FMA(p, s, 2.0/17)
	p = math.FMA(p, s, 2.0/15)
	p = math.FMA(p, s, 2.0/13)
	p = math.FMA(p, s, 2.0/11)
	p = math.FMA(p, s, 2.0/9)
	p = math.FMA(p, s, 2.0/7)
	p = math.FMA(p, s, 2.0/5)
	p = math.FMA(p, s, 2.0/3)
	small := math.FMA(float64(z*s), p, 2*zLo)
	large, lost := twoSum(float64(e*ln2Hi), 2*z)
	return large + (lost + math.FMA(e, ln2Lo, small))
}

// Exp returns e to the power x, within one unit in the last place. Special
// cases are those of [math.Exp]; results below the normal range may lose more.
func Exp(x float64) float64 {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 1):
		return x
	case x > 710:
		return math.Inf(1)
	case x < -746:
		return 0
	}
	// x = k·ln2 + r + rLo with |r| at most about ln2/2.
	k := math.RoundToEven(float64(x * math.Log2E))
	hi := math.FMA(-k, ln2Hi, x)
	lo := float64(k * ln2Lo)
	r := hi - lo
	rLo := (hi - r) - lo
	p := 1.0 / 6227020800
	for _, c := range taylor {
		p = math.FMA(p, r, c)
	}
	// e^r = 1 + r + r²·p, with what r lost.
	p = math.FMA(float64(r*r), p, rLo)
	return math.Ldexp(1+(r+p), int(k))
}

// taylor has 1/n! for n from 12 down to 2.
var taylor = [...]float64{
	1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320,
	1.0 / 5040, 1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 1.0 / 2,
}

// CosPi returns cos(πx) for x in [0, 1], within two units in the last place.
func CosPi(x float64) float64 {
	switch {
	case x > 0.5:
		return -CosPi(1 - x)
	case x > 0.25: // cos(πx) = sin(π(½ - x)), whose series ends sooner
		y := float64(math.Pi * (0.5 - x))
		return math.FMA(float64(y*y)*y, series(sines[:], float64(y*y)), y)
	}
	y := float64(math.Pi * x)
	return math.FMA(float64(y*y), series(cosines[:], float64(y*y)), 1)
}

func series(coefficients []float64, x float64) float64 {
	sum := 0.0
	for _, c := range coefficients {
		sum = math.FMA(sum, x, c)
	}
	return sum
}

// The coefficients of Taylor's series of the cosine and the sine in y² after the
// first, from the least on.
var (
	cosines = [...]float64{-1.0 / 6402373705728000, 1.0 / 20922789888000, -1.0 / 87178291200, 1.0 / 479001600, -1.0 / 3628800, 1.0 / 40320, -1.0 / 720, 1.0 / 24, -1.0 / 2}
	sines   = [...]float64{-1.0 / 121645100408832000, 1.0 / 355687428096000, -1.0 / 1307674368000, 1.0 / 6227020800, -1.0 / 39916800, 1.0 / 362880, -1.0 / 5040, 1.0 / 120, -1.0 / 6}
)

// PowInt returns x to the power n, for finite x and n >= 0, with the error of
// one rounding wherever x^n has fewer than about a hundred bits to lose.
func PowInt(x float64, n int) float64 {
	// Squaring in pairs of float64s whose sum is the value.
	hi, lo := 1.0, 0.0
	base, baseLo := x, 0.0
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			hi, lo = mul(hi, lo, base, baseLo)
		}
		base, baseLo = mul(base, baseLo, base, baseLo)
	}
	return hi
}

// NormalCDF returns the probability that a standard normal variable is below
// x, within 1e-15 for |x| up to 6.
func NormalCDF(x float64) float64 {
	switch {
	case math.IsNaN(x):
		return x
	case x > 9:
		return 1
	case x < -9:
		return 0
	}
	// Φ(x) = ½ + φ(x)·Σ x^(2k+1)/(2k+1)!!, a sum of terms of one sign.
	x2 := float64(x * x)
	sum, term := 0.0, x
	for k := 3.0; sum+term != sum; k += 2 {
		sum += term
		term = float64(term*x2) / k
	}
	const invSqrt2Pi = 0.398942280401432677939946059934381868475858631164934657665925829670657925899301838501252333907306936430302558863518268551099195455583724299621273062550770634527
	return 0.5 + float64(sum*float64(invSqrt2Pi*Exp(-x2/2)))
}

// twoSum returns a+b rounded, and what the rounding lost.
func twoSum(a, b float64) (sum, lost float64) {
	sum = a + b
	v := sum - a
	return sum, (a - (sum - v)) + (b - v)
}

// mul multiplies two numbers that are unevaluated sums of two float64s.
func mul(a, aLo, b, bLo float64) (hi, lo float64) {
	p := float64(a * b)
	e := math.FMA(a, b, -p)
	e = math.FMA(a, bLo, math.FMA(aLo, b, e))
	hi = p + e
	return hi, e - (hi - p)
}

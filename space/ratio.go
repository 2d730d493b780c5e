package space

import "math"

// A ratio is a bottleneck ratio as a fraction in lowest terms, so that widths
// follow from it in whole numbers.
type ratio struct{ num, den int }

// maxRatio bounds both halves of a ratio.
const maxRatio = 1000

// ratioOf returns the fraction that b stands for. It reports false if b is not
// within 1e-9 (relative) of a positive fraction of numbers up to 1000.
func ratioOf(b float64) (ratio, bool) {
	if !(b >= 0.5/maxRatio && b <= 2*maxRatio) {
		return ratio{}, false
	}
	// The convergents p/q of the continued fraction of b.
	x, p0, q0, p, q := b, 0.0, 1.0, 1.0, 0.0
	for {
		a := math.Floor(x)
		p0, p = p, float64(a*p)+p0
		q0, q = q, float64(a*q)+q0
		if p > maxRatio || q > maxRatio {
			return ratio{}, false
		}
		if p > 0 && math.Abs(p-float64(b*q)) <= 1e-9*p {
			return ratio{int(p), int(q)}, true
		}
		x = 1 / (x - a)
	}
}

// inner returns the inner width of a block of width w: w/b, rounded down but
// at least 1.
func (r ratio) inner(w int) int { return max(1, w*r.den/r.num) }

// roundEven rounds half to even, as NumPy and Python do.
func roundEven(x float64) int { return int(math.RoundToEven(x)) }

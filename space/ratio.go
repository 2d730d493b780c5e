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
	if !(b >= 1.0/maxRatio/2 && b <= 2*maxRatio) {
		return ratio{}, false
	}
	// The convergents of the continued fraction of b.
	x, p0, q0, p1, q1 := b, 0.0, 1.0, 1.0, 0.0
	for {
		a := math.Floor(x)
		p0, q0, p1, q1 = p1, q1, float64(a*p1)+p0, float64(a*q1)+q0
		if p1 > maxRatio || q1 > maxRatio {
			return ratio{}, false
		}
		if math.Abs(p1-float64(b*q1)) <= 1e-9*p1 {
			return ratio{int(p1), int(q1)}, p1 > 0
		}
		x = 1 / (x - a)
	}
}

// inner returns the inner width of a block of width w: w/b, rounded down but
// at least 1, and 0 if b is no ratio.
func inner(w int, b float64) int {
	r, ok := ratioOf(b)
	if !ok {
		return 0
	}
	return max(1, w*r.den/r.num)
}

// roundEven rounds half to even, as NumPy and Python do.
func roundEven(x float64) int { return int(math.RoundToEven(x)) }

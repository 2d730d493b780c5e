package kernel

import "math"

// fma returns a·b + c, rounded once.
//
// In float64 the product is exact, and rounding the sum to float32 rounds it
// right, unless the float64 lies exactly between two float32: then, and where
// float32 has fewer bits, the sum must first be rounded to odd.
func fma(a, b, c float32) float32 {
	s := float64(a)*float64(b) + float64(c)
	if between(s) {
		return fmaToOdd(a, b, c)
	}
	return float32(s)
}

// fmaLanes sets y to a·b + c, lane by lane.
func fmaLanes(y, a, b, c *vector) {
	for l := 0; l < Images; l += 2 {
		t0 := float64(a[l])*float64(b[l]) + float64(c[l])
		t1 := float64(a[l+1])*float64(b[l+1]) + float64(c[l+1])
		if between(t0) || between(t1) {
			y[l], y[l+1] = fma(a[l], b[l], c[l]), fma(a[l+1], b[l+1], c[l+1])
			continue
		}
		y[l], y[l+1] = float32(t0), float32(t1)
	}
}

// between reports whether rounding to float32 may go wrong: exactly between two,
// or where they are fewer.
func between(s float64) bool {
	u := math.Float64bits(s)
	return u&(1<<29-1) == 1<<28 || u<<1-1 < tiny<<1-1
}

// tiny has the bits of 2⁻¹²⁶, below which float32 loses bits.
const tiny = (1023 - 126) << 52

// fmaToOdd rounds the sum in float64 to odd: if it is not exact, the last bit of
// the nearest float64 towards zero is set.
func fmaToOdd(a, b, c float32) float32 {
	p, z := float64(float64(a)*float64(b)), float64(c)
	s := float64(p + z)
	// The rest of the sum (Knuth): s + rest = p + z.
	t := float64(s - p)
	rest := float64(p-float64(s-t)) + float64(z-t)
	if rest != 0 && math.Float64bits(s)&1 == 0 {
		if (rest > 0) == (s > 0) {
			s = math.Float64frombits(math.Float64bits(s) + 1)
		} else {
			s = math.Float64frombits(math.Float64bits(s) - 1)
		}
	}
	return float32(s)
}

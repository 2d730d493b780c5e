package kernel

import "math"

// fma returns a·b + c, rounded once.
//
// In float64 the product is exact, and rounding the sum to float32 rounds it
// right, unless the float64 lies exactly between two float32: then, and where
// float32 has fewer bits, the sum must first be rounded to odd.
func fma(a, b, c float32) float32 {
	s := float64(a)*float64(b) + float64(c)
	u := math.Float64bits(s)
	if u&(1<<29-1) == 1<<28 || u<<1-1 < tiny<<1-1 {
		return fmaToOdd(a, b, c)
	}
	return float32(s)
}

// fmaLanes adds a·b to every lane of s.
func fmaLanes(s *vector, a float32, b *vector) {
	for l, v := range b {
		t := float64(a)*float64(v) + float64(s[l])
		if u := math.Float64bits(t); u&(1<<29-1) == 1<<28 || u<<1-1 < tiny<<1-1 {
			s[l] = fmaToOdd(a, v, s[l])
		} else {
			s[l] = float32(t)
		}
	}
}

// tiny has the bits of 2⁻¹²⁶, below which float32 loses bits.
const tiny = (1023 - 126) << 52

// fmaToOdd rounds the sum in float64 to odd: if it is not exact, the last bit of
// the nearest float64 towards zero is set.
func fmaToOdd(a, b, c float32) float32 {
	p, z := float64(a)*float64(b), float64(c)
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

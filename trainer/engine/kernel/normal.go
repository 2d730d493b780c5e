package kernel

import "math"

// Where numbers are known to stay in the normal range, plain Go is twice as fast.

// A wide vector holds float32 numbers as float64, which saves converting them.
type wide = [Images]float64

// With the bits of a float64, adding half and clearing the low ones rounds it to
// the nearest float32 in the normal range; where the sum's low bits are zero
// already, it lay between two.
const (
	half = 1 << 28
	low  = 1<<29 - 1
)

// fmaOne adds a·b to every lane of s, in the normal range. It stops, and reports
// false, at a sum that lies between two float32.
func fmaOne(s *wide, a float64, b *vector) bool {
	for l := 0; l < Images; l += 2 {
		u0 := math.Float64bits(a*float64(b[l])+s[l]) + half
		u1 := math.Float64bits(a*float64(b[l+1])+s[l+1]) + half
		if u0&low == 0 || u1&low == 0 {
			return false
		}
		s[l] = math.Float64frombits(u0 &^ low)
		s[l+1] = math.Float64frombits(u1 &^ low)
	}
	return true
}

// fmaTwo is fmaOne of two sums.
func fmaTwo(s, t *wide, a, b float64, c *vector) bool {
	for l := 0; l < Images; l += 2 {
		c0, c1 := float64(c[l]), float64(c[l+1])
		u0 := math.Float64bits(float64(a*c0)+s[l]) + half
		u1 := math.Float64bits(float64(a*c1)+s[l+1]) + half
		u2 := math.Float64bits(float64(b*c0)+t[l]) + half
		u3 := math.Float64bits(float64(b*c1)+t[l+1]) + half
		if u0&low == 0 || u1&low == 0 || u2&low == 0 || u3&low == 0 {
			return false
		}
		s[l] = math.Float64frombits(u0 &^ low)
		s[l+1] = math.Float64frombits(u1 &^ low)
		t[l] = math.Float64frombits(u2 &^ low)
		t[l+1] = math.Float64frombits(u3 &^ low)
	}
	return true
}

// fmaPairs is fmaOne of a·b lane by lane.
func fmaPairs(s *wide, a, b *vector) bool {
	for l := 0; l < Images; l += 2 {
		u0 := math.Float64bits(float64(a[l])*float64(b[l])+s[l]) + half
		u1 := math.Float64bits(float64(a[l+1])*float64(b[l+1])+s[l+1]) + half
		if u0&low == 0 || u1&low == 0 {
			return false
		}
		s[l] = math.Float64frombits(u0 &^ low)
		s[l+1] = math.Float64frombits(u1 &^ low)
	}
	return true
}

// fmaTwoPairs is fmaPairs of two sums.
func fmaTwoPairs(s, t *wide, a, b, c *vector) bool {
	for l := 0; l < Images; l += 2 {
		c0, c1 := float64(c[l]), float64(c[l+1])
		u0 := math.Float64bits(float64(float64(a[l])*c0)+s[l]) + half
		u1 := math.Float64bits(float64(float64(a[l+1])*c1)+s[l+1]) + half
		u2 := math.Float64bits(float64(float64(b[l])*c0)+t[l]) + half
		u3 := math.Float64bits(float64(float64(b[l+1])*c1)+t[l+1]) + half
		if u0&low == 0 || u1&low == 0 || u2&low == 0 || u3&low == 0 {
			return false
		}
		s[l] = math.Float64frombits(u0 &^ low)
		s[l+1] = math.Float64frombits(u1 &^ low)
		t[l] = math.Float64frombits(u2 &^ low)
		t[l+1] = math.Float64frombits(u3 &^ low)
	}
	return true
}

// widen sets s to v, and reports whether v is small enough to add to.
func widen(s *wide, v *vector) bool {
	for l, x := range v {
		if s[l] = float64(x); !(math.Abs(s[l]) < 0x1p100) {
			return false
		}
	}
	return true
}

// narrow sets v to s, whose numbers are float32.
func narrow(v *vector, s *wide) {
	for l, x := range s {
		v[l] = float32(x)
	}
}

// An extent tells how small and how large some numbers are that are not zero, by
// their exponents as in the bits of a float32.
type extent struct{ least, most uint32 }

func extentOf(v []float32) extent {
	least, most := uint32(math.MaxUint32), uint32(0)
	for _, x := range v {
		u := math.Float32bits(x) << 1
		least, most = min(least, u-1), max(most, u)
	}
	return extent{least >> 24, most >> 24}
}

// extent returns that of the pixels of some channels, and of so many floats beyond
// them. The pixels adjoin.
func (v View) extent(channels, beyond int) extent {
	e := extentOf(nil)
	for b := range v.N {
		for c := range channels {
			e = e.and(extentOf(v.from(b, c, 0)[:(v.H-1)*v.Row+v.W*Images+beyond]))
		}
	}
	return e
}

func (e extent) and(f extent) extent { return extent{min(e.least, f.least), max(e.most, f.most)} }

// normal reports whether sums of products of numbers of both extents, of fewer
// than 2²⁰, stay in the normal range: below 2¹⁰⁰ and, as multiples of the least
// float32, exact where they are less than normal.
func normal(e, f extent) bool {
	const one = 127
	return e.least+f.least >= 2*one-149+2*23 && max(e.most, f.most) < one+39
}

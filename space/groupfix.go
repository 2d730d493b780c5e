package space

import "fmt"

// FixGroups returns the width and group width that are nearest to w and g and
// fit together at bottleneck ratio b: the inner width w/b is a multiple of the
// group width. It is pycls' adjust_block_compatibility, in whole numbers:
//
//	v  = max(1, ⌊w/b⌋)            inner width
//	g' = min(g, v)
//	m  = lcm(g', ⌊1/b⌋) if b < 1, else g'
//	v' = max(m, m·round(v/m))     half to even
//	w' = ⌊v'·b⌋
//
// The error says which of the three is out of range, or that b is so uneven a
// ratio that the fix itself does not fit.
func FixGroups(w int, b float64, g int) (width, group int, err error) {
	return fixGroups("", w, b, g)
}

// fixGroups is FixGroups in the rounding of a group fix. Torchvision's rounds half
// up, and up where a width would lose more than a tenth.
func fixGroups(fix Choice, w int, b float64, g int) (width, group int, err error) {
	r, ok := ratioOf(b)
	switch {
	case w < 1 || w > maxWidth:
		return 0, 0, fmt.Errorf("width %d is outside 1..%d", w, maxWidth)
	case g < 1 || g > maxWidth:
		return 0, 0, fmt.Errorf("group width %d is outside 1..%d", g, maxWidth)
	case !ok:
		return 0, 0, fmt.Errorf("bottleneck %v is not a ratio of whole numbers up to %d", b, maxRatio)
	}
	width, group = r.fix(fix, w, g)
	if v := r.inner(width); width < 1 || width*r.den%r.num != 0 || v%group != 0 {
		return 0, 0, fmt.Errorf("bottleneck %v leaves width %d without a multiple of group width %d; choose a whole number or the inverse of one", b, w, g)
	}
	return width, group, nil
}

// fix is fixGroups without its checks, for ratios that are a whole number or
// the inverse of one.
func (r ratio) fix(fix Choice, w, g int) (width, group int) {
	v := r.inner(w)
	g = min(g, v)
	m := g
	if r.den > r.num {
		m = lcm(g, r.den/r.num)
	}
	n := divRoundEven(v, m)
	if fix == TorchvisionFix {
		if n = (2*v + m) / (2 * m); 10*max(m, m*n) < 9*v {
			n++
		}
	}
	v = max(m, m*n)
	return v * r.num / r.den, g
}

// divRoundEven returns a/b for positive numbers, rounded half to even.
func divRoundEven(a, b int) int {
	q, r := a/b, a%b
	if 2*r > b || 2*r == b && q%2 == 1 {
		q++
	}
	return q
}

func lcm(a, b int) int { return a / gcd(a, b) * b }

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

package edf

// outsideProbability returns the exact probability, given the pooled sample,
// that the two-sample Kolmogorov-Smirnov statistic of samples of sizes m and n is
// at least h/lcm(m, n) if all splits of the pooled sample are equally likely.
//
// A split is a path of m steps right and n steps up. The statistic looks at the
// path only where the pooled sample takes a new value, that is, after as many
// steps as ties lists, in ascending order; without ties at every step. The
// statistic reaches the level where a path stands outside the band
// |i·n - j·m| < h·gcd(m, n) at such a place.
//
// out[i] is the share of the paths to (i, t-i) that have been outside. It only
// mixes shares by positive weights, so that small probabilities keep their
// relative precision (as in Viehmann 2021, arXiv 2102.08037). Points beyond lo
// and hi have a share of 1, so the work is about (m+n) times the width of the
// band.
func outsideProbability(m, n int, ties []int, h int) float64 {
	g := gcd(m, n)
	stepRight, stepUp := n/g, m/g
	out := make([]float64, m+2)
	lo, hi := 0, 0 // out is 1 outside lo..hi
	next := 0
	for t := 1; t <= m+n; t++ {
		// Only i-1 and i of the diagonal before feed i, so the shares that may
		// be below 1 spread by one to the right, and are cut by the rectangle.
		first, last := max(lo, t-n), min(hi+1, m)
		if first > last {
			return 1
		}
		if first > 0 && first-1 < lo {
			out[first-1] = 1
		}
		if last > hi {
			out[last] = 1
		}
		inverse := 1 / float64(t)
		for i := last; i >= first; i-- {
			p := float64(t-i) * out[i]
			if i > 0 {
				p += float64(i) * out[i-1]
			}
			out[i] = p * inverse
		}
		lo, hi = first, last
		if next == len(ties) || ties[next] != t {
			continue
		}
		next++
		for lo <= hi && outside(lo, t-lo, stepRight, stepUp, h) {
			out[lo] = 1
			lo++
		}
		for hi >= lo && outside(hi, t-hi, stepRight, stepUp, h) {
			out[hi] = 1
			hi--
		}
		if lo > hi {
			return 1
		}
	}
	return min(out[m], 1)
}

func outside(i, j, stepRight, stepUp, h int) bool {
	d := i*stepRight - j*stepUp
	return d >= h || -d >= h
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

package numeric

import "math"

// Quantile returns the quantile p in [0, 1] of values in ascending order by
// linear interpolation between order statistics: numpy's default, type 7 of
// Hyndman and Fan 1996. It is NaN if there are no values.
func Quantile(p float64, sorted []float64) float64 {
	n := len(sorted)
	if n == 0 {
		return math.NaN()
	}
	at := float64(min(max(p, 0), 1) * float64(n-1))
	i := int(at)
	if i == n-1 {
		return sorted[i]
	}
	lo, hi := sorted[i], sorted[i+1]
	// From the nearer end, so that neither rounding nor a pair of equal values
	// leaves the interval.
	if t := at - float64(i); t < 0.5 {
		return lo + float64((hi-lo)*t)
	} else {
		return hi - float64((hi-lo)*(1-t))
	}
}

package plots

import (
	"fmt"
	"math"
	"slices"
)

// huge is the largest magnitude drawn, and its inverse the least on a
// logarithmic axis: beyond them, the arithmetic of an axis would overflow.
const huge = 1e100

func drawable(v float64) bool { return math.Abs(v) <= huge }

// drawableOn tells whether v can stand on an axis.
func drawableOn(v float64, log bool) bool { return drawable(v) && (!log || v >= 1/huge) }

// A span is a closed range; the empty one has lo > hi.
type span struct{ lo, hi float64 }

func emptySpan() span { return span{math.Inf(1), math.Inf(-1)} }

func (s *span) add(values ...float64) {
	for _, v := range values {
		s.lo, s.hi = min(s.lo, v), max(s.hi, v)
	}
}

func (s span) empty() bool { return s.lo > s.hi }

// padded returns the span widened by a share of itself on both sides, never
// empty and never a single point, so that it can be an axis.
func (s span) padded(log bool, share float64) span {
	if s.empty() {
		return span{1, 2}
	}
	if log {
		if s.hi/s.lo < 1+1e-6 {
			return span{s.lo / 1.5, s.hi * 1.5}
		}
		f := math.Pow(s.hi/s.lo, share)
		return span{s.lo / f, s.hi * f}
	}
	d := share * (s.hi - s.lo)
	if s.point() {
		d = max(math.Abs(s.lo)*0.1, 1e-3)
	}
	return span{s.lo - d, s.hi + d}
}

// point tells whether the ends are too near each other for a linear axis.
func (s span) point() bool {
	return s.hi-s.lo < max(1e-6*max(math.Abs(s.lo), math.Abs(s.hi)), 1e-90)
}

// format returns an error for a legend with as many decimals, at least one, as
// tell errors within the span apart.
func (s span) format(v float64) string {
	decimals := 1
	for d := s.hi - s.lo; d < 4 && decimals < 4; d *= 10 {
		decimals++
	}
	return fmt.Sprintf("%.*f", decimals, v)
}

// diverged is the error of a model without a useful outcome.
const diverged = 100

// A pair is a point in data coordinates.
type pair struct{ x, y float64 }

// pairs joins x and y to the points that can be drawn and counts the others.
// logX and logY tell which axes need positive values.
func pairs(name string, x, y []float64, logX, logY bool) (points []pair, dropped int, err error) {
	if len(x) != len(y) {
		return nil, 0, fmt.Errorf("plots: %q: %d x values for %d y values", name, len(x), len(y))
	}
	for i := range x {
		if !drawableOn(x[i], logX) || !drawableOn(y[i], logY) {
			dropped++
			continue
		}
		points = append(points, pair{x[i], y[i]})
	}
	return points, dropped, nil
}

// distinct returns the different values, ascending.
func distinct(values []float64) []float64 {
	s := slices.Clone(values)
	slices.Sort(s)
	return slices.Compact(s)
}

// count formats a number with the noun in the right form.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

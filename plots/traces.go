package plots

import (
	"errors"
	"fmt"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Trace is a curve with a range around every point.
type Trace struct {
	Name   string
	X, Y   []float64
	Lo, Hi []float64 // of the range, one a point; both nil: none
}

// A spot is a point of a trace.
type spot struct{ x, y, lo, hi float64 }

// spots returns the points of the trace that can be drawn. A range that cannot
// shrinks to its point.
func (t Trace) spots(f *Figure, logX, logY bool) ([]spot, error) {
	if len(t.X) != len(t.Y) {
		return nil, fmt.Errorf("plots: %q: %d x values for %d y values", t.Name, len(t.X), len(t.Y))
	}
	if (t.Lo == nil) != (t.Hi == nil) || t.Lo != nil && (len(t.Lo) != len(t.X) || len(t.Hi) != len(t.X)) {
		return nil, fmt.Errorf("plots: %q: %d lower and %d upper ends of ranges for %d points", t.Name, len(t.Lo), len(t.Hi), len(t.X))
	}
	var spots []spot
	for i := range t.X {
		s := spot{t.X[i], t.Y[i], t.Y[i], t.Y[i]}
		if !drawableOn(s.x, logX) || !drawableOn(s.y, logY) {
			continue
		}
		if t.Lo != nil && drawableOn(t.Lo[i], logY) && drawableOn(t.Hi[i], logY) {
			s.lo, s.hi = t.Lo[i], t.Hi[i]
		}
		spots = append(spots, s)
	}
	f.noteDropped(clean(t.Name), len(t.X)-len(spots), logX || logY)
	return spots, nil
}

// tracesFigure draws traces as lines with bands on one pair of axes, whose
// spans it sets; the vertical one starts at zero if zero says so.
func tracesFigure(page Page, traces []Trace, x, y axis, zero bool) (*Figure, error) {
	f, err := newFigure(page, 1, 1, 50)
	if err != nil {
		return nil, err
	}
	all := make([][]spot, len(traces))
	sx, sy := emptySpan(), emptySpan()
	for i, t := range traces {
		if all[i], err = t.spots(f, x.log, y.log); err != nil {
			return nil, err
		}
		for _, s := range all[i] {
			sx.add(s.x)
			sy.add(s.lo, s.y, s.hi)
		}
	}
	if sx.empty() {
		return nil, errors.New("plots: no points to draw")
	}
	x.span, y.span = sx.padded(x.log, 0.03), sy.padded(y.log, 0.05)
	if zero && sy.lo >= 0 {
		y.span.lo = 0
	}
	p := f.add(x, y)
	p.draw(grid())
	var key legend
	for i, spots := range all {
		p.draw(spotBand(spots, fade(seriesColor(i), 0.16)))
	}
	for i, spots := range all {
		sty, marker := seriesLine(i), seriesMarker(i)
		points := make([]pair, len(spots))
		for k, s := range spots {
			points[k] = pair{s.x, s.y}
		}
		p.draw(line(points, sty), dots(points, marker), readable(traces[i].Name, points))
		key.entries = append(key.entries, entry{line: &sty, marker: &marker, label: clean(traces[i].Name)})
	}
	if len(traces) > 1 || traces[0].Name != "" {
		f.keys = append(f.keys, key)
	}
	return f.finish()
}

func spotBand(spots []spot, fill color.Color) drawing {
	var lower, upper []pair
	for _, s := range spots {
		lower, upper = append(lower, pair{s.x, s.lo}), append(upper, pair{s.x, s.hi})
	}
	return band(lower, upper, fill)
}

// errorBars draws the range of every point as a bar with caps.
func errorBars(spots []spot, sty draw.LineStyle) drawing {
	return func(c draw.Canvas, p *plot.Plot) {
		x, y := p.Transforms(&c)
		const cap = vg.Length(1.6)
		for _, s := range spots {
			at, lo, hi := x(s.x), y(s.lo), y(s.hi)
			c.StrokeLine2(sty, at, lo, at, hi)
			c.StrokeLine2(sty, at-cap, lo, at+cap, lo)
			c.StrokeLine2(sty, at-cap, hi, at+cap, hi)
		}
	}
}

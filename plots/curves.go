package plots

import (
	"errors"
	"fmt"
)

// A Curve is the course of a training: Errors[i] after epoch Epochs[i].
type Curve struct {
	Name   string
	Epochs []float64 // nil: 1, 2, 3…
	Errors []float64 // percent
}

// A CurveGroup is a set of curves in one look: the best models, the worst.
type CurveGroup struct {
	Name   string
	Curves []Curve
	Models []int // number of each model, for [Figure.Inline]; nil: unknown
}

// CurvesOptions are the options of [Curves]. The zero value is ready for use.
type CurvesOptions struct {
	Page
	XLabel string // "": epoch
	YLabel string // "": that of the measure
	Log    bool   // logarithmic axis of the error
}

// Curves draws learning curves, each group in one colour. The legend gives the
// number of curves and the range of their last errors.
//
// An error is returned if there is no point to draw or lengths differ.
func Curves(groups []CurveGroup, o CurvesOptions) (*Figure, error) {
	f, err := newFigure(o.Page, 1, 1, 52)
	if err != nil {
		return nil, err
	}
	all := make([][][]pair, len(groups))
	sx := emptySpan()
	var errs []float64
	for i, g := range groups {
		if g.Models != nil && len(g.Models) != len(g.Curves) {
			return nil, fmt.Errorf("plots: %q: %d models for %d curves", g.Name, len(g.Models), len(g.Curves))
		}
		dropped := 0
		for _, c := range g.Curves {
			points, n, err := c.points(o.Log)
			if err != nil {
				return nil, err
			}
			dropped += n
			for _, p := range points {
				sx.add(p.x)
				errs = append(errs, p.y)
			}
			all[i] = append(all[i], points)
		}
		f.noteDropped(clean(g.Name), dropped, o.Log)
	}
	if len(errs) == 0 {
		return nil, errors.New("plots: no learning curves to draw")
	}
	sy, _ := f.measure.span(errs)
	p := f.add(
		axis{label: or(o.XLabel, "epoch"), integer: true, span: sx.padded(false, 0.03)},
		axis{label: or(o.YLabel, f.measure.label()), log: o.Log, span: sy.padded(o.Log, 0.05)},
	)
	p.draw(grid())
	key := legend{header: []string{"n", f.measure.of("last")}}
	for i, g := range groups {
		sty := seriesLine(i)
		thin, marker := sty, seriesMarker(i)
		thin.Color, thin.Width = fade(seriesColor(i), 0.8), 0.8
		last := emptySpan()
		for k, points := range all[i] {
			p.draw(line(points, thin), readable(g.Curves[k].Name, points))
			if n := len(points); n > 0 {
				p.draw(marks(points[n-1:], g.model(k), marker))
				last.add(points[n-1].y)
			}
		}
		key.entries = append(key.entries, entry{line: &sty, marker: &marker, label: clean(g.Name), cells: []string{fmt.Sprint(len(g.Curves)), formatSpan(last, p.y.span)}})
	}
	f.keys = append(f.keys, key)
	return f.finish()
}

// model returns the number of the model of a curve, as a list for [marks].
func (g CurveGroup) model(k int) []int {
	if g.Models == nil {
		return nil
	}
	return g.Models[k : k+1]
}

// points returns the points of the curve that can be drawn and counts the
// others.
func (c Curve) points(log bool) ([]pair, int, error) {
	epochs := c.Epochs
	if epochs == nil {
		for i := range c.Errors {
			epochs = append(epochs, float64(i+1))
		}
	}
	return pairs(c.Name, epochs, c.Errors, false, log)
}

// formatSpan formats a span of errors.
func formatSpan(s, axis span) string {
	switch {
	case s.empty():
		return "–"
	case s.lo == s.hi:
		return axis.format(s.lo)
	}
	return axis.format(s.lo) + "–" + axis.format(s.hi)
}

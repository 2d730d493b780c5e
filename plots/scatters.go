package plots

import (
	"errors"

	"gonum.org/v1/plot/vg/draw"
)

// A Scatter is a population as points: X[i] is a property of model i, Errors[i]
// its error.
type Scatter struct {
	Name   string
	X      []float64
	Errors []float64 // percent
	Models []int     // number of each model, for [Figure.Inline]; nil: unknown
}

// drawableScatters returns the points of every scatter that can be drawn, with their
// models, and notes the others. It is an error if there are none at all.
func drawableScatters(f *Figure, scatters []Scatter, logX bool) (points [][]pair, models [][]int, err error) {
	points, models = make([][]pair, len(scatters)), make([][]int, len(scatters))
	total := 0
	for i, c := range scatters {
		var dropped int
		if points[i], dropped, err = pairs(c.Name, c.X, c.Errors, logX, false); err != nil {
			return nil, nil, err
		}
		f.noteDropped(clean(c.Name), dropped, logX)
		if models[i], err = modelsOf(c.Name, c.Models, c.X, c.Errors, logX, false); err != nil {
			return nil, nil, err
		}
		total += len(points[i])
	}
	if total == 0 {
		return nil, nil, errors.New("plots: no points to draw")
	}
	return points, models, nil
}

// cloudAxes returns axes that hold the points, and notes diverged models, which
// are drawn at the upper edge.
func cloudAxes(f *Figure, points [][]pair, x, y axis) (axis, axis) {
	s := emptySpan()
	var all []float64
	for _, ps := range points {
		for _, p := range ps {
			s.add(p.x)
			all = append(all, p.y)
		}
	}
	e, beyond := f.measure.span(all)
	x.span, y.span = s.padded(x.log, 0.04), e.padded(false, 0.05)
	if beyond > 0 {
		f.note("%s at the upper edge.", count(beyond, "diverged model"))
	}
	return x, y
}

// scatterMarker returns the marker of the i-th scatter of n points: transparent,
// so that dense regions show, and smaller for more points.
func scatterMarker(i, n int) draw.GlyphStyle {
	m := seriesMarker(i)
	m.Color = fade(seriesColor(i), 0.6)
	m.Radius = dotRadius(n)
	return m
}

package plots

import (
	"errors"
	"fmt"
	"math"
)

// A Marginal is the mean error over the values of one parameter.
type Marginal struct {
	Name   string // axis label
	Log    bool   // logarithmic axis of numbers
	Points []MarginalPoint
}

// A MarginalPoint is a value, or the middle of a range of values, with the mean
// error of its models and its interval; without limits, which are NaN then, where
// a single model has it.
type MarginalPoint struct {
	Value float64
	Name  string // of a value that is no number; "" for numbers
	Mean  float64
	Lo    float64
	Hi    float64
}

// MarginalsOptions are the options of [Marginals]. The zero value is ready for
// use.
type MarginalsOptions struct {
	Page
	Columns int    // of the grid; 0: 1 for one parameter, 2 for two or four, else 3
	YLabel  string // "": that of the measure
}

// Marginals draws the mean error over every parameter in a grid of small panels
// with one error axis, with the intervals as a band, or as bars at values that are
// no numbers.
//
// An error is returned if there is no marginal, if one has no point to draw, or if
// its points are numbers and names mixed.
func Marginals(marginals []Marginal, o MarginalsOptions) (*Figure, error) {
	if len(marginals) == 0 {
		return nil, errors.New("plots: no marginals to draw")
	}
	cols := gridColumns(o.Page, o.Columns, len(marginals))
	f, err := newFigure(o.Page, len(marginals), cols, 38)
	if err != nil {
		return nil, err
	}
	all := emptySpan()
	for _, m := range marginals {
		if err := m.check(); err != nil {
			return nil, err
		}
		for _, q := range m.Points {
			all.add(q.Mean)
			if !math.IsNaN(q.Lo) {
				all.add(q.Lo, q.Hi)
			}
		}
	}
	for i, m := range marginals {
		y := axis{span: all.padded(false, 0.05)}
		if i%cols == 0 {
			y.label = or(o.YLabel, f.measure.label())
		}
		m.draw(f, y)
	}
	return f.finish()
}

func (m Marginal) check() error {
	if len(m.Points) == 0 {
		return fmt.Errorf("plots: %q has no point to draw", m.Name)
	}
	for _, q := range m.Points {
		switch {
		case (q.Name == "") != (m.Points[0].Name == ""):
			return fmt.Errorf("plots: %q has numbers and names", m.Name)
		case !drawable(q.Mean) || q.Name == "" && !drawableOn(q.Value, m.Log):
			return fmt.Errorf("plots: %q: %g at %g cannot be drawn", m.Name, q.Mean, q.Value)
		case !math.IsNaN(q.Lo) && !(drawable(q.Lo) && drawable(q.Hi) && q.Lo <= q.Mean && q.Mean <= q.Hi):
			return fmt.Errorf("plots: %q: %g, %g, %g is no mean with its interval", m.Name, q.Lo, q.Mean, q.Hi)
		}
	}
	return nil
}

// draw adds the panel of a marginal.
func (m Marginal) draw(f *Figure, y axis) {
	x := axis{label: m.Name, log: m.Log}
	named := m.Points[0].Name != ""
	values := emptySpan()
	var means, lower, upper []pair
	var bars []spot
	for i, q := range m.Points {
		at := q.Value
		if named {
			at = float64(i)
			x.names = append(x.names, shortName(f, q.Name))
		}
		values.add(at)
		means = append(means, pair{at, q.Mean})
		if !math.IsNaN(q.Lo) {
			lower, upper, bars = append(lower, pair{at, q.Lo}), append(upper, pair{at, q.Hi}), append(bars, spot{at, q.Mean, q.Lo, q.Hi})
		}
	}
	x.base2 = m.Log && counts(xs(means))
	if x.span = values.padded(m.Log, 0.06); named {
		x.span = span{-0.5, float64(len(m.Points)) - 0.5}
	}
	p := f.add(x, y)
	p.draw(grid())
	marker := seriesMarker(0)
	if named {
		p.draw(errorBars(bars, stroke(fade(seriesColor(0), 0.7), thinWidth)), dots(means, marker))
		return
	}
	if len(lower) > 1 {
		p.draw(band(lower, upper, fade(seriesColor(0), 0.2)))
	}
	p.draw(line(means, seriesLine(0)), dots(means, marker), readable(m.Name, means))
}

func xs(points []pair) []float64 {
	var list []float64
	for _, q := range points {
		list = append(list, q.x)
	}
	return list
}

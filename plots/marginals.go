package plots

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
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
		m.addTo(&all)
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

// An Interaction is the mean error over the values of one parameter, for each of a
// few ranges of another: each line is that of a range, with the range for a name.
type Interaction struct {
	Name  string // axis label
	By    string // the other parameter
	Log   bool   // logarithmic axis of numbers
	Lines []Marginal
}

// Interactions draws the mean error over a parameter for each range of another in a
// grid of panels with one error axis, with the intervals as bands. Parallel lines
// are no interaction.
//
// An error is returned if there is nothing to draw, or for a line as by
// [Marginals].
func Interactions(interactions []Interaction, o MarginalsOptions) (*Figure, error) {
	if len(interactions) == 0 {
		return nil, errors.New("plots: no interactions to draw")
	}
	cols := gridColumns(o.Page, o.Columns, len(interactions))
	f, err := newFigure(o.Page, len(interactions), cols, 46)
	if err != nil {
		return nil, err
	}
	all, most := emptySpan(), 0
	for _, in := range interactions {
		for k, l := range in.Lines {
			if err := l.check(); err != nil {
				return nil, err
			}
			l.addTo(&all)
			most = max(most, k+1)
		}
	}
	for i, in := range interactions {
		y := axis{span: all.padded(false, 0.05)}
		if i%cols == 0 {
			y.label = or(o.YLabel, f.measure.label())
		}
		in.draw(f, y)
	}
	var key legend
	for k := range most {
		sty, marker := seriesLine(k), seriesMarker(k)
		key.entries = append(key.entries, entry{line: &sty, marker: &marker, label: fmt.Sprintf("range %d", k+1)})
	}
	f.keys = append(f.keys, key)
	return f.finish()
}

// draw adds the panel of an interaction. Names stand where they first occur.
func (in Interaction) draw(f *Figure, y axis) {
	x := axis{label: in.Name, log: in.Log}
	values := emptySpan()
	var ranges []string
	var marks []drawing
	for k, l := range in.Lines {
		means, bars := l.place(&x.names)
		if len(bars) > 1 {
			marks = append(marks, spotBand(bars, fade(seriesColor(k), 0.15)))
		}
		marks = append(marks, line(means, seriesLine(k)), dots(means, seriesMarker(k)), readable(l.Name, means))
		values.add(xs(means)...)
		ranges = append(ranges, clean(l.Name))
	}
	if x.span = values.padded(in.Log, 0.06); x.names != nil {
		x.span = span{-0.5, float64(len(x.names)) - 0.5}
	}
	p := f.add(x, y)
	p.heading = clean(in.By) + ": " + strings.Join(ranges, ", ")
	p.draw(grid())
	p.draw(marks...)
}

// place returns the means of a marginal where they are drawn, and those that have
// an interval. Names get places, in the order in which they occur.
func (m Marginal) place(names *[]string) (means []pair, bars []spot) {
	for _, q := range m.Points {
		at := q.Value
		if q.Name != "" {
			if !slices.Contains(*names, q.Name) {
				*names = append(*names, q.Name)
			}
			at = float64(slices.Index(*names, q.Name))
		}
		means = append(means, pair{at, q.Mean})
		if !math.IsNaN(q.Lo) {
			bars = append(bars, spot{at, q.Mean, q.Lo, q.Hi})
		}
	}
	return means, bars
}

// addTo widens a span to what is drawn.
func (m Marginal) addTo(s *span) {
	for _, q := range m.Points {
		s.add(q.Mean)
		if !math.IsNaN(q.Lo) {
			s.add(q.Lo, q.Hi)
		}
	}
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
	means, bars := m.place(&x.names)
	named := x.names != nil
	values := emptySpan()
	values.add(xs(means)...)
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
	if len(bars) > 1 {
		p.draw(spotBand(bars, fade(seriesColor(0), 0.2)))
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

package plots

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// ParallelOptions are the options of [Parallel]. The zero value is ready for
// use.
type ParallelOptions struct {
	Page
	ErrorLabel string // "": that of the measure
}

// Parallel draws every model as a line over parallel axes, one a parameter in
// the order given and the last one the error. The best quarter of the models is
// coloured and lies over the others. All parameters have values of the same
// models, with the same errors; their ranges are not drawn. A model that lacks a
// value is left out and counted. Of very many models those of the least errors
// are drawn.
//
// An error is returned if there is no parameter or no model to draw, or numbers
// of values, errors and models differ.
func Parallel(parameters []Parameter, o ParallelOptions) (*Figure, error) {
	if len(parameters) == 0 {
		return nil, errors.New("plots: no parameters to draw")
	}
	f, err := newFigure(o.Page, 1, 1, 62)
	if err != nil {
		return nil, err
	}
	if o.Page.Width == 0 {
		f.width = mm(twoColumns)
	}
	threads, dropped, err := threadsOf(parameters, o.Measure)
	if err != nil {
		return nil, err
	}
	f.noteDropped("", dropped, slices.ContainsFunc(parameters, func(q Parameter) bool { return q.Log }))
	if n := len(threads); n > mostMarks {
		threads = threads[:mostMarks]
		f.note("Drawn are the best %d of %d models.", mostMarks, n)
	}
	axes := parallelAxes(parameters, threads, o)
	names := make([]string, len(axes))
	room := f.inner() / vg.Length(len(axes))
	for i, a := range axes {
		names[i] = shorten(textStyle(tickSize), clean(a.label), room)
	}
	p := f.add(axis{names: names, span: span{-0.35, float64(len(axes)) - 0.75}}, axis{bare: true, values: []float64{}, span: span{0, 1}})
	best := (len(threads) + 3) / 4
	thinner := math.Sqrt(min(1, 100/float64(len(threads)))) // where many would hide each other
	others, leading := stroke(fade(ink, 0.25*thinner), thinWidth), stroke(fade(palette[0], 0.7*thinner), thinWidth)
	p.draw(drawThreads(threads[best:], axes, others), drawThreads(threads[:best], axes, leading))
	for i, a := range axes {
		p.draw(standing(i, a))
	}
	others.Color, leading.Color = fade(ink, 0.25), fade(palette[0], 0.7)
	f.keys = append(f.keys, legend{entries: []entry{
		{line: &leading, label: o.Measure.of("best quarter by") + fmt.Sprintf(" (%d)", best)}, {line: &others, label: fmt.Sprintf("others (%d)", len(threads)-best)},
	}})
	return f.finish()
}

// A thread is the values of a model, one an axis, the last of which is its
// error.
type thread struct {
	values []float64
	model  []int // its number; nil: unknown
}

// threadsOf returns the models that can be drawn, the best first, and counts
// the others.
func threadsOf(parameters []Parameter, m Measure) (threads []thread, dropped int, err error) {
	errs := parameters[0].Errors
	for _, q := range parameters {
		if len(q.Values) != len(errs) || len(q.Errors) != len(errs) {
			return nil, 0, fmt.Errorf("plots: %q: %d values and %d errors of %d models", q.Name, len(q.Values), len(q.Errors), len(errs))
		}
		if len(q.Models) != len(parameters[0].Models) || q.Models != nil && len(q.Models) != len(errs) {
			return nil, 0, fmt.Errorf("plots: %q: %d models for %d values", q.Name, len(q.Models), len(errs))
		}
	}
	for i, e := range errs {
		t := thread{}
		there := drawable(e)
		for _, q := range parameters {
			there = there && drawableOn(q.Values[i], q.Log)
			t.values = append(t.values, q.Values[i])
		}
		if !there {
			dropped++
			continue
		}
		t.values = append(t.values, e)
		if parameters[0].Models != nil {
			t.model = parameters[0].Models[i : i+1]
		}
		threads = append(threads, t)
	}
	if len(threads) == 0 {
		return nil, 0, errors.New("plots: no model has values of all parameters")
	}
	last := len(parameters)
	slices.SortStableFunc(threads, func(a, b thread) int {
		if m.Higher {
			a, b = b, a
		}
		return cmp.Compare(a.values[last], b.values[last])
	})
	return threads, dropped, nil
}

// parallelAxes returns the axes of the parameters and the error.
func parallelAxes(parameters []Parameter, threads []thread, o ParallelOptions) []axis {
	var axes []axis
	column := func(k int) (values []float64) {
		for _, t := range threads {
			values = append(values, t.values[k])
		}
		return values
	}
	for k, q := range parameters {
		var points []pair
		for _, v := range column(k) {
			points = append(points, pair{v, 0})
		}
		q.Range = nil
		axes = append(axes, parameterAxis(q, points))
	}
	errs, _ := o.Measure.span(column(len(parameters)))
	return append(axes, axis{label: or(o.ErrorLabel, o.Measure.label()), span: errs.padded(false, 0.05)})
}

// height returns the place of a value on a standing axis from 0 to 1, an end of
// it for a value beyond.
func (a axis) height(v float64) float64 {
	return min(max(linearOrLog(a.log).Normalize(a.span.lo, a.span.hi, v), 0), 1)
}

// drawThreads draws a line for each model, on a page as an element that stands
// for it.
func drawThreads(threads []thread, axes []axis, sty draw.LineStyle) drawing {
	return func(c draw.Canvas, p *plot.Plot) {
		var paths []byte
		var models []int
		page := pageOf(c)
		for _, t := range threads {
			var points []pair
			for k, v := range t.values {
				points = append(points, pair{float64(k), axes[k].height(v)})
			}
			if page == nil || t.model == nil {
				line(points, sty)(c, p)
				continue
			}
			models = append(models, t.model...)
			paths = fmt.Appendf(paths, `<path d="%s"/>`, page.polyline(place(c, p, points)))
		}
		if len(models) > 0 {
			page.models(models, paintLine(sty), paths)
		}
	}
}

// standing draws the i-th axis with its ticks, on a page over the models.
func standing(i int, a axis) drawing {
	return func(c draw.Canvas, p *plot.Plot) {
		x, y := p.Transforms(&c)
		at := x(float64(i))
		page := pageOf(c)
		rule := func(x0, y0, x1, y1 vg.Length) {
			if page == nil {
				c.StrokeLine2(stroke(ink, axisWidth), x0, y0, x1, y1)
				return
			}
			fmt.Fprintf(&page.over, `<path %s d="%s"/>`, paintLine(stroke(ink, axisWidth)), page.polyline([]vg.Point{{X: x0, Y: y0}, {X: x1, Y: y1}}))
		}
		rule(at, c.Min.Y, at, c.Max.Y)
		ticks := ticker{log: a.log, base2: a.base2, integer: a.integer, values: a.values, length: c.Max.Y - c.Min.Y, vertical: true}
		for _, t := range ticks.Ticks(a.span.lo, a.span.hi) {
			v := y(a.height(t.Value))
			rule(at-2.5, v, at, v)
			base := vg.Point{X: at - 4, Y: v - tickSize*0.35}
			if page == nil {
				text := textStyle(tickSize)
				text.XAlign = draw.XRight
				drawText(c, text, base, t.Label)
			} else if t.Label != "" {
				page.label(base, t.Label)
			}
		}
	}
}

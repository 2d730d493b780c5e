package plots

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Parameter is one property of the models of a population beside their
// errors: Values[i] and Errors[i] belong to model i.
type Parameter struct {
	Name   string // axis label
	Values []float64
	Errors []float64 // percent
	Log    bool      // logarithmic axis; values that are not positive are left out and counted
	Range  *Range    // of the values of the best models; nil: none known
	Models []int     // number of each model, for [Figure.Inline]; nil: unknown
}

// A Range is an interval of a bootstrap: Lo ≤ Best ≤ Hi in the unit of the
// values.
type Range struct{ Lo, Best, Hi float64 }

func (r Range) check(name string) error {
	if !drawable(r.Lo) || !drawable(r.Hi) || !(r.Lo <= r.Best && r.Best <= r.Hi) {
		return fmt.Errorf("plots: %q: %g, %g, %g is not a range: lo <= best <= hi are finite", name, r.Lo, r.Best, r.Hi)
	}
	return nil
}

// ParametersOptions are the options of [Parameters]. The zero value is ready
// for use.
type ParametersOptions struct {
	Page
	Columns    int     // of the grid; 0: 1 for one parameter, 2 for two or four, else 3
	YLabel     string  // "": that of the measure
	Confidence float64 // of the ranges, for the legend; 0: 0.95
	NoLegend   bool    // where a caption says what ranges, triangles and density are
}

// Parameters draws every parameter against error in a grid of small panels
// with one error axis. The range of the best models' values is shaded, with a line at
// its median (Radosavovic et al. 2020, arXiv 2003.13678, §3.1). Diverged models
// are triangles at the upper edge.
//
// An error is returned if no parameter has a point to draw, if numbers of
// values and errors differ, or a range is not one.
func Parameters(parameters []Parameter, o ParametersOptions) (*Figure, error) {
	if len(parameters) == 0 {
		return nil, errors.New("plots: no parameters to draw")
	}
	cols := gridColumns(o.Page, o.Columns, len(parameters))
	f, err := newFigure(o.Page, len(parameters), cols, 42)
	if err != nil {
		return nil, err
	}
	f.captioned = o.NoLegend
	points, models := make([][]pair, len(parameters)), make([][]int, len(parameters))
	var all []float64
	ranged := false
	for i, q := range parameters {
		var dropped int
		if points[i], dropped, err = pairs(q.Name, q.Values, q.Errors, q.Log, false); err != nil {
			return nil, err
		}
		f.noteDropped(q.Name, dropped, q.Log)
		if models[i], err = modelsOf(q.Name, q.Models, q.Values, q.Errors, q.Log, false); err != nil {
			return nil, err
		}
		for _, pt := range points[i] {
			all = append(all, pt.y)
		}
		if q.Range != nil {
			ranged = true
			if err := q.Range.check(q.Name); err != nil {
				return nil, err
			}
		}
	}
	if len(all) == 0 {
		return nil, errors.New("plots: no pair of parameter and error to draw")
	}
	span, beyond := f.measure.span(all)
	for i, q := range parameters {
		y := axis{span: span.padded(false, 0.05)}
		if i%cols == 0 {
			y.label = or(o.YLabel, f.measure.label())
		}
		drawParameter(f, f.add(parameterAxis(q, points[i]), y), q, points[i], models[i])
	}
	if ranged && !o.NoLegend {
		f.keys = append(f.keys, rangeKey(o.Confidence))
	}
	if beyond > 0 && !o.NoLegend {
		what := "Triangles at the upper edge: diverged models."
		if f.densest > 0 {
			what = "At the upper edge: diverged models."
		}
		f.note("%s", what)
	}
	return f.finish()
}

var (
	rangeFill = fade(palette[0], 0.2)
	bestLine  = draw.LineStyle{Color: palette[0], Width: lineWidth}
)

func drawParameter(f *Figure, p *panel, q Parameter, points []pair, models []int) {
	if r := q.Range; r != nil && drawableOn(r.Lo, q.Log) {
		p.draw(verticalBand(r.Lo, r.Hi, rangeFill), verticalLine(r.Best, bestLine))
		p.heading = fmt.Sprintf("best %s in %s–%s", threeDigits(r.Best), threeDigits(r.Lo), threeDigits(r.Hi))
	}
	f.cloud(p, points, models, draw.GlyphStyle{Color: fade(ink, 0.45), Radius: dotRadius(len(points)), Shape: draw.CircleGlyph{}})
	if len(points) == 0 {
		p.heading = "no values to draw"
	}
}

// parameterAxis labels the values themselves where they are few and evenly
// spaced, and powers of two where they are counts such as widths.
func parameterAxis(q Parameter, points []pair) axis {
	s := emptySpan()
	var values []float64
	for _, pt := range points {
		s.add(pt.x)
		values = append(values, pt.x)
	}
	if r := q.Range; r != nil && drawableOn(r.Lo, q.Log) {
		s.add(r.Lo, r.Hi)
	}
	a := axis{label: q.Name, log: q.Log, span: s.padded(q.Log, 0.06)}
	d := distinct(values)
	long := func(v float64) bool { return len(siLabel(v)) > 6 }
	if len(d) > 0 && len(d) <= maxTicks && even(d) && !slices.ContainsFunc(d, long) {
		a.values = d
	}
	a.base2 = counts(d)
	return a
}

// even reports whether ascending values have equal differences or equal ratios:
// others would be odd ticks.
func even(values []float64) bool {
	sums, ratios := true, true
	for i := 2; i < len(values); i++ {
		a, b, c := values[i-2], values[i-1], values[i]
		sums = sums && math.Abs((c-b)-(b-a)) <= 1e-9*(c-a)
		ratios = ratios && a > 0 && math.Abs(a*c-b*b) <= 1e-9*b*b
	}
	return sums || ratios
}

// counts reports whether the values are whole numbers such as widths, for which
// powers of two are the rounder ticks on a logarithmic axis.
func counts(values []float64) bool {
	return !slices.ContainsFunc(values, func(v float64) bool { return v != math.Trunc(v) || v > 1<<14 })
}

func rangeKey(confidence float64) legend {
	if confidence == 0 {
		confidence = 0.95
	}
	return legend{entries: []entry{
		{line: &bestLine, patch: rangeFill, label: fmt.Sprintf("values of the best models: median, middle %s %%", siLabel(roundTo12(confidence*100)))},
	}}
}

// dotRadius shrinks the points of large populations.
func dotRadius(n int) vg.Length {
	return vg.Length(min(max(1.7*math.Pow(100/float64(max(n, 1)), 0.2), 0.8), 2))
}

// threeDigits formats a value of a parameter for reading.
func threeDigits(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e4 || v == 0 {
		return siLabel(v)
	}
	e := math.Pow10(2 - int(math.Floor(math.Log10(math.Abs(v)))))
	return siLabel(roundTo12(math.Round(v*e) / e))
}

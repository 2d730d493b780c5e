package plots

import (
	"errors"
	"math"
)

// A Trend is what the best models have of one parameter, over budgets: X of each
// trace are the budgets, Y the medians, Lo and Hi the ends of the ranges. Several
// traces are several spaces or settings.
type Trend struct {
	Name    string // axis label
	Heading string // above the panel; "": none
	Log     bool   // logarithmic axis of the values
	Traces  []Trace
	Levels  []float64 // values with a dashed line, as bounds are
}

// TrendsOptions are the options of [Trends]. The zero value is ready for use.
type TrendsOptions struct {
	Page
	Columns int    // of the grid; 0: 1 for one trend, 2 for two or four, else 3
	XLabel  string // "": flops
}

// Trends draws, for every parameter, the values of the best models over flop
// budgets, in a grid of small panels with a common logarithmic axis of
// budgets (Radosavovic et al. 2020, arXiv 2003.13678, Fig. 11).
//
// An error is returned if there is no point to draw or lengths differ.
func Trends(trends []Trend, o TrendsOptions) (*Figure, error) {
	if len(trends) == 0 {
		return nil, errors.New("plots: no trends to draw")
	}
	cols := gridColumns(o.Page, o.Columns, len(trends))
	f, err := newFigure(o.Page, len(trends), cols, 38)
	if err != nil {
		return nil, err
	}
	all := make([][][]spot, len(trends))
	budgets := emptySpan()
	var names []string
	for i, t := range trends {
		all[i] = make([][]spot, len(t.Traces))
		for k, tr := range t.Traces {
			if all[i][k], err = tr.spots(f, true, t.Log); err != nil {
				return nil, err
			}
			for _, s := range all[i][k] {
				budgets.add(s.x)
			}
			if k == len(names) {
				names = append(names, clean(tr.Name))
			}
		}
	}
	if budgets.empty() {
		return nil, errors.New("plots: no points to draw")
	}
	x := axis{log: true, span: budgets.padded(true, 0.08)}
	for i, t := range trends {
		x := x
		if i+cols >= len(trends) {
			x.label = or(o.XLabel, "flops")
		}
		drawTrend(f, x, t, all[i])
	}
	if len(names) > 1 || len(names) == 1 && names[0] != "" {
		var key legend
		for k, n := range names {
			sty, marker := seriesLine(k), seriesMarker(k)
			key.entries = append(key.entries, entry{line: &sty, marker: &marker, label: n})
		}
		f.keys = append(f.keys, key)
	}
	return f.finish()
}

// drawTrend adds the panel of one parameter. Traces stand a little apart, so
// that their ranges at one budget do not cover each other.
func drawTrend(f *Figure, x axis, t Trend, traces [][]spot) {
	values, whole := emptySpan(), true
	for _, spots := range traces {
		for _, s := range spots {
			values.add(s.lo, s.y, s.hi)
			whole = whole && counts([]float64{s.lo, s.y, s.hi})
		}
	}
	nothing := values.empty()
	for _, l := range t.Levels {
		if drawableOn(l, t.Log) {
			values.add(l)
		}
	}
	p := f.add(x, axis{label: t.Name, log: t.Log, integer: whole && !t.Log, span: values.padded(t.Log, 0.08)})
	p.heading = clean(t.Heading)
	p.draw(grid())
	for _, l := range t.Levels {
		if drawableOn(l, t.Log) {
			sty := stroke(fade(ink, 0.6), thinWidth)
			sty.Dashes = dashes[1]
			p.draw(horizontalLine(l, sty))
		}
	}
	if nothing {
		p.heading = "no values to draw"
	}
	for k, spots := range traces {
		apart := math.Pow(x.span.hi/x.span.lo, 0.015*(float64(k)-float64(len(traces)-1)/2))
		var points []pair
		moved := make([]spot, len(spots))
		for i, s := range spots {
			moved[i] = spot{s.x * apart, s.y, s.lo, s.hi}
			points = append(points, pair{s.x * apart, s.y})
		}
		p.draw(errorBars(moved, stroke(fade(seriesColor(k), 0.7), thinWidth)), line(points, seriesLine(k)), dots(points, seriesMarker(k)), readable(t.Traces[k].Name, points))
	}
}

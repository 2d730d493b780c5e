package plots

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg/draw"
)

// ParetoOptions are the options of [Pareto]. The zero value is ready for use.
type ParetoOptions struct {
	Page
	XLabel string // "": flops
	YLabel string // "": that of the measure
	Linear bool   // linear instead of logarithmic horizontal axis
}

// Pareto draws error against a complexity for every scatter, with its Pareto
// front: the models that no other of the scatter beats in both. The front is the
// line of the least error within a complexity. The legend gives the number of
// models and how many are on the front.
//
// An error is returned if there is no point to draw or the numbers of values
// and errors differ.
func Pareto(scatters []Scatter, o ParetoOptions) (*Figure, error) {
	f, err := newFigure(o.Page, 1, 1, 52)
	if err != nil {
		return nil, err
	}
	points, models, err := drawableScatters(f, scatters, !o.Linear)
	if err != nil {
		return nil, err
	}
	x, y := cloudAxes(f, points, axis{label: or(o.XLabel, "flops"), log: !o.Linear}, axis{label: or(o.YLabel, o.Measure.label())})
	p := f.add(x, y)
	p.draw(grid())
	key := legend{header: []string{"n", "on front"}}
	for i, ps := range points {
		f.cloud(p, ps, models[i], scatterMarker(i, len(ps)))
	}
	for i, ps := range points {
		front := frontOf(ps, o.Measure)
		sty, marker := seriesLine(i), seriesMarker(i)
		p.draw(line(frontLine(front, x.span.hi), sty), dots(front, draw.GlyphStyle{Color: marker.Color, Radius: pointRadius * 1.2, Shape: marker.Shape}))
		key.entries = append(key.entries, entry{line: &sty, marker: &marker, label: clean(scatters[i].Name), cells: []string{fmt.Sprint(len(ps)), fmt.Sprint(len(front))}})
	}
	f.keys = append(f.keys, key)
	return f.finish()
}

// ParetoFront returns the indices of the points that no other point beats:
// none has both coordinates as low and one of them lower. They ascend in x, and
// equal points in their index. Points with a coordinate that is not a number
// are never on the front. It panics if x and y differ in length.
func ParetoFront(x, y []float64) []int {
	if len(x) != len(y) {
		panic("plots: ParetoFront of slices of different lengths")
	}
	var order []int
	for i := range x {
		if !math.IsNaN(x[i]) && !math.IsNaN(y[i]) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(x[a], x[b]), cmp.Compare(y[a], y[b]))
	})
	var front []int
	for _, i := range order {
		if len(front) > 0 {
			last := front[len(front)-1]
			if y[i] > y[last] || y[i] == y[last] && x[i] > x[last] {
				continue
			}
		}
		front = append(front, i)
	}
	return front
}

// frontOf returns the front of the points, diverged models excepted.
func frontOf(points []pair, m Measure) []pair {
	var kept []pair
	var x, y []float64
	for _, p := range points {
		if m.diverged(p.y) {
			continue
		}
		kept, x = append(kept, p), append(x, p.x)
		if m.Higher {
			y = append(y, -p.y)
		} else {
			y = append(y, p.y)
		}
	}
	var front []pair
	for _, i := range ParetoFront(x, y) {
		front = append(front, kept[i])
	}
	return front
}

// frontLine joins the front by steps: an error is attainable from its point on.
func frontLine(front []pair, end float64) []pair {
	var points []pair
	for i, p := range front {
		if i > 0 {
			points = append(points, pair{p.x, front[i-1].y})
		}
		points = append(points, p)
	}
	if n := len(front); n > 0 {
		points = append(points, pair{end, front[n-1].y})
	}
	return points
}

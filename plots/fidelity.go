package plots

import (
	"errors"
	"fmt"
	"math"
)

// A Pairing is a population whose models were measured twice: in two runs, on
// two sets of data, with two seeds.
type Pairing struct {
	Name        string
	A, B        []float64 // errors of model i, percent
	Rho, Lo, Hi float64   // rank correlation and its interval, for the legend; Lo and Hi NaN: none, Rho NaN: none either
}

// FidelityOptions are the options of [Fidelity]. The zero value is ready for
// use.
type FidelityOptions struct {
	Page
	XLabel string // "": error in A (%)
	YLabel string // "": error in B (%)
}

// Fidelity draws each model as a point, its error in A against that in B, with
// the line of equal errors where both axes show it. The legend gives the number
// of models and the rank correlation. Models that diverged stand at the edges.
//
// An error is returned if there is no point to draw or the numbers of errors
// differ.
func Fidelity(pairings []Pairing, o FidelityOptions) (*Figure, error) {
	f, err := newFigure(o.Page, 1, 1, 62)
	if err != nil {
		return nil, err
	}
	points := make([][]pair, len(pairings))
	var xs, ys []float64
	for i, g := range pairings {
		var dropped int
		if points[i], dropped, err = pairs(g.Name, g.A, g.B, false, false); err != nil {
			return nil, err
		}
		f.noteDropped(clean(g.Name), dropped, false)
		for _, p := range points[i] {
			xs, ys = append(xs, p.x), append(ys, p.y)
		}
	}
	if len(xs) == 0 {
		return nil, errors.New("plots: no points to draw")
	}
	x, beyondX := f.measure.span(xs)
	y, beyondY := f.measure.span(ys)
	if n := atEdge(points, beyondX > 0, beyondY > 0); n > 0 {
		f.note("%s in A or B at the edge.", count(n, "diverged model"))
	}
	p := f.add(
		axis{label: or(o.XLabel, "error in A (%)"), span: x.padded(false, 0.05)},
		axis{label: or(o.YLabel, "error in B (%)"), span: y.padded(false, 0.05)},
	)
	p.draw(grid())
	lo, hi := max(p.x.span.lo, p.y.span.lo), min(p.x.span.hi, p.y.span.hi)
	if lo < hi {
		p.draw(line([]pair{{lo, lo}, {hi, hi}}, stroke(fade(ink, 0.35), thinWidth)))
	}
	key := legend{header: []string{"n", "rank correlation"}}
	for i, ps := range points {
		marker := seriesMarker(i)
		f.cloud(p, toEdge(ps, p.x.span, beyondX > 0), nil, scatterMarker(i, len(ps)))
		key.entries = append(key.entries, entry{marker: &marker, label: clean(pairings[i].Name), cells: []string{fmt.Sprint(len(ps)), pairings[i].correlation()}})
	}
	f.keys = append(f.keys, key)
	return f.finish()
}

// atEdge counts the points with a diverged error on an axis that ends before it.
func atEdge(points [][]pair, x, y bool) int {
	n := 0
	for _, ps := range points {
		for _, p := range ps {
			if x && p.x >= diverged || y && p.y >= diverged {
				n++
			}
		}
	}
	return n
}

// toEdge moves diverged points to the right edge, if the axis ends before them.
func toEdge(points []pair, s span, beyond bool) []pair {
	moved := make([]pair, len(points))
	for i, p := range points {
		if beyond && p.x >= diverged {
			p.x = s.hi
		}
		moved[i] = p
	}
	return moved
}

func (g Pairing) correlation() string {
	switch {
	case math.IsNaN(g.Rho):
		return "–"
	case math.IsNaN(g.Lo) || math.IsNaN(g.Hi):
		return fmt.Sprintf("%.2f", g.Rho)
	}
	return fmt.Sprintf("%.2f [%.2f, %.2f]", g.Rho, g.Lo, g.Hi)
}

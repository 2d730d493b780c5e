package plots

import (
	"designspace/edf"
	"errors"
	"fmt"
	"math"
)

// EDFOptions are the options of [EDF]. The zero value is ready for use.
type EDFOptions struct {
	Page
	XLabel string  // "": that of the measure
	YLabel string  // "": cumulative probability
	XMin   float64 // left end of the error axis
	XMax   float64 // right end; both 0: the range of the errors

	Bands []float64 // half-widths of simultaneous bands around the EDFs, one a population, not negative; 0 or beyond the list: no band

	// Adjusted are steps of distribution functions that are estimated with the help
	// of predictions, one list a population; nil or beyond the list: none. They are
	// drawn as a thin line, and the band is around them.
	Adjusted [][]edf.Step
}

// EDF draws the error distribution of every population as a step line:
// F(e) = (1/n) Σ 1[e_i < e], or Σ w_i 1[e_i < e] / Σ w_i with weights
// (Radosavovic et al. 2020, arXiv 2003.13678, §3.1; 2019, arXiv 1905.13214,
// §3.2). The legend gives n, the least and the mean error. A band follows the
// steps, clipped to 0–1.
//
// An error is returned if no population has an error to draw or the lengths of
// weights and errors differ.
func EDF(populations []edf.Population, o EDFOptions) (*Figure, error) {
	f, err := newFigure(o.Page, 1, 1, 52)
	if err != nil {
		return nil, err
	}
	for _, b := range o.Bands {
		if !(b >= 0) {
			return nil, fmt.Errorf("plots: the half-width of a band is %g: it is not negative", b)
		}
	}
	stats, err := summarise(populations)
	if err != nil {
		return nil, err
	}
	x, err := errorAxis(f, stats, o)
	if err != nil {
		return nil, err
	}
	unit := span{0, 1}
	p := f.add(x, axis{label: or(o.YLabel, "cumulative probability"), span: unit})
	p.draw(grid())
	best, _ := o.Measure.best(0, 0)
	key := legend{header: []string{"n", best, "mean"}}
	for i, s := range stats {
		sty := seriesLine(i)
		e := entry{line: &sty, label: s.name, cells: s.cells(x.span, o.Measure)}
		if i < len(o.Bands) && o.Bands[i] > 0 && s.n > 0 {
			b := o.Bands[i]
			fill := fade(seriesColor(i), 0.16)
			around := s.steps
			if a := o.adjusted(i); a != nil {
				around = a
			}
			p.draw(band(outline(around, x.span, unit, -b), outline(around, x.span, unit, b), fill))
			e.patch = fill
		}
		key.entries = append(key.entries, e)
	}
	for i, s := range stats {
		p.draw(line(outline(s.steps, x.span, unit, 0), seriesLine(i)))
		if a := o.adjusted(i); a != nil {
			p.draw(line(outline(a, x.span, unit, 0), stroke(seriesColor(i), thinWidth)))
		}
		p.draw(readable(s.name, outline(s.steps, x.span, unit, 0)), hidden(s.places(populations[i])))
		f.noteDropped(s.name, s.dropped, false)
		if s.n == 0 {
			f.note("%s has no errors to draw.", s.name)
		}
	}
	f.keys = append(f.keys, key)
	return f.finish()
}

// adjusted returns the jumps of the adjusted EDF of a population, nil if there is
// none.
func (o EDFOptions) adjusted(i int) []jump {
	if i >= len(o.Adjusted) {
		return nil
	}
	return jumpsOf(o.Adjusted[i])
}

func jumpsOf(steps []edf.Step) []jump {
	var list []jump
	for _, s := range steps {
		list = append(list, jump{s.Error, s.Above})
	}
	return list
}

// A summary is what the EDF figures draw of a population.
type summary struct {
	name     string
	steps    []jump
	n        int // values drawn, diverged ones included
	diverged int
	dropped  int
	min, max float64
	mean     float64
}

// places returns the upper end of the step of every model whose number the
// population gives, and these numbers.
func (s summary) places(p edf.Population) (points []pair, models []int) {
	if len(p.Rows) != len(p.Errors) {
		return nil, nil
	}
	for i, e := range p.Errors {
		if drawable(e) {
			points, models = append(points, pair{e, at(s.steps, math.Nextafter(e, math.Inf(1)))}), append(models, p.Rows[i])
		}
	}
	return points, models
}

// cells returns n, the best and the mean for the legend of a figure of errors in
// a span.
func (s summary) cells(axis span, m Measure) []string {
	if s.n == 0 {
		return []string{"0", "–", "–"}
	}
	_, best := m.best(s.min, s.max)
	return []string{fmt.Sprint(s.n), axis.format(best), axis.format(s.mean)}
}

// summarise returns a summary of every population, or an error if there is
// nothing at all to draw.
func summarise(populations []edf.Population) ([]summary, error) {
	stats := make([]summary, len(populations))
	total := 0
	for i, p := range populations {
		s := summary{name: clean(p.Name)}
		var err error
		if s.steps, s.dropped, err = jumps(s.name, p.Errors, p.Weights); err != nil {
			return nil, err
		}
		s.n = len(p.Errors) - s.dropped
		for _, e := range p.Errors {
			if e >= diverged && drawable(e) {
				s.diverged++
			}
		}
		y := 0.0
		for k, j := range s.steps {
			if k == 0 {
				s.min = j.x
			}
			s.max = j.x
			s.mean += (j.y - y) * j.x
			y = j.y
		}
		total += s.n
		stats[i] = s
	}
	if total == 0 {
		return nil, errors.New("plots: no errors to draw: every population is empty")
	}
	return stats, nil
}

// errorAxis returns the horizontal axis of an EDF figure and notes what lies
// beyond it.
func errorAxis(f *Figure, stats []summary, o EDFOptions) (axis, error) {
	a := axis{label: or(o.XLabel, f.measure.label())}
	if o.XMin != 0 || o.XMax != 0 {
		a.span = span{o.XMin, o.XMax}
		if !drawable(o.XMin) || !drawable(o.XMax) || !(o.XMin < o.XMax) || a.span.point() {
			return axis{}, fmt.Errorf("plots: an error axis from %g to %g: its ends are finite, ascending and apart", o.XMin, o.XMax)
		}
		return a, nil
	}
	var all []float64
	for _, s := range stats {
		for _, j := range s.steps {
			all = append(all, j.x)
		}
	}
	s, beyond := f.measure.span(all)
	a.span = s.padded(false, 0.03)
	if s.lo >= 0 {
		a.span.lo = math.Max(a.span.lo, 0)
	}
	if beyond > 0 {
		for _, s := range stats {
			if s.diverged > 0 {
				f.note("%s: %s beyond the axis, counted in n, F and mean.", s.name, count(s.diverged, "diverged model"))
			}
		}
	}
	return a, nil
}

// or returns s, or what stands in for an empty s.
func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

package plots

import "fmt"

// DifferenceOptions are the options of [Difference]. The zero value is ready
// for use.
type DifferenceOptions struct {
	Page
	Band   float64 // half-width of a simultaneous band around the difference, 0–1; 0: no band
	XLabel string  // "": error (%)
}

// Difference draws F_a(e) − F_b(e), the difference of the EDFs of two
// populations, as a step line. Where it is positive, a has the larger share of
// models below the error e. With a simultaneous band, the populations differ at
// every error at which the band excludes zero. The bands of the populations
// themselves are not drawn. Errors are as for [EDF], and both populations need
// errors.
func Difference(a, b Population, o DifferenceOptions) (*Figure, error) {
	f, err := newFigure(o.Page, 1, 1, 46)
	if err != nil {
		return nil, err
	}
	stats, err := summarise([]Population{a, b})
	if err != nil {
		return nil, err
	}
	for _, s := range stats {
		if s.n == 0 {
			return nil, fmt.Errorf("plots: %q has no errors to draw", s.name)
		}
		f.noteDropped(s.name, s.dropped, false)
	}
	if !(o.Band >= 0 && o.Band <= 1) {
		return nil, fmt.Errorf("plots: the half-width of a band is %g: it lies in 0–1", o.Band)
	}
	x := errorAxis(f, stats, EDFOptions{XLabel: o.XLabel})
	steps := difference(stats[0].steps, stats[1].steps)
	y := span{-0.05 - o.Band, 0.05 + o.Band}
	for _, s := range steps {
		y.add(s.y-o.Band, s.y+o.Band)
	}
	p := f.add(x, axis{label: "difference of EDFs", span: span{max(y.lo, -1), min(y.hi, 1)}})
	p.heading = fmt.Sprintf("above 0: %s has more models below the error", stats[0].name)
	whole := span{-1, 1}
	sty := seriesLine(0)
	p.draw(grid(), horizontalLine(0, stroke(ink, thinWidth)))
	key := legend{entries: []entry{{line: &sty, label: fmt.Sprintf("F(%s) − F(%s)", stats[0].name, stats[1].name)}}}
	if o.Band > 0 {
		fill := fade(seriesColor(0), 0.2)
		p.draw(band(outline(steps, x.span, whole, -o.Band), outline(steps, x.span, whole, o.Band), fill))
		key.entries[0].patch = fill
	}
	p.draw(line(outline(steps, x.span, whole, 0), sty))
	f.keys = append(f.keys, key)
	return f.finish()
}

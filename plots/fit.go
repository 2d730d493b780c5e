package plots

import "fmt"

// FitOptions are the options of [Fit]. The zero value is ready for use.
type FitOptions struct {
	Page
	XLabel string // "": e_fit
	YLabel string // "": that of the measure
	Log    bool   // logarithmic horizontal axis; fits of zero are then left out and counted
}

// Fit draws the fitting error e_fit of every model, its distance from the
// quantised linear widths of RegNet, against its error, with the mean e_fit of
// each scatter as a line (Radosavovic et al. 2020, arXiv 2003.13678, Fig. 8).
//
// An error is returned if there is no point to draw or the numbers of values
// and errors differ.
func Fit(scatters []Scatter, o FitOptions) (*Figure, error) {
	f, err := newFigure(o.Page, 1, 1, 52)
	if err != nil {
		return nil, err
	}
	points, models, err := drawableScatters(f, scatters, o.Log)
	if err != nil {
		return nil, err
	}
	x, y := cloudAxes(f, points, axis{label: or(o.XLabel, "e_fit"), log: o.Log}, axis{label: or(o.YLabel, o.Measure.label())})
	if !o.Log && x.span.lo < 0 {
		x.span.lo = max(x.span.lo, -0.02*x.span.hi)
	}
	p := f.add(x, y)
	p.draw(grid())
	key := legend{header: []string{"n", "mean " + or(o.XLabel, "e_fit")}}
	for i, ps := range points {
		cells := []string{"0", "–"}
		sty, marker := seriesLine(i), seriesMarker(i)
		sty.Width = thinWidth * 1.3
		if len(ps) > 0 {
			mean := 0.0
			for _, pt := range ps {
				mean += pt.x / float64(len(ps))
			}
			cells = []string{fmt.Sprint(len(ps)), fmt.Sprintf("%.3f", mean)}
			p.draw(verticalLine(mean, sty))
		}
		f.cloud(p, ps, models[i], scatterMarker(i, len(ps)))
		key.entries = append(key.entries, entry{line: &sty, marker: &marker, label: clean(scatters[i].Name), cells: cells})
	}
	f.keys = append(f.keys, key)
	return f.finish()
}

package plots

import (
	"designspace/edf"
	"fmt"
	"image/color"
	"slices"
)

// DifferenceOptions are the options of [Difference]. The zero value is ready
// for use.
type DifferenceOptions struct {
	Page
	Band      float64 // half-width of a simultaneous band around the difference, not negative; 0: no band
	Pointwise *Ribbon // interval that holds at each error alone; nil: none
	XLabel    string  // "": that of the measure

	// Adjusted are steps of the distribution functions of a and b that are estimated
	// with the help of predictions, see [edf.AdjustedEDF], and AdjustedBand is the
	// half-width of the simultaneous band around their difference. Nil: there are
	// none.
	Adjusted     [2][]edf.Step
	AdjustedBand float64
}

// A Ribbon is an interval Lo[i]–Hi[i] for every error behind X[i], up to X[i+1]
// and including it. X ascends.
type Ribbon struct{ X, Lo, Hi []float64 }

// edges returns the steps of the lower and the upper edge.
func (r Ribbon) edges() (lower, upper []jump, err error) {
	if len(r.Lo) != len(r.X) || len(r.Hi) != len(r.X) {
		return nil, nil, fmt.Errorf("plots: %d lower and %d upper ends of intervals for %d errors", len(r.Lo), len(r.Hi), len(r.X))
	}
	for i, x := range r.X {
		if !drawable(x) || !drawable(r.Lo[i]) || !drawable(r.Hi[i]) || i > 0 && x <= r.X[i-1] {
			return nil, nil, fmt.Errorf("plots: interval %d, %g–%g behind error %g: errors ascend and all are finite", i, r.Lo[i], r.Hi[i], x)
		}
		lower, upper = append(lower, jump{x, r.Lo[i]}), append(upper, jump{x, r.Hi[i]})
	}
	return lower, upper, nil
}

// Difference draws F_a(e) − F_b(e), the difference of the EDFs of two
// populations, as a step line. Where it is positive, a has the larger share of
// models below the error e. With a simultaneous band, the populations differ at
// every error at which the band excludes zero; a pointwise interval is drawn
// darker within it and says so for one error only. The bands of the populations
// themselves are not drawn. Errors are as for [EDF], and both populations need
// errors.
func Difference(a, b edf.Population, o DifferenceOptions) (*Figure, error) {
	f, err := newFigure(o.Page, 1, 1, 46)
	if err != nil {
		return nil, err
	}
	stats, err := summarise([]edf.Population{a, b})
	if err != nil {
		return nil, err
	}
	for _, s := range stats {
		if s.n == 0 {
			return nil, fmt.Errorf("plots: %q has no errors to draw", s.name)
		}
		f.noteDropped(s.name, s.dropped, false)
	}
	x, err := errorAxis(f, stats, EDFOptions{XLabel: o.XLabel})
	if err != nil {
		return nil, err
	}
	steps := difference(stats[0].steps, stats[1].steps)
	ribbons, err := o.ribbons(steps, x.span)
	if err != nil {
		return nil, err
	}
	sty := seriesLine(0)
	key := legend{entries: []entry{{line: &sty, label: fmt.Sprintf("F(%s) − F(%s)", stats[0].name, stats[1].name)}}}
	y := span{-0.05, 0.05}
	drawn := outline(steps, x.span, whole, 0)
	for _, pt := range drawn {
		y.add(pt.y)
	}
	for _, r := range ribbons {
		for _, pt := range slices.Concat(r.lower, r.upper) {
			y.add(pt.y)
		}
		key.entries = append(key.entries, entry{patch: r.fill, label: r.label})
	}
	var adjusted []pair
	thin := stroke(seriesColor(1), thinWidth)
	if steps := o.adjusted(); steps != nil {
		adjusted = outline(steps, x.span, whole, 0)
		key.entries = append(key.entries, entry{line: &thin, label: "adjusted by predictions"})
		for _, pt := range adjusted {
			y.add(pt.y)
		}
	}
	p := f.add(x, axis{label: "difference of EDFs", span: y})
	p.heading = fmt.Sprintf("above 0: %s has more models below the error", stats[0].name)
	p.draw(grid(), horizontalLine(0, stroke(ink, thinWidth)))
	for _, r := range ribbons {
		p.draw(band(r.lower, r.upper, r.fill))
	}
	p.draw(line(drawn, sty), readable("difference", drawn))
	if adjusted != nil {
		p.draw(line(adjusted, thin), readable("adjusted difference", adjusted))
	}
	f.keys = append(f.keys, key)
	return f.finish()
}

// whole is the range of a difference of EDFs.
var whole = span{-1, 1}

// A ribbon is an interval around a step function, ready to draw.
type ribbon struct {
	lower, upper []pair
	fill         color.Color
	label        string
}

// ribbons returns the intervals asked for, the wider first.
func (o DifferenceOptions) ribbons(steps []jump, x span) ([]ribbon, error) {
	if !(min(o.Band, o.AdjustedBand) >= 0) {
		return nil, fmt.Errorf("plots: the half-width of a band is %g: it is not negative", min(o.Band, o.AdjustedBand))
	}
	var ribbons []ribbon
	if o.Band > 0 {
		ribbons = append(ribbons, ribbon{outline(steps, x, whole, -o.Band), outline(steps, x, whole, o.Band), fade(seriesColor(0), 0.18), "simultaneous band"})
	}
	if o.Pointwise != nil {
		lower, upper, err := o.Pointwise.edges()
		if err != nil {
			return nil, err
		}
		ribbons = append(ribbons, ribbon{outline(lower, x, whole, 0), outline(upper, x, whole, 0), fade(seriesColor(0), 0.35), "pointwise interval"})
	}
	if adjusted := o.adjusted(); adjusted != nil && o.AdjustedBand > 0 {
		ribbons = append(ribbons, ribbon{outline(adjusted, x, whole, -o.AdjustedBand), outline(adjusted, x, whole, o.AdjustedBand), fade(seriesColor(1), 0.18), "band of the adjusted"})
	}
	return ribbons, nil
}

// adjusted returns the steps of the adjusted difference, nil if there is none.
func (o DifferenceOptions) adjusted() []jump {
	return difference(jumpsOf(o.Adjusted[0]), jumpsOf(o.Adjusted[1]))
}

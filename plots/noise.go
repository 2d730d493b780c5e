package plots

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"gonum.org/v1/plot/vg/draw"
)

// NoiseOptions are the options of [Noise]. The zero value is ready for use.
type NoiseOptions struct {
	Page
	YLabel     string  // "": that of the measure
	Models     []int   // number of each model, for [Figure.Inline]; nil: unknown
	Resolvable float64 // least difference of two single errors that means something, for the note below; 0 or NaN: none
}

// Noise draws the errors of each model's repeated trainings above each other,
// models in the order of their mean error: how far the points of one model lie
// apart is what a difference between models has to exceed.
//
// Errors that are not finite are left out and counted. An error is returned if
// none is left.
func Noise(models [][]float64, o NoiseOptions) (*Figure, error) {
	f, err := newFigure(o.Page, 1, 1, 52)
	if err != nil {
		return nil, err
	}
	type trained struct {
		errs   []float64
		number []int // of the model; nil: unknown
	}
	var kept []trained
	var all []float64
	if o.Models != nil && len(o.Models) != len(models) {
		return nil, fmt.Errorf("plots: %d numbers of %d models", len(o.Models), len(models))
	}
	dropped := 0
	for i, errs := range models {
		finite := slices.DeleteFunc(slices.Clone(errs), func(e float64) bool { return !drawable(e) })
		dropped += len(errs) - len(finite)
		all = append(all, finite...)
		if len(finite) == 0 {
			continue
		}
		m := trained{errs: finite}
		if o.Models != nil {
			m.number = o.Models[i : i+1]
		}
		kept = append(kept, m)
	}
	if len(kept) == 0 {
		return nil, errors.New("plots: no errors to draw")
	}
	f.noteDropped("", dropped, false)
	slices.SortStableFunc(kept, func(a, b trained) int { return cmp.Compare(meanOf(a.errs), meanOf(b.errs)) })
	e, beyond := f.measure.span(all)
	if beyond > 0 {
		f.note("%s at the upper edge.", count(beyond, "diverged training"))
	}
	p := f.add(
		axis{label: f.measure.of("models by mean"), span: span{0.5, float64(len(kept)) + 0.5}, integer: true},
		axis{label: or(o.YLabel, f.measure.label()), span: e.padded(false, 0.05)},
	)
	p.draw(grid())
	sty, marker := stroke(fade(ink, 0.35), thinWidth), seriesMarker(0)
	var points []pair
	var numbers []int
	for i, m := range kept {
		x := float64(i + 1)
		p.draw(line([]pair{{x, slices.Min(m.errs)}, {x, slices.Max(m.errs)}}, sty))
		for _, e := range m.errs {
			points, numbers = append(points, pair{x, e}), append(numbers, m.number...)
		}
	}
	p.draw(marks(points, numbers, draw.GlyphStyle{Color: fade(seriesColor(0), 0.7), Radius: dotRadius(len(points)), Shape: marker.Shape}))
	label := fmt.Sprintf("%s of %s", count(len(all), "training"), count(len(kept), "model"))
	f.keys = append(f.keys, legend{entries: []entry{{line: &sty, marker: &marker, label: label}}})
	if drawable(o.Resolvable) && o.Resolvable > 0 {
		f.note("Single %s of two models that differ by less than %s points may be equally good.", f.measure.many(), threeDigits(o.Resolvable))
	}
	return f.finish()
}

// meanOf returns the mean of finite values without overflow.
func meanOf(values []float64) float64 {
	mean := 0.0
	for _, v := range values {
		mean += v / float64(len(values))
	}
	return mean
}

package plots

import (
	"errors"
	"fmt"
	"slices"
)

// PairsOptions are the options of [Pairs]. The zero value is ready for use.
type PairsOptions struct {
	Page
	Mean, Lo, Hi float64 // of the differences, with the interval of the mean; Lo = Hi: no band
	A, B         string  // names of the conditions
	YLabel       string  // "": difference of the error (points)
}

// Pairs draws the differences between the errors of the same architectures in two
// conditions, A less B, from the lowest to the highest, with their mean and its
// interval as a band. Where most points lie below 0, A is the better condition.
//
// Differences that are not finite are left out and counted. An error is returned
// if none is left.
func Pairs(differences []float64, o PairsOptions) (*Figure, error) {
	f, err := newFigure(o.Page, 1, 1, 52)
	if err != nil {
		return nil, err
	}
	kept := slices.DeleteFunc(slices.Clone(differences), func(d float64) bool { return !drawable(d) })
	f.noteDropped("", len(differences)-len(kept), false)
	if len(kept) == 0 {
		return nil, errors.New("plots: no differences to draw")
	}
	slices.Sort(kept)
	mean := stroke(seriesColor(1), lineWidth)
	x, y := span{0.5, float64(len(kept)) + 0.5}, span{0, 0}
	var points []pair
	for i, d := range kept {
		points = append(points, pair{float64(i + 1), d})
		y.add(d)
	}
	banded := drawable(o.Mean) && drawable(o.Lo) && drawable(o.Hi) && o.Lo < o.Hi
	if banded {
		y.add(o.Lo)
		y.add(o.Hi)
	}
	p := f.add(axis{label: "architectures by difference", span: x, integer: true}, axis{label: or(o.YLabel, "difference of the error (points)"), span: y.padded(false, 0.05)})
	p.heading = fmt.Sprintf("below 0: %s has the lower error", or(o.A, "the first condition"))
	p.draw(grid(), horizontalLine(0, stroke(ink, thinWidth)))
	marker := seriesMarker(0)
	key := legend{entries: []entry{{marker: &marker, label: fmt.Sprintf("%s less %s, %s", or(o.A, "first"), or(o.B, "second"), count(len(kept), "architecture"))}}}
	if banded {
		fill := fade(seriesColor(1), 0.25)
		p.draw(band([]pair{{x.lo, o.Lo}, {x.hi, o.Lo}}, []pair{{x.lo, o.Hi}, {x.hi, o.Hi}}, fill), line([]pair{{x.lo, o.Mean}, {x.hi, o.Mean}}, mean))
		key.entries = append(key.entries, entry{line: &mean, label: "mean"}, entry{patch: fill, label: "95 % interval of the mean"})
	}
	p.draw(dots(points, marker))
	f.keys = append(f.keys, key)
	return f.finish()
}

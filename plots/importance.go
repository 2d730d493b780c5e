package plots

import (
	"errors"
	"fmt"
	"slices"
)

// An Effect is what one or several parameters account for: a share of each
// series, such as of all errors and of those of the best quarter.
type Effect struct {
	Name   string
	Shares []Share
}

// A Share is a part of a variance with its interval: 0 <= Lo <= Estimate <= Hi
// <= 1. One that is NaN is not drawn.
type Share struct{ Estimate, Lo, Hi float64 }

// ImportanceOptions are the options of [Importance]. The zero value is ready for
// use.
type ImportanceOptions struct {
	Page
	Series []string // names of the series; none: no legend
	XLabel string   // "": share of the variance of the error
}

// Importance draws a bar with an interval for every share of every effect, the
// first effect on top.
//
// An error is returned if there are no effects, if they differ in the number of
// their shares, or if one is no share.
func Importance(effects []Effect, o ImportanceOptions) (*Figure, error) {
	if len(effects) == 0 || len(effects[0].Shares) == 0 {
		return nil, errors.New("plots: no effects to draw")
	}
	series := len(effects[0].Shares)
	f, err := newFigure(o.Page, 1, 1, 10+(1.5+2.2*float64(series))*float64(len(effects)))
	if err != nil {
		return nil, err
	}
	x := span{0, 0}
	var names []string
	for _, e := range effects {
		if len(e.Shares) != series || len(o.Series) > 0 && len(o.Series) != series {
			return nil, fmt.Errorf("plots: %q has %d shares, not %d: give one a series", e.Name, len(e.Shares), series)
		}
		for _, s := range e.Shares {
			if s.absent() {
				continue
			}
			if !(0 <= s.Lo && s.Lo <= s.Estimate && s.Estimate <= s.Hi && s.Hi <= 1) {
				return nil, fmt.Errorf("plots: %q: %g, %g, %g is no share with its interval: 0 <= lo <= share <= hi <= 1", e.Name, s.Lo, s.Estimate, s.Hi)
			}
			x.add(s.Hi)
		}
		names = append(names, shortName(f, e.Name))
	}
	slices.Reverse(names)
	x.hi = min(1, max(x.hi*1.05, 0.05))
	p := f.add(axis{label: or(o.XLabel, o.Measure.of("share of the variance of the")), span: x}, axis{names: names, span: span{-0.6, float64(len(names)) - 0.4}})
	p.draw(grid())
	for i, e := range effects {
		for k, s := range e.Shares {
			if !s.absent() {
				drawShare(p, s, k, float64(len(effects)-1-i)+0.4-0.8*(float64(k)+0.5)/float64(series), 0.34/float64(series))
			}
		}
	}
	if len(o.Series) > 0 {
		var key legend
		for k, name := range o.Series {
			key.entries = append(key.entries, entry{patch: fade(seriesColor(k), 0.5), label: clean(name)})
		}
		f.keys = append(f.keys, key)
	}
	return f.finish()
}

func (s Share) absent() bool { return s.Estimate != s.Estimate }

// drawShare adds a bar at a height with its interval.
func drawShare(p *panel, s Share, series int, y, half float64) {
	whisker := stroke(seriesColor(series), lineWidth)
	p.draw(polygon([]pair{{0, y - half}, {s.Estimate, y - half}, {s.Estimate, y + half}, {0, y + half}}, fade(seriesColor(series), 0.5)),
		line([]pair{{s.Lo, y}, {s.Hi, y}}, whisker))
	for _, end := range []float64{s.Lo, s.Hi} {
		p.draw(line([]pair{{end, y - half/2}, {end, y + half/2}}, whisker))
	}
}

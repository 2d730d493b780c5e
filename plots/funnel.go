package plots

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
)

// An Acceptance is what became of the candidates drawn from a space: the
// number that reached every stage, in order.
type Acceptance struct {
	Name   string
	Stages []Stage
}

// A Stage is a step that candidates pass or fail, such as a flop window.
type Stage struct {
	Name  string
	Count int // candidates that passed
}

// FunnelOptions are the options of [Funnel]. The zero value is ready for use.
type FunnelOptions struct {
	Page
	Log bool // logarithmic lengths of the bars, where the last stages would vanish
}

// Funnel draws a bar for every stage of an acceptance, with its count and its
// share of the first stage, one panel an acceptance.
//
// An error is returned if there are no stages or a count is negative.
func Funnel(acceptances []Acceptance, o FunnelOptions) (*Figure, error) {
	most, stages := 0, 0
	var names []string
	for _, a := range acceptances {
		for _, s := range a.Stages {
			if s.Count < 0 {
				return nil, fmt.Errorf("plots: %q: stage %q has %d candidates: counts are not negative", a.Name, s.Name, s.Count)
			}
			most = max(most, s.Count)
			names = append(names, s.Name)
		}
		if len(a.Stages) == 0 {
			return nil, fmt.Errorf("plots: %q has no stages to draw", a.Name)
		}
		stages = max(stages, len(a.Stages))
	}
	if stages == 0 {
		return nil, errors.New("plots: no acceptance to draw")
	}
	f, err := newFigure(o.Page, len(acceptances), 1, 8+5.2*float64(stages))
	if err != nil {
		return nil, err
	}
	x := funnelAxis(f, names, most, o.Log)
	for _, a := range acceptances {
		drawAcceptance(f, x, a)
	}
	return f.finish()
}

// funnelAxis returns an axis of counts with room for the text right of the
// longest bar.
func funnelAxis(f *Figure, names []string, most int, log bool) axis {
	sty := textStyle(tickSize)
	widest := vg.Length(0)
	for _, n := range names {
		widest = max(widest, sty.Width(shortName(f, n)))
	}
	length := f.inner() - widest - 8
	room := min(sty.Width(countLabel(most, most))+8, length*0.6)
	a := axis{bare: true, log: log, span: span{0, float64(max(most, 1)) * float64(length/(length-room))}, values: []float64{}}
	if log {
		a.span = span{0.7, 0.7 * math.Pow(float64(max(most, 1))/0.7, float64(length/(length-room)))}
	}
	return a
}

func drawAcceptance(f *Figure, x axis, a Acceptance) {
	var names []string
	for _, s := range a.Stages {
		names = append(names, shortName(f, s.Name))
	}
	slices.Reverse(names)
	k := len(names)
	p := f.add(x, axis{names: names, span: span{-0.6, float64(k) - 0.4}})
	p.heading = clean(a.Name)
	for i, s := range a.Stages {
		y, end := float64(k-1-i), float64(s.Count)
		if s.Count > 0 {
			p.draw(polygon([]pair{{x.span.lo, y - 0.36}, {end, y - 0.36}, {end, y + 0.36}, {x.span.lo, y + 0.36}}, fade(palette[0], 0.5)))
		}
		p.draw(label(pair{max(end, x.span.lo), y}, 4, -tickSize*0.35, textStyle(tickSize), countLabel(s.Count, a.Stages[0].Count)))
	}
}

// shortName fits the name of a stage beside its bar.
func shortName(f *Figure, name string) string {
	return shorten(textStyle(tickSize), clean(name), f.inner()*0.4)
}

// countLabel formats a count and its share of the whole: "12 345 (4.1 %)".
func countLabel(n, of int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + " " + s[i:]
	}
	if of == 0 {
		return s
	}
	share := strings.TrimSuffix(fmt.Sprintf("%.3g", 100*float64(n)/float64(of)), ".0")
	return fmt.Sprintf("%s (%s %%)", s, share)
}

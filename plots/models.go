package plots

import (
	"errors"
	"fmt"
	"slices"

	"gonum.org/v1/plot/vg/draw"
)

// A Model is the shape of a network: stage i has Depths[i] blocks of Widths[i]
// channels.
type Model struct {
	Name           string
	Depths, Widths []int
	Linear         []float64 // u_j = w0 + wa·j of a RegNet, one a block; nil: not a RegNet
	Quantised      []float64 // w_j = w0·wm^round(s_j) before the rounding to 8 and the group fix; nil: not drawn
}

// ModelsOptions are the options of [Models]. The zero value is ready for use.
type ModelsOptions struct {
	Page
	Columns int  // of the grid; 0: 1 for one model, 2 for two or four, else 3
	Log     bool // logarithmic widths
}

// Models draws the width of every block over depth, one panel a model on
// common axes: bars in the tint of their stage, with the line u_j and the
// quantised widths w_j of a RegNet where they are given (Radosavovic et al.
// 2020, arXiv 2003.13678, §3.3).
//
// An error is returned if a model has no blocks, or its numbers of depths and
// widths differ, or a depth or width is not positive, or the RegNet lines have
// another number of blocks than the stages together.
func Models(models []Model, o ModelsOptions) (*Figure, error) {
	if len(models) == 0 {
		return nil, errors.New("plots: no models to draw")
	}
	cols := gridColumns(o.Page, o.Columns, len(models))
	height := 36.0
	if len(models) == 1 {
		height = 48
	}
	f, err := newFigure(o.Page, len(models), cols, height)
	if err != nil {
		return nil, err
	}
	x, y, err := modelAxes(models, o.Log)
	if err != nil {
		return nil, err
	}
	for i, m := range models {
		x, y := x, y
		if i%cols > 0 {
			y.label = ""
		}
		if i+cols < len(models) {
			x.label = ""
		}
		p := f.add(x, y)
		if len(models) > 1 || m.Name != "" {
			p.heading = clean(m.Name)
		}
		drawModel(p, m)
	}
	linear := slices.ContainsFunc(models, func(m Model) bool { return m.Linear != nil })
	quantised := slices.ContainsFunc(models, func(m Model) bool { return m.Quantised != nil })
	if linear || quantised {
		f.keys = append(f.keys, modelKey(linear, quantised))
	}
	return f.finish()
}

// modelAxes returns axes that hold every model.
func modelAxes(models []Model, log bool) (x, y axis, err error) {
	deepest, widths := 0, emptySpan()
	for _, m := range models {
		depth, err := m.check()
		if err != nil {
			return axis{}, axis{}, err
		}
		deepest = max(deepest, depth)
		for _, w := range m.Widths {
			widths.add(float64(w))
		}
		widths.add(m.Linear...)
		widths.add(m.Quantised...)
	}
	x = axis{label: "block", integer: true, span: span{-0.8, float64(deepest) - 0.2}}
	y = axis{label: "width (channels)", span: span{0, widths.hi * 1.06}}
	if log {
		y.log, y.base2, y.span = true, true, span{widths.lo / 1.5, widths.hi * 1.15}
	}
	return x, y, nil
}

// check returns the number of blocks of a sound model.
func (m Model) check() (depth int, err error) {
	if len(m.Depths) == 0 || len(m.Depths) != len(m.Widths) {
		return 0, fmt.Errorf("plots: model %q: %d depths and %d widths: one of each a stage", m.Name, len(m.Depths), len(m.Widths))
	}
	const most = 10_000
	for i, d := range m.Depths {
		if d < 1 || m.Widths[i] < 1 || d > most {
			return 0, fmt.Errorf("plots: model %q: stage %d has depth %d and width %d: depths are in 1–%d, widths positive", m.Name, i+1, d, m.Widths[i], most)
		}
		depth += d
	}
	for _, l := range [][]float64{m.Linear, m.Quantised} {
		if l != nil && len(l) != depth {
			return 0, fmt.Errorf("plots: model %q: a RegNet line of %d blocks for %d", m.Name, len(l), depth)
		}
		for j, v := range l {
			if !drawable(v) || v <= 0 {
				return 0, fmt.Errorf("plots: model %q: a RegNet line is %g at block %d: widths are positive", m.Name, v, j)
			}
		}
	}
	return depth, nil
}

var (
	stageFills    = []float64{0.30, 0.50} // opacity of alternate stages
	linearLine    = draw.LineStyle{Color: palette[1], Width: lineWidth}
	quantisedLine = draw.LineStyle{Color: ink, Width: 0.8, Dashes: dashes[1]}
)

// drawModel draws the bars of a model and over them its lines.
func drawModel(p *panel, m Model) {
	const half = 0.4
	j := 0
	var widths []float64
	for s, d := range m.Depths {
		w := float64(m.Widths[s])
		if s > 0 {
			p.draw(verticalLine(float64(j)-0.5, stroke(fade(ink, 0.3), 0.4)))
		}
		for range d {
			x := float64(j)
			lo := p.y.span.lo
			p.draw(polygon([]pair{{x - half, lo}, {x + half, lo}, {x + half, w}, {x - half, w}}, fade(palette[0], stageFills[s%2])))
			widths = append(widths, w)
			j++
		}
	}
	p.draw(readable(or(m.Name, "width"), stairs(widths)))
	if m.Quantised != nil {
		p.draw(line(stairs(m.Quantised), quantisedLine))
	}
	if m.Linear != nil {
		var points []pair
		for j, u := range m.Linear {
			points = append(points, pair{float64(j), u})
		}
		p.draw(line(points, linearLine), dots(points, draw.GlyphStyle{Color: linearLine.Color, Radius: 1.3, Shape: draw.CircleGlyph{}}))
	}
}

// stairs returns a step line that is level over every block.
func stairs(values []float64) []pair {
	var points []pair
	for j, v := range values {
		points = append(points, pair{float64(j) - 0.5, v}, pair{float64(j) + 0.5, v})
	}
	return points
}

func modelKey(linear, quantised bool) legend {
	l := legend{entries: []entry{{patch: fade(palette[0], stageFills[1]), label: "width"}}}
	if linear {
		l.entries = append(l.entries, entry{line: &linearLine, label: "linear u"})
	}
	if quantised {
		l.entries = append(l.entries, entry{line: &quantisedLine, label: "quantised w"})
	}
	return l
}

package plots

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// mostMarks is how many models of a population are drawn as markers. More would
// hide each other, and a page with them could not be opened.
const mostMarks = 3000

// Dense reports whether a figure shows so many models of a population as density.
func Dense(models int) bool { return models > mostMarks }

// cloud draws models as markers or, if they are many, as density on a scale that
// all clouds of the figure share.
func (f *Figure) cloud(p *panel, points []pair, models []int, sty draw.GlyphStyle) {
	if !Dense(len(points)) {
		p.draw(marks(points, models, sty))
		return
	}
	fill := color.NRGBAModel.Convert(sty.Color).(color.NRGBA)
	cells := cellsOf(points, p.x, p.y)
	for _, c := range cells {
		f.densest = max(f.densest, len(c.points))
	}
	p.draw(shades(cells, fill, &f.densest))
}

// densityKey explains the shades of clouds, if there are any.
func (f *Figure) densityKey() {
	if f.densest == 0 {
		return
	}
	f.keys = append(f.keys, densityBar{f.densest})
	if f.captioned {
		return
	}
	f.note("Populations of more than %d models are drawn as density: all models count, and the scale is logarithmic.", mostMarks)
}

// A cell is a rectangle of the axes with the points in it, by their indices.
type cell struct {
	lo, hi pair
	points []int
}

// The cells of a panel: as many that they are a millimetre wide in a column of a
// paper.
const (
	cellColumns = 60
	cellRows    = 40
)

// cellsOf divides the points among cells, of which it returns those with any, by
// column and row. What lies beyond the end of an axis is in a cell at its edge.
func cellsOf(points []pair, x, y axis) []cell {
	var xs, ys []float64
	for _, p := range points {
		xs, ys = append(xs, p.x), append(ys, p.y)
	}
	columns, rows := bins(xs, x, cellColumns), bins(ys, y, cellRows)
	grid := make([]cell, len(columns)*len(rows))
	for i := range points {
		c, r := find(columns, xs[i]), find(rows, ys[i])
		at := &grid[c*len(rows)+r]
		at.lo, at.hi = pair{columns[c].lo, rows[r].lo}, pair{columns[c].hi, rows[r].hi}
		at.points = append(at.points, i)
	}
	return slices.DeleteFunc(grid, func(c cell) bool { return len(c.points) == 0 })
}

// bins divides an axis into about n parts of equal length, the last of which is
// at its end if a value lies beyond. If the values are so few that each could
// have a part, each has one around it, and if they are multiples of a step, such
// as errors of so many images, a part has as many of them as any other: other
// bounds would gather more values here than there.
func bins(values []float64, a axis, n int) []span {
	d := distinct(values)
	inside := slices.DeleteFunc(slices.Clone(d), func(v float64) bool { return v > a.span.hi })
	var bs []span
	switch step, ok := stepOf(inside); {
	case len(inside) <= n:
		bs = around(inside, a, 1/float64(n))
	case ok && !a.log:
		width := step * math.Ceil((a.span.hi-a.span.lo)/step/float64(n))
		for lo := inside[0] - step/2; lo < inside[len(inside)-1]; lo += width {
			bs = append(bs, span{lo, lo + width})
		}
	default:
		for i := range n {
			bs = append(bs, span{a.at(float64(i) / float64(n)), a.at(float64(i+1) / float64(n))})
		}
	}
	if len(inside) < len(d) {
		bs = append(bs, span{a.at(1 - 1/float64(n)), a.span.hi})
	}
	return bs
}

// around returns a part of an axis around each value, at most so long to either
// side, in shares of the axis.
func around(values []float64, a axis, most float64) []span {
	place := func(v float64) float64 { return linearOrLog(a.log).Normalize(a.span.lo, a.span.hi, v) }
	var bs []span
	for i, v := range values {
		half := most
		if i > 0 {
			half = min(half, (place(v)-place(values[i-1]))/2)
		}
		if i+1 < len(values) {
			half = min(half, (place(values[i+1])-place(v))/2)
		}
		bs = append(bs, span{a.at(place(v) - half), a.at(place(v) + half)})
	}
	return bs
}

// stepOf returns the step of which ascending values are multiples but for a
// common offset: the least difference, if all others are multiples of it.
func stepOf(values []float64) (step float64, ok bool) {
	step = math.Inf(1)
	for i := 1; i < len(values); i++ {
		step = min(step, values[i]-values[i-1])
	}
	for _, v := range values {
		if k := (v - values[0]) / step; math.Abs(k-math.Round(k)) > 0.01 {
			return 0, false
		}
	}
	return step, len(values) > 1
}

// at returns the value at a share of the axis from its lower end.
func (a axis) at(share float64) float64 {
	if a.log {
		return a.span.lo * math.Pow(a.span.hi/a.span.lo, share)
	}
	return a.span.lo + share*(a.span.hi-a.span.lo)
}

// find returns the bin of a value.
func find(bs []span, v float64) int {
	i, _ := slices.BinarySearchFunc(bs, v, func(s span, v float64) int {
		if s.hi <= v {
			return -1
		}
		return 1
	})
	return min(i, len(bs)-1)
}

// shades fills each cell with the colour, the darker the more points it has.
func shades(cells []cell, fill color.NRGBA, densest *int) drawing {
	return func(c draw.Canvas, p *plot.Plot) {
		for _, cell := range cells {
			rectangle(cell, fade(fill, shade(len(cell.points), *densest)))(c, p)
		}
	}
}

// rectangle fills a cell but for a fine line around it: fills that touch would
// show seams.
func rectangle(at cell, fill color.Color) drawing {
	const gap = 0.1
	return func(c draw.Canvas, p *plot.Plot) {
		corners := place(c, p, []pair{at.lo, at.hi})
		a, b := corners[0], corners[1]
		c.FillPolygon(fill, c.ClipPolygonXY([]vg.Point{{X: a.X + gap, Y: a.Y + gap}, {X: b.X - gap, Y: a.Y + gap}, {X: b.X - gap, Y: b.Y - gap}, {X: a.X + gap, Y: b.Y - gap}}))
	}
}

// shade is the opacity of a cell with n models of at most so many.
func shade(n, most int) float64 {
	return opacity(math.Log(float64(n)) / math.Log(float64(max(most, 2))))
}

// opacity is that at a share of the scale.
func opacity(share float64) float64 { return 0.15 + 0.8*share }

// A densityBar is the key to shades.
type densityBar struct{ most int }

func (b densityBar) height(vg.Length) vg.Length { return rowHeight }

func (b densityBar) draw(c draw.Canvas) {
	const steps, size = 8, vg.Length(8)
	sty := textStyle(labelSize)
	base := c.Min.Y + rowHeight*0.5 - labelSize*0.35
	low := "models a cell: 1"
	drawText(c, sty, vg.Point{X: c.Min.X, Y: base}, low)
	x := c.Min.X + sty.Width(low) + sampleGap
	for i := range steps {
		a := x + size*vg.Length(i)
		c.FillPolygon(fade(ink, opacity(float64(i)/(steps-1))), []vg.Point{{X: a, Y: c.Min.Y + 1.5}, {X: a + size - 0.2, Y: c.Min.Y + 1.5}, {X: a + size - 0.2, Y: c.Max.Y - 1.5}, {X: a, Y: c.Max.Y - 1.5}})
	}
	drawText(c, sty, vg.Point{X: x + size*steps + sampleGap, Y: base}, fmt.Sprint(b.most))
}

package plots

import (
	"cmp"
	"errors"
	"fmt"
	"image/color"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// RankOptions are the options of [Rank]. The zero value is ready for use.
type RankOptions struct {
	Page
	XLabel, YLabel string
	LogX, LogY     bool
}

// Rank draws models as points over two of their properties, coloured by the
// rank of their error, from dark (the best, rank 1) to light. Equal errors share
// the mean of their ranks. The best are drawn last, over the others. Where models
// are many, a cell has the mean rank of those in it.
//
// An error is returned if there is no point to draw or the lengths differ.
func Rank(x, y, errs []float64, o RankOptions) (*Figure, error) {
	if len(x) != len(errs) {
		return nil, fmt.Errorf("plots: %d values for %d errors", len(x), len(errs))
	}
	f, err := newFigure(o.Page, 1, 1, 52)
	if err != nil {
		return nil, err
	}
	if _, _, err = pairs(or(o.YLabel, "y"), x, y, false, false); err != nil {
		return nil, err
	}
	var points []rated
	sx, sy := emptySpan(), emptySpan()
	for i := range x {
		if !drawable(errs[i]) || !drawableOn(x[i], o.LogX) || !drawableOn(y[i], o.LogY) {
			continue
		}
		points = append(points, rated{pair{x[i], y[i]}, errs[i]})
		sx.add(x[i])
		sy.add(y[i])
	}
	f.noteDropped("", len(x)-len(points), o.LogX || o.LogY)
	if len(points) == 0 {
		return nil, errors.New("plots: no points to draw")
	}
	p := f.add(
		axis{label: o.XLabel, log: o.LogX, span: sx.padded(o.LogX, 0.05)},
		axis{label: o.YLabel, log: o.LogY, span: sy.padded(o.LogY, 0.05)},
	)
	p.x.base2, p.y.base2 = counts(x), counts(y)
	drawRanks(f, p, points)
	f.keys = append(f.keys, colorBar{low: "best: rank 1", high: fmt.Sprint(len(points))})
	return f.finish()
}

// A rated is a point with its error.
type rated struct {
	pair
	err float64
}

// drawRanks draws the points, worst first.
func drawRanks(f *Figure, p *panel, points []rated) {
	slices.SortStableFunc(points, func(a, b rated) int { return cmp.Compare(b.err, a.err) })
	ranks := ranksOf(points)
	fill := func(rank float64) color.NRGBA { return ramp(rank / float64(max(len(points)-1, 1))) }
	if !Dense(len(points)) {
		for i, pt := range points {
			at := []pair{pt.pair}
			p.draw(
				dots(at, draw.GlyphStyle{Color: fill(ranks[i]), Radius: 2.3, Shape: draw.CircleGlyph{}}),
				dots(at, draw.GlyphStyle{Color: fade(ink, 0.5), Radius: 2.3, Shape: draw.RingGlyph{}}),
			)
		}
		return
	}
	places := make([]pair, len(points))
	for i, pt := range points {
		places[i] = pt.pair
	}
	for _, c := range cellsOf(places, p.x, p.y) {
		mean := 0.0
		for _, i := range c.points {
			mean += ranks[i] / float64(len(c.points))
		}
		p.draw(rectangle(c, fill(mean)))
	}
	f.note("More than %d models: each cell has the mean rank of the models in it.", mostMarks)
}

// ranksOf returns the rank of each point, from 0, of points from the worst to the
// best.
func ranksOf(points []rated) []float64 {
	n := len(points)
	ranks := make([]float64, n)
	for i := 0; i < n; {
		j := i
		for j < n && points[j].err == points[i].err {
			j++
		}
		for rank := float64(n-1) - float64(i+j-1)/2; i < j; i++ {
			ranks[i] = rank
		}
	}
	return ranks
}

// viridis holds nine colours of matplotlib's map of that name, whose lightness
// rises evenly, also under colour blindness.
var viridis = []color.NRGBA{
	{0x44, 0x01, 0x54, 0xFF}, {0x47, 0x2D, 0x7B, 0xFF}, {0x3B, 0x52, 0x8B, 0xFF}, {0x2C, 0x72, 0x8E, 0xFF}, {0x21, 0x91, 0x8C, 0xFF},
	{0x28, 0xAE, 0x80, 0xFF}, {0x5E, 0xC9, 0x62, 0xFF}, {0xAD, 0xDC, 0x30, 0xFF}, {0xFD, 0xE7, 0x25, 0xFF},
}

// ramp returns the colour at t in 0–1 by linear interpolation.
func ramp(t float64) color.NRGBA {
	t = min(max(t, 0), 1) * float64(len(viridis)-1)
	i := min(int(t), len(viridis)-2)
	mix := func(a, b uint8) uint8 { return uint8(float64(a) + (t-float64(i))*(float64(b)-float64(a)) + 0.5) }
	a, b := viridis[i], viridis[i+1]
	return color.NRGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 0xFF}
}

// A colorBar is the key to ramp, with a label at either end.
type colorBar struct{ low, high string }

func (b colorBar) height(vg.Length) vg.Length { return rowHeight }

func (b colorBar) draw(c draw.Canvas) {
	sty := textStyle(labelSize)
	base := c.Min.Y + rowHeight*0.5 - labelSize*0.35
	drawText(c, sty, vg.Point{X: c.Min.X, Y: base}, b.low)
	x, width := c.Min.X+sty.Width(b.low)+sampleGap, vg.Length(90)
	const bands = 45
	for i := range bands {
		x0, x1 := x+width*vg.Length(i)/bands, x+width // over each other, so that no seams show
		c.FillPolygon(ramp((float64(i)+0.5)/bands), []vg.Point{{X: x0, Y: c.Min.Y + 1.5}, {X: x1, Y: c.Min.Y + 1.5}, {X: x1, Y: c.Max.Y - 1.5}, {X: x0, Y: c.Max.Y - 1.5}})
	}
	drawText(c, sty, vg.Point{X: x + width + sampleGap, Y: base}, b.high)
}

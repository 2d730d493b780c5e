package plots

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A drawing draws something in data coordinates onto the axes of a panel. It
// has no say in their range: every figure sets that itself.
type drawing func(c draw.Canvas, p *plot.Plot)

// Plot implements [plot.Plotter].
func (d drawing) Plot(c draw.Canvas, p *plot.Plot) { d(c, p) }

// place returns the points on the canvas.
func place(c draw.Canvas, p *plot.Plot, points []pair) []vg.Point {
	x, y := p.Transforms(&c)
	at := make([]vg.Point, len(points))
	for i, pt := range points {
		at[i] = vg.Point{X: x(pt.x), Y: y(pt.y)}
	}
	return at
}

// line joins the points, clipped to the axes.
func line(points []pair, sty draw.LineStyle) drawing {
	return func(c draw.Canvas, p *plot.Plot) {
		c.StrokeLines(sty, c.ClipLinesXY(place(c, p, points))...)
	}
}

// polygon fills the outline, clipped to the axes.
func polygon(outline []pair, fill color.Color) drawing {
	return func(c draw.Canvas, p *plot.Plot) {
		c.FillPolygon(fill, c.ClipPolygonXY(place(c, p, outline)))
	}
}

// band fills between two curves.
func band(lower, upper []pair, fill color.Color) drawing {
	outline := append([]pair(nil), lower...)
	for i := len(upper) - 1; i >= 0; i-- {
		outline = append(outline, upper[i])
	}
	return polygon(outline, fill)
}

// dots draws a marker at every point within the axes. Points above the upper
// end of the vertical axis become triangles at its edge.
func dots(points []pair, sty draw.GlyphStyle) drawing {
	over := draw.GlyphStyle{Color: sty.Color, Radius: sty.Radius, Shape: draw.PyramidGlyph{}}
	return func(c draw.Canvas, p *plot.Plot) {
		for _, at := range place(c, p, points) {
			switch {
			case at.Y > c.Max.Y && c.ContainsX(at.X):
				c.DrawGlyphNoClip(over, vg.Point{X: at.X, Y: c.Max.Y})
			case c.Contains(at):
				c.DrawGlyphNoClip(sty, at)
			}
		}
	}
}

// verticalBand shades lo–hi over the full height, at least two points wide.
func verticalBand(lo, hi float64, fill color.Color) drawing {
	return func(c draw.Canvas, p *plot.Plot) {
		x, _ := p.Transforms(&c)
		a, b := x(lo), x(hi)
		if b-a < 2 {
			a, b = (a+b)/2-1, (a+b)/2+1
		}
		a, b = max(a, c.Min.X), min(b, c.Max.X)
		if a < b {
			c.FillPolygon(fill, []vg.Point{{X: a, Y: c.Min.Y}, {X: b, Y: c.Min.Y}, {X: b, Y: c.Max.Y}, {X: a, Y: c.Max.Y}})
		}
	}
}

// verticalLine draws a line at x over the full height.
func verticalLine(at float64, sty draw.LineStyle) drawing {
	return func(c draw.Canvas, p *plot.Plot) {
		x, _ := p.Transforms(&c)
		if v := x(at); c.ContainsX(v) {
			c.StrokeLine2(sty, v, c.Min.Y, v, c.Max.Y)
		}
	}
}

// horizontalLine draws a line at y over the full width.
func horizontalLine(at float64, sty draw.LineStyle) drawing {
	return func(c draw.Canvas, p *plot.Plot) {
		_, y := p.Transforms(&c)
		if v := y(at); c.ContainsY(v) {
			c.StrokeLine2(sty, c.Min.X, v, c.Max.X, v)
		}
	}
}

// grid draws faint lines at the labelled ticks of the vertical axis.
func grid() drawing {
	return func(c draw.Canvas, p *plot.Plot) {
		for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
			if !t.IsMinor() {
				horizontalLine(t.Value, stroke(fade(ink, 0.12), 0.4))(c, p)
			}
		}
	}
}

// label writes text at a point, moved by an offset in points.
func label(at pair, dx, dy vg.Length, sty text.Style, s string) drawing {
	return func(c draw.Canvas, p *plot.Plot) {
		pt := place(c, p, []pair{at})[0]
		drawText(c, sty, vg.Point{X: pt.X + dx, Y: pt.Y + dy}, s)
	}
}

// drawText writes one line with its baseline at pt, aligned by sty.XAlign.
// Unlike gonum's FillText it puts the baseline where it is told.
func drawText(c draw.Canvas, sty text.Style, pt vg.Point, s string) {
	if s == "" {
		return
	}
	face := sty.Handler.Cache().Lookup(sty.Font, sty.Font.Size)
	c.SetColor(sty.Color)
	c.FillString(face, vg.Point{X: pt.X + vg.Length(sty.XAlign)*face.Width(s), Y: pt.Y}, s)
}

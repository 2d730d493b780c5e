package plots

import (
	"bytes"
	"fmt"
	"image/color"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"
	"gonum.org/v1/plot/vg/vgsvg"
)

// A pageCanvas is the canvas of an inlined figure. It sets markers of models
// apart, as elements that a script can find and that take a fifth of the bytes
// of gonum's.
type pageCanvas struct {
	*vgsvg.Canvas
	height vg.Length
	marks  bytes.Buffer // over everything else
}

// modelsOf returns the models of the pairs that can be drawn; none if the
// figure does not know its models.
func modelsOf(name string, models []int, x, y []float64, logX, logY bool) ([]int, error) {
	if models == nil {
		return nil, nil
	}
	if len(models) != len(x) {
		return nil, fmt.Errorf("plots: %q: %d models for %d values", name, len(models), len(x))
	}
	var kept []int
	for i, m := range models {
		if drawableOn(x[i], logX) && drawableOn(y[i], logY) {
			kept = append(kept, m)
		}
	}
	return kept, nil
}

// marks draws dots that stand for models, one a point; nil for none.
func marks(points []pair, models []int, sty draw.GlyphStyle) drawing {
	plain := dots(points, sty)
	over := sty
	over.Shape = draw.PyramidGlyph{}
	return func(c draw.Canvas, p *plot.Plot) {
		page := pageOf(c)
		if page == nil || len(models) == 0 {
			plain(c, p)
			return
		}
		fmt.Fprintf(&page.marks, "<g %s>", paint(sty))
		inside, above := element(sty), element(over)
		for i, at := range place(c, p, points) {
			switch {
			case at.Y > c.Max.Y && c.ContainsX(at.X):
				page.mark(above, vg.Point{X: at.X, Y: c.Max.Y}, models[i])
			case c.Contains(at):
				page.mark(inside, at, models[i])
			}
		}
		page.marks.WriteString("</g>")
	}
}

// pageOf returns the canvas of an inlined figure under c, nil if it is another.
func pageOf(c draw.Canvas) *pageCanvas {
	for {
		switch under := c.Canvas.(type) {
		case draw.Canvas: // a tile of gonum
			c = under
		case *pageCanvas:
			return under
		default:
			return nil
		}
	}
}

// mark writes a marker; shape is a format of its place.
func (c *pageCanvas) mark(shape string, at vg.Point, model int) {
	fmt.Fprintf(&c.marks, "<"+shape+` data-model="%d"/>`, decimal(at.X), decimal(c.height-at.Y), model)
}

// element returns the SVG element of a marker as a format of x and y.
func element(sty draw.GlyphStyle) string {
	if _, ok := sty.Shape.(draw.CircleGlyph); ok {
		return `circle cx="%s" cy="%s" r="` + decimal(sty.Radius) + `"`
	}
	b := []byte(`path d="M%s %s`)
	from := vg.Point{}
	for _, s := range strokes(sty) {
		for _, comp := range s {
			switch comp.Type {
			case vg.MoveComp:
				b = appendStep(b, 'm', &from, comp.Pos)
			case vg.LineComp:
				b = appendStep(b, 'l', &from, comp.Pos)
			case vg.ArcComp: // a whole circle, from its right
				r := decimal(comp.Radius)
				d := decimal(2 * comp.Radius)
				b = fmt.Appendf(b, "a%s %s 0 1 0 -%s 0a%s %s 0 1 0 %s 0", r, r, d, r, r, d)
			case vg.CloseComp:
				b = append(b, 'z')
			}
		}
	}
	return string(b) + `"`
}

func appendStep(b []byte, op byte, from *vg.Point, to vg.Point) []byte {
	b = fmt.Appendf(b, "%c%s %s", op, decimal(to.X-from.X), decimal(from.Y-to.Y))
	*from = to
	return b
}

// strokes returns the paths of a marker around the origin.
func strokes(sty draw.GlyphStyle) []vg.Path {
	var r recorder.Canvas
	c := draw.NewCanvas(&r, 0, 0)
	sty.Shape.DrawGlyph(&c, sty, vg.Point{})
	var paths []vg.Path
	for _, a := range r.Actions {
		switch a := a.(type) {
		case *recorder.Fill:
			paths = append(paths, a.Path)
		case *recorder.Stroke:
			paths = append(paths, a.Path)
		}
	}
	return paths
}

// paint returns the attributes of colour of a marker.
func paint(sty draw.GlyphStyle) string {
	c := color.NRGBAModel.Convert(sty.Color).(color.NRGBA)
	name := fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B)
	if name == "#000000" {
		name = "currentColor"
	}
	opacity := strconv.FormatFloat(float64(c.A)/255, 'f', 2, 64)
	switch sty.Shape.(type) {
	case draw.CircleGlyph, draw.BoxGlyph, draw.PyramidGlyph:
		return fmt.Sprintf(`fill="%s" fill-opacity="%s"`, name, opacity)
	}
	return fmt.Sprintf(`fill="none" stroke="%s" stroke-opacity="%s" stroke-width="0.5"`, name, opacity)
}

// decimal formats a length in points to a tenth of one, or in hundredths if it
// is small.
func decimal(v vg.Length) string {
	places := 1
	if v > -10 && v < 10 {
		places = 2
	}
	return strconv.FormatFloat(float64(v), 'f', places, 64)
}

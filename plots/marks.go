package plots

import (
	"bytes"
	"fmt"
	"html"
	"image/color"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"
	"gonum.org/v1/plot/vg/vgsvg"
)

// A pageCanvas is the canvas of an inlined figure. It sets apart what a script
// of the page needs, which lies over everything else, panel by panel: its axes,
// the curves that have a value to read, and the markers of models, which take a
// tenth of the bytes of gonum's.
type pageCanvas struct {
	*vgsvg.Canvas
	height vg.Length
	over   bytes.Buffer
}

// panel writes what lies over a panel whose data have the given place: first a
// path along its edges. Its attributes are the ends of the axes, "log" where one
// is logarithmic, and the labels.
func (c *pageCanvas) panel(p *panel, at vg.Rectangle, contents func()) {
	name := func(a axis) string { return html.EscapeString(clean(a.label)) }
	fmt.Fprintf(&c.over, `<g class="panel" data-x="%s" data-y="%s" data-x-name="%s" data-y-name="%s"><path fill="none" d="M%s %sH%sV%sz"/>`,
		p.x.ends(), p.y.ends(), name(p.x), name(p.y), decimal(at.Min.X), decimal(c.height-at.Max.Y), decimal(at.Max.X), decimal(c.height-at.Min.Y))
	contents()
	c.over.WriteString("</g>")
}

// ends returns the ends of an axis, "" if its numbers mean nothing.
func (a axis) ends() string {
	switch {
	case a.names != nil || a.bare:
		return ""
	case a.log:
		return fmt.Sprintf("%.6g %.6g log", a.span.lo, a.span.hi)
	}
	return fmt.Sprintf("%.6g %.6g", a.span.lo, a.span.hi)
}

// readable lets the reader of a page look up the values of a curve; other
// figures do not show it.
func readable(name string, points []pair) drawing {
	return func(c draw.Canvas, p *plot.Plot) {
		page := pageOf(c)
		if page == nil || len(points) == 0 {
			return
		}
		fmt.Fprintf(&page.over, `<path data-name="%s" fill="none" d="%s"/>`, html.EscapeString(clean(name)), page.polyline(place(c, p, points)))
	}
}

// label writes a tick that ends at a place, with a rim that sets it off from
// what is under it.
func (c *pageCanvas) label(at vg.Point, text string) {
	fmt.Fprintf(&c.over, `<text x="%s" y="%s" text-anchor="end" style="font:%gpx 'Liberation Sans',Arial,Helvetica,sans-serif;stroke:var(--ground,#ffffff);stroke-width:2;paint-order:stroke">%s</text>`,
		decimal(at.X), decimal(c.height-at.Y), float64(tickSize), html.EscapeString(text))
}

// polyline returns the data of a path through points.
func (c *pageCanvas) polyline(points []vg.Point) string {
	b := []byte{'M'}
	for i, at := range points {
		if i > 0 {
			b = append(b, ' ')
		}
		b = fmt.Appendf(b, "%s %s", decimal(at.X), decimal(c.height-at.Y))
	}
	return string(b)
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
		var there []int
		var paths []byte
		for i, at := range place(c, p, points) {
			shape := ""
			switch {
			case at.Y > c.Max.Y && c.ContainsX(at.X):
				at.Y, shape = c.Max.Y, element(over)
				if paint(over) != paint(sty) {
					shape += `" ` + strings.TrimSuffix(paint(over), `"`)
				}
			case c.Contains(at):
				shape = element(sty)
			default:
				continue
			}
			there = append(there, models[i])
			paths = fmt.Appendf(paths, `<path d="M%s %s%s"/>`, decimal(at.X), decimal(page.height-at.Y), shape)
		}
		page.models(there, paint(sty), paths)
	}
}

// hidden marks points that stand for models and are seen only when a reader
// looks for them.
func hidden(points []pair, models []int) drawing {
	return func(c draw.Canvas, p *plot.Plot) {
		if pageOf(c) != nil && len(models) > 0 {
			marks(points, models, draw.GlyphStyle{Color: color.Transparent, Radius: pointRadius, Shape: draw.CircleGlyph{}})(c, p)
		}
	}
}

// models writes paths that stand for models, one each, as a group.
func (c *pageCanvas) models(models []int, paint string, paths []byte) {
	fmt.Fprintf(&c.over, `<g data-models="%s" %s>%s</g>`, strings.Trim(fmt.Sprint(models), "[]"), paint, paths)
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

// element returns the path of a marker from its place on: a line of no length
// with round ends for a disc.
func element(sty draw.GlyphStyle) string {
	if _, ok := sty.Shape.(draw.CircleGlyph); ok {
		return "h0"
	}
	var b []byte
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
	return string(b)
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

// pageColor returns a colour as a page has it, and its opacity.
func pageColor(of color.Color) (name, opacity string) {
	c := color.NRGBAModel.Convert(of).(color.NRGBA)
	name = fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B)
	if name == "#000000" {
		name = "currentColor"
	}
	return name, strconv.FormatFloat(float64(c.A)/255, 'f', 2, 64)
}

// paintLine returns the attributes of colour of a line.
func paintLine(sty draw.LineStyle) string {
	name, opacity := pageColor(sty.Color)
	return fmt.Sprintf(`fill="none" stroke="%s" stroke-opacity="%s" stroke-width="%s"`, name, opacity, decimal(sty.Width))
}

// paint returns the attributes of colour of a marker.
func paint(sty draw.GlyphStyle) string {
	name, opacity := pageColor(sty.Color)
	switch sty.Shape.(type) {
	case draw.BoxGlyph, draw.PyramidGlyph:
		return fmt.Sprintf(`fill="%s" fill-opacity="%s" stroke="none"`, name, opacity)
	case draw.CircleGlyph:
		return fmt.Sprintf(`fill="none" stroke="%s" stroke-opacity="%s" stroke-width="%s" stroke-linecap="round"`, name, opacity, decimal(2*sty.Radius))
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

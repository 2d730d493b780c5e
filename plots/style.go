package plots

import (
	"image/color"
	"sort"
	"strings"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"designspace/internal/format"
)

// Sizes of type and strokes, in points.
const (
	labelSize = 8 // axis labels, legends
	tickSize  = 7.5
	noteSize  = 7
	titleSize = 9

	axisWidth = 0.5
	lineWidth = 1.1
	thinWidth = 0.6

	pointRadius = 1.7
)

// ink is the colour of text and axes. Other neutral strokes and fills are ink made
// transparent, so that an inlined figure can take the colour of its page.
var ink = color.NRGBA{A: 255}

// muted is the colour of notes and table heads, a grey legible on white and on
// black. It is opaque because SVG canvases of gonum drop the opacity of text.
var muted = color.NRGBA{0x75, 0x75, 0x75, 0xFF}

// palette is the part of Okabe and Ito's colour-blind-safe set that is legible
// as thin lines on both white and black.
var palette = []color.NRGBA{
	{0x00, 0x72, 0xB2, 0xFF}, // blue
	{0xD5, 0x5E, 0x00, 0xFF}, // vermilion
	{0x00, 0x9E, 0x73, 0xFF}, // bluish green
	{0xCC, 0x79, 0xA7, 0xFF}, // reddish purple
	{0xE6, 0x9F, 0x00, 0xFF}, // orange
	{0x56, 0xB4, 0xE9, 0xFF}, // sky blue
}

// dashes differ from line to line, so that colour is never the only key. Their
// number has no factor in common with that of the colours.
var dashes = [][]vg.Length{
	nil,
	{4, 1.5},
	{1.2, 1.2},
	{5, 1.5, 1.2, 1.5},
	{2.5, 1},
}

var markers = []draw.GlyphDrawer{
	draw.CircleGlyph{}, draw.PyramidGlyph{}, draw.BoxGlyph{}, draw.RingGlyph{}, draw.TriangleGlyph{}, draw.SquareGlyph{}, draw.CrossGlyph{},
}

// seriesColor returns the colour of the i-th series.
func seriesColor(i int) color.NRGBA { return palette[i%len(palette)] }

// seriesLine returns the stroke of the i-th series.
func seriesLine(i int) draw.LineStyle {
	return draw.LineStyle{Color: seriesColor(i), Width: lineWidth, Dashes: dashes[i%len(dashes)]}
}

// seriesMarker returns the marker of the i-th series.
func seriesMarker(i int) draw.GlyphStyle {
	return draw.GlyphStyle{Color: seriesColor(i), Radius: pointRadius, Shape: markers[i%len(markers)]}
}

// fade returns c with the given opacity in 0–1.
func fade(c color.NRGBA, opacity float64) color.NRGBA {
	c.A = uint8(opacity*255 + 0.5)
	return c
}

func stroke(c color.Color, width vg.Length) draw.LineStyle {
	return draw.LineStyle{Color: c, Width: width}
}

// textStyle is Liberation Sans of the given size in ink. The face is named here
// and not through gonum's global default, which belongs to the program.
func textStyle(size vg.Length) text.Style {
	return text.Style{
		Color:   ink,
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Size: size},
		Handler: plot.DefaultTextHandler,
	}
}

func boldStyle(size vg.Length) text.Style {
	s := textStyle(size)
	s.Font.Weight = xfont.WeightBold
	return s
}

func noteStyle() text.Style {
	s := textStyle(noteSize)
	s.Color = muted
	return s
}

// clean makes a name drawable: valid UTF-8 on one line, without what a terminal
// obeys or XML forbids.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if format.Obeyed(r) || r == 0xFFFE || r == 0xFFFF {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// shorten cuts s to the width with an ellipsis in its middle: names of spaces
// differ at both ends.
func shorten(sty text.Style, s string, width vg.Length) string {
	if sty.Width(s) <= width {
		return s
	}
	r := []rune(s)
	cut := func(n int) string { return string(r[:(n+1)/2]) + "…" + string(r[len(r)-n/2:]) }
	n := sort.Search(len(r), func(n int) bool { return sty.Width(cut(n)) > width }) - 1
	if n < 2 {
		return "…"
	}
	return cut(n)
}

// wrap breaks s into lines no wider than width, at spaces.
func wrap(sty text.Style, s string, width vg.Length) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		switch joined := line + " " + word; {
		case line == "":
			line = word
		case sty.Width(joined) <= width:
			line = joined
		default:
			lines = append(lines, line)
			line = word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

package plots

import (
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A legend is a table of series above the axes, where it can hide no data: a
// sample, a name, and cells such as n, min and mean.
type legend struct {
	header  []string // over the cells; may be nil
	entries []entry
}

// An entry is one row of a legend.
type entry struct {
	line   *draw.LineStyle
	marker *draw.GlyphStyle
	patch  color.Color
	label  string
	cells  []string // as many as the header, or none
}

const (
	sampleWidth = vg.Length(17)
	sampleGap   = vg.Length(4)
	cellGap     = vg.Length(7)
	columnGap   = vg.Length(14)
	rowHeight   = vg.Length(labelSize * leading)
)

// widths returns the widths of the labels and of every cell, shrinking the
// labels where the row is wider than the room.
func (l legend) widths(room vg.Length) (label vg.Length, cells []vg.Length, row vg.Length) {
	sty := textStyle(labelSize)
	cells = make([]vg.Length, len(l.header))
	for i, h := range l.header {
		cells[i] = sty.Width(h)
	}
	for _, e := range l.entries {
		label = max(label, sty.Width(e.label))
		for i, s := range e.cells {
			cells[i] = max(cells[i], sty.Width(s))
		}
	}
	fixed := sampleWidth + sampleGap
	for _, w := range cells {
		fixed += cellGap + w
	}
	label = min(label, room-fixed)
	return label, cells, fixed + label
}

// rows returns the number of entries below each other. Names alone fill the
// width, cells stay in one column, where they compare, as long as it is short.
func (l legend) rows(room vg.Length) int {
	_, _, row := l.widths(room)
	cols := max(1, int((room+columnGap)/(row+columnGap)))
	if l.header != nil && len(l.entries) <= 5 {
		cols = 1
	}
	return max(1, (len(l.entries)+cols-1)/cols)
}

func (l legend) height(room vg.Length) vg.Length {
	rows := l.rows(room)
	if l.header != nil {
		rows++
	}
	return vg.Length(rows) * rowHeight
}

func (l legend) draw(c draw.Canvas) {
	room := c.Max.X - c.Min.X
	label, cells, row := l.widths(room)
	rows := l.rows(room)
	sty := textStyle(labelSize)
	for i, e := range l.entries {
		x, y := c.Min.X+vg.Length(i/rows)*(row+columnGap), c.Max.Y
		if l.header != nil {
			if i%rows == 0 {
				drawCells(c, x+sampleWidth+sampleGap+label, y-rowHeight, cells, l.header, true)
			}
			y -= rowHeight
		}
		y -= vg.Length(i%rows+1) * rowHeight
		e.sample(c, x, y+rowHeight*0.5)
		drawText(c, sty, vg.Point{X: x + sampleWidth + sampleGap, Y: y + rowHeight*0.5 - labelSize*0.35}, shorten(sty, e.label, label))
		drawCells(c, x+sampleWidth+sampleGap+label, y, cells, e.cells, false)
	}
}

// drawCells writes the cells of a row, each flush right in its column.
func drawCells(c draw.Canvas, x, y vg.Length, widths []vg.Length, cells []string, header bool) {
	sty := textStyle(labelSize)
	if header {
		sty.Color = muted
	}
	sty.XAlign = draw.XRight
	for i, s := range cells {
		x += cellGap + widths[i]
		drawText(c, sty, vg.Point{X: x, Y: y + rowHeight*0.5 - labelSize*0.35}, s)
	}
}

// sample draws the look of the series, vertically centred at y.
func (e entry) sample(c draw.Canvas, x, y vg.Length) {
	if e.patch != nil {
		const h = labelSize * 0.35
		c.FillPolygon(e.patch, []vg.Point{{X: x, Y: y - h}, {X: x + sampleWidth, Y: y - h}, {X: x + sampleWidth, Y: y + h}, {X: x, Y: y + h}})
	}
	if e.line != nil {
		c.StrokeLine2(*e.line, x, y, x+sampleWidth, y)
	}
	if e.marker != nil {
		c.DrawGlyphNoClip(*e.marker, vg.Point{X: x + sampleWidth/2, Y: y})
	}
}

package plots

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Page is what the options of every figure have in common. The zero value is
// a figure of its natural size for one column of a paper.
type Page struct {
	Title  string  // bold line on top; figures with a caption need none
	Width  float64 // mm, 40–1000; 0: 85, or 174 (two columns) for grids
	Height float64 // mm of the whole figure, up to 1000; 0: what the content needs
	DPI    int     // dots per inch of PNG, 30–1200; 0: 300
	Note   string  // under the axes, such as what a band shows

	Measure Measure // what the errors are
}

const (
	oneColumn  = 85  // mm
	twoColumns = 174 // mm

	margin   = vg.Length(3)
	panelGap = vg.Length(9)
	leading  = 1.25 // line height over type size

	minPanelHeight = 60 // points: axes, labels and a little data
	minPanelWidth  = 28 // mm
)

func mm(v float64) vg.Length { return vg.Length(v) * vg.Millimeter }

// A Figure is a finished drawing. It does not change any more and may be
// written any number of times, also concurrently.
type Figure struct {
	width, height vg.Length
	dpi           int
	title         string
	keys          []block
	rows, cols    int
	panels        []*panel // row by row; the last row may be short
	panelHeight   vg.Length
	notes         []string
	captioned     bool // a caption beside it explains it
	densest       int  // models in the fullest cell of a cloud; 0: there is none
	measure       Measure
}

// A block is a strip of the figure above the axes: a legend or a colour bar.
type block interface {
	height(width vg.Length) vg.Length
	draw(c draw.Canvas)
}

// A panel is one pair of axes and what is drawn between them.
type panel struct {
	heading  string
	x, y     axis
	drawings []drawing
}

// An axis is a scale with its label.
type axis struct {
	label   string
	span    span
	log     bool
	base2   bool      // a logarithmic axis with ticks at powers of two
	integer bool      // ticks at whole numbers only
	values  []float64 // if set, ticks only at these values
	names   []string  // if set, ticks are these names at 0, 1, 2…
	bare    bool      // neither line nor ticks
}

// Check reports sizes that no figure can have.
func (p Page) Check() error {
	switch {
	case p.Width != 0 && !(p.Width >= 40 && p.Width <= 1000):
		return fmt.Errorf("plots: width %g: want 40 to 1000 mm", p.Width)
	case p.Height != 0 && !(p.Height > 0 && p.Height <= 1000):
		return fmt.Errorf("plots: height %g: want at most 1000 mm", p.Height)
	case p.DPI != 0 && (p.DPI < 30 || p.DPI > 1200):
		return fmt.Errorf("plots: dpi %d: want 30 to 1200 dots per inch", p.DPI)
	}
	return nil
}

// newFigure returns a figure of a grid of panels, each of the given natural
// height in mm.
func newFigure(page Page, n, cols int, panelHeight float64) (*Figure, error) {
	width := page.Width
	if width == 0 {
		width = oneColumn
		if cols > 2 {
			width = twoColumns
		}
	}
	dpi := page.DPI
	if dpi == 0 {
		dpi = 300
	}
	if err := page.Check(); err != nil {
		return nil, err
	}
	if width/float64(cols) < minPanelWidth {
		return nil, fmt.Errorf("plots: a width of %g mm is too narrow for %d columns: at least %d mm", width, cols, minPanelWidth*cols)
	}
	f := &Figure{
		width: mm(width), height: mm(page.Height), dpi: dpi, title: clean(page.Title),
		rows: (n + cols - 1) / cols, cols: cols, panelHeight: mm(panelHeight),
		measure: page.Measure,
	}
	if page.Note != "" {
		f.note("%s", page.Note)
	}
	return f, nil
}

// gridColumns returns the number of columns of a grid of n panels: as many as
// asked for, or what suits n and a given width.
func gridColumns(page Page, asked, n int) int {
	if asked > 0 {
		return min(asked, n)
	}
	cols := 3
	switch {
	case n == 1:
		cols = 1
	case n == 2 || n == 4:
		cols = 2
	}
	if page.Width > 0 {
		cols = min(cols, max(1, int(page.Width/minPanelWidth)))
	}
	return cols
}

// add appends an empty panel to the grid.
func (f *Figure) add(x, y axis) *panel {
	p := &panel{x: x, y: y}
	f.panels = append(f.panels, p)
	return p
}

func (p *panel) draw(d ...drawing) { p.drawings = append(p.drawings, d...) }

// note adds a caveat under the axes.
func (f *Figure) note(format string, args ...any) {
	f.notes = append(f.notes, clean(fmt.Sprintf(format, args...)))
}

// noteDropped adds the usual caveat on values that cannot be drawn.
func (f *Figure) noteDropped(name string, n int, log bool) {
	why := "not finite"
	if log {
		why += " or not positive"
	}
	switch {
	case n > 0 && name != "":
		f.note("%s: %s left out (%s).", name, count(n, "value"), why)
	case n > 0:
		f.note("%s left out (%s).", count(n, "value"), why)
	}
}

// finish fixes the height of the figure or finds that it does not fit.
func (f *Figure) finish() (*Figure, error) {
	f.densityKey()
	rest := f.top() + f.bottom() + vg.Length(f.rows-1)*f.gapY()
	if f.height == 0 {
		f.height = rest + vg.Length(f.rows)*f.panelHeight
		return f, nil
	}
	f.panelHeight = (f.height - rest) / vg.Length(f.rows)
	if f.panelHeight < minPanelHeight {
		need := (rest + vg.Length(f.rows)*minPanelHeight) / vg.Millimeter
		return nil, fmt.Errorf("plots: a height of %.0f mm leaves no room for the axes: at least %.0f mm", float64(f.height/vg.Millimeter), math.Ceil(float64(need)))
	}
	return f, nil
}

// Split returns the panels of the figure as figures of their own, which share
// its height and what explains it above, but for what is too wide for one, and
// have no notes.
func (f *Figure) Split() []*Figure {
	var all []*Figure
	first, last := f.panels[0], f.panels[len(f.panels)-1]
	for _, p := range f.panels {
		p := *p
		p.y.label, p.x.label = or(p.y.label, first.y.label), or(p.x.label, last.x.label)
		g := *f
		g.panels, g.rows, g.cols, g.title, g.notes = []*panel{&p}, 1, 1, "", nil
		g.width = (f.width - 2*margin - vg.Length(f.cols-1)*panelGap) / vg.Length(f.cols)
		g.height = g.top() + g.bottom() + g.panelHeight
		all = append(all, &g)
	}
	return all
}

// Size returns the width and height of the figure in mm.
func (f *Figure) Size() (width, height float64) {
	return float64(f.width / vg.Millimeter), float64(f.height / vg.Millimeter)
}

// Notes returns the caveats that stand under the axes: what was left out and
// why.
func (f *Figure) Notes() []string { return append([]string(nil), f.notes...) }

func (f *Figure) inner() vg.Length { return f.width - 2*margin }

// top returns the height of everything above the panels.
func (f *Figure) top() vg.Length {
	h := margin
	if f.title != "" {
		h += titleSize*leading + 3
	}
	for _, k := range f.keys {
		h += k.height(f.inner()) + 4
	}
	return h + f.headingHeight()
}

// bottom returns the height of everything below the panels.
func (f *Figure) bottom() vg.Length {
	n := len(f.noteLines())
	if n == 0 {
		return margin
	}
	return margin + 3 + vg.Length(n)*noteSize*leading
}

func (f *Figure) noteLines() []string {
	var lines []string
	for _, n := range f.notes {
		lines = append(lines, wrap(noteStyle(), n, f.inner())...)
	}
	return lines
}

// headingHeight returns the room that the headings take above each row.
func (f *Figure) headingHeight() vg.Length {
	for _, p := range f.panels {
		if p.heading != "" {
			return tickSize*leading + 1
		}
	}
	return 0
}

func (f *Figure) gapY() vg.Length { return f.headingHeight() + panelGap*0.6 }

// draw draws the whole figure.
func (f *Figure) draw(c draw.Canvas) {
	at := vg.Point{X: margin, Y: f.height - margin}
	if f.title != "" {
		at.Y -= titleSize
		sty := boldStyle(titleSize)
		drawText(c, sty, at, shorten(sty, f.title, f.inner()))
		at.Y -= titleSize*(leading-1) + 3
	}
	for _, k := range f.keys {
		h := k.height(f.inner())
		k.draw(draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
			Min: vg.Point{X: margin, Y: at.Y - h}, Max: vg.Point{X: f.width - margin, Y: at.Y},
		}})
		at.Y -= h + 4
	}
	f.drawPanels(draw.Crop(c, margin, -margin, f.bottom(), -f.top()))
	at.Y = f.bottom() - 3
	for _, line := range f.noteLines() {
		at.Y -= noteSize * leading
		drawText(c, noteStyle(), vg.Point{X: margin, Y: at.Y + noteSize*0.25}, line)
	}
}

// drawPanels draws the grid of panels with axes of equal size.
func (f *Figure) drawPanels(c draw.Canvas) {
	tiles := draw.Tiles{Rows: f.rows, Cols: f.cols, PadX: panelGap, PadY: f.gapY()}
	size := tiles.At(c, 0, 0).Size()
	grid := make([][]*plot.Plot, f.rows)
	for r := range grid {
		grid[r] = make([]*plot.Plot, f.cols)
		for k := range grid[r] {
			if i := r*f.cols + k; i < len(f.panels) {
				grid[r][k] = f.panels[i].plot(size)
			}
		}
	}
	cells := plot.Align(grid, tiles, c)
	for i, p := range f.panels {
		cell, plt := cells[i/f.cols][i%f.cols], grid[i/f.cols][i%f.cols]
		if page := pageOf(c); page != nil {
			page.panel(p, plt.DataCanvas(cell).Rectangle, func() { plt.Draw(cell) })
		} else {
			plt.Draw(cell)
		}
		if p.heading != "" {
			data := plt.DataCanvas(cell)
			sty := textStyle(tickSize)
			drawText(c, sty, vg.Point{X: data.Min.X, Y: cell.Max.Y + 3}, shorten(sty, p.heading, cell.Max.X-data.Min.X))
		}
	}
}

// plot returns the panel as a gonum plot for a tile of the given size.
func (p *panel) plot(size vg.Point) *plot.Plot {
	plt := plot.New()
	plt.BackgroundColor = nil
	p.x.apply(&plt.X, size.X-30, false)
	p.y.apply(&plt.Y, size.Y-24, true)
	for _, d := range p.drawings {
		plt.Add(d)
	}
	return plt
}

// apply sets up a gonum axis of about the given length.
func (a axis) apply(to *plot.Axis, length vg.Length, vertical bool) {
	to.Min, to.Max = a.span.lo, a.span.hi
	to.Scale = linearOrLog(a.log)
	to.Label.TextStyle = centred(textStyle(labelSize), to.Label.TextStyle)
	to.Label.Text = shorten(to.Label.TextStyle, clean(a.label), length+20)
	to.Label.TextStyle.Handler = widthless{to.Label.TextStyle.Handler}
	to.Label.Padding = 2
	to.Tick.Label = centred(textStyle(tickSize), to.Tick.Label)
	to.LineStyle = stroke(ink, axisWidth)
	to.Tick.LineStyle = stroke(ink, axisWidth)
	to.Tick.Length = 2.5
	to.Padding = 0
	to.Tick.Marker = ticker{log: a.log, base2: a.base2, integer: a.integer, values: a.values, length: length, vertical: vertical}
	if a.names != nil {
		to.Tick.Marker, to.Tick.Length = nominal(a.names), 0
	}
	if a.bare {
		to.LineStyle.Width, to.Tick.Length = 0, 0
	}
}

// widthless hides the width of axis labels from gonum, which would make room
// for them where half the sum of the ends lies: off the middle, and often off
// the page, on a logarithmic axis. The width of a space remains: gonum sets ticks
// apart by it.
type widthless struct{ text.Handler }

// Box implements [text.Handler].
func (h widthless) Box(s string, f font.Font) (width, height, depth vg.Length) {
	width, height, depth = h.Handler.Box(s, f)
	if s != " " {
		width = 0
	}
	return width, height, depth
}

// centred returns sty with the alignment of old, which gonum chose by the
// orientation of the axis.
func centred(sty, old text.Style) text.Style {
	sty.XAlign, sty.YAlign = old.XAlign, old.YAlign
	return sty
}

// nominal returns ticks with names at 0, 1, 2…
func nominal(names []string) plot.ConstantTicks {
	ticks := make(plot.ConstantTicks, len(names))
	for i, n := range names {
		ticks[i] = plot.Tick{Value: float64(i), Label: clean(n)}
	}
	return ticks
}

package plots

import (
	"designspace/edf"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"gonum.org/v1/plot/vg"
)

// TerminalOptions are the options of [Terminal]. The zero value is ready for
// use.
type TerminalOptions struct {
	Columns int    // of the drawing with its axes, 24–1000; 0: 72; nearer values are clamped
	Rows    int    // of the drawing with its axes, 6–1000; 0: 18
	ASCII   bool   // no character beyond ASCII: the letters of the series draw their curves
	Color   bool   // ANSI colours
	XLabel  string // "": that of the measure
	Measure Measure
}

// Terminal returns a drawing of the EDFs of several populations as text, with
// a legend of n, least and mean error. Every population has a letter, which
// stands on its curve. See [EDF] for what is drawn and for errors.
func Terminal(populations []edf.Population, o TerminalOptions) (string, error) {
	stats, err := summarise(populations)
	if err != nil {
		return "", err
	}
	notes := Figure{measure: o.Measure} // for the notes that the axis makes
	x, err := errorAxis(&notes, stats, EDFOptions{XLabel: o.XLabel})
	if err != nil {
		return "", err
	}
	t := newTerminal(o, x.span)
	for i, s := range stats {
		if s.n > 0 {
			t.curve(i, s.steps)
		}
	}
	for i, s := range stats {
		if s.n > 0 && !o.ASCII {
			t.letter(i, len(stats), s.steps)
		}
		notes.noteDropped(s.name, s.dropped, false)
	}
	var b strings.Builder
	t.write(&b, x.label)
	writeTerminalLegend(&b, t, stats, o.Measure)
	for _, n := range notes.notes {
		b.WriteString(n + "\n")
	}
	if o.ASCII {
		return toASCII(b.String()), nil
	}
	return b.String(), nil
}

// A terminal is a grid of character cells in which curves are drawn: with
// braille dots, two by four a cell, or with letters.
type terminal struct {
	cols, rows int // of the data area
	ascii      bool
	color      bool
	x          span
	dots       []rune // braille bits of every cell
	letters    []rune // letter of every cell, 0: none
	series     []int  // the last series to draw in the cell
}

const terminalMargin = 6 // columns left of the data: "1.00 ┤"

func newTerminal(o TerminalOptions, x span) *terminal {
	clamp := func(v, otherwise, lo, hi int) int {
		if v == 0 {
			v = otherwise
		}
		return min(max(v, lo), hi)
	}
	t := &terminal{
		cols: clamp(o.Columns, 72, 24, 1000) - terminalMargin, rows: clamp(o.Rows, 18, 6, 1000) - 3,
		ascii: o.ASCII, color: o.Color, x: x,
	}
	n := t.cols * t.rows
	t.dots, t.letters, t.series = make([]rune, n), make([]rune, n), make([]int, n)
	return t
}

// letterOf returns the letter of the i-th series.
func letterOf(i int) rune { return 'A' + rune(i%26) }

// resolution returns the dots that a cell has across and down.
func (t *terminal) resolution() (across, down int) {
	if t.ascii {
		return 1, 1
	}
	return 2, 4
}

// curve draws the step function: in every column of dots its value at the
// middle of the column, joined to the value before by a vertical run.
func (t *terminal) curve(series int, steps []jump) {
	across, down := t.resolution()
	height := t.rows * down
	last := -1
	for i := range t.cols * across {
		r := t.row(at(steps, t.value(i, across)), height)
		lo, hi := r, r
		if last >= 0 {
			lo, hi = min(r, last+1), max(r, last-1)
		}
		last = r
		for y := lo; y <= hi; y++ {
			t.set(series, i, y, across, down)
		}
	}
}

// value returns the error at the middle of a column of dots.
func (t *terminal) value(i, across int) float64 {
	return t.x.lo + (float64(i)+0.5)/float64(t.cols*across)*(t.x.hi-t.x.lo)
}

// row returns the row of dots, from the top, for a probability.
func (t *terminal) row(p float64, height int) int {
	return int(math.Round((1 - p) * float64(height-1)))
}

func (t *terminal) set(series, x, y, across, down int) {
	cell := y/down*t.cols + x/across
	t.series[cell] = series
	if t.ascii {
		t.letters[cell] = letterOf(series)
		return
	}
	// Bits of a braille cell, column by column (Unicode block 2800).
	t.dots[cell] |= [2][4]rune{{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}}[x%2][y%4]
}

// letter puts the letter of a series on its curve, at levels that differ from
// series to series, wherever no other letter stands.
func (t *terminal) letter(i, n int, steps []jump) {
	across, down := t.resolution()
	shift := 0.25 * (float64(i) - float64(n-1)/2) / float64(n)
	for _, level := range []float64{0.2, 0.5, 0.8} {
		for c := range t.cols {
			p := at(steps, t.value(c*across, across))
			if p < level+shift {
				continue
			}
			if cell := t.row(p, t.rows*down)/down*t.cols + c; t.letters[cell] == 0 {
				t.letters[cell], t.series[cell] = letterOf(i), i
			}
			break
		}
	}
}

// write writes the data area with its axes.
func (t *terminal) write(b *strings.Builder, label string) {
	for r := range t.rows {
		b.WriteString(t.yLabel(r))
		var line strings.Builder
		blank := 0 // pending spaces: none are written at the end of a line
		for c := range t.cols {
			ch := t.cell(r*t.cols + c)
			if ch == "" {
				blank++
				continue
			}
			line.WriteString(strings.Repeat(" ", blank) + ch)
			blank = 0
		}
		b.WriteString(line.String() + "\n")
	}
	t.writeXAxis(b, label)
}

// cell returns the text of a cell, empty for a blank one.
func (t *terminal) cell(i int) string {
	switch {
	case t.letters[i] != 0:
		return t.paint(t.series[i], string(t.letters[i]))
	case t.dots[i] != 0:
		return t.paint(t.series[i], string(0x2800+t.dots[i]))
	}
	return ""
}

// paint colours s like the series, in the 256-colour codes nearest the palette.
func (t *terminal) paint(series int, s string) string {
	if !t.color {
		return s
	}
	codes := []int{32, 166, 36, 175, 214, 74}
	return fmt.Sprintf("\x1b[38;5;%dm%s\x1b[0m", codes[series%len(codes)], s)
}

func (t *terminal) yLabel(row int) string {
	label := func(p float64) int { return t.row(p, t.rows) }
	switch row {
	case label(1):
		return "1.00 ┤"
	case label(0.5):
		return "0.50 ┤"
	case label(0):
		return "0.00 ┤"
	}
	return "     │"
}

// writeXAxis writes the horizontal axis: a line with ticks, their labels, and
// the label of the axis.
func (t *terminal) writeXAxis(b *strings.Builder, label string) {
	ticks := ticker{length: vg.Length(t.cols), size: func(s string) vg.Length {
		return vg.Length(utf8.RuneCountInString(s) + 3)
	}}.Ticks(t.x.lo, t.x.hi)
	axis := []rune(strings.Repeat("─", t.cols))
	labels := []rune(strings.Repeat(" ", t.cols+terminalMargin))
	for _, tick := range ticks {
		c := int((tick.Value - t.x.lo) / (t.x.hi - t.x.lo) * float64(t.cols))
		c = min(max(c, 0), t.cols-1)
		axis[c] = '┬'
		text := []rune(tick.Label)
		from := min(max(c+terminalMargin-len(text)/2, 0), len(labels)-len(text))
		copy(labels[max(from, 0):], text)
	}
	b.WriteString("     └" + string(axis) + "\n")
	b.WriteString(strings.TrimRight(string(labels), " ") + "\n")
	pad := max(0, (t.cols-utf8.RuneCountInString(label))/2)
	b.WriteString(strings.Repeat(" ", terminalMargin+pad) + clean(label) + "\n")
}

// writeTerminalLegend writes a row for every series: letter, name, and
// n, best and mean.
func writeTerminalLegend(b *strings.Builder, t *terminal, stats []summary, m Measure) {
	width := [4]int{4, 1, 3, 4}
	rows := make([][4]string, len(stats))
	for i, s := range stats {
		c := s.cells(t.x, m)
		rows[i] = [4]string{s.name, c[0], c[1], c[2]}
		for k, v := range rows[i] {
			width[k] = max(width[k], utf8.RuneCountInString(v))
		}
	}
	row := func(mark string, v [4]string) {
		fmt.Fprintf(b, "%s %-*s  %*s|%*s|%*s\n", mark, width[0], v[0], width[1], v[1], width[2], v[2], width[3], v[3])
	}
	best, _ := m.best(0, 0)
	row(" ", [4]string{"", "n", best, "mean"})
	for i, r := range rows {
		row(t.paint(i, string(letterOf(i))), r)
	}
}

// toASCII replaces the characters of the drawing by their nearest in ASCII,
// and others, which only names can hold, by question marks.
func toASCII(s string) string {
	s = strings.NewReplacer("┤", "+", "│", "|", "└", "+", "┬", "+", "─", "-", "−", "-", "–", "-").Replace(s)
	return strings.Map(func(r rune) rune {
		if r > 126 {
			return '?'
		}
		return r
	}, s)
}

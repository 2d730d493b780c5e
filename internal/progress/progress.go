// Package progress shows how far the training of a population has come: on a
// terminal a few lines that are redrawn in place, elsewhere now and then a
// plain line.
package progress

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"designspace/internal/format"
	"designspace/internal/screen"

	"golang.org/x/term"
)

// Intervals between two drawings on a terminal and between two plain lines.
const (
	frame = 100 * time.Millisecond
	plain = 10 * time.Second
)

// A Display shows the work on the models that are being trained. Its methods
// may be called concurrently.
type Display struct {
	mu    sync.Mutex
	w     io.Writer
	log   *Log       // w, if it is one
	width func() int // columns of the terminal; nil if w is none
	now   func() time.Time
	start time.Time
	last  time.Time // of the last drawing
	drawn int       // lines on the screen
	tasks []*task   // in the order of their start

	all, done Amount
	before    Amount // of done, when the display began or a model went on from a checkpoint
	images    int    // trained on since
}

// An Amount is so many models and the work on them, in any unit.
type Amount struct {
	Models int
	Work   float64
}

// A task is one model in training.
type task struct {
	name          string
	begun         bool
	work, done    float64
	images, of    int // trained on, of all epochs
	epoch, epochs int // completed, of
}

// New returns a display on w for the training of all models of a run, of which
// some are trained already.
func New(w io.Writer, all, trained Amount) *Display {
	d := &Display{w: screen.Raw(w), now: time.Now, all: all, done: trained, before: trained}
	d.log, _ = w.(*Log)
	if f := screen.Terminal(w); f != nil {
		d.width = func() int {
			if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
				return n
			}
			return 80
		}
	}
	d.start = d.now()
	d.last = d.start
	return d
}

// Start says that the training of a model begins: so much work, so many epochs
// and, over all of them, images.
func (d *Display) Start(name string, work float64, epochs, images int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tasks = append(d.tasks, &task{name: name, work: work, epochs: epochs, of: images})
	if d.log != nil {
		d.log.event(Event{Event: "start", Model: name})
	}
	d.tick()
}

// Step says how far a model has come: epochs completed and images trained on. The
// first step of a model says where it begins, as after a checkpoint.
func (d *Display) Step(name string, epoch, images int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, t := range d.tasks {
		if t.name == name {
			t.epoch = epoch
			done := t.work * float64(images) / float64(max(1, t.of))
			if !t.begun {
				t.begun, t.images = true, images
				d.before.Work += done
			}
			d.advance(t, done, images)
		}
	}
	d.tick()
}

func (d *Display) advance(t *task, done float64, images int) {
	d.done.Work += done - t.done
	d.images += images - t.images
	t.done, t.images = done, images
}

// Finish says that a model is done, and prints the line that tells its outcome.
// Elsewhere than on a terminal the line would come too often, and is left out.
func (d *Display) Finish(name, line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.done.Models++
	d.tasks = slices.DeleteFunc(d.tasks, func(t *task) bool {
		if t.name == name {
			d.advance(t, t.work, t.images)
		}
		return t.name == name
	})
	if d.log != nil {
		d.log.event(Event{Event: "finish", Model: name, Text: line, Finished: d.done.Models, Models: d.all.Models})
	}
	if d.width != nil {
		d.print(line)
		return
	}
	d.tick()
}

// Skip says that a model of so much work needs no training here: another process
// has trained it.
func (d *Display) Skip(work float64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, a := range []*Amount{&d.done, &d.before} {
		a.Models++
		a.Work += work
	}
	d.tick()
}

// Print writes a line above the display.
func (d *Display) Print(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.print(line)
}

func (d *Display) print(line string) {
	d.erase()
	fmt.Fprintln(d.w, format.Escape(line))
	if d.width != nil {
		d.draw()
	}
}

// Close removes the display from a terminal and ends it elsewhere with a last
// line.
func (d *Display) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.erase()
	if d.width == nil && d.done.Models > d.before.Models {
		d.tell()
	}
}

// tick draws if it is time to.
func (d *Display) tick() {
	interval := plain
	if d.width != nil {
		interval = frame
	}
	now := d.now()
	if now.Sub(d.last) < interval {
		return
	}
	d.last = now
	if d.width == nil {
		d.tell()
		return
	}
	d.draw()
}

// tell writes how far the work has come.
func (d *Display) tell() {
	if d.log == nil {
		fmt.Fprintln(d.w, d.summary())
		return
	}
	e := Event{Event: "progress", Finished: d.done.Models, Models: d.all.Models}
	if elapsed := d.now().Sub(d.start); elapsed > 0 {
		e.ImagesPerSecond = math.Round(float64(d.images) / elapsed.Seconds())
		e.SecondsLeft = math.Round(d.left(elapsed).Seconds())
	}
	d.log.event(e)
}

// left is how much longer the work will take, 0 as long as that is not known.
func (d *Display) left(elapsed time.Duration) time.Duration {
	p := share(d.done.Work-d.before.Work, d.all.Work-d.before.Work)
	if p <= 0.01 || d.done.Models == d.all.Models {
		return 0
	}
	return time.Duration(float64(elapsed) * (1 - p) / p)
}

// erase moves the cursor to the display's first line and clears from there.
func (d *Display) erase() {
	if d.drawn > 0 {
		fmt.Fprintf(d.w, "\x1b[%dA\x1b[J", d.drawn)
		d.drawn = 0
	}
}

// draw replaces the display on a terminal: one write, so that it does not flicker.
func (d *Display) draw() {
	columns := d.width()
	lines := []string{d.bar(columns)}
	for _, t := range d.tasks {
		lines = append(lines, fmt.Sprintf("  %s  epoch %d/%d", format.Escape(t.name), min(t.epoch+1, t.epochs), t.epochs))
	}
	var b strings.Builder
	if d.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", d.drawn)
	}
	for _, l := range lines {
		b.WriteString(clip(l, columns-1))
		b.WriteString("\x1b[K\n")
	}
	b.WriteString("\x1b[J")
	io.WriteString(d.w, b.String())
	d.drawn = len(lines)
}

// bar is the display's first line: a bar as wide as the terminal leaves room for.
func (d *Display) bar(columns int) string {
	text := d.summary()
	room := min(40, columns-len(text)-4)
	if room < 8 {
		return text
	}
	filled := int(share(d.done.Work, d.all.Work) * float64(room))
	return strings.Repeat("█", filled) + strings.Repeat("░", room-filled) + "  " + text
}

// share is the part of the work that is done, 0 to 1.
func share(done, all float64) float64 {
	if all <= 0 {
		return 0
	}
	return min(1, done/all)
}

func (d *Display) summary() string {
	elapsed := d.now().Sub(d.start)
	s := fmt.Sprintf("%d/%d models", d.done.Models, d.all.Models)
	if elapsed > 0 && d.images > 0 {
		s += fmt.Sprintf("  %.0f images/s", float64(d.images)/elapsed.Seconds())
	}
	s += "  " + format.Duration(elapsed)
	if left := d.left(elapsed); left > 0 {
		s += ", about " + format.Duration(left) + " left"
	}
	return s
}

// clip cuts a line to so many characters.
func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n || n < 1 {
		return s
	}
	return string(r[:n])
}

package progress

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// clock is a time that tests move.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

// tube is a terminal of a few lines that knows the escapes of a Display.
type tube struct {
	lines []string
	row   int
}

func (s *tube) Write(p []byte) (int, error) {
	for rest := string(p); rest != ""; {
		var n int
		switch {
		case strings.HasPrefix(rest, "\x1b[K"):
			rest = rest[3:]
		case strings.HasPrefix(rest, "\x1b[J"):
			s.lines = s.lines[:s.row]
			rest = rest[3:]
		case strings.HasPrefix(rest, "\x1b["):
			if _, err := fmt.Sscanf(rest, "\x1b[%dA", &n); err != nil {
				return 0, fmt.Errorf("escape %q", rest)
			}
			s.row -= n
			rest = rest[strings.Index(rest, "A")+1:]
		default:
			end := strings.IndexAny(rest, "\n\x1b")
			if end < 0 || rest[end] != '\n' && end > 0 {
				line := rest
				if end > 0 {
					line = rest[:end]
				}
				s.put(line)
				rest = rest[len(line):]
				continue
			}
			if end > 0 {
				s.put(rest[:end])
			}
			s.row++
			rest = rest[end+1:]
		}
	}
	return len(p), nil
}

func (s *tube) put(line string) {
	for len(s.lines) <= s.row {
		s.lines = append(s.lines, "")
	}
	s.lines[s.row] = line
}

func TestTerminal(t *testing.T) {
	c, s := &clock{time.Unix(0, 0)}, &tube{}
	d := &Display{w: s, now: c.now, width: func() int { return 60 }, all: Amount{2, 4}, start: c.t, last: c.t}
	check := func(want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, s.lines); diff != "" {
			t.Error(diff)
		}
	}
	c.t = c.t.Add(10 * time.Second)
	d.Start("m0001", 3, 3, 12000)
	d.Step("m0001", 0, 0)
	check("░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  0/2 models  10s", "  m0001  epoch 1/3")
	c.t = c.t.Add(10 * time.Second)
	d.Start("m0002", 1, 1, 4000)
	c.t = c.t.Add(20 * time.Second)
	d.Step("m0001", 1, 4000)
	check("██░░░░░░░  0/2 models  100 images/s  40s, about 2m00s left", "  m0001  epoch 2/3", "  m0002  epoch 1/1")
	d.Finish("m0002", "m0002  error 10.0")
	check("m0002  error 10.0", "█████░░░░░░  1/2 models  100 images/s  40s, about 40s left", "  m0001  epoch 2/3")
	d.Close()
	check("m0002  error 10.0")
}

func TestPlainLinesAreFew(t *testing.T) {
	c, b := &clock{time.Unix(0, 0)}, &strings.Builder{}
	d := New(b, Amount{100, 100}, Amount{})
	d.now, d.start, d.last = c.now, c.t, c.t
	for i := range 100 {
		name := fmt.Sprint(i)
		d.Start(name, 1, 1, 100)
		d.Step(name, 0, 0)
		c.t = c.t.Add(time.Second / 4)
		d.Step(name, 1, 100)
		d.Finish(name, "done")
	}
	d.Close()
	const want = "39/100 models  400 images/s  10s, about 15s left\n" +
		"79/100 models  400 images/s  20s, about 5s left\n" +
		"100/100 models  400 images/s  25s\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

// What was done in an earlier call counts as done, but for neither the speed nor
// the time that is left: two of six models, half of a third by its checkpoint.
func TestResumed(t *testing.T) {
	c, b := &clock{time.Unix(0, 0)}, &strings.Builder{}
	d := New(b, Amount{6, 6}, Amount{2, 2})
	d.now, d.start, d.last = c.now, c.t, c.t
	summary := func(want string) {
		t.Helper()
		if got := d.summary(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	summary("2/6 models  0s")
	d.Start("m0003", 1, 2, 200)
	d.Step("m0003", 1, 100)
	c.t = c.t.Add(5 * time.Second)
	d.Step("m0003", 1, 150)
	summary("2/6 models  10 images/s  5s, about 1m05s left") // 3.25 of 3.5, at 0.25 in 5 s
	d.Finish("m0003", "")
	d.Skip(1)
	c.t = c.t.Add(5 * time.Second)
	summary("4/6 models  5 images/s  10s, about 40s left") // 2, at 0.5 in 10 s
	d.Close()
	if diff := cmp.Diff("4/6 models  5 images/s  10s, about 40s left\n", b.String()); diff != "" {
		t.Error(diff)
	}
}

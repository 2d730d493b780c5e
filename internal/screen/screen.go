// Package screen writes for a person: whatever names, messages and files hold, a
// terminal that shows it obeys none of it.
package screen

import (
	"io"
	"os"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/term"

	"designspace/internal/format"
)

// A Writer passes text on with everything escaped that a terminal would obey, all
// but line ends and tabs, see [format.Escape]. JSON keeps its meaning. Its methods
// may be called concurrently.
type Writer struct {
	mu   sync.Mutex
	raw  io.Writer
	rest []byte // the beginning of a character
}

// New returns a Writer to w.
func New(w io.Writer) *Writer { return &Writer{raw: w} }

// Write writes p, a character that p only begins with the next call.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := append(w.rest, p...)
	whole := len(text)
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if last := text[len(text)-n:]; utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				whole -= n
			}
			break
		}
	}
	w.rest = append([]byte(nil), text[whole:]...)
	if _, err := io.WriteString(w.raw, escape(string(text[:whole]))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// escape escapes the text between line ends and tabs.
func escape(s string) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && r != '\t' && format.Obeyed(r) }) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		i := strings.IndexAny(s, "\n\t")
		if i < 0 {
			b.WriteString(format.Escape(s))
			break
		}
		b.WriteString(format.Escape(s[:i]))
		b.WriteByte(s[i])
		s = s[i+1:]
	}
	return b.String()
}

// Raw returns what w writes to if it is a Writer, or else w: for data that
// another program reads, and for control of a terminal.
func Raw(w io.Writer) io.Writer {
	if s, ok := w.(*Writer); ok {
		return s.raw
	}
	return w
}

// Terminal returns the terminal that w writes to, nil if it is none.
func Terminal(w io.Writer) *os.File {
	if f, ok := Raw(w).(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// Data returns where data for another program go: to w as they are, unless a
// terminal would show them.
func Data(w io.Writer) io.Writer {
	if Terminal(w) != nil {
		return w
	}
	return Raw(w)
}

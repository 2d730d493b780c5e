package format

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Obeyed reports whether a terminal may obey a character in the place of showing
// it: the control characters and those that turn the direction of writing.
func Obeyed(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }

// Escape makes a name or a message safe to print on one line: what a terminal
// would obey is written as in "\u001b", and U+FFFD stands for what is no UTF-8.
func Escape(s string) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, Obeyed) {
		return s
	}
	var b strings.Builder
	for _, r := range s { // U+FFFD for a byte of no character
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case Obeyed(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

package table

import (
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Spreadsheet is what a [Writer] writes to where a spreadsheet will open it: a
// text that it would take for a formula, and compute, gets an apostrophe before
// it. Numbers stay numbers.
type Spreadsheet struct{ io.Writer }

// inert returns cells without formulas: texts that begin with a character which
// begins one, in some language or after what is skipped.
func inert(cells []string) []string {
	quoted := make([]string, len(cells))
	for i, c := range cells {
		quoted[i] = c
		first, _ := utf8.DecodeRuneInString(strings.TrimLeft(c, " \u00a0"))
		if _, err := strconv.ParseFloat(c, 64); err != nil && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) && c != "" {
			quoted[i] = "'" + c
		}
	}
	return quoted
}

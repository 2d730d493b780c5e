package format

import (
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Table writes the header and the rows, which are as long as the header or
// shorter, with columns two spaces apart, numbers to the right and texts to the
// left. A column is of numbers if every cell that is not empty begins like
// one.
func Table(w io.Writer, header []string, rows [][]string) error {
	header, rows = escaped(header), slices.Clone(rows)
	for i, row := range rows {
		rows[i] = escaped(row)
	}
	widths := make([]int, len(header))
	numeric := make([]bool, len(header))
	for i := range header {
		numeric[i] = isNumeric(rows, i)
	}
	for _, row := range append([][]string{header}, rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, row := range append([][]string{header}, rows...) {
		var line strings.Builder
		for i, cell := range row {
			if i > 0 {
				line.WriteString("  ")
			}
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if numeric[i] {
				line.WriteString(pad + cell)
			} else {
				line.WriteString(cell + pad)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func escaped(cells []string) []string {
	cells = slices.Clone(cells)
	for i, c := range cells {
		cells[i] = Escape(c)
	}
	return cells
}

func isNumeric(rows [][]string, column int) bool {
	found := false
	for _, row := range rows {
		if column >= len(row) || row[column] == "" {
			continue
		}
		first, _ := utf8.DecodeRuneInString(strings.TrimLeft(row[column], "-+.<±"))
		if !unicode.IsDigit(first) && row[column] != "-" {
			return false
		}
		found = true
	}
	return found
}

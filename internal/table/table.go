// Package table reads and writes CSV with a header line, column by column.
//
// An empty cell is an absent value. Numbers are written so that they read back
// to the same bits and without separators; NaN and infinities do not exist in a
// table. A file is read strictly: what is wrong is reported with its line.
package table

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"designspace/internal/suggest"
)

// A Table is a CSV file in memory. It keeps the text of each column in one
// buffer, so a million rows cost little more than the file itself, and turns
// it into numbers only when they are asked for.
type Table struct {
	name    string
	columns []string
	index   map[string]int // of columns by name
	cells   []column
	rows    int
	header  int   // line of the names of columns
	lines   []int // line of each row; nil while row i stands on line i+2
}

// column holds its cells end to end; cell i is text[ends[i-1]:ends[i]].
type column struct {
	text []byte
	ends []uint32
}

func (c *column) cell(i int) []byte {
	if i == 0 {
		return c.text[:c.ends[0]]
	}
	return c.text[c.ends[i-1]:c.ends[i]]
}

// ReadFile reads the CSV file at path.
func ReadFile(path string) (*Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Read(path, f)
}

// Read reads a table whose first line names the columns. Cells are separated by
// commas, semicolons or tabs, or stand in a table in Markdown; a comma is the
// decimal sign of numbers in a file with semicolons that has no other. A first
// column without a name, as pandas writes it for the numbers of rows, is called
// index; other columns without a name must be empty, and go. Where columns have
// one name, the second is called name.1. The name stands for the file in errors.
// It is an error if the input is empty, names no columns, or has a row with more
// or fewer cells than the header.
func Read(name string, r io.Reader) (*Table, error) {
	l, err := open(name, r)
	if err != nil {
		return nil, err
	}
	header, row, err := l.header()
	if err != nil {
		return nil, err
	}
	if header[0] == "" && len(header) > 1 {
		header[0] = "index"
	}
	number(header)
	t := empty(name, header)
	t.header = l.headerLine
	for row != nil || err == nil {
		if row == nil {
			if row, err = l.row(); err == io.EOF {
				break
			}
			if err != nil {
				return nil, err
			}
		}
		if err := t.add(row, l); err != nil {
			return nil, err
		}
		row = nil
	}
	t.dropUnnamed()
	if l.csv != nil && l.csv.Comma == ';' {
		if err := t.decimalCommas(); err != nil {
			return nil, err
		}
	}
	return t, t.checkHeader()
}

// number gives columns of one name different ones: the second is name.1.
func number(names []string) {
	taken := make(map[string]bool, len(names))
	for _, n := range names {
		taken[n] = true
	}
	count := make(map[string]int, len(names))
	for i, n := range names {
		if n == "" {
			continue
		}
		if count[n]++; count[n] == 1 {
			continue
		}
		for k := count[n] - 1; taken[names[i]]; k++ {
			names[i] = fmt.Sprintf("%s.%d", n, k)
		}
		taken[names[i]] = true
	}
}

// add appends a row of a file.
func (t *Table) add(row []string, l *layout) error {
	n := len(t.columns)
	for len(row) > n && row[len(row)-1] == "" {
		row = row[:len(row)-1]
	}
	for len(row) < n && t.columns[len(row)] == "" {
		row = append(row, "")
	}
	if len(row) != n {
		if strings.HasPrefix(row[0], "#") {
			return nil // a comment
		}
		return fmt.Errorf("%s:%d: %s where the header names %s: every row needs one cell per column", t.name, l.line, count(len(row), "cell"), count(n, "column"))
	}
	for i, s := range row {
		if !utf8.ValidString(s) {
			return fmt.Errorf("%s:%d: %s: the cell is not UTF-8: save the file as UTF-8", t.name, l.lineOf(i), t.columns[i])
		}
	}
	return t.append(row, l.line)
}

// dropUnnamed drops the columns that have neither a name nor cells.
func (t *Table) dropUnnamed() {
	var keep []int
	for i, c := range t.columns {
		if c != "" || len(t.cells[i].text) > 0 {
			keep = append(keep, i)
		}
	}
	if len(keep) == len(t.columns) || len(keep) == 0 {
		return
	}
	columns, cells := make([]string, len(keep)), make([]column, len(keep))
	for i, k := range keep {
		columns[i], cells[i] = t.columns[k], t.cells[k]
	}
	t.columns, t.cells = columns, cells
}

func empty(name string, columns []string) *Table {
	return &Table{name: name, columns: columns, header: 1, cells: make([]column, len(columns)), index: make(map[string]int, len(columns))}
}

// New returns a table with the given columns and no rows. The name stands for
// the file in errors.
func New(name string, columns []string) (*Table, error) {
	t := empty(name, slices.Clone(columns))
	return t, t.checkHeader()
}

// Add adds a row, as if it stood on the next line of the file.
func (t *Table) Add(cells []string) error { return t.AddAt(t.rows+2, cells) }

// AddAt adds a row that stands on a line of the file.
func (t *Table) AddAt(line int, cells []string) error {
	if len(cells) != len(t.columns) {
		return fmt.Errorf("table: %s for %s", count(len(cells), "cell"), count(len(t.columns), "column"))
	}
	return t.append(cells, line)
}

// Write writes the table as CSV.
func (t *Table) Write(w io.Writer) error {
	out := NewWriter(w, t.columns)
	row := make([]string, len(t.columns))
	for i := range t.rows {
		for k := range t.cells {
			row[k] = string(t.cells[k].cell(i))
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	return out.Flush()
}

// Select returns the given rows as a table, in which they keep their lines.
func (t *Table) Select(rows []int) *Table {
	s := &Table{name: t.name, columns: t.columns, index: t.index, header: t.header, cells: make([]column, len(t.columns)), rows: len(rows), lines: make([]int, len(rows))}
	for i, row := range rows {
		s.lines[i] = t.Line(row)
	}
	for k := range t.cells {
		from, to := &t.cells[k], &s.cells[k]
		to.ends = make([]uint32, len(rows))
		for i, row := range rows {
			to.text = append(to.text, from.cell(row)...)
			to.ends[i] = uint32(len(to.text))
		}
	}
	return s
}

func (t *Table) checkHeader() error {
	for i, c := range t.columns {
		switch {
		case c == "":
			return fmt.Errorf("%s:%d: column %d has no name: name it or remove it", t.name, t.header, i+1)
		case !utf8.ValidString(c):
			return fmt.Errorf("%s:%d: the name of column %d is not UTF-8: save the file as UTF-8", t.name, t.header, i+1)
		case t.Has(c):
			return fmt.Errorf("%s:%d: two columns are named %q: rename or remove one", t.name, t.header, c)
		}
		t.index[c] = i
	}
	return nil
}

func (t *Table) append(record []string, line int) error {
	if t.lines == nil && line != t.rows+2 {
		t.lines = make([]int, t.rows, 2*t.rows+1)
		for i := range t.lines {
			t.lines[i] = i + 2
		}
	}
	if t.lines != nil {
		t.lines = append(t.lines, line)
	}
	for i, s := range record {
		c := &t.cells[i]
		if uint64(len(c.text))+uint64(len(s)) > math.MaxUint32 {
			return fmt.Errorf("%s:%d: column %s holds more than 4 GiB: split the file", t.name, line, t.columns[i])
		}
		c.text = append(c.text, s...)
		c.ends = append(c.ends, uint32(len(c.text)))
	}
	t.rows++
	return nil
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Name returns the name given to [Read].
func (t *Table) Name() string { return t.name }

// Len returns the number of rows.
func (t *Table) Len() int { return t.rows }

// Columns returns the names of the columns in the order of the file.
func (t *Table) Columns() []string { return slices.Clone(t.columns) }

// Has reports whether the table has the column.
func (t *Table) Has(col string) bool {
	_, ok := t.index[col]
	return ok
}

// Line returns the line on which a row begins, counted from 1.
func (t *Table) Line(row int) int {
	if t.lines == nil {
		return row + 2
	}
	return t.lines[row]
}

// Errorf returns an error that names the file and the line of a row.
func (t *Table) Errorf(row int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", t.name, t.Line(row), fmt.Errorf(format, args...))
}

func (t *Table) column(name string) (*column, error) {
	i, ok := t.index[name]
	if !ok {
		return nil, t.Missing(name)
	}
	return &t.cells[i], nil
}

// Missing returns the error of a column that the table lacks.
func (t *Table) Missing(col string) error {
	remedy := Suggest(col, t.columns)
	if len(t.columns) == 1 && strings.ContainsAny(t.columns[0], " &") {
		remedy = fmt.Sprintf("the only column is %q: separate cells by commas, semicolons or tabs", Short(t.columns[0]))
	}
	for _, c := range t.columns {
		if strings.EqualFold(strings.TrimSpace(c), col) {
			remedy = fmt.Sprintf("rename the column %q", c)
		}
	}
	return fmt.Errorf("%s:%d: no column %s: %s", t.name, t.header, col, remedy)
}

// Suggest says which of some columns may have been meant by one that is none of
// them.
func Suggest(col string, columns []string) string {
	if suggest.Nearest(col, columns) != nil || len(columns) > suggest.Most {
		return suggest.Known(col, columns)
	}
	return "the columns are " + strings.Join(columns, ", ")
}

// Strings returns the text of a column's cells; an absent value is "".
func (t *Table) Strings(col string) ([]string, error) {
	same := map[string]string{} // most columns repeat a few names: keep each once
	return Column(t, col, func(s []byte) (string, error) {
		if v, ok := same[string(s)]; ok {
			return v, nil
		}
		v := string(s)
		if len(same) < 1024 {
			same[v] = v
		}
		return v, nil
	})
}

// Floats returns a column of numbers; an absent value is NaN, see [Absent]. A
// cell that is not a finite number is an error, and so is a column in which
// only some numbers have a sign of percent.
func (t *Table) Floats(col string) ([]float64, error) {
	var signed, bare string
	return Column(t, col, func(s []byte) (float64, error) {
		if Absent(string(s)) {
			return math.NaN(), nil
		}
		x, err := ParseFloat(string(s))
		if err != nil {
			return x, err
		}
		if s[len(s)-1] == '%' {
			signed = string(s)
		} else if x != 0 && bare == "" {
			bare = string(s)
		}
		if signed != "" && bare != "" {
			return x, fmt.Errorf("%q and %q stand in one column: write all numbers with %%, or none", Short(bare), Short(signed))
		}
		return x, nil
	})
}

// Column returns the cells of a column as parse makes them. An error of parse
// is reported with the file, the line and the column.
func Column[T any](t *Table, col string, parse func(cell []byte) (T, error)) ([]T, error) {
	c, err := t.column(col)
	if err != nil {
		return nil, err
	}
	out := make([]T, t.rows)
	for i := range out {
		if out[i], err = parse(c.cell(i)); err != nil {
			return nil, t.Errorf(i, "%s: %w", col, err)
		}
	}
	return out, nil
}

// A Writer writes a table row by row.
type Writer struct {
	w       *csv.Writer
	raw     io.Writer
	columns int
	inert   bool // for a spreadsheet
}

// NewWriter writes the header and returns a writer for the rows. Errors of w
// are reported by [Writer.Flush].
func NewWriter(w io.Writer, columns []string) *Writer {
	_, inert := w.(Spreadsheet)
	tw := &Writer{w: csv.NewWriter(w), raw: w, columns: len(columns), inert: inert}
	tw.w.Write(tw.cells(columns))
	return tw
}

// Write writes one row.
func (w *Writer) Write(cells []string) error {
	if len(cells) != w.columns {
		return fmt.Errorf("table: %s for %s", count(len(cells), "cell"), count(w.columns, "column"))
	}
	if len(cells) == 1 && cells[0] == "" { // a bare empty line is no row to a reader
		w.w.Flush()
		if _, err := io.WriteString(w.raw, "\"\"\n"); err != nil {
			return err
		}
		return w.w.Error()
	}
	return w.w.Write(w.cells(cells))
}

func (w *Writer) cells(cells []string) []string {
	if w.inert {
		return inert(cells)
	}
	return cells
}

// Flush writes what is buffered and returns the first error met.
func (w *Writer) Flush() error {
	w.w.Flush()
	return w.w.Error()
}

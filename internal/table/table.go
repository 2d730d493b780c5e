// Package table reads and writes CSV with a header line, column by column.
//
// An empty cell is an absent value. Numbers are written so that they read back
// to the same bits and without separators; NaN and infinities do not exist in a
// table. A file is read strictly: what is wrong is reported with its line.
package table

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
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

// Read reads CSV whose first line names the columns; a first column without a
// name, as pandas writes it for the numbers of rows, is called index. The name
// stands for the file in errors. It is an error if the input is empty, a column
// has no name or the name of another one, or a row has more or fewer cells than
// the header.
func Read(name string, r io.Reader) (*Table, error) {
	c := csv.NewReader(r)
	c.ReuseRecord = true
	header, err := c.Read()
	if err == io.EOF {
		return nil, fmt.Errorf("%s: the file is empty: its first line must name the columns", name)
	}
	if err != nil {
		return nil, parseError(name, 0, 0, err)
	}
	t := empty(name, slices.Clone(header))
	t.columns[0] = strings.TrimPrefix(t.columns[0], "\ufeff")
	if t.columns[0] == "" && len(t.columns) > 1 {
		t.columns[0] = "index"
	}
	if err := t.checkHeader(); err != nil {
		return nil, err
	}
	for {
		record, err := c.Read()
		if err == io.EOF {
			return t, nil
		}
		if err != nil {
			return nil, parseError(name, len(record), len(header), err)
		}
		for i, s := range record {
			if !utf8.ValidString(s) {
				line, _ := c.FieldPos(i)
				return nil, fmt.Errorf("%s:%d: %s: the cell is not UTF-8: save the file as UTF-8", name, line, t.columns[i])
			}
		}
		line, _ := c.FieldPos(0)
		if err := t.append(record, line); err != nil {
			return nil, err
		}
	}
}

func empty(name string, columns []string) *Table {
	return &Table{name: name, columns: columns, cells: make([]column, len(columns)), index: make(map[string]int, len(columns))}
}

// New returns a table with the given columns and no rows. The name stands for
// the file in errors.
func New(name string, columns []string) (*Table, error) {
	t := empty(name, slices.Clone(columns))
	return t, t.checkHeader()
}

// Add adds a row, as if it stood on the next line of the file.
func (t *Table) Add(cells []string) error {
	if len(cells) != len(t.columns) {
		return fmt.Errorf("table: %s for %s", count(len(cells), "cell"), count(len(t.columns), "column"))
	}
	return t.append(cells, t.rows+2)
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
	s := &Table{name: t.name, columns: t.columns, index: t.index, cells: make([]column, len(t.columns)), rows: len(rows), lines: make([]int, len(rows))}
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
			return fmt.Errorf("%s:1: column %d has no name: name it or remove it", t.name, i+1)
		case !utf8.ValidString(c):
			return fmt.Errorf("%s:1: the name of column %d is not UTF-8: save the file as UTF-8", t.name, i+1)
		case t.Has(c):
			return fmt.Errorf("%s:1: two columns are named %q: rename or remove one", t.name, c)
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

// parseError puts an error of encoding/csv into the form "file:line: what: fix".
func parseError(name string, cells, columns int, err error) error {
	var p *csv.ParseError
	if !errors.As(err, &p) {
		return fmt.Errorf("%s: %w", name, err)
	}
	switch {
	case errors.Is(err, csv.ErrFieldCount):
		return fmt.Errorf("%s:%d: %s where the header names %s: every row needs one cell per column", name, p.Line, count(cells, "cell"), count(columns, "column"))
	case errors.Is(err, csv.ErrQuote), errors.Is(err, csv.ErrBareQuote):
		return fmt.Errorf(`%s:%d: stray quote: enclose the cell in quotes and double each quote inside it`, name, p.StartLine)
	}
	return fmt.Errorf("%s:%d: %w", name, p.Line, p.Err)
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
	for _, c := range t.columns {
		if strings.EqualFold(strings.TrimSpace(c), col) {
			remedy = fmt.Sprintf("rename the column %q", c)
		}
	}
	if len(t.columns) == 1 && strings.ContainsAny(t.columns[0], ";\t") {
		remedy = fmt.Sprintf("the only column is %q: separate cells by commas", t.columns[0])
	}
	return fmt.Errorf("%s:1: no column %s: %s", t.name, col, remedy)
}

// Suggest says which of some columns may have been meant by one that is none of
// them.
func Suggest(col string, columns []string) string {
	if _, near := suggest.Nearest(col, columns); near || len(columns) > suggest.Most {
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

// Floats returns a column of numbers; an absent value is NaN. A cell that is
// not a finite number is an error.
func (t *Table) Floats(col string) ([]float64, error) {
	return Column(t, col, func(s []byte) (float64, error) {
		if len(s) == 0 {
			return math.NaN(), nil
		}
		return ParseFloat(string(s))
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

// ParseFloat reads a finite decimal number.
func ParseFloat(s string) (float64, error) {
	x, err := strconv.ParseFloat(s, 64)
	switch {
	case errors.Is(err, strconv.ErrRange), err == nil && (math.IsNaN(x) || math.IsInf(x, 0)):
		return 0, fmt.Errorf("%q is not a finite number: leave the cell empty if the value is absent", s)
	case err != nil || strings.ContainsAny(s, "xX_"):
		return 0, fmt.Errorf("%q is not a number: write it as 1234.5 or 1.2345e3", s)
	}
	return x, nil
}

// Float formats a number in the fewest digits that read back to the same
// value, with an exponent only below 1e-6 and from 1e21 up. NaN and infinities
// give the empty cell of an absent value.
func Float(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return ""
	}
	format := byte('f')
	if a := math.Abs(x); a != 0 && (a < 1e-6 || a >= 1e21) {
		format = 'e'
	}
	return strconv.FormatFloat(x, format, -1, 64)
}

// A Writer writes a table row by row.
type Writer struct {
	w       *csv.Writer
	raw     io.Writer
	columns int
}

// NewWriter writes the header and returns a writer for the rows. Errors of w
// are reported by [Writer.Flush].
func NewWriter(w io.Writer, columns []string) *Writer {
	tw := &Writer{w: csv.NewWriter(w), raw: w, columns: len(columns)}
	tw.w.Write(columns)
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
	return w.w.Write(cells)
}

// Flush writes what is buffered and returns the first error met.
func (w *Writer) Flush() error {
	w.w.Flush()
	return w.w.Error()
}

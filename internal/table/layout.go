package table

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// MaxRow is how many bytes a row may have. A file without line ends, or with a
// quote that nobody closes, is no table, and is not read to its end.
const MaxRow = 32 << 20

var errLongRow = errors.New("long row")

// A bounded reader gives no more than MaxRow bytes from the start of a row.
type bounded struct {
	r           io.Reader
	read, start int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.read-b.start > MaxRow {
		return 0, errLongRow
	}
	n, err := b.r.Read(p)
	b.read += int64(n)
	return n, err
}

// A layout reads the rows of a file: cells separated by commas, semicolons, tabs
// or bars as CSV has them, or a table in Markdown, above and below which a file
// of that name may have text. Lines that begin with # and stand before the header
// are comments. A header that is repeated, as where files were joined, is no row.
type layout struct {
	name    string
	in      *bounded
	buf     *bufio.Reader
	csv     *csv.Reader // nil: Markdown
	comma   rune        // that the file names; 0: none
	line    int         // of the last row
	skipped int         // lines before the header
	comment string      // the last of them that is a comment
	ended   bool        // a line of text stood behind a table in Markdown

	headerLine int
	columns    []string
}

// open finds out how the rows of a file are laid out.
func open(name string, r io.Reader) (*layout, error) {
	l := &layout{name: name, in: &bounded{r: r}}
	l.buf = bufio.NewReaderSize(l.in, 64<<10)
	if head, _ := l.buf.Peek(3); bytes.HasPrefix(head, []byte("\ufeff")) {
		l.buf.Discard(3)
	}
	head, _ := l.buf.Peek(512)
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return nil, fmt.Errorf("%s: the file is compressed: unpack it with gunzip", name)
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return nil, fmt.Errorf("%s: the file is in UTF-16: save it as UTF-8", name)
	case bytes.IndexByte(firstLine(head), 0) >= 0:
		return nil, fmt.Errorf("%s: the file is binary and no table: name a CSV file", name)
	}
	if err := l.skip(); err != nil {
		return nil, err
	}
	if markdown, err := l.findMarkdown(); markdown || err != nil {
		return l, err
	}
	head, _ = l.buf.Peek(l.buf.Size())
	head = firstLine(head)
	l.csv = csv.NewReader(l.buf)
	l.csv.ReuseRecord, l.csv.FieldsPerRecord = true, -1
	if l.csv.Comma = l.comma; l.comma == 0 {
		l.csv.Comma = separator(string(head))
	}
	l.csv.TrimLeadingSpace = l.csv.Comma != '\t'
	return l, nil
}

// findMarkdown reports whether there is a table in Markdown: one that begins
// here, or below text in a file of that name.
func (l *layout) findMarkdown() (bool, error) {
	head, _ := l.buf.Peek(l.buf.Size())
	lines := bytes.SplitN(head, []byte("\n"), 1000)
	text := strings.HasSuffix(strings.ToLower(l.name), ".md")
	for i, line := range lines {
		line = bytes.TrimSpace(line)
		next := i+1 < len(lines) && bytes.ContainsAny(lines[i+1], "|+") && rule.Match(bytes.TrimRight(lines[i+1], "\r"))
		switch {
		case bytes.HasPrefix(line, []byte("|")), bytes.ContainsRune(line, '|') && next, bytes.HasPrefix(line, []byte("+-")) && rule.Match(line):
			for range i {
				if _, err := l.buf.ReadString('\n'); err != nil {
					return false, l.fail(err)
				}
				l.skipped++
			}
			return true, nil
		case !text:
			return false, nil
		}
	}
	return false, nil
}

func firstLine(text []byte) []byte {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return line
}

// excel is a line with which Excel is told the separator.
var excel = regexp.MustCompile("^\"?sep=([,;|\t])\"?\r?$")

func (l *layout) peek(n int) []byte {
	head, _ := l.buf.Peek(n)
	return head
}

// skip passes over empty lines and comments.
func (l *layout) skip() error {
	for {
		head, err := l.buf.Peek(2)
		if len(head) == 0 {
			if err == io.EOF {
				return nil
			}
			return l.fail(err)
		}
		if m := excel.FindSubmatch(firstLine(l.peek(16))); m != nil {
			l.comma = rune(m[1][0])
		} else if head[0] != '#' && head[0] != '\n' && string(head) != "\r\n" {
			return nil
		}
		text, err := l.buf.ReadString('\n')
		if err != nil && err != io.EOF {
			return l.fail(err)
		}
		l.skipped++
		if head[0] == '#' {
			l.comment = strings.TrimSpace(strings.TrimLeft(text, "#"))
		}
	}
}

// separator is what stands between the cells of a line: the most frequent of
// the characters that do so, of which those in quotes do not count.
func separator(line string) rune {
	count := map[rune]int{}
	quoted := false
	for _, r := range line {
		if r == '"' {
			quoted = !quoted
		}
		if !quoted {
			count[r]++
		}
	}
	best := ','
	for _, r := range "\t;|" {
		if count[r] > count[best] {
			best = r
		}
	}
	return best
}

// row returns the cells of the next row that does not repeat the header, which
// are valid until the next call, and [io.EOF] after the last.
func (l *layout) row() ([]string, error) {
	for {
		cells, err := l.next()
		if err != nil || l.columns == nil || !slices.Equal(cells, l.columns) {
			return cells, err
		}
	}
}

func (l *layout) next() ([]string, error) {
	if l.csv == nil {
		return l.markdown()
	}
	l.in.start = l.in.read - int64(l.buf.Buffered())
	record, err := l.csv.Read()
	if err == io.EOF {
		return nil, err
	}
	if err != nil {
		return nil, l.fail(err)
	}
	l.line, _ = l.csv.FieldPos(0)
	l.line += l.skipped
	return record, nil
}

// lineOf is the line on which a cell of the last row begins.
func (l *layout) lineOf(cell int) int {
	if l.csv == nil {
		return l.line
	}
	line, _ := l.csv.FieldPos(cell)
	return line + l.skipped
}

// fail gives an error of reading its place.
func (l *layout) fail(err error) error {
	var p *csv.ParseError
	switch {
	case errors.Is(err, errLongRow):
		return fmt.Errorf("%s:%d: a row of more than %d MiB: is a quote not closed, or is this no table?", l.name, max(l.line, l.skipped)+1, MaxRow>>20)
	case !errors.As(err, &p):
		return fmt.Errorf("%s: %w", l.name, err)
	case errors.Is(err, csv.ErrQuote), errors.Is(err, csv.ErrBareQuote):
		return fmt.Errorf(`%s:%d: stray quote: enclose the cell in quotes and double each quote inside it`, l.name, p.StartLine+l.skipped)
	}
	return fmt.Errorf("%s:%d: %w", l.name, p.Line+l.skipped, p.Err)
}

// rule is the line of a table in Markdown between its header and its rows.
var rule = regexp.MustCompile(`^[|:+=\- \t]*[-=][|:+=\- \t]*$`)

// markdown reads a row of a table in Markdown.
func (l *layout) markdown() ([]string, error) {
	for {
		l.in.start = l.in.read - int64(l.buf.Buffered())
		text, err := l.buf.ReadString('\n')
		if err != nil && (err != io.EOF || text == "") {
			if err == io.EOF {
				return nil, err
			}
			return nil, l.fail(err)
		}
		l.line = max(l.line, l.skipped) + 1
		text = strings.TrimSpace(text)
		switch {
		case rule.MatchString(text):
		case !strings.Contains(text, "|"):
			l.ended = l.line > l.headerLine && l.headerLine > 0
		default:
			cells := markdownCells(text)
			if l.ended && !slices.Equal(cells, l.columns) {
				return nil, fmt.Errorf("%s:%d: another table begins here: keep one in a file", l.name, l.line)
			}
			l.ended = false
			return cells, nil
		}
	}
}

// link is a link in Markdown.
var link = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)

// markdownCells are the cells of a line, without marks of bold, italics or code.
func markdownCells(text string) []string {
	const bar = "\x00" // stands for a bar that is part of a cell
	text = strings.ReplaceAll(strings.TrimPrefix(text, "|"), `\|`, bar)
	cells := strings.Split(strings.TrimSuffix(text, "|"), "|")
	for i, c := range cells {
		cells[i] = strings.ReplaceAll(strings.Trim(link.ReplaceAllString(c, "$1"), " \t*`~"), bar, "|")
	}
	return cells
}

// header returns the names of the columns, and the first row where the header
// is a comment.
func (l *layout) header() (names, first []string, err error) {
	names, err = l.row()
	l.headerLine = l.line
	if err == io.EOF {
		return nil, nil, fmt.Errorf("%s: the file is empty: its first line must name the columns", l.name)
	}
	if err != nil {
		return nil, nil, err
	}
	names = slices.Clone(names)
	if above := l.commented(names); above != nil {
		l.headerLine = l.skipped
		return above, names, nil
	}
	if likeData(names) {
		return nil, nil, fmt.Errorf("%s:%d: the names of the columns are missing: this line looks like data, %s: write a line of names above it", l.name, l.line, Short(strconv.Quote(strings.Join(names, ","))))
	}
	if len(names) > 1 {
		l.columns = slices.Clone(names)
	}
	return names, nil, nil
}

// commented returns the names of columns that stand in a comment above the first
// row, nil if none do.
func (l *layout) commented(first []string) []string {
	number := func(c string) bool { _, err := ParseFloat(c); return err == nil }
	if l.csv == nil || l.comment == "" || len(first) < 2 || !slices.ContainsFunc(first, number) {
		return nil
	}
	c := csv.NewReader(strings.NewReader(l.comment))
	c.Comma, c.TrimLeadingSpace = l.csv.Comma, l.csv.TrimLeadingSpace
	names, err := c.Read()
	if err != nil || len(names) != len(first) || slices.ContainsFunc(names, func(c string) bool { return c == "" || number(c) }) {
		return nil
	}
	return names
}

// likeData reports whether a header looks like a row: half of its cells or more
// are numbers, of which one is no whole number or stands twice.
func likeData(cells []string) bool {
	numbers, odd := 0, false
	seen := map[string]bool{}
	for _, c := range cells {
		if _, err := ParseFloat(c); err != nil {
			continue
		}
		numbers++
		_, err := strconv.Atoi(c)
		odd = odd || err != nil || seen[c]
		seen[c] = true
	}
	return odd && 2*numbers >= len(cells)
}

package table

import (
	"designspace/internal/suggest"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Where returns the rows, in order, for which expr holds: alternatives joined by
// "or" or "||", each of them comparisons joined by "and", "&&" or commas, all of
// which must hold. A comparison is a column, one of < <= > >= = == !=, and a
// number or a text: "flops<3e6, space=proxy/regnetx or depth!=2". The order
// operators need numbers. In a text * stands for any characters and ? for one,
// unless a cell is that very text; quotes around it keep what would join
// comparisons. An absent value satisfies nothing.
func (t *Table) Where(expr string) ([]int, error) {
	alternatives, err := parse(expr)
	if err != nil {
		return nil, err
	}
	keep := make([]bool, t.rows)
	for _, comparisons := range alternatives {
		all := slices.Repeat([]bool{true}, t.rows)
		for _, c := range comparisons {
			if err := t.narrow(all, c); err != nil {
				return nil, err
			}
		}
		for i, k := range all {
			keep[i] = keep[i] || k
		}
	}
	var rows []int
	for i, k := range keep {
		if k {
			rows = append(rows, i)
		}
	}
	return rows, nil
}

// CheckWhere reports what [Table.Where] would not understand, whatever the table.
func CheckWhere(expr string) error {
	_, err := parse(expr)
	return err
}

// WhereColumns returns the columns that an expression compares, none if it is
// not understood.
func WhereColumns(expr string) []string {
	alternatives, err := parse(expr)
	if err != nil {
		return nil
	}
	var columns []string
	for _, c := range slices.Concat(alternatives...) {
		columns = append(columns, c.col)
	}
	return columns
}

// A comparison is a part of an expression.
type comparison struct {
	col, op, text string
	quoted        bool    // the text is taken as it is
	number        float64 // NaN if text is none
}

func (c comparison) equality() bool { return c.op == "=" || c.op == "!=" }

func parse(expr string) (alternatives [][]comparison, err error) {
	for _, alternative := range split(expr, "||", " or ") {
		var all []comparison
		for _, part := range split(alternative, ",", "&&", " and ") {
			c, err := splitComparison(part)
			if err != nil {
				return nil, err
			}
			all = append(all, c)
		}
		alternatives = append(alternatives, all)
	}
	return alternatives, nil
}

// split splits an expression at each of some separators that stands outside of
// quotes, whatever the case of its letters. Quotes are those around the value of
// a comparison.
func split(expr string, separators ...string) []string {
	var parts []string
	start, quote := 0, byte(0)
	lower := strings.ToLower(expr)
	if len(lower) != len(expr) {
		lower = expr
	}
	for i := 0; i < len(expr); i++ {
		switch b := expr[i]; {
		case quote != 0:
			if b == quote {
				quote = 0
			}
			continue
		case (b == '"' || b == '\'') && strings.HasSuffix(strings.TrimRight(expr[:i], " "), "="):
			quote = b
			continue
		}
		for _, s := range separators {
			if strings.HasPrefix(lower[i:], s) {
				parts = append(parts, expr[start:i])
				start = i + len(s)
				i = start - 1
				break
			}
		}
	}
	return append(parts, expr[start:])
}

// Absent says of the first comparison with = in expr that no row satisfies what
// its column has, "" if there is none.
func (t *Table) Absent(expr string) string {
	alternatives, err := parse(expr)
	if err != nil {
		return ""
	}
	for _, c := range slices.Concat(alternatives...) {
		keep := slices.Repeat([]bool{true}, t.rows)
		if c.op != "=" || t.narrow(keep, c) != nil || slices.Contains(keep, true) {
			continue
		}
		cells, _ := t.Strings(c.col)
		cells = slices.DeleteFunc(slices.Clone(cells), func(s string) bool { return s == "" })
		slices.Sort(cells)
		return fmt.Sprintf("no %s is %s; %s", c.col, c.text, suggest.Known(c.text, slices.Compact(cells)))
	}
	return ""
}

// narrow clears keep where a comparison does not hold.
func (t *Table) narrow(keep []bool, c comparison) error {
	if !t.Has(c.col) {
		return t.missingIn(c)
	}
	if !c.equality() || !math.IsNaN(c.number) {
		values, err := t.Floats(c.col)
		if err == nil {
			for i, x := range values {
				keep[i] = keep[i] && !math.IsNaN(x) && holds(x, c.op, c.number)
			}
			return nil
		}
		if !c.equality() {
			return err
		}
	}
	return t.narrowText(keep, c)
}

// missingIn is the error of a comparison of a column that the table lacks.
func (t *Table) missingIn(c comparison) error {
	for _, name := range t.columns {
		if strings.EqualFold(strings.TrimSpace(name), c.col) {
			return fmt.Errorf("%s:%d: no column %s: did you mean %q?", t.name, t.header, c.col, name)
		}
	}
	return t.Missing(c.col)
}

func (t *Table) narrowText(keep []bool, c comparison) error {
	cells, err := t.Strings(c.col)
	if err != nil {
		return err
	}
	pattern := !c.quoted && strings.ContainsAny(c.text, "*?") && !slices.Contains(cells, c.text)
	for i, s := range cells {
		same := s == c.text || pattern && glob(c.text, s)
		keep[i] = keep[i] && s != "" && same == (c.op == "=")
	}
	return nil
}

// glob reports whether a text is of a pattern, in which * stands for any
// characters and ? for one.
func glob(pattern, text string) bool {
	p, s := []rune(pattern), []rune(text)
	star, mark := -1, 0 // where to go back to: the last star, and what it holds
	i := 0
	for k := 0; k < len(s); {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, k
			i++
		case i < len(p) && (p[i] == '?' || p[i] == s[k]):
			i++
			k++
		case star >= 0:
			mark++
			i, k = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(string(p[i:]), "*") == ""
}

func splitComparison(s string) (comparison, error) {
	i := strings.IndexAny(s, "<>=!")
	if i < 0 {
		return comparison{}, fmt.Errorf("where %q: no comparison: write COLUMN<NUMBER, with one of < <= > >= = !=", s)
	}
	for _, op := range []string{"<=", ">=", "==", "!=", "<", ">", "="} {
		text, ok := strings.CutPrefix(s[i:], op)
		if !ok {
			continue
		}
		c := comparison{col: strings.TrimSpace(s[:i]), op: op, text: strings.TrimSpace(text)}
		if op == "==" {
			c.op = "="
		}
		if n := len(c.text); n > 1 && (c.text[0] == '"' || c.text[0] == '\'') && c.text[n-1] == c.text[0] {
			c.text, c.quoted = c.text[1:n-1], true
		}
		if c.col == "" || c.text == "" {
			break
		}
		var err error
		if c.number, err = ParseFloat(c.text); err != nil {
			c.number = math.NaN()
			if !c.equality() {
				return c, fmt.Errorf("where %q: %s compares numbers: %w", s, c.op, err)
			}
		}
		return c, nil
	}
	return comparison{}, fmt.Errorf("where %q: a comparison needs a column on its left and a value on its right: write COLUMN<NUMBER", s)
}

func holds(x float64, op string, want float64) bool {
	switch op {
	case "<":
		return x < want
	case "<=":
		return x <= want
	case ">":
		return x > want
	case ">=":
		return x >= want
	case "=":
		return x == want
	case "!=":
		return x != want
	}
	return false
}

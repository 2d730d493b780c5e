package table

import (
	"fmt"
	"math"
	"strings"
)

// Where returns the rows, in order, for which every comparison of expr holds.
// Comparisons are joined by commas or "&&"; each is a column, one of < <= > >=
// = == != and a number or a text: "flops<3e6, space=proxy/regnetx". The order
// operators need numbers. An absent value satisfies nothing.
func (t *Table) Where(expr string) ([]int, error) {
	keep := make([]bool, t.rows)
	for i := range keep {
		keep[i] = true
	}
	comparisons, err := parse(expr)
	if err != nil {
		return nil, err
	}
	for _, c := range comparisons {
		if err := t.narrow(keep, c); err != nil {
			return nil, err
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

// A comparison is a part of an expression.
type comparison struct {
	col, op, text string
	number        float64 // NaN if text is none
}

func (c comparison) equality() bool { return c.op == "=" || c.op == "!=" }

func parse(expr string) ([]comparison, error) {
	var all []comparison
	for part := range strings.SplitSeq(strings.ReplaceAll(expr, "&&", ","), ",") {
		c, err := splitComparison(part)
		if err != nil {
			return nil, err
		}
		if c.number, err = ParseFloat(c.text); err != nil {
			c.number = math.NaN()
			if !c.equality() {
				return nil, fmt.Errorf("where %q: %s compares numbers: %w", part, c.op, err)
			}
		}
		all = append(all, c)
	}
	return all, nil
}

// narrow clears keep where a comparison does not hold.
func (t *Table) narrow(keep []bool, c comparison) error {
	values, notNumbers := t.Floats(c.col)
	if c.equality() && (math.IsNaN(c.number) || notNumbers != nil) {
		return t.narrowText(keep, c.col, c.text, c.op == "=")
	}
	if notNumbers != nil {
		return notNumbers
	}
	for i, x := range values {
		keep[i] = keep[i] && !math.IsNaN(x) && holds(x, c.op, c.number)
	}
	return nil
}

func (t *Table) narrowText(keep []bool, col, text string, equal bool) error {
	cells, err := t.Strings(col)
	if err != nil {
		return err
	}
	for i, s := range cells {
		keep[i] = keep[i] && s != "" && (s == text) == equal
	}
	return nil
}

func splitComparison(s string) (comparison, error) {
	i := strings.IndexAny(s, "<>=!")
	if i < 0 {
		return comparison{}, fmt.Errorf("where %q: no comparison: write COLUMN<NUMBER, with one of < <= > >= = !=", s)
	}
	rest := s[i:]
	for _, op := range []string{"<=", ">=", "==", "!=", "<", ">", "="} {
		if text, ok := strings.CutPrefix(rest, op); ok {
			col, text := strings.TrimSpace(s[:i]), strings.TrimSpace(text)
			if col == "" || text == "" {
				break
			}
			if op == "==" {
				op = "="
			}
			return comparison{col: col, op: op, text: text}, nil
		}
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
	default: // "!="
		return x != want
	}
}

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
	for part := range strings.SplitSeq(strings.ReplaceAll(expr, "&&", ","), ",") {
		if err := t.narrow(keep, part); err != nil {
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

// narrow clears keep where one comparison does not hold.
func (t *Table) narrow(keep []bool, comparison string) error {
	col, op, text, err := splitComparison(comparison)
	if err != nil {
		return err
	}
	equality := op == "=" || op == "!="
	want, notNumber := ParseFloat(text)
	if notNumber != nil && !equality {
		return fmt.Errorf("where %q: %s compares numbers: %w", comparison, op, notNumber)
	}
	values, notNumbers := t.Floats(col)
	if equality && (notNumber != nil || notNumbers != nil) {
		return t.narrowText(keep, col, text, op == "=")
	}
	if notNumbers != nil {
		return notNumbers
	}
	for i, x := range values {
		keep[i] = keep[i] && !math.IsNaN(x) && holds(x, op, want)
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

func splitComparison(s string) (col, op, text string, err error) {
	i := strings.IndexAny(s, "<>=!")
	if i < 0 {
		return "", "", "", fmt.Errorf("where %q: no comparison: write COLUMN<NUMBER, with one of < <= > >= = !=", s)
	}
	rest := s[i:]
	for _, op = range []string{"<=", ">=", "==", "!=", "<", ">", "="} {
		if text, ok := strings.CutPrefix(rest, op); ok {
			col, text = strings.TrimSpace(s[:i]), strings.TrimSpace(text)
			if col == "" || text == "" {
				break
			}
			if op == "==" {
				op = "="
			}
			return col, op, text, nil
		}
	}
	return "", "", "", fmt.Errorf("where %q: a comparison needs a column on its left and a value on its right: write COLUMN<NUMBER", s)
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

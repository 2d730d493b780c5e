package table

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	decimalComma = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]{3})*,[0-9]+ ?[%kKMGBT]?$`)
	commaOfThree = regexp.MustCompile(`^[+-]?[1-9][0-9]{0,2},[0-9]{3}$`)
	decimalPoint = regexp.MustCompile(`^[+-]?[0-9]+\.[0-9]+$`)
	pointOfThree = regexp.MustCompile(`^[+-]?[1-9][0-9]{0,2}\.[0-9]{3}$`)
)

// decimalCommas writes the numbers of a table with decimal commas with points.
// It is an error if a cell may mean two numbers: 1,014 where no cell tells
// whether commas are decimal, and 1.014 where commas are.
func (t *Table) decimalCommas() error {
	const mended = "write the numbers of the file with decimal points and no other signs"
	certain, row, column := false, -1, 0
	commas := make([]bool, len(t.cells))
	for k := range t.cells {
		for i := range t.rows {
			cell := t.cells[k].cell(i)
			if !decimalComma.Match(cell) {
				continue
			}
			commas[k] = true
			if !commaOfThree.Match(cell) {
				certain = true
			} else if row < 0 {
				row, column = i, k
			}
		}
	}
	if !certain && row >= 0 {
		cell := string(t.cells[column].cell(row))
		return t.Errorf(row, "%s: %q is %s or %s: %s", t.columns[column], cell, strings.Replace(cell, ",", "", 1), strings.Replace(cell, ",", ".", 1), mended)
	}
	for k := range t.cells {
		if err := t.points(k, commas[k], certain); err != nil {
			return fmt.Errorf("%w: %s", err, mended)
		}
	}
	return nil
}

// points writes the decimal commas of a column as points. Table says that
// there are decimal commas in some column.
func (t *Table) points(k int, commas, table bool) error {
	if !table {
		return nil
	}
	if !commas {
		return t.onlyThousands(k)
	}
	var c column
	for i := range t.rows {
		cell := string(t.cells[k].cell(i))
		switch {
		case decimalComma.MatchString(cell):
			cell = strings.Replace(strings.ReplaceAll(cell, ".", ""), ",", ".", 1)
		case decimalPoint.MatchString(cell):
			return t.Errorf(i, "%s: %q has a decimal point, and other cells have commas", t.columns[k], cell)
		}
		c.text = append(c.text, cell...)
		c.ends = append(c.ends, uint32(len(c.text)))
	}
	t.cells[k] = c
	return nil
}

// onlyThousands reports a column in which every point may stand between
// thousands.
func (t *Table) onlyThousands(k int) error {
	first := -1
	for i := range t.rows {
		switch cell := t.cells[k].cell(i); {
		case pointOfThree.Match(cell):
			if first < 0 {
				first = i
			}
		case decimalPoint.Match(cell):
			return nil
		}
	}
	if first < 0 {
		return nil
	}
	return t.Errorf(first, "%s: %q may be a number with a decimal point or with thousands, and other columns have decimal commas", t.columns[k], t.cells[k].cell(first))
}

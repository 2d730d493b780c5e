package report

import (
	"slices"
	"strings"
	"unicode/utf8"

	"designspace/internal/columns"
	"designspace/internal/format"
	"designspace/internal/numeric"
	"designspace/internal/study/analysis"
	"designspace/internal/table"
)

// maxModels bounds the rows of the table of models, which a page still shows
// and sorts at once.
const maxModels = 5000

// A modelTable is the models of a study, those without an error as well.
type modelTable struct {
	Columns []column
	Rows    []model
	Same    []Fact // the columns that are equal in all models
}

// A column of the table of models.
type column struct {
	Name string
	Text bool // not of numbers
	Tip  bool // a point of a figure shows it
}

// A model is a row of the table.
type model struct {
	Row   int // number in the study, which the points of figures carry
	Cells []cell
}

// A cell is a value as it is shown and, if that shortens it, in full.
type cell struct{ Text, Full string }

// hidden reports whether the table leaves a column out: numbers that only tell
// rows apart, and the id, which has a column of its own.
func hidden(c columns.Column, text bool) bool {
	return c.Role == columns.ID && (c.Name == "id" || !text)
}

// tip reports whether a point of a figure shows a column: what was chosen, what
// is known before training, and what came of it in brief.
func tip(c columns.Column, text bool) bool {
	switch c.Role {
	case columns.Parameter, columns.Complexity:
		return !text || c.Type != ""
	}
	return c.Name == "error" || c.Name == "status"
}

// models fills the table of models.
func (c *content) models(s *analysis.Study) error {
	n := s.Len()
	errs := make([]float64, n)
	for row := range errs {
		errs[row] = s.Error(row)
	}
	rows := numeric.Order(errs)
	if n > maxModels {
		c.note("the table shows %d of %d models: those of the least errors", maxModels, n)
		rows = rows[:maxModels]
	}
	slices.Sort(rows)
	t := &c.Models
	t.Rows = make([]model, len(rows))
	for i, r := range rows {
		t.Rows[i].Row = r
	}
	ids, err := idsOf(s)
	if err != nil {
		return err
	}
	t.add(column{Name: "id", Text: true}, func(row int) cell { return shown(ids[row], true) })
	if err := t.addPopulations(s, n); err != nil {
		return err
	}
	return t.addColumns(s)
}

func (t *modelTable) add(c column, value func(row int) cell) {
	t.Columns = append(t.Columns, c)
	for i := range t.Rows {
		t.Rows[i].Cells = append(t.Rows[i].Cells, value(t.Rows[i].Row))
	}
}

// addPopulations adds the names of the populations, unless the column space
// says the same.
func (t *modelTable) addPopulations(s *analysis.Study, n int) error {
	if len(s.Populations) < 2 {
		return nil
	}
	spaces := make([]string, n)
	if s.Has("space") {
		var err error
		if spaces, err = s.Strings("space"); err != nil {
			return err
		}
	}
	names := slices.Clone(spaces) // of models without an error, the best that is known
	for _, g := range s.Populations {
		for _, r := range g.Rows {
			names[r] = g.Name
		}
	}
	if !slices.Equal(names, spaces) {
		t.add(column{Name: "population", Text: true, Tip: true}, func(row int) cell { return shown(names[row], true) })
	}
	return nil
}

// addColumns adds the columns of the tables that differ between models.
func (t *modelTable) addColumns(s *analysis.Study) error {
	differing := map[string]bool{} // columns, and values a stage by their first letters
	texts := map[string][]string{}
	for _, name := range s.Columns() {
		cells, err := s.Strings(name)
		if err != nil {
			return err
		}
		texts[name] = cells
		if differ(cells) {
			differing[name] = true
			if family, _, ok := columns.Stage(name); ok {
				differing[family+"*"] = true
			}
		}
	}
	for _, name := range s.Columns() {
		known := columns.Of(name)
		_, err := s.Floats(name)
		text := err != nil
		if hidden(known, text) {
			continue
		}
		cells := texts[name]
		family, _, _ := columns.Stage(name)
		if name != "error" && name != s.Metric().Name && !differing[name] && !differing[family+"*"] {
			if len(cells) > 0 && cells[0] != "" {
				t.Same = append(t.Same, Fact{name, shown(cells[0], true).Text})
			}
			continue
		}
		c := column{Name: name, Text: text, Tip: tip(known, text) || name == s.Metric().Name}
		t.add(c, func(row int) cell {
			if name == "error" {
				if s.Metric().Name != "" {
					return shown(cells[row], text)
				}
				return percent(s.Error(row), table.Float(s.Error(row)))
			}
			if x, err := table.ParseFloat(cells[row]); err == nil && strings.HasPrefix(name, "error_") {
				return percent(x, cells[row])
			}
			return shown(cells[row], text)
		})
	}
	return nil
}

func differ(cells []string) bool {
	return slices.ContainsFunc(cells, func(c string) bool { return c != cells[0] })
}

// percent is a cell of an error: all have as many decimals.
func percent(x float64, full string) cell {
	switch short := format.Percent(x); {
	case full == "":
		return cell{}
	case short != full:
		return cell{short, full}
	}
	return cell{Text: full}
}

// shown is a cell of at most eight characters of number or forty of text.
func shown(value string, text bool) cell {
	const most = 40
	switch {
	case text && utf8.RuneCountInString(value) > most:
		return cell{string([]rune(value)[:most-1]) + "…", value}
	case !text && len(value) > 8:
		x, err := table.ParseFloat(value)
		if short := format.Number(x); err == nil && len(short) < len(value) {
			return cell{short, value}
		}
	}
	return cell{Text: value}
}

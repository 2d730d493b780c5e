// Package repeats finds the rows of a table that are trainings of one model.
//
// Trainings are told apart by a column repeat, or else by seeds. They are of one
// model if they agree in its id and in whatever was chosen or is known of it
// before it is trained. Where no id stands twice, rows that agree in all of that
// are trainings of one model if a column repeat says so, or if the same seeds
// were used for several models; seeds that are each used once were drawn with
// the models.
package repeats

import (
	"cmp"
	"slices"
	"strings"

	"designspace/internal/columns"
	"designspace/internal/table"
)

// A Table is rows with columns.
type Table struct {
	Rows    int
	Columns []string
	Cells   func(column string) []string // one a row, "" where absent
	// Parameters are the columns that were chosen; nil: those that are known to
	// be parameters.
	Parameters []string
	// Apart are more columns in which trainings of one model agree.
	Apart []string

	has map[string]bool // Columns
}

// always are the columns in which trainings of one model agree: where it was
// drawn from, and what else its error depends on.
var always = []string{"space", "budget", "data", "recipe", "kernel"}

func (t Table) apart() []string { return slices.Concat(always, t.Apart) }

// Models are the models of a table.
type Models struct {
	// Trainings are the rows of each model, that of the first training first:
	// by their repeats, or else as they stand in the table. Models are in the
	// order of their first rows.
	Trainings [][]int
	// By are the columns that tell trainings apart; none: every row is a model.
	By []string
	// Agree are the columns in which the rows of a model agree, where it is not
	// the id.
	Agree []string
	// Clash is the first pair of rows of one id that are not trainings of one
	// model.
	Clash *Clash
}

// A Clash is two rows of one id that differ in a column, or of which nothing
// says that they are two trainings, if that is "".
type Clash struct {
	Row, Other int
	Column     string
}

// Tells reports whether a column tells the trainings of a model apart.
func Tells(column string) bool { return isRepeat(column) || isSeed(column) }

func isRepeat(column string) bool { return last(column) == "repeat" }

func isSeed(column string) bool { return last(column) == "seed" }

// last is the last word of a name, in lower case.
func last(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	return name[strings.LastIndexAny(name, "._/ -:")+1:]
}

// Find finds the models of a table.
func Find(t Table) Models {
	t.has = make(map[string]bool, len(t.Columns))
	for _, c := range t.Columns {
		t.has[c] = true
	}
	m := Models{Trainings: make([][]int, t.Rows)}
	for i := range m.Trainings {
		m.Trainings[i] = []int{i}
	}
	by := tellers(t.Columns)
	if t.has["id"] {
		cells := t.Cells("id")
		ids := keys(t, append(t.apart(), "id"), func(i int) bool { return cells[i] != "" })
		if ids.repeated() {
			m.byID(t, ids, by)
			return m
		}
	}
	if by != nil {
		m.byParameters(t, by)
	}
	return m
}

// ByOutcome reports whether conditions as [table.Table.Where] takes them are on
// what came of a training. Then they must not choose which training counts.
func ByOutcome(where string) bool {
	return slices.ContainsFunc(table.WhereColumns(where), func(c string) bool {
		role := columns.Of(c).Role
		return (role == columns.Outcome || role == columns.Cost) && c != "epochs"
	})
}

// tellers are the columns that tell trainings apart: repeats, or else seeds.
func tellers(all []string) []string {
	for _, is := range []func(string) bool{isRepeat, isSeed} {
		var by []string
		for _, c := range all {
			if is(c) {
				by = append(by, c)
			}
		}
		if by != nil {
			return by
		}
	}
	return nil
}

// byID takes rows of one id for trainings of one model.
func (m *Models) byID(t Table, ids groups, by []string) {
	chosen := t.chosen()
	models := keys(t, slices.Concat([]string{"id"}, t.apart(), chosen), ids.counts)
	if c := firstClash(t, ids, models, chosen); c != nil {
		m.Clash = c
	}
	if !models.repeated() {
		return
	}
	told := keys(t, slices.Concat([]string{"id"}, t.apart(), chosen, by), ids.counts)
	if row, other, twice := told.twice(); by == nil || twice {
		if !twice {
			row, other, _ = models.twice()
		}
		m.Clash = &Clash{Row: row, Other: other}
		return
	}
	m.take(t, models, by)
}

// firstClash returns two rows of one id that differ in what was chosen.
func firstClash(t Table, ids, models groups, chosen []string) *Clash {
	for _, rows := range ids.rows {
		for _, row := range rows[1:] {
			if models.of[row] == models.of[rows[0]] {
				continue
			}
			for _, c := range chosen {
				if cells := t.Cells(c); plain(cells[row]) != plain(cells[rows[0]]) {
					return &Clash{row, rows[0], c}
				}
			}
		}
	}
	return nil
}

// byParameters takes rows that agree in what was chosen for trainings of one
// model.
func (m *Models) byParameters(t Table, by []string) {
	var agree []string
	for _, c := range slices.Concat(t.names(), t.chosen()) {
		if varied(t.Cells(c)) {
			agree = append(agree, c)
		}
	}
	if len(agree) == 0 {
		return
	}
	models := keys(t, slices.Concat(t.apart(), agree), nil)
	told := keys(t, slices.Concat(t.apart(), agree, by), nil)
	if !models.repeated() || told.repeated() || !isRepeat(by[0]) && !keys(t, by, nil).repeated() {
		return
	}
	m.Agree = agree
	m.take(t, models, by)
}

// take takes the rows of each group for trainings of one model.
func (m *Models) take(t Table, models groups, by []string) {
	m.By, m.Trainings = by, models.rows
	if !isRepeat(by[0]) {
		return
	}
	number := make([]float64, t.Rows)
	for i, c := range t.Cells(by[0]) {
		number[i], _ = table.ParseFloat(c)
	}
	for _, rows := range m.Trainings {
		slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(number[a], number[b]) })
	}
}

// chosen are the columns of what was chosen, or is known before training.
func (t Table) chosen() []string {
	if t.Parameters != nil {
		return t.Parameters
	}
	var chosen []string
	for _, c := range t.Columns {
		role := columns.Of(c).Role
		if (role == columns.Parameter || role == columns.Complexity) && !slices.Contains(always, c) && !Tells(c) {
			chosen = append(chosen, c)
		}
	}
	return chosen
}

// names are the columns that name models, in which some rows agree.
func (t Table) names() []string {
	var names []string
	for _, c := range t.Columns {
		if columns.Of(c).Names && c != "id" && keys(t, []string{c}, nil).repeated() {
			names = append(names, c)
		}
	}
	return names
}

func varied(cells []string) bool {
	return slices.ContainsFunc(cells, func(c string) bool { return c != cells[0] })
}

// groups are rows that have some cells in common.
type groups struct {
	rows [][]int // of each group, in the order of their first
	of   []int   // the group of each row
	no   []bool  // rows that have no company
}

func (g groups) counts(row int) bool { return !g.no[row] }

// repeated reports whether a group has two rows.
func (g groups) repeated() bool { return len(g.rows) < len(g.of) }

// twice returns two rows of one group.
func (g groups) twice() (row, other int, ok bool) {
	for _, rows := range g.rows {
		if len(rows) > 1 {
			return rows[1], rows[0], true
		}
	}
	return 0, 0, false
}

// keys groups the rows by the cells of some columns, of which a table may lack
// some. A row that does not count is a group of its own.
func keys(t Table, by []string, counts func(row int) bool) groups {
	var cells [][]string
	for _, c := range by {
		if t.has[c] {
			cells = append(cells, t.Cells(c))
		}
	}
	g := groups{of: make([]int, t.Rows), no: make([]bool, t.Rows)}
	place := map[string]int{}
	var key []byte
	for row := range t.Rows {
		key = key[:0]
		for _, c := range cells {
			key = append(append(key, plain(c[row])...), 0)
		}
		i, ok := place[string(key)]
		g.no[row] = counts != nil && !counts(row)
		if !ok || g.no[row] {
			i = len(g.rows)
			g.rows = append(g.rows, nil)
			if !g.no[row] {
				place[string(key)] = i
			}
		}
		g.rows[i], g.of[row] = append(g.rows[i], row), i
	}
	return g
}

// plain is a cell in which a number stands as all do that are equal to it.
func plain(cell string) string {
	if cell == "" || cell[0] > '9' {
		return cell
	}
	if x, err := table.ParseFloat(cell); err == nil {
		return table.Float(x)
	}
	return cell
}

// Package results reads tables of trained models, such as results.csv of a run
// or what another program wrote, into populations for packages edf, bootstrap
// and plots.
//
// A table has a header, a column error in percent and perhaps a column status;
// [trainer.Counted] is the rule by which a row counts. Models that failed or are
// pending are left out of the errors of their population and counted apart. Of
// rows that are trainings of one model, as a column repeat or seed says, the
// first counts. The columns stratum and weight of a tilted draw make weights, see
// [edf.Tilt]; of the column chosen_of is what makes no sample.
package results

import (
	"cmp"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"designspace/edf"
	"designspace/internal/columns"
	"designspace/internal/repeats"
	"designspace/internal/table"
	"designspace/trainer"
)

// Options say which rows are read and what makes populations.
type Options struct {
	Name  string // of the table, in errors, and of models that no column puts into a population; "": table
	Where string // rows to keep, as in "flops<3e6, space=proxy/regnetx"; "": all
	By    string // columns whose values name a population, separated by commas; "": see [Names]
}

// ReadCSV reads the populations of a table. Rows of a population count from 0 in
// the table, the header left out. Conditions on outcomes choose among models,
// those on anything else among trainings.
func ReadCSV(r io.Reader, o Options) ([]edf.Population, error) {
	o.Name = cmp.Or(o.Name, "table")
	t, err := table.Read(o.Name, r)
	if err != nil {
		return nil, err
	}
	rows, err := choose(t, o)
	if err != nil {
		return nil, err
	}
	t = t.Select(rows)
	names, err := Names(t, o.By)
	if err != nil {
		return nil, err
	}
	for i, n := range names {
		names[i] = cmp.Or(n, o.Name)
	}
	ps, err := Group(t, names)
	for _, p := range ps {
		for i, row := range p.Rows {
			p.Rows[i] = rows[row]
		}
	}
	return ps, err
}

// choose returns the rows that are read, in order: of each model its first
// training.
func choose(t *table.Table, o Options) ([]int, error) {
	filter := func(t *table.Table) ([]int, error) { return t.Where(o.Where) }
	first := func(t *table.Table) ([]int, error) { return firsts(t, o.By) }
	steps := []func(*table.Table) ([]int, error){filter, first}
	switch {
	case o.Where == "":
		steps = steps[1:]
	case repeats.ByOutcome(o.Where):
		slices.Reverse(steps)
	}
	rows := make([]int, t.Len())
	for i := range rows {
		rows[i] = i
	}
	for _, step := range steps {
		kept, err := step(t.Select(rows))
		if err != nil {
			return nil, err
		}
		for i, row := range kept {
			kept[i] = rows[row]
		}
		rows = kept
	}
	return rows, nil
}

// firsts are the rows of the first trainings of models.
func firsts(t *table.Table, by string) ([]int, error) {
	var err error
	cells := func(column string) []string {
		c, e := t.Strings(column)
		err = errors.Join(err, e)
		return c
	}
	m := repeats.Find(repeats.Table{Rows: t.Len(), Columns: t.Columns(), Cells: cells, Apart: strings.Split(by, ",")})
	rows := make([]int, len(m.Trainings))
	for i, trainings := range m.Trainings {
		rows[i] = trainings[0]
	}
	return rows, err
}

// A Table is rows of models. Its methods return a value a row, and an error if
// there is no such column or a cell is no number.
type Table interface {
	Len() int // rows
	Has(column string) bool
	Strings(column string) ([]string, error)                  // "" where absent
	Floats(column string) ([]float64, error)                  // NaN where absent
	Errorf(row int, format string, args ...any) (place error) // names the place of a row
}

// Group divides the models of a table into populations by the names of these,
// one a row, in the order in which names first occur, or if all are numbers in
// that of the numbers. An error names the row whose status is not known.
func Group(t Table, names []string) ([]edf.Population, error) {
	errs, err := t.Floats("error")
	if err != nil {
		return nil, err
	}
	status := make([]string, t.Len())
	if t.Has("status") {
		if status, err = t.Strings("status"); err != nil {
			return nil, err
		}
	}
	if t.Has("error.1") && t.Len() > 0 {
		return nil, t.Errorf(0, "two columns are named error: rename or remove one")
	}
	if err := named(t, status, errs); err != nil {
		return nil, err
	}
	if err := checkIDs(t); err != nil {
		return nil, err
	}
	var ps []edf.Population
	place := map[string]int{}
	for row, name := range names {
		s, e, err := trainer.Counted(status[row], errs[row])
		if err != nil {
			return nil, t.Errorf(row, "%w", err)
		}
		i, ok := place[name]
		if !ok {
			i = len(ps)
			place[name] = i
			ps = append(ps, edf.Population{Name: name})
		}
		switch p := &ps[i]; {
		case s.Counts():
			p.Errors, p.Rows = append(p.Errors, e), append(p.Rows, row)
		case s == trainer.Failed:
			p.Failed++
		case s == trainer.Pending:
			p.Pending++
		}
	}
	if err := weigh(t, names, ps); err != nil {
		return nil, err
	}
	if err := mark(t, ps); err != nil {
		return nil, err
	}
	sortNumbers(ps)
	return ps, nil
}

// mark marks populations that are no samples.
func mark(t Table, ps []edf.Population) error {
	if !t.Has("chosen_of") {
		return nil
	}
	of, err := t.Floats("chosen_of")
	if err != nil {
		return err
	}
	for i := range ps {
		for _, row := range ps[i].Rows {
			if of[row] > 0 {
				ps[i].Chosen = max(ps[i].Chosen, int(of[row]))
			}
		}
	}
	return nil
}

// weigh gives the populations of tilted draws, see [edf.Tilt], their strata and
// weights.
func weigh(t Table, names []string, ps []edf.Population) error {
	if !t.Has("stratum") {
		return nil
	}
	if !t.Has("weight") && t.Len() > 0 {
		return t.Errorf(0, "a column stratum without weight: of models that were drawn with weights (--tilt) restore both; rename a column stratum of your own")
	}
	strata, err := t.Floats("stratum")
	if err != nil {
		return err
	}
	weights, err := t.Floats("weight")
	if err != nil {
		return err
	}
	draws, err := drawsOf(t)
	if err != nil {
		return err
	}
	rows := map[string][]int{}
	for row, n := range names {
		rows[n] = append(rows[n], row)
	}
	for i := range ps {
		p := &ps[i]
		drawn := rows[p.Name]
		if !slices.ContainsFunc(drawn, func(row int) bool { return !math.IsNaN(strata[row]) }) {
			continue
		}
		if err := wholeDraw(t, p.Name, drawn, strata, weights, draws); err != nil {
			return err
		}
		p.Tilted = true
		for _, row := range p.Rows {
			p.Strata, p.Weights = append(p.Strata, int(strata[row])-1), append(p.Weights, weights[row])
		}
		if len(p.Rows) < len(drawn) {
			makeUp(p, drawn, strata, weights)
		}
	}
	return nil
}

// makeUp lets the models that count stand for those of the draw that do not, of
// the same fifth: otherwise a fifth would count less for what it lacks.
func makeUp(p *edf.Population, drawn []int, strata, weights []float64) {
	var stands, counted [edf.TiltStrata]float64
	for _, row := range drawn {
		stands[int(strata[row])-1] += weights[row]
	}
	for i, h := range p.Strata {
		counted[h] += p.Weights[i]
	}
	for i, h := range p.Strata {
		p.Weights[i] *= stands[h] / counted[h]
	}
}

// drawsOf names what was drawn together, one a row.
func drawsOf(t Table) ([]string, error) {
	draws := make([]string, t.Len())
	for _, column := range []string{"space", "budget"} {
		if !t.Has(column) {
			continue
		}
		cells, err := t.Strings(column)
		if err != nil {
			return nil, err
		}
		for row, cell := range cells {
			draws[row] += cell + "\n"
		}
	}
	return draws, nil
}

// wholeDraw returns an error if the rows are not those of one tilted draw, all of
// it: then each fifth stands for as many candidates, give or take one, and each
// model of a fifth for as many as another. Only of all together do weights hold.
func wholeDraw(t Table, name string, rows []int, strata, weights []float64, draws []string) error {
	var stands, each [edf.TiltStrata]float64
	for _, row := range rows {
		h, w := strata[row], weights[row]
		if !(1 <= h && h <= edf.TiltStrata && h == math.Trunc(h) && w >= 1) || math.IsInf(w, 0) {
			return t.Errorf(row, "stratum %v with weight %v: want 1 to %d with a number of candidates, at least 1, in every row of %s, or neither column", h, w, edf.TiltStrata, name)
		}
		k := int(h) - 1
		stands[k] += w
		if each[k] == 0 {
			each[k] = w
		}
		if math.Abs(w-each[k]) > 1e-9*w {
			return t.Errorf(row, "weight %v where another model of stratum %v of %s has %v, and all of a stratum stand for as many candidates: restore the table", w, h, name, each[k])
		}
	}
	mixed := slices.ContainsFunc(rows, func(row int) bool { return draws[row] != draws[rows[0]] })
	if mixed || slices.Max(stands[:])-slices.Min(stands[:]) > 1.001 {
		return t.Errorf(rows[0], "the models of %s have weights (--tilt), which hold only for all of a space and budget together: choose none of them with --where, and leave --by out", name)
	}
	return nil
}

// checkIDs reports an id that is a path.
func checkIDs(t Table) error {
	if !t.Has("id") {
		return nil
	}
	ids, err := t.Strings("id")
	if err != nil {
		return err
	}
	for row, id := range ids {
		if err := columns.CheckID(id); err != nil {
			return t.Errorf(row, "%w", err)
		}
	}
	return nil
}

// named reports an error that is absent in words, such as NaN, without a status:
// whether the model failed or diverged is not known.
func named(t Table, status []string, errs []float64) error {
	unknown := func(row int) bool { return status[row] == "" && math.IsNaN(errs[row]) }
	for row := range errs {
		if !unknown(row) {
			continue
		}
		cells, err := t.Strings("error")
		if err != nil {
			return err
		}
		for row, cell := range cells {
			if cell != "" && unknown(row) {
				return t.Errorf(row, "error: %q is no number: write diverged or failed into a column status", cell)
			}
		}
		return nil
	}
	return nil
}

// sortNumbers sorts populations that are named by numbers, and leaves others in
// their order.
func sortNumbers(ps []edf.Population) {
	value := map[string]float64{}
	for _, p := range ps {
		x, err := table.ParseFloat(p.Name)
		if err != nil {
			return
		}
		value[p.Name] = x
	}
	slices.SortStableFunc(ps, func(a, b edf.Population) int { return cmp.Compare(value[a.Name], value[b.Name]) })
}

// Names returns the name of the population of every row: the values of the
// columns by, separated by commas, or else the space, the budget if there are
// several, and the condition of a setting that varies; "" where a table has neither. What a terminal may obey is
// escaped.
func Names(t Table, by string) ([]string, error) {
	names := make([]string, t.Len())
	var err error
	switch {
	case by != "":
		err = join(t, names, strings.Split(by, ","))
	case t.Has("space"):
		if names, err = t.Strings("space"); err == nil {
			err = addBudgets(t, names)
		}
		if err == nil {
			err = addConditions(t, names)
		}
	}
	if err != nil {
		return nil, err
	}
	return printable(names), nil
}

// join makes names of the values of several columns.
func join(t Table, names []string, columns []string) error {
	for k, c := range columns {
		cells, err := t.Strings(strings.TrimSpace(c))
		if err != nil {
			return err
		}
		for i, v := range cells {
			v = cmp.Or(v, "(none)")
			if k > 0 {
				v = names[i] + " " + v
			}
			names[i] = v
		}
	}
	return nil
}

// addBudgets adds its budget to the name of each row, if there are several.
func addBudgets(t Table, names []string) error {
	if !t.Has("budget") {
		return nil
	}
	budgets, err := t.Strings("budget")
	if err != nil {
		return err
	}
	first, several := "", false
	for _, b := range budgets {
		first = cmp.Or(first, b)
		several = several || b != "" && b != first
	}
	for i, b := range budgets {
		if several && b != "" && names[i] != "" {
			names[i] += " " + b
		}
	}
	return nil
}

// addConditions adds the condition to the name of each row that has one.
func addConditions(t Table, names []string) error {
	if !t.Has("condition") {
		return nil
	}
	conditions, err := t.Strings("condition")
	for i, c := range conditions {
		names[i] = strings.TrimSpace(names[i] + " " + c)
	}
	return err
}

// printable returns names of a table with what a terminal may obey escaped, and
// then backslashes as well, so that different names stay different.
func printable(names []string) []string {
	hidden := func(r rune) bool { return !unicode.IsGraphic(r) }
	if !slices.ContainsFunc(names, func(n string) bool { return strings.ContainsFunc(n, hidden) }) {
		return names
	}
	shown := slices.Clone(names)
	for i, n := range names {
		if strings.ContainsFunc(n, func(r rune) bool { return hidden(r) || r == '\\' }) {
			quoted := strconv.QuoteToGraphic(n)
			shown[i] = quoted[1 : len(quoted)-1]
		}
	}
	return shown
}

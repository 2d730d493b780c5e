// Package analysis turns result tables into populations and compares them: the
// way from CSV files and run directories to summaries, tests, bootstrap ranges
// and their caveats.
package analysis

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"designspace/internal/run/rundir"
	"designspace/internal/table"
	"designspace/trainer"
)

// maxGroups bounds the populations of a study: more are not read any more, and
// comparing each with each takes the square of their number.
const maxGroups = 64

// Options say which rows of the tables are studied and what makes populations.
type Options struct {
	Where string // rows to keep, as in [table.Table.Where]; "": all
	By    string // columns whose values name a population, separated by commas; "": space and budget, or else the file
	// Parameters are the columns that count as parameters of a model; none: every
	// column of numbers but identifiers, outcomes and timings.
	Parameters []string

	// Normalize is a measure of complexity, such as flops, over Bins intervals of
	// which the models of every population are weighed to spread evenly; "": none.
	// See [edf.Normalize].
	Normalize string
	Bins      int // 0: [DefaultBins]

	Untrained bool // do with tables in which no model has an error
}

// A Study is rows of one or more result tables, divided into populations. A row
// is a model; its number counts over all tables.
type Study struct {
	Groups   []Group
	Warnings []string // what the tables themselves give to mind

	sources []source
	names   []string  // one a row: its population, whatever the table
	errs    []float64 // one a row, NaN for a model without an error
	numbers map[string][]float64

	parameters []string // if named
	normalized string   // by which column
	weights    []float64
}

// A Group is a population.
type Group struct {
	Name    string
	Rows    []int // models with an error
	Failed  int   // models that have none because their training failed
	Pending int   // models that have none yet
}

// A source is a table and the rows of it that are studied.
type source struct {
	path  string
	name  string // short, unique among the sources
	table *table.Table
	rows  []int
	run   rundir.Dir        // "" for a CSV file
	curve [][]trainer.Epoch // one a row of the table, of a run
	keys  []string          // architecture of each row of the table, of a run

	trainings [][]float64 // errors of each row of the table by repeat, see Study.Trainings; nil: none repeated
}

// Load reads run directories and CSV files with a column error. The results of
// a run directory are taken from its journal.
func Load(paths []string, o Options) (*Study, error) {
	s := &Study{numbers: map[string][]float64{}}
	for _, p := range paths {
		if err := s.open(p); err != nil {
			return nil, err
		}
	}
	s.nameSources()
	for i := range s.sources {
		if err := s.sources[i].filter(o.Where); err != nil {
			return nil, err
		}
	}
	if s.rows() == 0 {
		return nil, s.empty(o)
	}
	if err := s.loadErrors(); err != nil {
		return nil, err
	}
	if !o.Untrained && !slices.ContainsFunc(s.errs, func(e float64) bool { return !math.IsNaN(e) }) {
		return nil, fmt.Errorf("%s: no model has an error yet: train the run first", s.sources[0].path)
	}
	if err := s.chooseParameters(o.Parameters); err != nil {
		return nil, err
	}
	if err := s.group(o.By); err != nil {
		return nil, err
	}
	if o.Normalize != "" {
		return s, s.normalize(o.Normalize, cmp.Or(o.Bins, DefaultBins))
	}
	return s, nil
}

// chooseParameters makes sure that the columns are there and hold numbers.
func (s *Study) chooseParameters(columns []string) error {
	for _, c := range columns {
		if slices.Contains(s.parameters, c) {
			return fmt.Errorf("parameters: column %s is named twice", c)
		}
		if _, err := s.Floats(c); err != nil {
			return fmt.Errorf("parameters: %w", err)
		}
		s.parameters = append(s.parameters, c)
	}
	return nil
}

func (s *Study) rows() int {
	n := 0
	for _, src := range s.sources {
		n += len(src.rows)
	}
	return n
}

func (s *Study) empty(o Options) error {
	if o.Where != "" {
		return fmt.Errorf("where %q: no model satisfies it: loosen it", o.Where)
	}
	return fmt.Errorf("%s: no rows: sample models first", s.sources[0].path)
}

func (s *Study) open(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: no such run directory or CSV file", path)
	}
	if err != nil {
		return err
	}
	src := source{path: path}
	if info.IsDir() {
		src.run = rundir.Dir(path)
		err = s.openRun(&src)
	} else {
		src.table, err = table.ReadFile(path)
	}
	s.sources = append(s.sources, src)
	return err
}

// openRun derives the results of a run from its journal; a directory that only
// keeps the results is good as well.
func (s *Study) openRun(src *source) (err error) {
	d := src.run
	if !d.Exists() {
		src.table, err = table.ReadFile(d.Results())
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s: neither run.yaml nor results.csv is there: name a run directory or a CSV file", d)
		}
		if err != nil {
			return err
		}
		return src.readRepeats()
	}
	entries, err := rundir.LoadModels(d)
	if err != nil {
		return err
	}
	j, err := rundir.ReadJournal(d)
	if err != nil {
		return err
	}
	s.Warnings = append(s.Warnings, j.Warnings...)
	src.curve = make([][]trainer.Epoch, len(entries))
	for i, e := range entries {
		r, _ := j.Outcome(e.ID, 0)
		src.curve[i] = r.Curve
		src.keys = append(src.keys, architecture(e))
	}
	if j.Repeated() {
		for _, e := range entries {
			src.trainings = append(src.trainings, byRepeat(j.Trainings(e.ID)))
		}
	}
	var b bytes.Buffer
	if err := rundir.WriteResults(&b, entries, j); err != nil {
		return err
	}
	src.table, err = table.Read(d.Results(), &b)
	return err
}

// nameSources gives sources the last part of their path as a name, or all of it
// where those are not unique.
func (s *Study) nameSources() {
	count := map[string]int{}
	base := func(path string) string {
		return strings.TrimSuffix(filepath.Base(path), ".csv")
	}
	for _, src := range s.sources {
		count[base(src.path)]++
	}
	for i := range s.sources {
		src := &s.sources[i]
		src.name = base(src.path)
		if count[src.name] > 1 {
			src.name = src.path
		}
	}
}

func (src *source) filter(where string) (err error) {
	if where != "" {
		src.rows, err = src.table.Where(where)
		return err
	}
	src.rows = make([]int, src.table.Len())
	for i := range src.rows {
		src.rows[i] = i
	}
	return nil
}

// Runs returns the run directories among the sources.
func (s *Study) Runs() []rundir.Dir {
	var runs []rundir.Dir
	for _, src := range s.sources {
		if src.run.Exists() {
			runs = append(runs, src.run)
		}
	}
	return runs
}

// at returns where a row comes from: its source and its row in that table.
func (s *Study) at(row int) (*source, int) {
	for i := range s.sources {
		src := &s.sources[i]
		if row < len(src.rows) {
			return src, src.rows[row]
		}
		row -= len(src.rows)
	}
	panic("analysis: no such row")
}

// Curve returns the learning curve of a row, nil if there is none.
func (s *Study) Curve(row int) []trainer.Epoch {
	src, i := s.at(row)
	if src.curve == nil {
		return nil
	}
	return src.curve[i]
}

// Has reports whether some table has the column.
func (s *Study) Has(col string) bool {
	return slices.ContainsFunc(s.sources, func(src source) bool { return src.table.Has(col) })
}

// Columns returns the columns of all tables, each once.
func (s *Study) Columns() []string {
	var columns []string
	seen := map[string]bool{}
	for _, src := range s.sources {
		for _, c := range src.table.Columns() {
			if !seen[c] {
				columns = append(columns, c)
			}
			seen[c] = true
		}
	}
	return columns
}

// Texts returns a column, one value a row; "" where a table lacks it.
func (s *Study) Texts(col string) ([]string, error) {
	return collect(s, col, "", (*table.Table).Strings)
}

// Floats returns a column of numbers, one a row; NaN where a value is absent or
// a table lacks the column.
func (s *Study) Floats(col string) ([]float64, error) {
	if xs, ok := s.numbers[col]; ok {
		return xs, nil
	}
	xs, err := collect(s, col, math.NaN(), (*table.Table).Floats)
	if err == nil {
		s.numbers[col] = xs
	}
	return xs, err
}

func collect[T any](s *Study, col string, absent T, read func(*table.Table, string) ([]T, error)) ([]T, error) {
	if !s.Has(col) {
		return nil, fmt.Errorf("no column %s: %s", col, table.Suggest(col, s.Columns()))
	}
	out := make([]T, 0, s.rows())
	for _, src := range s.sources {
		var cells []T
		if src.table.Has(col) {
			var err error
			if cells, err = read(src.table, col); err != nil {
				return nil, err
			}
		}
		for _, r := range src.rows {
			if cells == nil {
				out = append(out, absent)
			} else {
				out = append(out, cells[r])
			}
		}
	}
	return out, nil
}

// loadErrors reads the error of every row. A diverged model counts with an
// error of 100 even if its table does not say so; one that failed or waits has
// none whatever its table says.
func (s *Study) loadErrors() error {
	for _, src := range s.sources {
		_, err := src.table.Floats("error")
		if err != nil && !src.table.Has("error") {
			err = fmt.Errorf("%w; designspace import makes one of another column, or of accuracies", err)
		}
		if err != nil {
			return err
		}
	}
	errs, err := s.Floats("error")
	if err != nil {
		return err
	}
	s.errs = slices.Clone(errs)
	if !s.Has("status") {
		return nil
	}
	status, err := s.Texts("status")
	if err != nil {
		return err
	}
	for i, st := range status {
		switch trainer.Status(st) {
		case trainer.Diverged:
			s.errs[i] = 100
		case trainer.Failed, trainer.Pending:
			s.errs[i] = math.NaN()
		case trainer.Done:
			if math.IsNaN(s.errs[i]) {
				src, row := s.at(i)
				return src.table.Errorf(row, "status done without an error: fill it in, or write failed or pending")
			}
		}
	}
	return nil
}

// group divides the rows into populations.
func (s *Study) group(by string) error {
	names, err := s.groupNames(by)
	if err != nil {
		return err
	}
	names = printable(names)
	s.names = names
	if by == "" {
		names = disambiguate(names, s.sourceNames())
	}
	status := make([]string, s.rows())
	if s.Has("status") {
		if status, err = s.Texts("status"); err != nil {
			return err
		}
	}
	index := map[string]int{}
	for row, name := range names {
		i, ok := index[name]
		if !ok {
			i = len(s.Groups)
			index[name] = i
			s.Groups = append(s.Groups, Group{Name: name})
		}
		g := &s.Groups[i]
		switch {
		case !math.IsNaN(s.errs[row]):
			g.Rows = append(g.Rows, row)
		case status[row] == string(trainer.Pending):
			g.Pending++
		default:
			g.Failed++
		}
	}
	if len(s.Groups) > maxGroups {
		return fmt.Errorf("%d populations are more than %d: group by a column with fewer values, or choose rows with --where", len(s.Groups), maxGroups)
	}
	sortNumbers(s.Groups)
	return nil
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

// sortNumbers sorts groups that are named by numbers, and leaves others in the
// order of their appearance.
func sortNumbers(groups []Group) {
	value := map[string]float64{}
	for _, g := range groups {
		x, err := table.ParseFloat(g.Name)
		if err != nil {
			return
		}
		value[g.Name] = x
	}
	slices.SortStableFunc(groups, func(a, b Group) int { return cmp.Compare(value[a.Name], value[b.Name]) })
}

// groupNames returns the name of every row's population.
func (s *Study) groupNames(by string) ([]string, error) {
	if by != "" {
		return s.joined(strings.Split(by, ","))
	}
	if !s.Has("space") {
		return s.sourceNames(), nil
	}
	names, err := s.Texts("space")
	if err != nil {
		return nil, err
	}
	if err := s.addBudgets(names); err != nil {
		return nil, err
	}
	sources := s.sourceNames()
	for i, n := range names {
		if n == "" {
			names[i] = sources[i]
		}
	}
	return names, nil
}

// addBudgets adds its budget to the name of each row, if there are several.
func (s *Study) addBudgets(names []string) error {
	if !s.Has("budget") {
		return nil
	}
	budgets, err := s.Texts("budget")
	if err != nil {
		return err
	}
	first, several := "", false
	for _, b := range budgets {
		if first == "" {
			first = b
		}
		several = several || b != "" && b != first
	}
	for i, b := range budgets {
		if several && b != "" && names[i] != "" {
			names[i] += " " + b
		}
	}
	return nil
}

func (s *Study) sourceNames() []string {
	names := make([]string, 0, s.rows())
	for _, src := range s.sources {
		for range src.rows {
			names = append(names, src.name)
		}
	}
	return names
}

// joined returns the values of several columns as one name a row.
func (s *Study) joined(columns []string) ([]string, error) {
	names := make([]string, s.rows())
	for k, c := range columns {
		cells, err := s.Texts(strings.TrimSpace(c))
		if err != nil {
			return nil, err
		}
		for i, v := range cells {
			if v == "" {
				v = "(none)"
			}
			if k > 0 {
				v = names[i] + " " + v
			}
			names[i] = v
		}
	}
	return names, nil
}

// apart adds the source to names that occur in several sources: the same space
// in two runs is two populations.
func disambiguate(names, sources []string) []string {
	first := map[string]string{}
	shared := map[string]bool{}
	for i, n := range names {
		if src, ok := first[n]; !ok {
			first[n] = sources[i]
		} else if src != sources[i] {
			shared[n] = true
		}
	}
	out := slices.Clone(names)
	for i, n := range names {
		if shared[n] {
			out[i] = sources[i] + ": " + n
		}
	}
	return out
}

// Error returns the error of a row, NaN if it has none.
func (s *Study) Error(row int) float64 { return s.errs[row] }

// Errors returns the errors of a population in the order of its rows.
func (s *Study) Errors(g Group) []float64 {
	return pick(s.errs, g.Rows)
}

// Values returns the values of a column in a population in the order of its
// rows.
func (s *Study) Values(g Group, col string) ([]float64, error) {
	xs, err := s.Floats(col)
	if err != nil {
		return nil, err
	}
	return pick(xs, g.Rows), nil
}

func pick[T any](xs []T, rows []int) []T {
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = xs[r]
	}
	return out
}

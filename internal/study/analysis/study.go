// Package analysis turns result tables into populations and compares them: the
// way from CSV files and run directories to summaries, tests, bootstrap ranges
// and their caveats.
package analysis

import (
	"fmt"
	"io"
	"math"
	"slices"

	"designspace/edf"
	"designspace/internal/columns"
	"designspace/internal/table"
	"designspace/trainer"
)

// Options say which rows of the tables are studied and what makes populations.
type Options struct {
	Where string // rows to keep, as in [table.Table.Where]; "": all
	By    string // columns whose values name a population, separated by commas; "": space and budget, or else the file
	// Parameters are the columns that count as parameters of a model; none: every
	// column of numbers but identifiers, outcomes and timings.
	Parameters []string

	// Normalize is a measure of complexity, such as flops, over Bins intervals of
	// which the models of every population are weighed to spread evenly; "": none.
	// See [edf.Stratify].
	Normalize string
	Bins      int // 0: about 10

	// Metric is what models are compared by; the zero value is what the tables say,
	// and otherwise the error in percent, of which any below 0 or above 100 is
	// refused.
	Metric Metric

	Stdin io.Reader // the table of the path "-"

	Adjust     bool   // predict errors for runs that were sampled without a predictor
	Against    string // column of the cost at which populations are compared, too; "": none
	Importance bool   // what parameters account for is analysed, too

	Anyway    bool // give verdicts on populations that do not compare
	Untrained bool // do with tables in which no model has an error
}

// A Study is rows of one or more result tables, divided into populations. A row
// is a model; its number counts over all tables.
type Study struct {
	Populations []edf.Population
	Warnings    []string // what the tables themselves give to mind

	sources []source
	names   []string  // one a row: its population, whatever the table
	errs    []float64 // one a row, NaN for a model without an error; losses of another metric
	metric  Metric

	options    Options
	parameters []string // if named

	// What was asked for before.
	numbers   map[string][]float64 // by column
	ranges    map[string][]Range   // by population
	best      map[string][]BestValue
	noise     *Noise
	explained map[string]*Explained // by population
}

// Load reads run directories and CSV files with a column error; "-" stands for a
// table on standard input. The results of
// a run directory are taken from its journal.
func Load(paths []string, o Options) (*Study, error) {
	s := &Study{options: o, numbers: map[string][]float64{}, ranges: map[string][]Range{}, explained: map[string]*Explained{}, best: map[string][]BestValue{}}
	for _, p := range paths {
		if err := s.open(p, o.Where); err != nil {
			return nil, err
		}
	}
	if o.Adjust && !slices.ContainsFunc(s.sources, func(src source) bool { return src.forecast != nil }) {
		return nil, s.cannotAdjust()
	}
	s.nameSources()
	if s.Len() == 0 {
		return nil, s.empty(o)
	}
	if err := s.chooseParameters(o.Parameters); err != nil {
		return nil, err
	}
	if err := s.group(o.By); err != nil {
		return nil, err
	}
	if err := s.checkUnit(); err != nil {
		return nil, err
	}
	if !o.Untrained && !slices.ContainsFunc(s.errs, func(e float64) bool { return !math.IsNaN(e) }) {
		return nil, fmt.Errorf("%s: no model has an error yet: train the run first", s.sources[0].path)
	}
	if o.Normalize != "" {
		return s, s.normalize(o.Normalize, o.Bins)
	}
	return s, nil
}

// cannotAdjust says why nothing can be adjusted that was asked for.
func (s *Study) cannotAdjust() error {
	src := s.sources[0]
	switch {
	case src.table.Has("weight") && src.table.Has("stratum"):
		return fmt.Errorf("--adjust: %s: its models were drawn by predictions (--tilt), which weights take into account already: leave it out", src.path)
	case src.table.Has("chosen_of"):
		return fmt.Errorf("--adjust: %s: its models were chosen by predictions (train --best) and are no sample: leave it out", src.path)
	}
	return fmt.Errorf("%s: no run directory, which adjusted estimates need: other models cannot be drawn as those of a table were", src.path)
}

// checkUnit makes sure that errors are in percent, if they are to be, and that
// none stands for a model that diverged if they are not.
func (s *Study) checkUnit() error {
	if s.metric.percent() {
		if row := slices.IndexFunc(s.errs, func(e float64) bool { return e < 0 || e > 100 }); row >= 0 {
			return s.Errorf(row, "an error of %v is none in percent: if the column holds something else, of which less is better, name it with --metric NAME, or NAME:max if more is", s.errs[row])
		}
		return nil
	}
	if !s.Has("status") {
		return nil
	}
	status, err := s.Strings("status")
	if err != nil {
		return err
	}
	if row := slices.Index(status, string(trainer.Diverged)); row >= 0 {
		return s.Errorf(row, "the model diverged and would count with an error of 100, which is no %s: leave it out with --where status=done", s.metric.Name)
	}
	return nil
}

// Label names the axis of errors.
func (s *Study) Label() string { return s.metric.Label() }

func (s *Study) empty(o Options) error {
	if o.Where != "" {
		for _, src := range s.sources {
			if src.absent != "" {
				return fmt.Errorf("--where %q: no model satisfies it: %s", o.Where, src.absent)
			}
		}
		return fmt.Errorf("--where %q: no model satisfies it: loosen it", o.Where)
	}
	return fmt.Errorf("%s: no rows below the names of the columns", s.sources[0].path)
}

// chooseParameters makes sure that the columns are there, hold numbers and are
// no outcomes, which would explain each other.
func (s *Study) chooseParameters(names []string) error {
	for _, c := range names {
		known := columns.Of(c)
		switch {
		case slices.Contains(s.parameters, c):
			return fmt.Errorf("--parameters: column %s is named twice", c)
		case known.Role == columns.Outcome && !known.Alike || slices.ContainsFunc(s.sources, func(src source) bool { return src.metric == c }):
			return fmt.Errorf("--parameters: column %s is an outcome of training, which parameters are to explain: leave it out", c)
		}
		if _, err := s.Floats(c); err != nil {
			return fmt.Errorf("--parameters: %w", err)
		}
		s.parameters = append(s.parameters, c)
	}
	return nil
}

// Len returns the number of rows.
func (s *Study) Len() int {
	n := 0
	for _, src := range s.sources {
		n += src.table.Len()
	}
	return n
}

// at returns where a row comes from: its source and its row in that table.
func (s *Study) at(row int) (*source, int) {
	for i := range s.sources {
		src := &s.sources[i]
		if row < src.table.Len() {
			return src, row
		}
		row -= src.table.Len()
	}
	panic("analysis: no such row")
}

// Errorf returns an error that names the file and the line of a row.
func (s *Study) Errorf(row int, format string, args ...any) error {
	src, i := s.at(row)
	return src.table.Errorf(i, format, args...)
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

// Strings returns a column, one value a row; "" where a table lacks it. The
// setting that varies is a column, too.
func (s *Study) Strings(col string) ([]string, error) {
	if col != "" && col == s.varied() {
		return s.conditions()
	}
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
	out := make([]T, 0, s.Len())
	for _, src := range s.sources {
		if !src.table.Has(col) {
			out = append(out, slices.Repeat([]T{absent}, src.table.Len())...)
			continue
		}
		cells, err := read(src.table, col)
		if err != nil {
			return nil, err
		}
		out = append(out, cells...)
	}
	return out, nil
}

// Error returns the error of a row, or its loss, NaN if it has none.
func (s *Study) Error(row int) float64 { return s.errs[row] }

// Values returns the values of a column in a population in the order of its
// rows.
func (s *Study) Values(p edf.Population, col string) ([]float64, error) {
	xs, err := s.Floats(col)
	if err != nil {
		return nil, err
	}
	return pick(xs, p.Rows), nil
}

// AnyPositive reports whether a model of some populations has a number above 0
// in a column.
func (s *Study) AnyPositive(col string, ps ...edf.Population) bool {
	return slices.ContainsFunc(ps, func(p edf.Population) bool {
		if !s.Has(col) {
			return false
		}
		xs, err := s.Values(p, col)
		return err == nil && slices.ContainsFunc(xs, func(x float64) bool { return x > 0 })
	})
}

func pick[T any](xs []T, rows []int) []T {
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = xs[r]
	}
	return out
}

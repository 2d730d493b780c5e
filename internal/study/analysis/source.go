package analysis

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"designspace/internal/repeats"
	"designspace/internal/run/rundir"
	"designspace/internal/table"
	"designspace/trainer"
)

// A source is a table of the rows that are studied, and what a run says of them
// beside it, one a row.
type source struct {
	path   string
	name   string // short, unique among the sources
	table  *table.Table
	run    rundir.Dir // "" for a CSV file
	design *design    // nil: of no run that is trained until it is decided

	metric string // column by which models are compared

	absent string // what no row has that was chosen by

	curve     [][]trainer.Epoch // nil: none is known
	keys      []string          // architecture; nil: of no run
	trainings [][]float64       // errors by repeat, see Study.Trainings; nil: none repeated
	all       [][]float64       // likewise, with the trainings that confirm the best models
	forecast  *forecast         // nil: none
}

// standardInput is the path of a table that another program writes.
const standardInput = "-"

// open adds the rows of a table or a run for which where holds.
func (s *Study) open(path, where string) (err error) {
	if path == standardInput {
		src := source{path: "standard input"}
		if src.table, err = table.Read(src.path, s.options.Stdin); err == nil {
			err = s.resolve(&src)
		}
		if err == nil {
			err = s.choose(&src, where)
		}
		s.sources = append(s.sources, src)
		return err
	}
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
		if src.table, err = table.ReadFile(path); err == nil {
			err = s.resolve(&src)
		}
	}
	if err == nil {
		err = s.choose(&src, where)
	}
	s.sources = append(s.sources, src)
	return err
}

// choose keeps the rows of a source for which where holds, a row a model. Which
// trainings of a model count is not chosen by what came of them.
func (s *Study) choose(src *source, where string) error {
	filter := func() error {
		if where == "" {
			return nil
		}
		return src.filter(where)
	}
	if src.trainings != nil || src.keys != nil { // a row a model already
		return filter()
	}
	if repeats.ByOutcome(where) {
		if err := src.collapse(s, s.options.By); err != nil {
			return err
		}
		return filter()
	}
	if err := filter(); err != nil {
		return err
	}
	return src.collapse(s, s.options.By)
}

// openRun derives the results of a run from its journal; a directory that only
// keeps the results is good as well.
func (s *Study) openRun(src *source) (err error) {
	d := src.run
	if !d.Exists() {
		src.table, err = rundir.ReadTable(d.Results())
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s: neither run.yaml nor results.csv is there: name a run directory or a CSV file", d)
		}
		if err != nil {
			return err
		}
		if err := s.resolve(src); err != nil {
			return err
		}
		if err := src.readCurves(); err != nil {
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
	if src.design, err = openDesign(d, entries, j); err != nil {
		return err
	}
	for _, e := range entries {
		r, _ := j.Outcome(e.ID, 0)
		src.curve = append(src.curve, r.Curve)
		src.keys = append(src.keys, architecture(e))
		if j.Repeated() {
			src.trainings = append(src.trainings, random(j, e.ID))
			src.all = append(src.all, j.Errors(e.ID))
		}
	}
	if src.table, err = rundir.Results(d.Results(), entries, j); err != nil {
		return err
	}
	err = s.resolve(src)
	if src.metric != "error" || s.metric.Higher { // of which the journal has no curves or trainings
		src.curve, src.trainings, src.all = nil, nil, nil
		return err
	}
	if err == nil {
		src.forecast, err = s.forecastOf(d, entries)
	}
	return err
}

func (src *source) filter(where string) error {
	rows, err := src.table.Where(where)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		src.absent = src.table.Absent(where)
	}
	src.table = src.table.Select(rows)
	if src.design != nil {
		src.design.names = pick(src.design.names, rows)
	}
	if src.curve != nil {
		src.curve = pick(src.curve, rows)
	}
	if src.keys != nil {
		src.keys = pick(src.keys, rows)
	}
	if src.trainings != nil {
		src.trainings, src.all = pick(src.trainings, rows), pick(src.all, rows)
	}
	return nil
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

// sourceNames returns the name of the source of every row.
func (s *Study) sourceNames() []string {
	names := make([]string, 0, s.Len())
	for _, src := range s.sources {
		names = append(names, slices.Repeat([]string{src.name}, src.table.Len())...)
	}
	return names
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

// RunOf returns the run directory that a row comes from, "" for a row of a table.
func (s *Study) RunOf(row int) rundir.Dir {
	if src, _ := s.at(row); src.run.Exists() {
		return src.run
	}
	return ""
}

// Curve returns the learning curve of a row, nil if there is none.
func (s *Study) Curve(row int) []trainer.Epoch {
	src, i := s.at(row)
	if src.curve == nil {
		return nil
	}
	return src.curve[i]
}

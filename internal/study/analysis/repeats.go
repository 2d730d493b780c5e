package analysis

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"

	"designspace/internal/repeats"
	"designspace/internal/run/rundir"
	"designspace/internal/table"
	"designspace/trainer"
)

// random returns the errors of a model's trainings, each at the place of its
// repeat, without those that were made because it is one of the best: what is
// chosen by its error says nothing of the noise in others.
func random(j *rundir.Journal, id string) []float64 {
	var errs []float64
	for _, r := range j.Trainings(id) {
		if !r.Confirm {
			errs = put(errs, r.Repeat, r.Error)
		}
	}
	return errs
}

// put sets errs[i], with NaN before it where there is nothing yet.
func put(errs []float64, i int, e float64) []float64 {
	for len(errs) <= i {
		errs = append(errs, math.NaN())
	}
	errs[i] = e
	return errs
}

// readRepeats reads repeats.csv of a directory that only keeps the results, if
// it has one.
func (src *source) readRepeats() error {
	t, err := rundir.ReadTable(src.run.Repeats())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	ids, err := t.Strings("id")
	if err != nil {
		return err
	}
	number, err := t.Floats("repeat")
	if err != nil {
		return err
	}
	models, err := src.table.Strings("id")
	if err != nil {
		return err
	}
	place := map[string]int{}
	for i, id := range models {
		place[id] = i
	}
	read, err := readTrainings(t, src.metric)
	if err != nil {
		return err
	}
	src.trainings, src.all = make([][]float64, len(models)), make([][]float64, len(models))
	for row, id := range ids {
		i, ok := place[id]
		if !ok {
			return t.Errorf(row, "no model %s in %s", id, src.table.Name())
		}
		if r := number[row]; !(r >= 0 && r < rundir.MaxRepeats) || r != math.Trunc(r) {
			return t.Errorf(row, "repeat %v: want a whole number from 0 to %d", r, rundir.MaxRepeats-1)
		}
		src.training(i, int(number[row]), read, row)
	}
	return nil
}

// training puts a row of a table as a training of a model.
func (src *source) training(model, repeat int, from trainings, row int) {
	src.all[model] = put(src.all[model], repeat, from.errs[row])
	if from.confirm[row] != "true" {
		src.trainings[model] = put(src.trainings[model], repeat, from.errs[row])
	}
}

// trainings are the rows of a table of trainings.
type trainings struct {
	errs    []float64 // NaN for one that failed
	confirm []string
}

func readTrainings(t *table.Table, metric string) (trainings, error) {
	errs, err := t.Floats(metric)
	if err != nil {
		return trainings{}, err
	}
	read := trainings{slices.Clone(errs), make([]string, t.Len())}
	if t.Has("confirm") {
		if read.confirm, err = t.Strings("confirm"); err != nil {
			return trainings{}, err
		}
	}
	if !t.Has("status") {
		return read, nil
	}
	status, err := t.Strings("status")
	if err != nil {
		return trainings{}, err
	}
	for row, s := range status {
		if _, read.errs[row], err = trainer.Counted(s, errs[row]); err != nil {
			return trainings{}, t.Errorf(row, "%w", err)
		}
	}
	return read, nil
}

// collapse makes a row a model of a table in which models were trained more than
// once: that of the first training. Rows that differ in the columns by stay
// apart.
func (src *source) collapse(s *Study, by string) error {
	t := src.table
	if !t.Has(src.metric) || t.Len() == 0 {
		return nil
	}
	var err error
	cells := func(column string) []string {
		c, e := t.Strings(column)
		err = errors.Join(err, e)
		return c
	}
	m := repeats.Find(repeats.Table{Rows: t.Len(), Columns: t.Columns(), Cells: cells, Parameters: s.options.Parameters, Apart: strings.Split(by, ",")})
	if err != nil {
		return err
	}
	if c := m.Clash; c != nil {
		says := "nothing but the error tells them apart: each counts as a model, unless a column seed or repeat says that they are trainings of one"
		if c.Column != "" {
			says = "they differ in " + c.Column + ": each counts as a model"
		}
		ids, err := t.Strings("id")
		if err != nil {
			return err
		}
		if t.Has("epoch") {
			if epochs := cells("epoch"); epochs[c.Row] != epochs[c.Other] {
				return fmt.Errorf("%s has another epoch of the id %s of line %d, and each row must be a model: analyze the run, or a table that designspace import makes of their last epochs", place(t, c.Row), ids[c.Row], t.Line(c.Other))
			}
		}
		s.Warnings = append(s.Warnings, fmt.Sprintf("%s has the id %s of line %d, and %s", place(t, c.Row), ids[c.Row], t.Line(c.Other), says))
	}
	if m.By == nil {
		return nil
	}
	read, err := readTrainings(t, src.metric)
	if err != nil {
		return err
	}
	first := make([]int, len(m.Trainings))
	src.trainings, src.all = make([][]float64, len(first)), make([][]float64, len(first))
	for i, rows := range m.Trainings {
		first[i] = rows[0]
		for k, row := range rows {
			src.training(i, k, read, row)
		}
	}
	agree := "the id"
	if m.Agree != nil {
		agree = truncate(m.Agree)
	}
	s.Warnings = append(s.Warnings, fmt.Sprintf("%s: %d rows are trainings of %d models, which agree in %s and are told apart by %s: the first of each counts, the others say how far it can be trusted",
		t.Name(), t.Len(), len(first), agree, strings.Join(m.By, ", ")))
	src.table = t.Select(first)
	return nil
}

// place names the line of a row.
func place(t *table.Table, row int) string { return fmt.Sprintf("%s:%d", t.Name(), t.Line(row)) }

// Trainings returns the errors, or values of the metric, of the repeated trainings of a row, the first
// included: each at the place of its repeat, NaN where there is none. It is nil
// for a row of a table in which no model was repeated. Trainings that confirm the
// best models are not among them: see [Study.Confirmed].
func (s *Study) Trainings(row int) []float64 {
	src, i := s.at(row)
	if src.trainings == nil {
		return nil
	}
	return src.trainings[i]
}

// AllTrainings is [Study.Trainings] with the trainings that confirm the best
// models.
func (s *Study) AllTrainings(row int) []float64 {
	src, i := s.at(row)
	if src.all == nil {
		return nil
	}
	return src.all[i]
}

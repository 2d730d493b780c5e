package analysis

import (
	"designspace/internal/run/rundir"
	"designspace/internal/table"
	"errors"
	"io/fs"
	"math"
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
	t, err := table.ReadFile(src.run.Repeats())
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
	repeats, err := t.Floats("repeat")
	if err != nil {
		return err
	}
	errs, err := t.Floats("error")
	if err != nil {
		return err
	}
	confirm := make([]string, t.Len())
	if t.Has("confirm") {
		if confirm, err = t.Strings("confirm"); err != nil {
			return err
		}
	}
	models, err := src.table.Strings("id")
	if err != nil {
		return err
	}
	place := map[string]int{}
	for i, id := range models {
		place[id] = i
	}
	src.trainings, src.all = make([][]float64, len(models)), make([][]float64, len(models))
	for row, id := range ids {
		i, ok := place[id]
		if !ok {
			return t.Errorf(row, "no model %s in %s", id, src.table.Name())
		}
		if r := repeats[row]; !(r >= 0 && r < rundir.MaxRepeats) || r != math.Trunc(r) {
			return t.Errorf(row, "repeat %v: want a whole number from 0 to %d", r, rundir.MaxRepeats-1)
		}
		src.all[i] = put(src.all[i], int(repeats[row]), errs[row])
		if confirm[row] != "true" {
			src.trainings[i] = put(src.trainings[i], int(repeats[row]), errs[row])
		}
	}
	return nil
}

// Trainings returns the errors of the repeated trainings of a row, the first
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

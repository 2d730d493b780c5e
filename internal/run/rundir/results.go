package rundir

import (
	"cmp"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"designspace/internal/atomicfile"
	"designspace/internal/table"
	"designspace/space"
	"designspace/trainer"
)

// A resultField is a column of results.csv.
type resultField struct {
	name string
	get  func(*Entry, *trainer.Outcome) string
}

// outcomes are the columns that outcomes have under keys of the journal.
func outcomes(keys ...string) []resultField {
	var fs []resultField
	for _, k := range keys {
		get := cell[trainer.Outcome](k)
		fs = append(fs, resultField{k, func(_ *Entry, o *trainer.Outcome) string {
			if (o.Status == trainer.Pending || o.Status == trainer.Unneeded) && k != "status" {
				return ""
			}
			return get(o)
		}})
	}
	return fs
}

// cell returns what gets the value that a struct has under a JSON key, as it
// stands in a table.
func cell[T any](key string) func(*T) string {
	f, ok := reflect.TypeFor[T]().FieldByNameFunc(func(name string) bool {
		f, _ := reflect.TypeFor[T]().FieldByName(name)
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		return tag == key
	})
	if !ok {
		panic("rundir: no field " + key)
	}
	return func(v *T) string {
		x := reflect.ValueOf(v).Elem().FieldByIndex(f.Index)
		if x.Kind() == reflect.Float64 {
			return table.Float(x.Float())
		}
		return fmt.Sprint(x)
	}
}

// resultFields returns the columns of results.csv: those of models.csv that
// analyses use, with the outcome between and after them. There is an
// error_test only if some model was tested apart from validation.
func resultFields(l layout, tested bool) []resultField {
	keys := []string{"status", "error", "error_best_epoch", "error_train", "error_test", "loss", "epochs", "seed"}
	if !tested {
		keys = slices.DeleteFunc(keys, func(k string) bool { return k == "error_test" })
	}
	var fs []resultField
	for _, f := range modelFields(l) {
		if f.only {
			continue
		}
		get := func(e *Entry, _ *trainer.Outcome) string { return f.get(e) }
		if f.name == "lr" || f.name == "weight_decay" { // as used in training or else as drawn
			used := cell[trainer.Outcome](f.name)
			get = func(e *Entry, o *trainer.Outcome) string { return cmp.Or(used(o), f.get(e)) }
		}
		fs = append(fs, resultField{f.name, get})
		if f.name == "budget" {
			fs = append(fs, outcomes(keys...)...)
		}
	}
	return append(fs, outcomes("train_seconds", "images_per_second", "eval_images_per_second", "kernel", "data", "recipe", "version")...)
}

// ResultColumns returns the columns that results.csv may have; those of stages
// for the first one only.
func ResultColumns() []string {
	var names []string
	for _, f := range resultFields(layout{stages: 1, varied: true, tilted: true, chosen: true, params: space.StageParams(), options: space.ModelOptions()}, true) {
		names = append(names, f.name)
	}
	return names
}

// Results returns results.csv as a table of that name: one row for every entry,
// pending or unneeded if the journal has no record of it. A record of no entry is
// an error.
func Results(name string, entries []Entry, j *Journal) (*table.Table, error) {
	if err := j.Check(entries); err != nil {
		return nil, err
	}
	tested := slices.ContainsFunc(j.Records, func(r trainer.Outcome) bool { return r.ErrorTest == r.ErrorTest })
	fields := resultFields(layoutOf(entries), tested)
	row := make([]string, len(fields))
	for i, f := range fields {
		row[i] = f.name
	}
	t, err := table.New(name, row)
	if err != nil {
		return nil, err
	}
	for i := range entries {
		rec := j.First(entries[i].ID)
		for k, f := range fields {
			row[k] = f.get(&entries[i], &rec)
		}
		if err := t.Add(row); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// WriteResults writes [Results] to w as results.csv.
func WriteResults(w io.Writer, entries []Entry, j *Journal) error {
	t, err := Results("results.csv", entries, j)
	if err != nil {
		return err
	}
	return t.Write(w)
}

var curveColumns = []string{"id", "epoch", "lr", "train_loss", "train_error", "error"}

// WriteCurves writes curves.csv to w: one row for every epoch of every model, in
// the order of the entries.
func WriteCurves(w io.Writer, entries []Entry, j *Journal) error {
	out := table.NewWriter(w, curveColumns)
	var get []func(*trainer.Epoch) string
	for _, c := range curveColumns[1:] {
		get = append(get, cell[trainer.Epoch](c))
	}
	for _, e := range entries {
		o, _ := j.Outcome(e.ID, 0)
		for _, p := range o.Curve {
			row := []string{e.ID}
			for _, g := range get {
				row = append(row, g(&p))
			}
			if err := out.Write(row); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

// repeatFields returns the columns of repeats.csv. There is a confirm only if
// some of the best models were trained again.
func repeatFields(confirmed bool) []resultField {
	fs := append([]resultField{
		{"id", func(e *Entry, _ *trainer.Outcome) string { return e.ID }},
		{"space", func(e *Entry, _ *trainer.Outcome) string { return e.Space }},
		{"budget", func(e *Entry, _ *trainer.Outcome) string { return e.Budget }},
	}, outcomes("repeat", "seed", "status", "error", "error_best_epoch", "error_train", "loss", "epochs", "train_seconds")...)
	if confirmed {
		fs = append(fs, outcomes("confirm")...)
	}
	return fs
}

// WriteRepeats writes repeats.csv to w: one row for every training of every
// model, in the order of the entries and then of the repeats.
func WriteRepeats(w io.Writer, entries []Entry, j *Journal) error {
	fields := repeatFields(slices.ContainsFunc(j.Records, func(r trainer.Outcome) bool { return r.Confirm }))
	row := make([]string, len(fields))
	for i, f := range fields {
		row[i] = f.name
	}
	out := table.NewWriter(w, slices.Clone(row))
	for i := range entries {
		for _, r := range j.Trainings(entries[i].ID) {
			for k, f := range fields {
				row[k] = f.get(&entries[i], &r)
			}
			if err := out.Write(row); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

// SaveResults writes results.csv and curves.csv of the run, and repeats.csv if
// a model was trained more than once.
func SaveResults(d Dir, entries []Entry, j *Journal) error {
	err := atomicfile.Write(d.Results(), func(w io.Writer) error { return WriteResults(w, entries, j) })
	if err != nil {
		return err
	}
	err = atomicfile.Write(d.Curves(), func(w io.Writer) error { return WriteCurves(w, entries, j) })
	if err != nil || !j.Repeated() {
		return err
	}
	return atomicfile.Write(d.Repeats(), func(w io.Writer) error { return WriteRepeats(w, entries, j) })
}

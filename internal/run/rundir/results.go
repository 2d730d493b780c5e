package rundir

import (
	"io"
	"slices"
	"strconv"

	"designspace/internal/atomicfile"
	"designspace/internal/table"
	"designspace/trainer"
)

// A resultField is a column of results.csv.
type resultField struct {
	name string
	get  func(*Entry, *trainer.Outcome) string
}

func outcome(name string, get func(*trainer.Outcome) string) resultField {
	return resultField{name, func(_ *Entry, r *trainer.Outcome) string { return get(r) }}
}

func outcomeNumber(name string, get func(*trainer.Outcome) float64) resultField {
	return outcome(name, func(r *trainer.Outcome) string { return table.Float(get(r)) })
}

// resultFields returns the columns of results.csv: those of models.csv that
// analyses use, with the outcome between and after them. There is an
// error_test only if some model was tested apart from validation.
func resultFields(l layout, tested bool) []resultField {
	errors := []resultField{
		outcome("status", func(r *trainer.Outcome) string { return string(r.Status) }),
		outcomeNumber("error", func(r *trainer.Outcome) float64 { return r.Error }),
		outcomeNumber("error_best_epoch", func(r *trainer.Outcome) float64 { return r.ErrorBestEpoch }),
		outcomeNumber("error_train", func(r *trainer.Outcome) float64 { return r.ErrorTrain }),
	}
	if tested {
		errors = append(errors, outcomeNumber("error_test", func(r *trainer.Outcome) float64 { return r.ErrorTest }))
	}
	errors = append(errors,
		outcomeNumber("loss", func(r *trainer.Outcome) float64 { return r.Loss }),
		outcome("epochs", func(r *trainer.Outcome) string { return unlessPending(r, strconv.Itoa(r.Epochs)) }),
		outcome("seed", func(r *trainer.Outcome) string { return unlessPending(r, strconv.FormatUint(r.Seed, 10)) }),
	)
	var fs []resultField
	for _, f := range modelFields(l) {
		if f.only {
			continue
		}
		get := func(e *Entry, _ *trainer.Outcome) string { return f.get(e) }
		switch f.name {
		case "lr":
			get = trained(f, func(r *trainer.Outcome) float64 { return r.LR })
		case "weight_decay":
			get = trained(f, func(r *trainer.Outcome) float64 { return r.WeightDecay })
		}
		fs = append(fs, resultField{f.name, get})
		if f.name == "budget" {
			fs = append(fs, errors...)
		}
	}
	return append(fs,
		outcomeNumber("train_seconds", func(r *trainer.Outcome) float64 { return r.TrainSeconds }),
		outcomeNumber("images_per_second", func(r *trainer.Outcome) float64 { return r.ImagesPerSecond }),
		outcomeNumber("eval_images_per_second", func(r *trainer.Outcome) float64 { return r.EvalImagesPerSecond }),
		outcome("kernel", func(r *trainer.Outcome) string { return r.Kernel }),
		outcome("data", func(r *trainer.Outcome) string { return r.Data }),
		outcome("recipe", func(r *trainer.Outcome) string { return r.Recipe }),
		outcome("version", func(r *trainer.Outcome) string { return r.Version }),
	)
}

func unlessPending(r *trainer.Outcome, s string) string {
	if r.Status == trainer.Pending {
		return ""
	}
	return s
}

// trained is a value as it was used in training or else as it was drawn.
func trained(f field, get func(*trainer.Outcome) float64) func(*Entry, *trainer.Outcome) string {
	return func(e *Entry, r *trainer.Outcome) string {
		if s := table.Float(get(r)); s != "" {
			return s
		}
		return f.get(e)
	}
}

// Results returns results.csv as a table of that name: one row for every entry,
// pending if the journal has no record of it. A record of no entry is an error.
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
		rec, ok := j.Outcome(entries[i].ID, 0)
		if !ok {
			rec = trainer.NewOutcome(entries[i].ID, trainer.Pending)
		}
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
	for _, e := range entries {
		rec, _ := j.Outcome(e.ID, 0)
		for _, p := range rec.Curve {
			row := []string{
				e.ID, strconv.Itoa(p.Epoch), table.Float(p.LR),
				table.Float(p.TrainLoss), table.Float(p.TrainError), table.Float(p.Error),
			}
			if err := out.Write(row); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

// repeatFields are the columns of repeats.csv.
var repeatFields = []resultField{
	{"id", func(e *Entry, _ *trainer.Outcome) string { return e.ID }},
	{"space", func(e *Entry, _ *trainer.Outcome) string { return e.Space }},
	{"budget", func(e *Entry, _ *trainer.Outcome) string { return e.Budget }},
	outcome("repeat", func(r *trainer.Outcome) string { return strconv.Itoa(r.Repeat) }),
	outcome("seed", func(r *trainer.Outcome) string { return strconv.FormatUint(r.Seed, 10) }),
	outcome("status", func(r *trainer.Outcome) string { return string(r.Status) }),
	outcomeNumber("error", func(r *trainer.Outcome) float64 { return r.Error }),
	outcomeNumber("error_best_epoch", func(r *trainer.Outcome) float64 { return r.ErrorBestEpoch }),
	outcomeNumber("error_train", func(r *trainer.Outcome) float64 { return r.ErrorTrain }),
	outcomeNumber("loss", func(r *trainer.Outcome) float64 { return r.Loss }),
	outcome("epochs", func(r *trainer.Outcome) string { return strconv.Itoa(r.Epochs) }),
	outcomeNumber("train_seconds", func(r *trainer.Outcome) float64 { return r.TrainSeconds }),
}

// WriteRepeats writes repeats.csv to w: one row for every training of every
// model, in the order of the entries and then of the repeats.
func WriteRepeats(w io.Writer, entries []Entry, j *Journal) error {
	row := make([]string, len(repeatFields))
	for i, f := range repeatFields {
		row[i] = f.name
	}
	out := table.NewWriter(w, slices.Clone(row))
	for i := range entries {
		for _, r := range j.Trainings(entries[i].ID) {
			for k, f := range repeatFields {
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

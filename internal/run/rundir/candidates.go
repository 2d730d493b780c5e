package rundir

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"

	"designspace/internal/atomicfile"
	"designspace/internal/table"
)

// Candidates is the file of the errors that were predicted.
func (d Dir) Candidates() string { return d.join("candidates.csv") }

// A Prediction is of a model that was sampled for a run. The first ones of each
// space and budget are its models.
type Prediction struct {
	ID            string // of the model or of its pair, or one that no model of the run has
	Space, Budget string
	Index         int     // number of the candidate in its space's stream
	Features      string  // hash of what the error was predicted from
	Error         float64 // percent
}

var candidateColumns = []string{"id", "space", "budget", "candidate", "features", "predicted_error"}

// SaveCandidates writes candidates.csv of the run.
func SaveCandidates(d Dir, predictions []Prediction) error {
	return atomicfile.Write(d.Candidates(), func(w io.Writer) error {
		out := table.NewWriter(w, candidateColumns)
		for _, p := range predictions {
			row := []string{p.ID, p.Space, p.Budget, strconv.Itoa(p.Index), p.Features, table.Float(p.Error)}
			if err := out.Write(row); err != nil {
				return err
			}
		}
		return out.Flush()
	})
}

// LoadCandidates reads candidates.csv of the run, in which the models of the run
// must come first in their populations.
func LoadCandidates(d Dir, entries []Entry) ([]Prediction, error) {
	t, err := ReadTable(d.Candidates())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: the predictions are missing, though run.yaml names a predictor: restore the file, or write it again with designspace sample --extend, -n being the number of models in run.yaml", d.Candidates())
	}
	if err != nil {
		return nil, err
	}
	predictions := make([]Prediction, t.Len())
	for col, at := range map[string]func(*Prediction) *string{
		"id":       func(p *Prediction) *string { return &p.ID },
		"space":    func(p *Prediction) *string { return &p.Space },
		"budget":   func(p *Prediction) *string { return &p.Budget },
		"features": func(p *Prediction) *string { return &p.Features },
	} {
		cells, err := t.Strings(col)
		if err != nil {
			return nil, err
		}
		for i, c := range cells {
			*at(&predictions[i]) = c
		}
	}
	indices, err := table.Column(t, "candidate", func(s []byte) (int, error) { return strconv.Atoi(string(s)) })
	if err != nil {
		return nil, err
	}
	errs, err := table.Column(t, "predicted_error", func(s []byte) (float64, error) { return table.ParseFloat(string(s)) })
	if err != nil {
		return nil, err
	}
	for i := range predictions {
		predictions[i].Index, predictions[i].Error = indices[i], errs[i]
	}
	return predictions, checkCandidates(t, predictions, entries)
}

func checkCandidates(t *table.Table, predictions []Prediction, entries []Entry) error {
	models := map[string][]Entry{}
	for _, e := range entries {
		if e.Architecture() != e.ID {
			continue
		}
		models[e.Space+" "+e.Budget] = append(models[e.Space+" "+e.Budget], e)
	}
	for i, p := range predictions {
		key := p.Space + " " + p.Budget
		if len(models[key]) == 0 {
			continue
		}
		if e := models[key][0]; p.ID != e.ID || p.Index != e.Index {
			return t.Errorf(i, "candidate %s (%d) comes where %s (%d) of models.csv is to be: restore the file", p.ID, p.Index, e.ID, e.Index)
		}
		models[key] = models[key][1:]
	}
	for key, left := range models {
		if len(left) > 0 {
			return fmt.Errorf("%s: %s of %s is missing: restore the file", t.Name(), left[0].ID, key)
		}
	}
	return nil
}

// ModelsTable returns the entries as models.csv has them.
func ModelsTable(entries []Entry) (*table.Table, error) {
	r, w := io.Pipe()
	go func() { w.CloseWithError(WriteModels(w, entries)) }()
	return table.Read("models.csv", r)
}

package pipeline

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"designspace/internal/atomicfile"
	"designspace/internal/interop/export"
	"designspace/trainer"
	"designspace/trainer/engine"
)

// A WeightChoice says which parameters of a model are saved.
type WeightChoice string

const (
	NoWeights   WeightChoice = ""
	LastWeights WeightChoice = "last" // those after the last epoch, of the error in results.csv
	BestWeights WeightChoice = "best" // those after the epoch of the least error
)

// ParseWeights reads a choice.
func ParseWeights(s string) (WeightChoice, error) {
	switch w := WeightChoice(s); w {
	case LastWeights, BestWeights:
		return w, nil
	}
	return "", fmt.Errorf("save-weights %s: choose last or best", s)
}

// saveWeights writes the parameters of a net after an epoch, if they are those to
// be saved so far.
func (s *session) saveWeights(j trainer.Job, o *trainer.Outcome, n *engine.Net) error {
	last := o.Curve[len(o.Curve)-1]
	switch {
	case j.Repeat > 0:
		return nil
	case s.Weights == LastWeights && last.Epoch < s.part.Recipe.For(j.Candidate).Epochs:
		return nil
	case s.Weights == BestWeights && !(last.Error == o.ErrorBestEpoch && isFirst(o, last)):
		return nil
	}
	path := s.dir.Weights(j.ID)
	if err := os.Mkdir(filepath.Dir(path), 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error { return export.Weights(w, n) })
}

// isFirst reports whether no earlier epoch had the error of the last one.
func isFirst(o *trainer.Outcome, last trainer.Epoch) bool {
	for _, e := range o.Curve[:len(o.Curve)-1] {
		if e.Error == last.Error {
			return false
		}
	}
	return true
}

// noteWeights says of how many models that were trained before there are no
// weights.
func (s *session) noteWeights() {
	missing := 0
	for _, e := range s.entries {
		if r, ok := s.journal.Outcome(e.ID, 0); ok && r.Status == trainer.Done {
			if _, err := os.Stat(s.dir.Weights(e.ID)); err != nil {
				missing++
			}
		}
	}
	if missing > 0 {
		fmt.Fprintf(s.Log, "note: %d models were trained without saving weights; a run that starts with --save-weights has them all\n", missing)
	}
}

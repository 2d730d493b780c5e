package pipeline

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"designspace/internal/interop/export"
	"designspace/internal/run/rundir"
	"designspace/trainer"
	"designspace/trainer/dataset"
	"designspace/trainer/engine/kernel"
)

// Saved weights give the error that the results have, and saving them changes no
// result.
func TestSaveWeights(t *testing.T) {
	plain := start(t, tiny(t))
	long := func(r trainer.Recipe) (trainer.Recipe, error) {
		r.Epochs, r.Batch, r.WarmupEpochs, r.LR, r.EMA = 6, 16, 0, 0.8, 0.5 // restless, so that the best is not the last
		return r, nil
	}
	o := short()
	o.Recipe = long
	if err := Train(t.Context(), plain, o); err != nil {
		t.Fatal(err)
	}
	for _, o.Weights = range []WeightChoice{LastWeights, BestWeights} {
		dir := start(t, tiny(t))
		if err := Train(t.Context(), dir, o); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(results(t, plain), results(t, dir)); diff != "" {
			t.Errorf("%s: %s", o.Weights, diff)
		}
		j, err := rundir.ReadJournal(dir)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := rundir.LoadModels(dir)
		if err != nil {
			t.Fatal(err)
		}
		differ := false
		for _, e := range entries {
			r, _ := j.Outcome(e.ID, 0)
			want := r.Error
			if o.Weights == BestWeights {
				want = r.ErrorBestEpoch
			}
			differ = differ || r.Error != r.ErrorBestEpoch
			if got := errorOfWeights(t, dir, e, "synthetic", dataset.Options{Input: 8, TrainImages: 48, TestImages: 20}); math.Abs(got-float64(want)) > 1e-9 {
				t.Errorf("%s weights of %s: error %g, want %g", o.Weights, e.ID, got, want)
			}
		}
		if !differ {
			t.Error("the last epoch was the best of every model: nothing is tested")
		}
	}
}

func errorOfWeights(t *testing.T, dir rundir.Dir, e rundir.Entry, data string, o dataset.Options) float64 {
	t.Helper()
	k, err := kernel.Choose("") // as the training did
	if err != nil {
		t.Fatal(err)
	}
	n, err := export.LoadNet(e.Model, dir.Weights(e.ID), 16, k)
	if err != nil {
		t.Fatal(err)
	}
	set, err := dataset.Open(data, o)
	if err != nil {
		t.Fatal(err)
	}
	got, err := trainer.Evaluate(t.Context(), n, set.Test, 16)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// Models that were trained before have no weights, and a note says so.
func TestWeightsComeTooLate(t *testing.T) {
	dir := start(t, tiny(t))
	if err := Train(t.Context(), dir, short()); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	o := short()
	o.Weights, o.Log = LastWeights, &log
	if err := Train(t.Context(), dir, o); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "note: 4 models were trained without saving weights") {
		t.Error(log.String())
	}
}

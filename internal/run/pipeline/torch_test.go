package pipeline

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"designspace/internal/run/rundir"
	"designspace/internal/table"
	"designspace/internal/testpython"
	"designspace/trainer/dataset"
)

// PyTorch trains a run like the engine: on the same data, with every column of
// the curves, and with weights that give its errors in the engine.
func TestTorch(t *testing.T) {
	dir, engines := start(t, tiny(t)), start(t, tiny(t))
	o := short()
	if err := Train(t.Context(), engines, o); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	o.Trainer, o.Python, o.Workers, o.Weights, o.Log = "torch", testpython.Find(t, "torch"), 2, LastWeights, &log
	if err := Train(t.Context(), dir, o); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "4 trainings by PyTorch ") || !strings.Contains(log.String(), ", 2 at a time; ") {
		t.Error(log.String())
	}
	got, want := results(t, dir), results(t, engines)
	for _, column := range []string{"id", "status", "epochs", "seed", "lr", "weight_decay", "data", "recipe", "version"} {
		if diff := cmp.Diff(want[column], got[column]); diff != "" {
			t.Errorf("%s: %s", column, diff)
		}
	}
	if k := got["kernel"][0]; k != "torch" {
		t.Errorf("kernel %s", k)
	}
	c, err := rundir.ReadConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	if ours, err := rundir.ReadConfig(engines); err != nil || c.Train.Data != ours.Train.Data || c.Train.Trainer != "torch" {
		t.Errorf("%+v, %+v, %v", c.Train, ours.Train, err)
	}
	checkCurves(t, dir, engines)
	entries, err := rundir.LoadModels(dir)
	if err != nil {
		t.Fatal(err)
	}
	j, err := rundir.ReadJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		r, _ := j.Outcome(e.ID, 0)
		if got := errorOfWeights(t, dir, e, "synthetic", dataset.Options{Input: 8, TrainImages: 48, TestImages: 20}); math.Abs(got-r.Error) > 1e-9 {
			t.Errorf("weights of %s: error %g, want %g", e.ID, got, r.Error)
		}
	}
}

// checkCurves checks that curves.csv has a number in every cell, and the engine's
// learning rates but for what a cosine is rounded by.
func checkCurves(t *testing.T, dir, engines rundir.Dir) {
	t.Helper()
	got, err := table.ReadFile(dir.Curves())
	if err != nil {
		t.Fatal(err)
	}
	want, err := table.ReadFile(engines.Curves())
	if err != nil {
		t.Fatal(err)
	}
	for _, column := range got.Columns() {
		a, err := got.Strings(column)
		if err != nil {
			t.Fatal(err)
		}
		b, err := want.Strings(column)
		if err != nil {
			t.Fatal(err)
		}
		for i, cell := range a {
			if cell == "" || strings.HasPrefix(column, "lr") && !nearly(cell, b[i]) {
				t.Errorf("%s: %q in row %d, the engine has %q", column, cell, i, b[i])
			}
		}
	}
	if a, b := got.Len(), want.Len(); a != b || a == 0 {
		t.Errorf("%d rows, the engine has %d", a, b)
	}
}

func nearly(a, b string) bool {
	x, err := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	return err == nil && err2 == nil && math.Abs(x-y) <= 1e-15
}

// A run is trained by one trainer, and a Python without PyTorch is an error before
// any model fails.
func TestTorchRefuses(t *testing.T) {
	dir := start(t, tiny(t))
	o := short()
	o.Trainer, o.Python = "torch", "/bin/false"
	if err := Train(t.Context(), dir, o); err == nil || !strings.Contains(err.Error(), "DESIGNSPACE_PYTHON names a Python that has PyTorch") {
		t.Error(err)
	}
	o.Trainer = "torch bf16"
	if err := Train(t.Context(), dir, o); err == nil || !strings.Contains(err.Error(), "trainer: the run has torch, not torch bf16") {
		t.Error(err)
	}
	if status := results(t, dir)["status"]; !cmp.Equal(status, []string{"pending", "pending", "pending", "pending"}) {
		t.Errorf("%q", status)
	}
	dir = start(t, tiny(t))
	o.Trainer, o.Weights = "train {model} {out}", LastWeights
	if err := Train(t.Context(), dir, o); err == nil || !strings.Contains(err.Error(), "leave out --save-weights") {
		t.Error(err)
	}
}

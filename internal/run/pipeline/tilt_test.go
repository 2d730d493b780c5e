package pipeline

import (
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"designspace/edf"
	"designspace/internal/run/predict"
	"designspace/internal/run/rundir"
)

// The models are those that edf.Tilt takes of the candidates, each with its
// weight; they are read as they were written, and drawn again after an interruption.
func TestTilt(t *testing.T) {
	d := catalogDraw()
	d.N, d.Tilt, d.Forecast = 20, true, Forecast{Predictor: predict.Builtin, Candidates: 60}
	p, err := Sample(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Entries) != 4*20 || len(p.Predictions) != 4*60 {
		t.Fatalf("%d models of %d candidates", len(p.Entries), len(p.Predictions))
	}
	for i := range 4 {
		var errs []float64
		for _, c := range p.Predictions[60*i : 60*i+60] {
			errs = append(errs, c.Error)
		}
		want, err := edf.Tilt(errs, 20)
		if err != nil {
			t.Fatal(err)
		}
		for k, e := range p.Entries[20*i : 20*i+20] {
			c := p.Predictions[60*i+want.Places[k]]
			if e.Index != c.Index || e.Space != c.Space || e.ID != c.ID || e.Stratum != want.Strata[k]+1 || e.Weight != want.Weights[k] || math.IsNaN(e.EFit) {
				t.Errorf("model %d is %+v, want candidate %+v", 20*i+k, e, c)
			}
		}
	}
	dir := rundir.Dir(t.TempDir())
	if err := p.Start(dir); err != nil {
		t.Fatal(err)
	}
	entries, err := rundir.LoadModels(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p.Entries, entries); diff != "" {
		t.Error(diff)
	}
	if err := os.Remove(dir.Models()); err != nil {
		t.Fatal(err)
	}
	again, err := Draw{}.Resume(t.Context(), dir, false)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p.Entries, again.Entries); diff != "" {
		t.Error(diff)
	}
	if err := again.Start(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := Extend(t.Context(), dir, 30); err == nil || !strings.Contains(err.Error(), "larger -n") {
		t.Errorf("extended: %v", err)
	}
}

func TestTiltRefuses(t *testing.T) {
	for remedy, change := range map[string]func(*Draw){
		"leave out --tilt or --vary": func(d *Draw) { d.Vary = "activation=relu,silu" },
		"-n 15 or more":              func(d *Draw) { d.N = 14 },
		"--candidates 200":           func(d *Draw) { d.Forecast.Candidates = 39 },
		"scaled models":              func(d *Draw) { d.Scale = "width=2" },
	} {
		d := catalogDraw()
		d.N, d.Tilt, d.Forecast = 20, true, Forecast{Predictor: predict.Builtin, Candidates: 60}
		change(&d)
		if _, err := Sample(t.Context(), d); err == nil || !strings.Contains(err.Error(), remedy) {
			t.Errorf("want %q: error %v", remedy, err)
		}
	}
}

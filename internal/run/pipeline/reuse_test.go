package pipeline

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"designspace/internal/run/rundir"
	"designspace/trainer"
)

// Models that another run trained alike are taken from there, and give what
// training gives.
func TestReuse(t *testing.T) {
	want := start(t, tiny(t))
	if err := Train(t.Context(), want, short()); err != nil {
		t.Fatal(err)
	}
	less := tiny(t)
	less.N = 3
	other := start(t, less)
	if err := Train(t.Context(), other, short()); err != nil {
		t.Fatal(err)
	}
	got := start(t, tiny(t))
	o := short()
	var log bytes.Buffer
	o.Reuse, o.Log, o.Idle = []rundir.Dir{other}, &log, true
	if err := Train(t.Context(), got, o); err != nil {
		t.Fatal(err)
	}
	if s, err := Inspect(got); err != nil || s.Done != 3 || s.Pending != 1 {
		t.Errorf("idle: %+v, %v", s, err)
	}
	o.Idle = false
	if err := Train(t.Context(), got, o); err != nil {
		t.Fatal(err)
	}
	if want := "3 of 4 outcomes are taken from runs that trained the same models in the same way\n"; !strings.HasPrefix(log.String(), want) {
		t.Errorf("log %q, want %q first", log.String(), want)
	}
	if diff := cmp.Diff(results(t, want), results(t, got)); diff != "" {
		t.Error(diff)
	}
	seconds := func(d rundir.Dir) []float64 {
		j, err := rundir.ReadJournal(d)
		if err != nil {
			t.Fatal(err)
		}
		var s []float64
		for _, id := range []string{"m0001", "m0002", "m0003"} {
			r, _ := j.Outcome(id, 0)
			s = append(s, r.TrainSeconds)
		}
		return s
	}
	if a, b := seconds(other), seconds(got); !slices.Equal(a, b) {
		t.Errorf("seconds %v were copied as %v", a, b)
	}
}

// Nothing is taken from a run with another recipe, other images or another run
// seed, or without training.
func TestReuseOnlyOfTheSame(t *testing.T) {
	untrained := start(t, tiny(t))
	recipe := start(t, tiny(t))
	o := short()
	o.Recipe = func(r trainer.Recipe) (trainer.Recipe, error) {
		r, err := short().Recipe(r)
		r.LR /= 2
		return r, err
	}
	if err := Train(t.Context(), recipe, o); err != nil {
		t.Fatal(err)
	}
	images := start(t, tiny(t))
	o = short()
	o.Images.Train++
	if err := Train(t.Context(), images, o); err != nil {
		t.Fatal(err)
	}
	d := tiny(t)
	d.Seed++
	seed := start(t, d)
	if err := Train(t.Context(), seed, short()); err != nil {
		t.Fatal(err)
	}

	dir := start(t, tiny(t))
	o = short()
	var log bytes.Buffer
	o.Reuse, o.Log = []rundir.Dir{untrained, recipe, images, seed}, &log
	if err := Train(t.Context(), dir, o); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(log.String(), "outcomes are taken") {
		t.Errorf("log %q", log.String())
	}
}

// Where learning rate and weight decay are drawn with the models, those of the
// recipe do not matter.
func TestReuseWithDrawnRecipe(t *testing.T) {
	d := tiny(t)
	path := filepath.Join(t.TempDir(), "drawn.yaml")
	const text = "name: drawn\nextends: proxy/regnetx-recipe\nparams:\n  d: {max: 5}\n"
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	d.Spaces = []string{path}
	first := start(t, d)
	if err := Train(t.Context(), first, short()); err != nil {
		t.Fatal(err)
	}
	second := start(t, d)
	o := short()
	o.Reuse, o.Idle = []rundir.Dir{first}, true
	o.Recipe = func(r trainer.Recipe) (trainer.Recipe, error) {
		r, err := short().Recipe(r)
		r.LR, r.WeightDecay = r.LR/2, 0
		return r, err
	}
	if err := Train(t.Context(), second, o); err != nil {
		t.Fatal(err)
	}
	s, err := Inspect(second)
	if err != nil || s.Pending != 0 || len(s.Warnings) > 0 {
		t.Fatalf("%+v, %v", s, err)
	}
	if diff := cmp.Diff(results(t, first)["error"], results(t, second)["error"]); diff != "" {
		t.Error(diff)
	}
}

package pipeline

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"designspace/internal/run/looks"
	"designspace/internal/run/rundir"
	"designspace/trainer"
)

// twins are two spaces of models that train in a blink; at a margin of 100 points
// any two are equivalent, at 0 these are not told apart.
func twins(t *testing.T) Draw {
	d := tiny(t)
	path := filepath.Join(t.TempDir(), "small.yaml")
	if err := os.WriteFile(path, []byte("name: small\nextends: proxy/regnetx\nparams:\n  d: {max: 5}\n  w0: {max: 8}\n  wa: {max: 9}\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	d.Spaces, d.N = append(d.Spaces, path), 12
	return d
}

func untilDecided(margin float64) Training {
	o := short()
	o.Until = &looks.Options{Max: 12, Margin: margin}
	return o
}

// What is trained, and every outcome, is the same for one worker and for several,
// interrupted and resumed, and for two processes with shards that look at the
// same time.
func TestUntilDecided(t *testing.T) {
	for _, margin := range []float64{1, 30} {
		one := start(t, twins(t))
		o := untilDecided(margin)
		o.Workers = 1
		var log bytes.Buffer
		o.Log = &log
		if err := Train(t.Context(), one, o); err != nil {
			t.Fatal(err)
		}
		want := results(t, one)
		s, err := Inspect(one)
		if err != nil {
			t.Fatal(err)
		}
		if !s.Until.Over || s.Pending > 0 || s.Done+s.Unneeded != 24 || s.Done != s.Until.Models || !strings.Contains(log.String(), s.Until.Sentence) {
			t.Fatalf("%+v %+v\n%s", s.Counts, s.Until, &log)
		}
		for i, epochs := range want["epochs"] {
			if want["status"][i] == string(trainer.Done) && (epochs != "2" || want["error"][i] != want["error_best_epoch"][i]) {
				t.Errorf("model %d: the last epoch is not the only one evaluated", i)
			}
		}

		resumed := start(t, twins(t))
		for range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
			o := untilDecided(margin)
			o.Workers = 2
			err := Train(ctx, resumed, o)
			cancel()
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
		}
		// The run has its design, so that later calls need to say nothing.
		if err := Train(t.Context(), resumed, short()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, results(t, resumed)); diff != "" {
			t.Error(diff)
		}

		shared := start(t, twins(t))
		var group sync.WaitGroup
		errs := make([]error, 2)
		for i := range errs {
			group.Go(func() {
				o := untilDecided(margin)
				o.Workers, o.Shard = 1, Shard{i, 2}
				errs[i] = Train(t.Context(), shared, o)
			})
		}
		group.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, results(t, shared)); diff != "" {
			t.Error(diff)
		}
	}
}

// A run that was trained otherwise has no design and gets none, and one with a
// design keeps to it.
func TestUntilDecidedRefuses(t *testing.T) {
	other := start(t, twins(t))
	o := short()
	o.Only = []string{"m0001"}
	if err := Train(t.Context(), other, o); err != nil {
		t.Fatal(err)
	}
	var conflict *rundir.Conflict
	if err := Train(t.Context(), other, untilDecided(1)); !errors.As(err, &conflict) {
		t.Errorf("trained otherwise: error %v", err)
	}
	designed := start(t, twins(t))
	if err := Train(t.Context(), designed, untilDecided(50)); err != nil {
		t.Fatal(err)
	}
	if err := Train(t.Context(), designed, untilDecided(49)); !errors.As(err, &conflict) {
		t.Errorf("another margin: error %v", err)
	}
	if err := Train(t.Context(), designed, o); err == nil || !strings.Contains(err.Error(), "only") {
		t.Errorf("only: error %v", err)
	}
	before := results(t, designed)
	if err := Train(t.Context(), designed, short()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, results(t, designed)); diff != "" {
		t.Errorf("trained beyond the stop: %s", diff)
	}
}

// Every task of a cluster can train any model, so that as many are submitted as
// there are models for the next look, and none when it is over.
func TestMissingUntilDecided(t *testing.T) {
	dir := start(t, twins(t))
	o := untilDecided(50)
	for shards, want := range map[int]int{3: 3, 100: 16} {
		if got, err := Missing(dir, o, shards, true); err != nil || len(got) != want {
			t.Errorf("%d of %d shards, error %v", len(got), shards, err)
		}
	}
	if err := Train(t.Context(), dir, o); err != nil {
		t.Fatal(err)
	}
	if got, err := Missing(dir, o, 3, true); err != nil || len(got) != 0 {
		t.Errorf("%v, error %v", got, err)
	}
}

// The best are confirmed when it is over, among the models that were trained.
func TestConfirmUntilDecided(t *testing.T) {
	dir := start(t, twins(t))
	o := untilDecided(50)
	o.Confirm = Confirm{Models: 1, Seeds: 1}
	if err := Train(t.Context(), dir, o); err != nil {
		t.Fatal(err)
	}
	s, err := Inspect(dir)
	if err != nil || s.Repeats != 2 || len(s.Confirmed) != 2 {
		t.Errorf("%+v, error %v", s, err)
	}
}

// A run that is begun so evaluates the last epoch alone, with the same errors, and
// takes outcomes from one that evaluates all; one that was begun otherwise keeps
// to it, and a recipe that says more is followed.
func TestLastOnly(t *testing.T) {
	all := start(t, tiny(t))
	if err := Train(t.Context(), all, short()); err != nil {
		t.Fatal(err)
	}
	o := short()
	o.Last = true
	last := start(t, tiny(t))
	if err := Train(t.Context(), last, o); err != nil {
		t.Fatal(err)
	}
	want, got := results(t, all), results(t, last)
	for _, c := range []string{"error", "seed", "recipe"} {
		if diff := cmp.Diff(want[c], got[c]); diff != "" {
			t.Errorf("%s: %s", c, diff)
		}
	}
	if diff := cmp.Diff(got["error"], got["error_best_epoch"]); diff != "" {
		t.Errorf("other epochs are evaluated: %s", diff)
	}
	if err := Train(t.Context(), all, o); err != nil {
		t.Errorf("a run that was begun otherwise: %v", err)
	}
	c, err := rundir.ReadConfig(all)
	if err != nil || c.Train.Recipe.EvalEvery != 0 {
		t.Errorf("%+v, error %v", c.Train, err)
	}
	reused := start(t, tiny(t))
	o.Idle, o.Reuse = true, []rundir.Dir{all}
	if err := Train(t.Context(), reused, o); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want["error"], results(t, reused)["error"]); diff != "" {
		t.Errorf("outcomes that are not taken: %s", diff)
	}
	curve := start(t, tiny(t))
	o = short()
	o.Last = true
	change := o.Recipe
	o.Recipe = func(r trainer.Recipe) (trainer.Recipe, error) {
		r, err := change(r)
		r.EvalEvery = 1
		return r, err
	}
	if err := Train(t.Context(), curve, o); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, results(t, curve)); diff != "" {
		t.Errorf("a curve that is asked for: %s", diff)
	}
}

// A run that others look at says so from its first training on, has no looks of
// its own, and trains the models that it is told to.
func TestLooksByOthers(t *testing.T) {
	d := twins(t)
	d.Spaces = d.Spaces[1:]
	dir := start(t, d)
	o := untilDecided(0)
	o.Until.By = "experiments"
	o.Only = []string{"m0002", "m0001"}
	if err := Train(t.Context(), dir, o); err != nil {
		t.Fatal(err)
	}
	c, err := rundir.ReadConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c.Until(), &rundir.Until{Looks: []int{8, 10, 12}, Level: 0.05, By: "experiments"}); diff != "" {
		t.Error(diff)
	}
	s, err := Inspect(dir)
	if err != nil || s.Until != nil || s.Done != 2 || s.Pending != 10 {
		t.Errorf("%+v, %v", s, err)
	}
	for _, other := range []Training{untilDecided(0), short()} {
		other.Only = o.Only
		var conflict *rundir.Conflict
		if other.Until == nil {
			other.Until = &looks.Options{Max: 10, By: "experiments"}
		}
		if err := Train(t.Context(), dir, other); err == nil || !errors.As(err, &conflict) && !strings.Contains(err.Error(), "nothing to compare") {
			t.Errorf("error %v", err)
		}
	}
}

package pipeline

import (
	"context"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"designspace/internal/run/predict"
	"designspace/internal/run/rundir"
	"designspace/trainer"
)

// The models are the candidates of the lowest predictions of each space and
// budget; what a crash left half done is completed.
func TestChooseBest(t *testing.T) {
	d := catalogDraw()
	d.Forecast = Forecast{Predictor: predict.Builtin, Candidates: 40}
	p, err := Sample(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	dir := rundir.Dir(t.TempDir())
	if err := p.Start(dir); err != nil {
		t.Fatal(err)
	}
	sampled, err := os.ReadFile(dir.Models())
	if err != nil {
		t.Fatal(err)
	}
	if err := ChooseBest(t.Context(), dir, 5); err != nil {
		t.Fatal(err)
	}
	entries, err := rundir.LoadModels(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		candidates := slices.Clone(p.Predictions[40*i : 40*i+40])
		slices.SortStableFunc(candidates, func(a, b rundir.Prediction) int { return int(math.Copysign(1, a.Error-b.Error)) })
		for k, e := range entries[5*i : 5*i+5] {
			if c := candidates[k]; e.Space != c.Space || e.Budget != c.Budget || e.Index != c.Index || e.ChosenOf != 40 {
				t.Errorf("model %s is candidate %d of %s, want %d of %s", e.ID, e.Index, e.Space, c.Index, c.Space)
			}
		}
	}
	// run.yaml was written, models.csv not.
	if err := os.WriteFile(dir.Models(), sampled, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := rundir.LoadModels(dir); err == nil || !strings.Contains(err.Error(), "complete it with designspace train") {
		t.Errorf("half chosen: error %v", err)
	}
	for range 2 { // the second changes nothing
		if err := ChooseBest(t.Context(), dir, 5); err != nil {
			t.Fatal(err)
		}
		again, err := rundir.LoadModels(dir)
		if diff := cmp.Diff(entries, again); err != nil || diff != "" {
			t.Error(diff, err)
		}
	}
}

// A meanwhile is a context in which something happens while others work.
type meanwhile struct {
	context.Context
	happen func()
}

func (m meanwhile) Err() error {
	m.happen()
	return m.Context.Err()
}

func (m meanwhile) Done() <-chan struct{} {
	m.happen()
	return m.Context.Done()
}

// Of two processes, one that trains the sample and one that chooses other models,
// the later one is refused.
func TestChooseBestMeanwhile(t *testing.T) {
	begin := func() rundir.Dir {
		d := tiny(t)
		d.Forecast = Forecast{Predictor: predict.Builtin, Candidates: 40}
		return start(t, d)
	}
	dir := begin()
	var once sync.Once
	ctx := meanwhile{t.Context(), func() {
		once.Do(func() {
			if err := Train(t.Context(), dir, short()); err != nil {
				t.Error(err)
			}
		})
	}}
	if err := ChooseBest(ctx, dir, 2); err == nil || !strings.Contains(err.Error(), "its models are trained as a sample already") {
		t.Errorf("while the sample is trained: error %v", err)
	}
	if got := results(t, dir)["status"]; !cmp.Equal(got, []string{"done", "done", "done", "done"}) {
		t.Errorf("status %q", got)
	}

	dir = begin()
	o := short()
	recipe := o.Recipe
	o.Recipe = func(r trainer.Recipe) (trainer.Recipe, error) {
		if err := ChooseBest(t.Context(), dir, 2); err != nil {
			t.Error(err)
		}
		return recipe(r)
	}
	if err := Train(t.Context(), dir, o); err == nil || !strings.Contains(err.Error(), "another process chose the 2 most promising models") {
		t.Errorf("while models are chosen: error %v", err)
	}
	if err := Train(t.Context(), dir, short()); err != nil || len(results(t, dir)["status"]) != 2 {
		t.Errorf("called again: error %v, status %q", err, results(t, dir)["status"])
	}
}

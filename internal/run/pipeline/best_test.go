package pipeline

import (
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"designspace/internal/run/predict"
	"designspace/internal/run/rundir"
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

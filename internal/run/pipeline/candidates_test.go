package pipeline

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"designspace/internal/run/predict"
	"designspace/internal/run/rundir"
	"designspace/space"
)

func TestDefaultCandidates(t *testing.T) {
	for n, want := range map[int]int{1: 1000, 100: 1000, 250: 2500, 5000: 20_000, 20_000: 0, 100_000: 0} {
		if got := DefaultCandidates(n); got != want {
			t.Errorf("%d candidates for %d models, want %d", got, n, want)
		}
	}
}

// The run's models are those of a run without predictions, and the first of the
// candidates; more candidates change nothing of either.
func TestPredictionsChangeNoModel(t *testing.T) {
	d := catalogDraw()
	plain, err := Sample(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	d.Forecast = Forecast{Predictor: predict.Builtin, Candidates: 60}
	few, err := Sample(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	d.Forecast.Candidates = 90
	many, err := Sample(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(plain.Entries, many.Entries); diff != "" {
		t.Error(diff)
	}
	if len(few.Predictions) != 4*60 || len(many.Predictions) != 4*90 {
		t.Fatalf("%d and %d predictions", len(few.Predictions), len(many.Predictions))
	}
	for i, p := range few.Predictions {
		q := many.Predictions[i/60*90+i%60]
		if i%60 < d.N && q.ID != plain.Entries[i/60*d.N+i%60].ID {
			t.Errorf("candidate %d is %s", i, q.ID)
		}
		if q.ID = p.ID; i%60 >= d.N && q != p {
			t.Errorf("candidate %d is %+v of 60 and %+v of 90", i, p, q)
		}
	}
	if c := many.Config.Predictor; c == nil || c.Candidates != 90 || c.Source != predict.Builtin || !cmp.Equal(c.Without, d.Spaces) || len(c.Hash) != 16 {
		t.Errorf("run.yaml says %+v", c)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func catalogDraw() Draw {
	return Draw{
		Spaces: []string{"proxy/anynetxa", "proxy/regnetx"}, N: 12, Seed: 1, Input: 16,
		Budgets: []space.Range{space.Between(500e3, 600e3), space.Between(1e6, 1.2e6)},
	}
}

// A space that holds fewer models than candidates are asked for has as many as it
// holds.
func TestFewCandidates(t *testing.T) {
	d := catalogDraw()
	d.Spaces, d.N, d.Budgets = d.Spaces[1:], 2, []space.Range{space.Between(500e3, 504e3)}
	d.Forecast = Forecast{Predictor: predict.Builtin, Candidates: 1000}
	p, err := Sample(t.Context(), d)
	if err != nil || len(p.Predictions) < 10 || len(p.Predictions) > 500 {
		t.Errorf("%d predictions, %v", len(p.Predictions), err)
	}
}

func TestCandidatesOfARun(t *testing.T) {
	d := catalogDraw()
	d.Forecast = Forecast{Predictor: predict.Builtin, Candidates: 20}
	dir := start(t, d)
	if v := Verify(dir); len(v.Problems) > 0 {
		t.Errorf("%q", v.Problems)
	}
	load := func() []rundir.Prediction {
		t.Helper()
		entries, err := rundir.LoadModels(dir)
		if err != nil {
			t.Fatal(err)
		}
		list, err := rundir.LoadCandidates(dir, entries)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	before := load()
	// A run keeps its predictor, whatever starts it again, or none.
	d.Forecast.Candidates = 0
	again, err := Sample(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Start(dir); err != nil {
		t.Error(err)
	}
	// Models that are added were candidates; and there may be more of them.
	for _, n := range []int{15, 25} {
		if _, err := Extend(t.Context(), dir, n); err != nil {
			t.Fatal(err)
		}
		after := load()
		if len(after) != 4*max(n, 20) {
			t.Errorf("%d predictions for %d models", len(after), n)
		}
		for i, p := range before {
			q := after[i/20*max(n, 20)+i%20]
			if q.Error != p.Error || q.Index != p.Index || i%20 < 12 && q.ID != p.ID || i%20 < n && strings.HasPrefix(q.ID, "c") {
				t.Errorf("%+v was %+v with fewer models", q, p)
			}
		}
	}
	for _, c := range []struct{ old, new, want string }{
		{"m0002,", "m0003,", "comes where m0002"},
		{"proxy/regnetx,", "proxy/other,", "missing"},
		{"predicted_error", "error", "predicted_error"},
	} {
		text, err := os.ReadFile(dir.Candidates())
		if err != nil {
			t.Fatal(err)
		}
		write(t, dir.Candidates(), strings.ReplaceAll(string(text), c.old, c.new))
		if v := Verify(dir); len(v.Problems) != 1 || !strings.Contains(v.Problems[0], c.want) {
			t.Errorf("%q, want %q", v.Problems, c.want)
		}
		write(t, dir.Candidates(), string(text))
	}
	if err := os.Remove(dir.Candidates()); err != nil {
		t.Fatal(err)
	}
	if v := Verify(dir); len(v.Problems) != 1 || !strings.Contains(v.Problems[0], "predictions are missing") {
		t.Errorf("%q", v.Problems)
	}
}

// A run that was sampled with another predictor cannot get more candidates.
func TestExtendByAnotherPredictor(t *testing.T) {
	d := catalogDraw()
	d.Forecast = Forecast{Predictor: predict.Builtin, Candidates: 20}
	dir := start(t, d)
	text, err := os.ReadFile(dir.Config())
	if err != nil {
		t.Fatal(err)
	}
	p, err := predict.Load(predict.Builtin)
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir.Config(), strings.Replace(string(text), p.Hash(), "0123456789abcdef", 1))
	if _, err := Extend(t.Context(), dir, 15); err == nil || !strings.Contains(err.Error(), "0123456789abcdef") {
		t.Errorf("%v", err)
	}
}

// Pairs have one prediction, which is that of the architecture where nothing
// varies; a run that is extended keeps them.
func TestPredictionsOfPairs(t *testing.T) {
	d := catalogDraw()
	d.Spaces, d.Budgets = d.Spaces[1:], d.Budgets[:1]
	d.Forecast = Forecast{Predictor: predict.Builtin, Candidates: 20, Without: []string{"proxy/anynetxa", "proxy/regnetx"}}
	plain, err := Sample(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if got := plain.Config.Predictor.Without; !slices.Equal(got, []string{"proxy/regnetx", "proxy/anynetxa"}) {
		t.Errorf("fitted without %q", got)
	}
	d.Vary = "activation=relu,silu"
	dir := start(t, d)
	if _, err := Extend(t.Context(), dir, 15); err != nil {
		t.Fatal(err)
	}
	entries, err := rundir.LoadModels(dir)
	if err != nil {
		t.Fatal(err)
	}
	predictions, err := rundir.LoadCandidates(dir, entries)
	if err != nil {
		t.Fatal(err)
	}
	architectures := map[string]bool{}
	for _, e := range entries {
		architectures[e.Architecture()] = true
	}
	if len(predictions) != 20 || len(architectures) != 15 {
		t.Fatalf("%d predictions, %d architectures", len(predictions), len(architectures))
	}
	for i, p := range predictions {
		if q := plain.Predictions[i]; p.Error != q.Error || p.Features != q.Features || p.Index != q.Index || architectures[p.ID] != (i < 15) {
			t.Errorf("%+v, and %+v where nothing varies", p, q)
		}
	}
	if v := Verify(dir); len(v.Problems) > 0 {
		t.Errorf("%q", v.Problems)
	}
}

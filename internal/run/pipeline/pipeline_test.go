package pipeline

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"designspace/internal/run/rundir"
	"designspace/internal/table"
	"designspace/space"
	"designspace/trainer"
)

// tiny draws models that train in a blink.
func tiny(t *testing.T) Draw {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tiny.yaml")
	const text = "name: tiny\nextends: proxy/anynetxa\nparams:\n  d: {max: 2}\n  w: {max: 16}\n"
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return Draw{Spaces: []string{path}, N: 4, Seed: 3, Input: 8, Version: "test"}
}

// short trains for two epochs of three steps.
func short() Training {
	return Training{
		Images: Images{Train: 48, Test: 20}, Version: "test", Log: io.Discard, NoForecast: true,
		Recipe: func(r trainer.Recipe) (trainer.Recipe, error) {
			r.Epochs, r.Batch, r.WarmupEpochs = 2, 16, 0
			return r, nil
		},
	}
}

func start(t *testing.T, d Draw) rundir.Dir {
	t.Helper()
	dir := rundir.Dir(t.TempDir())
	p, err := Sample(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// results reads results.csv without the columns that the clock writes.
func results(t *testing.T, dir rundir.Dir) map[string][]string {
	t.Helper()
	tab, err := table.ReadFile(dir.Results())
	if err != nil {
		t.Fatal(err)
	}
	columns := map[string][]string{}
	for _, c := range tab.Columns() {
		if c == "train_seconds" || strings.HasSuffix(c, "images_per_second") {
			continue
		}
		if columns[c], err = tab.Strings(c); err != nil {
			t.Fatal(err)
		}
	}
	return columns
}

// However the models are distributed over workers and calls, the results are
// the same to the bit.
func TestResultsDoNotDependOnTheWay(t *testing.T) {
	one := start(t, tiny(t))
	o := short()
	o.Workers = 1
	if err := Train(t.Context(), one, o); err != nil {
		t.Fatal(err)
	}
	want := results(t, one)
	if got := want["status"]; !cmp.Equal(got, []string{"done", "done", "done", "done"}) {
		t.Fatalf("status %q", got)
	}

	several := start(t, tiny(t))
	o = short()
	o.Workers = 3
	o.Only = []string{"m0003", "m0002"}
	if err := Train(t.Context(), several, o); err != nil {
		t.Fatal(err)
	}
	if got := results(t, several)["status"]; !cmp.Equal(got, []string{"pending", "done", "done", "pending"}) {
		t.Fatalf("status %q", got)
	}
	// Later calls need to say nothing.
	if err := Train(t.Context(), several, Training{Workers: 2, Version: "test", Log: io.Discard}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, results(t, several)); diff != "" {
		t.Error(diff)
	}
}

// An interruption keeps what was trained, and what follows goes on from there.
func TestInterruption(t *testing.T) {
	d := tiny(t)
	d.N = 6
	whole := start(t, d)
	if err := Train(t.Context(), whole, short()); err != nil {
		t.Fatal(err)
	}
	cut := start(t, d)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for {
			if j, err := rundir.ReadJournal(cut); err == nil && len(j.Records) > 0 {
				cancel()
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	o := short()
	o.Workers = 1
	if err := Train(ctx, cut, o); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	s, err := Inspect(cut)
	if err != nil {
		t.Fatal(err)
	}
	if s.Done < 1 || s.Done+s.Pending != 6 {
		t.Errorf("after the interruption: %+v", s.Counts)
	}
	if err := Train(t.Context(), cut, short()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(results(t, whole), results(t, cut)); diff != "" {
		t.Error(diff)
	}
}

// Models of several image sizes train in one run, each on images of its size.
func TestSeveralInputs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sizes.yaml")
	const text = "name: sizes\nextends: proxy/anynetxa\nparams:\n  d: {max: 2}\n  w: {max: 16}\n"
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	d := tiny(t)
	d.N = 1
	small, err := Sample(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	d.Spaces, d.Input = []string{path}, 16
	large, err := Sample(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	large.Entries[0].ID, large.Entries[0].Model.Name = "m0002", "m0002"
	small.Entries = append(small.Entries, large.Entries...)
	small.Config.Spaces = append(small.Config.Spaces, large.Config.Spaces...)
	small.Config.Input = 0
	dir := rundir.Dir(t.TempDir())
	if err := small.Start(dir); err != nil {
		t.Fatal(err)
	}
	if err := Train(t.Context(), dir, short()); err != nil {
		t.Fatal(err)
	}
	r := results(t, dir)
	if !cmp.Equal(r["input"], []string{"8", "16"}) || !cmp.Equal(r["status"], []string{"done", "done"}) {
		t.Errorf("inputs %q, status %q", r["input"], r["status"])
	}
}

func TestTrainRefuses(t *testing.T) {
	dir := start(t, tiny(t))
	o := short()
	o.Only = []string{"m0001"}
	if err := Train(t.Context(), dir, o); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		change func(*Training)
		want   string
	}{
		{func(o *Training) { o.Only = []string{"m0009"} }, "models.csv has m0001 to m0004"},
		{func(o *Training) { o.Only = []string{"m2"} }, "did you mean m0002?"},
		{func(o *Training) { o.Images.Train = 40 }, "data.train_images: the run has 48, not 40"},
		{func(o *Training) {
			o.Recipe = func(r trainer.Recipe) (trainer.Recipe, error) { r.LR = 1; return r, nil }
		}, "recipe.lr: the run has 0.1, not 1"},
		{func(o *Training) {
			o.Recipe = func(r trainer.Recipe) (trainer.Recipe, error) { r.Batch = 0; return r, nil }
		}, "recipe: batch 0: want 1 to 65536"},
		{func(o *Training) { o.Kernel = "abacus" }, "abacus"},
		{func(o *Training) { o.Data = "cifar100" }, "cifar100"},
	} {
		o := Training{Version: "test", Log: io.Discard}
		c.change(&o)
		if err := Train(t.Context(), dir, o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %s", err, c.want)
		}
	}
	if got := results(t, dir)["status"]; !cmp.Equal(got, []string{"done", "pending", "pending", "pending"}) {
		t.Errorf("status %q", got)
	}
}

// What run.yaml keeps of a space draws the same models.
func TestDefinitionsStandAlone(t *testing.T) {
	d := Draw{Spaces: []string{"proxy/anynetxe", "proxy/regnety"}, N: 2, Seed: 1, Version: "test",
		Budgets: []space.Range{space.Between(1e6, 2e6), space.Between(2e6, 3e6)}}
	p, err := Sample(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	dir := rundir.Dir(t.TempDir())
	if err := p.Start(dir); err != nil {
		t.Fatal(err)
	}
	c, err := rundir.ReadConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	again := d
	again.Spaces = nil
	for i, s := range c.Sample.Spaces {
		path := filepath.Join(t.TempDir(), string(rune('a'+i))+".yaml")
		if err := os.WriteFile(path, []byte(s.Definition), 0o666); err != nil {
			t.Fatal(err)
		}
		again.Spaces = append(again.Spaces, path)
	}
	q, err := Sample(t.Context(), again)
	if err != nil {
		t.Fatal(err)
	}
	keys := func(p *Population) (keys []string) {
		for _, e := range p.Entries {
			keys = append(keys, e.ID+" "+e.Space+" "+e.Budget+" "+e.Model.Key())
		}
		return keys
	}
	if diff := cmp.Diff(keys(p), keys(q)); diff != "" {
		t.Error(diff)
	}
	loaded, err := rundir.LoadModels(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p.Entries, loaded, cmp.AllowUnexported(space.Candidate{}), cmp.Comparer(func(a, b float64) bool { return a == b || a != a && b != b })); diff != "" {
		t.Errorf("models.csv: %s", diff)
	}
}

func TestFunnelNarrows(t *testing.T) {
	d := tiny(t)
	d.Budgets = []space.Range{space.Between(1e5, 3e5)}
	p, err := Sample(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	first, last := p.Steps[0], p.Steps[len(p.Steps)-1]
	if first.Name != "candidates drawn" || last.Name != "accepted" || last.Count != 4 {
		t.Errorf("steps %v", p.Steps)
	}
	if !slices.IsSortedFunc(p.Steps, func(a, b rundir.Step) int { return b.Count - a.Count }) {
		t.Errorf("steps widen: %v", p.Steps)
	}
}

func TestLoadRecipe(t *testing.T) {
	proxy, err := trainer.Preset("proxy")
	if err != nil {
		t.Fatal(err)
	}
	want := proxy
	want.Epochs, want.Mixup = 7, 0.2
	path := filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(path, []byte("epochs: 7\nmixup: 0.2\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	got, err := LoadRecipe(path)
	if err != nil || got != want {
		t.Errorf("recipe %+v, %v", got, err)
	}
	if got, err = LoadRecipe("proxy"); err != nil || got != proxy {
		t.Errorf("recipe %+v, %v", got, err)
	}
	if err := os.WriteFile(path, []byte("epoch: 7\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{path: `unknown key "epoch"; did you mean "epochs"?`, "prox": `did you mean "proxy"?`, "absent.yaml": "no such file"} {
		if _, err := LoadRecipe(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %s", name, err, want)
		}
	}
}

func TestEveryModelHasItsFit(t *testing.T) {
	p, err := Sample(t.Context(), tiny(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range p.Entries {
		if want := e.Model.Fit().Error; e.EFit != want {
			t.Errorf("%s: e_fit %g, want %g", e.ID, e.EFit, want)
		}
	}
}

// A scaled population is that of the base, model by model, and run.yaml says so.
func TestScaledPopulation(t *testing.T) {
	d := tiny(t)
	base, err := Sample(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	d.Scale = "r x4"
	dir := start(t, d)
	entries, err := rundir.LoadModels(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range entries {
		b := base.Entries[i]
		if e.Model.Input != 2*b.Model.Input || !cmp.Equal(e.Model.Widths, b.Model.Widths) || e.Flops <= b.Flops {
			t.Errorf("%s: %+v of %+v", e.ID, e, b)
		}
	}
	c, err := rundir.ReadConfig(dir)
	if err != nil || c.Sample.Scale != "r x4" || c.Sample.Input != 16 {
		t.Errorf("%+v, %v", c.Sample, err)
	}
	if err := base.Start(dir); err == nil {
		t.Error("the base is taken for the scaled population")
	}
	d.Scale = "x4"
	if _, err := Sample(t.Context(), d); err == nil || !strings.Contains(err.Error(), `no rule "x4"`) {
		t.Errorf("error %v", err)
	}
}

// What was trained before counts in what is shown.
func TestTotalsAfterResume(t *testing.T) {
	dir := start(t, tiny(t))
	o := short()
	o.Only = []string{"m0001"}
	if err := Train(t.Context(), dir, o); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	o.Only, o.Log, o.NoForecast = nil, &log, false
	if err := Train(t.Context(), dir, o); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "3 models will take") || !strings.Contains(log.String(), "4/4 models") {
		t.Errorf("%s", &log)
	}
}

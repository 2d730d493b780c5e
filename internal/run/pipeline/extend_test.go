package pipeline

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"designspace/internal/run/rundir"
	"designspace/space"
)

// A run that is extended has the models of one that was drawn with more at once,
// under other ids, and the outcomes that it had.
func TestExtend(t *testing.T) {
	d := tiny(t)
	d.Budgets = []space.Range{space.Between(0, 60_000), space.Between(60_000, 1e9)}
	d.N = 2
	dir := start(t, d)
	if err := Train(t.Context(), dir, short()); err != nil {
		t.Fatal(err)
	}
	before := results(t, dir)
	added, err := Extend(t.Context(), dir, 5)
	if err != nil || added != 6 {
		t.Fatalf("%d models more, %v", added, err)
	}
	if added, err := Extend(t.Context(), dir, 5); err != nil || added != 0 {
		t.Errorf("again: %d models more, %v", added, err)
	}
	if s, err := Inspect(dir); err != nil || s.Done != 4 || s.Pending != 6 || len(s.Populations) != 2 {
		t.Errorf("%+v, %v", s, err)
	}
	if err := Train(t.Context(), dir, short()); err != nil {
		t.Fatal(err)
	}
	after := results(t, dir)
	for column, cells := range before {
		if !cmp.Equal(after[column][:4], cells) {
			t.Errorf("%s was %q and is %q", column, cells, after[column][:4])
		}
	}

	d.N = 5
	whole := start(t, d)
	if err := Train(t.Context(), whole, short()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(byModel(results(t, whole)), byModel(after)); diff != "" {
		t.Error(diff)
	}
}

// byModel joins what decides and what came of each model, whatever its id.
func byModel(columns map[string][]string) map[string]bool {
	models := map[string]bool{}
	for i := range columns["id"] {
		var row []string
		for _, c := range []string{"space", "budget", "error", "flops", "d1", "w1", "seed"} {
			row = append(row, columns[c][i])
		}
		models[strings.Join(row, " ")] = true
	}
	return models
}

// What an interruption leaves between models.csv and run.yaml is completed.
func TestExtendIsCompleted(t *testing.T) {
	dir := start(t, tiny(t))
	if _, err := Extend(t.Context(), dir, 6); err != nil {
		t.Fatal(err)
	}
	if err := rundir.SetModels(dir, 4); err != nil { // as before the last step
		t.Fatal(err)
	}
	want := dir.Models() + ": an extension of the run was interrupted: complete it with designspace sample --extend -n 6 --out " + string(dir)
	if _, err := rundir.LoadModels(dir); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if _, err := Extend(t.Context(), dir, 5); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	d := tiny(t)
	p, err := Sample(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(dir); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if added, err := Extend(t.Context(), dir, 6); err != nil || added != 0 {
		t.Errorf("%d, %v", added, err)
	}
	if e, err := rundir.LoadModels(dir); err != nil || len(e) != 6 {
		t.Errorf("%d models, %v", len(e), err)
	}
	if _, err := Extend(t.Context(), dir, 3); err == nil || !strings.Contains(err.Error(), "the run has 6 models") {
		t.Error(err)
	}
}

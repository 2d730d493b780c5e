package refine

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"designspace/internal/run/pipeline"
	"designspace/internal/run/rundir"
	"designspace/space"
	"designspace/trainer"
)

// trained is a run of which every model but the last has an error, which falls
// with its parameters.
func trained(t *testing.T, d pipeline.Draw) rundir.Dir {
	t.Helper()
	dir := rundir.Dir(t.TempDir())
	p, err := pipeline.Sample(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(dir); err != nil {
		t.Fatal(err)
	}
	var errs []float64
	for _, e := range p.Entries[:len(p.Entries)-1] {
		errs = append(errs, 90-10*math.Log10(float64(e.Params)))
	}
	record(t, dir, p.Entries, errs)
	return dir
}

// record gives the first models of a run errors.
func record(t *testing.T, dir rundir.Dir, entries []rundir.Entry, errs []float64) {
	t.Helper()
	w := rundir.NewWriter(dir)
	defer w.Close()
	for i, e := range errs {
		r := trainer.NewOutcome(entries[i].ID, trainer.Done)
		r.Error = e
		if err := w.Append(r); err != nil {
			t.Fatal(err)
		}
	}
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoad(t *testing.T) {
	dir := trained(t, pipeline.Draw{Spaces: []string{"proxy/anynetxa", "proxy/regnetx"}, N: 12, Seed: 5, Input: 16})
	entries, err := rundir.LoadModels(dir)
	if err != nil {
		t.Fatal(err)
	}
	for k, name := range []string{"proxy/anynetxa", "proxy/regnetx"} {
		p, err := Load(dir, Choice{Space: name})
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Models) != 12-k || p.Pending != k || p.Name != name || p.Space.Settings().Input != 16 {
			t.Errorf("%s: %d models, %d pending", p.Name, len(p.Models), p.Pending)
		}
		for i, m := range p.Models {
			e := entries[12*k+i]
			if want := 90 - 10*math.Log10(float64(e.Params)); p.Errors[i] != want || m.Complexity != e.Complexity {
				t.Errorf("%s: error %v, want %v", e.ID, p.Errors[i], want)
			}
			d := value(p.Space, m.Setting, map[int]string{0: "d4", 1: "d"}[k])
			if want := map[int]int{0: e.Model.Depths[len(e.Model.Depths)-1], 1: e.Model.Depth()}[k]; d != float64(want) {
				t.Errorf("%s: depth %v, want %d", e.ID, d, want)
			}
		}
	}
	few, err := Load(dir, Choice{Space: "proxy/anynetxa", Where: "id<=m0003"})
	if err == nil {
		t.Errorf("ids are ordered: %d models", len(few.Models))
	}
	median := entries[5].Flops
	part, err := Load(dir, Choice{Where: fmt.Sprintf("space=proxy/anynetxa, flops<=%d", median)})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range part.Models {
		if m.Complexity.Flops > median {
			t.Errorf("%d flops", m.Complexity.Flops)
		}
	}
}

func TestLoadErrors(t *testing.T) {
	dir := trained(t, pipeline.Draw{
		Spaces: []string{"proxy/anynetxa", "proxy/regnetx"}, N: 3, Seed: 5,
		Budgets: []space.Range{space.Between(1e6, 2e6), space.Between(2e6, 4e6)},
	})
	for _, c := range []struct {
		choice Choice
		want   string
	}{
		{Choice{}, "the run has several spaces: choose one with --space: proxy/anynetxa, proxy/regnetx"},
		{Choice{Space: "proxy/regnetx"}, "the run has 2 populations of proxy/regnetx, whose errors do not compare: choose one with --where, such as 'budget=1M:2M'"},
		{Choice{Space: "mine"}, "--space mine: the run has no trained model of it: there are those of proxy/anynetxa, proxy/regnetx"},
	} {
		if _, err := Load(dir, c.choice); err == nil || err.Error() != c.want {
			t.Errorf("%+v:\n got %v\nwant %s", c.choice, err, c.want)
		}
	}
	varied := trained(t, pipeline.Draw{Spaces: []string{"proxy/regnetx"}, N: 3, Seed: 5, Vary: "lr=0.1,0.2"})
	if _, err := Load(varied, Choice{}); err == nil || !strings.HasSuffix(err.Error(), "such as 'condition=lr=0.1'") {
		t.Errorf("conditions: error %v", err)
	}
	p, err := Load(dir, Choice{Space: "proxy/regnetx", Where: "budget=2M:4M"})
	if err != nil || len(p.Models) != 2 {
		t.Fatal(err)
	}
	// A model that is not the candidate it is said to be.
	text, err := os.ReadFile(dir.Models())
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	cells := strings.Split(lines[1], ",")
	i := slices.Index(strings.Split(lines[0], ","), "candidate")
	cells[i] += "1"
	lines[1] = strings.Join(cells, ",")
	write(t, dir.Models(), strings.Join(lines, "\n"))
	_, err = Load(dir, Choice{Space: "proxy/anynetxa", Where: "budget=1M:2M"})
	if want := fmt.Sprintf("%s: model m0001 is not candidate %s of space proxy/anynetxa: restore the file or sample again", dir.Models(), cells[i]); err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

// A child of the catalog needs no other file; the child of a child has its
// parent beside it, and shows its lineage.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	first := filepath.Join(dir, "first.yaml")
	save := func(run rundir.Dir, out string, o Options) *Refinement {
		t.Helper()
		p, err := Load(run, Choice{})
		if err != nil {
			t.Fatal(err)
		}
		parent, err := p.ParentOf(out)
		if err != nil {
			t.Fatal(err)
		}
		o.Extends, o.Source = parent.Extends, "run"
		r, err := Refine(p.Space, p, o)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Save(out, parent, func(path string, text []byte) error { return os.WriteFile(path, text, 0o666) }); err != nil {
			t.Fatal(err)
		}
		return r
	}
	run := trained(t, pipeline.Draw{Spaces: []string{"proxy/anynetxc"}, N: 40, Seed: 5, Input: 16})
	save(run, first, Options{Name: "first", Suggest: true})
	s, err := space.Load(first)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(s.Lineage, " "); got != "proxy/anynetxa proxy/anynetxb proxy/anynetxc" {
		t.Errorf("lineage %s", got)
	}

	run = trained(t, pipeline.Draw{Spaces: []string{first}, N: 20, Seed: 6, Input: 16})
	for _, place := range []string{dir, t.TempDir()} { // with the parent's file, and without
		second := filepath.Join(place, "second.yaml")
		r := save(run, second, Options{Name: "second", Width: space.Nondecreasing})
		if s, err = space.Load(second); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(s.Lineage, " "); got != "proxy/anynetxa proxy/anynetxb proxy/anynetxc first" {
			t.Errorf("lineage %s", got)
		}
		want, _, _ := r.Child.Size()
		if got, _, _ := s.Size(); got.Cmp(want) != 0 {
			t.Errorf("%v settings, previewed %v", got, want)
		}
	}

	p, err := Load(run, Choice{})
	if err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	write(t, filepath.Join(other, "first.yaml"), "name: first\nextends: proxy/regnetx\nparams: {b: 1}\n")
	want := filepath.Join(other, "first.yaml") + ": it is not the space first that the run drew from, whose file belongs there: write the child into another directory"
	if _, err := p.ParentOf(filepath.Join(other, "x.yaml")); err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	if _, err := p.ParentOf(first); err == nil || err.Error() != first+": the file of the parent has this name: choose another" {
		t.Error(err)
	}
}

func TestParentFile(t *testing.T) {
	for _, c := range [][3]string{
		{"proxy/regnetx", "a/b.yaml", "proxy/regnetx"},
		{"a/p.yaml", "a/b.yaml", "p.yaml"},
		{"p.yaml", "a/b.yaml", "../p.yaml"},
		{"x/p.yaml", "b.yaml", "x/p.yaml"},
		{"x/p.yaml", "", "x/p.yaml"},
	} {
		p, err := ParentFile(c[0], c[1])
		if err != nil || p.Extends != c[2] {
			t.Errorf("%v: %q, %v", c, p.Extends, err)
		}
	}
}

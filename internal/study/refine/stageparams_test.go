package refine

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"designspace/internal/run/rundir"
	"designspace/internal/table"
	"designspace/space"
)

// two are values to try a parameter of stages with, which fit together.
var two = map[string][2]float64{"d": {1, 2}, "w": {16, 32}, "b": {1, 2}, "g": {1, 2}, "e": {1, 6}, "k": {3, 5}}

// stageSpace returns a space of three stages in which one parameter has two
// values, and the others one.
func stageSpace(t *testing.T, block space.Block, name string) *space.Space {
	t.Helper()
	text := fmt.Sprintf("name: x\nbase: anynet\nstem: cifar\nstem_width: 16\nblock: %s\nstages: 3\nparams:\n", block)
	for _, p := range space.StageParams() {
		v, ok := two[p.Name]
		switch {
		case !block.Has(p.Name):
		case !ok:
			t.Fatalf("no values to try %s with: add them", p.Name)
		case p.Name == name:
			text += fmt.Sprintf("  %s: [%v, %v]\n", p.Name, v[0], v[1])
		default:
			text += fmt.Sprintf("  %s: %v\n", p.Name, v[0])
		}
	}
	s, err := space.Read("x.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Every parameter of stages, in every block that has it, is drawn by stage; its
// draw is what the model has, as a property, in its YAML and in its column; and
// a child restricts or shares it.
func TestEveryStageParam(t *testing.T) {
	for _, block := range space.Blocks() {
		for _, p := range space.StageParams() {
			if block.Has(p.Name) {
				t.Run(fmt.Sprint(block, " ", p.Name), func(t *testing.T) { testStageParam(t, stageSpace(t, block, p.Name), p) })
			}
		}
	}
}

func testStageParam(t *testing.T, s *space.Space, p space.StageParam) {
	// The error falls with the value of the second stage alone.
	q := population(s, 100, 1, func(x space.Setting) float64 { return 50 - value(s, x, p.Name+"2") })
	settings := map[string]bool{}
	var entries []rundir.Entry
	for i, m := range q.Models {
		var drawn []float64
		for stage := range 3 {
			name := fmt.Sprint(p.Name, stage+1)
			drawn = append(drawn, value(s, m.Setting, name))
			property, err := space.ParseProperty(name)
			if err != nil {
				t.Fatal(err)
			}
			if v, ok := property.Of(&m.Candidate, m.Complexity); !ok || v != drawn[stage] || !s.Has(property) {
				t.Fatalf("%s is %v as a property, drawn %v", name, v, drawn[stage])
			}
		}
		settings[fmt.Sprint(drawn)] = true
		again, err := space.ReadModel("x.yaml", space.MarshalModel(m.Model))
		if err != nil {
			t.Fatal(err)
		}
		if again.Key() != m.Model.Key() {
			t.Fatalf("%s in YAML is %s", m.Model.Key(), again.Key())
		}
		e := rundir.Entry{ID: rundir.ID(i, 100), Candidate: m.Clone(), Complexity: m.Complexity}
		e.Model.Name = e.ID
		entries = append(entries, e)
	}
	if len(settings) != 8 {
		t.Errorf("%d of 2×2×2 settings are drawn", len(settings))
	}
	testColumn(t, p, entries)

	r := refineIt(t, q, Options{Suggest: true})
	if len(r.Text.Params) != 1 || r.Text.Params[0].Name != p.Name+"2" || len(r.Suggestion.Parameters) != 3 {
		t.Errorf("suggested: %+v", r.Text.Params)
	}
	lo, hi := two[p.Name][0], two[p.Name][1]
	for name, want := range map[string][]bool{p.Name: {true, true, true}, p.Name + "3": {false, false, true}} {
		o := Options{Ranges: []space.Restriction{mustParse(t, fmt.Sprintf("%s=%v", name, hi))}}
		r := refineIt(t, q, o)
		if len(r.Text.Limits) > 0 {
			t.Errorf("%s limits a property: %v", name, r.Text.Limits)
		}
		testRestricted(t, r.Child, p, want, lo)
	}
	r = refineIt(t, q, Options{Share: []string{p.Name}})
	if n, _, _ := r.Child.Size(); n.Int64() != 2 || r.Preview.ChildSummary.N == 0 {
		t.Errorf("%v settings and %d models where the stages share one draw", n, r.Preview.ChildSummary.N)
	}
}

// testColumn writes models.csv and reads it back.
func testColumn(t *testing.T, p space.StageParam, entries []rundir.Entry) {
	t.Helper()
	var b bytes.Buffer
	if err := rundir.WriteModels(&b, entries); err != nil {
		t.Fatal(err)
	}
	file, err := table.Read("models.csv", bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	again, err := rundir.ReadModels("models.csv", &b)
	if err != nil {
		t.Fatal(err)
	}
	for stage := range 3 {
		cells, err := file.Strings(fmt.Sprint(p.Name, stage+1))
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range entries {
			v, _ := p.At(e.Model, stage)
			w, ok := p.At(again[i].Model, stage)
			if cells[i] != fmt.Sprint(v) || !ok || w != v {
				t.Fatalf("%s%d of %s is %v, in the column %s, read %v", p.Name, stage+1, e.ID, v, cells[i], w)
			}
		}
	}
	for i := range again {
		if diff := cmp.Diff(entries[i].Model, again[i].Model); diff != "" {
			t.Fatal(diff)
		}
	}
}

// testRestricted draws from a child, in some stages of which a value is gone.
func testRestricted(t *testing.T, child *space.Space, p space.StageParam, gone []bool, value float64) {
	t.Helper()
	d, r := child.NewDrawer(), rand.New(rand.NewPCG(1, 2))
	seen := make([]bool, len(gone))
	for range 100 {
		c, _ := d.Draw(r)
		for stage := range seen {
			if v, ok := p.At(c.Model, stage); ok && v == value {
				seen[stage] = true
			}
		}
	}
	for stage := range gone {
		if seen[stage] == gone[stage] {
			t.Errorf("%s%d of %v is drawn: %v", p.Name, stage+1, value, seen[stage])
		}
	}
}

// What is said to be left of a parameter is what the models of the child have:
// the evidence for one stage restricts no other.
func TestSuggestionForExpansions(t *testing.T) {
	s := load(t, "proxy/mbconv")
	p := population(s, 300, 1, func(x space.Setting) float64 {
		return 60 + 5*max(0, value(s, x, "e1")-2)
	})
	r := refineIt(t, p, Options{Suggest: true, Only: []string{"e", "k"}})
	var names []string
	for _, e := range r.Suggestion.Parameters {
		names = append(names, e.Name)
		kept := 0
		for _, m := range p.Models {
			if list := e.restriction.Range.Values(); list == nil || slices.Contains(list, value(s, m.Setting, e.Name)) {
				kept++
			}
		}
		if e.Models != kept {
			t.Errorf("%s: %d models are left, %d counted", e.Name, e.Models, kept)
		}
	}
	if diff := cmp.Diff([]string{"e1", "e2", "e3", "e4", "k1", "k2", "k3", "k4"}, names); diff != "" {
		t.Error(diff)
	}
	if len(r.Text.Params) != 1 || r.Text.Params[0].Name != "e1" || r.Preview.ChildSummary.N != r.Suggestion.Parameters[0].Models {
		t.Errorf("suggested: %+v, %d models inside", r.Text.Params, r.Preview.ChildSummary.N)
	}
}

func mustParse(t *testing.T, text string) space.Restriction {
	t.Helper()
	r, err := ParseRange(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

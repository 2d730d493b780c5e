package rundir

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"designspace/space"
)

// entries are models with every kind of column: stages of both lengths,
// blocks with and without groups, a RegNet, drawn and undrawn recipes.
func entries() []Entry {
	es := []Entry{
		{ID: "m0001", Space: "proxy/anynetxa", Budget: "1M:3M", Index: 17, EFit: 0.25, Candidate: space.Candidate{Model: &space.Model{
			Stem: space.StemCIFAR, StemWidth: 16, Block: space.BlockX, Activation: space.ReLU,
			Depths: []int{1, 2, 3}, Widths: []int{16, 24, 48}, Strides: []int{1, 2, 2}, Bottleneck: []float64{1, 0.5, 2}, GroupWidths: []int{4, 16, 8},
			SERatio: 0.25, Classes: 10, Input: 32}}},
		{ID: "m0002", Space: "v", EFit: math.NaN(), Candidate: space.Candidate{LR: 0.1, WeightDecay: 5e-5, Model: &space.Model{
			Stem: space.StemSimple, StemWidth: 32, Block: space.BlockV, Activation: space.SiLU,
			Depths: []int{2}, Widths: []int{8}, Strides: []int{2}, HeadWidth: 64, Classes: 100, Input: 28}}},
		// u = 16, 24.1, 32.2, 40.3, 48.4, 56.5 are on levels 0, 0, 1, 1, 1, 1 of
		// widths 16 and 37.5; the latter becomes 40 and, for groups of 16, 32.
		{ID: "m0003", Space: "proxy/regnetx", Candidate: space.Candidate{Model: &space.Model{
			Stem: space.StemCIFAR, StemWidth: 16, Block: space.BlockX, Activation: space.ReLU,
			Depths: []int{2, 4}, Widths: []int{16, 32}, Strides: []int{1, 2}, Bottleneck: []float64{1, 1}, GroupWidths: []int{16, 16},
			Classes: 10, Input: 32, RegNet: &space.RegNet{Depth: 6, W0: 16, WA: 8.1, WM: 2.345, B: 1, G: 16}}}},
	}
	for i := range es {
		es[i].Model.Name = es[i].ID
		es[i].Complexity = es[i].Model.Complexity()
	}
	return es
}

func TestModelsRoundTrip(t *testing.T) {
	d := Dir(t.TempDir())
	want := entries()
	if err := SaveModels(d, want); err != nil {
		t.Fatal(err)
	}
	got, err := LoadModels(d)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, numbers); diff != "" {
		t.Error(diff)
	}
}

// Any model survives models.csv to the bit.
func TestAnyModelRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &space.Model{
			Name: "m1", Stem: rapid.SampledFrom([]space.Stem{space.StemCIFAR, space.StemImageNet}).Draw(t, "stem"), StemWidth: rapid.IntRange(1, 64).Draw(t, "stem_width"),
			Block: rapid.SampledFrom([]space.Block{space.BlockX, space.BlockLinear}).Draw(t, "block"), Activation: space.ReLU,
			SERatio: rapid.Float64Range(0, 1).Draw(t, "se"), Classes: rapid.IntRange(1, 100).Draw(t, "classes"), Input: rapid.IntRange(1, 64).Draw(t, "input"),
		}
		for range rapid.IntRange(1, 5).Draw(t, "stages") {
			b := rapid.SampledFrom([]float64{0.25, 0.5, 1, 2, 4}).Draw(t, "b")
			w := 8 * rapid.IntRange(1, 16).Draw(t, "w")
			m.Depths = append(m.Depths, rapid.IntRange(1, 9).Draw(t, "d"))
			m.Widths = append(m.Widths, w)
			m.Strides = append(m.Strides, rapid.IntRange(1, 2).Draw(t, "s"))
			m.Bottleneck = append(m.Bottleneck, b)
			m.GroupWidths = append(m.GroupWidths, rapid.SampledFrom([]int{1, 2}).Draw(t, "g"))
		}
		if rapid.Bool().Draw(t, "ratios") {
			for range m.Depths {
				m.SERatios = append(m.SERatios, rapid.Float64Range(0, 1).Draw(t, "se of a stage"))
			}
			m.SERatio = 0
		}
		for _, p := range space.ModelOptions() {
			if p.Set(m, rapid.SampledFrom(p.Values).Draw(t, p.Key)); m.Validate() != nil {
				p.Set(m, p.Values[0])
			}
		}
		want := []Entry{{ID: "m1", Complexity: m.Complexity(), EFit: rapid.Float64Range(0, 9).Draw(t, "e_fit"), Candidate: space.Candidate{
			Model: m, LR: rapid.Float64Range(1e-6, 9).Draw(t, "lr"), WeightDecay: rapid.Float64Range(1e-9, 9).Draw(t, "wd")}}}
		var b bytes.Buffer
		if err := WriteModels(&b, want); err != nil {
			t.Fatal(err)
		}
		got, err := ReadModels("models.csv", &b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestDamagedModels(t *testing.T) {
	var b bytes.Buffer
	if err := WriteModels(&b, entries()); err != nil {
		t.Fatal(err)
	}
	good := b.String()
	for _, c := range []struct{ old, new, want string }{
		{"m0002", "m0001", `models.csv:3: id "m0001" is not unique: restore the file or sample again`},
		{",24,48,", ",24,47,", "models.csv:2: model m0001: widths: stage 3: "},
		{",24,48,", ",32,48,", "models.csv:2: model m0001 has flops "},
		{",24,48,", ",,48,", "models.csv:2: w3: a value follows an empty cell: stages fill from w1 on"},
		{",24,48,", ",x,48,", "models.csv:2: w2: "},
		{"cifar", "c", "models.csv:2: model m0001: stem: "},
		{"se_ratio", "se", "models.csv:1: no column se_ratio: "},
	} {
		if !strings.Contains(good, c.old) {
			t.Fatalf("no %q in:\n%s", c.old, good)
		}
		_, err := ReadModels("models.csv", strings.NewReader(strings.Replace(good, c.old, c.new, 1)))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q for %q:\n got %v\nwant %s", c.new, c.old, err, c.want)
		}
	}
}

func TestID(t *testing.T) {
	for _, c := range []struct {
		i, n int
		want string
	}{{0, 1, "m0001"}, {16, 9999, "m0017"}, {0, 10000, "m00001"}, {9999, 10000, "m10000"}} {
		if got := ID(c.i, c.n); got != c.want {
			t.Errorf("ID(%d, %d) = %s, want %s", c.i, c.n, got, c.want)
		}
	}
}

// What run.yaml does not say is in no model.
func TestModelsBeyondConfig(t *testing.T) {
	for want, change := range map[string]func(*Entry){
		"m0001 has a stratum and a weight, but run.yaml does not say":   func(e *Entry) { e.Stratum, e.Weight = 1, 20 },
		`condition "lr=0.3" of m0001 is none of vary "" in run.yaml: r`: func(e *Entry) { e.Condition, e.LR = "lr=0.3", 0.3 },
		"2 models of v, but 1 in run.yaml: restore the file":            func(e *Entry) { e.Space, e.Budget = "v", "" },
	} {
		d := Dir(t.TempDir())
		if err := Create(d, Sample{N: 1, Spaces: []Space{{Name: "proxy/anynetxa"}, {Name: "v"}, {Name: "proxy/regnetx"}}}); err != nil {
			t.Fatal(err)
		}
		es := entries()
		change(&es[0])
		if err := SaveModels(d, es); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadModels(d); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// The population is the one that run.yaml says was sampled.
func TestModelsAgreeWithConfig(t *testing.T) {
	spaces := []Space{{Name: "proxy/anynetxa"}, {Name: "v"}, {Name: "proxy/regnetx"}}
	for _, c := range []struct {
		sample Sample
		want   string
	}{
		{Sample{N: 1, Spaces: spaces}, ""},
		{Sample{N: 2, Spaces: spaces}, "models.csv: 3 models, but 6 in run.yaml (spaces 3 x budgets 1 x models 2): restore the file"},
		{Sample{N: 1, Spaces: spaces, Flops: []space.Range{space.Between(1e6, 3e6), space.Between(3e6, 5e6)}}, "3 models, but 6 in run.yaml (spaces 3 x budgets 2 x models 1)"},
		{Sample{N: 1, Spaces: spaces[:2]}, `models.csv: space "proxy/regnetx" of m0003 is not in run.yaml: restore the file`},
		{Sample{N: 1, Spaces: spaces, Input: 32}, "input of m0002 is 28, but 32 in run.yaml"},
		{Sample{N: 1, Spaces: spaces, Classes: 10}, "classes of m0002 are 100, but 10 in run.yaml"},
		{Sample{N: 1, Spaces: spaces, Tilt: true}, "m0001 has no stratum and weight, but run.yaml says that they were drawn with weights (tilt): restore the file"},
		{Sample{N: 1, Spaces: spaces, Vary: "lr=0.1,0.2"}, `condition "" of m0001 is none of vary "lr=0.1,0.2" in run.yaml: restore the file`},
	} {
		d := Dir(t.TempDir())
		if err := Create(d, c.sample); err != nil {
			t.Fatal(err)
		}
		if err := SaveModels(d, entries()); err != nil {
			t.Fatal(err)
		}
		_, err := LoadModels(d)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
}

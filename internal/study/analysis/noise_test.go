package analysis

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"designspace/bootstrap"
	"designspace/edf"
	"designspace/internal/run/rundir"
	"designspace/space"
	"designspace/trainer"
)

// directory makes a directory that only keeps results.
func directory(t *testing.T, results, repeats string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"results.csv": results, "repeats.csv": repeats} {
		if text == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Errors 10, 12 and 20, 22 have seed variance 2 and model variance 49; the
// diverged training and the population without repeats are left out.
func TestNoise(t *testing.T) {
	dir := directory(t, "id,space,error,status\na,s,10,done\nb,s,20,done\nc,other,5,done\nd,s,100,diverged\n",
		"id,repeat,error\na,0,10\nb,1,22\nb,0,20\na,1,12\nc,0,5\nd,0,100\nd,1,30\n")
	s, err := Load([]string{dir}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Analyze(edf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Noise == nil || len(r.Noise.Populations) != 1 {
		t.Fatalf("noise %+v", r.Noise)
	}
	p := r.Noise.Populations[0]
	if p.Name != "s" || p.Models != 3 || p.Trainings != 5 || p.Diverged != 1 || p.Pairs != 3 {
		t.Errorf("%+v", p)
	}
	if math.Abs(p.SeedSD.Estimate-math.Sqrt2) > 1e-12 {
		t.Errorf("seed sd %v", p.SeedSD)
	}
	if want := 1.0; p.Ranks.Estimate != want { // 10, 20, 100 and 12, 22, 30
		t.Errorf("ranks of repeats %v, want %v", p.Ranks.Estimate, want)
	}
	const warning = "s: 1 of 6 trainings diverged: they are left out of the noise, and count with an error of 100 in the ranks of repeats"
	if !strings.Contains(strings.Join(r.Warnings, "\n"), warning) {
		t.Errorf("warnings %q", r.Warnings)
	}
	var object struct {
		Noise struct {
			Populations []map[string]any `json:"populations"`
		} `json:"noise"`
	}
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &object); err != nil {
		t.Fatal(err)
	}
	if got := object.Noise.Populations[0]; got["name"] != "s" || got["pairs"] != 3.0 || got["trainings"] != 5.0 || got["repeats_spearman_lo"] != nil {
		t.Errorf("JSON %v", got)
	}
}

func TestRepeatsFile(t *testing.T) {
	const results = "id,error\na,10\nb,20\n"
	for repeats, want := range map[string]string{
		"id,repeat,error\nz,0,1\n":    "repeats.csv:2: no model z in ",
		"id,repeat,error\na,-1,1\n":   "repeats.csv:2: repeat -1: want a whole number",
		"id,repeat,error\na,1e12,1\n": "repeats.csv:2: repeat 1e+12: want a whole number",
		"id,repeat,error\na,0.5,1\n":  "repeats.csv:2: repeat 0.5: want a whole number",
		"id,repeat,error\na,,1\n":     "repeats.csv:2: repeat NaN: want a whole number",
		"id,error\na,1\n":             "repeat",
	} {
		if _, err := Load([]string{directory(t, results, repeats)}, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %s", repeats, err, want)
		}
	}
	s, err := Load([]string{directory(t, results, "")}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.Noise(); n != nil || err != nil {
		t.Errorf("without repeats: %v, %v", n, err)
	}
	// Only the diverged were repeated.
	s, err = Load([]string{directory(t, results, "id,repeat,error\na,0,100\na,1,100\n")}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.Noise(); err != nil || !math.IsNaN(n.Populations[0].SeedSD.Estimate) {
		t.Errorf("all diverged: %v, %v", n, err)
	}
}

// newRun makes a run of the models with these curves; a nil curve diverged.
func newRun(t *testing.T, models []*space.Model, curves [][]float64) string {
	t.Helper()
	d := rundir.Dir(t.TempDir())
	if err := rundir.Create(d, rundir.Sample{Version: "test", Spaces: []rundir.Space{{Name: "s", Definition: "name: s\n"}}, N: len(models)}); err != nil {
		t.Fatal(err)
	}
	var entries []rundir.Entry
	w := rundir.NewWriter(d)
	for i, m := range models {
		id := rundir.ID(i, len(models))
		m.Name = id
		entries = append(entries, rundir.Entry{ID: id, Space: "s", Index: i, Candidate: space.Candidate{Model: m}, Complexity: m.Complexity(), EFit: math.NaN()})
		r := trainer.NewOutcome(id, trainer.Diverged)
		r.Error = 100
		for e, x := range curves[i] {
			r.Status, r.Error, r.Epochs = trainer.Done, x, e+1
			r.Curve = append(r.Curve, trainer.Epoch{Epoch: e + 1, Error: r.Error})
		}
		if err := w.Append(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := rundir.SaveModels(d, entries); err != nil {
		t.Fatal(err)
	}
	return string(d)
}

// widths returns models that differ in their width.
func widths(t *testing.T, input int, ws ...int) []*space.Model {
	t.Helper()
	var ms []*space.Model
	for _, w := range ws {
		m, err := space.ReadModel("m", fmt.Appendf(nil, "stem: cifar\nstem_width: 16\nblock: x\ndepths: [1]\nwidths: [%d]\ninput: %d\n", w, input))
		if err != nil {
			t.Fatal(err)
		}
		ms = append(ms, m)
	}
	return ms
}

// After the first epoch the order is 1 3 2 4 with the diverged model last, which
// differs from 1 2 3 4 5 by one exchange: ρ = 1 - 6·2/120. The second epoch was
// not evaluated.
func TestEpochRanks(t *testing.T) {
	nan := math.NaN()
	run := newRun(t, widths(t, 32, 8, 16, 24, 32, 40), [][]float64{{40, nan, 10}, {60, nan, 20}, {50, nan, 30}, {70, nan, 40}, nil})
	s, err := Load([]string{run}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.epochRanks(s.Populations[0])
	if err != nil || len(got) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	if e := got[0]; e.Epoch != 1 || e.N != 5 || math.Abs(e.Spearman.Estimate-0.9) > 1e-12 {
		t.Errorf("%+v", e)
	}
}

// Runs are joined by architecture, whatever the size of the images, the order of
// the models and their ids.
func TestFidelityOfRuns(t *testing.T) {
	curve := func(errs ...float64) (cs [][]float64) {
		for _, e := range errs {
			cs = append(cs, []float64{e})
		}
		return cs
	}
	a := newRun(t, widths(t, 16, 8, 16, 24, 32), curve(10, 20, 30, 40))
	b := newRun(t, widths(t, 32, 32, 64, 16, 8), curve(35, 1, 15, 5))
	s, err := Load([]string{a, b}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := s.Fidelity(edf.FidelityOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if f.Joined != 3 || f.OnlyA != 1 || f.OnlyB != 1 || len(f.Populations) != 1 {
		t.Errorf("%+v", f)
	}
	p := f.Populations[0]
	if diff := cmp.Diff([][]float64{{10, 20, 40}, {5, 15, 35}}, [][]float64{p.ErrorsA, p.ErrorsB}); diff != "" || p.Name != "s" {
		t.Errorf("%s: %s", p.Name, diff)
	}
	same, err := Load([]string{a, a}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if f, err = same.Fidelity(edf.FidelityOptions{}); err != nil || f.Joined != 4 || !strings.Contains(strings.Join(f.Warnings, "\n"), "is it the same run twice?") {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestFidelityOfTables(t *testing.T) {
	a := write(t, "a.csv", "id,space,error\n1,s,10\n2,s,20\n3,t,30\n3,t,31\n4,t,\n")
	b := write(t, "b.csv", "id,space,error\n3,t,3\n1,s,1\n2,s,2\n4,t,4\n2,u,9\n")
	s, err := Load([]string{a, b}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := s.Fidelity(edf.FidelityOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range f.Populations {
		got = append(got, fmt.Sprint(p.Name, p.ErrorsA, p.ErrorsB))
	}
	if diff := cmp.Diff([]string{"all[10 20 30] [1 2 3]", "s[10 20] [1 2]", "t[30] [3]"}, got); diff != "" {
		t.Error(diff)
	}
	warnings := strings.Join(f.Warnings, "\n")
	for _, want := range []string{"1 of 4 models in both have no error", "rows that repeat a model: 1", "all: populations that differ"} {
		if !strings.Contains(warnings, want) {
			t.Errorf("warnings %q lack %s", f.Warnings, want)
		}
	}
	if f.OnlyB != 1 || !strings.HasPrefix(f.Verdict, "Unknown: 3 models are too few") {
		t.Errorf("%+v", f)
	}
	if _, err := json.Marshal(f); err != nil {
		t.Error(err)
	}
	untrained := write(t, "c.csv", "id,error\n1,\n9,5\n")
	if s, err = Load([]string{a, untrained}, Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Fidelity(edf.FidelityOptions{}); err == nil || !strings.Contains(err.Error(), "none has an error in both") {
		t.Errorf("error %v", err)
	}
}

func TestVerdict(t *testing.T) {
	for _, c := range []struct {
		lo, rho, hi float64
		want        string
	}{
		{0.85, 0.9, 0.95, "Yes"}, {0.6, 0.8, 0.9, "Mostly"}, {0.1, 0.4, 0.6, "Partly"},
		{-0.2, 0.1, 0.3, "No"}, {-0.3, 0.3, 0.7, "Unknown"}, {-0.9, -0.7, -0.2, "No: A ranks the models against B"},
	} {
		a := Agreement{Fidelity: edf.Fidelity{N: 30, Spearman: bootstrap.Interval{Estimate: c.rho, Lo: c.lo, Hi: c.hi}}}
		if got := verdict(a); !strings.HasPrefix(got, c.want) {
			t.Errorf("%v: %s", c, got)
		}
	}
}

// Rows of one id with several seeds, and rows of one set of parameters, are
// trainings of one model. By hand: a with 10.5 and 10.9 and b with 11.5 and 11.1
// have the variances 0.08 and the means 10.7 and 11.3.
func TestTrainingsInOneTable(t *testing.T) {
	const note = "r.csv: 4 rows are trainings of 2 models, which agree in %s and are told apart by %s: the first of each counts, the others say how far it can be trusted"
	for _, c := range []struct {
		text  string
		o     Options
		n     int
		mean  float64
		noise bool
		note  string
	}{
		{"id,seed,error,depth\na,1,10.5,4\na,2,10.9,4\nb,1,11.5,6\nb,2,11.1,6\n", Options{}, 2, 11, true, fmt.Sprintf(note, "the id", "seed")},
		{"id,repeat,error\na,1,10.9\nb,0,11.5\na,0,10.5\nb,1,11.1\n", Options{}, 2, 11, true, fmt.Sprintf(note, "the id", "repeat")},
		{"depth,seed,error\n4,1,10.5\n4,2,10.9\n6,1,11.5\n6,2,11.1\n", Options{}, 2, 11, true, fmt.Sprintf(note, "depth", "seed")},
		{"id,seed,error\na,1,10.5\na,2,10.9\nb,1,11.5\nb,2,11.1\n", Options{Where: "seed=2"}, 2, 11, false, ""},
		{"id,seed,error\na,1,10.5\na,2,10.9\nb,1,11.5\nb,2,11.1\n", Options{Where: "error<11"}, 1, 10.5, true, fmt.Sprintf(note, "the id", "seed")},
		{"id,seed,error\na,1,10.5\na,2,10.9\nb,1,11.5\nb,2,11.1\n", Options{By: "seed"}, 2, 11, false, ""},
		{"id,error\na,10\na,11\nb,12\n", Options{}, 3, 11, false, "r.csv:3 has the id a of line 2, and nothing but the error tells them apart: each counts as a model, unless a column seed or repeat says that they are trainings of one"},
		{"id,seed,depth,error\na,1,3,10\na,2,4,11\nb,1,3,12\n", Options{}, 3, 11, false, "r.csv:3 has the id a of line 2, and they differ in depth: each counts as a model"},
	} {
		s, err := Load([]string{write(t, "r.csv", c.text)}, c.o)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		r, err := s.Analyze(edf.Options{})
		if err != nil {
			t.Fatal(err)
		}
		p := r.Populations[0]
		if p.N != c.n || math.Abs(p.Mean.Estimate-c.mean) > 1e-9 || (r.Noise != nil) != c.noise {
			t.Errorf("%q, %+v: n %d, mean %v, noise %v", c.text, c.o, p.N, p.Mean.Estimate, r.Noise)
		}
		if c.noise && c.n == 2 {
			if sd := r.Noise.Populations[0].SeedSD.Estimate; math.Abs(sd-math.Sqrt(0.08)) > 1e-9 {
				t.Errorf("%q: seed sd %v, want the root of 0.08", c.text, sd)
			}
		}
		told := strings.Join(s.Warnings, "\n")
		if i := strings.LastIndex(told, "/"); i >= 0 {
			told = told[i+1:]
		}
		if told != c.note {
			t.Errorf("%q: warnings %q, want %q", c.text, told, c.note)
		}
	}
}

// A training that failed has no error; one that diverged counts in the ranks.
func TestTrainingsThatFailed(t *testing.T) {
	s, err := Load([]string{write(t, "r.csv", "id,seed,status,error\na,1,done,10\na,2,failed,\na,3,diverged,\nb,1,failed,\nb,2,done,12\n")}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p := s.Populations[0]; p.Failed != 1 || len(p.Errors) != 1 || p.Errors[0] != 10 {
		t.Errorf("%+v", p)
	}
	if diff := cmp.Diff([]float64{10, math.NaN(), 100}, s.Trainings(0), cmpopts.EquateNaNs()); diff != "" {
		t.Error(diff)
	}
}

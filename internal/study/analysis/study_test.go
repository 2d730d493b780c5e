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

	"designspace/edf"
	"designspace/internal/run/rundir"
	"designspace/space"
	"designspace/trainer"
)

// write puts CSV text into a file of a temporary directory.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// describe names each population with its errors and its counts of others.
func describe(s *Study) []string {
	var out []string
	for _, g := range s.Populations {
		out = append(out, fmt.Sprintf("%s %v failed %d pending %d", g.Name, g.Errors, g.Failed, g.Pending))
	}
	return out
}

func TestPopulations(t *testing.T) {
	plain := write(t, "plain.csv", "error,depth\n1,10\n2,9\n3,10\n")
	spaces := write(t, "spaces.csv", "space,error,status,budget\na,1,done,1M:2M\nb,,failed,1M:2M\na,,pending,1M:2M\nb,50,diverged,1M:2M\nb,,diverged,1M:2M\n")
	budgets := write(t, "budgets.csv", "space,error,budget\na,1,1M:2M\na,2,2M:4M\n")
	for _, c := range []struct {
		paths []string
		o     Options
		want  []string
	}{
		{[]string{plain}, Options{}, []string{"plain [1 2 3] failed 0 pending 0"}},
		{[]string{plain}, Options{By: "depth"}, []string{"9 [2] failed 0 pending 0", "10 [1 3] failed 0 pending 0"}},
		{[]string{plain}, Options{Where: "depth<10"}, []string{"plain [2] failed 0 pending 0"}},
		{[]string{spaces}, Options{}, []string{"a [1] failed 0 pending 1", "b [100 100] failed 1 pending 0"}},
		{[]string{budgets}, Options{}, []string{"a 1M:2M [1] failed 0 pending 0", "a 2M:4M [2] failed 0 pending 0"}},
		{[]string{budgets}, Options{By: "space"}, []string{"a [1 2] failed 0 pending 0"}},
		{[]string{spaces, budgets}, Options{By: "budget,space"}, []string{
			"1M:2M a [1 1] failed 0 pending 1", "1M:2M b [100 100] failed 1 pending 0", "2M:4M a [2] failed 0 pending 0"}},
		{[]string{spaces, plain}, Options{}, []string{
			"a [1] failed 0 pending 1", "b [100 100] failed 1 pending 0", "plain [1 2 3] failed 0 pending 0"}},
		{[]string{spaces, plain}, Options{By: "space"}, []string{
			"a [1] failed 0 pending 1", "b [100 100] failed 1 pending 0", "(none) [1 2 3] failed 0 pending 0"}},
	} {
		s, err := Load(c.paths, c.o)
		if err != nil {
			t.Errorf("%v: %v", c.o, err)
			continue
		}
		if diff := cmp.Diff(c.want, describe(s)); diff != "" {
			t.Errorf("%v: %s", c.o, diff)
		}
	}
}

// The same space in two files is two populations, named by the files.
func TestSameSpaceInTwoFiles(t *testing.T) {
	one := write(t, "one.csv", "space,error\na,1\nb,2\n")
	two := write(t, "two.csv", "space,error\na,3\n")
	s, err := Load([]string{one, two}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"one: a [1] failed 0 pending 0", "b [2] failed 0 pending 0", "two: a [3] failed 0 pending 0"}
	if diff := cmp.Diff(want, describe(s)); diff != "" {
		t.Error(diff)
	}
	twin := write(t, "one.csv", "space,error\na,4\n")
	if s, err = Load([]string{one, twin}, Options{Where: "space=a"}); err != nil {
		t.Fatal(err)
	}
	want = []string{one + ": a [1] failed 0 pending 0", twin + ": a [4] failed 0 pending 0"}
	if diff := cmp.Diff(want, describe(s)); diff != "" {
		t.Error(diff)
	}
}

func TestLoadErrors(t *testing.T) {
	plain := write(t, "plain.csv", "error,depth\n1,10\n")
	nan := write(t, "nan.csv", "error\n1\nNaN\n")
	none := write(t, "none.csv", "error\n")
	untrained := write(t, "untrained.csv", "error,status\n,pending\n")
	loss := write(t, "loss.csv", "loss\n1\n")
	many := write(t, "many.csv", "error,x\n"+strings.Join(strings.Fields(manyRows()), "\n")+"\n")
	empty := t.TempDir()
	for _, c := range []struct {
		path string
		o    Options
		want string
	}{
		{"absent.csv", Options{}, "absent.csv: no such run directory or CSV file"},
		{empty, Options{}, empty + ": neither run.yaml nor results.csv is there: name a run directory or a CSV file"},
		{nan, Options{}, nan + `:3: error: "NaN" is no number: write diverged or failed into a column status`},
		{none, Options{}, none + ": no rows below the names of the columns"},
		{untrained, Options{}, untrained + ": no model has an error yet: train the run first"},
		{loss, Options{}, loss + ":1: no column error: the columns are loss; name another with --metric NAME, or NAME:max; designspace import makes one of accuracies"},
		{plain, Options{Where: "depth<3"}, `--where "depth<3": no model satisfies it: loosen it`},
		{plain, Options{Where: "depth<30, depth=9"}, `--where "depth<30, depth=9": no model satisfies it: no depth is 9; known are 10`},
		{plain, Options{By: "width"}, "no column width: the columns are error, depth"},
		{many, Options{By: "x"}, "65 populations are more than 64: group by a column with fewer values, or choose rows with --where"},
	} {
		if _, err := Load([]string{c.path}, c.o); err == nil || err.Error() != c.want {
			t.Errorf("%s %v:\n got %v\nwant %s", c.path, c.o, err, c.want)
		}
	}
}

func manyRows() string {
	var b strings.Builder
	for i := range 65 {
		fmt.Fprintf(&b, "1,%d ", i)
	}
	return b.String()
}

// A run directory is read from its journal; results.csv may lag behind.
func TestRunDirectory(t *testing.T) {
	d := rundir.Dir(t.TempDir())
	m := &space.Model{Stem: space.StemCIFAR, StemWidth: 8, Block: space.BlockV, Activation: space.ReLU,
		Depths: []int{1}, Widths: []int{8}, Strides: []int{1}, Classes: 10, Input: 8}
	es := []rundir.Entry{{ID: "m0001", Space: "s"}, {ID: "m0002", Space: "s"}}
	for i := range es {
		es[i].Model, es[i].Complexity = m, m.Complexity()
	}
	if err := rundir.SaveModels(d, es); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{d.Config(): "", d.Results(): "stale"} {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	w := rundir.NewWriter(d)
	rec := trainer.NewOutcome("m0002", trainer.Done)
	rec.Error = 30
	if err := w.Append(rec); err != nil {
		t.Fatal(err)
	}
	s, err := Load([]string{string(d)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"s [30] failed 0 pending 1"}, describe(s)); diff != "" {
		t.Error(diff)
	}
	r, err := s.Analyze(edf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if want := "s: 1 of 2 models wait for training and are left out"; r.Warnings[0] != want {
		t.Errorf("warnings %q, want first %q", r.Warnings, want)
	}
}

// Two populations of four models each, their errors apart: every number below
// is worked out by hand.
func TestAnalyze(t *testing.T) {
	path := write(t, "r.csv", `id,space,error,kernel,name,depth,width,mixed
1,a,10,avx2,x,4,64,1
2,a,20,avx2,y,5,64,2
3,a,30,avx2,z,6,64,x
4,a,40,avx2,x,7,64,4
5,b,50,generic,x,1,,5
6,b,60,generic,x,2,,6
7,b,70,generic,x,,,7
8,b,80,generic,x,4,,8
`)
	s, err := Load([]string{path}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Analyze(edf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Populations []struct {
			Name                                string
			N, Failed                           int
			Min, Mean, Median                   float64 `json:"-"`
			ErrorMin, ErrorMean, ErrorMedian    float64 `json:"-"`
			Error_min, Error_mean, Error_median float64
		}
		Tests []struct {
			A, B                                                          string
			Ks_d, Mean_difference, Mean_difference_lo, Mean_difference_hi float64
			Ks_p, Ks_p_ties, Mann_whitney_p                               float64
			Verdict                                                       string
		}
		Bootstrap []struct {
			Population, Parameter string
			Lo, Median, Hi        float64
			Models, Absent        int
		}
		Warnings []string
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Populations) != 2 || got.Populations[0].Name != "a" || got.Populations[0].Error_mean != 25 || got.Populations[1].Error_median != 65 || got.Populations[1].Error_min != 50 {
		t.Errorf("populations %+v", got.Populations)
	}
	// C(8,4) = 70 splits, of which 2 are as far apart: p = 2/70.
	if len(got.Tests) != 1 || got.Tests[0].Ks_d != 1 || got.Tests[0].Mean_difference != -40 || got.Tests[0].Verdict != "better" || fmt.Sprintf("%.4f", got.Tests[0].Ks_p) != "0.0286" {
		t.Errorf("tests %+v", got.Tests)
	}
	// With m = max(1, 4/4) = 1 draw every model is as likely: the range is that of the values.
	var ranges []string
	for _, b := range got.Bootstrap {
		ranges = append(ranges, fmt.Sprintf("%s %s %g %g %g of %d without %d", b.Population, b.Parameter, b.Lo, b.Median, b.Hi, b.Models, b.Absent))
	}
	if diff := cmp.Diff([]string{"a depth 4 5 7 of 4 without 0", "b depth 1 2 4 of 3 without 1"}, ranges); diff != "" {
		t.Error(diff)
	}
	for _, want := range []string{
		"kernel differs between the models (avx2, generic): their errors may not compare",
		"column mixed is left out: " + path + `:4: mixed: "x" is not a number: write it as 1234.5 or 1.2345e3`,
		"b: 1 of 4 models have no depth and are left out",
	} {
		if !strings.Contains(strings.Join(got.Warnings, "\n"), want) {
			t.Errorf("no warning %q in %q", want, got.Warnings)
		}
	}
}

func TestNoTestsAreAnEmptyList(t *testing.T) {
	s, err := Load([]string{write(t, "r.csv", "error\n1\n")}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Analyze(edf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"tests":[]`, `"bootstrap":[]`} {
		if !strings.Contains(string(data), want) {
			t.Errorf("no %s in %s", want, data)
		}
	}
}

// The status decides whether a row counts, whatever its error cell holds.
func TestStatusDecides(t *testing.T) {
	s, err := Load([]string{write(t, "r.csv", "error,status\n10,done\n50,failed\n60,pending\n,diverged\n")}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"r [10 100] failed 1 pending 1"}, describe(s)); diff != "" {
		t.Error(diff)
	}
	path := write(t, "r.csv", "error,status\n10,done\n,done\n")
	want := path + ":3: status done without an error: fill it in, or write failed or pending"
	if _, err := Load([]string{path}, Options{}); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// Normalised by a measure on which the error depends alone, two populations that
// lie differently along it are equal.
func TestNormalize(t *testing.T) {
	var b strings.Builder
	b.WriteString("space,error,flops\n")
	flops := []float64{8.6, 16, 31, 60}
	for i := range 40 { // a: few flops mostly; b: many
		x := i % 4
		for range 1 + (3-x)*(i%2) {
			fmt.Fprintf(&b, "a,%d,%v\n", 50-10*x, flops[x])
		}
		for range 1 + x*(i%2) {
			fmt.Fprintf(&b, "b,%d,%v\n", 50-10*x, flops[x])
		}
	}
	b.WriteString("b,99,200\n") // beyond what a reaches
	path := write(t, "n.csv", b.String())
	analyze := func(o Options) *Result {
		s, err := Load([]string{path}, o)
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Analyze(edf.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if d := analyze(Options{}).Tests[0].MeanDifference.Estimate; d < 3 {
		t.Errorf("the means are %g apart", d)
	}
	r := analyze(Options{Normalize: "flops", Bins: 4})
	// Of bins whose edges are half a power of 2 apart from 8 to 64, the four with
	// models weigh 1, 2, 1 and 2: those without go to a neighbour.
	for _, p := range r.Populations {
		if math.Abs(p.Mean.Estimate-200./6) > 1e-9 {
			t.Errorf("%s: mean %g, want 33.3", p.Name, p.Mean.Estimate)
		}
	}
	if w := strings.Join(r.Warnings, "\n"); !strings.Contains(w, "normalised by flops: left out: 1 models outside 8 to 64") {
		t.Error(w)
	}
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Normalize: "flop"}, `normalize: no column flop: did you mean "flops"?`},
		{Options{Normalize: "flops", By: "flops"}, "normalize flops: edf: no range of complexity holds 3 models of each of"},
	} {
		if _, err := Load([]string{path}, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}

// Curves of a directory that only keeps results are those of its models; ranks
// after an epoch are compared with the last by hand: 1, 2, 3 and 2, 1, 3 of the
// three models have a correlation of 0.5.
func TestCurvesOfAnImport(t *testing.T) {
	dir := directory(t, "id,error\na,10\nb,20\nc,30\n", "")
	put := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "curves.csv"), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	put("id,epoch,lr,train_loss,error\na,1,0.1,2,60\na,2,,1,10\nb,1,0.1,2,50\nb,2,,1,20\nc,1,0.1,2,70\nc,2,,1,30\n")
	s, err := Load([]string{dir}, Options{Where: "id!=x"})
	if err != nil {
		t.Fatal(err)
	}
	if c := s.Curve(1); len(c) != 2 || c[0].Epoch != 1 || c[0].LR != 0.1 || c[0].Error != 50 || c[1].TrainLoss != 1 || !math.IsNaN(c[1].LR) || !math.IsNaN(c[0].TrainError) {
		t.Errorf("%+v", c)
	}
	r, err := s.Analyze(edf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Epochs) != 1 || r.Epochs[0].Epoch != 1 || r.Epochs[0].N != 3 || math.Abs(r.Epochs[0].Spearman.Estimate-0.5) > 1e-12 {
		t.Errorf("%+v", r.Epochs)
	}
	for text, want := range map[string]string{
		"id,epoch,error\na,1,5\na,1,5\n": "curves.csv:3: epoch 1: want whole numbers from 1, ascending in a model",
		"id,epoch,error\na,0,5\n":        "curves.csv:2: epoch 0: want whole numbers from 1",
		"id,epoch,error\na,1e300,5\n":    "curves.csv:2: epoch 1e+300: want whole numbers from 1",
		"id,epoch,loss\na,1,5\n":         "curves.csv:1: no column error",
	} {
		put(text)
		if _, err := Load([]string{dir}, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

package analysis

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"designspace/edf"
)

func TestParseMetric(t *testing.T) {
	for text, want := range map[string]Metric{
		"loss": {Name: "loss"}, "loss:min": {Name: "loss"}, "val/acc:max": {Name: "val/acc", Higher: true}, "a:b:max": {Name: "a:b", Higher: true},
	} {
		if got, err := ParseMetric(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", ":max", "loss:up"} {
		if got, err := ParseMetric(text); err == nil {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

const scores = "space,score,depth,status\na,100,1,done\na,120,2,done\na,-5,3,done\na,130,4,done\na,,5,failed\nb,210,1,done\nb,220,2,done\nb,230,3,done\nb,240,4,done\n"

// Of a metric of which more is better, numbers stand in its unit: by hand the
// means are 86.25 and 225, and b is the better with every model.
func TestHigherIsBetter(t *testing.T) {
	s, err := Load([]string{write(t, "t.csv", scores)}, Options{Metric: Metric{"score", true}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Analyze(edf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a, c := r.Populations[0], r.Tests[0]
	if a.N != 4 || a.Failed != 1 || a.Diverged != 0 || a.Min != -5 || a.Max != 130 || a.Mean.Estimate != 86.25 || a.Median.Estimate != 110 || !(a.Mean.Lo < 86.25 && 86.25 < a.Mean.Hi) {
		t.Errorf("%+v", a)
	}
	if c.MeanDifference.Estimate != 86.25-225 || !(c.MeanDifference.Hi < 0) || c.MannWhitney.Less != 0 || c.Verdict != edf.Worse {
		t.Errorf("%+v", c)
	}
	c.Means = edf.Same
	if got := c.Remark(); got != "tends to lower values; means do not differ" {
		t.Error(got)
	}
	if s.Value(3) != 130 || s.Shown(s.Populations[1]).Errors[3] != 240 {
		t.Errorf("%v, %v", s.Value(3), s.Shown(s.Populations[1]).Errors)
	}
	var object struct {
		Metric, Better string
		Populations    []struct {
			Max float64 `json:"error_max"`
		}
	}
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &object); err != nil || object.Metric != "score" || object.Better != "higher" || object.Populations[1].Max != 240 {
		t.Errorf("%+v, %v", object, err)
	}
	var text bytes.Buffer
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if err := r.WriteExplanations(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"score (higher is better)", "a maximum is optimistic", "max: the greatest score seen: it flatters, since it rises", "mean: mean score of all models", "a higher score than"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
	if strings.Contains(strings.ReplaceAll(text.String(), "standard error", ""), "error") {
		t.Errorf("a score is called an error:\n%s", text.String())
	}
}

// Which of the values of a parameter are the best is told by the direction.
func TestBestValuesOfScores(t *testing.T) {
	var b strings.Builder
	b.WriteString("score,depth\n")
	for i := range 40 {
		b.WriteString([]string{"150.1,1\n", "150.2,1\n", "250.1,2\n", "250.2,2\n"}[i%4])
	}
	for _, higher := range []bool{false, true} {
		s, err := Load([]string{write(t, "t.csv", b.String())}, Options{Metric: Metric{"score", higher}})
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Analyze(edf.Options{})
		if err != nil {
			t.Fatal(err)
		}
		best := 1.0
		if higher {
			best = 2
		}
		if g := r.Bootstrap[0]; g.Median != best {
			t.Errorf("higher %v: %+v", higher, g)
		}
		for _, v := range r.Best {
			if v.MayBeBest != (v.Lo == best) || math.Abs(v.Mean-(50+100*v.Lo+0.15)) > 1e-9 {
				t.Errorf("higher %v: %+v", higher, v)
			}
		}
	}
}

// An imported table says itself what its models are compared by, and the curves
// and repeats beside it are of the same.
func TestStoredMetric(t *testing.T) {
	dir := directory(t, "id,metric,score\na,score:max,110\nb,score:max,120\nc,score:max,130\n", "id,repeat,metric,score\na,0,score:max,110\na,1,score:max,112\nb,0,score:max,120\nb,1,score:max,124\n")
	if err := os.WriteFile(filepath.Join(dir, "curves.csv"), []byte("id,epoch,score\na,1,10\na,2,110\nb,1,30\nb,2,120\nc,1,20\nc,2,130\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := Load([]string{dir}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Analyze(edf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Metric() != (Metric{"score", true}) || r.Populations[0].Mean.Estimate != 120 || s.Trainings(1)[1] != 124 || s.Curve(0)[0].Error != 10 {
		t.Errorf("%+v, %+v", s.Metric(), r.Populations[0])
	}
	// 10, 30, 20 and 110, 120, 130 have the ranks 1, 3, 2 and 1, 2, 3.
	if len(r.Epochs) != 1 || math.Abs(r.Epochs[0].Spearman.Estimate-0.5) > 1e-12 {
		t.Errorf("%+v", r.Epochs)
	}
	if n := r.Noise.Populations[0]; math.Abs(n.SeedSD.Estimate-math.Sqrt(5)) > 1e-9 { // variances 2 and 8
		t.Errorf("seed sd %v", n.SeedSD.Estimate)
	}
	for _, c := range []struct {
		text string
		o    Options
		want string
	}{
		{"error\n1\n2\n", Options{}, " is compared by error, and "},
		{"id,score,metric\na,1,score:min\n", Options{}, "is compared by score:min, and "},
	} {
		_, err := Load([]string{dir, write(t, "t.csv", c.text)}, c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v", c.text, err)
		}
	}
	// A column metric of something else is a column.
	s, err = Load([]string{write(t, "t.csv", "error,metric\n1,5\n2,6\n")}, Options{})
	if err != nil || s.Metric() != (Metric{}) {
		t.Errorf("%v, %v", s, err)
	}
	// A name that may be mistyped is none of what the column error holds.
	_, err = Load([]string{write(t, "t.csv", "error,score\n1,5\n2,6\n")}, Options{Metric: Metric{Name: "scor"}})
	if err == nil || !strings.Contains(err.Error(), `did you mean "score"?`) {
		t.Error(err)
	}
}

// A table from standard input is compared by another column, too.
func TestMetricOfStandardInput(t *testing.T) {
	s, err := Load([]string{"-"}, Options{Metric: Metric{"score", true}, Stdin: strings.NewReader(scores)})
	if err != nil || s.Value(8) != 240 {
		t.Errorf("%v", err)
	}
}

// Whatever a directory of results holds, it is read or what is wrong is named.
func FuzzLoad(f *testing.F) {
	f.Add("id,error\na,10\nb,20\n", "id,repeat,error\na,0,10\na,1,11\n", "id,epoch,error\na,1,60\n", "score:max")
	f.Add("id,metric,s,seed\na,s:max,1,1\na,s:max,2,2\n", "", "", "")
	f.Fuzz(func(t *testing.T, results, repeats, curves, metric string) {
		dir := directory(t, results, repeats)
		if curves != "" {
			if err := os.WriteFile(filepath.Join(dir, "curves.csv"), []byte(curves), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		o := Options{}
		if m, err := ParseMetric(metric); err == nil {
			o.Metric = m
		}
		s, err := Load([]string{dir}, o)
		if err != nil {
			return
		}
		n := 0
		for _, p := range s.Populations {
			n += len(p.Errors)
		}
		if n > s.Len() {
			t.Errorf("%d models of %d rows", n, s.Len())
		}
		if len(results) < 200 {
			s.Analyze(edf.Options{Resamples: 10})
		}
	})
}

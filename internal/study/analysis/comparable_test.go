package analysis

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"designspace/edf"
)

// Populations of other data get no verdict and stand in a box, unless they were
// asked to be told apart by it, or verdicts all the same.
func TestNotComparable(t *testing.T) {
	path := write(t, "t.csv", "space,error,data,epochs,kernel,status\na,,x@1,1,avx2,diverged\n"+
		strings.Repeat("a,10,x@1,5,avx2,done\na,11,x@1,5,avx2,done\nb,30,y@2,5,generic,done\nb,31,y@2,5,generic,done\nc,32,y@2,5,generic,done\n", 10))
	for _, c := range []struct {
		o        Options
		verdicts string // of a against b, a against c, b against c
		box      string
	}{
		{Options{}, "not comparable, not comparable, better", "differ in data (x@1 in a; y@2 in b, c). No verdict is given"},
		{Options{Anyway: true}, "better, better, better", "differ in data (x@1 in a; y@2 in b, c). Verdicts are given all the same"},
		{Options{By: "data"}, "better", ""},
	} {
		s, err := Load([]string{path}, c.o)
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Analyze(edf.Options{Margin: 1, Power: 0.8})
		if err != nil {
			t.Fatal(err)
		}
		var verdicts []string
		for _, test := range r.Tests {
			verdicts = append(verdicts, string(test.Verdict))
			if none := test.Verdict == NotComparable; none != (test.Needed == nil) || none != (test.Margin == 0) {
				t.Errorf("%v: %+v", c.o, test)
			}
		}
		if got := strings.Join(verdicts, ", "); got != c.verdicts {
			t.Errorf("%v: verdicts %s, want %s", c.o, got, c.verdicts)
		}
		var b bytes.Buffer
		if err := r.WriteBox(&b); err != nil {
			t.Fatal(err)
		}
		if text := strings.Join(strings.FieldsFunc(b.String(), func(c rune) bool { return strings.ContainsRune("\n │┌┐└┘─", c) }), " "); !strings.Contains(text, c.box) || (text == "") != (c.box == "") {
			t.Errorf("%v: %s", c.o, text)
		}
		if w := strings.Join(r.Warnings, "\n"); !strings.Contains(w, "kernel differs between the models (avx2, generic)") {
			t.Errorf("%v: %s", c.o, w)
		}
	}
}

// Errors that are another measure are taken as they are, if it is named.
func TestMetric(t *testing.T) {
	path := write(t, "t.csv", "error\n"+strings.Repeat("0.5\n250\n100\n", 10))
	s, err := Load([]string{path}, Options{Metric: Metric{Name: "perplexity"}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Analyze(edf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p := r.Populations[0]; p.Diverged != 0 || strings.Contains(strings.Join(r.Warnings, ""), "percent") || r.Metric != "perplexity" || r.Label() != "perplexity" {
		t.Errorf("%+v: %s, %q", p, r.Label(), r.Warnings)
	}
	path = write(t, "t.csv", "error,status\n5,done\n,diverged\n")
	if _, err := Load([]string{path}, Options{Metric: Metric{Name: "loss"}}); err == nil || !strings.Contains(err.Error(), "t.csv:3: the model diverged and would count with an error of 100, which is no loss") {
		t.Error(err)
	}
}

// Caveats that several places share are told once, and what is wrong comes
// before what is few.
func TestCaveatsOnce(t *testing.T) {
	s, err := Load([]string{write(t, "t.csv", "space,error,status,recipe\na,1,done,x\na,2,done,y\na,,pending,x\nb,3,done,x\nb,4,done,y\n")}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Analyze(edf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"recipe differs between", "a: 1 of 3 models wait", "a verdict that is looked at early", "a, b: n = 2: at least 6"}
	for i, w := range want {
		if i >= len(r.Warnings) || !strings.HasPrefix(r.Warnings[i], w) {
			t.Fatalf("%q, want in this order %q", r.Warnings, want)
		}
	}
}

// Values of a parameter on which the error depends are excluded as the best, and
// those of one on which it does not are not. The text says so.
func TestBestValues(t *testing.T) {
	var b strings.Builder
	b.WriteString("error,depth,width,g\n")
	for i := range 60 {
		depth := 1 + i%3
		for _, noise := range []int{0, 1, 2} {
			b.WriteString(strings.Join([]string{strconv.Itoa(20 + 10*depth + (i/3+noise)%4), strconv.Itoa(depth), strconv.Itoa(8 * (1 + i/3)), strconv.Itoa(i % 2)}, ",") + "\n")
		}
	}
	s, err := Load([]string{write(t, "t.csv", b.String())}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Analyze(edf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, want string }{{"depth", "1"}, {"width", "8 to 160"}, {"g", "0, 1"}} {
		groups := r.BestOf("t", c.name)
		models := 0
		for _, g := range groups {
			models += g.N
		}
		if got := MayBeBest(groups); got != c.want || models != 180 || len(groups) > 5 {
			t.Errorf("%s: %s of %d groups, want %s", c.name, got, len(groups), c.want)
		}
	}
	var text bytes.Buffer
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if got := text.String(); !strings.Contains(got, "\nmay be best in mean  t\ndepth                1\n\nno value excluded as the best in mean: width, g\n") {
		t.Error(got)
	}
}

// Every statistic that the text heads has an explanation, and none is told that
// is not there.
func TestExplanations(t *testing.T) {
	s, err := Load([]string{write(t, "t.csv", "error,depth\n10,1\n20,2\n")}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Analyze(edf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.WriteExplanations(&b); err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(b.String()) {
		if name, _, ok := strings.Cut(line, ": "); ok {
			names = append(names, name)
		}
	}
	if got := strings.Join(names, ", "); got != "min, mean, median, values of the best models" {
		t.Error(got)
	}
	if _, err := Explain("no such statistic"); err == nil {
		t.Error("an explanation of what is not there")
	}
}

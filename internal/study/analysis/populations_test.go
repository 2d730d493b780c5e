package analysis

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"designspace/edf"
	"designspace/internal/run/rundir"
)

// What was asked for by name is printed once, in the order asked for.
func TestParametersArePrintedOnce(t *testing.T) {
	path := write(t, "t.csv", "error,depth,b1\n10,1,1\n20,2,2\n30,3,4\n")
	s, err := Load([]string{path}, Options{Parameters: []string{"b1", "depth"}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Analyze(edf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	i, j := strings.Index(b.String(), "\nb1 "), strings.Index(b.String(), "\ndepth ")
	if i < 0 || j < i || strings.Count(b.String(), "\nb1 ") != 1 {
		t.Error(b.String())
	}
}

// One population has one interval, whatever it is called beside itself.
func TestOnePopulationTwice(t *testing.T) {
	text, spaced := "error,depth\n", "space,error,depth\n"
	for i := range 30 {
		row := fmt.Sprintf("%v,%d\n", 20+float64(i*i%17)/3, i)
		text, spaced = text+row, spaced+"x,"+row
	}
	one, two, three := write(t, "one.csv", spaced), write(t, "two.csv", spaced), write(t, "three.csv", text)
	alone := summaries(t, one)[0]
	if alone.Name != "x" || !(alone.Mean.Lo < alone.Mean.Estimate) {
		t.Fatalf("%+v", alone)
	}
	for _, paths := range [][]string{{one, two}, {one, three}, {two, one, three}} {
		for _, got := range summaries(t, paths...) {
			if got.Mean != alone.Mean || got.Median != alone.Median {
				t.Errorf("%v: %s: mean %v and median %v, alone %v and %v", paths, got.Name, got.Mean, got.Median, alone.Mean, alone.Median)
			}
		}
	}
}

func summaries(t *testing.T, paths ...string) []edf.Summary {
	t.Helper()
	s, err := Load(paths, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Analyze(edf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r.Populations
}

// A run's journal and its results.csv tell the same.
func TestRunAndItsResults(t *testing.T) {
	d := rundir.Dir(newRun(t, widths(t, 8, 16, 24, 32), [][]float64{{60, 50.125}, nil, {45, 40}}))
	entries, err := rundir.LoadModels(d)
	if err != nil {
		t.Fatal(err)
	}
	j, err := rundir.ReadJournal(d)
	if err != nil {
		t.Fatal(err)
	}
	if err := rundir.SaveResults(d, entries, j); err != nil {
		t.Fatal(err)
	}
	s, err := Load([]string{string(d), d.Results()}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	n := s.Len() / 2
	for _, c := range s.Columns() {
		cells, err := s.Strings(c)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			if cells[i] != cells[n+i] {
				t.Errorf("%s of row %d: %q in the run, %q in the file", c, i, cells[i], cells[n+i])
			}
		}
	}
}

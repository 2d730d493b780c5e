package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"designspace/internal/study/figures"
)

// Every kind of figure draws the run of two spaces of README.md, or says what
// the run lacks, and says what it wrote: those of one population a file for each.
func TestPlotEveryKind(t *testing.T) {
	const few = "proxy/anynetxa: importance: 8 models are too few to tell what matters: train at least 20"
	lacking := map[string]string{
		"importance": few, "marginals": few, "interactions": few,
		"noise":    "no model of proxy/anynetxa was trained more than once: train the run with --repeats 2 or more",
		"fidelity": "it compares two tables and not 1",
		"pairs":    "have no architecture in common: sample with --vary",
	}
	beside(t)
	for _, k := range figures.List() {
		var out, errs strings.Builder
		code := run(t.Context(), []string{"designspace", "plot", k.Name, "runs/first", "--out", k.Name + ".svg"}, &out, &errs)
		if why, lacks := lacking[k.Name]; lacks {
			if code != 1 || !strings.Contains(errs.String(), why) {
				t.Errorf("%s: exit code %d, %s", k.Name, code, errs.String())
			}
			continue
		}
		want := []string{k.Name + ".svg"}
		if k.Single {
			want = []string{k.Name + "-proxy-anynetxa.svg", k.Name + "-proxy-regnetx.svg"}
		}
		if code != 0 {
			t.Errorf("%s: exit code %d, %s", k.Name, code, errs.String())
		}
		for _, file := range want {
			if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), "</svg>") || !strings.Contains(errs.String(), "wrote "+file+"\n") {
				t.Errorf("%s: %v; it says %s", file, err, errs.String())
			}
		}
		if single := strings.Contains(errs.String(), "Each space has a single budget"); single != (k.Name == "trends") {
			t.Errorf("%s: %s", k.Name, errs.String())
		}
	}
}

// A stream takes one figure only.
func TestPlotOneToStream(t *testing.T) {
	beside(t)
	var out, errs strings.Builder
	code := run(t.Context(), []string{"designspace", "plot", "rank", "runs/first", "--out", "-"}, &out, &errs)
	if code != 1 || out.Len() > 0 || !strings.Contains(errs.String(), "choose one with --where, such as 'space=proxy/anynetxa'") {
		t.Errorf("exit code %d, %s", code, errs.String())
	}
}

// Populations without what a figure shows are left out, which is said.
func TestPlotLeavesOut(t *testing.T) {
	t.Chdir(t.TempDir())
	var b strings.Builder
	b.WriteString("space,id,repeat,seed,error\n")
	for i := range 8 {
		fmt.Fprintf(&b, "a,m%d,0,1,%d\n", i, 20+i)
	}
	table := b.String() + "b,x,,,\n"
	if err := os.WriteFile("t.csv", []byte(strings.Replace(table, "b,x,,,", "b,x,0,1,", 1)), 0o666); err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	code := run(t.Context(), []string{"designspace", "plot", "ks", "t.csv", "--out", "ks.svg"}, &out, &errs)
	want := []string{"wrote ks-a.svg", "note: b has nothing that ks shows"}
	if code != 0 || slices.ContainsFunc(want, func(s string) bool { return !strings.Contains(errs.String(), s) }) {
		t.Errorf("exit code %d, %s", code, errs.String())
	}
}

package main

import (
	"bytes"
	"cmp"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"designspace/edf"
)

func table(t *testing.T) []row {
	t.Helper()
	rows, err := readCSV("../calibration.csv")
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// A part of the table, made again from other samples: each share is the
// committed one, give or take the error of both simulations.
func TestTable(t *testing.T) {
	populations, err := recorded("../../experiments/results/cifar")
	if err != nil {
		t.Fatal(err)
	}
	committed := table(t)
	all := cells(populations)
	count := 0
	var part []cell
	every := 12
	if testing.Short() {
		every = 48
	}
	seen := map[string]int{} // cells of each first statistic
	for _, c := range all {
		count += len(c.stated)
		first := c.stated[0].statistic
		if seen[first]++; seen[first]%every == 3 || seen[first] == 1 {
			c.replicates = 1
			part = append(part, c)
		}
	}
	if count != len(committed) {
		t.Errorf("the table has %d rows, the program measures %d: make it again", len(committed), count)
	}
	for _, r := range measure(part, 60, 2) {
		i := slices.IndexFunc(committed, func(c row) bool {
			return c.statistic == r.statistic && c.distribution == r.distribution && c.na == r.na && c.nb == r.nb
		})
		if i < 0 {
			t.Errorf("%s of %s with %d and %d models is not in the table: make it again", r.statistic, r.distribution, r.na, r.nb)
			continue
		}
		c := committed[i]
		// Of what is expected, which a share of few samples does not know of itself.
		expected := c
		expected.replicates = r.replicates
		if math.Abs(r.measured-c.measured) > 4.5*math.Hypot(expected.mcError(), c.mcError()) {
			t.Errorf("%s of %s with %d and %d models: %.3f ± %.3f, in the table %.3f", r.statistic, r.distribution, r.na, r.nb, r.measured, expected.mcError(), c.measured)
		}
	}
}

// The verdict, and findings of bests as a family, keep their level in every row.
func TestLevels(t *testing.T) {
	for _, r := range table(t) {
		switch r.statistic {
		case "verdict", "verdict-family", "expected-best-family", "equivalence", "sequential", "sequential-paired", "sequential-adjusted", "tilted-verdict", "sequential-equivalence":
			if r.measured > 0.055+3*r.mcError() {
				t.Errorf("%s of %s with %d and %d models errs in %.3f ± %.3f", r.statistic, r.distribution, r.na, r.nb, r.measured, r.mcError())
			}
		}
	}
}

// Every statistic is measured and none else; and what is clearly off with 20
// models or more has a note.
func TestStatistics(t *testing.T) {
	known := map[string]edf.Statistic{}
	for _, s := range edf.Statistics() {
		known[s.Name] = s
	}
	measured := map[string]bool{}
	for _, r := range table(t) {
		measured[r.statistic] = true
		s, ok := known[r.statistic]
		if !ok {
			t.Errorf("%s promises nothing", r.statistic)
		}
		n := r.na
		if r.nb > 0 {
			n = min(r.na, r.nb)
		}
		clearly := math.Abs(r.measured-r.stated) > 0.035 || s.Test && r.measured > r.stated+0.015
		if n >= 20 && r.off(s) && clearly && edf.CoverageNote(r.statistic, n, strings.Contains(r.distribution, "diverged")) == "" {
			t.Errorf("%s of %s with %d models is %.3f, without a note", r.statistic, r.distribution, n, r.measured)
		}
	}
	for name := range known {
		if !measured[name] {
			t.Errorf("%s is not measured", name)
		}
	}
}

// CALIBRATION.md says what calibration.csv does.
func TestMarkdown(t *testing.T) {
	name := filepath.Join(t.TempDir(), "CALIBRATION.md")
	if err := writeMarkdown(name, table(t), defaultReplicates, 1); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../CALIBRATION.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("CALIBRATION.md is not what calibration.csv says: make both again")
	}
}

// The same seed gives the same shares, on any number of processors.
func TestMeasureIsReproducible(t *testing.T) {
	get := newDistributions(nil)
	cs := []cell{oneSample(get, "normal", 20), twoSamples(get, pair{"normal", "normal", true, false}, 8, 20), oneSample(get, "normal", 8)}
	a := measure(cs, 20, 7)
	slices.Reverse(cs)
	b := measure(cs, 20, 7)
	slices.SortFunc(a, byName)
	slices.SortFunc(b, byName)
	if !slices.Equal(a, b) {
		t.Errorf("%v and %v", a, b)
	}
}

// Rows that are there stay, the others are measured, in the order of the cells.
func TestComplete(t *testing.T) {
	get := newDistributions(nil)
	cs := []cell{oneSample(get, "normal", 8), twoSamples(get, pair{"normal", "normal", true, false}, 8, 8), oneSample(get, "tied", 8)}
	all := measure(cs, 20, 7)
	has := slices.Clone(all[:len(cs[0].stated)])
	has[0].measured = 2
	all[0].measured = 2
	if got := complete(has, cs, 20, 7); !slices.Equal(got, all) {
		t.Errorf("%v, want %v", got, all)
	}
}

func byName(a, b row) int {
	return cmp.Or(cmp.Compare(a.statistic, b.statistic), a.na-b.na)
}

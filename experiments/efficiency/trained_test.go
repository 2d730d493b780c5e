package main

import (
	"bytes"
	"math"
	"os"
	"strings"
	"testing"

	"designspace/edf"
	"designspace/internal/table"
)

// The page says what trained.csv says, and that what the models' tables say.
func TestTrained(t *testing.T) {
	page, err := os.ReadFile("../EFFICIENCY.md")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := writeTrained(&b, ".."); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasSuffix(page, b.Bytes()) {
		t.Errorf("EFFICIENCY.md does not end with\n%s", b.String())
	}
	summary, err := table.ReadFile("trained/trained.csv")
	if err != nil {
		t.Fatal(err)
	}
	runs, _ := summary.Strings("run")
	models, _ := summary.Floats("models")
	differences, _ := summary.Floats("difference")
	for i, name := range runs {
		groups := trainedGroups(t, "trained/"+name+".csv")
		if len(groups) != 2 || len(groups[0].Errors) != int(models[i]) || len(groups[1].Errors) != int(models[i]) {
			t.Errorf("%s: %d populations, of %v models each", name, len(groups), models[i])
			continue
		}
		d, err := edf.MeanDifference(groups[0], groups[1])
		if err != nil {
			t.Fatal(err)
		}
		adjusted := strings.HasPrefix(name, "x") && strings.HasSuffix(name, "-decided")
		if off := math.Abs(d.Estimate - differences[i]); off > 1e-9 && !adjusted {
			t.Errorf("%s: a difference of %v, of the models %v", name, differences[i], d.Estimate)
		}
	}
}

// trainedGroups are the populations of a table: its spaces, or its conditions.
func trainedGroups(t *testing.T, path string) []edf.Population {
	t.Helper()
	tab, err := table.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	spaces, err := tab.Strings("space")
	if err != nil {
		t.Fatal(err)
	}
	conditions, err := tab.Strings("condition")
	if err != nil {
		t.Fatal(err)
	}
	errors, err := tab.Floats("error")
	if err != nil {
		t.Fatal(err)
	}
	var groups []edf.Population
	at := map[string]int{}
	for i := range errors {
		name := spaces[i] + conditions[i]
		if _, ok := at[name]; !ok {
			at[name] = len(groups)
			groups = append(groups, edf.Population{Name: name})
		}
		g := &groups[at[name]]
		g.Errors = append(g.Errors, errors[i])
	}
	return groups
}

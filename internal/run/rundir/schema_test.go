package rundir

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"designspace/internal/columns"
	"designspace/internal/table"
)

// Every column of every file is described, and nothing else is.
func TestSchemas(t *testing.T) {
	var used []string
	for _, s := range Schemas() {
		for _, c := range s.Columns {
			if c.Meaning == "" || !slices.Contains([]string{"text", "integer", "number"}, c.Type) {
				t.Errorf("%s: %+v", s.File, c)
			}
			used = append(used, c.Name)
		}
	}
	for _, c := range columns.All() {
		if c.Name != "error_ema" && !slices.Contains(used, c.Name) { // which only imports have
			t.Errorf("%s is described and in no file", c.Name)
		}
	}
}

// The rate and the error of curves.csv are those of an epoch.
func TestSchemaOfCurves(t *testing.T) {
	for _, s := range Schemas() {
		for _, c := range s.Columns {
			if c.Name == "lr" || c.Name == "error" {
				if got, want := strings.Contains(c.Meaning, "of the epoch") || strings.HasSuffix(c.Meaning, "after the epoch"), s.File == "curves.csv"; got != want {
					t.Errorf("%s: %s: %s", s.File, c.Name, c.Meaning)
				}
			}
		}
	}
}

// Cells of a written table are of the type that the schema says.
func TestSchemaTypes(t *testing.T) {
	es := entries()
	var models, results bytes.Buffer
	if err := WriteModels(&models, es); err != nil {
		t.Fatal(err)
	}
	if err := WriteResults(&results, es, &Journal{}); err != nil {
		t.Fatal(err)
	}
	schemas := Schemas()
	for i, b := range []*bytes.Buffer{&results, &models} {
		tb, err := table.Read(schemas[i].File, b)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range tb.Columns() {
			k := slices.IndexFunc(schemas[i].Columns, func(c columns.Column) bool { return c.Name == ofStage.ReplaceAllString(name, "${1}1") })
			if k < 0 {
				t.Errorf("%s: %s is not in the schema", schemas[i].File, name)
				continue
			}
			cells, err := tb.Strings(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range cells {
				if typeOf(c) < typeNames[schemas[i].Columns[k].Type] {
					t.Errorf("%s: %s is not of type %s: %q", schemas[i].File, name, schemas[i].Columns[k].Type, c)
				}
			}
		}
	}
}

var ofStage = regexp.MustCompile(`^([dwsbg])\d+$`)

var typeNames = map[string]int{"text": 0, "number": 1, "integer": 2}

// typeOf returns the narrowest type that a cell may have.
func typeOf(cell string) int {
	if strings.Trim(cell, "0123456789") == "" {
		return typeNames["integer"]
	}
	if _, err := table.ParseFloat(cell); err == nil {
		return typeNames["number"]
	}
	return typeNames["text"]
}

package analysis

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"designspace/edf"
)

// What Analyze says of committed results is what scipy and numpy say: see
// testdata/golden.py.
func TestAnalyzeGolden(t *testing.T) {
	var golden struct {
		Files       []string
		Populations []map[string]any
		Test        map[string]any
	}
	data, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, f := range golden.Files {
		paths = append(paths, filepath.Join("../../../experiments/results/cifar/2026-11-24", f))
	}
	s, err := Load(paths, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Analyze(edf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := asObjects(t, r)
	for i, want := range golden.Populations {
		have := got.Populations[i]
		for key, x := range want {
			if key == "best_values" {
				checkBest(t, r, r.Populations[i].Name, x.(map[string]any))
				continue
			}
			if ranges, ok := x.(map[string]any); ok {
				checkRanges(t, got.Bootstrap, have["name"], ranges)
				continue
			}
			checkNumber(t, have, key, x.(float64))
		}
	}
	for key, x := range golden.Test {
		checkNumber(t, got.Tests[0], key, x.(float64))
	}
}

// An analysis as its JSON has it.
type objects struct {
	Populations, Tests, Bootstrap []map[string]any
}

func asObjects(t *testing.T, r *Result) (o objects) {
	t.Helper()
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

func checkNumber(t *testing.T, have map[string]any, key string, want float64) {
	t.Helper()
	x, ok := have[key].(float64)
	if !ok || math.Abs(x-want) > 1e-10*math.Max(math.Abs(want), 1e-3) {
		t.Errorf("%v: %s is %v, want %v", have["name"], key, have[key], want)
	}
}

func checkBest(t *testing.T, r *Result, population string, want map[string]any) {
	t.Helper()
	for parameter, values := range want {
		groups, values := r.BestOf(population, parameter), values.(map[string]any)
		if len(groups) != len(values) {
			t.Errorf("%s: %d values of %s", population, len(groups), parameter)
		}
		for _, g := range groups {
			v, ok := values[strconv.FormatFloat(g.Lo, 'f', 1, 64)].([]any)
			if !ok || float64(g.N) != v[0] || math.Abs(g.Mean-v[1].(float64)) > 1e-9 || g.MayBeBest != v[2] {
				t.Errorf("%s: %s %v: %+v, want %v", population, parameter, g.Lo, g, v)
			}
		}
	}
}

func checkRanges(t *testing.T, have []map[string]any, population any, want map[string]any) {
	t.Helper()
	for _, r := range have {
		limits, ok := want[r["parameter"].(string)].([]any)
		if r["population"] != population || !ok {
			continue
		}
		for i, key := range []string{"lo", "median", "hi"} {
			if r[key] != limits[i] { // values of models, so exactly
				t.Errorf("%v: %s of %v is %v, want %v", population, key, r["parameter"], r[key], limits[i])
			}
		}
		delete(want, r["parameter"].(string))
	}
	for p := range want {
		t.Errorf("%v: no range of %s", population, p)
	}
}

package analysis

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"designspace/bootstrap"
	"designspace/edf"
	"designspace/internal/columns"
)

// A Result is what the populations of a study have to say.
type Result struct {
	Populations []edf.Summary    `json:"populations"`
	Tests       []edf.Comparison `json:"tests"`     // each population against each later one
	Bootstrap   []Range          `json:"bootstrap"` // of every parameter that varies in a population
	Epochs      []EpochRanks     `json:"epochs"`    // how soon the ranks of models are settled
	Noise       *Noise           `json:"noise,omitempty"`
	Warnings    []string         `json:"warnings"` // all caveats, each once

	columns []string // of the tables, for the order of parameters
}

// A Range is the range of a parameter's best value in a population.
type Range struct {
	Population string
	bootstrap.Range
}

// MarshalJSON writes one object, with null for NaN.
func (r Range) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Population string   `json:"population"`
		Parameter  string   `json:"parameter"`
		Lo         *float64 `json:"lo"`
		Median     *float64 `json:"median"`
		Hi         *float64 `json:"hi"`
		Models     int      `json:"models"`
		Absent     int      `json:"absent"`
		Best       int      `json:"best"`
		Warnings   []string `json:"warnings,omitempty"`
	}{r.Population, r.Name, orNull(r.Lo), orNull(r.Median), orNull(r.Hi), r.N, r.Absent, r.Best, r.Warnings})
}

func orNull(x float64) *float64 {
	if math.IsNaN(x) {
		return nil
	}
	return &x
}

// Analyze summarises and compares the populations and finds the ranges of their
// parameters' best values.
func (s *Study) Analyze(o edf.Options) (*Result, error) {
	r := &Result{Populations: []edf.Summary{}, Tests: []edf.Comparison{}, Bootstrap: []Range{}, Epochs: []EpochRanks{}, Warnings: []string{}, columns: append(slices.Clone(s.parameters), s.Columns()...)}
	samples := make([]edf.Population, len(s.Groups))
	for i, g := range s.Groups {
		samples[i] = edf.Population{Name: g.Name, Errors: s.Errors(g), Weights: s.Weights(g), Failed: g.Failed, Pending: g.Pending}
		sum, err := edf.Summarize(samples[i], o)
		if err != nil {
			return nil, err
		}
		r.Populations = append(r.Populations, sum)
	}
	tests, err := edf.CompareAll(samples, o)
	if err != nil {
		return nil, err
	}
	r.Tests = append(r.Tests, tests...)
	for _, g := range s.Groups {
		ranges, err := s.ranges(g)
		if err != nil {
			return nil, err
		}
		r.Bootstrap = append(r.Bootstrap, ranges...)
	}
	if r.Noise, err = s.Noise(); err != nil {
		return nil, err
	}
	for _, g := range s.Groups {
		ranks, err := s.epochRanks(g)
		if err != nil {
			return nil, err
		}
		r.Epochs = append(r.Epochs, ranks...)
	}
	mixed, err := s.mixtures()
	if err != nil {
		return nil, err
	}
	r.collectWarnings(slices.Concat(s.Warnings, s.pendings(), mixed))
	return r, nil
}

// ranges returns the bootstrap ranges of the parameters that vary in a
// population.
func (s *Study) ranges(g Group) ([]Range, error) {
	if len(g.Rows) == 0 {
		return nil, nil
	}
	dist, err := bootstrap.New(s.Errors(g), bootstrap.Options{})
	if err != nil {
		return nil, err
	}
	var ranges []Range
	for _, p := range s.Parameters(g) {
		values, err := s.Values(g, p)
		if err != nil {
			return nil, err
		}
		rg, err := dist.Range(p, values)
		if err != nil {
			return nil, err
		}
		ranges = append(ranges, Range{g.Name, rg})
	}
	return ranges, nil
}

// Parameters returns the columns that [Options] name as parameters, or else the
// parameters and complexities among them, that vary in a population. A column in
// which numbers and texts are mixed is left out with a warning.
func (s *Study) Parameters(g Group) []string {
	var names []string
	if len(s.parameters) > 0 {
		for _, c := range s.parameters {
			if varies(pick(s.numbers[c], g.Rows)) {
				names = append(names, c)
			}
		}
		return names
	}
	for _, c := range s.Columns() {
		if role := columns.Of(c).Role; role != columns.Parameter && role != columns.Complexity {
			continue
		}
		xs, err := s.Floats(c)
		if err != nil {
			s.warnMixed(c, err)
			continue
		}
		if varies(pick(xs, g.Rows)) {
			names = append(names, c)
		}
	}
	return names
}

// warnMixed warns of a column that has err as numbers, unless it is all text.
func (s *Study) warnMixed(col string, err error) {
	cells, _ := s.Texts(col)
	digits := slices.ContainsFunc(cells, func(c string) bool { return c != "" && strings.Trim(c, "0123456789.") == "" })
	warning := fmt.Sprintf("column %s is left out: %v", col, err)
	if digits && !slices.Contains(s.Warnings, warning) {
		s.Warnings = append(s.Warnings, warning)
	}
}

// varies reports whether xs holds two different numbers.
func varies(xs []float64) bool {
	first := math.NaN()
	for _, x := range xs {
		switch {
		case math.IsNaN(x):
		case math.IsNaN(first):
			first = x
		case x != first:
			return true
		}
	}
	return false
}

func (s *Study) pendings() []string {
	var warnings []string
	for _, g := range s.Groups {
		if g.Pending > 0 {
			warnings = append(warnings, fmt.Sprintf("%s: %d of %d models wait for training and are left out", g.Name, g.Pending, len(g.Rows)+g.Failed+g.Pending))
		}
	}
	return warnings
}

// mixtures warns of errors that were not made alike and so may not compare.
func (s *Study) mixtures() ([]string, error) {
	var warnings []string
	for _, c := range []string{"kernel", "data", "recipe", "epochs", "classes"} {
		if !s.Has(c) {
			continue
		}
		cells, err := s.Texts(c)
		if err != nil {
			return nil, err
		}
		var seen []string
		for row, v := range cells {
			if v != "" && !math.IsNaN(s.errs[row]) && !slices.Contains(seen, v) {
				seen = append(seen, v)
			}
		}
		if len(seen) > 1 {
			warnings = append(warnings, fmt.Sprintf("%s differs between the models (%s): their errors may not compare", c, truncate(seen)))
		}
	}
	return warnings, nil
}

// truncate lists at most the first four of names.
func truncate(names []string) string {
	slices.Sort(names)
	if len(names) > 4 {
		names = append(slices.Clone(names[:4]), fmt.Sprintf("and %d more", len(names)-4))
	}
	return strings.Join(names, ", ")
}

// collectWarnings gathers the caveats of all parts, each once.
func (r *Result) collectWarnings(study []string) {
	add := func(place string, warnings []string) {
		for _, w := range warnings {
			if place != "" {
				w = place + ": " + w
			}
			if !slices.Contains(r.Warnings, w) {
				r.Warnings = append(r.Warnings, w)
			}
		}
	}
	add("", study)
	for _, p := range r.Populations {
		add(p.Name, p.Warnings)
	}
	for _, c := range r.Tests {
		add(c.A+" against "+c.B, c.Warnings)
	}
	for _, b := range r.Bootstrap {
		add(b.Population, b.Warnings)
	}
	if r.Noise != nil {
		for _, p := range r.Noise.Populations {
			add(p.Name, p.Warnings)
		}
	}
}

package analysis

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"designspace/bootstrap"
	"designspace/edf"
	"designspace/internal/columns"
	"designspace/internal/numeric"
)

// A Range is the range of a parameter among the best models of a population.
type Range struct {
	Population string
	bootstrap.Range
}

// MarshalJSON writes one object, with null for NaN.
func (r Range) MarshalJSON() ([]byte, error) {
	return numeric.MarshalJSON(struct {
		Population string   `json:"population"`
		Parameter  string   `json:"parameter"`
		Lo         float64  `json:"lo"`
		Median     float64  `json:"median"`
		Hi         float64  `json:"hi"`
		Models     int      `json:"models"`
		Absent     int      `json:"absent"`
		Best       int      `json:"best"`
		Warnings   []string `json:"warnings,omitempty"`
	}{r.Population, r.Name, r.Lo, r.Median, r.Hi, r.N, r.Absent, r.Best, r.Warnings})
}

// Ranges returns the bootstrap ranges of the parameters that vary in a
// population of the study, and computes them once.
func (s *Study) Ranges(p edf.Population) ([]Range, error) {
	if ranges, ok := s.ranges[p.Name]; ok || len(p.Errors) == 0 {
		return ranges, nil
	}
	dist, err := bootstrap.New(p.Errors, bootstrap.Options{Weights: drawnBy(p)})
	if err != nil {
		return nil, err
	}
	var ranges []Range
	for _, name := range s.Parameters(p) {
		values, err := s.Values(p, name)
		if err != nil {
			return nil, err
		}
		r, err := dist.Range(name, values)
		if err != nil {
			return nil, err
		}
		ranges = append(ranges, Range{p.Name, r})
	}
	s.ranges[p.Name] = ranges
	return ranges, nil
}

// drawnBy are the weights of a tilted draw. Those of a normalisation say nothing of
// values of parameters.
func drawnBy(p edf.Population) []float64 {
	if p.Tilted {
		return p.Weights
	}
	return nil
}

// candidates are the columns among which parameters are: those that [Options]
// name, or else all.
func (s *Study) candidates() []string {
	if len(s.parameters) > 0 {
		return s.parameters
	}
	return s.Columns()
}

// Parameters returns the columns that [Options] name as parameters, or else the
// numeric parameters and complexities among them, that vary in a population. A
// column in which numbers and texts are mixed is left out with a warning.
func (s *Study) Parameters(p edf.Population) []string {
	var names []string
	for _, c := range s.candidates() {
		role := columns.Of(c).Role
		if len(s.parameters) == 0 && role != columns.Parameter && role != columns.Complexity {
			continue
		}
		xs, err := s.Floats(c)
		if err != nil {
			s.warnMixed(c, err)
			continue
		}
		if varies(pick(xs, p.Rows)) {
			names = append(names, c)
		}
	}
	return names
}

// warnMixed warns of a column that has err as numbers, unless it is all text.
func (s *Study) warnMixed(col string, err error) {
	cells, _ := s.Strings(col)
	digits := slices.ContainsFunc(cells, func(c string) bool { return c != "" && strings.Trim(c, "0123456789.") == "" })
	warning := fmt.Sprintf("column %s is left out: %v", col, err)
	if !digits || slices.Contains(s.Warnings, warning) {
		return
	}
	mixed := 0
	for _, w := range s.Warnings {
		if strings.HasPrefix(w, "column ") && strings.Contains(w, " is left out: ") {
			mixed++
		}
	}
	const most, more = 3, "more columns in which numbers and texts are mixed are left out; --parameters names those that count"
	switch {
	case mixed < most:
		s.Warnings = append(s.Warnings, warning)
	case !slices.Contains(s.Warnings, more):
		s.Warnings = append(s.Warnings, more)
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

package analysis

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"designspace/edf"
	"designspace/internal/format"
	"designspace/internal/numeric"
)

// A BestValue is a value of a parameter, or a range of neighbouring values, and
// whether its mean error may be the least: see [edf.CompareWithBest]. Of one
// parameter in one population all statements hold together with 95 %.
type BestValue struct {
	Population string
	Parameter  string
	Lo, Hi     float64 // equal for a single value
	edf.VersusBest
}

// MarshalJSON writes one object, with null for NaN.
func (b BestValue) MarshalJSON() ([]byte, error) {
	return numeric.MarshalJSON(struct {
		Population string  `json:"population"`
		Parameter  string  `json:"parameter"`
		Lo         float64 `json:"lo"`
		Hi         float64 `json:"hi"`
		Models     int     `json:"models"`
		Mean       float64 `json:"error_mean"`
		Gap        float64 `json:"gap"`
		GapLo      float64 `json:"gap_lo"`
		GapHi      float64 `json:"gap_hi"`
		P          float64 `json:"p"`
		MayBeBest  bool    `json:"may_be_best"`
	}{b.Population, b.Parameter, b.Lo, b.Hi, b.N, b.Mean, b.Gap.Estimate, b.Gap.Lo, b.Gap.Hi, b.P, b.MayBeBest})
}

// bestValues compares the values of the parameters that vary in a population,
// once. A parameter with fewer than two values that two models have is left out.
func (s *Study) bestValues(p edf.Population) ([]BestValue, error) {
	all, ok := s.best[p.Name]
	if ok || p.Tilted {
		return all, nil
	}
	for _, name := range s.Parameters(p) {
		values, err := s.Values(p, name)
		if err != nil {
			return nil, err
		}
		groups, err := CompareValues(values, p.Errors)
		if err != nil {
			return nil, fmt.Errorf("%s of %s: %w", name, p.Name, err)
		}
		for _, b := range groups {
			b.Population, b.Parameter = p.Name, name
			all = append(all, b)
		}
	}
	s.best[p.Name] = all
	return all, nil
}

// CompareValues compares the values of a parameter, or five ranges of them, by
// the mean errors of the models that have them. It is nil if fewer than two of
// them have two models.
func CompareValues(values, errs []float64) ([]BestValue, error) {
	groups := edf.GroupValues(values)
	parts := make([][]float64, len(groups))
	several := 0
	for i, g := range groups {
		parts[i] = pick(errs, g.Models)
		if len(g.Models) > 1 {
			several++
		}
	}
	if several < 2 {
		return nil, nil
	}
	w, err := edf.CompareWithBest(parts)
	if err != nil {
		return nil, err
	}
	var list []BestValue
	for i, g := range groups {
		list = append(list, BestValue{Lo: g.Lo, Hi: g.Hi, VersusBest: w.Groups[i]})
	}
	return list, nil
}

// writeBest writes for each parameter of which something can be excluded what
// may be best, and the others in a line.
func (r *Result) writeBest(w io.Writer) error {
	header := []string{"may be best in mean"}
	for _, p := range r.Populations {
		header = append(header, p.Name)
	}
	var rows [][]string
	var open []string // nothing can be excluded
	for _, name := range r.parameters {
		row, judged, excluded := []string{name}, false, false
		for _, p := range r.Populations {
			groups := r.BestOf(p.Name, name)
			judged = judged || len(groups) > 0
			cell := ""
			if slices.ContainsFunc(groups, func(b BestValue) bool { return !b.MayBeBest }) {
				cell, excluded = MayBeBest(groups), true
			} else if len(groups) > 0 {
				cell = "any"
			}
			row = append(row, cell)
		}
		switch {
		case excluded:
			rows = append(rows, row)
		case judged:
			open = append(open, name)
		}
	}
	if len(rows) > 0 {
		fmt.Fprintln(w)
		if err := format.Table(w, header, rows); err != nil {
			return err
		}
	}
	if len(open) > 0 {
		fmt.Fprintf(w, "\nno value excluded as the best in mean: %s\n", strings.Join(open, ", "))
	}
	return nil
}

// BestOf returns the values of a parameter in a population, in ascending order.
func (r *Result) BestOf(population, parameter string) []BestValue {
	var groups []BestValue
	for _, b := range r.Best {
		if b.Population == population && b.Parameter == parameter {
			groups = append(groups, b)
		}
	}
	return groups
}

// MayBeBest lists what may be best among ascending values: where some stand for
// ranges, neighbours are joined.
func MayBeBest(groups []BestValue) string {
	ranges := slices.ContainsFunc(groups, func(b BestValue) bool { return b.Lo < b.Hi })
	var parts []string
	for i := 0; i < len(groups); i++ {
		if !groups[i].MayBeBest {
			continue
		}
		lo := groups[i].Lo
		for ranges && i+1 < len(groups) && groups[i+1].MayBeBest {
			i++
		}
		part := format.Number(lo)
		if hi := groups[i].Hi; hi > lo {
			part += " to " + format.Number(hi)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

package analysis

import (
	"fmt"
	"math"
	"slices"

	"designspace/edf"
	"designspace/internal/format"
)

// DefaultBins is the number of bins by which populations are normalised.
const DefaultBins = 10

// normalize weighs the models so that each population spreads evenly over bins
// of a measure of complexity. Models beyond what every population reaches are
// left out of the populations.
func (s *Study) normalize(by string, bins int) error {
	xs, err := s.Floats(by)
	if err != nil {
		return fmt.Errorf("normalize: %w", err)
	}
	populations := make([]edf.Measured, len(s.Groups))
	for i, g := range s.Groups {
		populations[i] = edf.Measured{Name: g.Name, Complexity: pick(xs, g.Rows)}
		if k := slices.IndexFunc(populations[i].Complexity, math.IsNaN); k >= 0 {
			src, row := s.at(g.Rows[k])
			return src.table.Errorf(row, "normalize: the model has no %s: choose others with --where", by)
		}
	}
	common, err := edf.CommonBins(bins, populations...)
	if err != nil {
		return fmt.Errorf("normalize by %s: %w", by, err)
	}
	weights, err := edf.Normalize(common, populations...)
	if err != nil {
		return fmt.Errorf("normalize by %s: %w", by, err)
	}
	s.normalized, s.weights = by, make([]float64, s.rows())
	beyond := 0
	for i := range s.Groups {
		g := &s.Groups[i]
		for k, row := range g.Rows {
			s.weights[row] = weights[i][k]
		}
		all := len(g.Rows)
		g.Rows = slices.DeleteFunc(g.Rows, func(row int) bool { return s.weights[row] == 0 })
		beyond += all - len(g.Rows)
	}
	if beyond > 0 {
		s.Warnings = append(s.Warnings, fmt.Sprintf("left out: %d of the models, with %s outside the %s to %s that every population reaches", beyond, by, format.Number(common.Lo), format.Number(common.Hi)))
	}
	s.Warnings = append(s.Warnings, fmt.Sprintf("errors are normalised by %s in %d bins; ranges of parameters are not", by, bins))
	return nil
}

// Normalized returns the column by which the populations are normalised, "" if
// they are not.
func (s *Study) Normalized() string { return s.normalized }

// Weights returns the weights of a population's models in the order of its rows,
// nil if they are equal.
func (s *Study) Weights(g Group) []float64 {
	if s.weights == nil {
		return nil
	}
	return pick(s.weights, g.Rows)
}

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
	measured := make([]edf.Measured, len(s.Populations))
	for i, p := range s.Populations {
		measured[i] = edf.Measured{Name: p.Name, Complexity: pick(xs, p.Rows)}
		if k := slices.IndexFunc(measured[i].Complexity, math.IsNaN); k >= 0 {
			return s.Errorf(p.Rows[k], "normalize: the model has no %s: choose others with --where", by)
		}
	}
	common, err := edf.CommonBins(bins, measured...)
	if err != nil {
		return fmt.Errorf("normalize by %s: %w", by, err)
	}
	weights, err := edf.Normalize(common, measured...)
	if err != nil {
		return fmt.Errorf("normalize by %s: %w", by, err)
	}
	s.normalized = by
	beyond := 0
	for i := range s.Populations {
		p := &s.Populations[i]
		var within []int
		for k, w := range weights[i] {
			if w > 0 {
				within = append(within, k)
			}
		}
		beyond += len(p.Rows) - len(within)
		p.Weights = weights[i]
		*p = p.Select(within)
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

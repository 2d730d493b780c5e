package analysis

import (
	"fmt"
	"slices"

	"designspace/edf"
	"designspace/internal/format"
)

// normalize weighs the models so that each population spreads evenly over a
// measure of complexity, see [edf.Stratify]. Models beyond what every population
// reaches are left out of the populations.
func (s *Study) normalize(by string, bins int) error {
	if err := s.sampleOnly("--normalize"); err != nil {
		return err
	}
	xs, err := s.Floats(by)
	if err != nil {
		return fmt.Errorf("--normalize: %w", err)
	}
	measured := make([]edf.Measured, len(s.Populations))
	for i, p := range s.Populations {
		if p.Tilted {
			return fmt.Errorf("--normalize: the models of %s have weights already (--tilt): leave it out", p.Name)
		}
		measured[i] = edf.Measured{Name: p.Name, Complexity: pick(xs, p.Rows)}
		if k := slices.IndexFunc(measured[i].Complexity, func(x float64) bool { return !(x > 0) }); k >= 0 {
			return s.Errorf(p.Rows[k], "--normalize: the model has no %s above 0: choose others with --where", by)
		}
	}
	strata, err := edf.Stratify(edf.StrataOptions{Bins: bins}, measured...)
	if err != nil {
		return fmt.Errorf("--normalize %s: %w", by, err)
	}
	for i := range s.Populations {
		p := &s.Populations[i]
		var within []int
		for k, w := range strata.Weights[i] {
			if w > 0 {
				within = append(within, k)
			}
		}
		p.Weights, p.Strata = strata.Weights[i], strata.Of[i]
		*p = p.Select(within)
	}
	for _, w := range strata.Warnings {
		s.Warnings = append(s.Warnings, "normalised by "+by+": "+w)
	}
	n := len(strata.Edges) - 1
	s.Warnings = append(s.Warnings, fmt.Sprintf("errors are normalised by %s in %d bins, %s to %s (--normalize %s:20 begins with more); values of parameters and importance are not",
		by, n, format.Number(strata.Edges[0]), format.Number(strata.Edges[n]), by))
	return nil
}

// Normalized returns the column by which the populations are normalised, "" if
// they are not.
func (s *Study) Normalized() string { return s.options.Normalize }

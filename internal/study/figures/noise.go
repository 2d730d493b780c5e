package figures

import (
	"fmt"
	"math"

	"designspace/edf"
	"designspace/internal/study/analysis"
	"designspace/plots"
)

// hasNoise reports whether a model was trained more than once.
func hasNoise(s *analysis.Study, ps []edf.Population) bool {
	models, _ := repeatedErrors(s, ps[0])
	return models != nil
}

// repeatedErrors returns the errors of the models that were trained more than
// once, and their rows.
func repeatedErrors(s *analysis.Study, p edf.Population) (models [][]float64, rows []int) {
	for _, row := range p.Rows {
		var errs []float64
		for _, e := range s.Trainings(row) {
			if !math.IsNaN(e) {
				errs = append(errs, e)
			}
		}
		if len(errs) > 1 {
			models, rows = append(models, errs), append(rows, row)
		}
	}
	return models, rows
}

// noise draws the errors of repeated trainings.
func noise(s *analysis.Study, ps []edf.Population, o Options) (*plots.Figure, error) {
	models, rows := repeatedErrors(s, ps[0])
	if models == nil {
		return nil, fmt.Errorf("plot noise: no model of %s was trained more than once: train the run with --repeats 2 or more", ps[0].Name)
	}
	po := plots.NoiseOptions{Page: o.Page, YLabel: s.Label(), Models: rows}
	n, err := s.Noise()
	if err != nil {
		return nil, err
	}
	for _, p := range n.Populations {
		if p.Name == ps[0].Name {
			po.Resolvable = p.Resolvable
		}
	}
	return plots.Noise(models, po)
}

// fidelity draws the errors of two runs of the same models against each other.
func fidelity(s *analysis.Study, _ []edf.Population, o Options) (*plots.Figure, error) {
	f, err := s.Fidelity(edf.FidelityOptions{})
	if err != nil {
		return nil, fmt.Errorf("plot %w", err)
	}
	parts := f.Populations
	if len(parts) > 1 {
		parts = parts[1:] // without all together
	}
	var pairings []plots.Pairing
	for _, a := range parts {
		pairings = append(pairings, plots.Pairing{Name: a.Name, A: a.ErrorsA, B: a.ErrorsB, Rho: a.Spearman.Estimate, Lo: a.Spearman.Lo, Hi: a.Spearman.Hi})
	}
	return plots.Fidelity(pairings, plots.FidelityOptions{Page: o.Page, XLabel: s.Label() + ", " + f.A, YLabel: s.Label() + ", " + f.B})
}

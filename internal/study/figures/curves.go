package figures

import (
	"cmp"
	"designspace/edf"
	"designspace/internal/study/analysis"
	"designspace/plots"
	"designspace/trainer"
	"fmt"
	"slices"
)

// hasCurves reports whether a model has a learning curve.
func hasCurves(s *analysis.Study, ps []edf.Population) bool {
	return slices.ContainsFunc(ps[0].Rows, func(row int) bool { return len(s.Curve(row)) > 0 })
}

// curves draws the learning curves of the best models and of the worst.
func curves(s *analysis.Study, ps []edf.Population, o Options) (*plots.Figure, error) {
	best, worst := ends(ranked(ps[0]), cmp.Or(o.Best, 3))
	var groups []plots.CurveGroup
	for _, end := range []struct {
		name string
		rows []int
	}{{"best", best}, {"worst", worst}} {
		cg := plots.CurveGroup{Name: fmt.Sprintf("%s %d", end.name, len(end.rows))}
		for _, row := range end.rows {
			if c := s.Curve(row); c != nil {
				cg.Curves, cg.Models = append(cg.Curves, curveOf(c)), append(cg.Models, row)
			}
		}
		if len(cg.Curves) > 0 {
			groups = append(groups, cg)
		}
	}
	if len(groups) == 0 {
		return nil, fmt.Errorf("plot curves: no learning curves: name a run directory with trained models")
	}
	return plots.Curves(groups, plots.CurvesOptions{Page: o.Page, YLabel: s.Label()})
}

func curveOf(epochs []trainer.Epoch) plots.Curve {
	var c plots.Curve
	for _, e := range epochs {
		c.Epochs = append(c.Epochs, float64(e.Epoch))
		c.Errors = append(c.Errors, e.Error)
	}
	return c
}

package figures

import (
	"cmp"
	"fmt"
	"math"

	"designspace/edf"
	"designspace/internal/study/analysis"
	"designspace/plots"
)

// costs are the points of a curve of what is attained: it has a step at the cost of
// every model, most of them too small to be seen.
const costs = 33

func hasAttainment(s *analysis.Study, ps []edf.Population) bool {
	_, err := s.Against("flops", ps...)
	return err == nil
}

// attainment draws what searches attain within a cost, against the cost.
func attainment(s *analysis.Study, ps []edf.Population, o Options) (*plots.Figure, error) {
	cost := cmp.Or(o.X, "flops")
	a, err := s.Against(cost, ps...)
	if err != nil {
		return nil, fmt.Errorf("plot attainment: %w", err)
	}
	var ts []plots.Trace
	for i, p := range a.Populations {
		t := plots.Trace{Name: p.Name}
		for k := range costs {
			t.X = append(t.X, a.Range.Lo*math.Pow(a.Range.Hi/a.Range.Lo, float64(k)/(costs-1)))
		}
		curve, err := a.AttainedCurve(i, t.X)
		if err != nil {
			return nil, fmt.Errorf("plot attainment: %w", err)
		}
		for _, c := range curve {
			t.Y, t.Lo, t.Hi = append(t.Y, c.Estimate), append(t.Lo, c.Lo), append(t.Hi, c.Hi)
		}
		ts = append(ts, t)
	}
	o.Page.Note = fmt.Sprintf("Lines: expected best of %d models within the cost. Shaded: 95 %% intervals at each cost.", a.Models)
	return plots.Attainment(ts, plots.AttainmentOptions{Page: o.Page, XLabel: cost})
}

package figures

import (
	"cmp"
	"designspace/edf"
	"designspace/internal/columns"
	"designspace/internal/study/analysis"
	"designspace/plots"
	"fmt"
	"strings"
)

// scatters are the populations as points over a column.
func scatters(s *analysis.Study, ps []edf.Population, column string) ([]plots.Scatter, error) {
	var cs []plots.Scatter
	for _, p := range ps {
		xs, err := s.Values(p, column)
		if err != nil {
			return nil, err
		}
		cs = append(cs, plots.Scatter{Name: p.Name, X: xs, Errors: s.Shown(p).Errors, Models: p.Rows})
	}
	return cs, nil
}

// hasFit reports whether a model has a positive e_fit: where there is none, all
// lie on a line.
func hasFit(s *analysis.Study, ps []edf.Population) bool { return s.AnyPositive("e_fit", ps...) }

func fit(s *analysis.Study, ps []edf.Population, o Options) (*plots.Figure, error) {
	cs, err := scatters(s, ps, "e_fit")
	if err != nil {
		return nil, fmt.Errorf("plot fit: %w", err)
	}
	return plots.Fit(cs, plots.FitOptions{Page: o.Page, YLabel: s.Label()})
}

// pareto draws error against flops or the column chosen for the x axis.
func pareto(s *analysis.Study, ps []edf.Population, o Options) (*plots.Figure, error) {
	x := cmp.Or(o.X, "flops")
	cs, err := scatters(s, ps, x)
	if err != nil {
		return nil, fmt.Errorf("plot pareto: -x: %w", err)
	}
	return plots.Pareto(cs, plots.ParetoOptions{Page: o.Page, XLabel: x, YLabel: s.Label(), Linear: !columns.Of(x).Log})
}

// complexity draws the histograms of flops, params and acts, of those that the
// tables have.
func complexity(s *analysis.Study, ps []edf.Population, o Options) (*plots.Figure, error) {
	var ms []plots.Metric
	for _, name := range columns.Names(columns.Complexity) {
		if !s.Has(name) {
			continue
		}
		m := plots.Metric{Name: name}
		for _, p := range ps {
			xs, err := s.Values(p, name)
			if err != nil {
				return nil, err
			}
			m.Samples = append(m.Samples, plots.Sample{Name: p.Name, Values: xs})
		}
		ms = append(ms, m)
	}
	if len(ms) == 0 {
		return nil, fmt.Errorf("plot complexity: none of the columns %s is there", strings.Join(columns.Names(columns.Complexity), ", "))
	}
	return plots.Complexity(ms, plots.ComplexityOptions{Page: o.Page})
}

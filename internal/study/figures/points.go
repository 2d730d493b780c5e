package figures

import (
	"cmp"
	"designspace/edf"
	"designspace/internal/columns"
	"designspace/internal/numeric"
	"designspace/internal/study/analysis"
	"designspace/plots"
	"fmt"
	"slices"
	"strings"
)

// maxPoints is how many models of a population a figure shows as points. More
// cannot be told apart, and a page with them could not be opened.
const maxPoints = 3000

// Thinned says which models the points of a figure stand for, "" for all.
func Thinned(s *analysis.Study) string {
	most := 0
	for _, g := range s.Populations {
		most = max(most, len(g.Rows))
	}
	if most <= maxPoints {
		return ""
	}
	return fmt.Sprintf("of populations beyond %d models the figures with points show the best third of that number and others evenly over the ranking", maxPoints)
}

// thin returns the models of a population to show as points, among them those at
// the places always.
func thin(p edf.Population, always []int) edf.Population {
	if len(p.Errors) <= maxPoints {
		return p
	}
	order := numeric.Order(p.Errors)
	keep := slices.Concat(always, order[:maxPoints/3])
	rest := order[maxPoints/3:]
	for i := range 2 * maxPoints / 3 {
		keep = append(keep, rest[i*len(rest)/(2*maxPoints/3)])
	}
	slices.Sort(keep)
	return p.Select(slices.Compact(keep))
}

// scatters are the populations as points over a column; models on the Pareto
// front are always among them.
func scatters(s *analysis.Study, ps []edf.Population, column string) ([]plots.Scatter, error) {
	var cs []plots.Scatter
	for _, p := range ps {
		xs, err := s.Values(p, column)
		if err != nil {
			return nil, err
		}
		shown := thin(p, plots.ParetoFront(xs, p.Errors))
		if xs, err = s.Values(shown, column); err != nil {
			return nil, err
		}
		cs = append(cs, plots.Scatter{Name: p.Name, X: xs, Errors: shown.Errors, Models: shown.Rows})
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
		return nil, fmt.Errorf("plot pareto: --x: %w", err)
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

package figures

import (
	"fmt"
	"math"

	"designspace/edf"
	"designspace/internal/columns"
	"designspace/internal/importance"
	"designspace/internal/study/analysis"
	"designspace/plots"
)

// mostRows is how many parameters are drawn: the others account for less.
const mostRows = 12

// HasImportance reports whether the parameters of a population may account for
// something.
func HasImportance(s *analysis.Study, p edf.Population) bool {
	if len(p.Errors) < importance.MinModels {
		return false
	}
	_, err := s.Importance(p, edf.Options{})
	return err == nil
}

func hasImportance(s *analysis.Study, ps []edf.Population) bool { return HasImportance(s, ps[0]) }

// shares draws what the parameters of a population account for.
func shares(s *analysis.Study, ps []edf.Population, o Options) (*plots.Figure, error) {
	e, err := s.Importance(ps[0], edf.Options{})
	if err != nil {
		return nil, fmt.Errorf("plot importance: %w", err)
	}
	po := plots.ImportanceOptions{Page: o.Page, Series: []string{s.Metric().Words("all errors"), "best quarter"}}
	if e.Best == nil {
		po.Series = nil
	}
	var effects []plots.Effect
	for _, r := range e.Rows(mostRows) {
		effect := plots.Effect{Name: r.Name, Shares: []plots.Share{plots.Share(r.All)}}
		if e.Best != nil {
			effect.Shares = append(effect.Shares, plots.Share(r.Best))
		}
		effects = append(effects, effect)
	}
	if n := len(e.All.Effects); n > mostRows {
		po.Page.Note = fmt.Sprintf("Drawn are the first %d of %d parameters.", mostRows, n)
	}
	return plots.Importance(effects, po)
}

// mostMarginals is how many marginals are drawn: those that tell most.
const mostMarginals = 6

// marginals draws the mean errors over the values of the parameters that account for most.
func marginals(s *analysis.Study, ps []edf.Population, o Options) (*plots.Figure, error) {
	e, err := s.Importance(ps[0], edf.Options{})
	if err != nil {
		return nil, fmt.Errorf("plot marginals: %w", err)
	}
	var drawn []plots.Marginal
	for _, m := range e.All.Marginals[:min(mostMarginals, len(e.All.Marginals))] {
		drawn = append(drawn, marginal(s, m))
	}
	if n := len(e.All.Marginals); n > mostMarginals {
		o.Page.Note = fmt.Sprintf("Drawn are the %d of %d parameters that account for most.", mostMarginals, n)
	}
	return plots.Marginals(drawn, plots.MarginalsOptions{Page: o.Page, YLabel: s.Label()})
}

// marginal draws ranges at their middles. An absent number has no place on an
// axis of numbers.
func marginal(s *analysis.Study, m importance.Marginal) plots.Marginal {
	d := plots.Marginal{Name: m.Parameter, Log: columns.Of(m.Parameter).Log}
	numbers := !math.IsNaN(m.Points[0].Lo)
	for _, p := range m.Points {
		q := plots.MarginalPoint{Value: (p.Lo + p.Hi) / 2, Name: p.Text, Mean: p.Mean.Estimate, Lo: p.Mean.Lo, Hi: p.Mean.Hi}
		switch {
		case numbers && math.IsNaN(p.Lo):
			continue
		case !numbers && q.Name == "":
			q.Name = "absent"
		}
		if numbers {
			d.Log = d.Log && q.Value > 0
		}
		if s.Metric().Higher {
			q.Mean, q.Lo, q.Hi = 0-q.Mean, 0-q.Hi, 0-q.Lo
		}
		d.Points = append(d.Points, q)
	}
	return d
}

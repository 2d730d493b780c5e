package figures

import (
	"fmt"
	"math"
	"slices"

	"designspace/edf"
	"designspace/internal/columns"
	"designspace/internal/format"
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

// marginal draws the mean errors over the values of a parameter.
func marginal(s *analysis.Study, m importance.Marginal) plots.Marginal {
	d := plots.Marginal{Name: m.Parameter, Log: columns.Of(m.Parameter).Log, Points: points(s, m.Points)}
	d.Log = d.Log && !slices.ContainsFunc(d.Points, func(p plots.MarginalPoint) bool { return p.Value <= 0 })
	return d
}

// points draws ranges at their middles. An absent number has no place on an axis
// of numbers.
func points(s *analysis.Study, all []importance.Point) []plots.MarginalPoint {
	numbers := slices.ContainsFunc(all, func(p importance.Point) bool { return !math.IsNaN(p.Lo) })
	var drawn []plots.MarginalPoint
	for _, p := range all {
		q := plots.MarginalPoint{Value: (p.Lo + p.Hi) / 2, Name: p.Text, Mean: p.Mean.Estimate, Lo: p.Mean.Lo, Hi: p.Mean.Hi}
		switch {
		case numbers && math.IsNaN(p.Lo):
			continue
		case !numbers:
			q.Name = name(p)
		}
		if s.Metric().Higher {
			q.Mean, q.Lo, q.Hi = 0-q.Mean, 0-q.Hi, 0-q.Lo
		}
		drawn = append(drawn, q)
	}
	return drawn
}

// name names a value or a range.
func name(p importance.Point) string {
	switch {
	case p.Text != "":
		return p.Text
	case math.IsNaN(p.Lo):
		return "absent"
	case p.Lo == p.Hi:
		return format.Number(p.Lo)
	}
	return format.Number(p.Lo) + "–" + format.Number(p.Hi)
}

// interactions draws the mean errors over two parameters at a time, of those that
// account for most together.
func interactions(s *analysis.Study, ps []edf.Population, o Options) (*plots.Figure, error) {
	e, err := s.Importance(ps[0], edf.Options{})
	if err != nil {
		return nil, fmt.Errorf("plot interactions: %w", err)
	}
	var drawn []plots.Interaction
	for _, in := range e.All.Together {
		d := plots.Interaction{Name: in.Parameter, By: in.By, Log: columns.Of(in.Parameter).Log}
		for _, l := range in.Lines {
			if ps := points(s, l.Points); len(ps) > 0 {
				d.Lines = append(d.Lines, plots.Marginal{Name: name(l.Of), Log: d.Log, Points: ps})
			}
		}
		drawn = append(drawn, d)
	}
	if len(drawn) == 0 {
		return nil, fmt.Errorf("plot interactions: no two parameters of %s account for anything together: plot marginals shows what each does", ps[0].Name)
	}
	o.Page.Note = "Parallel lines are no interaction; bands are 95 % intervals."
	return plots.Interactions(drawn, plots.MarginalsOptions{Page: o.Page, YLabel: s.Label()})
}

func hasInteractions(s *analysis.Study, ps []edf.Population) bool {
	if !HasImportance(s, ps[0]) {
		return false
	}
	e, err := s.Importance(ps[0], edf.Options{})
	return err == nil && len(e.All.Together) > 0
}

package figures

import (
	"cmp"
	"designspace/edf"
	"designspace/internal/columns"
	"designspace/internal/study/analysis"
	"designspace/plots"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"
)

// hasParams reports whether a parameter varies in the population.
func hasParams(s *analysis.Study, ps []edf.Population) bool {
	return slices.ContainsFunc(s.Parameters(ps[0]), func(n string) bool { return !isComplexity(n) })
}

// params draws the parameters that vary against error, with the values of the
// best models. Of parameters that agree in all models, such as shared ones, it
// draws the first. Complexities are left to pareto.
func params(s *analysis.Study, ps []edf.Population, o Options) (*plots.Figure, error) {
	drawn, err := parameters(s, ps[0])
	if err != nil {
		return nil, fmt.Errorf("plot params: %w", err)
	}
	return plots.Parameters(drawn, plots.ParametersOptions{Page: o.Page, YLabel: s.Label()})
}

// A Panel is the figure of one parameter.
type Panel struct {
	Name   string
	Flat   bool // no value is excluded as the best in mean
	Figure *plots.Figure
}

// Panels draws what the figure params does, each parameter for itself and without a
// legend, those first that tell most.
func Panels(s *analysis.Study, p edf.Population, o Options) ([]Panel, error) {
	drawn, order, err := ordered(s, p)
	if err != nil {
		return nil, err
	}
	o.Page.Measure = measure(s)
	var panels []Panel
	for i, q := range drawn {
		f, err := plots.Parameters(drawn[i:i+1], plots.ParametersOptions{Page: o.Page, YLabel: s.Label(), NoLegend: true})
		if err != nil {
			return nil, err
		}
		panels = append(panels, Panel{q.Name, order[i].Flat, f})
	}
	return panels, nil
}

// mostAxes is how many parameters lines are drawn over: more could not be told
// apart on a page.
const mostAxes = 8

// parallel draws the models of a population over the parameters that tell most,
// those first, and the error.
func parallel(s *analysis.Study, ps []edf.Population, o Options) (*plots.Figure, error) {
	drawn, _, err := ordered(s, ps[0])
	if err != nil {
		return nil, fmt.Errorf("plot parallel: %w", err)
	}
	if n := len(drawn); n > mostAxes {
		o.Page.Note = strings.TrimSpace(o.Page.Note + " " + fmt.Sprintf("Drawn are %d of %d parameters: those that tell most of the errors.", mostAxes, n))
		drawn = drawn[:mostAxes]
	}
	return plots.Parallel(drawn, plots.ParallelOptions{Page: o.Page, ErrorLabel: s.Label()})
}

// ordered returns the parameters of a population in the order of how much they
// tell.
func ordered(s *analysis.Study, p edf.Population) (drawn []plots.Parameter, order []analysis.Told, err error) {
	all, err := parameters(s, p)
	if err != nil {
		return nil, nil, err
	}
	told, err := s.Order(p)
	if err != nil {
		return nil, nil, err
	}
	for _, t := range told {
		if i := slices.IndexFunc(all, func(q plots.Parameter) bool { return q.Name == t.Name }); i >= 0 {
			drawn, order = append(drawn, all[i]), append(order, t)
		}
	}
	return drawn, order, nil
}

func parameters(s *analysis.Study, p edf.Population) ([]plots.Parameter, error) {
	ranges, err := s.Ranges(p)
	if err != nil {
		return nil, err
	}
	var drawn []plots.Parameter
	for _, r := range ranges {
		values, err := s.Values(p, r.Name)
		if err != nil {
			return nil, err
		}
		same := func(q plots.Parameter) bool { return slices.Equal(q.Values, values) }
		if isComplexity(r.Name) || slices.ContainsFunc(drawn, same) {
			continue
		}
		drawn = append(drawn, plots.Parameter{
			Name: r.Name, Values: values, Errors: s.Shown(p).Errors, Log: columns.Of(r.Name).Log,
			Range: &plots.Range{Lo: r.Lo, Best: r.Median, Hi: r.Hi}, Models: p.Rows,
		})
	}
	if len(drawn) == 0 {
		return nil, fmt.Errorf("no parameter varies in %s: sample more models or a wider space", p.Name)
	}
	return drawn, nil
}

func isComplexity(name string) bool { return columns.Of(name).Role == columns.Complexity }

// rank draws two parameters against each other.
func rank(s *analysis.Study, ps []edf.Population, o Options) (*plots.Figure, error) {
	nameX, nameY := cmp.Or(o.X, "depth"), cmp.Or(o.Y, "width")
	p := ps[0]
	x, err := s.Values(p, nameX)
	if err != nil {
		return nil, fmt.Errorf("plot rank: -x: %w", err)
	}
	y, err := s.Values(p, nameY)
	if err != nil {
		return nil, fmt.Errorf("plot rank: -y: %w", err)
	}
	return plots.Rank(x, y, p.Errors, plots.RankOptions{
		Page: o.Page, XLabel: nameX, YLabel: nameY, LogX: columns.Of(nameX).Log, LogY: columns.Of(nameY).Log,
	})
}

// trends draws, for every parameter that varies in each population, the values of
// the best models over the mean flops of the populations; those of one space are
// joined.
func trends(s *analysis.Study, ps []edf.Population, o Options) (*plots.Figure, error) {
	names := commonParameters(s, ps)
	if len(ps) < 2 || len(names) == 0 {
		return nil, errors.New("plot trends: it needs populations of several flop budgets: sample with --flops given more than once")
	}
	var ts []plots.Trend
	for _, name := range names {
		t := plots.Trend{Name: name, Log: columns.Of(name).Log}
		for _, p := range ps {
			if err := addPoint(s, p, &t); err != nil {
				return nil, fmt.Errorf("plot trends: %w", err)
			}
		}
		ts = append(ts, t)
	}
	o.Page.Note = "Dots: median of the best models' values. Bars: the middle 95 % (bootstrap)."
	if !slices.ContainsFunc(ts[0].Traces, func(t plots.Trace) bool { return len(t.X) > 1 }) {
		o.Page.Note += " Each space has a single budget, which shows no trend: sample with --flops given more than once."
	}
	return plots.Trends(ts, plots.TrendsOptions{Page: o.Page})
}

// hasTrends reports whether some space was sampled at several flop budgets and
// all populations have models and parameters in common.
func hasTrends(s *analysis.Study, ps []edf.Population) bool {
	spaces, err := s.Strings("space")
	if err != nil || !s.Has("flops") || len(commonParameters(s, ps)) == 0 {
		return false
	}
	seen, several := map[string]bool{}, false
	for _, p := range ps {
		if len(p.Rows) == 0 {
			return false
		}
		name := spaces[p.Rows[0]]
		several = several || seen[name]
		seen[name] = true
	}
	return several && s.Has("budget")
}

func commonParameters(s *analysis.Study, ps []edf.Population) []string {
	var names []string
	for i, p := range ps {
		varying := s.Parameters(p)
		if i == 0 {
			names = varying
		}
		names = slices.DeleteFunc(names, func(n string) bool { return !slices.Contains(varying, n) })
	}
	return slices.DeleteFunc(names, isComplexity)
}

// addPoint adds a population to the trace of its space.
func addPoint(s *analysis.Study, p edf.Population, t *plots.Trend) error {
	spaces, err := s.Strings("space")
	if err != nil {
		return err
	}
	flops, err := s.Values(p, "flops")
	if err != nil {
		return err
	}
	ranges, err := s.Ranges(p)
	if err != nil {
		return err
	}
	r := ranges[slices.IndexFunc(ranges, func(r analysis.Range) bool { return r.Name == t.Name })]
	name := spaces[p.Rows[0]]
	i := slices.IndexFunc(t.Traces, func(tr plots.Trace) bool { return tr.Name == name })
	if i < 0 {
		i = len(t.Traces)
		t.Traces = append(t.Traces, plots.Trace{Name: name})
	}
	tr := &t.Traces[i]
	tr.X, tr.Y = append(tr.X, stat.Mean(flops, nil)), append(tr.Y, r.Median)
	tr.Lo, tr.Hi = append(tr.Lo, r.Lo), append(tr.Hi, r.Hi)
	return nil
}

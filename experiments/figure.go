package experiments

import (
	"fmt"
	"math"
	"slices"

	"designspace/edf"
	"designspace/plots"
)

// Draw draws what the statistic of an experiment judges: mostly the error
// distributions of the populations.
func (d Definition) Draw(samples []*Sample, page plots.Page) (*plots.Figure, error) {
	switch s := d.Statistic.one().(type) {
	case *Mean:
		if d.Until != nil {
			return d.looksFigure(samples, page)
		}
		return s.figure(samples, page)
	case *Range:
		return s.figure(samples, page)
	case *Centre:
		return s.figure(samples, page)
	case *PowerLaw:
		var columns []string
		for _, l := range s.Laws {
			columns = append(columns, l.Column)
		}
		return trends(samples, s.Of, columns, page)
	case *Predict:
		return s.figure(samples, page)
	case *Search:
		return s.figure(samples, page)
	case *Size:
		return s.figure(samples, page)
	}
	return (&Mean{}).figure(samples, page)
}

// figure draws the distributions whose means are compared, with their weights;
// where populations have no common support they are drawn without.
func (m *Mean) figure(samples []*Sample, page plots.Page) (*plots.Figure, error) {
	sets, err := m.sets(samples)
	if err != nil {
		return nil, err
	}
	if weighted, _, err := m.Normalize.weigh(sets, samples); err == nil {
		sets = weighted
	}
	return plots.EDF(sets, plots.EDFOptions{Page: page, XLabel: m.Column})
}

// looksFigure draws the differences of pairs, where there are two conditions, with
// the interval that decided; and otherwise the distributions, with what adjusted
// ones are beside them.
func (d Definition) looksFigure(samples []*Sample, page plots.Page) (*plots.Figure, error) {
	s, err := d.sequence(samples)
	if err != nil {
		return nil, err
	}
	if r := s.relations[0]; d.Vary != "" && len(s.relations) == 1 {
		t, err := s.take(r, find(samples, r.a), find(samples, r.b))
		if err != nil {
			return nil, err
		}
		p, _, _, err := pairs(t.a, t.b)
		if err != nil {
			return nil, err
		}
		i := t.last.Interval
		page.Note = fmt.Sprintf("The band is the repeated interval of look %d.", t.last.Look)
		return plots.Pairs(p.Differences, plots.PairsOptions{Page: page, A: r.a, B: r.b, Mean: i.Estimate, Lo: i.Lo, Hi: i.Hi})
	}
	o := plots.EDFOptions{Page: page}
	var sets []edf.Population
	for _, p := range samples {
		var steps []edf.Step
		if s.adjusted(p) {
			f, err := edf.AdjustEDF(p.Population)
			if err != nil {
				return nil, err
			}
			if f.Warnings == nil {
				steps = f.Steps()
				o.Note = "Thin lines: EDFs adjusted by errors that were predicted before training."
			}
		}
		sets, o.Adjusted = append(sets, p.Population), append(o.Adjusted, steps)
	}
	return plots.EDF(sets, o)
}

// parameter draws a column with what its best value may be, where that can be
// told; bins are cut at the limits.
func parameter(s *Sample, column string, lo, hi float64) (plots.Parameter, error) {
	values, err := s.Column(column)
	if err != nil {
		return plots.Parameter{}, err
	}
	p := plots.Parameter{Name: column + " in " + s.Name, Values: values, Errors: s.Errors, Log: wide(values)}
	best, err := bestValues(s, column, lo, hi)
	if best.none == "" {
		f := best.finding("", "", func(float64) bool { return true })
		p.Range = &plots.Range{Lo: f.Lo, Best: f.Effect, Hi: f.Hi}
	}
	return p, err
}

// wide reports whether positive values spread over more than a decade.
func wide(values []float64) bool {
	lo, hi := slices.Min(values), slices.Max(values)
	return lo > 0 && hi > 10*lo
}

func (r *Range) figure(samples []*Sample, page plots.Page) (*plots.Figure, error) {
	var ps []plots.Parameter
	for _, v := range r.Values {
		p, err := parameter(find(samples, v.Population), v.Column, v.Min, v.Max)
		if err != nil {
			return nil, err
		}
		ps = append(ps, p)
	}
	return plots.Parameters(ps, plots.ParametersOptions{Page: page})
}

func (c *Centre) figure(samples []*Sample, page plots.Page) (*plots.Figure, error) {
	var ps []plots.Parameter
	for _, col := range c.Columns {
		for _, label := range c.Of {
			p, err := parameter(find(samples, label), col, math.Inf(-1), math.Inf(1))
			if err != nil {
				return nil, err
			}
			ps = append(ps, p)
		}
	}
	return plots.Parameters(ps, plots.ParametersOptions{Page: page, Columns: min(3, len(c.Of))})
}

// trends draws what the best value of columns may be over the mean flops of
// populations.
func trends(samples []*Sample, of, columns []string, page plots.Page) (*plots.Figure, error) {
	var ts []plots.Trend
	for _, col := range columns {
		trace := plots.Trace{Name: "best value and its 95 % range"}
		log := true
		for _, label := range of {
			s := find(samples, label)
			flops, err := s.Column("flops")
			if err != nil {
				return nil, err
			}
			p, err := parameter(s, col, math.Inf(-1), math.Inf(1))
			if err != nil {
				return nil, err
			}
			if r := p.Range; r != nil {
				trace.X = append(trace.X, mean(flops))
				trace.Y, trace.Lo, trace.Hi = append(trace.Y, r.Best), append(trace.Lo, r.Lo), append(trace.Hi, r.Hi)
				log = log && r.Lo > 0
			}
		}
		if trace.X == nil {
			continue
		}
		ts = append(ts, plots.Trend{Name: col, Log: log, Traces: []plots.Trace{trace}})
	}
	if ts == nil { // too few models to tell
		return (&Mean{}).figure(samples, page)
	}
	return plots.Trends(ts, plots.TrendsOptions{Page: page})
}

// figure draws the target, in the place of errors, over every predictor.
func (p *Predict) figure(samples []*Sample, page plots.Page) (*plots.Figure, error) {
	var ps []plots.Parameter
	for _, col := range append([]string{p.By}, p.Than...) {
		q := plots.Parameter{Name: col}
		for _, s := range samples {
			x, err := s.Column(col)
			if err != nil {
				return nil, err
			}
			y, err := s.Column(p.Target)
			if err != nil {
				return nil, err
			}
			q.Values, q.Errors = append(q.Values, x...), append(q.Errors, y...)
		}
		q.Log = wide(q.Values)
		ps = append(ps, q)
	}
	return plots.Parameters(ps, plots.ParametersOptions{Page: page, YLabel: p.Target, NoLegend: true})
}

// figure draws the law of the best of m models for all m up to the population.
func (s *Search) figure(samples []*Sample, page plots.Page) (*plots.Figure, error) {
	errs := find(samples, s.Of).Errors
	f, err := edf.New(errs)
	if err != nil {
		return nil, err
	}
	trace := plots.Trace{Name: s.Of}
	for m := 1; m <= len(errs); m = int(math.Ceil(float64(m) * 1.2)) {
		b, err := f.BestOf(m)
		if err != nil {
			return nil, err
		}
		trace.X, trace.Y = append(trace.X, float64(m)), append(trace.Y, b.Mean)
		trace.Lo, trace.Hi = append(trace.Lo, b.Lo), append(trace.Hi, b.Hi)
	}
	return plots.Efficiency([]plots.Trace{trace}, plots.EfficiencyOptions{Page: page})
}

// figure draws the distance of subsamples of all sizes.
func (s *Size) figure(samples []*Sample, page plots.Page) (*plots.Figure, error) {
	errs := find(samples, s.Of).Errors
	var sizes []int
	for n := 1; n <= len(errs); n *= 2 {
		sizes = append(sizes, n)
	}
	subs, err := edf.Subsample(errs, sizes, 0, 0)
	if err != nil {
		return nil, err
	}
	trace := plots.Trace{Name: s.Of}
	for _, sub := range subs {
		trace.X, trace.Y = append(trace.X, float64(sub.Size)), append(trace.Y, sub.Mean)
		trace.Lo, trace.Hi = append(trace.Lo, sub.Lo), append(trace.Hi, sub.Hi)
	}
	return plots.KS([]plots.Trace{trace}, plots.KSOptions{Page: page})
}

// ladderFigure draws distributions of errors with their bands.
func ladderFigure(samples []*Sample, page plots.Page) (*plots.Figure, error) {
	o := plots.EDFOptions{Page: page}
	var sets []edf.Population
	for _, s := range samples {
		f, err := edf.New(s.Errors)
		if err != nil {
			return nil, err
		}
		sets, o.Bands = append(sets, s.Population), append(o.Bands, f.DKW(0.95))
	}
	o.Note = "Bands hold whole distributions with 95 %."
	return plots.EDF(sets, o)
}

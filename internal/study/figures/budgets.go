package figures

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"designspace/bootstrap"
	"designspace/edf"
	"designspace/internal/columns"
	"designspace/internal/run/rundir"
	"designspace/internal/study/analysis"
	"designspace/plots"
)

// trends draws, for every parameter that varies in each population, its best
// value over the mean flops of the populations; those of one space are joined.
func trends(s *analysis.Study, o Options) (*plots.Figure, error) {
	names := commonParameters(s)
	if len(s.Populations) < 2 || len(names) == 0 {
		return nil, errors.New("plot trends: it needs populations of several flop budgets: sample with --flops given more than once")
	}
	var ts []plots.Trend
	for _, name := range names {
		t := plots.Trend{Name: name, Log: columns.Of(name).Log}
		for _, g := range s.Populations {
			if err := addPoint(s, g, &t); err != nil {
				return nil, fmt.Errorf("plot trends: %w", err)
			}
		}
		ts = append(ts, t)
	}
	o.Page.Note = "Dots: median of the best value. Bars: its 95 % range (bootstrap)."
	return plots.Trends(ts, plots.TrendsOptions{Page: o.Page})
}

// HasTrends reports whether some space was sampled at several flop budgets and
// all populations have models and parameters in common.
func HasTrends(s *analysis.Study) bool {
	spaces, err := s.Strings("space")
	if err != nil || !s.Has("flops") || len(commonParameters(s)) == 0 {
		return false
	}
	seen, several := map[string]bool{}, false
	for _, g := range s.Populations {
		if len(g.Rows) == 0 {
			return false
		}
		name := spaces[g.Rows[0]]
		several = several || seen[name]
		seen[name] = true
	}
	return several && s.Has("budget")
}

func commonParameters(s *analysis.Study) []string {
	var names []string
	for i, g := range s.Populations {
		ps := s.Parameters(g)
		if i == 0 {
			names = ps
			continue
		}
		names = slices.DeleteFunc(names, func(n string) bool { return !slices.Contains(ps, n) })
	}
	return slices.DeleteFunc(names, isComplexity)
}

// addPoint adds a population to the trace of its space.
func addPoint(s *analysis.Study, g edf.Population, t *plots.Trend) error {
	spaces, err := s.Strings("space")
	if err != nil {
		return err
	}
	flops, err := s.Values(g, "flops")
	if err != nil {
		return err
	}
	values, err := s.Values(g, t.Name)
	if err != nil {
		return err
	}
	dist, err := bootstrap.New(g.Errors, bootstrap.Options{})
	if err != nil {
		return err
	}
	r, err := dist.Range(t.Name, values)
	if err != nil {
		return err
	}
	name := spaces[g.Rows[0]]
	i := slices.IndexFunc(t.Traces, func(tr plots.Trace) bool { return tr.Name == name })
	if i < 0 {
		i = len(t.Traces)
		t.Traces = append(t.Traces, plots.Trace{Name: name})
	}
	tr := &t.Traces[i]
	tr.X, tr.Y = append(tr.X, mean(flops)), append(tr.Y, r.Median)
	tr.Lo, tr.Hi = append(tr.Lo, r.Lo), append(tr.Hi, r.Hi)
	return nil
}

func mean(xs []float64) float64 {
	sum := 0.0
	for _, x := range xs {
		sum += x
	}
	return sum / float64(len(xs))
}

// funnel draws what became of the candidates of the runs.
func funnel(s *analysis.Study, o Options) (*plots.Figure, error) {
	var as []plots.Acceptance
	for _, d := range s.Runs() {
		steps, err := rundir.LoadFunnel(d)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		as = append(as, acceptances(steps)...)
	}
	if len(as) == 0 {
		return nil, errors.New("plot funnel: no funnel.csv: name a run directory that was sampled")
	}
	return plots.Funnel(as, plots.FunnelOptions{Page: o.Page})
}

func acceptances(steps []rundir.Step) []plots.Acceptance {
	var as []plots.Acceptance
	for _, st := range steps {
		name := strings.TrimSpace(st.Space + " " + st.Budget)
		if len(as) == 0 || as[len(as)-1].Name != name {
			as = append(as, plots.Acceptance{Name: name})
		}
		a := &as[len(as)-1]
		a.Stages = append(a.Stages, plots.Stage{Name: st.Name, Count: st.Count})
	}
	return as
}

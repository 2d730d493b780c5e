package figures

import (
	"designspace/edf"
	"designspace/internal/study/analysis"
	"designspace/plots"
	"fmt"
)

// powers returns 1, 2, 4 … up to n, and n.
func powers(n int) []int {
	var ms []int
	for m := 1; m < n; m *= 2 {
		ms = append(ms, m)
	}
	return append(ms, n)
}

// efficiency draws the error of the best of m models against m.
func efficiency(s *analysis.Study, ps []edf.Population, o Options) (*plots.Figure, error) {
	ts, err := searches(ps)
	if err != nil {
		return nil, err
	}
	if s.Metric().Higher {
		for _, t := range ts {
			for i := range t.X {
				t.Y[i], t.Lo[i], t.Hi[i] = -t.Y[i], -t.Hi[i], -t.Lo[i]
			}
		}
	}
	o.Page.Note = "Lines: mean over searches. Shaded: 95 % of the searches."
	return plots.Efficiency(ts, plots.EfficiencyOptions{Page: o.Page})
}

// searches returns the distribution of the best of m models of each population.
func searches(ps []edf.Population) ([]plots.Trace, error) {
	var ts []plots.Trace
	for _, p := range ps {
		if len(p.Errors) == 0 {
			continue
		}
		f, err := edf.NewWeighted(p.Errors, p.Weights)
		if err != nil {
			return nil, err
		}
		t := plots.Trace{Name: p.Name}
		for _, m := range powers(f.Len()) {
			b, err := f.BestOf(m)
			if err != nil {
				return nil, err
			}
			t.X, t.Y = append(t.X, float64(m)), append(t.Y, b.Mean)
			t.Lo, t.Hi = append(t.Lo, b.Lo), append(t.Hi, b.Hi)
		}
		ts = append(ts, t)
	}
	return ts, nil
}

// ks draws the distance of subsamples to the whole population.
func ks(_ *analysis.Study, ps []edf.Population, o Options) (*plots.Figure, error) {
	if ps[0].Tilted {
		return nil, fmt.Errorf("plot ks: subsamples take every model for as likely as any other, and those of %s have weights (--tilt): sample without it", ps[0].Name)
	}
	errs := ps[0].Errors
	subs, err := edf.Subsample(errs, powers(len(errs)), 0, 0)
	if err != nil {
		return nil, err
	}
	t := plots.Trace{Name: ps[0].Name}
	for _, sub := range subs {
		t.X, t.Y = append(t.X, float64(sub.Size)), append(t.Y, sub.Mean)
		t.Lo, t.Hi = append(t.Lo, sub.Lo), append(t.Hi, sub.Hi)
	}
	o.Page.Note = fmt.Sprintf("Line: mean of %d subsamples. Shaded: 95 %% of them.", edf.DefaultSubsamples)
	return plots.KS([]plots.Trace{t}, plots.KSOptions{Page: o.Page})
}

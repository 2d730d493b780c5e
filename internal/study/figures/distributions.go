package figures

import (
	"designspace/edf"
	"designspace/internal/study/analysis"
	"designspace/plots"
	"fmt"
	"strings"
)

// distributions draws the EDFs.
func distributions(s *analysis.Study, ps []edf.Population, o Options) (*plots.Figure, error) {
	e := plots.EDFOptions{Page: o.Page, XLabel: s.Label()}
	adjusted := false
	for _, p := range ps {
		band, steps := 0.0, []edf.Step(nil)
		if len(p.Errors) > 0 {
			f, err := edf.AdjustEDF(p)
			if err != nil {
				return nil, err
			}
			band = f.Band(0)
			if f.Warnings == nil {
				steps, adjusted = f.Steps(), true
			}
		}
		if e.Adjusted = append(e.Adjusted, steps); o.Band {
			e.Bands = append(e.Bands, band)
		}
	}
	if o.Band {
		e.Note = "Shaded: simultaneous 95 % bands."
	}
	if adjusted {
		e.Note = strings.TrimSpace(e.Note + " Thin lines: EDFs adjusted by errors that were predicted before training.")
	}
	if by := s.Normalized(); by != "" {
		e.XLabel += ", normalised by " + by
	}
	return plots.EDF(shown(s, ps), e)
}

func difference(s *analysis.Study, ps []edf.Population, o Options) (*plots.Figure, error) {
	if len(ps) != 2 {
		return nil, fmt.Errorf("plot difference: it shows two populations and not %d: choose them with --where or --by", len(ps))
	}
	var err error
	var fs [2]*edf.EDF
	for i, p := range ps {
		if fs[i], err = edf.NewWeighted(s.Shown(p).Errors, p.Weights); err != nil {
			return nil, fmt.Errorf("plot difference: %s: %w", p.Name, err)
		}
	}
	var r plots.Ribbon
	for _, d := range edf.Differences(fs[0], fs[1], 0.95) {
		r.X, r.Lo, r.Hi = append(r.X, d.Error), append(r.Lo, d.PointwiseLo), append(r.Hi, d.PointwiseHi)
	}
	d := plots.DifferenceOptions{Page: o.Page, Band: edf.DifferenceBand(fs[0], fs[1], 0), Pointwise: &r, XLabel: s.Label()}
	d.Note = s.Metric().Words("Both bands are of 95 % confidence: the outer for all errors at once, the inner for any one.")
	a, err := edf.AdjustEDF(ps[0])
	if err != nil {
		return nil, err
	}
	b, err := edf.AdjustEDF(ps[1])
	if err != nil {
		return nil, err
	}
	if (a.Warnings == nil || b.Warnings == nil) && !s.Metric().Higher {
		d.Adjusted, d.AdjustedBand = [2][]edf.Step{a.Steps(), b.Steps()}, edf.AdjustedDifferenceBand(a, b, 0)
		d.Note += " The thin line, with its band for all errors at once, is adjusted by errors that were predicted before training."
	}
	return plots.Difference(s.Shown(ps[0]), s.Shown(ps[1]), d)
}

// hasDifference reports whether there are two populations to set against each
// other.
func hasDifference(_ *analysis.Study, ps []edf.Population) bool {
	return len(ps) == 2 && len(ps[0].Errors) > 0 && len(ps[1].Errors) > 0
}

// shown are populations with the values of the metric.
func shown(s *analysis.Study, ps []edf.Population) []edf.Population {
	var all []edf.Population
	for _, p := range ps {
		all = append(all, s.Shown(p))
	}
	return all
}

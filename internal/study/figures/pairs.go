package figures

import (
	"fmt"

	"designspace/edf"
	"designspace/internal/study/analysis"
	"designspace/plots"
)

// hasPairs reports whether two populations have architectures in common.
func hasPairs(s *analysis.Study, ps []edf.Population) bool {
	if len(ps) != 2 {
		return false
	}
	p, err := s.Pairing(ps[0], ps[1])
	return err == nil && len(p.ErrorsA) > 0
}

// pairs draws the differences of the architectures that two conditions share.
func pairs(s *analysis.Study, ps []edf.Population, o Options) (*plots.Figure, error) {
	if len(ps) != 2 {
		return nil, fmt.Errorf("plot pairs: it shows two conditions and not %d: choose them with --where or --by", len(ps))
	}
	p, err := s.Pairing(ps[0], ps[1])
	if err != nil {
		return nil, err
	}
	if len(p.ErrorsA) == 0 {
		return nil, fmt.Errorf("plot pairs: %s and %s have no architecture in common: sample with --vary", p.A, p.B)
	}
	d, err := p.Compare()
	if err != nil {
		return nil, err
	}
	return plots.Pairs(d.Differences, plots.PairsOptions{Page: o.Page, A: p.A, B: p.B, Mean: d.Estimate.Estimate, Lo: d.Lo, Hi: d.Hi})
}

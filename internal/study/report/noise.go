package report

import (
	"designspace/internal/study/analysis"
	"designspace/internal/study/figures"
	"designspace/plots"
)

// noise draws what repeated trainings of the same models say of a single error.
func (c *content) noise(s *analysis.Study) error {
	if c.Result.Noise == nil {
		return nil
	}
	for _, g := range s.Populations[:min(len(s.Populations), maxDrawn)] {
		if !figures.HasNoise(s, g) {
			continue
		}
		svg, err := draw("Repeated trainings of "+g.Name, medium, func(o figures.Options) (*plots.Figure, error) { return figures.Noise(s, g, o) })
		if err != nil {
			return err
		}
		c.Repeated = append(c.Repeated, figure{Title: g.Name, SVG: svg})
	}
	return nil
}

// line draws how far the models are from a RegNet.
func (c *content) line(s *analysis.Study) (err error) {
	if c.EDF == "" || !anyNumber(s, "e_fit") {
		return nil
	}
	c.Fit, err = draw("e_fit against error", medium, func(o figures.Options) (*plots.Figure, error) { return figures.Draw("fit", s, o) })
	return err
}

// trends draws the best values over the budgets where a space has several.
func (c *content) trends(s *analysis.Study) (err error) {
	if c.EDF == "" || !figures.HasTrends(s) {
		return nil
	}
	c.Trends, err = draw("Best values over flop budgets", wide, func(o figures.Options) (*plots.Figure, error) { return figures.Draw("trends", s, o) })
	return err
}

package report

import (
	"html/template"

	"designspace/edf"
	"designspace/internal/study/analysis"
	"designspace/internal/study/figures"
)

// important is what the parameters of a population account for.
type important struct {
	Name      string
	Shares    []figure
	Marginals []template.HTML
	Together  []figure // of two parameters
	Rows      []analysis.Row
	More      int          // parameters that have no row
	All       analysis.Row // of a forest's predictions
}

// mostImportant is how many parameters of a population have a row.
const mostImportant = 12

// importance tells what the parameters of each population account for, of as many
// populations as have figures of their own.
func (c *content) importance(s *analysis.Study) error {
	for _, g := range s.Populations[:min(maxDrawn, len(s.Populations))] {
		if !figures.HasImportance(s, g) {
			continue
		}
		e, err := s.Importance(g, edf.Options{})
		if err != nil {
			return err
		}
		p := important{Name: g.Name, Rows: e.Rows(mostImportant), More: max(0, len(e.All.Effects)-mostImportant), All: e.Predicted()}
		svg, err := draw(kind("importance"), s, figures.Options{}, "What the parameters of "+g.Name+" account for", medium, g)
		if err != nil {
			return err
		}
		p.Shares = []figure{{SVG: svg}}
		if p.Marginals, err = drawApart(kind("marginals"), s, c.Words("Mean error of "+g.Name+" over a parameter"), g); err != nil {
			return err
		}
		if k := kind("interactions"); k.Has(s, g) {
			svg, err := draw(k, s, figures.Options{}, c.Words("Mean error of "+g.Name+" over two parameters"), wide, g)
			if err != nil {
				return err
			}
			p.Together = []figure{{SVG: svg, Wide: true, Caption: "The pairs of parameters that account for most beyond each alone: lines are ranges of the parameter above a panel."}}
		}
		c.Important = append(c.Important, p)
		if len(c.Result.Importance) == 0 { // otherwise the analysis has said so
			c.Notes = append(c.Notes, e.Warnings()...)
		}
	}
	return nil
}

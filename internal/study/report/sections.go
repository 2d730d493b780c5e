package report

import (
	"bytes"
	"errors"
	"html/template"
	"io/fs"
	"slices"

	"designspace/edf"
	"designspace/internal/columns"
	"designspace/internal/run/rundir"
	"designspace/internal/study/analysis"
	"designspace/internal/study/figures"
	"designspace/plots"
)

const (
	maxDrawn  = 8  // populations with figures of their own
	maxPanels = 24 // parameters drawn of a population
)

// A figure is a drawing with its words.
type figure struct {
	Title, Caption string
	SVG            template.HTML
	Wide           bool
}

// parameters are where the best values of a population lie.
type parameters struct {
	Name   string
	Panels []template.HTML
	Ranges []analysis.Range
}

// ends are the best and the worst models of a population.
type ends struct {
	Name   string
	Shapes template.HTML
	Stages bool // the depths and widths of the models are known
	Models []place
}

// A place is a model with its rank in the population.
type place struct {
	Rank int
	figures.Ranked
}

// Widths of figures in mm: of three in a row, of one, and across the page.
const (
	narrow = 58
	medium = 105
	wide   = 174
)

// draw returns a figure of a width as it stands in the page; text is what it
// shows.
func draw(text string, width float64, f func(figures.Options) (*plots.Figure, error)) (template.HTML, error) {
	fig, err := f(figures.Options{Page: plots.Page{Width: width}})
	if err != nil {
		return "", err
	}
	return inline(fig, text)
}

func inline(f *plots.Figure, text string) (template.HTML, error) {
	var b bytes.Buffer
	if err := f.Inline(&b, text); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil
}

// varied reports whether errors differ.
func varied(errs []float64) bool {
	return len(errs) > 0 && slices.Min(errs) < slices.Max(errs)
}

// distributions draws what needs errors that differ: where none do there is
// nothing to see, and a caveat says so.
func (c *content) distributions(s *analysis.Study) (err error) {
	var errs []float64
	for _, g := range s.Populations {
		errs = append(errs, g.Errors...)
	}
	switch {
	case len(errs) == 0:
		c.note("no model has an error, so there is nothing to draw or to compare")
		return nil
	case len(errs) == 1:
		c.note("a single model has an error, so there is no distribution to draw: sample and train more models")
		return nil
	case !varied(errs):
		c.note("all %d errors are equal, so they tell no model and no value of a parameter from another", len(errs))
		return nil
	}
	c.EDF, err = draw("Error distributions of "+title(s), medium, func(o figures.Options) (*plots.Figure, error) {
		o.Band = len(s.Populations) <= 3
		return figures.EDF(s, o)
	})
	if err != nil {
		return err
	}
	c.Search, err = draw("Random search", medium, func(o figures.Options) (*plots.Figure, error) { return figures.Efficiency(s, o) })
	return err
}

// parameters draws the parameters of each population against its errors.
func (c *content) parameters(s *analysis.Study) error {
	for i, g := range s.Populations {
		if !varied(g.Errors) {
			continue
		}
		p := parameters{Name: g.Name}
		for _, b := range c.Bootstrap {
			if b.Population == g.Name {
				p.Ranges = append(p.Ranges, b)
			}
		}
		if figures.HasParams(s, g) && i < maxDrawn {
			panels, err := figures.Panels(s, g, figures.Options{Page: plots.Page{Width: narrow}})
			if err != nil {
				return err
			}
			if len(panels) > maxPanels {
				c.note("%s: the first %d of %d parameters are drawn; the ranges of all are in the table", g.Name, maxPanels, len(panels))
				panels = panels[:maxPanels]
			}
			for _, panel := range panels {
				svg, err := inline(panel.Figure, panel.Name+" of "+g.Name+" against error")
				if err != nil {
					return err
				}
				p.Panels = append(p.Panels, svg)
			}
		}
		if len(p.Ranges) > 0 {
			c.Parameters = append(c.Parameters, p)
		}
	}
	if n := len(s.Populations); n > maxDrawn {
		c.note("the first %d of %d populations have figures of their own", maxDrawn, n)
	}
	return nil
}

// complexity draws error against flops, params and acts, and how these are
// distributed.
func (c *content) complexity(s *analysis.Study) error {
	if c.EDF == "" || !anyNumber(s, "flops") {
		return nil
	}
	add := func(f figure, width float64, make func(figures.Options) (*plots.Figure, error)) (err error) {
		f.SVG, err = draw(f.Title, width, make)
		c.Complexity = append(c.Complexity, f)
		return err
	}
	for _, x := range columns.Names(columns.Complexity) {
		if !anyNumber(s, x) {
			continue
		}
		f := figure{Title: "Error against " + x, Caption: "Each point is a model. The line is the Pareto front: no model has both fewer " + x + " and less error."}
		err := add(f, medium, func(o figures.Options) (*plots.Figure, error) {
			o.X = x
			return figures.Pareto(s, o)
		})
		if err != nil {
			return err
		}
	}
	f := figure{Title: "How complex the models are", Caption: "Populations compare only where their complexities overlap.", Wide: true}
	return add(f, wide, func(o figures.Options) (*plots.Figure, error) { return figures.Complexity(s, o) })
}

// anyNumber reports whether some model with an error has a positive number in
// the column.
func anyNumber(s *analysis.Study, column string) bool {
	if !s.Has(column) {
		return false
	}
	return slices.ContainsFunc(s.Populations, func(g edf.Population) bool {
		xs, err := s.Values(g, column)
		return err == nil && slices.ContainsFunc(xs, func(x float64) bool { return x > 0 })
	})
}

func (c *content) curves(s *analysis.Study) error {
	for _, g := range s.Populations[:min(len(s.Populations), maxDrawn)] {
		if !figures.HasCurves(s, g) {
			continue
		}
		svg, err := draw("Learning curves of "+g.Name, medium, func(o figures.Options) (*plots.Figure, error) { return figures.Curves(s, g, o) })
		if err != nil {
			return err
		}
		c.Curves = append(c.Curves, figure{Title: g.Name, SVG: svg})
	}
	return nil
}

// ends finds the best and the worst models of each population.
func (c *content) ends(s *analysis.Study) error {
	for i, g := range s.Populations {
		if len(g.Rows) == 0 {
			continue
		}
		best, worst, err := figures.Ends(s, g, 3)
		if err != nil {
			return err
		}
		e := ends{Name: g.Name, Stages: slices.ContainsFunc(best, func(m figures.Ranked) bool { return m.Depths != "" && m.Widths != "" })}
		for k, m := range best {
			e.Models = append(e.Models, place{k + 1, m})
		}
		for k, m := range worst {
			e.Models = append(e.Models, place{len(g.Rows) - len(worst) + k + 1, m})
		}
		if e.Stages && i < maxDrawn {
			e.Shapes, err = draw("Block widths of the best and the worst models of "+g.Name, wide, func(o figures.Options) (*plots.Figure, error) {
				return figures.Models(s, g, o)
			})
			if err != nil {
				c.note("%s: no diagrams of models: %v", g.Name, err)
			}
		}
		c.Ends = append(c.Ends, e)
	}
	return nil
}

// funnel draws what became of the candidates, if some run says so.
func (c *content) funnel(s *analysis.Study) (err error) {
	told := false
	for _, d := range s.Runs() {
		steps, err := rundir.LoadFunnel(d)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		told = told || len(steps) > 0
	}
	if told {
		c.Funnel, err = draw("Acceptance of candidates", medium, func(o figures.Options) (*plots.Figure, error) { return figures.Draw("funnel", s, o) })
	}
	return err
}

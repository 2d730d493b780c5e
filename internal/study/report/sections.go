package report

import (
	"bytes"
	"html/template"
	"slices"

	"designspace/edf"
	"designspace/internal/columns"
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
	Panels         []template.HTML // in its place: those of the figure apart
	Wide           bool
}

// parameters are the values that the best models of a population have, and
// those that may be best.
type parameters struct {
	Name     string
	Caption  string // of all panels
	Parallel []figure
	Panels   []template.HTML // of parameters of which something is excluded, the clearest first
	Flat     []template.HTML // of the others
	Ranges   []analysis.Range
	Best     []bestOf // of which something is excluded
	Open     string   // names of the others
}

// bestOf is what may be best among some values of a parameter.
type bestOf struct {
	Name, MayBe string
	Of          int // values or ranges
}

// ends are the best and the worst models of a population.
type ends struct {
	Name   string
	Shapes []template.HTML
	Stages bool // the depths and widths of the models are known
	Cost   bool // flops, params or acts are known
	Models []place
}

// A place is a model with its rank in the population.
type place struct {
	Rank int
	figures.Ranked
}

// Widths of figures in mm: of three in a row, of one, and across the page.
const (
	narrow = 56
	medium = 84
	wide   = 174
)

// draw returns a figure of a width as it stands in the page; text is what it
// shows.
func draw(k figures.Kind, s *analysis.Study, o figures.Options, text string, width float64, ps ...edf.Population) (template.HTML, error) {
	o.Page.Width = width
	f, err := k.Draw(s, o, ps...)
	if err != nil {
		return "", err
	}
	return inline(f, text)
}

// drawApart returns the panels of a figure as they stand in the page, side by
// side or one below the other.
func drawApart(k figures.Kind, s *analysis.Study, text string, ps ...edf.Population) ([]template.HTML, error) {
	f, err := k.Draw(s, figures.Options{Page: plots.Page{Width: 3 * narrow}}, ps...)
	if err != nil {
		return nil, err
	}
	var all []template.HTML
	for _, p := range f.Split() {
		svg, err := inline(p, text)
		if err != nil {
			return nil, err
		}
		all = append(all, svg)
	}
	return all, nil
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

// parameters draws the parameters of each population against its errors.
func (c *content) parameters(s *analysis.Study) error {
	for i, g := range s.Populations {
		if !varied(g.Errors) {
			continue
		}
		caption, err := c.panelCaption(plots.Dense(len(g.Errors)))
		if err != nil {
			return err
		}
		p := parameters{Name: g.Name, Caption: caption}
		for _, b := range c.Bootstrap {
			if b.Population == g.Name {
				p.Ranges = append(p.Ranges, b)
			}
		}
		p.addBest(c.Result)
		if kind("params").Has(s, g) && i < maxDrawn {
			if err := c.panels(&p, s, g); err != nil {
				return err
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

// panelCaption explains what is drawn of a parameter; dense if there are too many
// models for points.
func (c *content) panelCaption(dense bool) (string, error) {
	shaded, err := analysis.Explain("values of the best models")
	text, edge := "Each point is a model.", "Triangles at an upper edge are"
	if dense {
		text, edge = "The darker a cell, the more of all the models are in it, on a logarithmic scale.", "At an upper edge are"
	}
	text += " Shaded are the values of the best models: " + c.Words(shaded) + "."
	if c.Percent() {
		text += " " + edge + " models that diverged."
	}
	return text, err
}

// panels draws each parameter of a population, in the order of how much it
// tells, and the models over those that tell most.
func (c *content) panels(p *parameters, s *analysis.Study, g edf.Population) error {
	panels, err := figures.Panels(s, g, figures.Options{Page: plots.Page{Width: narrow}})
	if err != nil {
		return err
	}
	if len(panels) > maxPanels {
		c.note("%s: %d of %d parameters are drawn; the ranges of all are in the table", g.Name, maxPanels, len(panels))
		panels = panels[:maxPanels]
	}
	for _, panel := range panels {
		svg, err := inline(panel.Figure, c.Words(panel.Name+" of "+g.Name+" against error"))
		if err != nil {
			return err
		}
		if panel.Flat {
			p.Flat = append(p.Flat, svg)
		} else {
			p.Panels = append(p.Panels, svg)
		}
	}
	svg, err := draw(kind("parallel"), s, figures.Options{}, "Models of "+g.Name+" over their parameters", wide, g)
	if err != nil {
		c.note("%s: no lines over the parameters are drawn: %v", g.Name, err)
		return nil
	}
	p.Parallel = []figure{{Caption: "Each line is a model. Drag along an axis to choose the models with such values, along several to narrow them down.", SVG: svg, Wide: true}}
	return nil
}

func (p *parameters) addBest(r *analysis.Result) {
	var open []string
	for _, q := range p.Ranges {
		groups := r.BestOf(p.Name, q.Name)
		switch {
		case slices.ContainsFunc(groups, func(b analysis.BestValue) bool { return !b.MayBeBest }):
			p.Best = append(p.Best, bestOf{q.Name, analysis.MayBeBest(groups), len(groups)})
		case len(groups) > 0:
			open = append(open, q.Name)
		}
	}
	p.Open = list(open)
}

// complexity draws error against flops, params and acts, and how these are
// distributed.
func (c *content) complexity(s *analysis.Study) error {
	if !c.spread || !s.AnyPositive("flops", s.Populations...) {
		return nil
	}
	add := func(f figure, k figures.Kind, o figures.Options, width float64) (err error) {
		f.SVG, err = draw(k, s, o, f.Title, width, s.Populations...)
		c.Complexity = append(c.Complexity, f)
		return err
	}
	for _, x := range columns.Names(columns.Complexity) {
		if !s.AnyPositive(x, s.Populations...) {
			continue
		}
		f := figure{Title: c.Words("Error against ") + x, Caption: c.Words("The line is the Pareto front: no model has both fewer " + x + " and less error.")}
		if err := add(f, kind("pareto"), figures.Options{X: x}, medium); err != nil {
			return err
		}
	}
	if s.Chosen() != "" {
		return nil
	}
	f := figure{Title: "How complex the models are", Caption: "Populations compare only where their complexities overlap."}
	var err error
	f.Panels, err = drawApart(kind("complexity"), s, f.Title, s.Populations...)
	c.Complexity = append(c.Complexity, f)
	return err
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
		e.Cost = slices.ContainsFunc(best, func(m figures.Ranked) bool { return m.Flops+m.Params+m.Acts != "" })
		for k, m := range best {
			e.Models = append(e.Models, place{k + 1, m})
		}
		for k, m := range worst {
			e.Models = append(e.Models, place{len(g.Rows) - len(worst) + k + 1, m})
		}
		if e.Stages && i < maxDrawn {
			e.Shapes, err = drawApart(kind("models"), s, "Block widths of one of the best and the worst models of "+g.Name, g)
			if err != nil {
				c.note("%s: no diagrams of models: %v", g.Name, err)
			}
		}
		c.Ends = append(c.Ends, e)
	}
	return nil
}

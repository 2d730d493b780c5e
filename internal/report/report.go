// Package report writes a study as one HTML page: everything a person needs to
// judge it, figures inside, nothing fetched from elsewhere.
package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"designspace/edf"
	"designspace/internal/analysis"
	"designspace/internal/atomicfile"
	"designspace/internal/figures"
	"designspace/plots"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"number": analysis.Number, "percent": analysis.Percent, "interval": analysis.Interval, "p": analysis.PValue,
}).Parse(pageText))

// Options of a page.
type Options struct {
	Title   string // "": the names of the populations
	Runs    []Run  // what was run
	Version string // of the program
}

// content is what the template shows.
type content struct {
	Options
	*analysis.Result
	Findings    []string // the tests in words
	Notes       []string // what to mind
	EDF         template.HTML
	Populations []population
	Further     []figure // of all populations together
}

// A population is a section of the page.
type population struct {
	Name   string
	Ranges []analysis.Range
	Params template.HTML
	Shapes template.HTML
	Curves template.HTML
	Best   []figures.Ranked
	Worst  []figures.Ranked
	Stages bool // the shapes of the models are known
}

type figure struct {
	Title, Caption string
	SVG            template.HTML
	Narrow         bool
}

// Write writes the page of a study and what its analysis found.
func Write(w io.Writer, s *analysis.Study, r *analysis.Result, o Options) error {
	c := content{Options: o, Result: r, Findings: findings(r), Notes: r.Warnings}
	if thinned := figures.Thinned(s); thinned != "" {
		c.Notes = append(slices.Clone(c.Notes), thinned)
	}
	if c.Title == "" {
		c.Title = title(s)
	}
	var err error
	if c.EDF, err = draw("Error distributions of "+title(s), wide(plots.Page{Height: 90}), func(o figures.Options) (*plots.Figure, error) {
		o.Band = len(s.Groups) <= 3
		return figures.EDF(s, o)
	}); err != nil {
		return err
	}
	for _, g := range s.Groups {
		p, err := section(s, g, r)
		if err != nil {
			return err
		}
		c.Populations = append(c.Populations, p)
	}
	if c.Further, err = further(s); err != nil {
		return err
	}
	var b bytes.Buffer // a page is written whole or not at all
	if err := page.Execute(&b, c); err != nil {
		return err
	}
	_, err = b.WriteTo(w)
	return err
}

// Save writes the page to a file.
func Save(path string, s *analysis.Study, r *analysis.Result, o Options) error {
	return atomicfile.Write(path, func(w io.Writer) error { return Write(w, s, r, o) })
}

func title(s *analysis.Study) string {
	var names []string
	for _, g := range s.Groups {
		names = append(names, g.Name)
	}
	if len(names) > 3 {
		names = append(names[:3], fmt.Sprintf("%d more", len(s.Groups)-3))
	}
	return strings.Join(names, " and ")
}

// wide is a figure across the page.
func wide(p plots.Page) plots.Page {
	p.Width = 174
	return p
}

// draw returns a figure as it stands in the page; text is what it shows.
func draw(text string, p plots.Page, f func(figures.Options) (*plots.Figure, error)) (template.HTML, error) {
	fig, err := f(figures.Options{Page: p})
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := fig.Inline(&b, text); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil
}

// findings puts the tests into words.
func findings(r *analysis.Result) []string {
	var lines []string
	for _, t := range r.Tests {
		a, b, diff := t.A, t.B, t.MeanDifference
		verb := map[edf.Verdict]string{edf.Better: "has significantly lower errors than", edf.Worse: "has significantly higher errors than"}[t.Verdict]
		if verb == "" {
			verb = "does not differ significantly from"
		}
		lines = append(lines, fmt.Sprintf("%s %s %s: the difference of the mean errors is %s percentage points (Mann-Whitney p %s).",
			a, verb, b, analysis.Interval(diff), equals(analysis.PValue(t.PHolm))))
	}
	return lines
}

// equals puts the sign of equality before a number that has none.
func equals(p string) string {
	if strings.HasPrefix(p, "<") {
		return "< " + p[1:]
	}
	return "= " + p
}

// section is what there is to show of one population. What its table does not
// hold, the section does not show.
func section(s *analysis.Study, g analysis.Group, r *analysis.Result) (population, error) {
	p := population{Name: g.Name}
	for _, b := range r.Bootstrap {
		if b.Population == g.Name {
			p.Ranges = append(p.Ranges, b)
		}
	}
	if len(g.Rows) == 0 {
		return p, nil
	}
	var err error
	if figures.HasParams(s, g) {
		if p.Params, err = draw("Parameters of "+g.Name+" against error", plots.Page{}, func(o figures.Options) (*plots.Figure, error) {
			return figures.Params(s, g, o)
		}); err != nil {
			return p, err
		}
	}
	if p.Stages = s.Has("d1") && s.Has("w1"); p.Stages {
		if p.Shapes, err = draw("Block widths of the best and the worst models of "+g.Name, plots.Page{}, func(o figures.Options) (*plots.Figure, error) {
			return figures.Models(s, g, o)
		}); err != nil {
			return p, err
		}
	}
	if figures.HasCurves(s, g) {
		if p.Curves, err = draw("Learning curves of "+g.Name, plots.Page{}, func(o figures.Options) (*plots.Figure, error) {
			return figures.Curves(s, g, o)
		}); err != nil {
			return p, err
		}
	}
	p.Best, p.Worst, err = figures.Ends(s, g, 3)
	return p, err
}

// further are the figures of all populations together.
func further(s *analysis.Study) ([]figure, error) {
	var fs []figure
	add := func(title, caption string, page plots.Page, f func(*analysis.Study, figures.Options) (*plots.Figure, error)) error {
		svg, err := draw(title, page, func(o figures.Options) (*plots.Figure, error) { return f(s, o) })
		fs = append(fs, figure{title, caption, svg, page.Width > 0})
		return err
	}
	if s.Has("flops") {
		if err := add("Error against flops", "The line is the Pareto front: no model has both fewer flops and less error.", plots.Page{Width: 120}, figures.Pareto); err != nil {
			return nil, err
		}
		if err := add("Complexity", "Populations compare only where their complexities overlap.", plots.Page{}, figures.Complexity); err != nil {
			return nil, err
		}
	}
	err := add("Random search", "The error of the best of m models drawn at random: mean, and the range of 95 % of the draws.", plots.Page{Width: 120}, figures.Efficiency)
	return fs, err
}

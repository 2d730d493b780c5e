// Package report writes a study as one HTML page: everything a person needs to
// judge it, with figures, script and style inside and nothing fetched from
// elsewhere.
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
	"designspace/internal/atomicfile"
	"designspace/internal/confirm"
	"designspace/internal/format"
	"designspace/internal/pagestyle"
	"designspace/internal/study/analysis"
)

//go:embed page.html
var pageText string

//go:embed page.js
var script string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"number": format.Number, "percent": format.Percent, "explain": analysis.Explain,
	"summaries": edf.SummaryColumns, "comparisons": edf.ComparisonColumns,
	"confirmed": confirmed, "populations": confirm.Populations, "finding": confirm.Finding, "meaning": func() string { return confirm.Meaning },
}).Parse(pageText))

// Options of a page.
type Options struct {
	Title   string // "": the names of the populations
	Runs    []Run  // what was run
	Version string // of the program
}

// content is what the template shows. What is empty has no place on the page.
type content struct {
	Options
	*analysis.Result
	Answer     string
	Notes      []string            // what to mind
	Drawn      map[string][]figure // by kind
	Parameters []parameters
	Complexity []figure
	Ends       []ends
	Lineages   []Lineage
	Models     modelTable
	Style      template.CSS
	Script     template.JS

	spread bool // errors differ
}

// Write writes the page of a study and what its analysis found.
func Write(w io.Writer, s *analysis.Study, r *analysis.Result, o Options) error {
	c := content{
		Options: o, Result: r, Answer: answer(r), Notes: slices.Clone(r.Warnings), Lineages: lineages(o.Runs),
		Style: pagestyle.CSS(), Script: template.JS(script),
	}
	if c.Title == "" {
		c.Title = names(s.Populations)
	}
	for _, fill := range []func(*analysis.Study) error{
		c.spreads, c.parameters, c.complexity, c.figures, c.ends, c.models,
	} {
		if err := fill(s); err != nil {
			return err
		}
	}
	var b bytes.Buffer // a page is written whole or not at all
	if err := page.Execute(&b, c); err != nil {
		return err
	}
	_, err := b.WriteTo(w)
	return err
}

// Save writes the page to a file.
func Save(path string, s *analysis.Study, r *analysis.Result, o Options) error {
	return atomicfile.Write(path, func(w io.Writer) error { return Write(w, s, r, o) })
}

// names lists populations.
func names(ps []edf.Population) string {
	var names []string
	for _, p := range ps {
		names = append(names, p.Name)
	}
	if len(names) > 3 {
		names = append(names[:3], fmt.Sprintf("%d more", len(ps)-3))
	}
	return list(names)
}

// list joins names as a sentence does.
func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

func (c *content) note(format string, args ...any) {
	c.Notes = append(c.Notes, fmt.Sprintf(format, args...))
}

// A link is a line of the table of contents.
type link struct{ ID, Title string }

// Contents lists the sections that the page has.
func (c content) Contents() []link {
	var links []link
	for _, l := range []struct {
		link
		there bool
	}{
		{link{"run", "What was run"}, len(c.Runs) > 0},
		{link{"distributions", c.Words("Error distributions")}, true},
		{link{"confirmed", "Best models confirmed"}, len(c.Confirmed) > 0},
		{link{"parameters", "Parameters"}, len(c.Parameters) > 0},
		{link{"trends", "Trends over budgets"}, len(c.Drawn["trends"]) > 0},
		{link{"complexity", "Complexity"}, len(c.Complexity) > 0},
		{link{"fit", "Distance from RegNets"}, len(c.Drawn["fit"]) > 0},
		{link{"curves", "Learning curves"}, len(c.Drawn["curves"]) > 0},
		{link{"noise", "Noise"}, c.Noise != nil},
		{link{"search", "Random search"}, len(c.Drawn["efficiency"]) > 0},
		{link{"ends", "Best and worst models"}, len(c.Ends) > 0},
		{link{"spaces", "Spaces"}, len(c.Lineages) > 0},
		{link{"acceptance", "Acceptance"}, len(c.Drawn["funnel"]) > 0},
		{link{"models", "All models"}, true},
		{link{"caveats", "Caveats"}, len(c.Notes) > 0},
		{link{"method", "Method"}, true},
	} {
		if l.there {
			links = append(links, l.link)
		}
	}
	return links
}

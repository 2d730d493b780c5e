// Package report writes a study as one HTML page: everything a person needs to
// judge it, with figures, script and style inside and nothing fetched from
// elsewhere.
package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"designspace/edf"
	"designspace/internal/atomicfile"
	"designspace/internal/confirm"
	"designspace/internal/format"
	"designspace/internal/pagestyle"
	"designspace/internal/study/analysis"
)

//go:embed page.html
var pageText string

//go:embed card.html
var cardText string

// The scripts share one scope.
//
//go:embed table.js figures.js card.js
var scripts embed.FS

// script is that of the page.
var script = func() string {
	b := []byte("\"use strict\";\n(() => {\n")
	for _, name := range []string{"table.js", "figures.js", "card.js"} {
		text, err := scripts.ReadFile(name)
		if err != nil {
			panic(err)
		}
		b = append(b, text...)
	}
	return string(append(b, "})();\n"...))
}()

var page = template.Must(template.Must(template.New("page").Funcs(template.FuncMap{
	"unbroken": func(s string) string { return strings.ReplaceAll(s, " %]", "\u00a0%]") },
	"number":   format.Number, "percent": format.Percent, "explain": analysis.Explain,
	"summaries": edf.SummaryColumns, "comparisons": edf.ComparisonColumns,
	"confirmed": confirmed, "populations": confirm.Populations, "finding": confirm.Finding, "meaning": func() string { return confirm.Meaning },
}).Parse(pageText)).New("card.html").Parse(cardText))

// Options of a page.
type Options struct {
	Title   string    // "": the names of the populations
	Runs    []Run     // what was run
	Version string    // of the program
	Command string    // that wrote the page; "": not said
	Date    time.Time // when it did; zero: not said
}

// content is what the template shows. What is empty has no place on the page.
type content struct {
	Options
	*analysis.Result
	Answer     string
	Notes      []string            // what to mind
	Drawn      map[string][]figure // by kind
	Important  []important
	Parameters []parameters
	Complexity []figure
	Ends       []ends
	Lineages   []Lineage
	Models     modelTable
	Cost       string // of the outcomes
	Cards      cards
	Style      template.CSS
	Script     template.JS
	ScriptHash string // by which the page permits its script and no other

	spread bool // errors differ
}

// Write writes the page of a study and what its analysis found.
func Write(w io.Writer, s *analysis.Study, r *analysis.Result, o Options) error {
	c := content{
		Options: o, Result: r, Answer: answer(r), Notes: slices.Clone(r.Warnings), Lineages: lineages(o.Runs),
		Style: pagestyle.CSS(), Script: template.JS(script), ScriptHash: hash("\n" + script),
	}
	if c.Title == "" {
		c.Title = names(s.Populations)
	}
	for _, fill := range []func(*analysis.Study) error{
		c.spreads, c.importance, c.parameters, c.complexity, c.figures, c.ends, c.models, c.cards, c.costs,
	} {
		if err := fill(s); err != nil {
			return err
		}
	}
	var b bytes.Buffer // a page is written whole or not at all
	if err := page.ExecuteTemplate(&b, "page", c); err != nil {
		return err
	}
	_, err := b.WriteTo(w)
	return err
}

// hash returns the source expression of a script for a content security policy.
func hash(script string) string {
	sum := sha256.Sum256([]byte(script))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// costs says what the outcomes cost.
func (c *content) costs(s *analysis.Study) (err error) {
	c.Cost, err = cost(s)
	return err
}

// cards are those of the models in the table.
type cards struct {
	Commands []string `json:"commands"` // of each run, with {id} for that of a model
	Cards    []Card   `json:"cards"`
}

func (c *content) cards(s *analysis.Study) error {
	all, err := Cards(s)
	if err != nil {
		return err
	}
	c.Cards = cards{Commands: []string{}, Cards: []Card{}}
	for _, run := range s.Runs() {
		c.Cards.Commands = append(c.Cards.Commands, commands(run, "{id}"))
	}
	for _, m := range c.Models.Rows {
		c.Cards.Cards = append(c.Cards.Cards, all[m.Row])
	}
	return nil
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
		{link{"distributions", c.Words("Error distributions")}, true},
		{link{"confirmed", "Best models confirmed"}, len(c.Confirmed) > 0},
		{link{"importance", "Importance"}, len(c.Important) > 0},
		{link{"parameters", "Parameters"}, len(c.Parameters) > 0},
		{link{"trends", "Trends over budgets"}, len(c.Drawn["trends"]) > 0},
		{link{"complexity", "Complexity"}, len(c.Complexity) > 0},
		{link{"fit", "Distance from RegNets"}, len(c.Drawn["fit"]) > 0},
		{link{"curves", "Learning curves"}, len(c.Drawn["curves"]) > 0},
		{link{"noise", "Noise"}, c.Noise != nil},
		{link{"search", "Random search"}, len(c.Drawn["efficiency"]) > 0},
		{link{"ends", "Best and worst models"}, len(c.Ends) > 0},
		{link{"models", "All models"}, true},
		{link{"caveats", "Caveats"}, len(c.Notes) > 0},
		{link{"spaces", "Spaces"}, len(c.Lineages) > 0},
		{link{"acceptance", "Acceptance"}, len(c.Drawn["funnel"]) > 0},
		{link{"run", "What was run"}, len(c.Runs) > 0},
		{link{"method", "Method"}, true},
	} {
		if l.there {
			links = append(links, l.link)
		}
	}
	return links
}

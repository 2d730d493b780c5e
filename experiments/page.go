package experiments

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"designspace/internal/format"
	"designspace/internal/host"
	"designspace/internal/pagestyle"
	"designspace/internal/strictyaml"
	"designspace/plots"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"effect": Effect, "p": P, "hours": hours, "figure": FigureName, "short": shortUnit, "sentence": sentence,
}).Parse(pageText))

// headline is the experiment whose figure comes first, once it is judged.
const headline = "ladder"

// A report is what pages say of the results.
type report struct {
	fsys      fs.FS
	results   []Result
	summaries []Summary
	headline  string
}

func openReport(fsys fs.FS) (*report, error) {
	rs, err := resultsOf(fsys)
	if err != nil {
		return nil, err
	}
	all, err := summaries(fsys)
	return &report{fsys, rs, all, headline}, err
}

// first is the result whose figure comes first, nil if it is not judged.
func (r *report) first() *Result {
	for i := range r.results {
		if r.results[i].Name == r.headline && r.results[i].Judged != nil {
			return &r.results[i]
		}
	}
	return nil
}

// content is what the page shows.
type content struct {
	Style      template.CSS
	Version    string
	Answer     string
	Spent      string
	First      *section
	Sentences  []string
	Citations  string
	Papers     []ofPaper
	Properties []section
	Scales     scaleTable
	Campaigns  []campaign
	Main       string // regime whose verdicts count
	Regime     string // regime.yaml of the newest campaign of the main regime
}

// ofPaper are the claims of a paper.
type ofPaper struct {
	Paper  Paper
	Claims []section
}

// section is an experiment on the page.
type section struct {
	Result
	SVG, ScaleSVG template.HTML
	Wide          bool // the figure takes the width of the page
	Populations   []population
	AtTop         bool // the figure is the first of the page
}

type population struct {
	Label, Space, Run string
	Mean, Min         string // errors in percent
	N, Failed         int
}

// campaign is a folder of results on the page.
type campaign struct {
	Summary
	Machine host.Facts
	Regime  Regime
	Differs []string // lines of its regime that the one shown lacks
	Decided int      // claims
	Judged  int
	Each    string // core-hours a decided claim
}

// HTML writes the page of the committed results: one file that needs no other.
func HTML(w io.Writer, version string) error { return html(w, committed, version) }

func html(w io.Writer, fsys fs.FS, version string) error {
	r, err := openReport(fsys)
	if err != nil {
		return err
	}
	return r.html(w, version)
}

func (r *report) html(w io.Writer, version string) error {
	c := content{
		Style: pagestyle.CSS(), Version: version, Answer: answer(r.results), Spent: spent(r.summaries), Sentences: items(sentences), Citations: citations, Scales: scaleTableOf(r.results), Main: main,
	}
	var err error
	if c.Campaigns, c.Regime, err = r.campaigns(); err != nil {
		return err
	}
	if first := r.first(); first != nil {
		s, err := first.section(r.fsys, ladderFigure)
		if err != nil {
			return err
		}
		c.First = &s
	}
	for _, result := range r.results {
		draw := result.Draw
		if c.First != nil && result.Name == c.First.Name {
			draw = nil // it is at the top
		}
		s, err := result.section(r.fsys, draw)
		if err != nil {
			return err
		}
		c.add(s)
	}
	var b bytes.Buffer // a page is written whole or not at all
	if err := page.Execute(&b, c); err != nil {
		return err
	}
	_, err = b.WriteTo(w)
	return err
}

func (c *content) add(s section) {
	if s.Kind == Property {
		c.Properties = append(c.Properties, s)
		return
	}
	i := slices.IndexFunc(c.Papers, func(p ofPaper) bool { return p.Paper == s.Paper })
	if i < 0 {
		i, c.Papers = len(c.Papers), append(c.Papers, ofPaper{Paper: s.Paper})
	}
	c.Papers[i].Claims = append(c.Papers[i].Claims, s)
}

// campaigns returns the folders of results that were trained, the newest first,
// and the newest regime whose verdicts count.
func (r *report) campaigns() (all []campaign, shown string, err error) {
	for _, s := range slices.Backward(r.summaries) {
		if s.Tables != nil {
			continue
		}
		c, err := openCampaign(r.fsys, s)
		if err != nil {
			return nil, "", err
		}
		if s.Regime == main && shown == "" {
			shown = c.Regime.text
		}
		all = append(all, c)
	}
	slices.SortStableFunc(all, func(a, b campaign) int { return strings.Compare(b.Date, a.Date) })
	lines := strings.Split(shown, "\n")
	for i := range all {
		for _, l := range strings.Split(all[i].Regime.text, "\n") {
			if !slices.Contains(lines, l) {
				all[i].Differs = append(all[i].Differs, l)
			}
		}
	}
	return all, shown, nil
}

func openCampaign(fsys fs.FS, s Summary) (campaign, error) {
	c := campaign{Summary: s, Each: "-"}
	text, err := fs.ReadFile(fsys, path.Join(s.folder(), "machine.yaml"))
	if err != nil {
		return c, err
	}
	if err := strictyaml.Unmarshal("machine.yaml", text, &c.Machine); err != nil {
		return c, err
	}
	for _, j := range s.Experiments {
		if j.Kind == Property {
			continue
		}
		c.Judged++
		if j.Verdict != Inconclusive {
			c.Decided++
		}
	}
	if c.Decided > 0 {
		c.Each = hours(s.CoreHours / float64(c.Decided))
	}
	c.Regime, err = readRegime(fsys, s.folder())
	return c, err
}

// section draws the figures of an experiment that was run, the first one by a
// function; nil: it stands elsewhere.
func (r Result) section(fsys fs.FS, draw func([]*Sample, plots.Page) (*plots.Figure, error)) (s section, err error) {
	s = section{Result: r, AtTop: draw == nil}
	if r.Scales != nil {
		fig, err := r.scaleFigure(plots.Page{})
		if err != nil {
			return s, fmt.Errorf("experiment %s: %w", r.Name, err)
		}
		if s.ScaleSVG, err = inline(fig, "Effects by scale: "+r.Claim); err != nil {
			return s, err
		}
	}
	if r.Judged == nil {
		return s, nil
	}
	samples, runs, err := r.samples(fsys)
	if err != nil {
		return s, err
	}
	for i, p := range samples {
		s.Populations = append(s.Populations, population{
			Label: p.Name, Space: r.Definition.Populations[i].Space, Run: runs[i].Name, N: len(p.Errors), Failed: p.Failed,
			Mean: format.Percent(mean(p.Errors)), Min: format.Percent(slices.Min(p.Errors)),
		})
	}
	if draw == nil {
		return s, nil
	}
	fig, err := draw(samples, plots.Page{})
	if err != nil {
		return s, fmt.Errorf("experiment %s: %w", r.Name, err)
	}
	width, _ := fig.Size()
	s.Wide = width > 120
	s.SVG, err = inline(fig, r.Claim)
	return s, err
}

func inline(fig *plots.Figure, text string) (template.HTML, error) {
	var b bytes.Buffer
	err := fig.Inline(&b, text)
	return template.HTML(b.String()), err
}

// sentence links the experiments that a sentence cites.
func sentence(text string) template.HTML {
	var b strings.Builder
	at := 0
	for _, m := range cited.FindAllStringSubmatchIndex(text, -1) {
		name := text[m[2]:m[3]]
		b.WriteString(template.HTMLEscapeString(text[at:m[2]]))
		fmt.Fprintf(&b, `<a href="#%s">%s</a>`, name, name) // of letters, digits and hyphens
		at = m[3]
	}
	b.WriteString(template.HTMLEscapeString(text[at:]))
	return template.HTML(b.String())
}

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
	"strconv"
	"strings"

	"designspace/internal/format"
	"designspace/internal/host"
	"designspace/internal/strictyaml"
	"designspace/internal/study/report"
	"designspace/plots"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"effect": Effect, "hours": hours, "figure": FigureName, "short": shortUnit,
}).Parse(pageText))

// A Result is an experiment with what the committed results say of it.
type Result struct {
	Definition
	Judged *Judged // nil: not run
	Date   string  // of the folder of results

	folder string
}

// Results returns all experiments with the committed outcomes, in the order of
// the list.
func Results() ([]Result, error) { return resultsOf(committed) }

func resultsOf(fsys fs.FS) ([]Result, error) {
	ds, err := All()
	if err != nil {
		return nil, err
	}
	all, err := summaries(fsys)
	if err != nil {
		return nil, err
	}
	var rs []Result
	for _, d := range ds {
		r := Result{Definition: d}
		for _, s := range all {
			i := slices.IndexFunc(s.Experiments, func(j Judged) bool { return j.Name == d.Name })
			if i >= 0 {
				r.Judged, r.Date, r.folder = &s.Experiments[i], s.Date, path.Join("results", s.Regime, s.Date)
			}
		}
		rs = append(rs, r)
	}
	return rs, nil
}

// Effect formats an effect with its 95 % interval: a pure number, which may be
// small, with four significant digits, and one with a unit with two decimals; nil
// is a number that the data cannot give.
func Effect(effect, lo, hi *float64, unit string) string {
	number := format.Percent
	if unit == "" {
		number = format.Number
	}
	text := func(x *float64) string {
		if x == nil {
			return "-"
		}
		return number(*x)
	}
	if lo == nil || hi == nil {
		return text(effect)
	}
	return fmt.Sprintf("%s [%s, %s]", text(effect), text(lo), text(hi))
}

func shortUnit(unit string) string {
	if unit == points {
		return "points"
	}
	return unit
}

// FigureName is a figure, table or section as a sentence names it.
func FigureName(figure string) string {
	if strings.IndexAny(figure, "0123456789") == 0 {
		return "Fig. " + figure
	}
	return figure
}

func hours(h float64) string { return strconv.FormatFloat(h, 'f', 2, 64) }

// tally counts verdicts.
type tally struct{ Confirmed, Refuted, Inconclusive, NotRun int }

func tallyOf(rs []Result) (t tally) {
	for _, r := range rs {
		switch {
		case r.Judged == nil:
			t.NotRun++
		case r.Judged.Verdict == Confirmed:
			t.Confirmed++
		case r.Judged.Verdict == Refuted:
			t.Refuted++
		default:
			t.Inconclusive++
		}
	}
	return t
}

func (t tally) String() string {
	return fmt.Sprintf("%d of %d experiments are judged: %d claims confirmed, %d refuted, %d inconclusive",
		t.Confirmed+t.Refuted+t.Inconclusive, t.Confirmed+t.Refuted+t.Inconclusive+t.NotRun, t.Confirmed, t.Refuted, t.Inconclusive)
}

// spent says what the folders of results cost.
func spent(all []Summary) string {
	var parts []string
	for _, s := range all {
		parts = append(parts, fmt.Sprintf("%d populations with %d trainings took %s core-hours (%s, %s)", s.Populations, s.Models, hours(s.CoreHours), s.Regime, s.Date))
	}
	if parts == nil {
		return "Nothing is trained yet."
	}
	return strings.Join(parts, "; ") + "."
}

// samples reads the populations of an experiment that was run, and their names.
func (r Result) samples(fsys fs.FS) ([]*Sample, []Run, error) {
	regime, err := readRegime(fsys, r.folder)
	if err != nil {
		return nil, nil, err
	}
	folder, err := fs.Sub(fsys, r.folder)
	if err != nil {
		return nil, nil, err
	}
	runs, err := regime.Runs(r.Definition)
	if err != nil {
		return nil, nil, err
	}
	samples, err := regime.read(folder, r.Definition)
	return samples, runs, err
}

// section is an experiment on the page.
type section struct {
	Result
	SVG         template.HTML
	Wide        bool // the figure takes the width of the page
	Populations []population
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
	About   string
	Text    string // regime.yaml
}

// HTML writes the page of the committed results: one file that needs no other.
func HTML(w io.Writer, version string) error { return html(w, committed, version) }

func html(w io.Writer, fsys fs.FS, version string) error {
	rs, err := resultsOf(fsys)
	if err != nil {
		return err
	}
	all, err := summaries(fsys)
	if err != nil {
		return err
	}
	content := struct {
		Style     template.CSS
		Version   string
		Answer    string
		Spent     string
		Sections  []section
		Campaigns []campaign
	}{Style: report.Style(), Version: version, Answer: tallyOf(rs).String() + ".", Spent: spent(all)}
	for _, s := range all {
		c, err := openCampaign(fsys, s)
		if err != nil {
			return err
		}
		content.Campaigns = append(content.Campaigns, c)
	}
	for _, r := range rs {
		s, err := r.section(fsys)
		if err != nil {
			return err
		}
		content.Sections = append(content.Sections, s)
	}
	var b bytes.Buffer // a page is written whole or not at all
	if err := page.Execute(&b, content); err != nil {
		return err
	}
	_, err = b.WriteTo(w)
	return err
}

func openCampaign(fsys fs.FS, s Summary) (campaign, error) {
	c := campaign{Summary: s}
	dir := path.Join("results", s.Regime, s.Date)
	text, err := fs.ReadFile(fsys, path.Join(dir, "machine.yaml"))
	if err != nil {
		return c, err
	}
	if err := strictyaml.Unmarshal("machine.yaml", text, &c.Machine); err != nil {
		return c, err
	}
	r, err := readRegime(fsys, dir)
	c.About, c.Text = r.About, r.text
	return c, err
}

func readRegime(fsys fs.FS, dir string) (Regime, error) {
	text, err := fs.ReadFile(fsys, path.Join(dir, "regime.yaml"))
	if err != nil {
		return Regime{}, err
	}
	return ParseRegime(path.Join(dir, "regime.yaml"), text)
}

// section draws the figure of an experiment that was run.
func (r Result) section(fsys fs.FS) (section, error) {
	s := section{Result: r}
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
	fig, err := r.Draw(samples, plots.Page{})
	if err != nil {
		return s, fmt.Errorf("experiment %s: %w", r.Name, err)
	}
	var b bytes.Buffer
	if err := fig.Inline(&b, r.Claim); err != nil {
		return s, err
	}
	width, _ := fig.Size()
	s.SVG, s.Wide = template.HTML(b.String()), width > 120
	return s, nil
}

package experiments

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"designspace/internal/atomicfile"
	"designspace/plots"
)

// markdown writes the summary of the results.
func markdown(w io.Writer, fsys fs.FS) error {
	r, err := openReport(fsys)
	if err != nil {
		return err
	}
	return r.markdown(w)
}

func (r *report) markdown(w io.Writer) error {
	var b bytes.Buffer
	b.WriteString(`# The papers' experiments

<!-- Written by designspace experiment report --markdown experiments/README.md --force; a test compares it with the results. -->

`)
	if first := r.first(); first != nil {
		fmt.Fprintf(&b, "![%s](%s)\n\n%s: **%s**. %s\n\n", first.Name, first.figureFile(), first.Name, first.Judged.Verdict, first.Claim)
	}
	fmt.Fprintf(&b, "%s %s\n\n%s\n%s\n", answer(r.results), spent(r.summaries), sentences, citations)
	b.WriteString("\n## Claims\n\n")
	overview(&b, r.results, Claim)
	b.WriteString(`
An effect is the first finding that has the verdict of the whole. p is the p-value of the verdict: below 0.05 where a claim is confirmed
or refuted; "-" where there is no test, for a reason that its notes give. q is p adjusted for all claims by the method of Benjamini and
Hochberg: of the verdicts with q below 0.05, 5 % are expected to be wrong at most. n is the number of models of each population at the effect,
needed how many of each would decide an inconclusive claim with a probability of 80 %, if the effects are as they look. Experiments
share populations, so that the core-hours of the rows add up to more than was spent.

## Properties of the method

`)
	overview(&b, r.results, Property)
	b.WriteString(`
Nearly any errors would show these, so they say nothing about design spaces and count in no tally.
`)
	scaleTableOf(r.results).markdown(&b)
	b.WriteString(`
## Claim by claim

Each experiment states a claim of a paper, the populations that it compares, the statistic that judges it and what would confirm or
refute it, in [definitions](definitions), before anything is trained but where it says otherwise. [METHODOLOGY.md](METHODOLOGY.md) says how verdicts come about and
which statistics were changed afterwards, [BIAS.md](BIAS.md) what the verdicts may miss. [results](results) holds the tables that they
are computed from, with

    go run ./cmd/designspace experiment report --check

`)
	for _, result := range r.results {
		if result.Judged != nil || result.Scales != nil {
			result.markdown(&b)
		}
	}
	_, err := b.WriteTo(w)
	return err
}

// overview writes a row for every experiment of a kind.
func overview(b *bytes.Buffer, rs []Result, kind Kind) {
	b.WriteString("| experiment | verdict | claim | effect [95 %] | p | q | n (needed) | of | core-hours |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range rs {
		if r.Kind != kind {
			continue
		}
		verdict, cells := "not run", []string{"", "", "", ""}
		hour := ""
		if j := r.Judged; j != nil {
			verdict, cells, hour = "**"+string(j.Verdict)+"**", []string{j.Main(), P(j.P), P(j.Q), j.Models()}, hours(j.CoreHours)
			if before := r.Changed(); before != "" {
				verdict += fmt.Sprintf(" ([%s](%s): %s)", r.Earlier[len(r.Earlier)-1].Date, r.Earlier[len(r.Earlier)-1].Summary, before)
			}
		}
		fmt.Fprintf(b, "| [%s](%s) | %s | %s | %s | %s, %s | %s |\n", r.Name, r.file, verdict, r.Claim, strings.Join(cells, " | "), r.Paper, FigureName(r.Figure), hour)
	}
}

// markdown writes the verdicts of regimes beside each other, if there are several.
func (t scaleTable) markdown(b *bytes.Buffer) {
	if t.Rows == nil {
		return
	}
	b.WriteString("\n## Verdict by scale\n\n| experiment | with larger models |")
	for _, r := range t.Regimes {
		fmt.Fprintf(b, " %s, %s |", r.Name, r.Flops)
	}
	fmt.Fprintf(b, "\n|%s\n", strings.Repeat("---|", 2+len(t.Regimes)))
	for _, row := range t.Rows {
		fmt.Fprintf(b, "| %s | %s |", row.Name, row.TurnText())
		for _, s := range row.Cells {
			if s != nil {
				fmt.Fprintf(b, " **%s**<br>%s", s.Verdict, strings.Join(row.Effects(*s), "<br>"))
			}
			b.WriteString(" |")
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(b, `
Verdicts count in the regime %s alone; the numbers beside the names of regimes are the least and greatest multiply-adds. A verdict turns
if the largest models on the same data that decide say the opposite.
`, main)
}

// markdown writes the findings of an experiment beside its figures, folded.
func (r Result) markdown(b *bytes.Buffer) {
	verdict := "not run"
	if r.Judged != nil {
		verdict = string(r.Judged.Verdict)
	}
	fmt.Fprintf(b, "<details><summary><b>%s</b>: %s. %s</summary>\n\n%s, %s.", r.Name, verdict, r.Claim, r.Paper, FigureName(r.Figure))
	for _, e := range r.Earlier {
		fmt.Fprintf(b, " Judged before: [%s](%s): %s, by the statistics of that time.", e.Date, e.Summary, e.Verdict)
	}
	if turn := r.TurnText(); turn != "" {
		fmt.Fprintf(b, " With larger models: %s.", turn)
	}
	b.WriteString("\n\n")
	if r.Judged != nil {
		fmt.Fprintf(b, "![%s](%s)\n\n", r.Name, r.figureFile())
	}
	if r.Scales != nil {
		fmt.Fprintf(b, "![%s by scale](%s)\n\n", r.Name, r.scaleFile())
	}
	if r.Judged != nil {
		r.Judged.markdown(b)
	}
	b.WriteString("</details>\n\n")
}

func (j *Judged) markdown(b *bytes.Buffer) {
	noted := j.Noted()
	row := func(cells ...string) {
		if !noted {
			cells = cells[:5]
		}
		fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
	}
	row("finding", "verdict", "effect [95 %]", "claimed", "p", "note")
	row("---", "---", "---", "---", "---", "---")
	for _, f := range j.Findings {
		row(f.Quantity, string(f.Verdict), measured("", f.Effect, f.Lo, f.Hi, f.Unit), f.Criterion, P(f.P), f.Remarks())
	}
	b.WriteString("\n")
}

// figureFile is where the figure of an experiment lies, seen from the summary.
func (r Result) figureFile() string { return "figures/" + r.Name + ".svg" }

// SaveMarkdown writes the summary to a file and the figures that it shows into
// the directory figures beside it.
func SaveMarkdown(file string) error { return saveMarkdown(file, committed) }

func saveMarkdown(file string, fsys fs.FS) error {
	r, err := openReport(fsys)
	if err != nil {
		return err
	}
	dir := filepath.Dir(file)
	if err := os.MkdirAll(filepath.Join(dir, "figures"), 0o777); err != nil {
		return err
	}
	for _, result := range r.results {
		draw := result.Draw
		if result.Name == r.headline {
			draw = ladderFigure
		}
		if err := result.saveFigures(fsys, dir, draw); err != nil {
			return fmt.Errorf("experiment %s: %w", result.Name, err)
		}
	}
	return atomicfile.Write(file, r.markdown)
}

// saveFigures saves the figures of an experiment, the first drawn by a function.
func (r Result) saveFigures(fsys fs.FS, dir string, draw func([]*Sample, plots.Page) (*plots.Figure, error)) error {
	if r.Scales != nil {
		fig, err := r.scaleFigure(plots.Page{})
		if err == nil {
			err = fig.Save(filepath.Join(dir, r.scaleFile()))
		}
		if err != nil {
			return err
		}
	}
	if r.Judged == nil {
		return nil
	}
	samples, _, err := r.samples(fsys)
	if err != nil {
		return err
	}
	fig, err := draw(samples, plots.Page{})
	if err != nil {
		return err
	}
	return fig.Save(filepath.Join(dir, r.figureFile()))
}

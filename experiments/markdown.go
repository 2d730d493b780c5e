package experiments

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"designspace/internal/atomicfile"
	"designspace/plots"
)

// markdown writes the summary of the results.
func markdown(w io.Writer, fsys fs.FS) error {
	rs, err := resultsOf(fsys)
	if err != nil {
		return err
	}
	all, err := summaries(fsys)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	b.WriteString(`# The papers' experiments

<!-- Written by designspace experiment report --markdown experiments/README.md --force; a test compares it with the results. -->

Each experiment states a claim of a paper, the populations that it compares, the statistic that judges it and what would confirm or
refute it, in [definitions](definitions), before anything is trained. [METHODOLOGY.md](METHODOLOGY.md) says how verdicts come about and
which statistics were changed afterwards, [BIAS.md](BIAS.md) what the verdicts may miss. [results](results) holds the tables that they
are computed from, with

    go run ./cmd/designspace experiment report --check

`)
	fmt.Fprintf(&b, "%s. %s\n", tallyOf(rs), spent(all))
	b.WriteString("\n## Claims\n\n")
	overview(&b, rs, Claim)
	b.WriteString(`
An effect is the first finding that has the verdict of the whole. p is the p-value of the verdict: below 0.05 where a claim is confirmed
or refuted; "-" where there is no test, for a reason that its notes give. q is p adjusted for all claims by the method of Benjamini and
Hochberg: of the verdicts with q below 0.05, 5 % are expected to be wrong at most. n is the number of models of the smallest population.
Experiments share populations, so that the core-hours of the rows add up to more than was spent.

## Properties of the method

`)
	overview(&b, rs, Property)
	b.WriteString(`
Nearly any errors would show these, so they say nothing about design spaces and count in no tally.
`)
	for _, r := range rs {
		if r.Judged != nil {
			r.markdown(&b)
		}
	}
	_, err = b.WriteTo(w)
	return err
}

// overview writes a row for every experiment of a kind.
func overview(b *bytes.Buffer, rs []Result, kind Kind) {
	b.WriteString("| experiment | figure | claim | n | effect [95 %] | verdict | p | q | core-hours |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range rs {
		if r.Kind != kind {
			continue
		}
		cells := []string{"", "", "not run", "", "", ""}
		if j := r.Judged; j != nil {
			effect := strings.TrimSpace(Effect(j.Effect, j.Lo, j.Hi, j.Unit) + " " + shortUnit(j.Unit))
			if j.Quantity != "" {
				effect = j.Quantity + ": " + effect
			}
			verdict := "**" + string(j.Verdict) + "**"
			if before := r.Changed(); before != "" {
				verdict += fmt.Sprintf(" ([%s](%s): %s)", r.Earlier[len(r.Earlier)-1].Date, r.Earlier[len(r.Earlier)-1].Summary, before)
			}
			cells = []string{strconv.Itoa(j.N), effect, verdict, P(j.P), P(j.Q), hours(j.CoreHours)}
		}
		fmt.Fprintf(b, "| [%s](%s) | %s, %s | %s | %s |\n", r.Name, r.file, r.Paper, FigureName(r.Figure), r.Claim, strings.Join(cells, " | "))
	}
}

// markdown writes the findings of an experiment beside its figure.
func (r Result) markdown(b *bytes.Buffer) {
	fmt.Fprintf(b, "\n## %s: %s\n\n%s (%s, %s)\n", r.Name, r.Judged.Verdict, r.Claim, r.Paper, FigureName(r.Figure))
	for _, e := range r.Earlier {
		fmt.Fprintf(b, "Judged before: [%s](%s): %s, by the statistics of that time.\n", e.Date, e.Summary, e.Verdict)
	}
	fmt.Fprintf(b, "\n![%s](%s)\n\n", r.Name, r.figureFile())
	noted := r.Judged.Noted()
	row := func(cells ...string) {
		if !noted {
			cells = cells[:5]
		}
		fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
	}
	row("finding", "effect [95 %]", "claimed", "verdict", "p", "note")
	row("---", "---", "---", "---", "---", "---")
	for _, f := range r.Judged.Findings {
		row(f.Quantity, strings.TrimSpace(Effect(f.Effect, f.Lo, f.Hi, f.Unit)+" "+shortUnit(f.Unit)), f.Criterion, string(f.Verdict), P(f.P), f.Remarks())
	}
}

// figureFile is where the figure of an experiment lies, seen from the summary.
func (r Result) figureFile() string { return "figures/" + r.Name + ".svg" }

// SaveMarkdown writes the summary to a file and the figures that it shows into
// the directory figures beside it.
func SaveMarkdown(file string) error { return saveMarkdown(file, committed) }

func saveMarkdown(file string, fsys fs.FS) error {
	rs, err := resultsOf(fsys)
	if err != nil {
		return err
	}
	dir := filepath.Dir(file)
	if err := os.MkdirAll(filepath.Join(dir, "figures"), 0o777); err != nil {
		return err
	}
	for _, r := range rs {
		if r.Judged == nil {
			continue
		}
		samples, _, err := r.samples(fsys)
		if err != nil {
			return err
		}
		fig, err := r.Draw(samples, plots.Page{})
		if err != nil {
			return fmt.Errorf("experiment %s: %w", r.Name, err)
		}
		if err := fig.Save(filepath.Join(dir, r.figureFile())); err != nil {
			return err
		}
	}
	return atomicfile.Write(file, func(w io.Writer) error { return markdown(w, fsys) })
}

package main

import (
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"designspace/edf"
	"designspace/internal/analysis"
	"designspace/internal/figures"
	"designspace/plots"
)

// studyFlags choose rows and populations of result tables.
func studyFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "where", Usage: "keep the models for which `COMPARISONS` hold, as in 'flops<3e6, block=x'"},
		&cli.StringFlag{Name: "by", Usage: "one population for each value of `COLUMN`, or of several joined by commas"},
	}
}

// loadStudy reads the run directories and CSV files that a verb was given.
func loadStudy(c *cli.Context, o analysis.Options) (*analysis.Study, error) {
	if c.NArg() == 0 {
		return nil, usagef("%s: no run directory or CSV file given: see --help", c.Command.Name)
	}
	return loadOnce(c.Args().Slice(), o)
}

// loadOnce loads runs and tables, none of them twice: that would double its
// models and make every difference look surer than it is.
func loadOnce(paths []string, o analysis.Options) (*analysis.Study, error) {
	for i, p := range paths {
		for _, q := range paths[:i] {
			a, errA := os.Stat(p)
			b, errB := os.Stat(q)
			if errA == nil && errB == nil && os.SameFile(a, b) {
				return nil, usagef("%s: given twice, the first time as %s: name it once", p, q)
			}
		}
	}
	return analysis.Load(paths, o)
}

func studyOptions(c *cli.Context) analysis.Options {
	return analysis.Options{Where: c.String("where"), By: c.String("by")}
}

func analyzeCommand() *cli.Command {
	return &cli.Command{
		Name:      "analyze",
		Usage:     "compare populations and find the best values of parameters",
		UsageText: "designspace analyze RUN|CSV ... [flags]",
		Description: `Reads run directories, or any CSV files with a header and a column "error" in
percent. A column "space", or the one of --by, or else the file makes
populations. Prints a summary of each, tests of each against each, and for each
parameter the range that holds its best value with 95 % (empirical bootstrap).
Of a run it also says after which epochs models rank as after the last (an epoch
of the full schedule, not a shorter training), and of one that was trained with
--repeats how far a single error can be trusted.

--fidelity compares two runs of the same models, A and B: does A, on fewer
images or for fewer epochs, rank them as B does, and what does it cost to choose
by A?

Example:
  designspace analyze runs/first --where 'flops<3e6'
  designspace analyze --fidelity runs/quick runs/long`,
		Flags: append(studyFlags(),
			&cli.Float64Flag{Name: "margin", Usage: "judge equivalence: means within `POINTS` of each other count as equal"},
			&cli.Uint64Flag{Name: "seed", Usage: "`SEED` of the intervals"},
			&cli.BoolFlag{Name: "fidelity", Usage: "compare the ranks of the same models in two runs"},
			&cli.IntFlag{Name: "top", DefaultText: "a tenth", Usage: "how `MANY` models count as the best (--fidelity)"},
			&cli.BoolFlag{Name: "no-plot", Usage: "do not draw the distributions"},
			formatFlag(),
		),
		Action: analyze,
	}
}

func analyze(c *cli.Context) error {
	json, err := asJSON(c)
	if err != nil {
		return err
	}
	if c.IsSet("top") && (!c.Bool("fidelity") || c.Int("top") < 1) {
		return usagef("--top %d: it is 1 or more, and of --fidelity only", c.Int("top"))
	}
	s, err := loadStudy(c, studyOptions(c))
	if err != nil {
		return err
	}
	if c.Bool("fidelity") {
		return compareRuns(c, s, json)
	}
	r, err := s.Analyze(edf.Options{Seed: c.Uint64("seed"), Margin: c.Float64("margin")})
	if err != nil {
		return err
	}
	if json {
		return printJSON(c.App.Writer, r)
	}
	if c.Bool("no-plot") {
		return r.WriteText(c.App.Writer)
	}
	return printAnalysis(c.App.Writer, s, r)
}

// compareRuns says how well one run stands for another.
func compareRuns(c *cli.Context, s *analysis.Study, json bool) error {
	if c.NArg() != 2 {
		return usagef("analyze --fidelity: it compares two run directories or CSV files, A and B")
	}
	f, err := s.Fidelity(edf.FidelityOptions{Seed: c.Uint64("seed"), Top: c.Int("top")})
	if err != nil {
		return err
	}
	if json {
		return printJSON(c.App.Writer, map[string]any{"fidelity": f})
	}
	return f.WriteText(c.App.Writer)
}

// printAnalysis draws the error distributions and then says what was found.
func printAnalysis(w io.Writer, s *analysis.Study, r *analysis.Result) error {
	ps, err := figures.Populations(s, false)
	if err != nil {
		return err
	}
	text, err := plots.Terminal(ps, terminalOptions(w))
	if err != nil {
		return err
	}
	fmt.Fprintln(w, text)
	return r.WriteText(w)
}

// terminalOptions fit a drawing to what w is.
func terminalOptions(w io.Writer) plots.TerminalOptions {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return plots.TerminalOptions{}
	}
	o := plots.TerminalOptions{Color: os.Getenv("NO_COLOR") == ""}
	if columns, _, err := term.GetSize(int(f.Fd())); err == nil {
		o.Columns = min(columns, 100)
	}
	return o
}

package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"designspace/internal/study/report"
)

func reportCommand() *cli.Command {
	return &cli.Command{
		Name:      "report",
		Usage:     "write a page about runs or tables",
		UsageText: "designspace report RUN|CSV ... [--out FILE.html] [flags]",
		Description: `Reads what analyze reads and writes one HTML file that holds figures and tables:
tables sort and filter, and a point of a figure shows its model. Several runs or
tables are compared. The page of a single run goes into its directory unless
--out says otherwise.

Example:
  designspace report runs/first --out first.html`,
		Flags: append(studyFlags(),
			&cli.StringFlag{Name: "out", Usage: "`FILE` to write"},
			&cli.StringFlag{Name: "title", Usage: "`TEXT` at the top"},
			&cli.Float64Flag{Name: "margin", DefaultText: "not judged", Usage: "judge equivalence: means within `POINTS` of each other count as equal"},
			&cli.Uint64Flag{Name: "seed", Usage: "`SEED` of the intervals"},
		),
		Action: promptly(reportAction),
	}
}

func reportAction(c *cli.Context) error {
	o, err := comparisonOptions(c)
	if err != nil {
		return err
	}
	s, err := loadStudy(c, c.Args().Slice(), true) // the page says what is not trained
	if err != nil {
		return err
	}
	out := c.String("out")
	if runs := s.Runs(); out == "" && len(runs) == 1 && c.NArg() == 1 {
		out = runs[0].Report()
	}
	if out == "" {
		return usagef("report: no --out FILE given: name an html file")
	}
	r, err := s.Analyze(o)
	if err != nil {
		return err
	}
	runs, err := report.Runs(s)
	if err != nil {
		return err
	}
	if err := report.Save(out, s, r, report.Options{Title: c.String("title"), Runs: runs, Version: version()}); err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.App.ErrWriter, "wrote", out)
	return err
}

package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/urfave/cli/v2"

	"designspace/internal/atomicfile"
	"designspace/internal/run/rundir"
	"designspace/internal/study/report"
)

func reportCommand() *cli.Command {
	return &cli.Command{
		Name:      "report",
		Usage:     "write an HTML report of runs or tables",
		UsageText: "designspace report RUN|CSV ... [--out FILE.html] [flags]",
		Description: `Reads the same files as analyze and writes one HTML file with figures and tables.
It says first what differs, how sure that is, what it cost and what cannot be
said. Tables can be sorted, filtered and downloaded, a point in a figure shows its
model, and dragging over points chooses models in all figures and the table.
Several runs or tables are compared. For a single directory the default of --out
is report.html in it.

Example:
  designspace report runs/first --out first.html`,
		Flags: append(studyFlags(),
			&cli.StringFlag{Name: "out", Usage: "write the page to `FILE`"},
			forceFlag(),
			&cli.StringFlag{Name: "title", Usage: "title `TEXT` of the page"},
			anywayFlag(),
			adjustFlag(),
			&cli.Float64Flag{Name: "margin", DefaultText: "no test", Usage: "test equivalence: means within `POINTS` percentage points count as equal"},
			&cli.Uint64Flag{Name: "seed", Usage: "random `SEED` of the bootstrap intervals"},
		),
		Action: reportAction,
	}
}

func reportAction(c *cli.Context) error {
	o, err := comparisonOptions(c)
	if err != nil {
		return err
	}
	out := c.String("out")
	if info, err := os.Stat(c.Args().First()); out == "" && c.NArg() == 1 && err == nil && info.IsDir() {
		out = rundir.Dir(c.Args().First()).Report()
	}
	if out != "" {
		if err := checkOut(out, ".html", ".htm"); err != nil {
			return err
		}
	}
	s, err := loadStudy(c, c.Args().Slice(), true) // the page says what is not trained
	if err != nil {
		return err
	}
	if out == "" {
		return usagef("report: --out is missing: write --out FILE.html")
	}
	r, err := s.Analyze(o)
	if err != nil {
		return err
	}
	runs, err := report.Runs(s)
	if err != nil {
		return err
	}
	write := func(w io.Writer) error {
		return report.Write(w, s, r, report.Options{Title: c.String("title"), Runs: runs, Version: version(), Command: fmt.Sprint(c.App.Metadata[commandLine]), Date: time.Now()})
	}
	if c.String("out") == "" { // its own place
		err = atomicfile.Write(out, write) // not what a link there leads to
	} else {
		err = writeOut(c, out, write)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.App.ErrWriter, "wrote", out)
	return err
}

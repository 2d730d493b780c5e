package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"designspace/internal/study/figures"
	"designspace/plots"
)

func plotCommand() *cli.Command {
	var kinds strings.Builder
	for _, k := range plots.List() {
		fmt.Fprintf(&kinds, "  %-11s %s\n", k.Name, k.Description)
	}
	return &cli.Command{
		Name:      "plot",
		Usage:     "draw a figure",
		UsageText: "designspace plot KIND RUN|CSV ... --out FILE.svg|png|pdf [flags]",
		Description: `Reads what analyze reads. The kinds are

` + kinds.String() + `
Example:
  designspace plot edf runs/first --out edf.svg
  designspace plot edf runs/a runs/b --normalize params --band --out edf.pdf`,
		Flags: append(studyFlags(),
			&cli.BoolFlag{Name: "list", Usage: "print the kinds alone"},
			&cli.StringFlag{Name: "out", Usage: "`FILE` to write; its extension chooses the format"},
			&cli.StringFlag{Name: "x", Usage: "`COLUMN` of the x axis (rank, pareto)"},
			&cli.StringFlag{Name: "y", Usage: "`COLUMN` of the y axis (rank)"},
			&cli.IntFlag{Name: "best", DefaultText: "3", Usage: "how many: `N` models at each end (models, curves)"},
			&cli.BoolFlag{Name: "band", Usage: "with the simultaneous 95 % band (edf)"},
			&cli.StringFlag{Name: "title", Usage: "`TEXT` above the figure"},
			&cli.Float64Flag{Name: "width", DefaultText: "85, or 174 for a grid", Usage: "`MM` of the figure"},
			&cli.Float64Flag{Name: "height", DefaultText: "what the figure needs", Usage: "`MM` of the figure"},
			&cli.IntFlag{Name: "dpi", DefaultText: "300", Usage: "`DOTS` an inch of a PNG"},
		),
		Action: promptly(plot),
	}
}

func plot(c *cli.Context) error {
	if c.Bool("list") {
		for _, k := range plots.List() {
			fmt.Fprintf(c.App.Writer, "%-11s %s\n", k.Name, k.Description)
		}
		return nil
	}
	if c.NArg() < 2 {
		return usagef("plot: it needs a kind and a run directory or CSV file: see --help")
	}
	out := c.String("out")
	if out == "" {
		return usagef("plot: no --out FILE given: name an svg, png or pdf file")
	}
	if _, err := plots.Format(out); err != nil {
		return usageError{err}
	}
	kind := c.Args().First()
	if err := figures.Check(kind); err != nil {
		return usageError{err}
	}
	page := plots.Page{Title: c.String("title"), Width: c.Float64("width"), Height: c.Float64("height"), DPI: c.Int("dpi")}
	if err := page.Check(); err != nil {
		return usageError{err}
	}
	if c.IsSet("best") && c.Int("best") < 1 {
		return usagef("--best %d: give 1 or more", c.Int("best"))
	}
	s, err := loadStudy(c, c.Args().Tail(), kind == "funnel")
	if err != nil {
		return err
	}
	f, err := figures.Draw(kind, s, figures.Options{
		Page: page, X: c.String("x"), Y: c.String("y"), Best: c.Int("best"), Band: c.Bool("band"),
	})
	if err != nil {
		return err
	}
	if err := f.Save(out); err != nil {
		return err
	}
	notes := append(f.Notes(), s.Warnings...)
	if thinned := figures.Thinned(s); thinned != "" {
		notes = append(notes, thinned)
	}
	for _, note := range notes {
		fmt.Fprintln(c.App.ErrWriter, "note:", note)
	}
	return nil
}

package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"designspace/edf"
	"designspace/internal/atomicfile"
	"designspace/internal/study/analysis"
	"designspace/internal/study/figures"
	"designspace/plots"
)

func plotCommand() *cli.Command {
	var kinds strings.Builder
	takes := map[string][]string{}
	for _, k := range figures.List() {
		fmt.Fprintf(&kinds, "  %-11s %s\n", k.Name, k.Shows)
		for _, option := range k.Takes {
			takes[option] = append(takes[option], k.Name)
		}
	}
	usage := func(text, option string) string { return text + " (" + strings.Join(takes[option], ", ") + ")" }
	return &cli.Command{
		Name:      "plot",
		Usage:     "draw a figure as SVG, PNG or PDF",
		UsageText: "designspace plot KIND RUN|CSV ... --out FILE.svg|png|pdf [flags]",
		Description: `Reads the same files as analyze. Of several populations, a kind that shows one
writes a file for each, named after it. More than 3000 models of a population
are drawn as density. The kinds of figures are

` + kinds.String() + `
Example:
  designspace plot edf runs/first --out edf.svg
  designspace plot params runs/first --where space=proxy/regnetx --out params.pdf`,
		Flags: append(studyFlags(),
			&cli.BoolFlag{Name: "list", Usage: "print only the kinds"},
			&cli.StringFlag{Name: "out", Usage: "write `FILE`; its extension chooses the format"},
			forceFlag(),
			&cli.StringFlag{Name: "x", Usage: usage("`COLUMN` on the x axis", "x")},
			&cli.StringFlag{Name: "y", Usage: usage("`COLUMN` on the y axis", "y")},
			&cli.IntFlag{Name: "best", DefaultText: "3", Usage: usage("show the `N` best and worst models", "best"), Action: positive("best")},
			&cli.BoolFlag{Name: "band", Usage: usage("draw the simultaneous 95 % band", "band")},
			&cli.StringFlag{Name: "title", Usage: "title `TEXT` above the figure"},
			&cli.Float64Flag{Name: "width", DefaultText: "85, or 174 for a grid", Usage: "width in `MM`", Action: above0("width")},
			&cli.Float64Flag{Name: "height", DefaultText: "what the figure needs", Usage: "height in `MM`", Action: above0("height")},
			&cli.IntFlag{Name: "dpi", DefaultText: "300", Usage: "resolution `DPI` of a PNG, in dots per inch", Action: positive("dpi")},
		),
		Action: plot,
	}
}

func plot(c *cli.Context) error {
	if c.Bool("list") {
		for _, k := range figures.List() {
			fmt.Fprintf(c.App.Writer, "%-11s %s\n", k.Name, k.Shows)
		}
		return nil
	}
	if c.NArg() < 2 {
		return usagef("plot: give a kind and a run directory or CSV file: see --help")
	}
	kind, err := kindArgument(c.Args())
	if err != nil {
		return err
	}
	out := c.String("out")
	if out == "" {
		return usagef("plot: --out is missing: write --out FILE.svg, .png or .pdf")
	}
	if err := checkOut(out, ".svg", ".png", ".pdf"); err != nil {
		return err
	}
	if c.IsSet("dpi") && !strings.EqualFold(filepath.Ext(out), ".png") {
		return usagef("--dpi: goes only with --out FILE.png")
	}
	for _, option := range []string{"x", "y", "best", "band"} {
		if c.IsSet(option) && !slices.Contains(kind.Takes, option) {
			return usagef("%s: plot %s has no use for it: see --help", dashed(option), kind.Name)
		}
	}
	page := plots.Page{Title: c.String("title"), Width: c.Float64("width"), Height: c.Float64("height"), DPI: c.Int("dpi")}
	if err := page.Check(); err != nil {
		return usagef("--%s", strings.TrimPrefix(err.Error(), "plots: "))
	}
	s, err := loadStudy(c, c.Args().Tail(), kind.Untrained)
	if err != nil {
		return err
	}
	o := figures.Options{Page: page, X: c.String("x"), Y: c.String("y"), Best: c.Int("best"), Band: c.Bool("band")}
	if kind.Single && len(s.Populations) > 1 && out != "-" && !atomicfile.Streams(out) {
		return plotEach(c, kind, s, o, out)
	}
	if err := plotOne(c, kind, s, o, out, s.Populations...); err != nil {
		return err
	}
	return notes(c, s.Warnings)
}

// kindArgument returns the kind of figure, which is the first argument. Of one
// that stands elsewhere it says so.
func kindArgument(args cli.Args) (figures.Kind, error) {
	kind, err := figures.Find(args.First())
	if err == nil {
		return kind, nil
	}
	for _, arg := range args.Tail() {
		if _, e := figures.Find(arg); e == nil {
			return kind, usagef("plot %s: the kind comes first: plot %s %s", args.First(), arg, args.First())
		}
	}
	return kind, badUse(err)
}

// plotEach draws a kind that shows one population for each that has something to
// show, into files named after them.
func plotEach(c *cli.Context, kind figures.Kind, s *analysis.Study, o figures.Options, out string) error {
	ext := filepath.Ext(out)
	names := figures.FileNames(s.Populations)
	any := slices.ContainsFunc(s.Populations, func(p edf.Population) bool { return kind.Has(s, p) })
	for i, p := range s.Populations {
		if any && !kind.Has(s, p) {
			fmt.Fprintf(c.App.ErrWriter, "note: %s has nothing that %s shows\n", p.Name, kind.Name)
			continue
		}
		if err := plotOne(c, kind, s, o, strings.TrimSuffix(out, ext)+"-"+names[i]+ext, p); err != nil {
			return err
		}
	}
	return notes(c, s.Warnings)
}

// plotOne draws one figure.
func plotOne(c *cli.Context, kind figures.Kind, s *analysis.Study, o figures.Options, out string, ps ...edf.Population) error {
	f, err := kind.Draw(s, o, ps...)
	if err != nil {
		return err
	}
	format, err := plots.Format(out)
	if err != nil {
		format = "svg" // to a device or pipe
	}
	if err := writeOut(c, out, func(w io.Writer) error { return f.Write(w, format) }); err != nil {
		return err
	}
	fmt.Fprintln(c.App.ErrWriter, "wrote", out)
	return notes(c, f.Notes())
}

// notes prints what to mind.
func notes(c *cli.Context, texts []string) error {
	for _, text := range texts {
		if _, err := fmt.Fprintln(c.App.ErrWriter, "note:", text); err != nil {
			return err
		}
	}
	return nil
}

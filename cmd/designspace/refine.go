package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"designspace/edf"
	"designspace/internal/run/rundir"
	"designspace/internal/study/refine"
	"designspace/plots"
	"designspace/space"
)

func refineCommand() *cli.Command {
	return &cli.Command{
		Name:      "refine",
		Usage:     "restrict a space to the ranges of its best models",
		UsageText: "designspace refine RUN|SPACE [flags] [--out FILE.yaml]",
		Description: `Writes a child space, a YAML file that extends its parent. For a run, the child is
what the empirical bootstrap suggests: for each parameter the values of the best
models, that is the middle 95 % of the bootstrap's mass, and of listed values
those with enough mass. --range, --share, --width and --depth restrict by hand
instead, or as well with --suggest. For a run it also shows the errors of the
models that fall inside the child, and, cross-fitted, what ranges chosen by half
of the models do for the other half.

Ranges apply to parameters as they are drawn (d, w, b and g for all stages, w4 for
one) or to whole models (depth, flops, params, acts).

Without --out, the YAML goes to standard output and everything else to standard
error.

Example:
  designspace refine runs/first --space proxy/anynetxa --share b --range depth=8:20 --out mine.yaml`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Usage: "write the child to `FILE`", DefaultText: "standard output"},
			forceFlag(),
			&cli.StringFlag{Name: "name", DefaultText: "from the file", Usage: "`NAME` of the child"},
			&cli.StringFlag{Name: "space", Usage: "refine the space `NAME` of a run that has several"},
			&cli.StringFlag{Name: "where", Usage: "keep models that satisfy the `CONDITIONS`, such as 'budget=1M:3M'"},
			&cli.StringSliceFlag{Name: "range", Usage: "keep `NAME=LO:HI`, or values such as b=1,2; repeat for several"},
			&cli.StringSliceFlag{Name: "share", Usage: "share one value of `NAME` among all stages; repeat for several"},
			&cli.StringFlag{Name: "width", Usage: "`ORDER` of stage widths: nondecreasing, constant or nonincreasing"},
			&cli.StringFlag{Name: "depth", Usage: "`ORDER` of stage depths, likewise"},
			&cli.BoolFlag{Name: "suggest", DefaultText: "unless restricted by hand", Usage: "restrict as the bootstrap suggests"},
			&cli.StringSliceFlag{Name: "only", Usage: "let the bootstrap restrict only parameter `NAME`; repeat for several"},
			&cli.Float64Flag{Name: "keep", Value: refine.DefaultKeep, Usage: "keep listed values with at least `SHARE` of the mass"},
			&cli.BoolFlag{Name: "no-plot", Usage: "do not draw the error distributions"},
			formatFlag(),
		},
		Action: refineAction,
	}
}

func refineAction(c *cli.Context) error {
	json, err := asJSON(c)
	if err != nil {
		return err
	}
	source, err := only(c, "run directory or space")
	if err != nil {
		return err
	}
	o, err := refineOptions(c)
	if err != nil {
		return err
	}
	if out := c.String("out"); out != "" {
		if err := checkOut(out, ".yaml", ".yml"); err != nil {
			return err
		}
	}
	o.Source = source
	var r *refine.Refinement
	var parent refine.Parent
	if info, missing := os.Stat(source); missing == nil && info.IsDir() {
		r, parent, err = refineRun(c, o)
	} else {
		r, parent, err = refineSpace(c, o)
	}
	if err != nil {
		return err
	}
	if out := c.String("out"); out != "" {
		err := r.Save(out, parent, func(path string, text []byte) error {
			err := writeText(c, path, text)
			if err == nil {
				fmt.Fprintln(c.App.ErrWriter, "wrote", path)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	if json {
		return printJSON(c.App.Writer, r)
	}
	return printRefinement(c, r)
}

// refineOptions reads the flags.
func refineOptions(c *cli.Context) (refine.Options, error) {
	o := refine.Options{
		Name: c.String("name"), Suggest: c.Bool("suggest"), Keep: c.Float64("keep"), Only: c.StringSlice("only"),
		Share: c.StringSlice("share"), Depth: space.Order(c.String("depth")), Width: space.Order(c.String("width")),
	}
	for _, text := range c.StringSlice("range") {
		r, err := refine.ParseRange(text)
		if err != nil {
			return o, badFlag(err)
		}
		o.Ranges = append(o.Ranges, r)
	}
	if err := cmp.Or(checkWhere(c), badUse(o.Check())); err != nil {
		return o, err
	}
	if o.Ranges == nil && o.Share == nil && o.Depth == "" && o.Width == "" {
		o.Suggest = true
	}
	if o.Name == "" && c.IsSet("out") {
		o.Name = strings.TrimSuffix(filepath.Base(c.String("out")), ".yaml")
	}
	return o, nil
}

// refineRun refines the space of a trained population.
func refineRun(c *cli.Context, o refine.Options) (*refine.Refinement, refine.Parent, error) {
	p, err := refine.Load(rundir.Dir(o.Source), refine.Choice{Space: c.String("space"), Where: c.String("where")})
	if err != nil {
		return nil, refine.Parent{}, err
	}
	parent, err := p.ParentOf(c.String("out"))
	if err != nil {
		return nil, parent, err
	}
	r, err := refineFrom(p.Space, p, o, parent)
	return r, parent, err
}

// refineSpace refines a space of which nothing is known.
func refineSpace(c *cli.Context, o refine.Options) (*refine.Refinement, refine.Parent, error) {
	s, err := space.Load(o.Source)
	if err != nil {
		return nil, refine.Parent{}, err
	}
	if o.Suggest || c.IsSet("space") || c.IsSet("where") {
		return nil, refine.Parent{}, usagef("refine: %s is a space and has no errors: name a run directory, or restrict it by --range, --share, --width and --depth alone", o.Source)
	}
	parent, err := refine.ParentFile(o.Source, c.String("out"))
	if err != nil {
		return nil, parent, err
	}
	r, err := refineFrom(s, nil, o, parent)
	return r, parent, err
}

func refineFrom(s *space.Space, p *refine.Population, o refine.Options, parent refine.Parent) (*refine.Refinement, error) {
	o.Extends = parent.Extends
	if o.Name == "" {
		o.Name = s.Name + "-refined"
	}
	return refine.Refine(s, p, o)
}

func printRefinement(c *cli.Context, r *refine.Refinement) error {
	w := c.App.Writer
	if c.String("out") == "" { // the YAML alone, so that it can go into a file
		if _, err := dataOut(c).Write(r.Text.Marshal()); err != nil {
			return err
		}
		w = c.App.ErrWriter
	}
	if r.Suggestion != nil {
		if err := r.Suggestion.WriteText(w); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	if r.Preview != nil {
		if err := printPreview(w, r.Preview, !c.Bool("no-plot")); err != nil {
			return err
		}
	}
	if err := r.WriteSizes(w); err != nil {
		return err
	}
	for i, warning := range r.Warnings {
		if i == 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintln(w, "note:", warning)
	}
	return nil
}

// printPreview draws the distributions of all models and of those inside the
// child, and compares them.
func printPreview(w io.Writer, v *refine.Preview, draw bool) error {
	if draw {
		text, err := plots.Terminal([]edf.Population{v.Parent, v.Inside}, terminalOptions(w))
		if err != nil {
			return err
		}
		fmt.Fprintln(w, text)
	}
	if err := v.WriteText(w); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}

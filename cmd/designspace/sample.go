package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"designspace/internal/format"
	"designspace/internal/run/pipeline"
	"designspace/internal/run/rundir"
	"designspace/space"
)

// drawFlags say which populations are drawn.
func drawFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "space", Usage: "`NAME` of the catalog, or a file; may be repeated"},
		&cli.IntFlag{Name: "n", DefaultText: "required", Usage: "`MODELS` of each space and budget"},
		&cli.StringSliceFlag{Name: "flops", Usage: "budget `LO:HI`, as in 1M:3M; may be repeated for several budgets"},
		&cli.StringFlag{Name: "params", Usage: "window `LO:HI` on the parameters"},
		&cli.StringFlag{Name: "acts", Usage: "window `LO:HI` on the activations"},
		&cli.IntFlag{Name: "input", DefaultText: "of the data or the space", Usage: "image size in `PIXELS`"},
		&cli.IntFlag{Name: "classes", DefaultText: "of the data or the space", Usage: "`NUMBER` of classes"},
		&cli.Uint64Flag{Name: "seed", Value: 1, Usage: "`SEED` of the draw and of the training"},
	}
}

// drawOf reads the flags of drawFlags, and --data.
func drawOf(c *cli.Context) (pipeline.Draw, error) {
	d := pipeline.Draw{
		Spaces: c.StringSlice("space"), N: c.Int("n"), Seed: c.Uint64("seed"), Data: c.String("data"),
		Root: os.Getenv(dataVariable), Input: c.Int("input"), Classes: c.Int("classes"), Version: version(),
	}
	for _, text := range c.StringSlice("flops") {
		l, err := space.ParseLimit("flops", text)
		if err != nil {
			return d, usageError{fmt.Errorf("--%w", err)}
		}
		if slices.ContainsFunc(d.Budgets, l.Range.Equal) {
			return d, usagef("--flops %s: given twice, which would draw the same models again: name it once", text)
		}
		d.Budgets = append(d.Budgets, l.Range)
	}
	for _, name := range []string{"params", "acts"} {
		if !c.IsSet(name) {
			continue
		}
		l, err := space.ParseLimit(name, c.String(name))
		if err != nil {
			return d, usageError{fmt.Errorf("--%w", err)}
		}
		d.Windows = append(d.Windows, l)
	}
	for _, name := range []string{"n", "input", "classes"} { // 0 would mean that the flag is not given
		if c.IsSet(name) && c.Int(name) < 1 {
			return d, usagef("%s %d: at least 1 needed", dashed(name), c.Int(name))
		}
	}
	return d, nil
}

// drawPopulation draws what the flags say, and prints what to mind.
func drawPopulation(c *cli.Context, d pipeline.Draw) (*pipeline.Population, error) {
	p, err := pipeline.Sample(c.Context, d)
	if err != nil {
		return nil, err
	}
	for _, note := range p.Notes {
		fmt.Fprintln(c.App.ErrWriter, "note:", note)
	}
	return p, nil
}

func sampleCommand() *cli.Command {
	return &cli.Command{
		Name:      "sample",
		Usage:     "draw a population of models from design spaces",
		UsageText: "designspace sample --space NAME|FILE [--space ...] -n N [--flops LO:HI ...] [flags] --out RUN",
		Description: `Draws N models of each space for each budget, none twice, and starts a run
directory with them; without --out it prints them as CSV. The same seed draws
the same models. With --extend a run gets more models; those that it has, and
what came of them, stay as they are.

Example:
  designspace sample --extend -n 200 --out runs/a
  designspace sample --space proxy/anynetxa --space proxy/regnetx -n 100 --flops 1M:3M --out runs/a`,
		Flags: append(drawFlags(),
			&cli.BoolFlag{Name: "extend", Usage: "draw more models into a run, so that each of its populations has N"},
			&cli.StringFlag{Name: "data", Usage: "data set `SPEC` whose image size and classes the models take"},
			&cli.StringFlag{Name: "out", Usage: "run `DIRECTORY` to start"},
		),
		Action: sample,
	}
}

func sample(c *cli.Context) error {
	if err := none(c); err != nil {
		return err
	}
	if c.Bool("extend") {
		return extend(c)
	}
	for _, name := range []string{"space", "n"} {
		if !c.IsSet(name) {
			return usagef("sample: no %s given: see --help", dashed(name))
		}
	}
	d, err := drawOf(c)
	if err != nil {
		return err
	}
	p, err := drawPopulation(c, d)
	if err != nil {
		return err
	}
	if !c.IsSet("out") {
		return rundir.WriteModels(c.App.Writer, p.Entries)
	}
	dir := rundir.Dir(c.String("out"))
	if err := p.Start(dir); err != nil {
		return err
	}
	var rows [][]string
	for _, s := range p.Steps {
		rows = append(rows, []string{strings.TrimSpace(s.Space + " " + s.Budget), s.Name, strconv.Itoa(s.Count)})
	}
	if err := format.Table(c.App.ErrWriter, []string{"population", "passed", "candidates"}, rows); err != nil {
		return err
	}
	fmt.Fprintf(c.App.ErrWriter, "%d models in %s; train them with: designspace train %s\n", len(p.Entries), dir.Models(), dir)
	return nil
}

// extend draws more models into a run.
func extend(c *cli.Context) error {
	for _, name := range []string{"n", "out"} {
		if !c.IsSet(name) {
			return usagef("sample --extend: no %s given: see --help", dashed(name))
		}
	}
	for _, f := range append(drawFlags(), &cli.StringFlag{Name: "data"}) {
		if name := f.Names()[0]; name != "n" && c.IsSet(name) {
			return usagef("sample --extend: --%s: the run has that already", name)
		}
	}
	dir := rundir.Dir(c.String("out"))
	added, err := pipeline.Extend(c.Context, dir, c.Int("n"))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.App.ErrWriter, "%d models more in %s; train them with: designspace train %s\n", added, dir.Models(), dir)
	return err
}

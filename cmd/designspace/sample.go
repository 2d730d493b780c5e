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
	"designspace/internal/run/predict"
	"designspace/internal/run/rundir"
	"designspace/space"
)

// drawFlags say which populations are drawn.
func drawFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "space", Usage: "space `NAME` of the catalog, such as proxy/regnetx, or a YAML file; repeat for several"},
		&cli.IntFlag{Name: "n", DefaultText: "none", Usage: "draw `N` models of each space and budget", Action: positive("n")},
		&cli.StringSliceFlag{Name: "flops", Usage: "budget `LO:HI` of multiply-adds, such as 1M:3M; repeat for several"},
		&cli.StringFlag{Name: "params", Usage: "range `LO:HI` of trained parameters"},
		&cli.StringFlag{Name: "acts", Usage: "range `LO:HI` of activations"},
		&cli.IntFlag{Name: "input", DefaultText: "from the data or the space", Usage: "image size in `PIXELS`", Action: positive("input")},
		&cli.IntFlag{Name: "classes", DefaultText: "from the data or the space", Usage: "number `N` of classes", Action: atLeast(2, "classes")},
		&cli.IntFlag{Name: "candidates", DefaultText: "10 a model, at least 1000", Usage: "predict the errors of `N` models of each space and budget before training; 0 for none"},
		&cli.StringFlag{Name: "predictor", Value: predict.Builtin, Usage: "predict by `FILE` that predict fit made"},
		&cli.BoolFlag{Name: "tilt", Usage: "draw more models of low predicted errors, with weights that make up for it: for statements about the best"},
		&cli.StringFlag{Name: "vary", Usage: "train every architecture with each value of a `SETTING` of model or recipe, such as activation=relu,silu"},
		&cli.Uint64Flag{Name: "seed", Value: 1, Usage: "random `SEED` of sampling and training"},
	}
}

// drawOf reads the flags of drawFlags, and --data.
func drawOf(c *cli.Context) (pipeline.Draw, error) {
	d := pipeline.Draw{
		Vary: c.String("vary"), Tilt: c.Bool("tilt"),
		Spaces: c.StringSlice("space"), N: c.Int("n"), Seed: c.Uint64("seed"), Data: c.String("data"),
		Root: os.Getenv(dataVariable), Input: c.Int("input"), Classes: c.Int("classes"), Version: version(),
		Forecast: pipeline.Forecast{Predictor: c.String("predictor"), Candidates: pipeline.DefaultCandidates(c.Int("n"))},
	}
	if c.IsSet("candidates") {
		d.Forecast.Candidates = c.Int("candidates")
	}
	if n := d.Forecast.Candidates; n < 0 || n > 0 && n < d.N {
		return d, usagef("--candidates %d: give at least the number of models, %d, or 0 for none", n, d.N)
	}
	if err := checkData(c); err != nil {
		return d, err
	}
	if c.IsSet("vary") {
		if _, err := space.ParseVaried(d.Vary); err != nil {
			return d, badFlag(err)
		}
	}
	for _, name := range d.Spaces {
		if first, rest, list := strings.Cut(name, ","); list {
			if _, err := os.Stat(name); err == nil {
				continue
			}
			return d, usagef("--space %s: give each its own flag: --space %s --space %s", name, first, rest)
		}
	}
	for _, text := range c.StringSlice("flops") {
		if first, rest, list := strings.Cut(text, ","); list {
			return d, usagef("--flops %s: give each its own flag: --flops %s --flops %s", text, first, rest)
		}
		l, err := space.ParseLimit("flops", text)
		if err != nil {
			return d, badFlag(err)
		}
		if l.Range.Empty() {
			return d, usagef("--flops %s: the low end is above the high end", text)
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
			return d, badFlag(err)
		}
		if l.Range.Empty() {
			return d, usagef("--%s %s: the low end is above the high end", name, c.String(name))
		}
		d.Windows = append(d.Windows, l)
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
		Usage:     "sample populations of models from design spaces",
		UsageText: "designspace sample --space NAME|FILE ... -n N [--flops LO:HI ...] --out RUN [flags]\n       designspace sample --extend -n N --out RUN",
		Description: `Draws N different models of each space for each budget and starts a run
directory with them; without --out, prints them as CSV. The same seed draws the
same models. With --extend, adds models to a run until each population has N;
existing models and their outcomes do not change.

--vary makes a model of every architecture for each value of a setting, such as
activation, se_ratio, block, input, lr, weight_decay, epochs or train_images. The conditions are
then compared pair by pair, which needs far fewer models.

--tilt is for statements about the best models: of 100, 32 are drawn from the fifth
of the candidates with the lowest predicted errors, and 13 from that with the
highest. Each stands for as many candidates as its column weight says, and so do
all estimates. Tests of ranks, and --until decided, are for even draws only.

Example:
  designspace sample --space proxy/anynetxa --space proxy/regnetx -n 100 --flops 1M:3M --out runs/a
  designspace sample --extend -n 200 --out runs/a`,
		Flags: append(drawFlags(), excelFlag(),
			&cli.BoolFlag{Name: "extend", Usage: "add models to a run until each population has N"},
			&cli.StringFlag{Name: "data", Usage: "take image size and classes from the data set `DATA`"},
			&cli.StringFlag{Name: "out", Usage: "run directory `DIR` to start or extend"},
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
	if err := needs(c, "space", "n"); err != nil {
		return err
	}
	if c.Bool("excel") && c.IsSet("out") {
		return usagef("sample: --excel: goes only without --out: a run is for programs")
	}
	for _, name := range []string{"candidates", "predictor"} {
		if c.IsSet(name) && !c.IsSet("out") {
			return usagef("sample: --%s: goes only with --out", name)
		}
	}
	d, err := drawOf(c)
	if err != nil {
		return err
	}
	if !c.IsSet("out") && !d.Tilt {
		d.Forecast.Candidates = 0
	}
	p, err := drawPopulation(c, d)
	if err != nil {
		return err
	}
	if !c.IsSet("out") {
		return rundir.WriteModels(csvTo(c, dataOut(c)), p.Entries)
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
	fmt.Fprintf(c.App.ErrWriter, "%s in %s; train them with: designspace train %s\n", format.Count(len(p.Entries), "model"), dir.Models(), dir.Word())
	return nil
}

// extend draws more models into a run.
func extend(c *cli.Context) error {
	if err := needs(c, "n", "out"); err != nil {
		return err
	}
	for _, f := range append(drawFlags(), &cli.StringFlag{Name: "data"}) {
		if name := f.Names()[0]; name != "n" && c.IsSet(name) {
			return usagef("sample --extend: --%s: already fixed by the run", name)
		}
	}
	dir := rundir.Dir(c.String("out"))
	added, err := pipeline.Extend(c.Context, dir, c.Int("n"))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.App.ErrWriter, "%s added to %s; train them with: designspace train %s\n", format.Count(added, "model"), dir.Models(), dir.Word())
	return err
}

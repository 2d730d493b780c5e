package main

import (
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"designspace/edf"
	"designspace/internal/format"
	"designspace/internal/run/pipeline"
	"designspace/internal/run/rundir"
	"designspace/internal/study/analysis"
	"designspace/internal/study/figures"
	"designspace/internal/study/report"
	"designspace/trainer"
)

func runCommand() *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "sample, train, analyze and report in one command",
		UsageText: "designspace run [flags]",
		Description: `Without flags, compares AnyNetXA with RegNetX on built-in images, in runs/first;
this takes 5 seconds to 3 minutes on two cores. Does the work of sample, train,
analyze, plot and report. Called again for the same --out, it resumes; what is not
given then is as the run has it, and anything else is an error. With --until
decided it trains only as many models as the comparison needs, see train.

Example:
  designspace run --until decided --out runs/decided
  designspace run --space proxy/anynetxa --space proxy/regnetx -n 50 --flops 1M:3M --out runs/b`,
		Flags: append(append(drawFlags(), trainFlags()...),
			&cli.StringFlag{Name: "out", Value: "runs/first", Usage: "run directory `DIR`"},
			formatFlag(),
		),
		Action: runAction,
	}
}

func runAction(c *cli.Context) error {
	json, err := asJSON(c)
	if err != nil {
		return err
	}
	if err := none(c); err != nil {
		return err
	}
	draw, err := drawOf(c)
	if err != nil {
		return err
	}
	training, err := trainingOf(c)
	if err != nil {
		return err
	}
	dir := rundir.Dir(c.String("out"))
	p, err := population(c, dir, draw, &training)
	if err != nil {
		return err
	}
	if !dir.Exists() { // nothing is begun that cannot be trained
		if err := checkRecipe(training); err != nil {
			return err
		}
	}
	if err := p.Start(dir); err != nil {
		return err
	}
	fmt.Fprintf(c.App.ErrWriter, "%s in %s\n", format.Count(len(p.Entries), "model"), dir.Models())
	if err := resumable(c, pipeline.Train(c.Context, dir, training), dir); err != nil {
		return err
	}
	if err := failures(training.Log, dir); err != nil {
		return err
	}
	return resumable(c, unlessDone(c.Context, 0, func() error { return conclude(c, dir, json) }), dir)
}

// checkRecipe reports a recipe by which a new run cannot be trained.
func checkRecipe(t pipeline.Training) error {
	proxy, err := trainer.Preset("proxy")
	if err == nil {
		_, err = t.Recipe(proxy)
	}
	return err
}

// population is that of the run in dir, if there is one, and else drawn anew. Who
// names no space gets the first run, with its training.
func population(c *cli.Context, dir rundir.Dir, d pipeline.Draw, t *pipeline.Training) (*pipeline.Population, error) {
	if !dir.Exists() {
		if t.Until != nil && !c.IsSet("n") {
			d.N = t.Until.Max
		}
		if !c.IsSet("space") {
			d, *t = pipeline.First(d, *t)
		} else if d.N == 0 {
			return nil, needs(c, "n")
		}
		return drawPopulation(c, d)
	}
	if !c.IsSet("space") {
		first, err := pipeline.IsFirst(dir, d)
		if err != nil {
			return nil, err
		}
		if first {
			_, *t = pipeline.First(d, *t)
		}
	}
	return d.Resume(c.Context, dir, c.IsSet("seed"))
}

// conclude analyses a trained run, draws its figures and writes its report.
func conclude(c *cli.Context, dir rundir.Dir, json bool) error {
	s, err := analysis.Load([]string{string(dir)}, analysis.Options{})
	if err != nil {
		return err
	}
	r, err := s.Analyze(edf.Options{})
	if err != nil {
		return err
	}
	if err := figures.SaveAll(dir.Figures(), s); err != nil {
		return err
	}
	runs, err := report.Runs(s)
	if err != nil {
		return err
	}
	if err := report.Save(dir.Report(), s, r, report.Options{Runs: runs, Version: version(), Command: fmt.Sprint(c.App.Metadata[commandLine]), Date: time.Now()}); err != nil {
		return err
	}
	if json {
		err = printJSON(c.App.Writer, r)
	} else {
		err = printAnalysis(c.App.Writer, s, r, printOptions{plot: true, explain: true})
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(c.App.ErrWriter, "results are in %s, figures in %s; open %s\n", dir.Results(), dir.Figures(), dir.Report())
	return nil
}

package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"designspace/edf"
	"designspace/internal/run/pipeline"
	"designspace/internal/run/rundir"
	"designspace/internal/study/analysis"
	"designspace/internal/study/figures"
	"designspace/internal/study/report"
)

func runCommand() *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "sample, train, analyze and report in one command",
		UsageText: "designspace run [flags]",
		Description: `Without flags, compares AnyNetXA with RegNetX on built-in images, in runs/first;
this takes 15 seconds to 3 minutes on two cores. Does the work of sample, train,
analyze, plot and report. Called again after an interruption, it resumes.

Example:
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
	if !c.IsSet("space") {
		draw, training = pipeline.First(draw, training)
	}
	dir := rundir.Dir(c.String("out"))
	p, err := drawPopulation(c, draw)
	if err != nil {
		return err
	}
	if err := p.Start(dir); err != nil {
		return err
	}
	fmt.Fprintf(c.App.ErrWriter, "%d models in %s\n", len(p.Entries), dir.Models())
	if err := resumable(c, pipeline.Train(c.Context, dir, training), dir); err != nil {
		return err
	}
	return conclude(c, dir, json)
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
	if err := report.Save(dir.Report(), s, r, report.Options{Runs: runs, Version: version()}); err != nil {
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

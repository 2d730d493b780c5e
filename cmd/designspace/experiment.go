package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"designspace/experiments"
	"designspace/internal/format"
	"designspace/internal/suggest"
	"designspace/trainer/engine/kernel"
)

func experimentCommand() *cli.Command {
	return &cli.Command{
		Name:  "experiment",
		Usage: "list, show, run and report experiments that test the papers' claims",
		Description: `An experiment states in advance a claim of a paper, the populations to compare,
the statistic, and what would confirm or refute the claim. A regime fixes data,
recipe and budget for all experiments: quick only tries a definition out, cifar
gives verdicts.

Example:
  designspace experiment list`,
		Action: groupAction,
		Subcommands: []*cli.Command{
			{
				Name: "list", Usage: "list the experiments and their verdicts",
				UsageText: "designspace experiment list [--format json]",
				Description: `Shows the verdicts of the results built into the program. Experiments that have
not been run have none.

Example:
  designspace experiment list --format json`,
				Flags:  []cli.Flag{formatFlag()},
				Action: experimentList,
			},
			{
				Name: "show", Usage: "show the claim of an experiment and how it is judged",
				UsageText: "designspace experiment show NAME [flags]",
				Description: `Example:
  designspace experiment show sharing --regime cifar`,
				Flags:  []cli.Flag{regimeFlag("cifar"), formatFlag()},
				Action: experimentShow,
			},
			{
				Name: "run", Usage: "run and judge experiments",
				UsageText: "designspace experiment run NAME ...|--all [flags]",
				Description: `Samples and trains the populations, each in its own run directory, and judges
the claim. Most train models only until the claim is decided. Experiments share
populations. The same command resumes after an interruption. --reuse takes outcomes from other run directories, if they trained
the same models in the same way.

Example:
  designspace experiment run sharing
  designspace experiment run --all --ready`,
				Flags: []cli.Flag{
					&cli.BoolFlag{Name: "all", Usage: "run all experiments"},
					regimeFlag("quick"),
					&cli.StringFlag{Name: "data", DefaultText: "from the regime", Usage: "data set `DATA` of the regime as NAME:DIR, to give its directory"},
					&cli.StringFlag{Name: "out", DefaultText: "runs/experiments/REGIME", Usage: "keep the run directories in `DIR`"},
					&cli.StringSliceFlag{Name: "reuse", Usage: "reuse outcomes of the run `DIR`, or of all runs in it; repeat for several"},
					&cli.BoolFlag{Name: "ready", Usage: "train nothing, and judge only experiments whose models are all trained"},
					&cli.StringFlag{Name: "record", Usage: "write results and verdicts to `DIR`, such as experiments/results/cifar/DATE"},
					&cli.IntFlag{Name: "workers", DefaultText: "one per processor", Usage: "train `N` models at a time; the results are the same", Action: positive("workers")},
					formatFlag(),
				},
				Action: experimentRun,
			},
			{
				Name: "report", Usage: "write a page of the committed results, or check them",
				UsageText: "designspace experiment report [flags]",
				Description: `Reads the results built into the program and trains nothing. The page is one HTML
file with the figure, effect, interval and verdict of each claim. --check judges
all results again and fails if the committed verdicts differ. --judge writes the
verdicts that the definitions as they are now give on the recorded tables, for the
day when a statistic changes; older verdicts stay where they are.

Example:
  designspace experiment report --out experiments.html
  designspace experiment report --check`,
				Flags: []cli.Flag{
					&cli.StringFlag{Name: "out", Value: "experiments.html", Usage: "write the page to `FILE`"},
					forceFlag(),
					&cli.StringFlag{Name: "markdown", Usage: "write a Markdown summary to `FILE` instead, with its figures in figures/ beside it"},
					&cli.BoolFlag{Name: "check", Usage: "write nothing; judge all results again and compare"},
					&cli.StringFlag{Name: "judge", Usage: "judge all recorded tables anew into `DIR`, such as experiments/results/cifar/DATE"},
				},
				Action: experimentReport,
			},
		},
	}
}

func regimeFlag(value string) cli.Flag {
	return &cli.StringFlag{Name: "regime", Value: value, Usage: "`REGIME`: " + suggest.Or(experiments.RegimeNames())}
}

func experimentList(c *cli.Context) error {
	json, err := asJSON(c)
	if err != nil {
		return err
	}
	if err := none(c); err != nil {
		return err
	}
	list, err := experiments.List()
	if err != nil {
		return err
	}
	if json {
		return printJSON(c.App.Writer, list)
	}
	var rows [][]string
	for _, e := range list {
		row := []string{e.Name, string(e.Paper), e.Figure, "", "not run", "", "", "", "", ""}
		if e.Verdict != nil {
			row = append(row[:3], strconv.Itoa(*e.N), string(*e.Verdict), experiments.P(e.P), experiments.P(e.Q),
				experiments.Effect(e.Effect, e.Lo, e.Hi, e.Unit), e.Unit, e.Measure)
		}
		rows = append(rows, row)
	}
	if err := format.Table(c.App.Writer, []string{"experiment", "paper", "figure", "n", "verdict", "p", "q", "effect [95 %]", "unit", "of"}, rows); err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.App.Writer, listFootnote)
	return err
}

const listFootnote = `
p is the p-value of the verdict, adjusted for the parts of the claim (Holm); q is p adjusted for all claims (Benjamini
and Hochberg). A property of the method holds or fails: it says nothing about design spaces. "-": no test or no number.`

// A plan is an experiment in a regime, for a program.
type plan struct {
	Name        string           `json:"name"`
	Kind        experiments.Kind `json:"kind,omitempty"`
	Paper       string           `json:"paper"`
	Figure      string           `json:"figure"`
	Claim       string           `json:"claim"`
	Hypothesis  string           `json:"hypothesis"`
	Confirms    string           `json:"confirms"`
	Refutes     string           `json:"refutes"`
	Statistic   string           `json:"statistic"`
	Vary        string           `json:"vary,omitempty"`  // setting in which populations of the same architectures differ
	Looks       []int            `json:"looks,omitempty"` // models of each population at them
	Margin      float64          `json:"margin,omitempty"`
	Regime      string           `json:"regime"`
	Populations []planPopulation `json:"populations"`

	arguments string // of the statistic, as YAML
	cannot    error  // be run in the regime; nil: it can
}

type planPopulation struct {
	Label string `json:"label"`
	Space string `json:"space"`
	Run   string `json:"run"` // directory
	N     int    `json:"n"`
	Flops string `json:"flops"`
}

func experimentShow(c *cli.Context) error {
	json, err := asJSON(c)
	if err != nil {
		return err
	}
	name, err := only(c, "experiment")
	if err != nil {
		return err
	}
	p, err := planOf(name, c.String("regime"))
	if err != nil {
		return err
	}
	if p.cannot != nil {
		fmt.Fprintf(c.App.ErrWriter, "it cannot be run so: %v\n", p.cannot)
	}
	if json {
		return printJSON(c.App.Writer, p)
	}
	return p.write(c.App.Writer)
}

func planOf(name, regime string) (plan, error) {
	d, err := experiments.Find(name)
	if err != nil {
		return plan{}, badUse(err)
	}
	r, err := experiments.FindRegime(regime)
	if err != nil {
		return plan{}, badFlag(err)
	}
	runs, err := r.Runs(d)
	if err != nil {
		return plan{}, err
	}
	p := plan{
		Name: d.Name, Kind: d.Kind, Paper: string(d.Paper), Figure: d.Figure, Claim: d.Claim, Hypothesis: d.Hypothesis,
		Confirms: d.Confirms, Refutes: d.Refutes, Statistic: d.Statistic.Name(), Regime: r.Name, arguments: d.Statistic.String(),
	}
	p.Vary, p.cannot = d.Vary, r.Check(d)
	if d.Until != nil {
		p.Looks, p.Margin = runs[0].Looks, d.Until.Margin
	}
	for i, run := range runs {
		p.Populations = append(p.Populations, planPopulation{
			Label: d.Populations[i].Label, Space: d.Populations[i].Space, Run: run.Name, N: run.N, Flops: run.Flops.String(),
		})
	}
	return p, nil
}

func (p plan) write(w io.Writer) error {
	fmt.Fprintf(w, "%s (%s, %s)\n\n", p.Name, p.Paper, experiments.FigureName(p.Figure))
	if p.Kind == experiments.Property {
		fmt.Fprintf(w, "%-11s %s\n", "kind", "property of the method: counted in no tally of claims")
	}
	for _, s := range []struct{ head, text string }{
		{"claim", p.Claim}, {"hypothesis", p.Hypothesis}, {"confirms", p.Confirms}, {"refutes", p.Refutes},
		{"statistic", strings.ReplaceAll(p.arguments, "\n", "\n            ")},
	} {
		fmt.Fprintf(w, "%-11s %s\n", s.head, s.text)
	}
	if p.Vary != "" {
		fmt.Fprintf(w, "%-11s %s: every architecture is trained in each population, and pairs are compared\n", "vary", p.Vary)
	}
	if p.Looks != nil {
		fmt.Fprintf(w, "%-11s decided, by looks at the first %s models of each population\n", "until", strings.Trim(fmt.Sprint(p.Looks), "[]"))
	}
	if p.Margin > 0 {
		fmt.Fprintf(w, "%-11s or until means are known to differ by less than ±%g points\n", "", p.Margin)
	}
	fmt.Fprintln(w)
	var rows [][]string
	for _, q := range p.Populations {
		rows = append(rows, []string{q.Label, q.Space, strconv.Itoa(q.N), q.Flops, q.Run})
	}
	return format.Table(w, []string{p.Regime, "space", "n", "flops", "run"}, rows)
}

func experimentRun(c *cli.Context) error {
	json, err := asJSON(c)
	if err != nil {
		return err
	}
	ds, err := namedExperiments(c)
	if err != nil {
		return err
	}
	runner, err := runnerOf(c)
	if err != nil {
		return err
	}
	if ds, err = feasible(c, runner.Regime, ds); err != nil {
		return err
	}
	if err := runner.CheckReuse(); err != nil {
		return badFlag(err)
	}
	all := []experiments.Judged{}
	var failures []error
	for _, d := range ds {
		j, err := conduct(c, runner, d)
		switch {
		case errors.Is(err, context.Canceled):
			return fmt.Errorf("%s: stopped; trained models are kept; resume with: %s", d.Name, c.App.Metadata[commandLine])
		case err != nil: // the others may work
			failures = append(failures, err)
		case j != nil:
			if !runner.Regime.Verdicts {
				j.Withhold()
			}
			all = append(all, *j)
		}
	}
	if record := c.String("record"); record != "" {
		if err := runner.Record(record); err != nil {
			return err
		}
		fmt.Fprintln(c.App.ErrWriter, "recorded in", record)
	}
	if json {
		err = printJSON(c.App.Writer, all)
	} else {
		err = writeJudged(c.App.Writer, all, runner.Regime)
	}
	return errors.Join(append(failures, err)...)
}

// runnerOf reads the flags of experiment run.
func runnerOf(c *cli.Context) (*experiments.Runner, error) {
	r, err := experiments.FindRegime(c.String("regime"))
	if err != nil {
		return nil, badFlag(err)
	}
	if c.IsSet("record") && !r.Verdicts {
		return nil, usagef("--record %s: it keeps verdicts, and regime %s gives none: choose another with --regime", c.String("record"), r.Name)
	}
	if err := checkData(c); err != nil {
		return nil, err
	}
	dir := c.String("out")
	if dir == "" {
		dir = filepath.Join("runs", "experiments", r.Name)
	}
	return &experiments.Runner{
		Regime: r, Dir: dir, Data: c.String("data"), Root: os.Getenv(dataVariable), Reuse: c.StringSlice("reuse"), Idle: c.Bool("ready"),
		Kernel: os.Getenv(kernel.Variable), Workers: c.Int("workers"), Version: version(), Log: c.App.ErrWriter,
	}, nil
}

// conduct runs and judges an experiment; it gives nil for one that is not ready.
func conduct(c *cli.Context, runner *experiments.Runner, d experiments.Definition) (*experiments.Judged, error) {
	samples, err := runner.Run(c.Context, d)
	if err != nil {
		return nil, err
	}
	if n := experiments.Pending(samples); n > 0 && runner.Idle {
		fmt.Fprintf(c.App.ErrWriter, "%s: not ready: still to train: %s\n", d.Name, format.Count(n, "model"))
		return nil, nil
	}
	var j experiments.Judged
	err = unlessDone(c.Context, 0, func() (err error) {
		j, err = d.Conclude(samples)
		return err
	})
	return &j, err
}

// namedExperiments returns the experiments that the arguments name.
func namedExperiments(c *cli.Context) ([]experiments.Definition, error) {
	if c.Bool("all") {
		if c.NArg() > 0 {
			return nil, usagef("experiment run: give either --all or names of experiments")
		}
		return experiments.All()
	}
	if c.NArg() == 0 {
		return nil, usagef("experiment run: no experiment given: give names or --all; designspace experiment list shows the names")
	}
	var ds []experiments.Definition
	for _, name := range c.Args().Slice() {
		d, err := experiments.Find(name)
		if err != nil {
			return nil, badUse(err)
		}
		ds = append(ds, d)
	}
	return ds, nil
}

// feasible returns the experiments that a regime can run: others are an error, or
// left out with a line if all are asked for.
func feasible(c *cli.Context, r experiments.Regime, ds []experiments.Definition) ([]experiments.Definition, error) {
	var can []experiments.Definition
	for _, d := range ds {
		switch err := r.Check(d); {
		case err == nil:
			can = append(can, d)
		case c.Bool("all"):
			fmt.Fprintf(c.App.ErrWriter, "left out: %v\n", err)
		default:
			return nil, badUse(err)
		}
	}
	return can, nil
}

func writeJudged(w io.Writer, all []experiments.Judged, r experiments.Regime) error {
	for i, j := range all {
		if i > 0 {
			fmt.Fprintln(w)
		}
		verdict := string(j.Verdict)
		if !r.Verdicts {
			verdict = "no verdict: regime " + r.Name + " only tries the definition out"
		}
		fmt.Fprintf(w, "%s: %s\nn = %d, %.2g core-hours\n", j.Name, verdict, j.N, j.CoreHours)
		if j.Needed > 0 {
			fmt.Fprintf(w, "%d models would decide the claim with a probability of 80 %%, if the effects are as they look\n", j.Needed)
		}
		var rows [][]string
		for _, f := range j.Findings {
			finding := cmp.Or(string(f.Verdict), "-")
			rows = append(rows, []string{f.Quantity, experiments.Effect(f.Effect, f.Lo, f.Hi, f.Unit), f.Unit, f.Criterion, finding, experiments.P(f.P), f.Remarks()})
		}
		if err := format.Table(w, []string{"quantity", "effect [95 %]", "unit", "claimed", "finding", "p", "note"}, rows); err != nil {
			return err
		}
	}
	return nil
}

func experimentReport(c *cli.Context) error {
	if err := none(c); err != nil {
		return err
	}
	var writes []string
	for _, name := range []string{"out", "markdown", "judge"} {
		if c.IsSet(name) {
			writes = append(writes, name)
		}
		if c.Bool("check") && c.IsSet(name) {
			return usagef("experiment report: --check writes nothing: leave out --%s", name)
		}
	}
	if len(writes) > 1 {
		return usagef("experiment report: --%s and --%s write two things: give one of them", writes[0], writes[1])
	}
	if c.Bool("check") {
		n, err := experiments.Check()
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.App.Writer, "%d experiments judged again: the committed verdicts agree with the results\n", n)
		return err
	}
	file := c.String("out")
	var err error
	switch {
	case c.IsSet("judge"):
		file = filepath.Join(c.String("judge"), "summary.json")
		if err = mayReplace(c, file); err == nil {
			err = experiments.Rejudge(c.String("judge"))
		}
	case c.IsSet("markdown"):
		file = c.String("markdown")
		if err = mayReplace(c, file); err == nil {
			err = experiments.SaveMarkdown(file)
		}
	default:
		if err = checkOut(file, ".html", ".htm"); err == nil {
			err = writeOut(c, file, func(w io.Writer) error { return experiments.HTML(w, version()) })
		}
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.App.ErrWriter, "wrote", file)
	return err
}

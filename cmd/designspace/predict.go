package main

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"

	"designspace/internal/format"
	"designspace/internal/run/predict"
	"designspace/internal/study/analysis"
)

func predictCommand() *cli.Command {
	return &cli.Command{
		Name:  "predict",
		Usage: "fit or show a predictor of errors from architectures",
		Description: `A predictor knows, from other design spaces, how errors go with depths, widths,
groups and complexity. Frozen before a study is trained, it makes the study's means
and differences more certain, without any bias: see docs/adjusted.md.

Example:
  designspace predict show`,
		Action: groupAction,
		Subcommands: []*cli.Command{
			{
				Name: "fit", Usage: "fit a predictor to trained models",
				UsageText: "designspace predict fit RUN|CSV ... --out FILE.json [flags]",
				Description: `Fits a predictor to the trained models of runs and tables, and writes it to a
file that sample and run take with --predictor. What a study trains is left out
by the names of its spaces. The built-in one is of the recorded results:

  designspace predict fit experiments/results/cifar/2026-11-2[45]/*.csv --out internal/run/predict/builtin.json --force

Example:
  designspace predict fit runs/first --out mine.json`,
				Flags: []cli.Flag{
					&cli.StringFlag{Name: "out", Usage: "write the predictor to `FILE`"},
					forceFlag(),
				},
				Action: predictFit,
			},
			{
				Name: "show", Usage: "show what a predictor knows",
				UsageText: "designspace predict show [FILE] [flags]",
				Description: `Prints how much of the variance of errors a predictor tells of each space that it
was fitted to, by a fit without that space, and what it holds of each feature.
Without FILE it is the built-in one.

Example:
  designspace predict show`,
				Flags:  []cli.Flag{formatFlag()},
				Action: predictShow,
			},
		},
	}
}

func predictFit(c *cli.Context) error {
	if c.NArg() == 0 {
		return usagef("predict fit: no RUN or CSV file given: see --help")
	}
	if err := needs(c, "out"); err != nil {
		return err
	}
	if err := checkOut(c.String("out"), ".json"); err != nil {
		return err
	}
	var tables []predict.Table
	for _, path := range c.Args().Slice() {
		s, err := analysis.Load([]string{path}, analysis.Options{})
		if err != nil {
			return err
		}
		tables = append(tables, predict.Table{Table: s, Name: filepath.ToSlash(filepath.Clean(path))})
	}
	p, err := predict.Fit(tables)
	if err != nil {
		return err
	}
	if err := writeOut(c, c.String("out"), p.Write); err != nil {
		return err
	}
	models := 0
	for _, s := range p.Spaces {
		models += s.Models
	}
	_, err = fmt.Fprintf(c.App.ErrWriter, "wrote %s, of %s; predict by it with: designspace sample --predictor %s\n", c.String("out"), format.Count(models, "model"), format.Command([]string{c.String("out")}))
	return err
}

// A shownPredictor is what predict show prints as JSON.
type shownPredictor struct {
	Hash     string         `json:"hash"`
	Lambda   float64        `json:"lambda"`
	Tables   []string       `json:"tables"`
	Spaces   []shownSpace   `json:"spaces"`
	Features []shownFeature `json:"features"`
}

type shownSpace struct {
	Name   string   `json:"space"`
	Models int      `json:"models"`
	Error  float64  `json:"error_mean"`
	R2     *float64 `json:"r2"` // by a fit to the other spaces; null where there is none
}

type shownFeature struct {
	Name   string  `json:"feature"`
	Weight float64 `json:"weight"` // percentage points for one unit
	Scaled float64 `json:"scaled"` // for a standard deviation within populations
}

func predictShow(c *cli.Context) error {
	name := predict.Builtin
	if c.NArg() > 0 {
		var err error
		if name, err = only(c, "FILE"); err != nil {
			return err
		}
	}
	p, err := predict.Load(name)
	if err != nil {
		return err
	}
	w, err := p.Without()
	if err != nil {
		return err
	}
	shown := shownPredictor{Hash: p.Hash(), Lambda: p.Lambda, Tables: p.Tables}
	r2 := p.R2()
	for i, s := range p.Spaces {
		shown.Spaces = append(shown.Spaces, shownSpace{s.Name, s.Models, s.Error, nil})
		if !math.IsNaN(r2[i]) {
			shown.Spaces[i].R2 = &r2[i]
		}
	}
	for i, f := range p.Names {
		shown.Features = append(shown.Features, shownFeature{f, w.Features[i], w.Scaled[i]})
	}
	slices.SortStableFunc(shown.Features, func(a, b shownFeature) int {
		if math.Abs(a.Scaled) > math.Abs(b.Scaled) {
			return -1
		}
		return 1
	})
	if json, err := asJSON(c); json || err != nil {
		if err != nil {
			return err
		}
		return printJSON(c.App.Writer, shown)
	}
	return shown.print(c.App.Writer)
}

func (p shownPredictor) print(w io.Writer) error {
	fmt.Fprintf(w, "predictor %s, of %s\n\nR² is the share of the variance within a population that a fit without the space predicts.\n\n", p.Hash, format.Count(len(p.Tables), "table"))
	var rows [][]string
	for _, s := range p.Spaces {
		r2 := ""
		if s.R2 != nil {
			r2 = fmt.Sprintf("%.2f", *s.R2)
		}
		rows = append(rows, []string{s.Name, fmt.Sprint(s.Models), fmt.Sprintf("%.2f", s.Error), r2})
	}
	if err := format.Table(w, []string{"space", "models", "mean error", "R²"}, rows); err != nil {
		return err
	}
	fmt.Fprint(w, "\nError goes by so many points with a standard deviation more of a feature, all others equal.\n\n")
	rows = nil
	for _, f := range p.Features {
		rows = append(rows, []string{f.Name, fmt.Sprintf("%+.2f", f.Scaled)})
	}
	return format.Table(w, []string{"feature", "points"}, rows)
}

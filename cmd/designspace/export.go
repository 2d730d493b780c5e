package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"designspace/internal/interop/export"
	"designspace/internal/run/pipeline"
	"designspace/internal/run/rundir"
	"designspace/internal/study/analysis"
	"designspace/internal/study/report"
	"designspace/internal/suggest"
	"designspace/space"
	"designspace/trainer/engine/kernel"
)

func exportCommand() *cli.Command {
	var formats strings.Builder
	for _, f := range export.Formats() {
		fmt.Fprintf(&formats, "  %-8s %s %s\n", f.Name, f.File, f.About)
	}
	return &cli.Command{
		Name:      "export",
		Usage:     "export models for PyTorch, ONNX, pycls, timm and others",
		UsageText: "designspace export RUN|NAME|FILE --format FORMAT --out DIR [--best N|--id ID]",
		Description: `Writes the best models of a run, or a model of the catalog or a YAML file, to a
directory; several models go into one subdirectory each, named by id. Beside each
model of a run comes its card, card-ID.html: architecture, learning curve, rank,
trainings and commands. The formats are

` + formats.String() + `
Example:
  designspace export runs/first --best 1 --format pytorch --out best
  designspace export peers/regnetx-400mf --format pycls --out regnetx-400mf`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Usage: "`FORMAT` of the files: " + suggest.Or(export.Names())},
			&cli.StringFlag{Name: "out", Usage: "write to directory `DIR`"},
			forceFlag(),
			&cli.IntFlag{Name: "best", DefaultText: "1", Usage: "export the best `N` models of the run: by their fresh means if train --confirm made some, or else by their errors", Action: positive("best")},
			&cli.StringFlag{Name: "id", Usage: "export the model `ID` of the run"},
		},
		Action: exportModels,
	}
}

func exportModels(c *cli.Context) error {
	source, err := only(c, "run or model")
	if err != nil {
		return err
	}
	to := c.String("out")
	format, ok := export.FindFormat(c.String("format"))
	switch {
	case !c.IsSet("format"):
		return usagef("export: --format is missing: choose %s", suggest.Or(export.Names()))
	case !ok:
		return usagef("--format %s: no such format: choose %s", c.String("format"), suggest.Or(export.Names()))
	case to == "":
		return usagef("export: --out is missing: name a directory")
	case c.IsSet("best") && c.IsSet("id"):
		return usagef("export: --best and --id: give only one of them")
	}
	models, err := chosen(c, source, format)
	if err != nil {
		return err
	}
	var known *analysis.Study // of a run: what its models' cards say
	if rundir.Dir(source).Exists() {
		if known, err = analysis.Load([]string{source}, analysis.Options{Untrained: true}); err != nil {
			fmt.Fprintln(c.App.ErrWriter, "no cards are written:", err)
		}
	}
	for _, m := range models {
		dir := to
		if len(models) > 1 {
			dir = filepath.Join(to, m.ID)
		}
		for _, file := range []string{format.File, cardFile(m.ID)} {
			if _, err := rundir.Replaces(filepath.Join(dir, file)); err != nil {
				return err
			}
		}
		note, err := format.Save(dir, m, func(path string, write func(io.Writer) error) error {
			err := writeIn(c, to, path, write)
			if err == nil {
				fmt.Fprintln(c.App.Writer, path)
			}
			return err
		})
		if err == nil && known != nil {
			err = saveCard(c, known, to, dir, m.ID)
		}
		if note != "" {
			fmt.Fprintf(c.App.ErrWriter, "%s: %s\n", m.Name, note)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// cardFile names the card of a model.
func cardFile(id string) string { return "card-" + id + ".html" }

// saveCard writes the card of a model of a study beside the model. One that is
// there from the export to another format stays.
func saveCard(c *cli.Context, s *analysis.Study, to, dir, id string) error {
	path := filepath.Join(dir, cardFile(id))
	if mayReplace(c, path) != nil {
		_, err := fmt.Fprintf(c.App.ErrWriter, "%s stays as it is; --force writes it anew\n", path)
		return err
	}
	if err := writeIn(c, to, path, func(w io.Writer) error { return report.WriteCard(w, s, id) }); err != nil {
		return err
	}
	_, err := fmt.Fprintln(c.App.Writer, path)
	return err
}

// chosen returns the models that are to be exported.
func chosen(c *cli.Context, source string, f export.Format) ([]export.Model, error) {
	if dir := rundir.Dir(source); dir.Exists() {
		choice := pipeline.Choice{ID: c.String("id"), Best: c.Int("best"), Root: os.Getenv(dataVariable)}
		if f.Weights != export.NoWeights {
			var err error
			if choice.Kernels, err = kernel.Choose(os.Getenv(kernel.Variable)); err != nil {
				return nil, err
			}
		}
		models, notes, err := pipeline.Choose(dir, choice)
		for _, n := range notes {
			fmt.Fprintln(c.App.ErrWriter, n)
		}
		return models, err
	}
	if c.IsSet("best") || c.IsSet("id") {
		if _, err := os.Stat(source); errors.Is(err, fs.ErrNotExist) && !slices.Contains(space.ModelNames(), source) {
			return nil, fmt.Errorf("export: %s does not exist: name the directory of a run", source)
		}
		return nil, usagef("export: --best and --id choose among the models of a run, and %s is none", source)
	}
	m, err := space.LoadModel(source)
	return []export.Model{{Model: m}}, err
}

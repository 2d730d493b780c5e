package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"designspace/internal/atomicfile"
	"designspace/internal/interop/export"
	"designspace/internal/interop/pycls"
	"designspace/internal/run/rundir"
	"designspace/space"
	"designspace/trainer"
	"designspace/trainer/dataset"
	"designspace/trainer/engine"
	"designspace/trainer/engine/kernel"
)

// exportFormats are what export writes.
var exportFormats = []string{"pytorch", "onnx", "pycls", "timm", "json", "yaml"}

func exportCommand() *cli.Command {
	return &cli.Command{
		Name:      "export",
		Usage:     "write models for other programs",
		UsageText: "designspace export RUN|NAME|FILE --format FORMAT --to DIR [--best K|--id ID]",
		Description: `Writes the best models of a run, or a model of the catalog or a YAML file, into a
directory; several models into one directory each, by their id.

  pytorch  model.py, which needs PyTorch and nothing else, and weights.safetensors
           if the run saved the weights
  onnx     model.onnx with the weights, for which the run must have saved them
  pycls    pycls.yaml, which pycls trains, with the run's recipe
  timm     timm_model.py, a call of timm's RegNet where one makes the model
  json     model.json, the model with the shape of every block
  yaml     model.yaml, the model as the verb model takes it

Example:
  designspace export runs/first --best 1 --format pytorch --to best
  designspace export peers/regnetx-400mf --format pycls --to regnetx-400mf`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Usage: "`FORMAT` of the files: " + strings.Join(exportFormats, ", ")},
			&cli.StringFlag{Name: "to", Usage: "`DIR` to write to"},
			&cli.IntFlag{Name: "best", DefaultText: "1", Usage: "export the `K` models of the run with the lowest errors"},
			&cli.StringFlag{Name: "id", Usage: "export the model `ID` of the run"},
		},
		Action: exportModels,
	}
}

// An exported is a model with what its run knows of it.
type exported struct {
	id      string // of the run; "" for a model without one
	model   *space.Model
	recipe  *trainer.Recipe
	data    string                // name of the data; "" for none
	norm    *export.Normalisation // nil if not known
	weights string                // path of the weights; "" for none
}

func exportModels(c *cli.Context) error {
	source, err := only(c, "run or model")
	if err != nil {
		return err
	}
	format, to := c.String("format"), c.String("to")
	switch {
	case !slices.Contains(exportFormats, format):
		return usagef("--format %q: choose %s", format, strings.Join(exportFormats, ", "))
	case to == "":
		return usagef("export: --to is missing: name a directory")
	case c.IsSet("best") && c.IsSet("id"):
		return usagef("export: --best and --id: one of the two")
	case c.IsSet("best") && c.Int("best") < 1:
		return usagef("--best %d: want 1 or more", c.Int("best"))
	}
	list, err := chosen(c, source)
	if err != nil {
		return err
	}
	for _, x := range list {
		dir := to
		if len(list) > 1 {
			dir = filepath.Join(to, x.id)
		}
		if err := x.write(c, dir, format); err != nil {
			return err
		}
	}
	return nil
}

// chosen returns the models that are to be exported.
func chosen(c *cli.Context, source string) ([]exported, error) {
	dir := rundir.Dir(source)
	if dir.Exists() {
		return chosenOf(c, dir)
	}
	if c.IsSet("best") || c.IsSet("id") {
		return nil, usagef("export: --best and --id choose among the models of a run, and %s is none", source)
	}
	m, err := space.LoadModel(source)
	return []exported{{model: m}}, err
}

// chosenOf returns the models of a run that the flags choose.
func chosenOf(c *cli.Context, dir rundir.Dir) ([]exported, error) {
	entries, err := rundir.LoadModels(dir)
	if err != nil {
		return nil, err
	}
	config, err := rundir.ReadConfig(dir)
	if err != nil {
		return nil, err
	}
	if id := c.String("id"); c.IsSet("id") {
		entries = slices.DeleteFunc(entries, func(e rundir.Entry) bool { return e.ID != id })
		if len(entries) == 0 {
			return nil, fmt.Errorf("--id %s: %s has no such model", id, dir.Models())
		}
	} else if entries, err = best(dir, entries, max(1, c.Int("best"))); err != nil {
		return nil, err
	}
	list := make([]exported, len(entries))
	for i, e := range entries {
		list[i] = exported{id: e.ID, model: e.Model}
		if t := config.Train; t != nil {
			r := t.Recipe
			r.LR, r.WeightDecay = cmp.Or(e.LR, r.LR), cmp.Or(e.WeightDecay, r.WeightDecay)
			list[i].recipe, list[i].data = &r, t.Data.Name
			if list[i].norm, err = normalisation(t.Data, e.Model.Input); err != nil {
				fmt.Fprintf(c.App.ErrWriter, "%s: the normalisation of its images is not exported: %v\n", e.ID, err)
			}
		}
		weights := dir.Weights(e.ID)
		if _, err := os.Stat(weights); err == nil {
			list[i].weights = weights
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return list, nil
}

// best returns the n models of the lowest errors, the lowest first; of equal
// errors the first model.
func best(dir rundir.Dir, entries []rundir.Entry, n int) ([]rundir.Entry, error) {
	j, err := rundir.ReadJournal(dir)
	if err != nil {
		return nil, err
	}
	errorOf := func(e rundir.Entry) (float64, bool) {
		r, ok := j.Outcome(e.ID, 0)
		return r.Error, ok && r.Status == trainer.Done
	}
	entries = slices.DeleteFunc(slices.Clone(entries), func(e rundir.Entry) bool { _, ok := errorOf(e); return !ok })
	if len(entries) < n {
		return nil, fmt.Errorf("%s: --best %d: %d models are trained: train more, or choose one with --id", dir, n, len(entries))
	}
	slices.SortStableFunc(entries, func(a, b rundir.Entry) int {
		x, _ := errorOf(a)
		y, _ := errorOf(b)
		return cmp.Compare(x, y)
	})
	return entries[:n], nil
}

// normalisation returns what the run's images of a size were normalised with.
func normalisation(d rundir.Data, input int) (*export.Normalisation, error) {
	set, err := dataset.Open(d.Source, dataset.Options{
		Root: os.Getenv("DESIGNSPACE_DATA"), Input: input, TrainImages: d.TrainImages, TestImages: d.TestImages, ValImages: d.ValImages,
	})
	if err != nil {
		return nil, err
	}
	return &export.Normalisation{Data: d.Name, Mean: set.Train.Mean, Std: set.Train.Std}, nil
}

// write writes the model's files into a directory, and names them.
func (x exported) write(c *cli.Context, dir, format string) error {
	var net *engine.Net
	var err error
	if format == "pytorch" || format == "onnx" {
		if net, err = x.net(); err != nil {
			return err
		}
	}
	files := map[string]func(io.Writer) error{}
	switch format {
	case "pytorch":
		files["model.py"] = func(w io.Writer) error { return export.PyTorch(w, x.model, x.norm, net != nil) }
		if net != nil {
			files["weights.safetensors"] = func(w io.Writer) error { return export.Weights(w, net) }
		} else {
			fmt.Fprintf(c.App.ErrWriter, "%s: no weights were saved, so model.py goes without: to have them, train with --save-weights\n", x.model.Name)
		}
	case "onnx":
		if net == nil {
			return fmt.Errorf("%s: no weights were saved, and a file of ONNX needs them: train with --save-weights, or choose another format", x.model.Name)
		}
		files["model.onnx"] = func(w io.Writer) error { return export.ONNX(w, x.model, net, x.norm) }
	case "pycls":
		s := pycls.Setup{Recipe: x.recipe, Data: x.data}
		text, err := pycls.Marshal(x.model, s)
		if err != nil {
			return err
		}
		if _, ok := s.Dataset(x.model); !ok {
			fmt.Fprintf(c.App.ErrWriter, "%s: pycls does not know the data of this model: put a name for DATASET into pycls.yaml\n", x.model.Name)
		}
		files["pycls.yaml"] = func(w io.Writer) error { _, err := w.Write(text); return err }
	case "timm":
		files["timm_model.py"] = func(w io.Writer) error { return export.Timm(w, x.model) }
	case "yaml":
		files["model.yaml"] = func(w io.Writer) error { _, err := w.Write(space.MarshalModel(x.model)); return err }
	case "json":
		files["model.json"] = func(w io.Writer) error { return export.JSON(w, x.model) }
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for _, name := range []string{"model.py", "weights.safetensors", "model.onnx", "pycls.yaml", "timm_model.py", "model.json", "model.yaml"} {
		if write, ok := files[name]; ok {
			path := filepath.Join(dir, name)
			if err := atomicfile.Write(path, write); err != nil {
				return err
			}
			fmt.Fprintln(c.App.Writer, path)
		}
	}
	return nil
}

// net returns the model with its weights, nil if there are none.
func (x exported) net() (*engine.Net, error) {
	if x.weights == "" {
		return nil, nil
	}
	return netOf(x.model, x.weights, 1)
}

// netOf compiles a model for batches of the given size with the weights of a
// file.
func netOf(m *space.Model, weights string, batch int) (*engine.Net, error) {
	data, err := os.ReadFile(weights)
	if err != nil {
		return nil, err
	}
	k, err := kernel.Choose(os.Getenv(kernelVariable))
	if err != nil {
		return nil, err
	}
	n, err := engine.Compile(m, batch, k)
	if err != nil {
		return nil, err
	}
	return n, export.ReadWeights(weights, data, n)
}

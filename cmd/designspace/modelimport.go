package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"designspace/internal/interop/export"
	"designspace/internal/interop/importer"
	"designspace/internal/interop/pycls"
	"designspace/internal/interop/regnet"
	"designspace/space"
	"designspace/trainer"
	"designspace/trainer/dataset"
	"designspace/trainer/engine/kernel"
)

func modelImportCommand() *cli.Command {
	return &cli.Command{
		Name: "import", Usage: "import a pycls configuration, or evaluate weights",
		UsageText: `designspace model import FILE.yaml|FILE.json [--out FILE]
       designspace model import FILE.safetensors --model NAME|FILE [--data DATA] [--format json]`,
		Description: `A pycls configuration of type anynet, regnet, effnet or resnet becomes a model
file, and so do the arguments of a RegNet in JSON or YAML: RegNetConfig of
transformers, from_init_params of torchvision, RegNetCfg of timm.

Weights that were saved by train or from the exported PyTorch module are loaded
into a model and evaluated on the test images of the data.

Example:
  designspace export peers/regnetx-400mf --format pycls --out regnetx
  designspace model import regnetx/pycls.yaml --out model.yaml

  designspace sample --space proxy/regnetx -n 1 --flops 600K:1.2M --input 16 --out runs/one
  designspace train runs/one --recipe quick --train-images 2000 --test-images 1000 --save-weights last
  designspace export runs/one --id m0001 --format yaml --out one
  designspace model import runs/one/weights/m0001.safetensors --model one/model.yaml --train-images 2000`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", DefaultText: "standard output", Usage: "write the model to `FILE`"},
			forceFlag(),
			&cli.StringFlag{Name: "model", Usage: "model `NAME` or YAML file that the weights belong to"},
			&cli.StringFlag{Name: "data", Value: "synthetic", Usage: "evaluate on `DATA`: " + strings.Join(dataset.Names(), ", ")},
			&cli.IntFlag{Name: "train-images", DefaultText: "all", Usage: "normalise as for training on `N` images"},
			&cli.IntFlag{Name: "test-images", DefaultText: "all", Usage: "test on `N` images"},
			formatFlag(),
		},
		Action: modelImport,
	}
}

func modelImport(c *cli.Context) error {
	file, err := only(c, "file")
	if err != nil {
		return err
	}
	weights := strings.HasSuffix(file, ".safetensors")
	for _, name := range []string{"model", "data", "train-images", "test-images", "format"} {
		if c.IsSet(name) && !weights {
			return usagef("--%s: goes only with a file of weights (*.safetensors), and %s is none", name, file)
		}
	}
	if !weights {
		return importConfiguration(c, file)
	}
	if c.IsSet("out") {
		return usagef("--out: weights are evaluated, and no file is written")
	}
	if err := needs(c, "model"); err != nil {
		return err
	}
	if err := checkData(c); err != nil {
		return err
	}
	return importWeights(c, file)
}

// importConfiguration writes the model of a configuration of pycls, or of the
// arguments of a RegNet.
func importConfiguration(c *cli.Context, file string) error {
	if c.IsSet("out") {
		if err := checkOut(c.String("out"), ".yaml", ".yml"); err != nil {
			return err
		}
	}
	data, err := importer.ReadFile(file)
	if err != nil {
		return err
	}
	read := pycls.Read
	if regnet.Is(file, data) {
		read = regnet.Read
	}
	m, err := read(file, data)
	if err != nil {
		return err
	}
	text := space.MarshalModel(m)
	if !c.IsSet("out") {
		_, err := dataOut(c).Write(text)
		return err
	}
	return writeText(c, c.String("out"), text)
}

// An importedWeights is what import says of weights.
type importedWeights struct {
	Model  string  `json:"model"`
	Data   string  `json:"data"`
	Images int     `json:"images"`
	Error  float64 `json:"error"` // percent
}

// evaluationBatch returns how many images are evaluated at a time: 64, or fewer
// if memory is short. The error says that not even one image fits.
func evaluationBatch(m *space.Model) (int, error) {
	for batch := 64; ; batch /= 2 {
		if err := fits(m, batch); err == nil || batch == 1 {
			return batch, err
		}
	}
}

// importWeights evaluates weights.
func importWeights(c *cli.Context, file string) error {
	json, err := asJSON(c)
	if err != nil {
		return err
	}
	m, err := space.LoadModel(c.String("model"))
	if err != nil {
		return err
	}
	batch, err := evaluationBatch(m)
	if err != nil {
		return err
	}
	k, err := kernel.Choose(os.Getenv(kernel.Variable))
	if err != nil {
		return err
	}
	n, err := export.LoadNet(m, file, batch, k)
	if err != nil {
		return err
	}
	d, err := dataset.Open(c.String("data"), dataset.Options{
		Root: os.Getenv(dataVariable), Input: m.Input, TrainImages: c.Int("train-images"), TestImages: c.Int("test-images"),
	})
	if err != nil {
		return err
	}
	if d.Classes != m.Classes {
		return fmt.Errorf("model %s has %d classes and data %s have %d: choose other data", m.Name, m.Classes, d.Name, d.Classes)
	}
	v := importedWeights{Model: m.Name, Data: d.Name, Images: d.Test.Len()}
	if v.Error, err = trainer.Evaluate(c.Context, n, d.Test, batch); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if json {
		return printJSON(c.App.Writer, v)
	}
	_, err = fmt.Fprintf(c.App.Writer, "%s: error %.4g %% on %d images of %s\n", v.Model, v.Error, v.Images, v.Data)
	return err
}

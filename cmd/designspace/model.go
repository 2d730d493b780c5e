package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"designspace/internal/format"
	"designspace/internal/host"
	"designspace/internal/interop/export"
	"designspace/internal/table"
	"designspace/space"
	"designspace/trainer/engine"
	"designspace/trainer/engine/kernel"
)

func modelCommand() *cli.Command {
	return &cli.Command{
		Name:  "model",
		Usage: "list, describe, bench, scale or import single models",
		Description: `A model is a name of the catalog, such as peers/regnetx-400mf, or a YAML file.

Its block is one of these. Batch normalisation follows every convolution, act is
the activation, and what stands in brackets depends on the model:

` + blockHelp() + `
Example:
  designspace model describe peers/regnetx-400mf`,
		Action: groupAction,
		Subcommands: []*cli.Command{
			{
				Name: "list", Usage: "list published models with their complexity",
				UsageText: "designspace model list [--format json]",
				Description: `Example:
  designspace model list`,
				Flags:  []cli.Flag{formatFlag()},
				Action: modelList,
			},
			{
				Name: "describe", Usage: "show the stages and complexity of a model",
				UsageText: "designspace model describe NAME|FILE [--format json]",
				Description: `Example:
  designspace model describe peers/regnetx-400mf --format json`,
				Flags:  []cli.Flag{formatFlag()},
				Action: modelDescribe,
			},
			{
				Name: "bench", Usage: "measure the training speed on one core",
				UsageText: "designspace model bench NAME|FILE [flags]",
				Description: `Measures full training steps: forward, backward and update. ` + kernel.Variable + `
chooses the kernel set.

Example:
  designspace model bench peers/resnet-20-cifar --batch 16 --seconds 1`,
				Flags: []cli.Flag{
					&cli.IntFlag{Name: "batch", Value: 64, Usage: "batch size `N`", Action: positive("batch")},
					&cli.Float64Flag{Name: "seconds", Value: 3, Usage: "measure for `N` seconds", Action: within("seconds", "0 to 86400", func(x float64) bool { return x >= 0 && x <= 86400 })},
					&cli.BoolFlag{Name: "profile", Usage: "print the time of each layer and kernel"},
					formatFlag(),
				},
				Action: modelBench,
			},
			modelScaleCommand(),
			modelImportCommand(),
		},
	}
}

// blockHelp lists the blocks with what they compute.
func blockHelp() string {
	var b strings.Builder
	for _, block := range space.Blocks() {
		fmt.Fprintf(&b, "  %-9s%s\n", block, block.About())
	}
	return b.String()
}

func modelArgument(c *cli.Context) (*space.Model, error) {
	name, err := only(c, "model")
	if err != nil {
		return nil, err
	}
	return space.LoadModel(name)
}

func modelList(c *cli.Context) error {
	json, err := asJSON(c)
	if err != nil {
		return err
	}
	if err := none(c); err != nil {
		return err
	}
	var list []export.Description
	var rows [][]string
	for _, name := range space.ModelNames() {
		m, err := space.LoadModel(name)
		if err != nil {
			return err
		}
		v := export.Describe(m)
		list = append(list, v)
		rows = append(rows, []string{v.Name, strconv.FormatInt(v.Flops, 10), strconv.FormatInt(v.Params, 10), strconv.FormatInt(v.Acts, 10), strconv.Itoa(v.Input), string(v.Block)})
	}
	if json {
		return printJSON(c.App.Writer, list)
	}
	return format.Table(c.App.Writer, []string{"model", "flops", "params", "acts", "pixels", "block"}, rows)
}

func modelDescribe(c *cli.Context) error {
	json, err := asJSON(c)
	if err != nil {
		return err
	}
	m, err := modelArgument(c)
	if err != nil {
		return err
	}
	if json {
		return printJSON(c.App.Writer, export.Describe(m))
	}
	return printModel(c.App.Writer, export.Describe(m))
}

func printModel(w io.Writer, v export.Description) error {
	fmt.Fprintf(w, "%s: %d flops, %d params, %d acts\n", v.Name, v.Flops, v.Params, v.Acts)
	fmt.Fprintf(w, "%d pixels, %d classes, stem %s %d wide, block %s, %s", v.Input, v.Classes, v.Stem, v.StemWidth, v.Block, v.Activation)
	if v.SERatio > 0 {
		fmt.Fprintf(w, ", SE %s", table.Float(v.SERatio))
	}
	if v.HeadWidth > 0 {
		fmt.Fprintf(w, ", head %d wide", v.HeadWidth)
	}
	for _, p := range space.ModelOptions() {
		if m := (&space.Model{Options: v.Options}); !p.Usual(m) {
			fmt.Fprintf(w, ", %s %s", p.Key, p.Of(m))
		}
	}
	fmt.Fprintln(w)
	if r := v.RegNet; r != nil {
		fmt.Fprintf(w, "RegNet d %d, w0 %d, wa %s, wm %s, b %s, g %d\n", r.D, r.W0, table.Float(r.WA), table.Float(r.WM), table.Float(r.B), r.G)
	}
	fmt.Fprintln(w)
	header := []string{"stage", "depth", "width", "stride"}
	if v.WidthsGenerated != nil {
		header = append(header, "before the group fix")
	}
	if v.Bottleneck != nil {
		header = append(header, "bottleneck", "group width")
	}
	if v.Expansions != nil {
		header = append(header, "expansion", "kernel")
	}
	if v.SERatios != nil {
		header = append(header, "SE")
	}
	var rows [][]string
	for i := range v.Depths {
		row := []string{strconv.Itoa(i + 1), strconv.Itoa(v.Depths[i]), strconv.Itoa(v.Widths[i]), strconv.Itoa(v.Strides[i])}
		if v.WidthsGenerated != nil {
			row = append(row, strconv.Itoa(v.WidthsGenerated[i]))
		}
		if v.Bottleneck != nil {
			row = append(row, table.Float(v.Bottleneck[i]), strconv.Itoa(v.GroupWidths[i]))
		}
		if v.Expansions != nil {
			row = append(row, strconv.Itoa(v.Expansions[i]), strconv.Itoa(v.Kernels[i]))
		}
		if v.SERatios != nil {
			row = append(row, table.Float(v.SERatios[i]))
		}
		rows = append(rows, row)
	}
	return format.Table(w, header, rows)
}

func modelBench(c *cli.Context) error {
	json, err := asJSON(c)
	if err != nil {
		return err
	}
	m, err := modelArgument(c)
	if err != nil {
		return err
	}
	k, err := kernel.Choose(os.Getenv(kernel.Variable))
	if err != nil {
		return err
	}
	if err := fits(m, c.Int("batch")); err != nil {
		return err
	}
	d := time.Duration(c.Float64("seconds") * float64(time.Second))
	s, err := engine.Measure(c.Context, m, c.Int("batch"), k, d, c.Bool("profile"))
	if err != nil {
		return err
	}
	if json {
		return printJSON(c.App.Writer, s)
	}
	return writeSpeed(c.App.Writer, m, s)
}

// fits reports a model that takes more memory than there is.
func fits(m *space.Model, batch int) error {
	need, err := engine.Memory(m, batch)
	if err != nil {
		return err
	}
	free, known := host.AvailableMemory()
	if !known {
		free = 1 << 40 // more than any
	}
	if need > free {
		return fmt.Errorf("--batch %d: %s needs %d MB of memory, %d MB are free: lower it", batch, m.Name, need>>20, free>>20)
	}
	return nil
}

func writeSpeed(w io.Writer, m *space.Model, s engine.Speed) error {
	fmt.Fprintf(w, "%s: %.0f images/s, %.1f GFLOP/s", m.Name, s.ImagesPerSecond, s.GFLOPS)
	if s.PeakGFLOPS > 0 {
		fmt.Fprintf(w, " (%.0f %% of the %.0f measured of multiply-adds alone)", 100*s.PeakShare, s.PeakGFLOPS)
	}
	fmt.Fprintf(w, ", kernels %s, batch %d, %d steps, %d MB\n", s.Kernel, s.Batch, s.Steps, s.Memory>>20)
	if s.Passes == nil {
		return nil
	}
	var rows [][]string
	for _, p := range s.Passes {
		rows = append(rows, []string{p.Unit, fmt.Sprintf("%.3f", p.Forward), fmt.Sprintf("%.3f", p.Backward)})
	}
	fmt.Fprintln(w)
	if err := format.Table(w, []string{"pass (ms a step)", "forward", "backward"}, rows); err != nil {
		return err
	}
	rows = nil
	for _, k := range s.Kernels {
		rows = append(rows, []string{k.Kernel, fmt.Sprintf("%.3f", k.Milliseconds)})
	}
	fmt.Fprintln(w)
	return format.Table(w, []string{"kernel", "ms a step"}, rows)
}

package main

import (
	"fmt"
	"math"
	"slices"

	"github.com/urfave/cli/v2"

	"designspace/internal/suggest"
	"designspace/space"
)

func modelScaleCommand() *cli.Command {
	return &cli.Command{
		Name: "scale", Usage: "scale a model to given flops",
		UsageText: "designspace model scale NAME|FILE --flops N [--rule RULE|--alpha SHARE] [--input PIXELS]\n           [--stem STEM] [--classes N] [--out FILE]",
		Description: `Scales depth, width and resolution so that the flops come closest to --flops,
after "Fast and Accurate Model Scaling" (arXiv 2103.06877). Rules d, w and r scale
one of them, dw and dwr two or three equally, and dWr mostly the width, which
gives the fastest networks. --alpha sets the share of the width in general.
--input fixes the image size and scales the rest. Group widths grow with the
widths and are adjusted to divide them.

Example:
  designspace export runs/first --best 1 --format yaml --out best
  designspace model scale best/model.yaml --flops 400M --input 224 --stem simple --classes 1000 --out big.yaml`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "flops", Usage: "scale to `N` flops, such as 400M"},
			&cli.IntFlag{Name: "input", DefaultText: "scaled by the rule", Usage: "image size in `PIXELS`", Action: positive("input")},
			&cli.StringFlag{Name: "rule", Value: "dWr", Usage: "scale by `RULE`: d, w, r, dw, dwr or dWr"},
			&cli.Float64Flag{Name: "alpha", DefaultText: "from the rule", Usage: "let the width take `SHARE` of the growth in flops, 0 to 1", Action: within("alpha", "0 to 1", func(x float64) bool { return x >= 0 && x <= 1 })},
			&cli.StringFlag{Name: "stem", DefaultText: "from the model", Usage: "`STEM`: cifar (stride 1), simple (2) or imagenet (4)"},
			&cli.IntFlag{Name: "classes", DefaultText: "from the model", Usage: "number `N` of classes", Action: positive("classes")},
			&cli.StringFlag{Name: "out", DefaultText: "standard output", Usage: "write the model to `FILE`"},
			forceFlag(),
		},
		Action: modelScale,
	}
}

// near is how far flops may be from those asked for without a word.
const near = 0.02

func modelScale(c *cli.Context) error {
	m, err := modelArgument(c)
	if err != nil {
		return err
	}
	if err := needs(c, "flops"); err != nil {
		return err
	}
	if c.IsSet("out") {
		if err := checkOut(c.String("out"), ".yaml", ".yml"); err != nil {
			return err
		}
	}
	flops, err := space.ParseQuantity(c.String("flops"))
	if err != nil {
		return badFlag(fmt.Errorf("flops %w", err))
	}
	if !(flops > 0) {
		return usagef("--flops %s: want a number above 0, as in --flops 400M", c.String("flops"))
	}
	rule, err := ruleOf(c)
	if err != nil {
		return err
	}
	m = (&space.Candidate{Model: m}).Clone().Model
	if c.IsSet("input") {
		m.Input, rule.Resolution = c.Int("input"), 0
	}
	if c.IsSet("stem") {
		if m.Stem = space.Stem(c.String("stem")); !slices.Contains(space.Stems(), m.Stem) {
			return usagef("--stem %s: no such stem: %s", m.Stem, suggest.Known(string(m.Stem), stemNames()))
		}
	}
	if c.IsSet("classes") {
		m.Classes = c.Int("classes")
	}
	if m.RegNet = nil; rule == (space.Rule{}) {
		return usagef("model scale: rule r scales only the image size, which --input fixes: choose another rule")
	}
	if err := m.Validate(); err != nil {
		return err
	}
	if m, err = m.ScaledTo(flops, rule); err != nil {
		return fmt.Errorf("--%w", err)
	}
	got := float64(m.Complexity().Flops)
	if off := got/flops - 1; math.Abs(off) > near {
		fmt.Fprintf(c.App.ErrWriter, "the closest that the rule reaches is %.4g flops, %+.1f %%\n", got, 100*off)
	}
	text := space.MarshalModel(m)
	if !c.IsSet("out") {
		_, err = dataOut(c).Write(text)
		return err
	}
	return writeText(c, c.String("out"), text)
}

// ruleOf is the rule that the flags choose.
func ruleOf(c *cli.Context) (space.Rule, error) {
	if !c.IsSet("alpha") {
		r, err := space.ParseRule(c.String("rule"))
		if err != nil {
			err = badFlag(fmt.Errorf("rule %s: %w", c.String("rule"), err))
		}
		return r, err
	}
	if c.IsSet("rule") {
		return space.Rule{}, usagef("--alpha and --rule: give only one of them")
	}
	return space.WidthShare(c.Float64("alpha")), nil
}

func stemNames() (names []string) {
	for _, s := range space.Stems() {
		names = append(names, string(s))
	}
	return names
}

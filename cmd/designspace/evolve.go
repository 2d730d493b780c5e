package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/urfave/cli/v2"

	"designspace/internal/run/evolve"
	"designspace/internal/run/rundir"
	"designspace/space"
	"designspace/trainer"
	"designspace/trainer/engine/kernel"
)

func evolveCommand() *cli.Command {
	return &cli.Command{
		Name:      "evolve",
		Usage:     "refine a space round by round, with an error rate",
		UsageText: "designspace evolve --space NAME|FILE --flops LO:HI --out DIR [flags]",
		Description: `Refines a space by itself. In each round it trains --explore models of the parent
and proposes children: ranges of the best models, one or two at a time; wider
ranges where the best lie at an end, and what the paper restricts, one bottleneck
ratio or group width for all stages, widths and depths that do not fall. Then it
trains fresh models of parent and child, up to --max each, and accepts the child
if they show two things: that the mean error is not worse by --margin points, and
that the expected best of --best models is not worse. All rounds together accept
a child that is worse in 5 % of evolutions at most; that none is accepted is a
result.

Errors are those on validation images, which are split off the training images. At
the end it trains fresh models of the first and the last space (and of those given
as --against) and judges them on the test images, which nothing looked at before;
likewise the best model of --search ones from the last space, and that of a random
search in the first space that costs as much as all of it together.

Every step is an ordinary run below DIR, for list, analyze and report; spaces/
has the spaces, evolve.html, lineage.csv and lineage.json what came of it. The
same command goes on after an interruption, and --out alone is enough for that.
The same seed gives the same result. Other machines can help with the run in
training: designspace train DIR/round-1/explore. docs/evolve.md explains it all.

Example:
  designspace evolve --space proxy/anynetxa --flops 600K:1.2M --rounds 2 --input 16 --train-images 2000 --recipe quick --out runs/evolved
  designspace evolve --out runs/evolved`,
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "space", Usage: "space `NAME` of the catalog, such as proxy/anynetxa, or a YAML file"},
			&cli.StringFlag{Name: "flops", Usage: "budget `LO:HI` of multiply-adds, such as 1M:3M"},
			&cli.IntFlag{Name: "rounds", Value: evolve.Defaults().Rounds, Usage: "at most `N` rounds", Action: positive("rounds")},
			&cli.IntFlag{Name: "explore", Value: evolve.Defaults().Explore, Usage: "let `N` models a round propose", Action: positive("explore")},
			&cli.IntFlag{Name: "proposals", Value: evolve.Defaults().Proposals, Usage: "judge up to `N` children a round", Action: positive("proposals")},
			&cli.IntFlag{Name: "max", Value: evolve.Defaults().Max, Usage: "judge by up to `N` fresh models of parent and child each", Action: positive("max")},
			&cli.IntFlag{Name: "best", Value: evolve.Defaults().Best, Usage: "the expected best of `M` models must not be worse", Action: positive("best")},
			&cli.Float64Flag{Name: "margin", Value: evolve.Defaults().Margin, Usage: "the mean may be worse by `POINTS` percentage points"},
			&cli.IntFlag{Name: "final", Value: evolve.DefaultClosing().Final, Usage: "judge first and last space by `N` models each at the end; 0 for no end"},
			&cli.StringSliceFlag{Name: "against", Usage: "compare the last space with this `SPACE`, too; repeat for several"},
			&cli.IntFlag{Name: "search", Value: evolve.DefaultClosing().Search, Usage: "search the best of `N` models of the last space", Action: positive("search")},
			&cli.IntFlag{Name: "confirm", Value: evolve.DefaultClosing().Confirm, Usage: "choose among the best `K` models of a search by fresh seeds", Action: positive("confirm")},
			&cli.IntFlag{Name: "seeds", Value: evolve.DefaultClosing().Seeds, Usage: "with `R` fresh seeds each", Action: positive("seeds")},
			&cli.IntFlag{Name: "val-images", DefaultText: "as many as test images", Usage: "measure errors on `N` of the training images", Action: positive("val-images")},
			&cli.IntFlag{Name: "test-images", DefaultText: "all", Usage: "test on `N` untouched images at the end", Action: positive("test-images")},
			&cli.IntFlag{Name: "input", DefaultText: "32", Usage: "image size in `PIXELS`", Action: positive("input")},
			&cli.Uint64Flag{Name: "seed", Value: 1, Usage: "random `SEED` of everything"},
			&cli.StringFlag{Name: "out", Usage: "directory `DIR` of the evolution"},
			formatFlag(),
		}, someFlags(trainFlags(), "data", "train-images", "recipe", "epochs", "batch", "lr", "wd", "workers")...),
		Action: evolveAction,
	}
}

// someFlags are the flags of the names.
func someFlags(flags []cli.Flag, names ...string) []cli.Flag {
	return slices.DeleteFunc(flags, func(f cli.Flag) bool { return !slices.Contains(names, f.Names()[0]) })
}

func evolveAction(c *cli.Context) error {
	json, err := asJSON(c)
	if err != nil {
		return err
	}
	if err := cmp.Or(none(c), needs(c, "out")); err != nil {
		return err
	}
	dir := c.String("out")
	setup, err := setupOf(c, dir)
	if err != nil {
		return err
	}
	d := evolve.Directory{
		Setup: setup, Dir: dir, Root: os.Getenv(dataVariable), Kernel: os.Getenv(kernel.Variable),
		Workers: c.Int("workers"), Version: version(), Log: c.App.ErrWriter,
	}
	l, err := d.Run(c.Context)
	if l != nil && l.Stop != "" { // all rounds are done, if not the end
		err = cmp.Or(err, d.Save(l))
	}
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s: stopped; all that was trained is kept; resume with: designspace evolve --out %s", dir, rundir.Dir(dir).Word())
	}
	if err != nil {
		return err
	}
	if json {
		return printJSON(c.App.Writer, l)
	}
	if err := l.WriteText(c.App.Writer); err != nil {
		return err
	}
	fmt.Fprintf(c.App.ErrWriter, "spaces are in %s, the lineage in %s; open %s\n", d.SpacesDir(), d.CSV(), d.Page())
	return nil
}

// setupOf is what the flags say, over what an evolution that is there already
// says.
func setupOf(c *cli.Context, dir string) (evolve.Setup, error) {
	has, err := evolve.ReadSetup(dir)
	if err != nil {
		return evolve.Setup{}, err
	}
	s := evolve.Setup{Version: version(), Options: evolve.Defaults(), Closing: evolve.DefaultClosing(), Data: "synthetic"}
	if has != nil {
		s = *has
	} else {
		if err := needs(c, "space", "flops"); err != nil {
			return s, err
		}
		if s.Recipe, err = trainer.Preset("proxy"); err != nil {
			return s, err
		}
	}
	for name, value := range map[string]*int{
		"rounds": &s.Rounds, "explore": &s.Explore, "proposals": &s.Proposals, "max": &s.Max, "best": &s.Best,
		"final": &s.Final, "search": &s.Search, "confirm": &s.Confirm, "seeds": &s.Seeds,
		"input": &s.Input, "train-images": &s.Train, "val-images": &s.Val, "test-images": &s.Test,
	} {
		if c.IsSet(name) {
			*value = c.Int(name)
		}
	}
	if c.IsSet("margin") {
		s.Margin = c.Float64("margin")
	}
	if c.IsSet("seed") {
		s.Seed = c.Uint64("seed")
	}
	if err := cmp.Or(badFlag(s.Options.Check()), badFlag(s.Closing.Check())); err != nil {
		return s, err
	}
	if s.Recipe, err = changed(c, s.Recipe); err != nil {
		return s, err
	}
	if err := evolveSpaces(c, &s); err != nil {
		return s, err
	}
	if c.IsSet("data") {
		if s.Data = c.String("data"); has != nil && s.Data != has.Data {
			return s, fmt.Errorf("%s: the evolution is on data %s, not %s: keep to it, or start another", dir, has.Data, s.Data)
		}
		if err := checkData(c); err != nil {
			return s, err
		}
	}
	if has == nil {
		if err := s.Images(os.Getenv(dataVariable)); err != nil {
			return s, err
		}
	}
	return s, s.Start(dir)
}

// evolveSpaces reads the spaces and the budget.
func evolveSpaces(c *cli.Context, s *evolve.Setup) (err error) {
	if c.IsSet("space") {
		if s.Space, err = evolve.Define(c.String("space")); err != nil {
			return err
		}
	}
	if c.IsSet("against") {
		s.Against = nil
		for _, name := range c.StringSlice("against") {
			def, err := evolve.Define(name)
			if err != nil {
				return err
			}
			s.Against = append(s.Against, def)
		}
	}
	if c.IsSet("flops") {
		l, err := space.ParseLimit("flops", c.String("flops"))
		if err != nil {
			return badFlag(err)
		}
		if l.Range.Empty() {
			return usagef("--flops %s: the low end is above the high end", c.String("flops"))
		}
		s.Flops = l.Range
	}
	return nil
}

package main

import (
	"github.com/urfave/cli/v2"

	"designspace/internal/run/looks"
)

// untilFlags say how far a run is trained.
func untilFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "until", DefaultText: "every model is trained", Usage: "train until `decided`: stop when the populations are told apart or shown to be equal"},
		&cli.IntFlag{Name: "max", Value: looks.DefaultMax, Usage: "train at most `N` models of each population (with --until)"},
		&cli.Float64Flag{Name: "margin", Value: looks.DefaultMargin, Usage: "means within `POINTS` percentage points count as equal, 0 for never (with --until)"},
	}
}

// untilOf reads the flags of untilFlags; nil if every model is to be trained, or
// as many as the run says.
func untilOf(c *cli.Context) (*looks.Options, error) {
	if !c.IsSet("until") {
		for _, name := range []string{"max", "margin"} {
			if c.IsSet(name) {
				return nil, usagef("--%s: goes only with --until decided", name)
			}
		}
		return nil, nil
	}
	if until := c.String("until"); until != "decided" {
		return nil, usagef("--until %s: want decided", until)
	}
	o := &looks.Options{Max: c.Int("max"), Margin: c.Float64("margin")}
	if err := o.Check(); err != nil {
		return nil, usagef("--%w", err)
	}
	return o, nil
}

package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"designspace/internal/format"
	"designspace/internal/suggest"
	"designspace/space"
)

func spaceCommand() *cli.Command {
	return &cli.Command{
		Name:  "space",
		Usage: "list or show design spaces, or their size",
		Description: `A space is a name of the catalog or a YAML file.

Example:
  designspace space show proxy/regnetx`,
		Action: groupAction,
		Subcommands: []*cli.Command{
			{
				Name: "list", Usage: "list the spaces of the catalog",
				UsageText: "designspace space list [--format json]",
				Description: `Example:
  designspace space list --format json`,
				Flags:  []cli.Flag{formatFlag()},
				Action: spaceList,
			},
			{
				Name: "show", Usage: "show the parameters and constraints of a space",
				UsageText: "designspace space show NAME|FILE [--format json|yaml]",
				Description: `As YAML it is a file that --space reads and that needs no parent: a beginning for
a space of your own.

Example:
  designspace space show proxy/anynetxd
  designspace space show proxy/anynetxd --format yaml > mine.yaml`,
				Flags:  []cli.Flag{formatFlag("yaml")},
				Action: spaceShow,
			},
			{
				Name: "size", Usage: "count the settings of a space",
				UsageText: "designspace space size NAME|FILE [--format json]",
				Description: `Counts the parameter settings exactly, before any is rejected. "paper" is the
estimate as in Table 1 of the RegNet paper.

Example:
  designspace space size imagenet/anynetxd`,
				Flags:  []cli.Flag{formatFlag()},
				Action: spaceSize,
			},
		},
	}
}

// groupAction answers a verb that lacks its second word.
func groupAction(c *cli.Context) error {
	var names []string
	for _, s := range c.Command.Subcommands {
		names = append(names, s.Name)
	}
	return usagef("%s: which verb? choose %s", c.Command.Name, suggest.Or(names))
}

// A spaceRow describes a space in a list.
type spaceRow struct {
	Name       string `json:"name"`
	Parent     string `json:"parent,omitempty"`
	Dimensions int    `json:"dimensions"`
	Settings   string `json:"settings"` // may exceed what numbers of JSON hold
	About      string `json:"about"`
}

func spaceList(c *cli.Context) error {
	json, err := asJSON(c)
	if err != nil {
		return err
	}
	if err := none(c); err != nil {
		return err
	}
	var list []spaceRow
	var rows [][]string
	for _, name := range space.Names() {
		s, err := space.Load(name)
		if err != nil {
			return err
		}
		settings, dimensions, paper := s.Size()
		list = append(list, spaceRow{s.Name, s.Parent, dimensions, settings.String(), s.About})
		rows = append(rows, []string{s.Name, strconv.Itoa(dimensions), fmt.Sprintf("%.2g", paper), s.About})
	}
	if json {
		return printJSON(c.App.Writer, list)
	}
	return format.Table(c.App.Writer, []string{"space", "dimensions", "size", "about"}, rows)
}

func spaceSize(c *cli.Context) error {
	json, err := asJSON(c)
	if err != nil {
		return err
	}
	name, err := only(c, "space")
	if err != nil {
		return err
	}
	s, err := space.Load(name)
	if err != nil {
		return err
	}
	settings, dimensions, paper := s.Size()
	if json {
		return printJSON(c.App.Writer, struct {
			Name       string  `json:"name"`
			Dimensions int     `json:"dimensions"`
			Settings   string  `json:"settings"`
			Paper      float64 `json:"paper"`
		}{s.Name, dimensions, settings.String(), paper})
	}
	_, err = fmt.Fprintf(c.App.Writer, "%s: %d dimensions, %s settings, %.2g in the paper's manner\n", s.Name, dimensions, settings, paper)
	return err
}

// A spaceView is a space as show prints it.
type spaceView struct {
	Name       string      `json:"name"`
	About      string      `json:"about"`
	Base       space.Base  `json:"base"`
	Parent     string      `json:"parent,omitempty"`
	Variant    bool        `json:"variant"`
	Lineage    []string    `json:"lineage"`
	Input      int         `json:"input"`
	Classes    int         `json:"classes"`
	Stem       space.Stem  `json:"stem"`
	StemWidth  int         `json:"stem_width"`
	Block      space.Block `json:"block"`
	StagesMin  int         `json:"stages_min"`
	StagesMax  int         `json:"stages_max"`
	DepthOrder space.Order `json:"depth_order"`
	WidthOrder space.Order `json:"width_order"`
	Params     []paramView `json:"params"`
	Limits     []string    `json:"limits"`
	Settings   string      `json:"settings"`
	Dimensions int         `json:"dimensions"`
}

type paramView struct {
	Name   string `json:"name"`
	Dist   string `json:"dist"`
	Values int    `json:"values"`
	Shared bool   `json:"shared"`
	Equals string `json:"equals,omitempty"`
}

func viewOf(s *space.Space) spaceView {
	settings, dimensions, _ := s.Size()
	base := s.Settings()
	v := spaceView{
		Name: s.Name, About: s.About, Base: s.Base, Parent: s.Parent, Variant: s.Variant, Lineage: append([]string{}, s.Lineage...),
		Input: base.Input, Classes: base.Classes, Stem: base.Stem, StemWidth: base.StemWidth, Block: base.Block,
		Settings: settings.String(), Dimensions: dimensions, Limits: []string{},
	}
	v.StagesMin, v.StagesMax = s.Stages()
	v.DepthOrder, v.WidthOrder = s.Orders()
	for _, p := range s.Params() {
		v.Params = append(v.Params, paramView{p.Name, p.Text, len(p.Distribution.Values), p.Shared, p.Equals})
	}
	for _, l := range s.Limits() {
		v.Limits = append(v.Limits, l.String())
	}
	return v
}

func spaceShow(c *cli.Context) error {
	layout, err := chosenFormat(c, "yaml")
	if err != nil {
		return err
	}
	name, err := only(c, "space")
	if err != nil {
		return err
	}
	s, err := space.Load(name)
	if err != nil {
		return err
	}
	switch layout {
	case "json":
		return printJSON(c.App.Writer, viewOf(s))
	case "yaml":
		_, err := c.App.Writer.Write(s.Marshal())
		return err
	}
	return printSpace(c.App.Writer, viewOf(s))
}

func printSpace(w io.Writer, v spaceView) error {
	fmt.Fprintf(w, "%s: %s\n", v.Name, v.About)
	if len(v.Lineage) > 0 {
		fmt.Fprintf(w, "from %s\n", strings.Join(v.Lineage, " > "))
	}
	fmt.Fprintf(w, "%s, stem %s %d wide, block %s, %d pixels, %d classes\n", v.Base, v.Stem, v.StemWidth, v.Block, v.Input, v.Classes)
	if v.StagesMin == v.StagesMax {
		fmt.Fprintf(w, "%d stages\n", v.StagesMin)
	} else {
		fmt.Fprintf(w, "%d to %d stages\n", v.StagesMin, v.StagesMax)
	}
	for _, o := range []struct {
		what  string
		order space.Order
	}{{"depths", v.DepthOrder}, {"widths", v.WidthOrder}} {
		if o.order != space.Unordered {
			fmt.Fprintf(w, "%s %s over the stages\n", o.what, o.order)
		}
	}
	fmt.Fprintf(w, "%d dimensions, %s settings\n\n", v.Dimensions, v.Settings)
	var rows [][]string
	for _, p := range v.Params {
		how := p.Dist
		if p.Equals != "" {
			how = "the draw of " + p.Equals
		} else if p.Shared {
			how += ", shared by the stages"
		}
		rows = append(rows, []string{p.Name, strconv.Itoa(p.Values), how})
	}
	if err := format.Table(w, []string{"parameter", "values", "drawn"}, rows); err != nil {
		return err
	}
	for _, l := range v.Limits {
		fmt.Fprintln(w, "limit:", l)
	}
	return nil
}

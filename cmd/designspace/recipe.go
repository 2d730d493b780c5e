package main

import (
	"fmt"
	"strconv"

	"github.com/urfave/cli/v2"

	"designspace/internal/format"
	"designspace/internal/run/pipeline"
	"designspace/internal/strictyaml"
	"designspace/trainer"
)

func recipeCommand() *cli.Command {
	return &cli.Command{
		Name:  "recipe",
		Usage: "list or show the recipes that models are trained by",
		Description: `A recipe is a name that the program knows, or a YAML file of changes to the
recipe proxy.

Example:
  designspace recipe show quick`,
		Action: groupAction,
		Subcommands: []*cli.Command{
			{
				Name: "list", Usage: "list the recipes that have a name",
				UsageText: "designspace recipe list [--format json]",
				Description: `Example:
  designspace recipe list`,
				Flags:  []cli.Flag{formatFlag()},
				Action: recipeList,
			},
			{
				Name: "show", Usage: "print a recipe as YAML, which train --recipe reads",
				UsageText: "designspace recipe show NAME|FILE",
				Description: `Prints every setting, also those that a file leaves to the recipe proxy.

Example:
  designspace recipe show cifar`,
				Action: recipeShow,
			},
		},
	}
}

// A recipeRow describes a recipe in a list.
type recipeRow struct {
	Name        string  `json:"name"`
	About       string  `json:"about"`
	Epochs      int     `json:"epochs"`
	Batch       int     `json:"batch"`
	LR          float64 `json:"lr"`
	WeightDecay float64 `json:"weight_decay"`
}

func recipeList(c *cli.Context) error {
	json, err := asJSON(c)
	if err != nil {
		return err
	}
	if err := none(c); err != nil {
		return err
	}
	var list []recipeRow
	var rows [][]string
	for _, p := range trainer.Presets() {
		r := p.Recipe
		list = append(list, recipeRow{p.Name, p.About, r.Epochs, r.Batch, r.LR, r.WeightDecay})
		rows = append(rows, []string{p.Name, strconv.Itoa(r.Epochs), strconv.Itoa(r.Batch), fmt.Sprint(r.LR), fmt.Sprint(r.WeightDecay), p.About})
	}
	if json {
		return printJSON(c.App.Writer, list)
	}
	return format.Table(c.App.Writer, []string{"recipe", "epochs", "batch", "lr", "weight decay", "about"}, rows)
}

func recipeShow(c *cli.Context) error {
	name, err := only(c, "recipe")
	if err != nil {
		return err
	}
	r, err := pipeline.LoadRecipe(name)
	if err != nil && !pipeline.IsRecipeFile(name) {
		return badUse(err)
	}
	if err != nil {
		return err
	}
	text, err := strictyaml.Marshal(r)
	if err != nil {
		return err
	}
	_, err = c.App.Writer.Write(text)
	return err
}

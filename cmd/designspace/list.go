package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"designspace/internal/format"
	"designspace/internal/run/pipeline"
)

func listCommand() *cli.Command {
	return &cli.Command{
		Name:      "list",
		Usage:     "list the runs below a directory",
		UsageText: "designspace list [DIR] [--format json]",
		Description: `Lists the run directories in DIR and below it, by default the current directory:
their spaces, the models of each (n), how many are trained, the least error and
when the last outcome came. A run that cannot be read is listed with the reason.
Links are followed only if they lead to a run.

Example:
  designspace list runs`,
		Flags:  []cli.Flag{formatFlag()},
		Action: list,
	}
}

func list(c *cli.Context) error {
	json, err := asJSON(c)
	if err != nil {
		return err
	}
	if c.NArg() > 1 {
		return usagef("list: give at most one directory: %s is too many", c.Args().Get(1))
	}
	dir := cmp.Or(c.Args().First(), ".")
	runs, err := pipeline.List(c.Context, dir)
	if err != nil {
		return err
	}
	if json {
		return printJSON(c.App.Writer, runs)
	}
	if len(runs) == 0 {
		_, err := fmt.Fprintf(c.App.ErrWriter, "no runs below %s\n", dir)
		return err
	}
	var rows [][]string
	for _, r := range runs {
		row := []string{r.Run, strings.Join(r.Spaces, ", ")}
		if r.Problem != "" {
			rows = append(rows, append(row, "", "", "", "", "", "", "", r.Problem))
			continue
		}
		best := ""
		if r.Best != nil {
			best = format.Percent(*r.Best)
		}
		for _, n := range []int{r.N, r.Models, r.Done + r.Diverged, r.Failed, r.Pending} {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, append(row, best, r.Changed.Local().Format("2006-01-02 15:04")))
	}
	columns := []string{"run", "spaces", "n", "models", "trained", "failed", "pending", "best (%)", "changed", "problem"}
	if !slices.ContainsFunc(runs, func(r pipeline.Listing) bool { return r.Problem != "" }) {
		columns = columns[:len(columns)-1]
	}
	return format.Table(c.App.Writer, columns, rows)
}

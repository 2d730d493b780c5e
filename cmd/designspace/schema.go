package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"designspace/internal/format"
	"designspace/internal/run/rundir"
	"designspace/internal/suggest"
)

func schemaCommand() *cli.Command {
	return &cli.Command{
		Name:      "schema",
		Usage:     "explain the columns of the tables of a run",
		UsageText: "designspace schema [FILE] [flags]",
		Description: `Prints type, unit and meaning of the columns of results.csv, or of another CSV
file of a run. A column such as d1 stands for those of all stages: d1, d2 and so
on. With --format json and no FILE it describes all files.

Example:
  designspace schema curves.csv`,
		Flags:  []cli.Flag{formatFlag("markdown")},
		Action: printSchema,
	}
}

func printSchema(c *cli.Context) error {
	layout, err := chosenFormat(c, "markdown")
	if err != nil {
		return err
	}
	if c.NArg() > 1 {
		return usagef("schema: give at most one FILE")
	}
	schemas := rundir.Schemas()
	if c.NArg() == 0 && layout == "json" {
		return printJSON(c.App.Writer, schemas)
	}
	i := 0
	if c.NArg() == 1 {
		if i, err = findSchema(schemas, c.Args().First()); err != nil {
			return err
		}
	}
	switch layout {
	case "json":
		return printJSON(c.App.Writer, schemas[i])
	case "markdown":
		return schemaMarkdown(c.App.Writer, schemas[i])
	}
	var rows [][]string
	for _, col := range schemas[i].Columns {
		rows = append(rows, []string{col.Name, col.Type, col.Unit, strings.ReplaceAll(col.Meaning, "`", "")})
	}
	return format.Table(c.App.Writer, []string{"column", "type", "unit", "meaning"}, rows)
}

func findSchema(schemas []rundir.Schema, file string) (int, error) {
	i := slices.IndexFunc(schemas, func(s rundir.Schema) bool {
		return s.File == filepath.Base(file) || strings.TrimSuffix(s.File, ".csv") == file
	})
	if i < 0 {
		var names []string
		for _, s := range schemas {
			names = append(names, s.File)
		}
		return 0, usagef("schema %s: no such table: %s", file, suggest.Known(file, names))
	}
	return i, nil
}

// schemaMarkdown writes a table of docs/columns.md.
func schemaMarkdown(w io.Writer, s rundir.Schema) error {
	if _, err := fmt.Fprint(w, "| column | type | unit | meaning |\n|---|---|---|---|\n"); err != nil {
		return err
	}
	for _, c := range s.Columns {
		if _, err := fmt.Fprintf(w, "| `%s` | %s | %s | %s |\n", c.Name, c.Type, c.Unit, c.Meaning); err != nil {
			return err
		}
	}
	return nil
}

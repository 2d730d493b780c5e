package main

import (
	"encoding/json"
	"io"
	"slices"

	"github.com/urfave/cli/v2"

	"designspace/internal/screen"
	"designspace/internal/suggest"
	"designspace/internal/table"
)

// formats are those of nearly every verb.
var formats = []string{"text", "json"}

// formatFlag is how a verb prints what a program may read. Verbs may know more
// formats than all do.
func formatFlag(more ...string) cli.Flag {
	return &cli.StringFlag{Name: "format", Value: "text", Usage: "`FORMAT` of the output: " + suggest.Or(slices.Concat(formats, more))}
}

// chosenFormat returns the format that the output is to have.
func chosenFormat(c *cli.Context, more ...string) (string, error) {
	all := slices.Concat(formats, more)
	f := c.String("format")
	if !slices.Contains(all, f) {
		return "", usagef("--format %s: no such format: choose %s", f, suggest.Or(all))
	}
	return f, nil
}

// asJSON reports whether the output is to be JSON.
func asJSON(c *cli.Context) (bool, error) {
	f, err := chosenFormat(c)
	return f == "json", err
}

// dataOut is where what other programs read goes.
func dataOut(c *cli.Context) io.Writer { return screen.Data(c.App.Writer) }

// excelFlag belongs to every verb that gives a person a CSV file.
func excelFlag() cli.Flag {
	return &cli.BoolFlag{Name: "excel", Usage: "write CSV for a spreadsheet, which takes no text for a formula"}
}

// csvTo is where CSV goes that is written to w.
func csvTo(c *cli.Context, w io.Writer) io.Writer {
	if c.Bool("excel") {
		return table.Spreadsheet{Writer: w}
	}
	return w
}

// printJSON writes a value for a program, and for a person who looks at it.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

package main

import (
	"encoding/json"
	"io"

	"github.com/urfave/cli/v2"
)

// formatFlag is how a verb prints what a program may read.
func formatFlag() cli.Flag {
	return &cli.StringFlag{Name: "format", Value: "text", Usage: "`FORMAT` of the output: text or json"}
}

// asJSON reports whether the output is to be JSON.
func asJSON(c *cli.Context) (bool, error) {
	switch f := c.String("format"); f {
	case "text":
		return false, nil
	case "json":
		return true, nil
	default:
		return false, usagef("--format %s: no such format: choose text or json", f)
	}
}

// printJSON writes a value for a program, and for a person who looks at it.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

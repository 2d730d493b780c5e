package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"designspace/internal/atomicfile"
	"designspace/internal/interop/importer"
	"designspace/internal/interop/pycls"
	"designspace/internal/run/rundir"
)

func importCommand() *cli.Command {
	return &cli.Command{
		Name:      "import",
		Usage:     "import populations that other programs trained, and pycls sweeps",
		UsageText: "designspace import FILE --out DIR|FILE.csv [flags]\n       designspace import SWEEP.yaml --out SPACE.yaml",
		Description: `Converts results of other programs to the columns of results.csv, for analyze,
plot and report: sweep.json of pycls, the job lists of "On Network Design Spaces
for Visual Recognition" (nds), and CSV exports of Optuna and W&B. The error is that
of the last epoch if there is one; --column chooses another.

A pycls sweep in YAML becomes a space; settings without a counterpart are named.

Example:
  designspace import sweep.json --out sweep.csv
  designspace import sweep.json --column error=test_ema_epoch.min_top1_err --out ema.csv
  designspace import trials.csv --accuracy value --fraction --space optuna --out runs/optuna
  designspace import cifar_regnet.yaml --out space.yaml`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Usage: "write to `PATH`: a CSV file, or a directory for results.csv"},
			&cli.StringFlag{Name: "from", DefaultText: "detected", Usage: "`FORMAT` of the input: " + importFormats()},
			&cli.StringFlag{Name: "space", DefaultText: "from the file", Usage: "`NAME` of the population"},
			&cli.StringSliceFlag{Name: "column", DefaultText: "detected", Usage: "read our column from theirs by `OURS=THEIRS`, such as error=top1_err; THEIRS may be a JSON path; repeat for several"},
			&cli.StringFlag{Name: "accuracy", DefaultText: "none", Usage: "compute the error from the accuracy in the column or JSON path `THEIRS`"},
			&cli.BoolFlag{Name: "fraction", Usage: "errors and accuracies are fractions of 1, not percent"},
		},
		Action: importFile,
	}
}

// importFormats lists what import reads.
func importFormats() string {
	var names []string
	for _, f := range importer.Formats {
		names = append(names, string(f))
	}
	return alternatives(names)
}

func importFile(c *cli.Context) error {
	file, err := only(c, "file")
	if err != nil {
		return err
	}
	to := c.String("out")
	if to == "" {
		return usagef("import: --out is missing: name the file or directory to write")
	}
	if same(file, to) {
		return usagef("import: --out %s: this is the input file: name another", to)
	}
	if ext := filepath.Ext(file); ext == ".yaml" || ext == ".yml" {
		return importSweep(c, file, to)
	}
	columns, err := mapping(c.StringSlice("column"))
	if err != nil {
		return err
	}
	o := importer.Options{
		Format: importer.Format(c.String("from")), Space: c.String("space"),
		Columns: columns, Accuracy: c.String("accuracy"), Fraction: c.Bool("fraction"),
	}
	if o.Format != "" && !slices.Contains(importer.Formats, o.Format) {
		return usagef("--from %s: no such format: choose %s", o.Format, importFormats())
	}
	if o.Accuracy != "" && columns["error"] != "" {
		return usagef("--accuracy and --column error=%s: name one", columns["error"])
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	p, err := importer.Read(file, data, o)
	if err != nil {
		return err
	}
	for _, n := range p.Notes {
		fmt.Fprintln(c.App.ErrWriter, "note:", n)
	}
	path, err := importTarget(to)
	if err != nil {
		return err
	}
	if err := atomicfile.Write(path, p.Write); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.App.Writer, "%d models (%s) in %s; look at them with: designspace analyze %s\n", p.Models, p.Format, path, to)
	return err
}

// same reports whether two paths lead to one file.
func same(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// mapping reads values of --column.
func mapping(values []string) (map[string]string, error) {
	m := map[string]string{}
	for _, v := range values {
		ours, theirs, ok := strings.Cut(v, "=")
		if !ok || ours == "" || theirs == "" {
			return nil, usagef("--column %s: want OURS=THEIRS, as in error=val_error", v)
		}
		if m[ours] != "" {
			return nil, usagef("--column %s: %s has a column already", v, ours)
		}
		m[ours] = theirs
	}
	return m, nil
}

// importTarget returns the CSV file to write: to itself, or results.csv in the
// directory of that name, which must not be a run of ours.
func importTarget(to string) (string, error) {
	if filepath.Ext(to) == ".csv" {
		return to, nil
	}
	d := rundir.Dir(to)
	if d.Exists() {
		return "", fmt.Errorf("%s: is a run already: name another directory", to)
	}
	if _, err := os.Stat(d.Results()); !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s: has results already: name another directory", to)
	}
	return d.Results(), os.MkdirAll(to, 0o777)
}

// importSweep writes the space of a sweep of pycls.
func importSweep(c *cli.Context, file, to string) error {
	for _, name := range []string{"from", "space", "column", "accuracy", "fraction"} {
		if c.IsSet(name) {
			return usagef("--%s: %s is a sweep and has no results", name, file)
		}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	s, err := pycls.ReadSweep(file, data)
	if err != nil {
		return err
	}
	for _, n := range s.Notes {
		fmt.Fprintln(c.App.ErrWriter, "note:", n)
	}
	err = atomicfile.Write(to, func(w io.Writer) error { _, err := w.Write(s.Space.Marshal()); return err })
	if err != nil {
		return err
	}
	n := ""
	if s.Models > 0 {
		n = fmt.Sprintf(" -n %d", s.Models)
	}
	_, err = fmt.Fprintf(c.App.Writer, "space %s in %s; draw from it with: designspace sample --space %s%s --out RUN\n", s.Space.Name, to, to, n)
	return err
}

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"designspace/internal/format"
	"designspace/internal/interop/importer"
	"designspace/internal/interop/pycls"
	"designspace/internal/run/rundir"
	"designspace/internal/suggest"
	"designspace/trainer"
)

func importCommand() *cli.Command {
	return &cli.Command{
		Name:      "import",
		Usage:     "import populations that other programs trained, and pycls sweeps",
		UsageText: "designspace import FILE|DIR --out DIR|FILE.csv [flags]\n       designspace import SWEEP.yaml --out SPACE.yaml",
		Description: `Converts results of other programs to the columns of results.csv, for analyze,
plot and report. A directory is searched for files of one model each. It reads

` + importFormats() + `
What a file does not say is asked for. An error is found by its name; of a column
such as value or score say what it is. Models that are not finished, failed or
were pruned do not count. Rows of one id with different seeds are repeated
trainings of a model; they go to repeats.csv of a directory.

A pycls sweep in YAML becomes a space; settings without a counterpart are named.

Example:
  printf 'lr,width,value\n0.1,16,0.853\n0.2,32,0.871\n' > trials.csv
  designspace import trials.csv --accuracy value --fraction --space mine --out runs/mine

  echo '[{"id": 1, "test": {"top1_err": 8.2}}, {"id": 2, "test": {"top1_err": 7.9}}]' > jobs.json
  designspace import jobs.json --error test.top1_err --out jobs.csv`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Usage: "write to `PATH`: a CSV file, or a directory for results.csv"},
			forceFlag(), excelFlag(),
			&cli.StringFlag{Name: "from", DefaultText: "detected", Usage: "`FORMAT` of the input: " + suggest.Or(importer.Formats())},
			&cli.StringFlag{Name: "space", DefaultText: "from the file", Usage: "`NAME` of the population"},
			&cli.StringFlag{Name: "error", DefaultText: "detected", Usage: "the error is in the column or JSON path `THEIRS`"},
			&cli.StringFlag{Name: "accuracy", Usage: "compute the error from the accuracy in `THEIRS`, or from its negative in -THEIRS"},
			&cli.StringFlag{Name: "minimize", Usage: "compare models by the metric in `THEIRS`, which keeps its name and unit; little is good"},
			&cli.StringFlag{Name: "maximize", Usage: "compare models by the metric in `THEIRS`, of which much is good"},
			&cli.BoolFlag{Name: "fraction", Usage: "errors and accuracies are fractions of 1, not percent"},
			&cli.StringSliceFlag{Name: "status", Usage: "a model of this status counts so: `THEIRS=done`, failed, pending or diverged; repeat for several"},
			&cli.StringSliceFlag{Name: "column", DefaultText: "detected", Usage: "read our column from theirs by `OURS=THEIRS`, such as flops=macs; THEIRS may be a JSON path; repeat for several"},
		},
		Action: importFile,
	}
}

// importFormats lists what import reads.
func importFormats() string {
	var b strings.Builder
	for _, d := range importer.Dialects() {
		fmt.Fprintf(&b, "  %-12s %s\n", d.Format, d.About)
	}
	return b.String()
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
	o, err := importOptions(c)
	if err != nil {
		return err
	}
	p, err := readPopulation(file, o)
	if err != nil {
		return err
	}
	for _, n := range p.Notes {
		fmt.Fprintln(c.App.ErrWriter, "note:", n)
	}
	path, err := importTarget(c, to)
	if err != nil {
		return err
	}
	if err := writePopulation(c, p, path, to); err != nil {
		return err
	}
	hint := "look at them with: designspace analyze " + rundir.Dir(to).Word()
	if p.Metric.Column != "" {
		hint = "they are compared by " + p.Metric.Column + ": designspace analyze " + rundir.Dir(to).Word()
	}
	_, err = fmt.Fprintf(c.App.Writer, "%s (%s) in %s; %s\n", format.Count(p.Models, "model"), p.Format, path, hint)
	return err
}

// metricFlags are the flags that name the metric.
var metricFlags = []struct {
	name string
	kind importer.Kind
}{{"error", importer.Error}, {"accuracy", importer.Accuracy}, {"minimize", importer.Minimize}, {"maximize", importer.Maximize}}

func importOptions(c *cli.Context) (o importer.Options, err error) {
	o = importer.Options{Format: importer.Format(c.String("from")), Space: c.String("space"), Fraction: c.Bool("fraction")}
	if o.Format != "" && !slices.Contains(importer.Formats(), c.String("from")) {
		return o, usagef("--from %s: no such format: choose %s", o.Format, suggest.Or(importer.Formats()))
	}
	if o.Columns, err = mapping("column", "OURS=THEIRS, as in flops=macs", c.StringSlice("column")); err != nil {
		return o, err
	}
	given := ""
	if o.Columns["error"] != "" {
		given = "--column error=" + o.Columns["error"]
	}
	for _, f := range metricFlags {
		name := c.String(f.name)
		if name == "" {
			continue
		}
		if given != "" {
			return o, usagef("%s and --%s %s: name one", given, f.name, name)
		}
		given, o.Metric = "--"+f.name+" "+name, importer.Metric{Column: name, Kind: f.kind}
	}
	if o.Fraction && (c.IsSet("minimize") || c.IsSet("maximize")) {
		return o, usagef("--fraction: %s keeps its unit; it goes with --error and --accuracy", given)
	}
	words, err := mapping("status", "THEIRS=done, failed, pending or diverged", c.StringSlice("status"))
	if err != nil {
		return o, err
	}
	o.Status = map[string]trainer.Status{}
	for theirs, ours := range words {
		if o.Status[theirs], err = trainer.ParseStatus(ours); err != nil {
			return o, usagef("--status %s=%s: want done, failed, pending or diverged", theirs, ours)
		}
	}
	return o, nil
}

// readPopulation reads a file, or the files of a directory.
func readPopulation(path string, o importer.Options) (*importer.Table, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return importer.ReadDir(path, o)
	}
	data, err := importer.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return importer.Read(path, data, o)
}

// writePopulation writes a population to the CSV file at path, or where to is a
// directory, its repeats and curves beside the results.
func writePopulation(c *cli.Context, p *importer.Table, path, to string) error {
	if path == to {
		if p.HasCurves() {
			fmt.Fprintln(c.App.ErrWriter, "note: one file has no place for the curves of the models; name a directory with --out to keep them")
		}
		return writeOut(c, path, func(w io.Writer) error { return p.Write(csvTo(c, w)) })
	}
	d := rundir.Dir(to)
	for _, f := range []struct {
		path  string
		there bool
		write func(io.Writer) error
	}{{path, true, p.WriteResults}, {d.Curves(), p.HasCurves(), p.WriteCurves}, {d.Repeats(), p.Repeats, p.Write}} {
		var err error
		if f.there {
			err = writeIn(c, to, f.path, f.write)
		} else if c.Bool("force") { // one that is there is of the results that were replaced
			err = os.Remove(f.path)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
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

// mapping reads the values A=B of a flag, each A once.
func mapping(flag, want string, values []string) (map[string]string, error) {
	m := map[string]string{}
	for _, v := range values {
		a, b, ok := strings.Cut(v, "=")
		if !ok || a == "" || b == "" {
			return nil, usagef("--%s %s: want %s", flag, v, want)
		}
		if m[a] != "" {
			return nil, usagef("--%s %s: %s is given already", flag, v, a)
		}
		m[a] = b
	}
	return m, nil
}

// importTarget returns the CSV file to write: to itself, or results.csv in the
// directory of that name, which must not be a run of ours.
func importTarget(c *cli.Context, to string) (string, error) {
	if info, err := os.Stat(to); regexp.MustCompile(`\.[A-Za-z]+$`).MatchString(to) && (err != nil || !info.IsDir()) {
		return to, checkOut(to, ".csv")
	}
	if c.Bool("excel") {
		return "", usagef("--excel: goes only with --out FILE.csv: a directory is for programs")
	}
	d := rundir.Dir(to)
	if d.Exists() {
		return "", fmt.Errorf("%s: is a run already: name another directory", to)
	}
	return d.Results(), os.MkdirAll(to, 0o777)
}

// importSweep writes the space of a sweep of pycls.
func importSweep(c *cli.Context, file, to string) error {
	for _, name := range []string{"from", "space", "column", "error", "accuracy", "minimize", "maximize", "status", "fraction"} {
		if c.IsSet(name) {
			return usagef("--%s: %s is a sweep and has no results", name, file)
		}
	}
	data, err := importer.ReadFile(file)
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
	if err := checkOut(to, ".yaml", ".yml"); err != nil {
		return err
	}
	if err := writeText(c, to, s.Space.Marshal()); err != nil {
		return err
	}
	n := ""
	if s.Models > 0 {
		n = fmt.Sprintf(" -n %d", s.Models)
	}
	_, err = fmt.Fprintf(c.App.Writer, "space %s in %s; draw from it with: designspace sample --space %s%s --out RUN\n", s.Space.Name, to, rundir.Dir(to).Word(), n)
	return err
}

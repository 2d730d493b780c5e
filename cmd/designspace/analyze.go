package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"designspace/edf"
	"designspace/internal/interop/importer"
	"designspace/internal/run/rundir"
	"designspace/internal/screen"
	"designspace/internal/study/analysis"
	"designspace/internal/suggest"
	"designspace/internal/table"
	"designspace/plots"
)

// studyFlags choose rows and populations of result tables.
func studyFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "where", Usage: "keep models that satisfy the `CONDITIONS`, such as 'flops<3e6, block=x or model=regnet*'"},
		&cli.StringFlag{Name: "by", Usage: "one population per value of `COLUMN`, or of several columns joined by commas"},
		&cli.StringFlag{Name: "parameters", DefaultText: "all numeric columns but identifiers, outcomes and timings", Usage: "the parameter `COLUMNS`, joined by commas"},
		&cli.StringFlag{Name: "normalize", Usage: "weight models so that every population is uniform over `COLUMN`, such as flops or flops:20 (20 bins)"},
		&cli.StringFlag{Name: "metric", DefaultText: "error in percent", Usage: "compare models by the column `NAME`, of which less is better, or NAME:max"},
	}
}

// adjustFlag is for runs that were sampled without a predictor.
func adjustFlag() cli.Flag {
	return &cli.BoolFlag{Name: "adjust", Usage: "predict errors for adjusted estimates of runs that were sampled without a predictor"}
}

func anywayFlag() cli.Flag {
	return &cli.BoolFlag{Name: "anyway", Usage: "give verdicts on populations that differ in data, recipe, epochs or input"}
}

// loadStudy reads the run directories and CSV files that a verb was given, none
// of them twice: that would double its models and make every difference look
// surer than it is. With untrained it does with models without an error.
func loadStudy(c *cli.Context, paths []string, untrained bool) (*analysis.Study, error) {
	if len(paths) == 0 {
		return nil, usagef("%s: no run directory or CSV file given: see --help", c.Command.Name)
	}
	for i, p := range paths {
		for _, q := range paths[:i] {
			a, errA := os.Stat(p)
			b, errB := os.Stat(q)
			if errA == nil && errB == nil && os.SameFile(a, b) || p == "-" && q == "-" {
				return nil, usagef("%s: given twice, first as %s: name it once", p, q)
			}
		}
	}
	o, err := studyOptions(c)
	if err != nil {
		return nil, err
	}
	o.Untrained = untrained
	if err := absent(paths); err != nil {
		return nil, err
	}
	return analysis.Load(paths, o)
}

// absent reports a path at which there is nothing to study, and what was meant.
func absent(paths []string) error {
	for _, path := range paths {
		info, err := os.Stat(path)
		if path == "-" || err == nil && !info.IsDir() || rundir.Dir(path).Exists() {
			continue
		}
		if _, err := os.Stat(rundir.Dir(path).Results()); err == nil {
			continue
		}
		tables, _ := filepath.Glob(filepath.Join(quoteGlob.Replace(filepath.Dir(path)), "*.csv"))
		if near := suggest.Nearest(path, slices.Concat(runs(path+"/"), runs(filepath.Dir(path)+"/"), tables)); near != nil {
			return fmt.Errorf("%s: no run and no table: did you mean %s?", path, suggest.Or(near))
		}
	}
	return nil
}

// quoteGlob takes the meaning from what filepath.Glob takes for a pattern.
var quoteGlob = strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`)

func studyOptions(c *cli.Context) (analysis.Options, error) {
	o := analysis.Options{Where: c.String("where"), By: c.String("by"), Anyway: c.Bool("anyway"), Adjust: c.Bool("adjust"), Importance: c.Bool("importance"), Against: c.String("against"), Stdin: c.App.Reader}
	if c.IsSet("metric") {
		if name := c.String("metric"); importer.IsAccuracy(name) {
			return o, usagef("--metric %s: it looks like an accuracy, of which more is better: write %[1]s:max, or %[1]s:min for one of which less is", name)
		}
		var err error
		if o.Metric, err = analysis.ParseMetric(c.String("metric")); err != nil {
			return o, badFlag(err)
		}
	}
	if err := checkWhere(c); err != nil {
		return o, err
	}
	if c.IsSet("parameters") {
		for name := range strings.SplitSeq(c.String("parameters"), ",") {
			o.Parameters = append(o.Parameters, strings.TrimSpace(name))
		}
	}
	column, bins, given := strings.Cut(c.String("normalize"), ":")
	if o.Normalize = column; given {
		var err error
		if o.Bins, err = strconv.Atoi(bins); err != nil || o.Bins < 1 {
			return o, usagef("--normalize %s: %q is no number of bins: as in %s:10", c.String("normalize"), bins, column)
		}
	}
	return o, nil
}

func checkWhere(c *cli.Context) error {
	if c.String("where") == "" {
		return nil
	}
	return badFlag(table.CheckWhere(c.String("where")))
}

// comparisonOptions reads the flags of comparisons, of which a verb may lack
// some.
func comparisonOptions(c *cli.Context) (edf.Options, error) {
	o := edf.Options{Seed: c.Uint64("seed"), Margin: c.Float64("margin"), Power: c.Float64("power")}
	return o, badFlag(o.Check())
}

func analyzeCommand() *cli.Command {
	return &cli.Command{
		Name:      "analyze",
		Usage:     "compare populations and find the best parameter values",
		UsageText: "designspace analyze RUN|CSV ... [flags]",
		Description: `Reads run directories, or CSV files with a header and a column "error" in
percent; - is a table on standard input. Populations are the values of the column
"space", or of --by, or else the files. Prints a summary of each population, a comparison of each pair, for each
parameter the values of the best models (empirical bootstrap), and which values
may be best in mean error (multiple comparisons with the best). For runs
it also prints how well the ranks after each epoch agree with the final ranks
and, after train --repeats, how far a single error can be trusted.

The verdict is that of the first population against the second: better or worse
if the Brunner-Munzel test, adjusted for the number of pairs, is significant at
0.05, otherwise ~; a remark behind it says where the means tell something else.

Populations that were trained on other data, or by another recipe, for other
epochs or at another input size, stand in a box above the results and get no
verdict without --anyway.

--fidelity compares two runs of the same models, A and B: does A, with fewer
images or epochs, rank them as B does, and what does it cost to choose by A?

--importance says how much of the variance of errors each parameter accounts for,
alone and together with others (functional ANOVA), beyond what flops tell.

--against COLUMN compares two metrics at once: what searches attain in error within
a cost, such as flops or train_seconds, on average over all costs that the
populations have in common (attainment; the hypervolume in units of error). The
same architectures in two conditions are compared pair by pair.

--format csv prints one --table, with the names of the JSON output.

Example:
  designspace analyze runs/first --where 'flops<3e6'
  designspace analyze runs/first --against flops
  designspace analyze runs/first --format csv --table bootstrap
  designspace analyze - < runs/first/results.csv

  designspace sample --space proxy/anynetxa --space proxy/regnetx -n 8 --flops 600K:1.2M --input 16 --out runs/short
  designspace train runs/short --recipe quick --epochs 1 --train-images 500 --test-images 1000
  designspace analyze --fidelity runs/short runs/first`,
		Flags: append(studyFlags(),
			anywayFlag(),
			adjustFlag(),
			&cli.Float64Flag{Name: "margin", DefaultText: "no test", Usage: "test equivalence: means within `POINTS` percentage points count as equal"},
			&cli.Float64Flag{Name: "power", DefaultText: "none", Usage: "print how many models would show the difference with `PROBABILITY`, such as 0.8"},
			&cli.Uint64Flag{Name: "seed", Usage: "random `SEED` of the bootstrap intervals"},
			&cli.BoolFlag{Name: "importance", Usage: "what each parameter accounts for in the variance of errors, with intervals"},
			&cli.StringFlag{Name: "against", Usage: "compare at equal cost, which is `COLUMN`, such as flops or train_seconds"},
			&cli.BoolFlag{Name: "fidelity", Usage: "compare the ranks of the same models in two runs"},
			&cli.IntFlag{Name: "top", DefaultText: "a tenth", Usage: "the `N` best models count as the top (with --fidelity)", Action: positive("top")},
			&cli.BoolFlag{Name: "no-plot", Usage: "do not draw the error distributions"},
			&cli.BoolFlag{Name: "no-notes", Usage: "do not say what each statistic means"},
			formatFlag("csv"), excelFlag(),
			&cli.StringFlag{Name: "table", Usage: "print `TABLE` as CSV: " + suggest.Or(analysis.Tables)},
		),
		Action: analyze,
	}
}

func analyze(c *cli.Context) error {
	format, err := analysisFormat(c)
	if err != nil {
		return err
	}
	if c.IsSet("top") && !c.Bool("fidelity") {
		return usagef("--top: goes only with --fidelity")
	}
	o, err := comparisonOptions(c)
	if err != nil {
		return err
	}
	s, err := loadStudy(c, c.Args().Slice(), false)
	if err != nil {
		return err
	}
	if c.Bool("fidelity") {
		return compareRuns(c, s, format)
	}
	r, err := s.Analyze(o)
	if err != nil {
		return err
	}
	switch {
	case format == "json":
		return printJSON(c.App.Writer, r)
	case format == "csv":
		return r.WriteCSV(csvTo(c, dataOut(c)), c.String("table"))
	}
	return printAnalysis(c.App.Writer, s, r, printOptions{plot: !c.Bool("no-plot"), explain: !c.Bool("no-notes")})
}

// analysisFormat returns the format of the output and makes sure that --table
// goes with it.
func analysisFormat(c *cli.Context) (string, error) {
	format, err := chosenFormat(c, "csv")
	if err != nil {
		return "", err
	}
	name, wanted := c.String("table"), format == "csv" && !c.Bool("fidelity")
	switch {
	case wanted && name == "":
		return "", usagef("analyze --format csv: choose the table to print with --table: %s", suggest.Or(analysis.Tables))
	case wanted && !slices.Contains(analysis.Tables, name):
		return "", usagef("--table %s: no such table: choose %s", name, suggest.Or(analysis.Tables))
	case wanted && name == "importance" && !c.Bool("importance"):
		return "", usagef("--table importance: add --importance")
	case wanted && (name == "attained" || name == "at_equal_cost") && c.String("against") == "":
		return "", usagef("--table %s: add --against COLUMN, such as --against flops", name)
	case c.Bool("excel") && format != "csv":
		return "", usagef("--excel: goes only with --format csv")
	case !wanted && c.IsSet("table"):
		return "", usagef("--table %s: goes only with --format csv, and not with --fidelity", name)
	}
	return format, nil
}

// compareRuns says how well one run stands for another.
func compareRuns(c *cli.Context, s *analysis.Study, format string) error {
	if c.NArg() != 2 {
		return usagef("analyze --fidelity: give two run directories or CSV files, A and B")
	}
	f, err := s.Fidelity(edf.FidelityOptions{Seed: c.Uint64("seed"), Top: c.Int("top")})
	if err != nil {
		return err
	}
	switch format {
	case "json":
		return printJSON(c.App.Writer, map[string]any{"fidelity": f})
	case "csv":
		return f.WriteCSV(csvTo(c, dataOut(c)))
	}
	if err := f.WriteText(c.App.Writer); err != nil || c.Bool("no-notes") {
		return err
	}
	return f.WriteExplanations(c.App.Writer)
}

// printOptions say what stands beside the tables of an analysis.
type printOptions struct {
	plot    bool // the error distributions
	explain bool // what the statistics mean
}

// printAnalysis says what was found: first what does not compare.
func printAnalysis(w io.Writer, s *analysis.Study, r *analysis.Result, o printOptions) error {
	if err := r.WriteBox(w); err != nil {
		return err
	}
	if o.plot && s.Chosen() == "" {
		t := terminalOptions(w)
		t.XLabel, t.Measure = s.Label(), plots.Measure{Name: s.Metric().Name, Higher: s.Metric().Higher}
		var ps []edf.Population
		for _, p := range s.Populations {
			ps = append(ps, s.Shown(p))
		}
		text, err := plots.Terminal(ps, t)
		if err != nil {
			return err
		}
		fmt.Fprintln(screen.Raw(w), text) // with colours
	}
	if err := r.WriteText(w); err != nil || !o.explain {
		return err
	}
	return r.WriteExplanations(w)
}

// terminalOptions fit a drawing to what w is.
func terminalOptions(w io.Writer) plots.TerminalOptions {
	f := screen.Terminal(w)
	if f == nil {
		return plots.TerminalOptions{}
	}
	o := plots.TerminalOptions{Color: os.Getenv("NO_COLOR") == ""}
	if columns, _, err := term.GetSize(int(f.Fd())); err == nil {
		o.Columns = min(columns, 100)
	}
	return o
}

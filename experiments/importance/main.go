// Importance says what the parameters of recorded populations account for in the
// variance of their errors:
//
//	go run ./experiments/importance
//
// from the root of the repository writes experiments/IMPORTANCE.md. The same seed
// gives the same file.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"designspace/bootstrap"
	"designspace/edf"
	"designspace/internal/atomicfile"
	"designspace/internal/study/analysis"
)

func main() {
	rootSeed := flag.Uint64("seed", 1, "of forests and resamples")
	dir := flag.String("results", "experiments/results/cifar", "directory of dated results")
	out := flag.String("out", "experiments/IMPORTANCE.md", "file to write")
	flag.Parse()
	err := atomicfile.Write(*out, func(w io.Writer) error { return write(w, *dir, populations, *rootSeed) })
	if err != nil {
		fmt.Fprintln(os.Stderr, "importance:", err)
		os.Exit(1)
	}
}

// populations are recorded ones, by their files.
var populations = []string{
	"2026-11-24/anynetxa-500K-600K-n400",
	"2026-11-24/anynetxa-500K-600K",
	"2026-11-24/anynetxb-500K-600K",
	"2026-11-24/anynetxc-500K-600K",
	"2026-11-24/anynetxd-500K-600K",
	"2026-11-24/anynetxe-500K-600K",
	"2026-11-24/regnetx-500K-600K",
	"2026-11-24/anynetxa-1M-1.2M",
	"2026-11-24/anynetxe-1M-1.2M",
	"2026-11-24/regnetx-1M-1.2M",
	"2026-11-24/anynetra-1M-1.2M",
	"2026-11-24/anynetva-2M-2.4M",
	"2026-11-24/anynetvra-2M-2.4M",
	"2026-11-25/mbconv-1M-1.2M",
}

func write(w io.Writer, dir string, populations []string, rootSeed uint64) error {
	fmt.Fprintf(w, `# Importance of parameters in the recorded populations

What the parameters of a population account for in the variance of its errors, alone, beyond what flops tell. Made by

    go run ./experiments/importance -seed %d

A share comes with its 95 %% interval. Listed are parameters whose interval does not hold 0, the greatest first, at most six; of
parameters that tell nothing 1 in 20 is listed, too. In the best quarter, errors above its limit count as the limit. Forest is what a
forest predicts of models that it was not fitted to, from all parameters; what is missing to 1 is noise, or too complicated for so few
models.

At these budgets depth and width of the last stages account for most, group widths and bottleneck ratios for little or nothing: shallow,
wide late stages are better. In the best quarter less can be told. Where widths are ruled by a line (RegNetX), depth alone accounts for
most.

| population | models | forest | all errors | best quarter |
|---|--:|--:|---|---|
`, rootSeed)
	var related []string
	for _, name := range populations {
		e, err := explain(filepath.Join(dir, name+".csv"), rootSeed)
		if err != nil {
			return err
		}
		all := e.Predicted().All
		fmt.Fprintf(w, "| %s | %d | %s | %s | %s |\n", filepath.Base(name), e.Models, share(all),
			list(e, func(r analysis.Row) bootstrap.Interval { return r.All }), list(e, func(r analysis.Row) bootstrap.Interval { return r.Best }))
		for _, warning := range e.All.Warnings {
			names, _, _ := strings.Cut(warning, ":")
			related = append(related, filepath.Base(name)+": "+names)
		}
	}
	_, err := fmt.Fprintf(w, `
Some parameters vary together, so that others tell at least half of their spread and it is not sure whose the shares are:

* %s
`, strings.Join(related, "\n* "))
	return err
}

func explain(path string, rootSeed uint64) (*analysis.Explained, error) {
	s, err := analysis.Load([]string{path}, analysis.Options{})
	if err != nil {
		return nil, err
	}
	return s.Importance(s.Populations[0], edf.Options{Seed: rootSeed})
}

// list names the parameters whose share is surely above 0.
func list(e *analysis.Explained, of func(analysis.Row) bootstrap.Interval) string {
	const most = 6
	var parts []string
	for _, r := range e.Parameters(of) {
		if i := of(r); i.Lo > 0 && len(parts) < most {
			parts = append(parts, r.Name+" "+share(i))
		}
	}
	if parts == nil {
		return "none"
	}
	return strings.Join(parts, ", ")
}

func share(i bootstrap.Interval) string {
	return fmt.Sprintf("%.2f [%.2f, %.2f]", i.Estimate, i.Lo, i.Hi)
}

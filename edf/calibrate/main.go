// Calibrate measures how often the intervals of package edf hold the truth, and
// how often its tests err, by drawing samples from distributions that are known:
//
//	go run ./edf/calibrate
//
// from the root of the repository writes edf/calibration.csv, which package edf
// reads, and edf/CALIBRATION.md, which people do. The same seed gives the same
// files, on any number of processors; with -missing only what the table lacks is
// measured.
package main

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
)

// defaultReplicates make the committed table.
const defaultReplicates = 2000

func main() {
	replicates := flag.Int("replicates", defaultReplicates, "samples of each distribution and size; a fraction where one takes long")
	rootSeed := flag.Uint64("seed", 1, "of all samples")
	results := flag.String("results", "experiments/results/cifar", "directory with recorded populations")
	out := flag.String("out", "edf", "directory of calibration.csv and CALIBRATION.md")
	missing := flag.Bool("missing", false, "measure only what the table lacks; what it has must be of the same seed and replicates")
	flag.Parse()
	if err := run(*replicates, *rootSeed, *results, *out, *missing); err != nil {
		fmt.Fprintln(os.Stderr, "calibrate:", err)
		os.Exit(1)
	}
}

func run(replicates int, rootSeed uint64, results, out string, missing bool) error {
	populations, err := recorded(results)
	if err != nil {
		return err
	}
	table := filepath.Join(out, "calibration.csv")
	var has []row
	if missing {
		if has, err = readCSV(table); err != nil {
			return err
		}
	}
	if err := writeCSV(table, complete(has, cells(populations), replicates, rootSeed)); err != nil {
		return err
	}
	rows, err := readCSV(table) // rounded
	if err != nil {
		return err
	}
	return writeMarkdown(filepath.Join(out, "CALIBRATION.md"), rows, replicates, rootSeed)
}

// A row of the table: how often a statistic did what it says.
type row struct {
	statistic, distribution string
	na, nb                  int
	stated                  float64
	measured                float64
	replicates              int // that gave an answer
}

// mcError is the standard error of a measured share.
func (r row) mcError() float64 {
	p := min(max(r.measured, 1/float64(r.replicates)), 1-1/float64(r.replicates))
	return math.Sqrt(p * (1 - p) / float64(r.replicates))
}

// complete returns the rows of all cells in their order: those that there are,
// which depend on no other, and the others measured.
func complete(has []row, all []cell, replicates int, rootSeed uint64) []row {
	type key struct {
		statistic, distribution string
		na, nb                  int
	}
	rows := map[key]row{}
	add := func(list []row) {
		for _, r := range list {
			rows[key{r.statistic, r.distribution, r.na, r.nb}] = r
		}
	}
	add(has)
	keys := func(c cell) (ks []key) {
		for _, s := range c.stated {
			ks = append(ks, key{s.statistic, c.distribution, c.na, c.nb})
		}
		return ks
	}
	var lacking []cell
	for _, c := range all {
		if slices.ContainsFunc(keys(c), func(k key) bool { _, ok := rows[k]; return !ok }) {
			lacking = append(lacking, c)
		}
	}
	add(measure(lacking, replicates, rootSeed))
	var list []row
	for _, c := range all {
		for _, k := range keys(c) {
			list = append(list, rows[k])
		}
	}
	return list
}

// measure runs all cells, in parallel.
func measure(cells []cell, replicates int, rootSeed uint64) []row {
	results := make([][]row, len(cells))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, c := range cells {
		g.Go(func() error {
			results[i] = c.measure(max(int(c.replicates*float64(replicates)), 1), rootSeed)
			return nil
		})
	}
	g.Wait()
	var rows []row
	for _, r := range results {
		rows = append(rows, r...)
	}
	return rows
}

func (c cell) measure(replicates int, rootSeed uint64) []row {
	rows := make([]row, len(c.stated))
	for k, s := range c.stated {
		rows[k] = row{s.statistic, c.distribution, c.na, c.nb, s.share, 0, 0}
	}
	try := c.trial()
	for i := range replicates {
		for k, x := range try(c.generator(rootSeed, i)) {
			if !math.IsNaN(x) {
				rows[k].measured += x
				rows[k].replicates++
			}
		}
	}
	for k := range rows {
		rows[k].measured /= float64(rows[k].replicates)
	}
	return rows
}

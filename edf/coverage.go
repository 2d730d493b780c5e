package edf

import (
	_ "embed" // of the table
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A Statistic is an interval or a test and what it promises, which CALIBRATION.md
// compares with what was measured.
type Statistic struct {
	Name    string // in calibration.csv
	Promise string // in 95 of 100 samples, or without exception
	AtLeast bool   // more often than that is no fault: of how it is made, not by chance
	Test    bool   // the promise is how often it errs, at most
}

// Statistics returns all that are measured, in the order of CALIBRATION.md.
func Statistics() []Statistic {
	return []Statistic{
		{Name: "mean", Promise: "The interval holds the mean error of all models of the space."},
		{Name: "median", AtLeast: true, Promise: "The interval holds the error that half of the space's models are below."},
		{Name: "edf-band", AtLeast: true, Promise: "The band holds the whole distribution function at once."},
		{Name: "edf-pointwise", Promise: "The interval holds the share of the space's models below one error."},
		{Name: "expected-best", Promise: "The interval holds the expected least error among m models, here a quarter of the sample's."},
		{Name: "search-gap", AtLeast: true, Promise: "The interval holds the expected least error among 32 models less that among 99."},
		{Name: "probability-less", Promise: "The interval holds the probability that a model of the first space has a lower error than one of the second."},
		{Name: "verdict", Test: true, Promise: "Where P(a < b) is 1/2 a verdict is given in 5 of 100 comparisons at most."},
		{Name: "mann-whitney", Test: true, Promise: "Spaces with the same distribution are told apart in 5 of 100 comparisons at most."},
		{Name: "ks", Test: true, Promise: "Spaces with the same distribution are told apart in 5 of 100 comparisons at most."},
		{Name: "verdict-family", Test: true, Promise: "Where no space differs any verdict at all is given in 5 of 100 comparisons of five spaces at most."},
		{Name: "verdict-looked-at-early", Test: true, Promise: "None: a verdict that is taken at the first look that gives one errs more often than 5 of 100."},
		{Name: "false-discoveries", Test: true, Promise: "Of ten findings that stand by Benjamini and Hochberg 5 of 100 are false on average, at most; here none is true."},
		{Name: "equivalence", Test: true, Promise: "Spaces whose means differ by the margin are called equivalent in 5 of 100 comparisons at most."},
		{Name: "mean-difference", Promise: "The interval holds the difference of the mean errors."},
		{Name: "adjusted-mean", Promise: "The interval holds the mean error of all models of the space."},
		{Name: "adjusted-difference", Promise: "The interval holds the difference of the mean errors."},
		{Name: "adjusted-probability-less", AtLeast: true, Promise: "The interval holds the probability that a model of the first space has a lower error than one of the second."},
		{Name: "adjusted-edf-band", Promise: "The band holds the whole distribution function at once."},
		{Name: "attained", AtLeast: true, Promise: "The interval holds the error that searches attain at equal cost, in a simulation."},
		{Name: "attained-difference", AtLeast: true, Promise: "It holds the difference of that in two spaces, which is 0 here."},
		{Name: "tilted-mean", Promise: "The interval holds the mean error of all models of the space, of which those are preferred that are predicted to be good (--tilt)."},
		{Name: "tilted-median", AtLeast: true, Promise: "The interval holds the error that half of them are below."},
		{Name: "tilted-edf-band", AtLeast: true, Promise: "The band holds their whole distribution function at once."},
		{Name: "tilted-expected-best", Promise: "The interval holds the expected least error among m of them, here a quarter of the sample's."},
		{Name: "tilted-mean-difference", Promise: "The interval holds the difference of the mean errors of two such spaces."},
		{Name: "tilted-expected-best-difference", AtLeast: true, Promise: "The interval holds the difference of their expected bests of m, here a quarter of the sample."},
		{Name: "tilted-probability-less", AtLeast: true, Promise: "The interval holds the probability that a model of the first has a lower error than one of the second."},
		{Name: "tilted-verdict", Test: true, Promise: "Where their means are equal a verdict is given in 5 of 100 comparisons at most."},
		{Name: "repeated-interval", AtLeast: true, Promise: "The intervals of all looks of a group-sequential plan hold the difference of the mean errors at once."},
		{Name: "repeated-interval-paired", AtLeast: true, Promise: "So do those of the mean difference of pairs."},
		{Name: "repeated-interval-adjusted", AtLeast: true, Promise: "So do those of means that are adjusted by predictions."},
		{Name: "sequential", Test: true, Promise: "Where the means are equal a plan decides for a difference at some look in 5 of 100 comparisons at most."},
		{Name: "sequential-paired", Test: true, Promise: "So does one that looks at pairs."},
		{Name: "sequential-adjusted", Test: true, Promise: "So does one that looks at means that are adjusted by predictions, however wrong."},
		{Name: "sequential-equivalence", Test: true, Promise: "Spaces whose means differ by the margin are decided to be equivalent in 5 of 100 comparisons at most."},
		{Name: "median-difference", AtLeast: true, Promise: "The interval holds the difference of the median errors."},
		{Name: "difference-band", Promise: "The band holds the whole difference of the distribution functions at once."},
		{Name: "difference-pointwise", Promise: "The interval holds that difference at one error."},
		{Name: "expected-best-difference", AtLeast: true, Promise: "The interval holds the difference of the expected bests of m, here a quarter of the smaller sample."},
		{Name: "expected-best-family", Test: true, Promise: "Where no space differs any difference of expected bests is found in 5 of 100 comparisons of five spaces at most."},
		{Name: "with-best", AtLeast: true, Promise: "All intervals hold the mean of their value less the least mean of the others at once, and the best value is among those that may be."},
		{Name: "models-needed", AtLeast: true, Promise: "The limits hold the number for the spaces themselves."},
		{Name: "power-after-holm", AtLeast: true, Promise: "So many models give the verdict in 80 of 100 comparisons, one of three."},
		{Name: "normalized-mean", Promise: "The interval holds the mean error over the strata."},
		{Name: "normalized-difference", Promise: "The interval holds the difference of mean errors over the strata."},
		{Name: "normalized-verdict", Test: true, Promise: "Without a tendency in any stratum a verdict is given in 5 of 100 comparisons at most."},
		{Name: "spearman", Promise: "The interval holds the rank correlation over all models of the space."},
		{Name: "kendall", Promise: "The interval holds Kendall's τ-b over all models of the space."},
		{Name: "overlap", AtLeast: true, Promise: "The interval holds the share of the best models in one condition that are among the best in the other."},
		{Name: "reliability", Promise: "The interval holds the share of the models in the variance of a single error."},
		{Name: "seed-sd", Promise: "The interval holds the root mean square over models of the standard deviation over seeds."},
		{Name: "regret", AtLeast: true, Promise: "The interval holds the expected regret of a choice among m models, here a quarter of the sample's."},
	}
}

// calibration is the table that calibrate writes.
//
//go:embed calibration.csv
var calibration string

// Coverage returns between which shares of samples an interval holds the truth,
// or a test errs, as measured with the largest number of models up to n that was:
// over the distributions of errors in CALIBRATION.md without diverged models, or
// over those with. It is not ok where nothing was measured.
func Coverage(statistic string, n int, diverged bool) (lo, hi float64, ok bool) {
	at := 0
	for _, r := range measured() {
		if r.statistic != statistic || r.n > n || r.n < at || strings.Contains(r.distribution, "diverged") != diverged {
			continue
		}
		if r.n > at {
			at, lo, hi = r.n, r.measured, r.measured
		}
		lo, hi = min(lo, r.measured), max(hi, r.measured)
	}
	return lo, hi, at > 0
}

// CoverageNote says what an interval or a test does with n models where it is
// not what it states, by more than 2 points or, of a level, by half a point: ""
// where it is.
func CoverageNote(statistic string, n int, diverged bool) string {
	lo, hi, ok := Coverage(statistic, n, diverged)
	all := Statistics()
	i := slices.IndexFunc(all, func(s Statistic) bool { return s.Name == statistic })
	if !ok || i < 0 {
		return ""
	}
	const chance = 0.01 // of the least and the largest of many measured shares
	rows := measured()
	stated := rows[slices.IndexFunc(rows, func(r calibrated) bool { return r.statistic == statistic })].stated
	name := fmt.Sprintf("%s: with %d models", strings.ReplaceAll(statistic, "-", " "), n)
	if diverged {
		name += ", few of which diverge,"
	}
	switch s := all[i]; {
	case s.Test && hi > stated+0.005+chance:
		return fmt.Sprintf("%s it errs in up to %.0f of 100, not %.0f", name, 100*hi, 100*stated)
	case !s.Test && (lo < stated-0.02-chance || hi > stated+0.02+chance && !s.AtLeast):
		held := fmt.Sprintf("%.0f", 100*lo)
		if most := fmt.Sprintf("%.0f", 100*hi); most != held {
			held += " to " + most
		}
		return fmt.Sprintf("%s the interval holds the truth in %s of 100 samples, not %.0f", name, held, 100*stated)
	}
	return ""
}

// A calibrated is a line of the table.
type calibrated struct {
	statistic, distribution string
	n                       int // of the smaller sample
	stated, measured        float64
}

// measured is the table, which is as the program writes it.
var measured = sync.OnceValue(func() []calibrated {
	var rows []calibrated
	lines, _ := csv.NewReader(strings.NewReader(calibration)).ReadAll()
	for _, f := range lines {
		na, err := strconv.Atoi(f[2])
		if err != nil {
			continue // the header
		}
		r := calibrated{statistic: f[0], distribution: f[1], n: na}
		if nb, _ := strconv.Atoi(f[3]); nb > 0 {
			r.n = min(na, nb)
		}
		r.stated, _ = strconv.ParseFloat(f[4], 64)
		r.measured, _ = strconv.ParseFloat(f[5], 64)
		rows = append(rows, r)
	}
	return rows
})

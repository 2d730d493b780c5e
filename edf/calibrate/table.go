package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"designspace/edf"
	"designspace/internal/atomicfile"
)

func writeCSV(name string, rows []row) error {
	return atomicfile.Write(name, func(w io.Writer) error {
		c := csv.NewWriter(w)
		c.Write([]string{"statistic", "distribution", "n_a", "n_b", "stated", "measured", "replicates"})
		for _, r := range rows {
			c.Write([]string{r.statistic, r.distribution, strconv.Itoa(r.na), strconv.Itoa(r.nb),
				strconv.FormatFloat(r.stated, 'g', -1, 64), strconv.FormatFloat(r.measured, 'f', 4, 64), strconv.Itoa(r.replicates)})
		}
		c.Flush()
		return c.Error()
	})
}

func readCSV(name string) ([]row, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, err
	}
	var rows []row
	for i, f := range lines[min(1, len(lines)):] {
		r := row{statistic: f[0], distribution: f[1]}
		if _, err := fmt.Sscan(strings.Join(f[2:], " "), &r.na, &r.nb, &r.stated, &r.measured, &r.replicates); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, i+2, err)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

const preamble = `# Calibration

How often the intervals of package edf hold the truth, and how often its tests
err, in percent of samples drawn from distributions that are known. Made by

    go run ./edf/calibrate -replicates %d -seed %d

and read by edf.Coverage from calibration.csv, which has the same numbers.

A column is the number of models of the sample, or of both. What follows ± is
the standard error of the simulation. **Bold** is off: more than 2 points from
what is stated, or a level more than half a point above, beyond two standard
errors; of what promises 95 of 100 or more, only if it is less. edf.CoverageNote
has a sentence where a statistic is off with as many models as are at hand.

Recorded populations, named by their file below experiments/results/cifar, are
smoothed by a normal kernel and rounded to 0.02 points. The others: normal(60, 3);
skewed, 50 + an exponential of mean 5; very skewed, 50 + 5 times a log-normal of
σ = 0.75; tied, a normal(60, 2) rounded to whole points; bounded, 50 to 60 by
Beta(½, ½); bimodal, 70 %% normal(58, 1.5) and 30 %% normal(68, 1.5); 2 %% diverged, a
normal(60, 3) with 2 %% at 100; narrow and wide, normal(60, 1) and (60, 5); tied wide,
a normal(60, 5) rounded; shifted, normal(61.5, 3); same mean or same median as the
normal, but skewed. Looks with predictions, and tilted draws, are of normal spaces of the same
mean, whose errors and predictions correlate by 0.85 (good), 0 or -0.6 (perverse),
or of which one has exponential residuals. Noise is that of two trainings of each model.
`

func writeMarkdown(name string, rows []row, replicates int, rootSeed uint64) error {
	return atomicfile.Write(name, func(w io.Writer) error {
		fmt.Fprintf(w, preamble, replicates, rootSeed)
		for _, s := range edf.Statistics() {
			var own []row
			for _, r := range rows {
				if r.statistic == s.Name {
					own = append(own, r)
				}
			}
			if len(own) > 0 {
				fmt.Fprintf(w, "\n## %s\n\n%s\n\n", s.Name, s.Promise)
				writeTable(w, s, own)
			}
		}
		return nil
	})
}

func writeTable(w io.Writer, statistic edf.Statistic, rows []row) {
	var distributions, sizes []string
	at := map[[2]string]row{}
	for _, r := range rows {
		size := cell{na: r.na, nb: r.nb}.size()
		if !slices.Contains(distributions, r.distribution) {
			distributions = append(distributions, r.distribution)
		}
		if !slices.Contains(sizes, size) {
			sizes = append(sizes, size)
		}
		at[[2]string{r.distribution, size}] = r
	}
	fmt.Fprintf(w, "| stated %s | %s |\n|---|%s\n", strings.TrimSpace(percent(rows[0].stated)), strings.Join(sizes, " | "), strings.Repeat("--:|", len(sizes)))
	for _, l := range distributions {
		fmt.Fprintf(w, "| %s |", l)
		for _, s := range sizes {
			r, ok := at[[2]string{l, s}]
			switch {
			case !ok:
				fmt.Fprint(w, " |")
			case r.off(statistic):
				fmt.Fprintf(w, " **%s** ± %s |", percent(r.measured), percent(r.mcError()))
			default:
				fmt.Fprintf(w, " %s ± %s |", percent(r.measured), percent(r.mcError()))
			}
		}
		fmt.Fprintln(w)
	}
}

func percent(share float64) string { return strconv.FormatFloat(100*share, 'f', 1, 64) }

// off tells that a measured share is not what is stated.
func (r row) off(s edf.Statistic) bool {
	chance := 2 * r.mcError()
	if s.Test {
		return r.measured > r.stated+0.005+chance
	}
	return r.measured < r.stated-0.02-chance || r.measured > r.stated+0.02+chance && !s.AtLeast
}

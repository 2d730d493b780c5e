package main

import (
	"fmt"
	"io"
	"path/filepath"

	"designspace/internal/table"
)

// bothWays are comparisons that were trained with a fixed number of models and
// until decided, by the beginnings of their names in trained.csv.
var bothWays = [][2]string{
	{"xa-rx", "AnyNetXA against RegNetX"},
	{"xa-xe", "AnyNetXA against AnyNetXE"},
	{"silu", "ReLU against SiLU in RegNetX, paired if until decided"},
}

// writeTrained writes what the comparisons took that trained/train.sh trained.
func writeTrained(w io.Writer, dir string) error {
	t, err := table.ReadFile(filepath.Join(dir, "efficiency/trained/trained.csv"))
	if err != nil {
		return err
	}
	runs, err := t.Strings("run")
	if err != nil {
		return err
	}
	number := map[string]map[string]float64{}
	for _, column := range []string{"models", "core_seconds", "difference", "difference_lo", "difference_hi"} {
		values, err := t.Floats(column)
		if err != nil {
			return err
		}
		for i, name := range runs {
			if number[name] == nil {
				number[name] = map[string]float64{}
			}
			number[name][column] = values[i]
		}
	}
	if _, err := io.WriteString(w, trainedPreamble); err != nil {
		return err
	}
	for _, c := range bothWays {
		fixed, decided := number[c[0]+"-fixed"], number[c[0]+"-decided"]
		if fixed == nil || decided == nil {
			return fmt.Errorf("%s: no run %s-fixed or %s-decided: make it with train.sh", t.Name(), c[0], c[0])
		}
		_, err := fmt.Fprintf(w, "| %s | %.0f | %.0f | %s | %.0f | %.0f | %s | %.1f |\n", c[1],
			fixed["models"], fixed["core_seconds"], interval(fixed), decided["models"], decided["core_seconds"], interval(decided),
			fixed["core_seconds"]/decided["core_seconds"])
		if err != nil {
			return err
		}
	}
	return nil
}

func interval(of map[string]float64) string {
	return fmt.Sprintf("%.2f [%.2f, %.2f]", of["difference"], of["difference_lo"], of["difference_hi"])
}

const trainedPreamble = `
# Trained both ways

Three comparisons on CIFAR-10, at 500K to 600K flops and by the recipe of the
regime cifar, were trained for real with fresh seeds: once with 100 models of each
space and an evaluation after every epoch, and once until decided, with an
evaluation after the last epoch. Core-seconds are of all of run: sampling,
training, analysis, report. Intervals of those until decided hold at all looks at
once. The machine had other work, too. Made by

    experiments/efficiency/trained/train.sh DATA OUT

which also writes the tables of the models, into experiments/efficiency/trained.

| comparison | models of each | core-seconds | difference | until decided | core-seconds | difference | times less |
|---|--:|--:|--:|--:|--:|--:|--:|
`

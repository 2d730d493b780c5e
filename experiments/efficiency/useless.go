package main

import (
	"fmt"
	"io"
	"path/filepath"

	"gonum.org/v1/gonum/floats"

	"designspace/edf"
	"designspace/internal/run/predict"
	"designspace/internal/seed"
	"designspace/internal/table"
)

// little are populations of which predictions tell little: of a space where
// architectures hardly differ, and of other images than the predictor was fitted to.
var little = []struct{ file, space, shown string }{
	{"results/cifar/2026-11-24/regnetx-fixed-depth-500K-600K.csv", "proxy/regnetx-fixed-depth", "RegNetX of one depth, CIFAR-10"},
	{"efficiency/useless/fashion-mnist-16.csv", "proxy/anynetxa", "AnyNetXA, Fashion-MNIST at 16²"},
	{"efficiency/useless/fashion-mnist-16.csv", "proxy/regnetx", "RegNetX, Fashion-MNIST at 16²"},
	{"efficiency/useless/synthetic-16.csv", "proxy/anynetxa", "AnyNetXA, synthetic images at 16²"},
	{"efficiency/useless/synthetic-16.csv", "proxy/regnetx", "RegNetX, synthetic images at 16²"},
}

// A ratio is how much wider intervals of adjusted means are than plain ones.
type ratio struct {
	name   string
	models int
	r2     float64
	of     [len(ratioSizes)]float64 // with so many models
}

var ratioSizes = [...]int{10, 20, 30, 100}

// measureRatios draws the studies of all populations below the directory of
// experiments.
func measureRatios(dir string, replicates int, rootSeed uint64) ([]ratio, error) {
	p, err := predict.Load(predict.Builtin)
	if err != nil {
		return nil, err
	}
	var rows []ratio
	for _, l := range little {
		all, err := table.ReadFile(filepath.Join(dir, l.file))
		if err != nil {
			return nil, err
		}
		at, err := all.Where("space=" + l.space)
		if err != nil {
			return nil, err
		}
		weights, err := p.Without("proxy/anynetxa", "proxy/regnetx", l.space)
		if err != nil {
			return nil, err
		}
		ms, r2, err := models(all.Select(at), weights)
		if err != nil {
			return nil, err
		}
		r := ratio{name: l.shown, models: len(ms), r2: r2}
		for i, n := range ratioSizes {
			if r.of[i], err = widened(l.shown, ms, n, replicates, rootSeed); err != nil {
				return nil, err
			}
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// widened returns the ratio of the mean widths with n models.
func widened(name string, ms []model, n, replicates int, rootSeed uint64) (float64, error) {
	var adjusted, plain float64
	for k := range replicates {
		p := first(name, draw(ms, seed.New("useless", rootSeed, name, k)), n)
		a, err := edf.AdjustedMean(p)
		if err != nil {
			return 0, err
		}
		p.Predicted, p.Candidates = nil, nil
		b, err := edf.AdjustedMean(p)
		if err != nil {
			return 0, err
		}
		adjusted, plain = adjusted+a.Hi-a.Lo, plain+b.Hi-b.Lo
	}
	return adjusted / plain, nil
}

const preambleRatios = `
## Where predictions tell little

How much wider the intervals of adjusted means are than those of plain means, by
the number of trained models. The last four populations were trained for this (their
tables are in experiments/efficiency/useless), with --data
fashion-mnist:/usr/share/datasets/fashion-mnist, --train-images 5000 and
--test-images 5000, or without --data, with 2000 and 2000:

    designspace sample --space proxy/anynetxa --space proxy/regnetx -n 30 --flops 600K:1.2M --input 16 --out RUN
    designspace train RUN --recipe quick --eval-every 3

| population | models | R² | %d | %d | %d | %d |
|---|--:|--:|--:|--:|--:|--:|
`

func writeRatios(w io.Writer, rows []ratio) error {
	fmt.Fprintf(w, preambleRatios, ratioSizes[0], ratioSizes[1], ratioSizes[2], ratioSizes[3])
	mean := ratio{name: "mean"}
	for _, r := range rows {
		mean.r2 += r.r2 / float64(len(rows))
		floats.AddScaled(mean.of[:], 1/float64(len(rows)), r.of[:])
		fmt.Fprintf(w, "| %s | %d | %.2f", r.name, r.models, r.r2)
		r.write(w)
	}
	fmt.Fprintf(w, "| %s | – | %.2f", mean.name, mean.r2)
	return mean.write(w)
}

func (r ratio) write(w io.Writer) error {
	_, err := fmt.Fprintf(w, " | %.2f | %.2f | %.2f | %.2f |\n", r.of[0], r.of[1], r.of[2], r.of[3])
	return err
}

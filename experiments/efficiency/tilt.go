package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/gonum/stat"

	"designspace/edf"
	"designspace/internal/run/predict"
	"designspace/internal/seed"
	"designspace/internal/table"
)

// of is how many models the best is expected of.
const of = 25

// A best is what studies of one population say of its expected best, with even
// and with tilted draws of [fixed] models.
type best struct {
	name   string
	r2     float64
	errors [2][]float64 // of the estimates, in points
	widths [2][]float64 // of the intervals
	held   [2]float64   // share of intervals with the truth
}

// measureBest draws the studies of all populations.
func measureBest(dir string, names []string, replicates int, rootSeed uint64) ([]best, error) {
	p, err := predict.Load(predict.Builtin)
	if err != nil {
		return nil, err
	}
	rows := make([]best, len(names))
	var g errgroup.Group
	for i, name := range names {
		g.Go(func() (err error) {
			rows[i], err = studyBest(dir, p, name, replicates, rootSeed)
			return err
		})
	}
	return rows, g.Wait()
}

// populations are those of the comparisons, each once.
func populations(pairs [][2]string) []string {
	var names []string
	for _, pair := range pairs {
		for _, n := range pair {
			if !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	return names
}

func studyBest(dir string, p *predict.Predictor, name string, replicates int, rootSeed uint64) (best, error) {
	b := best{name: name}
	t, err := table.ReadFile(filepath.Join(dir, name+".csv"))
	if err != nil {
		return b, err
	}
	spaces, err := t.Strings("space")
	if err != nil {
		return b, err
	}
	weights, err := p.Without(spaces[0])
	if err != nil {
		return b, err
	}
	var ms []model
	if ms, b.r2, err = models(t, weights); err != nil {
		return b, err
	}
	ms = smoothed(ms, seed.New("smoothed for tilt", rootSeed, name))
	f, err := edf.New(first(name, ms, len(ms)).Errors)
	if err != nil {
		return b, err
	}
	truth, err := f.BestOf(of)
	if err != nil {
		return b, err
	}
	for k := range replicates {
		drawn := draw(ms, seed.New("efficiency of tilt", rootSeed, name, k))
		preferred, err := tilted(drawn)
		if err != nil {
			return b, err
		}
		for i, q := range []edf.Population{first(name, drawn, fixed), preferred} {
			e, err := edf.ExpectedBest(q, of)
			if err != nil {
				return b, err
			}
			b.errors[i] = append(b.errors[i], e.Estimate-truth.Mean)
			b.widths[i] = append(b.widths[i], e.Hi-e.Lo)
			if e.Lo <= truth.Mean && truth.Mean <= e.Hi {
				b.held[i] += 1 / float64(replicates)
			}
		}
	}
	return b, nil
}

// smoothed returns many models whose errors are those of the recorded ones and a
// normal deviation of Silverman's width: else the very best one alone would decide.
func smoothed(ms []model, r *rand.Rand) []model {
	errs := first("", ms, len(ms)).Errors
	width := 0.9 * stat.StdDev(errs, nil) * math.Pow(float64(len(errs)), -0.2)
	many := make([]model, 200*len(ms))
	for i := range many {
		many[i] = ms[i%len(ms)]
		many[i].err += width * r.NormFloat64()
	}
	return many
}

// tilted is the population of a tilted draw among candidates.
func tilted(ms []model) (edf.Population, error) {
	var predicted []float64
	for _, m := range ms {
		predicted = append(predicted, m.predicted)
	}
	d, err := edf.Tilt(predicted, fixed)
	p := edf.Population{Strata: d.Strata, Weights: d.Weights, Tilted: true}
	for _, i := range d.Places {
		p.Errors = append(p.Errors, ms[i].err)
	}
	return p, err
}

// gain is how many times as many even draws would be as certain.
func (b best) gain() float64 {
	return stat.Variance(b.errors[0], nil) / stat.Variance(b.errors[1], nil)
}

const preambleBest = `
## The best models

The expected least error among %d models is estimated from %d models of each
population, smoothed by a normal kernel, drawn evenly or with --tilt: the standard deviation of the estimates
and the mean width of their intervals in points, how often these hold the truth,
and the gain: how many times as many even draws would be as certain.

| population | R² | even: deviation | width | holds | tilted: deviation | width | holds | gain |
|---|--:|--:|--:|--:|--:|--:|--:|--:|
`

func writeBest(w io.Writer, rows []best) error {
	fmt.Fprintf(w, preambleBest, of, fixed)
	logs, r2 := 0.0, 0.0
	for _, b := range rows {
		fmt.Fprintf(w, "| %s | %.2f", b.name, b.r2)
		for i := range b.errors {
			fmt.Fprintf(w, " | %.2f | %.2f | %.2f", stat.StdDev(b.errors[i], nil), stat.Mean(b.widths[i], nil), b.held[i])
		}
		fmt.Fprintf(w, " | %.1f |\n", b.gain())
		logs, r2 = logs+math.Log(b.gain())/float64(len(rows)), r2+b.r2/float64(len(rows))
	}
	_, err := fmt.Fprintf(w, "| mean, of gains the geometric one | %.2f | | | | | | | %.1f |\n", r2, math.Exp(logs))
	return err
}

// Efficiency measures how many models decide a comparison, and what a tilted draw
// tells of the best ones, by drawing models of recorded populations again and
// again:
//
//	go run ./experiments/efficiency
//
// from the root of the repository writes experiments/EFFICIENCY.md. Each model is
// drawn with its error and its prediction from architecture, by a predictor that
// was fitted without the two spaces. The same seed gives the same file.
package main

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"designspace/edf"
	"designspace/internal/atomicfile"
	"designspace/internal/run/predict"
	"designspace/internal/seed"
	"designspace/internal/table"
	"designspace/trainer/results"
)

func main() {
	replicates := flag.Int("replicates", 500, "studies of each comparison")
	rootSeed := flag.Uint64("seed", 1, "of all studies")
	dir := flag.String("experiments", "experiments", "directory of experiments, with recorded populations")
	out := flag.String("out", "experiments/EFFICIENCY.md", "file to write")
	flag.Parse()
	if err := run(*dir, *out, *replicates, *rootSeed); err != nil {
		fmt.Fprintln(os.Stderr, "efficiency:", err)
		os.Exit(1)
	}
}

func run(experiments, out string, replicates int, rootSeed uint64) error {
	dir := filepath.Join(experiments, "results/cifar/2026-11-24")
	rows, err := measure(dir, comparisons, replicates, rootSeed)
	if err != nil {
		return err
	}
	bests, err := measureBest(dir, populations(comparisons), replicates, rootSeed)
	if err != nil {
		return err
	}
	ratios, err := measureRatios(experiments, replicates, rootSeed)
	if err != nil {
		return err
	}
	return atomicfile.Write(out, func(w io.Writer) error {
		if err := write(w, rows, replicates, rootSeed); err != nil {
			return err
		}
		if err := writeBest(w, bests); err != nil {
			return err
		}
		if err := writeRatios(w, ratios); err != nil {
			return err
		}
		return writeTrained(w, experiments)
	})
}

// comparisons are pairs of recorded populations of one budget, by their files.
var comparisons = [][2]string{
	{"anynetxa-500K-600K", "anynetxb-500K-600K"},
	{"anynetxa-500K-600K", "anynetxe-500K-600K"},
	{"anynetxa-500K-600K", "regnetx-500K-600K"},
	{"anynetxc-500K-600K", "anynetxd-500K-600K"},
	{"anynetxc-falling-width-500K-600K", "anynetxd-500K-600K"},
	{"anynetxd-500K-600K", "anynetxe-500K-600K"},
	{"anynetxe-500K-600K", "regnetx-500K-600K"},
	{"regnetx-500K-600K", "regnetx-5stages-500K-600K"},
	{"regnetx-500K-600K", "regnetx-w0wa-500K-600K"},
	{"regnetx-500K-600K", "regnety-500K-600K"},
	{"regnetx-500K-600K", "regnetx-silu-500K-600K"},
	{"anynetxa-1M-1.2M", "regnetx-1M-1.2M"},
	{"anynetva-2M-2.4M", "anynetvra-2M-2.4M"},
}

const (
	fixed      = 100  // models of each population where no look is taken
	candidates = 1000 // that are predicted, of each population
	margin     = 1    // points
)

// A row is what a comparison takes.
type row struct {
	a, b     string
	rejected float64    // share of studies of a fixed number of models with a difference
	ways     [2]way     // raw, adjusted, up to 30 models
	long     [2]way     // up to 100
	r2       [2]float64 // of the predictions in the populations
}

// A way is how looks do.
type way struct {
	models    float64 // of each population, on average, until decided or the last look
	different float64 // share of studies
	decided   float64 // likewise: different or equivalent
}

// measure draws the studies of all comparisons.
func measure(dir string, pairs [][2]string, replicates int, rootSeed uint64) ([]row, error) {
	p, err := predict.Load(predict.Builtin)
	if err != nil {
		return nil, err
	}
	rows := make([]row, len(pairs))
	var g errgroup.Group
	for i, names := range pairs {
		g.Go(func() (err error) {
			rows[i], err = compare(dir, p, names, replicates, rootSeed)
			return err
		})
	}
	return rows, g.Wait()
}

func compare(dir string, p *predict.Predictor, names [2]string, replicates int, rootSeed uint64) (row, error) {
	w := row{a: names[0], b: names[1]}
	var recorded [2]*table.Table
	var spaces []string
	for i, name := range names {
		t, err := table.ReadFile(filepath.Join(dir, name+".csv"))
		if err != nil {
			return w, err
		}
		of, err := t.Strings("space")
		if err != nil {
			return w, err
		}
		recorded[i], spaces = t, append(spaces, of[0])
	}
	weights, err := p.Without(spaces...)
	if err != nil {
		return w, err
	}
	var ms [2][]model
	for i, t := range recorded {
		if ms[i], w.r2[i], err = models(t, weights); err != nil {
			return w, err
		}
	}
	for k := range replicates {
		r := seed.New("efficiency", rootSeed, w.a, w.b, k)
		a, b := draw(ms[0], r), draw(ms[1], r)
		if err := w.study(a, b); err != nil {
			return w, err
		}
	}
	w.scale(1 / float64(replicates))
	return w, nil
}

// A model is a recorded one.
type model struct{ err, predicted float64 }

// models returns those of a table that have an error, and the share of the
// variance of the errors that the predictions explain.
func models(t *table.Table, w predict.Weights) ([]model, float64, error) {
	ps, err := results.Group(t, make([]string, t.Len()))
	if err != nil {
		return nil, 0, err
	}
	features, err := predict.Of(t)
	if err != nil {
		return nil, 0, err
	}
	var ms []model
	p := edf.Population{Name: t.Name()}
	for i, at := range ps[0].Rows {
		m := model{ps[0].Errors[i], w.Predict(features[at])}
		ms = append(ms, m)
		p.Errors, p.Predicted, p.Candidates = append(p.Errors, m.err), append(p.Predicted, m.predicted), append(p.Candidates, m.predicted)
	}
	a, err := edf.AdjustedMean(p)
	return ms, a.R2, err
}

// draw draws the candidates of a study, of which the first are trained.
func draw(ms []model, r *rand.Rand) []model {
	drawn := make([]model, candidates)
	for i := range drawn {
		drawn[i] = ms[r.IntN(len(ms))]
	}
	return drawn
}

// first is the population of which the first n candidates are trained.
func first(name string, ms []model, n int) edf.Population {
	p := edf.Population{Name: name}
	for i, m := range ms {
		if i < n {
			p.Errors, p.Predicted = append(p.Errors, m.err), append(p.Predicted, m.predicted)
		}
		p.Candidates = append(p.Candidates, m.predicted)
	}
	return p
}

// study adds what one study of both populations says.
func (w *row) study(a, b []model) error {
	d, err := edf.MeanDifference(first("a", a, fixed), first("b", b, fixed))
	if err != nil {
		return err
	}
	if d.Lo > 0 || d.Hi < 0 {
		w.rejected++
	}
	for i, estimate := range []func(a, b edf.Population) (edf.Estimate, error){edf.MeanDifference, edf.AdjustedMeanDifference} {
		for most, into := range map[int]*way{30: &w.ways[i], 100: &w.long[i]} {
			if err := into.look(most, a, b, estimate); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *way) look(most int, a, b []model, estimate func(a, b edf.Population) (edf.Estimate, error)) error {
	plan, err := edf.NewPlan(edf.LookSizes(most), 0.05)
	if err != nil {
		return err
	}
	for k, n := range plan.Sizes {
		e, err := estimate(first("a", a, n), first("b", b, n))
		if err != nil {
			return err
		}
		l := plan.Look(k+1, e, margin)
		if !l.Decided() && k+1 < len(plan.Sizes) {
			continue
		}
		w.models += float64(n)
		if l.Decided() {
			w.decided++
		}
		if l.Verdict == edf.Better || l.Verdict == edf.Worse {
			w.different++
		}
		break
	}
	return nil
}

func (w *row) scale(by float64) {
	w.rejected *= by
	for i := range w.ways {
		for _, x := range []*way{&w.ways[i], &w.long[i]} {
			x.models, x.different, x.decided = by*x.models, by*x.different, by*x.decided
		}
	}
}

// mean is the row of the means over comparisons.
func mean(rows []row) row {
	m := row{a: "mean", b: ""}
	for _, r := range rows {
		m.rejected += r.rejected
		for i := range r.ways {
			m.r2[i] += r.r2[i]
			for x, y := range map[*way]way{&m.ways[i]: r.ways[i], &m.long[i]: r.long[i]} {
				x.models, x.different, x.decided = x.models+y.models, x.different+y.different, x.decided+y.decided
			}
		}
	}
	m.scale(1 / float64(len(rows)))
	m.r2[0], m.r2[1] = m.r2[0]/float64(len(rows)), m.r2[1]/float64(len(rows))
	return m
}

const preamble = `# How many models decide a comparison

Studies of recorded populations, each of them %d times: models are drawn from the
%d or more that were trained, with their errors, and with predictions from their
architecture by the built-in predictor, fitted without the two spaces. A study
has %d candidates of each population. Made by

    go run ./experiments/efficiency -replicates %d -seed %d

Fixed is how often %d models of each population show a difference of the means at
level 0.05 (Welch's test). The others look five times (--until decided), with
--max 30 and 100 and a margin of one point: the mean number of models of each
population until it is decided, and how often it is decided for a difference, and
at all. R² is the share of the variance of the errors that is predicted.

| comparison | R² | fixed | raw, 30 | adjusted, 30 | raw, 100 | adjusted, 100 |
|---|--:|--:|--:|--:|--:|--:|
`

func write(w io.Writer, rows []row, replicates int, rootSeed uint64) error {
	fmt.Fprintf(w, preamble, replicates, fixed, candidates, replicates, rootSeed, fixed)
	for _, r := range append(rows, mean(rows)) {
		cells := []string{strings.TrimSuffix(r.a+" against "+r.b, " against "), fmt.Sprintf("%.2f, %.2f", r.r2[0], r.r2[1]), fmt.Sprintf("%.2f", r.rejected)}
		for _, x := range []way{r.ways[0], r.ways[1], r.long[0], r.long[1]} {
			cells = append(cells, fmt.Sprintf("%.1f: %.2f, %.2f", x.models, x.different, x.decided))
		}
		if _, err := fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | ")); err != nil {
			return err
		}
	}
	return nil
}

package main

import (
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"designspace/edf"
	"designspace/internal/numeric"
	"designspace/internal/seed"
)

// A distribution is a distribution of errors: a large finite population, so that whatever
// is to be estimated is known exactly. Samples are drawn with replacement.
type distribution struct {
	name string
	*edf.EDF
	pool []float64 // ascending
}

const poolSize = 100_000

// newDistribution makes a distribution from what its quantiles are; r is for smoothing.
func newDistribution(name string, quantile func(u float64, r *rand.Rand) float64) distribution {
	r := seed.New("law", name)
	pool := make([]float64, poolSize)
	for i := range pool {
		pool[i] = quantile((float64(i)+0.5)/poolSize, r)
	}
	slices.Sort(pool)
	f, err := edf.New(pool)
	if err != nil {
		panic(err) // a mistake in this file
	}
	return distribution{name, f, pool}
}

func (l distribution) sample(n int, r *rand.Rand) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = l.pool[r.IntN(len(l.pool))]
	}
	return x
}

func normal(mean, sd float64) func(float64, *rand.Rand) float64 {
	return func(u float64, _ *rand.Rand) float64 { return mean + sd*distuv.UnitNormal.Quantile(u) }
}

// distributions are made when they are first asked for.
type distributions map[string]func() distribution

func newDistributions(populations map[string]population) distributions {
	all := distributions{}
	for name, p := range populations {
		all[name] = sync.OnceValue(p.smoothed)
	}
	for name, quantile := range map[string]func(float64, *rand.Rand) float64{
		"normal":      normal(60, 3),
		"narrow":      normal(60, 1),
		"wide":        normal(60, 5),
		"shifted":     normal(61.5, 3),
		"skewed":      func(u float64, _ *rand.Rand) float64 { return 50 - 5*math.Log1p(-u) },
		"very skewed": func(u float64, _ *rand.Rand) float64 { return 50 + 5*math.Exp(0.75*distuv.UnitNormal.Quantile(u)) },
		"tied":        func(u float64, r *rand.Rand) float64 { return math.Round(normal(60, 2)(u, r)) },
		"tied wide":   func(u float64, r *rand.Rand) float64 { return math.Round(normal(60, 5)(u, r)) },
		"bounded":     func(u float64, _ *rand.Rand) float64 { return 50 + 10*distuv.Beta{Alpha: 0.5, Beta: 0.5}.Quantile(u) },
		"bimodal": func(u float64, r *rand.Rand) float64 {
			if u < 0.7 {
				return normal(58, 1.5)(u/0.7, r)
			}
			return normal(68, 1.5)((u-0.7)/0.3, r)
		},
		"2 % diverged": func(u float64, r *rand.Rand) float64 {
			if u < 0.98 {
				return normal(60, 3)(u/0.98, r)
			}
			return edf.Diverged
		},
		"same mean, skewed":   func(u float64, _ *rand.Rand) float64 { return 57 - 3*math.Log1p(-u) },
		"same median, skewed": func(u float64, _ *rand.Rand) float64 { return 60 - 5*(math.Log1p(-u)+math.Ln2) },
	} {
		all[name] = sync.OnceValue(func() distribution { return newDistribution(name, quantile) })
	}
	return all
}

// A population is a recorded one: errors, and a complexity of each model.
type population struct {
	name           string
	errors, params []float64
}

// campaigns are the folders of results whose populations the table is of; later
// ones do not change it.
const campaigns = "2026-11-2[45]"

// recorded reads the populations below a directory of results.
func recorded(dir string) (map[string]population, error) {
	files, err := filepath.Glob(filepath.Join(dir, campaigns, "*.csv"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no populations in %s/%s/*.csv: run from the root of the repository, or give -results", dir, campaigns)
	}
	all := map[string]population{}
	for _, name := range files {
		p, err := readPopulation(name)
		if err != nil {
			return nil, err
		}
		all[p.name] = p
	}
	return all, nil
}

func readPopulation(name string) (p population, err error) {
	file, err := os.Open(name)
	if err != nil {
		return p, err
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return p, fmt.Errorf("%s: %w", name, err)
	}
	p.name = strings.TrimSuffix(filepath.Base(name), ".csv")
	errorAt, paramsAt := slices.Index(rows[0], "error"), slices.Index(rows[0], "params")
	if errorAt < 0 || paramsAt < 0 {
		return p, fmt.Errorf("%s: no columns error and params", name)
	}
	for _, row := range rows[1:] {
		e, err := strconv.ParseFloat(row[errorAt], 64)
		if err != nil {
			continue // no error: failed
		}
		params, err := strconv.ParseFloat(row[paramsAt], 64)
		if err != nil {
			return p, fmt.Errorf("%s: %w", name, err)
		}
		p.errors, p.params = append(p.errors, e), append(p.params, params)
	}
	return p, nil
}

// bandwidth is Silverman's for a normal kernel.
func bandwidth(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	spread := min(stat.StdDev(x, nil), (numeric.Quantile(0.75, x)-numeric.Quantile(0.25, x))/1.34)
	return 0.9 * spread * math.Pow(float64(len(x)), -0.2)
}

// smoothed returns a recorded population's distribution: errors smoothed by a normal
// kernel and rounded to 0.02, which is one of 5000 test images.
func (p population) smoothed() distribution {
	errs, width := slices.Sorted(slices.Values(p.errors)), bandwidth(p.errors)
	return newDistribution(p.name, func(u float64, r *rand.Rand) float64 {
		return math.Round(50*(errs[int(u*float64(len(errs)))]+width*r.NormFloat64())) / 50
	})
}

// A joint is a distribution of errors with complexities, in ascending order of the latter.
type joint struct {
	errors, params []float64
	sums           []float64 // of the first errors
}

// smoothedJointly smooths errors as smoothed does, and logs of params.
// Without effect the population is drawn with a probability that rises with the
// rank of its params, so that it differs in nothing else.
func (p population) smoothedJointly(rising bool) joint {
	r := seed.New("joint", p.name)
	logs := make([]float64, len(p.params))
	for i, x := range p.params {
		logs[i] = math.Log(x)
	}
	ranks := edf.Ranks(logs)
	width, logWidth := bandwidth(p.errors), bandwidth(logs)
	type model struct{ params, err float64 }
	var models []model
	for len(models) < poolSize {
		i := r.IntN(len(logs))
		if rising && r.Float64() > ranks[i]/float64(len(ranks)) {
			continue
		}
		models = append(models, model{math.Exp(logs[i] + logWidth*r.NormFloat64()), p.errors[i] + width*r.NormFloat64()})
	}
	slices.SortFunc(models, func(a, b model) int {
		if a.params < b.params {
			return -1
		}
		return 1
	})
	j := joint{sums: []float64{0}}
	for i, m := range models {
		j.errors, j.params = append(j.errors, m.err), append(j.params, m.params)
		j.sums = append(j.sums, j.sums[i]+m.err)
	}
	return j
}

func (j joint) sample(n int, r *rand.Rand) (errs, params []float64) {
	for range n {
		i := r.IntN(len(j.errors))
		errs, params = append(errs, j.errors[i]), append(params, j.params[i])
	}
	return errs, params
}

// mean returns the mean error of models with params from lo to hi.
func (j joint) mean(lo, hi float64) float64 {
	a, _ := slices.BinarySearch(j.params, lo)
	b, _ := slices.BinarySearch(j.params, hi)
	return (j.sums[b] - j.sums[a]) / float64(b-a)
}

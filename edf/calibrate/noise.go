package main

import (
	"math"
	"math/rand/v2"
	"sync"

	"designspace/edf"
	"designspace/internal/seed"
)

// A noise is how the errors of a model in two trainings, or in two conditions,
// come about: models differ with a standard deviation of spread, and trainings
// of one model with one of 1 on average.
type noise struct {
	name   string
	spread float64
	model  func(*rand.Rand) float64 // of variance 1
	sd     func(*rand.Rand) float64 // of a model's trainings, of mean square 1
	round  bool
	pool   func() (a, b []float64) // many models, which say what is true
}

func noises() []*noise {
	normal := func(r *rand.Rand) float64 { return r.NormFloat64() }
	skewed := func(r *rand.Rand) float64 { return r.ExpFloat64() - 1 }
	same := func(*rand.Rand) float64 { return 1 }
	varies := func(r *rand.Rand) float64 { return math.Exp(0.6*r.NormFloat64() - 0.36) }
	all := []*noise{
		{name: "normal noise", spread: 1, model: normal, sd: same},
		{name: "little normal noise", spread: 3, model: normal, sd: same},
		{name: "noise that varies by model", spread: 1, model: normal, sd: varies},
		{name: "little noise that varies by model", spread: 3, model: normal, sd: varies},
		{name: "skewed models", spread: 2, model: skewed, sd: same},
		{name: "skewed models and noise that varies", spread: 2, model: skewed, sd: varies},
		{name: "tied errors", spread: 2, model: normal, sd: same, round: true},
	}
	for _, l := range all {
		l.pool = sync.OnceValues(func() (a, b []float64) { return l.sample(poolSize, seed.New("noise", l.name)) })
	}
	return all
}

func (l *noise) sample(n int, r *rand.Rand) (a, b []float64) {
	for range n {
		model, sd := l.spread*l.model(r), l.sd(r)
		x, y := 60+model+sd*r.NormFloat64(), 60+model+sd*r.NormFloat64()
		if l.round {
			x, y = math.Round(x), math.Round(y)
		}
		a, b = append(a, x), append(b, y)
	}
	return a, b
}

func (l *noise) correlations(n int) cell {
	return cell{l.name, n, 0, 0.5, []stated{covers("spearman"), covers("kendall")}, func() trial {
		a, b := l.pool()
		trueRho, trueTau, err := edf.RankCorrelations(a, b)
		if err != nil {
			panic(err)
		}
		return func(r *rand.Rand) []float64 {
			a, b := l.sample(n, r)
			rho, tau, err := edf.RankCorrelations(a, b)
			if err != nil {
				panic(err)
			}
			return []float64{holds(rho.Interval, trueRho.Estimate), holds(tau.Interval, trueTau.Estimate)}
		}
	}}
}

func (l *noise) reliability(n int) cell {
	seedSD := 1.0
	if l.round {
		seedSD = math.Sqrt(1 + 1./12) // to a good approximation
	}
	truth := l.spread * l.spread / (l.spread*l.spread + seedSD*seedSD)
	return cell{l.name, n, 0, 0.5, []stated{covers("reliability"), covers("seed-sd")}, always(func(r *rand.Rand) []float64 {
		a, b := l.sample(n, r)
		models := make([][]float64, n)
		for i := range models {
			models[i] = []float64{a[i], b[i]}
		}
		c := must(edf.VarianceComponents(models))
		return []float64{holds(c.Reliability, truth), holds(c.SeedSD, seedSD)}
	})}
}

// choice is the regret of choosing among n/4 models.
func (l *noise) choice(n int) cell {
	m := n / 4
	return cell{l.name, n, 0, 0.5, []stated{covers("regret")}, func() trial {
		a, b := l.pool()
		truth := must(edf.Regret(a, b, m)).Estimate
		return func(r *rand.Rand) []float64 {
			a, b := l.sample(n, r)
			return []float64{holds(must(edf.Regret(a, b, m)).Interval, truth)}
		}
	}}
}

// overlap is the share that two conditions agree on of the best tenth, or of the
// best 5 where that is more.
func (l *noise) overlap(n int) cell {
	top := func(n int) int { return min(max(5, n/10), n/2) }
	share := float64(top(n)) / float64(n)
	return cell{l.name, n, 0, 0.1, []stated{covers("overlap")}, func() trial {
		a, b := l.pool()
		truth := must(edf.CompareConditions(a, b, edf.FidelityOptions{Top: int(share * poolSize), Halves: 1})).Overlap.Estimate
		return func(r *rand.Rand) []float64 {
			a, b := l.sample(n, r)
			return []float64{holds(must(edf.CompareConditions(a, b, edf.FidelityOptions{Top: top(n), Seed: r.Uint64()})).Overlap, truth)}
		}
	}}
}

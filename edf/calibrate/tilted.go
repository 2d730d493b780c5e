package main

import (
	"fmt"
	"math/rand/v2"
	"sync"

	"designspace/bootstrap"
	"designspace/edf"
	"designspace/internal/seed"
)

// tilts are estimates of populations that [edf.Tilt] draws among N candidates
// whose errors and predictions are correlated by rho; differences are to another
// draw of the same space.
func tilts() []cell {
	var all []cell
	for _, l := range []tiltedLaw{{"good", 0.85, false}, {"random", 0, false}, {"perverse", -0.6, false}, {"good, skewed", 0.85, true}} {
		truth := sync.OnceValue(l.errors)
		for _, n := range []int{20, 50, 100} {
			for _, candidates := range []int{200, 1500} {
				all = append(all, l.estimates(truth, candidates, n))
			}
			all = append(all, l.median(truth, 500, n))
		}
	}
	return all
}

type tiltedLaw struct {
	name   string
	rho    float64
	skewed bool
}

func (l tiltedLaw) cell(candidates, n, nb int, replicates float64, stated []stated) cell {
	return cell{fmt.Sprintf("%s predictions of %d", l.name, candidates), n, nb, replicates, stated, nil}
}

// errors are so many that they stand for the space.
func (l tiltedLaw) errors() *edf.EDF {
	return newEDF(candidatesOf(l.rho, 3, l.skewed, 4*poolSize, seed.New("tilted law", l.name)).Errors)
}

// draw draws the candidates and a tilted draw of n among them.
func (l tiltedLaw) draw(name string, candidates, n int, r *rand.Rand) edf.Population {
	all := candidatesOf(l.rho, 3, l.skewed, candidates, r)
	d := must(edf.Tilt(all.Candidates, n))
	p := edf.Population{Name: name, Weights: d.Weights, Strata: d.Strata, Tilted: true}
	for _, i := range d.Places {
		p.Errors = append(p.Errors, all.Errors[i])
	}
	return p
}

func (l tiltedLaw) estimates(truth func() *edf.EDF, candidates, n int) cell {
	replicates := 2.5
	if n > 50 { // which takes long
		replicates = 1
	}
	c := l.cell(candidates, n, n, replicates, []stated{
		covers("tilted-mean"), covers("tilted-edf-band"), covers("tilted-expected-best"), covers("tilted-mean-difference"),
		covers("tilted-expected-best-difference"), covers("tilted-probability-less"), errs("tilted-verdict"),
	})
	c.trial = func() trial {
		law, m := truth(), n/4
		best := must(law.BestOf(m)).Mean
		return func(r *rand.Rand) []float64 {
			a, b := l.draw("a", candidates, n, r), l.draw("b", candidates, n, r)
			f := must(edf.NewWeighted(a.Errors, a.Weights))
			compared := must(edf.Compare(a, b, edf.Options{Resamples: 1}))
			mw := compared.MannWhitney
			return []float64{
				holds(must(edf.AdjustedMean(a)).Interval, law.Mean()),
				one(deviation(f, nil, law.At) <= f.DKW(0.95)),
				holds(must(edf.ExpectedBest(a, m)).Interval, best),
				holds(compared.MeanDifference, 0),
				holds(must(edf.ExpectedBestDifference(a, b, m)).Interval, 0),
				holds(bootstrap.Interval{Lo: mw.LessLo, Hi: mw.LessHi}, 0.5),
				one(compared.Verdict != edf.Same),
			}
		}
	}
	return c
}

func (l tiltedLaw) median(truth func() *edf.EDF, candidates, n int) cell {
	c := l.cell(candidates, n, 0, 0.25, []stated{covers("tilted-median")})
	c.trial = func() trial {
		median := truth().Median()
		return func(r *rand.Rand) []float64 {
			return []float64{holds(must(edf.Summarize(l.draw("a", candidates, n, r), edf.Options{Seed: r.Uint64()})).Median, median)}
		}
	}
	return c
}

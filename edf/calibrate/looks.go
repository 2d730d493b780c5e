package main

import (
	"math"
	"math/rand/v2"

	"designspace/edf"
)

// A stepwise is a difference of means that is estimated from the first n models
// of a sample.
type stepwise func(most int, r *rand.Rand) (first func(n int) edf.Estimate)

// sequential are comparisons that are looked at until they are decided: of two
// samples, and of pairs.
func sequential(get distributions) []cell {
	var all []cell
	for _, p := range pairs() {
		for _, most := range []int{30, 100} {
			all = append(all, looks(get, p, most, "", apart))
			if p.null {
				all = append(all, looks(get, p, most, "-paired", together))
			}
		}
	}
	return append(all, predicted()...)
}

func apart(a, b distribution) stepwise {
	return func(most int, r *rand.Rand) func(n int) edf.Estimate {
		x, y := a.sample(most, r), b.sample(most, r)
		return func(n int) edf.Estimate {
			return must(edf.MeanDifference(edf.Population{Errors: x[:n]}, edf.Population{Errors: y[:n]}))
		}
	}
}

// together makes pairs of independent errors: what a model adds to both of its
// errors cancels.
func together(a, b distribution) stepwise {
	return func(most int, r *rand.Rand) func(n int) edf.Estimate {
		x, y := a.sample(most, r), b.sample(most, r)
		return func(n int) edf.Estimate { return must(edf.ComparePairs(x[:n], y[:n])).Estimate }
	}
}

// predicted are looks at means that are adjusted by predictions of N candidates,
// in two spaces of the same mean: with a correlation of errors and predictions
// that is high, none, or of the wrong sign, and with skewed errors.
func predicted() []cell {
	var all []cell
	for _, c := range []struct {
		name       string
		rho        [2]float64
		skewed     bool
		candidates int
	}{
		{"good predictions of 1000", [2]float64{0.85, 0.85}, false, 1000},
		{"good predictions of 200", [2]float64{0.85, 0.85}, false, 200},
		{"random predictions of 1000", [2]float64{0, 0}, false, 1000},
		{"perverse predictions of 1000", [2]float64{-0.6, -0.6}, false, 1000},
		{"good against random predictions of 1000", [2]float64{0.85, 0}, false, 1000},
		{"good predictions of 1000, skewed", [2]float64{0.85, 0.85}, true, 1000},
	} {
		for _, most := range []int{30, 100} {
			p := pair{c.name, c.name, true, false}
			cell := looks(nil, p, most, "-adjusted", nil)
			cell.distribution = c.name
			cell.trial = func() trial {
				return lookOn(p, most, 0, func(most int, r *rand.Rand) func(n int) edf.Estimate {
					a, b := candidatesOf(c.rho[0], 3, false, c.candidates, r), candidatesOf(c.rho[1], 4, c.skewed, c.candidates, r)
					return func(n int) edf.Estimate {
						return must(edf.AdjustedMeanDifference(firstOf(a, n), firstOf(b, n)))
					}
				})
			}
			all = append(all, cell)
		}
	}
	return all
}

// candidatesOf draws errors of mean 60 with predictions of a mean of their own, to
// which they are correlated by rho.
func candidatesOf(rho, sd float64, skewed bool, n int, r *rand.Rand) edf.Population {
	var p edf.Population
	for range n {
		t, rest := r.NormFloat64(), r.NormFloat64()
		if skewed {
			rest = r.ExpFloat64() - 1
		}
		p.Candidates = append(p.Candidates, 50+sd*t)
		p.Errors = append(p.Errors, 60+sd*(rho*t+math.Sqrt(1-rho*rho)*rest))
	}
	return p
}

// firstOf is the population of which the first n candidates are trained.
func firstOf(p edf.Population, n int) edf.Population {
	p.Errors, p.Predicted = p.Errors[:n], p.Candidates[:n]
	return p
}

// looks judges the repeated intervals, which all hold the truth at once, and how
// often a plan errs: in a verdict where means are equal, or in calling those
// equivalent that differ by the margin.
func looks(get distributions, p pair, most int, suffix string, of func(a, b distribution) stepwise) cell {
	c := cell{p.name(), most, most, 2.5, []stated{covers("repeated-interval" + suffix)}, nil}
	if p.apart {
		c.stated = append(c.stated, errs("sequential-equivalence"+suffix))
	} else {
		c.stated = append(c.stated, errs("sequential"+suffix))
	}
	c.trial = func() trial {
		la, lb := get[p.a](), get[p.b]()
		return lookOn(p, most, la.Mean()-lb.Mean(), of(la, lb))
	}
	return c
}

// lookOn takes all looks at a difference of which the truth is known.
func lookOn(p pair, most int, truth float64, draw stepwise) trial {
	sizes, margin := edf.LookSizes(most), 0.0
	if p.apart {
		margin = math.Abs(truth)
	}
	plan := must(edf.NewPlan(sizes, 0.05))
	return func(r *rand.Rand) []float64 {
		first := draw(most, r)
		held, wrong, decided := 1.0, 0.0, false
		for k, n := range sizes {
			l := plan.Look(k+1, first(n), margin)
			held = min(held, within(l.Interval.Lo-slack, truth, l.Interval.Hi+slack))
			if !decided && l.Decided() {
				decided, wrong = true, one(l.Verdict == edf.Equivalent || !p.apart)
			}
		}
		return []float64{held, wrong}
	}
}

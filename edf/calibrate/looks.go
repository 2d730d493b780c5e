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
	return all
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
		truth := la.Mean() - lb.Mean()
		sizes := edf.LookSizes(most)
		plan, draw := must(edf.NewPlan(sizes, 0.05)), of(la, lb)
		return func(r *rand.Rand) []float64 {
			first := draw(most, r)
			held, wrong, decided := 1.0, 0.0, false
			for k, n := range sizes {
				margin := 0.0
				if p.apart {
					margin = math.Abs(truth)
				}
				l := plan.Look(k+1, first(n), margin)
				held = min(held, within(l.Interval.Lo-slack, truth, l.Interval.Hi+slack))
				if !decided && l.Decided() {
					decided, wrong = true, one(l.Verdict == edf.Equivalent || !p.apart)
				}
			}
			return []float64{held, wrong}
		}
	}
	return c
}

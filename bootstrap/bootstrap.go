// Package bootstrap answers two questions by resampling: what do the best models
// have of a parameter, and how far can a mean or a median be trusted.
//
// The first is the empirical bootstrap of Radosavovic et al. 2020 (arXiv
// 2003.13678, §3.1): draw 25 % of the (value, error) pairs with replacement,
// keep the pair of least error, repeat many times; the 2.5 and 97.5 percentiles
// of the kept values are the range, and their median its middle. (The paper
// takes them for where the best value lies; package edf has a test of that.) What
// is kept has a distribution in closed form, so no draw is needed: with n models in order of error and m drawn a round,
//
//	P(rank of the kept model <= k) = 1 - (1 - k/n)^m,
//
// and models of equal error share their mass equally. [New] computes it.
//
// The second is [Resample], the bootstrap of means and medians.
package bootstrap

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"

	"designspace/internal/numeric"
	"designspace/internal/seed"
)

// Options say how models are drawn. The zero value is the paper's method
// carried to infinitely many rounds.
type Options struct {
	Fraction float64   // share of the models drawn in a round, in (0, 1]; 0 means 0.25
	Rounds   int       // 0 for the exact distribution, otherwise that many simulated rounds (the paper: 10 000)
	Seed     uint64    // of the simulation
	Weights  []float64 // in proportion to which models are drawn, above 0, for the exact distribution; nil: equal
}

// DefaultFraction is the share of the models that the paper draws in a round.
const DefaultFraction = 0.25

// A Distribution says how likely each model is to be the best of a round.
type Distribution struct {
	Draws int       // models drawn in a round: max(1, floor(n * fraction))
	Mass  []float64 // probability of each model, in the order of the errors given; sums to 1

	errors  []float64
	order   []int // models by ascending error
	options Options
}

// New returns the distribution of the best of a round of draws from models with the
// given errors, in percent or any other unit where less is better.
func New(errs []float64, o Options) (*Distribution, error) {
	if len(errs) == 0 {
		return nil, errors.New("bootstrap: no models")
	}
	if i := slices.IndexFunc(errs, notFinite); i >= 0 {
		return nil, fmt.Errorf("bootstrap: error %d is %v: leave models without an error out", i, errs[i])
	}
	if o.Fraction == 0 {
		o.Fraction = DefaultFraction
	}
	if !(o.Fraction > 0 && o.Fraction <= 1) {
		return nil, fmt.Errorf("bootstrap: fraction %v is not in (0, 1]", o.Fraction)
	}
	if o.Rounds < 0 {
		return nil, fmt.Errorf("bootstrap: %d rounds: give 0 for the exact distribution or a positive number", o.Rounds)
	}
	if o.Weights != nil && (len(o.Weights) != len(errs) || o.Rounds > 0) {
		return nil, fmt.Errorf("bootstrap: %d weights for %d errors in %d rounds: give one a model, and 0 rounds", len(o.Weights), len(errs), o.Rounds)
	}
	if i := slices.IndexFunc(o.Weights, func(w float64) bool { return !(w > 0) || math.IsInf(w, 0) }); i >= 0 {
		return nil, fmt.Errorf("bootstrap: weight %d is %v: want a number above 0", i, o.Weights[i])
	}
	n := len(errs)
	l := &Distribution{
		// The slack lets 0.29 of 100 be 29 and not 28.
		Draws:   max(1, int(float64(n)*o.Fraction+1e-9)),
		Mass:    make([]float64, n),
		errors:  slices.Clone(errs),
		order:   numeric.Order(errs),
		options: o,
	}
	if o.Weights != nil {
		l.weighted()
	} else if o.Rounds == 0 {
		l.exact()
	} else {
		l.simulate(o.Rounds, seed.New("bootstrap", o.Seed))
	}
	return l, nil
}

func notFinite(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }

// exact fills in the closed form. A group of equal errors behind the `before`
// best models has the mass ((n-before)/n)^m - ((n-end)/n)^m; it is computed as
// a product, since the difference would cancel where n is large.
func (l *Distribution) exact() {
	n, m := float64(len(l.errors)), float64(l.Draws)
	for start := 0; start < len(l.order); {
		end := l.tieEnd(start)
		before, size := float64(start), float64(end-start)
		mass := math.Exp(m*math.Log1p(-before/n)) * -math.Expm1(m*math.Log1p(-size/(n-before)))
		for _, i := range l.order[start:end] {
			l.Mass[i] = mass / size
		}
		start = end
	}
}

// weighted fills in the closed form with shares by weight in the place of ranks.
// Models of equal error share their mass by weight.
func (l *Distribution) weighted() {
	var total, before float64
	for _, w := range l.options.Weights {
		total += w
	}
	beyond := 1.0 // probability that no model so far is drawn
	for start := 0; start < len(l.order); {
		end := l.tieEnd(start)
		var group float64
		for _, i := range l.order[start:end] {
			group += l.options.Weights[i]
		}
		before += group
		next := math.Pow(max(1-before/total, 0), float64(l.Draws))
		if end == len(l.order) {
			next = 0
		}
		for _, i := range l.order[start:end] {
			l.Mass[i] = (beyond - next) * l.options.Weights[i] / group
		}
		beyond, start = next, end
	}
}

// simulate counts the models kept in a number of rounds. The rank of the best
// of m uniform draws is itself drawn, as the ceiling of n times the least of m
// uniform numbers, so that a round costs the same for any n.
func (l *Distribution) simulate(rounds int, r *rand.Rand) {
	n := len(l.order)
	for range rounds {
		// 1 - u^(1/m) for u in (0, 1].
		least := -math.Expm1(math.Log(1-r.Float64()) / float64(l.Draws))
		rank := min(int(float64(n)*least), n-1)
		start := sort.Search(rank, func(i int) bool { return l.errors[l.order[i]] >= l.errors[l.order[rank]] })
		if ties := l.tieEnd(start) - start; ties > 1 {
			rank = start + r.IntN(ties)
		}
		l.Mass[l.order[rank]]++
	}
	for i := range l.Mass {
		l.Mass[i] /= float64(rounds)
	}
}

// tieEnd returns the end of the run of equal errors that starts at place start
// of the order.
func (l *Distribution) tieEnd(start int) int {
	least := l.errors[l.order[start]]
	return start + sort.Search(len(l.order)-start, func(i int) bool { return l.errors[l.order[start+i]] > least })
}

// Best returns how many of the best models carry the given share of the mass:
// for any large n and the default fraction 12 carry 0.95 and 15 carry 0.975.
func (l *Distribution) Best(share float64) int {
	var sum float64
	for k, i := range l.order {
		if sum += l.Mass[i]; reaches(sum, share) {
			return k + 1
		}
	}
	return len(l.order)
}

// reaches reports whether a cumulated mass is at least p, give or take the
// rounding of the sum.
func reaches(sum, p float64) bool { return sum >= p-1e-12 }

package edf

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"

	"gonum.org/v1/gonum/stat"

	"designspace/internal/numeric"
)

// A Best is the distribution of the least error among m models drawn at random: what a
// random search over m models finds. Errors are in percent.
type Best struct {
	M      int     `json:"m"`
	Mean   float64 `json:"mean"`
	SD     float64 `json:"sd"` // standard deviation of the least error, not of its mean
	Lo     float64 `json:"lo"` // quantile 0.025
	Median float64 `json:"median"`
	Hi     float64 `json:"hi"` // quantile 0.975
}

// BestOf returns the distribution of the least of m errors drawn from the EDF with
// replacement and by weight, in closed form: with S(e) the share of models not
// below e, P(least >= e) = S(e)^m. Radosavovic et al. 2019 (arXiv 1905.13214)
// estimate its mean by drawing and plot it against m.
func (f *EDF) BestOf(m int) (Best, error) {
	if m < 1 {
		return Best{}, fmt.Errorf("edf: the best of %d models: at least 1 needed", m)
	}
	b := Best{M: m}
	mm := float64(m)
	for step := range f.steps() {
		b.Mean += step.Error * leastMass(step, mm)
	}
	for step := range f.steps() {
		d := step.Error - b.Mean
		b.SD += d * d * leastMass(step, mm)
	}
	b.SD = math.Sqrt(b.SD)
	// P(least <= x) >= p where the share up to x is at least 1 - (1-p)^(1/m).
	at := func(p float64) float64 { return f.inverse(-math.Expm1(math.Log1p(-p) / mm)) }
	b.Lo, b.Median, b.Hi = at(0.025), at(0.5), at(0.975)
	return b, nil
}

// leastMass is the probability that the least of m draws is the error of a step,
// (1-Below)^m - (1-Above)^m, without cancellation.
func leastMass(s Step, m float64) float64 {
	rest := 1 - s.Below
	if s.Above >= 1 {
		return math.Pow(rest, m)
	}
	return math.Exp(m*math.Log1p(-s.Below)) * -math.Expm1(m*math.Log1p(-(s.Above-s.Below)/rest))
}

// inverse returns the least error up to which the share of models is at least u,
// give or take the rounding of the shares.
func (f *EDF) inverse(u float64) float64 {
	return f.x[sort.Search(len(f.x)-1, func(i int) bool { return f.share(i+1) >= u-1e-12 })]
}

// SimulateBestOf estimates the distribution of [EDF.BestOf] by drawing m errors in each
// of a number of rounds; 0 rounds means ⌊n/m⌋, as in arXiv 1905.13214. The
// quantiles are numpy's (type 7), and SD divides by the number of rounds.
func (f *EDF) SimulateBestOf(m, rounds int, r *rand.Rand) (Best, error) {
	if rounds == 0 && m > 0 {
		rounds = f.Len() / m
	}
	if m < 1 || rounds < 1 {
		return Best{}, fmt.Errorf("edf: the best of %d of %d models in %d rounds: at least 1 of each needed", m, f.Len(), rounds)
	}
	least := make([]float64, rounds)
	for i := range least {
		best := f.draw(r)
		for range m - 1 {
			best = min(best, f.draw(r)) // places in order of error
		}
		least[i] = f.x[best]
	}
	slices.Sort(least)
	mean, sd := stat.PopMeanStdDev(least, nil)
	return Best{m, mean, sd, numeric.Quantile(0.025, least), numeric.Quantile(0.5, least), numeric.Quantile(0.975, least)}, nil
}

// draw returns the place of a model drawn by weight.
func (f *EDF) draw(r *rand.Rand) int {
	if f.w == nil {
		return r.IntN(len(f.x))
	}
	u := r.Float64()
	return sort.Search(len(f.x)-1, func(i int) bool { return f.cum[i+1] > u })
}

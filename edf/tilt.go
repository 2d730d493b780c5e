package edf

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"designspace/bootstrap"
	"designspace/internal/numeric"
)

// TiltStrata is the number of strata by predicted error of a tilted draw.
const TiltStrata = 5

// tiltPercent says how many of 100 models [Tilt] draws from each fifth of the
// candidates, that of the lowest predicted errors first.
var tiltPercent = [TiltStrata]int{32, 22, 18, 15, 13}

// LeastTilted is the least number of models of a tilted draw: two in each fifth
// have a variance.
const LeastTilted = 15

// A TiltedDraw says which of some candidates are to be trained.
type TiltedDraw struct {
	Places  []int     // of the models among the candidates, ascending
	Strata  []int     // one a model: 0 for the fifth of the lowest predicted errors, to 4
	Weights []float64 // one a model: how many candidates it stands for
}

// Tilt draws n models of candidates that were drawn at random, more of those that
// are predicted to be good: of each fifth by predicted error the first ones, 32,
// 22, 18, 15 and 13 of 100. With these strata and weights the errors tell of all
// candidates, however wrong the predictions are, and more of the best than n
// models drawn evenly do where the predictions are good. This is double sampling
// for stratification (Cochran 1977, Sampling Techniques, §12.2).
func Tilt(predicted []float64, n int) (TiltedDraw, error) {
	var d TiltedDraw
	if n < LeastTilted || len(predicted) < 2*n {
		return d, fmt.Errorf("edf: a tilted draw of %d among %d candidates: at least %d models, and twice as many candidates, needed", n, len(predicted), LeastTilted)
	}
	stratum := make([]int, len(predicted))
	var size [TiltStrata]int
	for rank, i := range numeric.Order(predicted) {
		h := rank * TiltStrata / len(predicted)
		stratum[i] = h
		size[h]++
	}
	left, want := tiltSizes(n), tiltSizes(n)
	for i, h := range stratum {
		if left[h] == 0 {
			continue
		}
		left[h]--
		d.Places, d.Strata = append(d.Places, i), append(d.Strata, h)
		d.Weights = append(d.Weights, float64(size[h])/float64(want[h]))
	}
	return d, nil
}

// tiltSizes divides n models by tiltPercent: what rounding down leaves goes to the
// largest remainders.
func tiltSizes(n int) (sizes [TiltStrata]int) {
	rest := make([]float64, TiltStrata)
	left := n
	for h, percent := range tiltPercent {
		sizes[h], rest[h] = percent*n/100, -float64(percent*n%100)
		left -= sizes[h]
	}
	for _, h := range numeric.Order(rest)[:left] {
		sizes[h]++
	}
	return sizes
}

// A stratified population is its models by stratum.
type stratified struct {
	models [][]int   // places in the population
	share  []float64 // of the population; they sum to 1
	drawn  float64   // candidates that the strata were made of; +Inf where shares are fixed
}

// stratify is not ok without strata, or where one has a single model, or none if
// it is a fifth of candidates.
func (p Population) stratify() (s stratified, ok bool) {
	if p.Strata == nil {
		return s, false
	}
	models, weight := make([][]int, slices.Max(p.Strata)+1), make([]float64, slices.Max(p.Strata)+1)
	for i, h := range p.Strata {
		if w := p.Weights[i]; w > 0 {
			models[h] = append(models[h], i)
			weight[h] += w
		}
	}
	total := floats.Sum(weight)
	s.drawn = math.Inf(1)
	if p.Tilted {
		s.drawn = total
	}
	if p.Tilted && len(models) < TiltStrata {
		return s, false
	}
	for h, places := range models {
		if len(places) == 0 && !p.Tilted {
			continue
		}
		if len(places) < 2 {
			return s, false
		}
		s.models, s.share = append(s.models, places), append(s.share, weight[h]/total)
	}
	return s, true
}

// of returns what the models have, by stratum.
func (s stratified) of(y []float64) [][]float64 {
	values := make([][]float64, len(s.models))
	for h, places := range s.models {
		values[h] = at(y, places)
	}
	return values
}

// mean estimates the mean of what the models have the values y of. Its variance
// is that within strata and, where the strata are of candidates,
//
//	Σ W_h (ȳ_h - ȳ)²/N
//
// for these: they are a sample, too.
func (s stratified) mean(y []float64) (e studentised) {
	var squares float64 // Σ V²/df over strata
	means := make([]float64, len(s.models))
	for h, x := range s.of(y) {
		m, v := stat.MeanVariance(x, nil)
		v *= s.share[h] * s.share[h] / float64(len(x))
		means[h] = m
		e.value += s.share[h] * m
		e.variance += v
		squares += v * v / float64(len(x)-1)
	}
	e.df = e.variance * e.variance / squares
	e.variance += s.between(means) // known better than the rest
	return e
}

// between returns the variance that candidates have of means of strata.
func (s stratified) between(means []float64) (v float64) {
	var centre float64
	for h, m := range means {
		centre += s.share[h] * m
	}
	for h, m := range means {
		v += s.share[h] * (m - centre) * (m - centre)
	}
	return v / s.drawn
}

// tiltedLess is P(a < b) with the interval of [AdjustedLess], of placements by
// weight.
func tiltedLess(a, b *prepared) bootstrap.Interval {
	sa, sb := a.meanPlacement(b), b.meanPlacement(a)
	return lessOf(sb.value, sa, sb, min(a.edf.EffectiveN(), b.edf.EffectiveN()))
}

// meanPlacement returns the mean share of q that has a lower error than a model of p.
func (p *prepared) meanPlacement(q *prepared) studentised {
	places := make([]float64, len(p.Errors))
	for i, e := range p.Errors {
		places[i] = (q.edf.At(e) + q.edf.At(math.Nextafter(e, math.Inf(1)))) / 2
	}
	n := p.edf.EffectiveN()
	s := studentised{mean(places), stat.Variance(places, nil) / n, n - 1}
	if strata, ok := p.stratify(); ok {
		s = strata.mean(places)
	}
	s.variance += ends(s.value, n)
	return s
}

// tilted names the statistic of populations of which one was drawn by [Tilt], in
// the table of [Coverage].
func tilted(statistic string, ps ...*prepared) string {
	if slices.ContainsFunc(ps, func(p *prepared) bool { return p.Tilted }) {
		return "tilted-" + statistic
	}
	return statistic
}

package edf

import (
	"fmt"
	"math"
	"sort"

	"gonum.org/v1/gonum/floats"
)

// ExpectedBest is [EDF.ExpectedBest] of a population, also of one that was drawn
// by [Tilt]. There the m models are one after the other of a stratum that is
// drawn by its share, and then any of the stratum's: the estimate is the mean of
// the least error over how many come from each stratum and over all subsets of so
// many, and so without bias. The variance is the jackknife's within strata, and
// that of [Tilt]'s candidates; degrees of freedom are the effective number of
// models with an error that is the best of m, of which n/m are there in an even
// draw.
func ExpectedBest(p Population, m int) (Estimate, error) {
	s, warnings, err := p.expectedBest(m)
	return s.estimate(warnings), err
}

// ExpectedBestDifference estimates the expected least error among m models drawn
// from a less that among m from b, see [ExpectedBest]: negative where a search over
// m models of a finds the better one. The samples must be independent.
func ExpectedBestDifference(a, b Population, m int) (Estimate, error) {
	sa, warnings, err := a.expectedBest(m)
	if err != nil {
		return Estimate{}, err
	}
	sb, more, err := b.expectedBest(m)
	return sa.less(sb).estimate(append(warnings, more...)), err
}

func (p Population) expectedBest(m int) (s studentised, warnings []string, err error) {
	if err := p.check(); err != nil {
		return s, nil, err
	}
	f, err := NewWeighted(p.Errors, p.Weights)
	if err != nil || m < 1 || !p.Tilted {
		if err == nil {
			return f.expectedBest(m)
		}
		return s, nil, err
	}
	s = studentised{math.NaN(), math.NaN(), math.NaN()}
	strata, ok := p.stratify()
	switch n := f.Len(); {
	case !ok:
		return s, []string{"a fifth of the tilted draw has fewer than 2 models with an error: the expected best is not estimated"}, nil
	case m > n:
		return s, []string{fmt.Sprintf("n = %d: at least %d models needed for the expected best of %d, and %d for its interval", n, m, m, leastGroups*m)}, nil
	case leastGroups*m > n:
		s.value = newDraws(p, strata, m).value()
		return s, []string{fmt.Sprintf("n = %d: no interval of the expected best of %d; at least %d models needed", n, m, leastGroups*m)}, nil
	}
	return newDraws(p, strata, m).estimate(), nil, nil
}

// draws are of m models from strata. Sums go over the errors in ascending order,
// and steps are between each and the next.
type draws struct {
	strata stratified
	m      int
	x      []float64
	of     []int       // stratum of each
	above  [][]int     // models of each stratum beyond each step
	weight [][]float64 // of 0 to m models from each stratum, and of m from all: see newDraws
	total  float64
}

func newDraws(p Population, s stratified, m int) *draws {
	d := &draws{strata: s, m: m}
	type model struct {
		err float64
		of  int
	}
	var models []model
	above := make([]int, len(s.models))
	for h, places := range s.models {
		above[h] = len(places)
		for _, i := range places {
			models = append(models, model{p.Errors[i], h})
		}
	}
	sort.SliceStable(models, func(i, j int) bool { return models[i].err < models[j].err })
	for _, v := range models {
		above[v.of]--
		d.x, d.of, d.above = append(d.x, v.err), append(d.of, v.of), append(d.above, append([]int(nil), above...))
	}
	// How many come from each stratum is multinomial: Poisson numbers given their
	// sum, which do not underflow.
	d.total = poisson(m, float64(m))[m]
	for _, share := range s.share {
		d.weight = append(d.weight, poisson(m, share*float64(m)))
	}
	return d
}

// poisson returns the probabilities of 0 to m.
func poisson(m int, mean float64) []float64 {
	p := make([]float64, m+1)
	for j := range p {
		lgamma, _ := math.Lgamma(float64(j) + 1)
		p[j] = math.Exp(float64(j)*math.Log(mean) - mean - lgamma)
	}
	return p
}

// beyond returns the chances that 0 to m models are drawn from a stratum and all
// of them are among k of its n: C(k, j)/C(n, j) times the weight. Where all are, so
// are more than n.
func (d *draws) beyond(h, k, n int) []float64 {
	c := make([]float64, d.m+1)
	share := 1.0
	for j, w := range d.weight[h] {
		c[j] = w * share
		if k < n {
			share *= float64(max(k-j, 0)) / float64(max(n-j, 1))
		}
	}
	return c
}

// convolve returns the chances of sums up to m. Those of no account are skipped.
func convolve(a, b []float64) []float64 {
	c := make([]float64, len(a))
	for i, x := range a {
		if x > 1e-20 {
			floats.AddScaled(c[i:], x, b[:len(b)-i])
		}
	}
	return c
}

// at returns the chance that all m are beyond step i, and for each stratum that
// chance without one of its models, which is below the step or beyond it.
func (d *draws) at(i int) (all float64, below, beyond []float64) {
	strata := len(d.weight)
	chances := make([][]float64, strata)
	before, behind := make([][]float64, strata+1), make([][]float64, strata+1) // products
	one := make([]float64, d.m+1)
	one[0] = 1
	before[0], behind[strata] = one, one
	size := func(h int) int { return len(d.strata.models[h]) }
	for h := range strata {
		chances[h] = d.beyond(h, d.above[i][h], size(h))
		before[h+1] = convolve(before[h], chances[h])
	}
	for h := strata - 1; h >= 0; h-- {
		behind[h] = convolve(behind[h+1], chances[h])
	}
	below, beyond = make([]float64, strata), make([]float64, strata)
	for h := range strata {
		others := convolve(before[h], behind[h+1])
		sum := func(own []float64) (p float64) {
			for j, c := range own {
				p += c * others[d.m-j]
			}
			return p / d.total
		}
		k := d.above[i][h]
		below[h] = sum(d.beyond(h, min(k, size(h)-1), size(h)-1))
		beyond[h] = sum(d.beyond(h, max(k-1, 0), size(h)-1))
	}
	return before[strata][d.m] / d.total, below, beyond
}

func (d *draws) value() float64 {
	v := d.x[0]
	for i := range len(d.x) - 1 {
		all, _, _ := d.at(i)
		v += (d.x[i+1] - d.x[i]) * all
	}
	return v
}

func (d *draws) estimate() studentised {
	n, m, strata := len(d.x), float64(d.m), len(d.weight)
	s := studentised{value: d.x[0]}
	// Sums over the steps: up to a model it is beyond them, and then below.
	sumBelow, sumBeyond := make([][]float64, n), make([][]float64, n)
	sumBelow[0], sumBeyond[0] = make([]float64, strata), make([]float64, strata)
	slope := make([]float64, strata) // of the estimate on the share of each stratum
	rest, best := 1.0, 0.0           // share beyond the step; Σ chance to be the best times weight
	for i, h := range d.of {
		own := d.strata.share[h] / float64(len(d.strata.models[h]))
		next := max(rest-own, 0)
		best += (math.Pow(rest, m) - math.Pow(next, m)) * own
		if rest = next; i+1 == n {
			break
		}
		step := d.x[i+1] - d.x[i]
		all, below, beyond := d.at(i)
		s.value += step * all
		sumBelow[i+1], sumBeyond[i+1] = make([]float64, strata), make([]float64, strata)
		floats.AddScaledTo(sumBelow[i+1], sumBelow[i], step, below)
		floats.AddScaledTo(sumBeyond[i+1], sumBeyond[i], step, beyond)
		for h, k := range d.above[i] {
			slope[h] += step * m * math.Pow(rest, m-1) * float64(k) / float64(len(d.strata.models[h]))
		}
	}
	without := make([][]float64, strata)
	for i, h := range d.of {
		without[h] = append(without[h], sumBeyond[i][h]+sumBelow[n-1][h]-sumBelow[i][h])
	}
	for _, v := range without {
		centre, k := mean(v), float64(len(v))
		for _, x := range v {
			s.variance += (k - 1) / k * (x - centre) * (x - centre)
		}
	}
	s.variance += d.strata.between(slope)
	s.df = min(1/(m*best), float64(n-1))
	return s
}

package edf

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"designspace/internal/numeric"
	"designspace/internal/seed"
)

// A Subsampled says how far the EDF of a random part of a pool is from that of
// the whole: the Kolmogorov-Smirnov distance over a number of trials.
type Subsampled struct {
	Size int     `json:"size"`
	Mean float64 `json:"mean"`
	SD   float64 `json:"sd"`
	Lo   float64 `json:"lo"` // quantile 0.025 over the trials
	Hi   float64 `json:"hi"` // quantile 0.975
}

// DefaultSubsamples is the number of trials of arXiv 1905.13214.
const DefaultSubsamples = 50

// Subsample answers "how many models are enough": for each size it draws so many
// models from the pool without replacement, in a number of trials (0 means 50),
// and measures the Kolmogorov-Smirnov distance to the pool (Radosavovic et al.
// 2019, arXiv 1905.13214). The pool is not weighted. Each size has a random
// stream of its own.
func Subsample(pool []float64, sizes []int, trials int, rootSeed uint64) ([]Subsampled, error) {
	f, err := New(pool)
	if err != nil {
		return nil, err
	}
	if trials == 0 {
		trials = DefaultSubsamples
	}
	if trials < 1 {
		return nil, fmt.Errorf("edf: %d trials: at least 1 needed", trials)
	}
	places := make([]int, f.Len())
	for i := range places {
		places[i] = i
	}
	var all []Subsampled
	for _, size := range sizes {
		if size < 1 || size > f.Len() {
			return nil, fmt.Errorf("edf: subsample of %d of %d models: give a size from 1 to %d", size, f.Len(), f.Len())
		}
		r := seed.New("edf.Subsample", rootSeed, size)
		ds := make([]float64, trials)
		slices.Sort(places) // whatever sizes came before
		for i := range ds {
			ds[i] = f.distance(choosePlaces(places, size, r))
		}
		slices.Sort(ds)
		mean, sd := stat.PopMeanStdDev(ds, nil)
		all = append(all, Subsampled{size, mean, sd, numeric.Quantile(0.025, ds), numeric.Quantile(0.975, ds)})
	}
	return all, nil
}

// choosePlaces returns k of the places at random, in ascending order. It only
// permutes places.
func choosePlaces(places []int, k int, r *rand.Rand) []int {
	for i := range k {
		j := i + r.IntN(len(places)-i)
		places[i], places[j] = places[j], places[i]
	}
	chosen := slices.Clone(places[:k])
	slices.Sort(chosen)
	return chosen
}

// distance returns the Kolmogorov-Smirnov distance between the models at the
// given places and all. It is attained next to an error of the former.
func (f *EDF) distance(places []int) float64 {
	var d float64
	k := float64(len(places))
	for i := 0; i < len(places); {
		e := f.x[places[i]]
		end := i + 1
		for end < len(places) && f.x[places[end]] == e {
			end++
		}
		below, above := f.At(e), f.At(math.Nextafter(e, math.Inf(1)))
		d = max(d, math.Abs(float64(i)/k-below), math.Abs(float64(end)/k-above))
		i = end
	}
	return d
}

// MostModels is the largest number of models that [ModelsNeeded] considers
// unless told otherwise.
const MostModels = 10_000

// PowerOptions say what it means to tell two spaces apart. The zero value is
// the usual convention.
type PowerOptions struct {
	Power  float64 // wanted probability of a significant difference; 0 means 0.8
	Alpha  float64 // level of significance; 0 means 0.05
	Tests  int     // of the family that [Holm] adjusts for, this one included; 0 means 1
	Trials int     // simulated comparisons for each number of models; 0 means 1000
	Max    int     // largest number of models to consider, such as what a window holds; 0 means [MostModels]
	Seed   uint64
}

func (o PowerOptions) complete() (PowerOptions, error) {
	if o.Power == 0 {
		o.Power = 0.8
	}
	if o.Alpha == 0 {
		o.Alpha = alpha
	}
	if o.Tests == 0 {
		o.Tests = 1
	}
	if o.Trials == 0 {
		o.Trials = 1000
	}
	if o.Max == 0 {
		o.Max = MostModels
	}
	switch {
	case !(o.Power > 0 && o.Power < 1):
		return o, fmt.Errorf("edf: power %v is not in (0, 1)", o.Power)
	case !(o.Alpha > 0 && o.Alpha < 1):
		return o, fmt.Errorf("edf: significance level %v is not in (0, 1)", o.Alpha)
	case o.Trials < 1 || o.Max < 1 || o.Tests < 1:
		return o, errors.New("edf: give a positive number of trials, of tests and of models")
	}
	o.Alpha /= float64(o.Tests) // the strictest level of Holm's
	o.Tests = 1
	return o, nil
}

// Needed is how many models of each of two spaces tell the spaces apart.
type Needed struct {
	N        int      `json:"n"`        // models a space; 0 if the largest number considered is too few
	Lo       int      `json:"lo"`       // 95 % limits of N for what the samples say of the difference
	Hi       int      `json:"hi"`       // 0 if they say that more than the largest number considered may be needed
	Power    float64  `json:"power"`    // with N models each, or the largest number considered
	PowerLo  float64  `json:"power_lo"` // 95 % limits of Power, which is simulated
	PowerHi  float64  `json:"power_hi"`
	Most     int      `json:"most"` // largest number considered
	Warnings []string `json:"warnings,omitempty"`
}

// Power returns the probability that the Brunner-Munzel test between n models of
// each of two spaces is significant at level Alpha/Tests, if the EDFs at hand are
// the truth about the spaces: n errors are drawn from each with replacement, by
// weight, in every trial. Among several tests that [Holm] adjusts for, the power
// is at least as large.
func Power(a, b *EDF, n int, o PowerOptions) (float64, error) {
	o, err := o.complete()
	if err != nil {
		return 0, err
	}
	if n < 1 {
		return 0, fmt.Errorf("edf: power of %d models: at least 1 needed", n)
	}
	return newDuel(a, b).power(n, o), nil
}

// ModelsNeeded returns the least number of models of each of two spaces with
// which [Power] reaches the wanted value, to some 5 %, the noise of 1000
// trials. It takes the EDFs at hand for the truth, so it is as uncertain as the
// difference between them: its limits are the numbers for the 95 % limits of
// P(a < b), see [MannWhitney], to whose distance from 1/2 the number is as the
// inverse square.
func ModelsNeeded(a, b *EDF, o PowerOptions) (Needed, error) {
	o, err := o.complete()
	if err != nil {
		return Needed{}, err
	}
	d, test := newDuel(a, b), MannWhitney(a, b)
	square := (test.Less - 0.5) * (test.Less - 0.5)
	guess := o.Max
	if square > 0 {
		guess = int(min(d.guess(o)/square, float64(o.Max)))
	}
	lo, hi := 0, min(max(guess, 2), o.Max) // power(lo) too small; power(hi) to be seen
	for d.power(hi, o) < o.Power {
		if hi == o.Max {
			needed := d.needed(hi, o)
			needed.N = 0
			needed.limit(test, d.guess(o), o)
			needed.Warnings = append(needed.Warnings, fmt.Sprintf("%d models each do not tell the two apart: power %.2f", hi, needed.Power))
			return needed, nil
		}
		lo, hi = hi, min(2*hi, o.Max)
	}
	for hi-lo > max(1, hi/50) {
		if mid := lo + (hi-lo)/2; d.power(mid, o) < o.Power {
			lo = mid
		} else {
			hi = mid
		}
	}
	needed := d.needed(hi, o)
	needed.limit(test, float64(hi)*square, o)
	if hi > min(a.Len(), b.Len()) {
		needed.Warnings = append(needed.Warnings, fmt.Sprintf("%d models each needed, judged from %d and %d: a guess", hi, a.Len(), b.Len()))
	}
	return needed, nil
}

// A duel draws samples from two EDFs and tests them, on ranks instead of errors.
type duel struct {
	a, b           *EDF
	rankA, rankB   []int     // rank of each model's error among the distinct errors of both
	countA, countB []float64 // models drawn of each rank
}

func newDuel(a, b *EDF) *duel {
	d := &duel{a: a, b: b, rankA: make([]int, a.Len()), rankB: make([]int, b.Len())}
	rank := 0
	var before shares
	for _, p := range pooled(a, b) {
		for i := before.na; i < p.na; i++ {
			d.rankA[i] = rank
		}
		for j := before.nb; j < p.nb; j++ {
			d.rankB[j] = rank
		}
		rank++
		before = p
	}
	d.countA, d.countB = make([]float64, rank), make([]float64, rank)
	return d
}

// guess is the number of models for a normal test statistic, times the square of
// the distance of P(a < b) from 1/2.
func (d *duel) guess(o PowerOptions) float64 {
	s := newPlacements(d.a, d.b)
	da, db := s.deviations()
	z := distuv.UnitNormal.Quantile(1-o.Alpha/2) + distuv.UnitNormal.Quantile(o.Power)
	return z * z * (da/s.na + db/s.nb)
}

// limit fills in the limits of N; scaled is N, if the samples are the truth,
// times the square of the distance of P(a < b) from 1/2.
func (n *Needed) limit(test MannWhitneyTest, scaled float64, o PowerOptions) {
	at := func(effect float64) int {
		return int(min(max(math.Ceil(scaled/(effect*effect)), 1), float64(o.Max)))
	}
	lo, hi := test.LessLo-0.5, test.LessHi-0.5
	n.Lo = at(max(math.Abs(lo), math.Abs(hi)))
	if lo*hi > 0 {
		n.Hi = at(min(math.Abs(lo), math.Abs(hi)))
	}
	if n.Hi == o.Max {
		n.Hi = 0
	}
}

// power simulates; each n has a random stream of its own.
func (d *duel) power(n int, o PowerOptions) float64 {
	r := seed.New("edf.Power", o.Seed, n)
	significant := 0
	for range o.Trials {
		clear(d.countA)
		clear(d.countB)
		for range n {
			d.countA[d.rankA[d.a.draw(r)]]++
			d.countB[d.rankB[d.b.draw(r)]]++
		}
		sum := placements{na: float64(n), nb: float64(n)}
		for i, c := range d.countA {
			sum.add(c, d.countB[i], c, d.countB[i])
		}
		if twoSided(sum.test(endModels)) < o.Alpha {
			significant++
		}
	}
	return float64(significant) / float64(o.Trials)
}

func (d *duel) needed(n int, o PowerOptions) Needed {
	p := d.power(n, o)
	lo, hi := wilson(p, float64(o.Trials), confidence)
	return Needed{N: n, Power: p, PowerLo: lo, PowerHi: hi, Most: o.Max}
}

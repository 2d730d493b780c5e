package bootstrap

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"designspace/internal/format"
	"designspace/internal/numeric"
)

// DefaultResamples is enough for the limits of a 95 % interval to be off by some
// 1 % of its width.
const DefaultResamples = 5000

// An Interval is an estimate and its confidence limits, Lo <= Hi, in the unit of
// the values. Lo and Hi are NaN where a sample of one value says nothing about
// its spread.
type Interval struct{ Estimate, Lo, Hi float64 }

// String formats an interval of errors, in percent, as in 54.62 [54.00, 55.25],
// and without limits if there are none.
func (i Interval) String() string {
	if math.IsNaN(i.Lo) || math.IsNaN(i.Hi) {
		return format.Percent(i.Estimate)
	}
	return fmt.Sprintf("%s [%s, %s]", format.Percent(i.Estimate), format.Percent(i.Lo), format.Percent(i.Hi))
}

// A Resampled is a sample with draws from the bootstrap distributions of its
// studentised mean and its median. Two of them, resampled by independent
// generators, give intervals of differences of medians at no further cost.
type Resampled struct {
	n               int // values a resample holds
	mean, median    float64
	variance, third float64   // central moments of the sample: divided by n
	ts              []float64 // (mean* - mean)/SE* of each resample; nil beyond directLimit
	medians         []float64
}

// directLimit is the largest sample whose means are resampled.
const directLimit = 10_000

// Resample draws the mean and the median of resamples of x, which are as large
// as x and drawn with replacement; x may be in any order. A number of resamples
// of 0 means [DefaultResamples]. With weights, which are nil for equal ones,
// values are drawn in proportion to them, and a resample is as large as the
// effective size (Σw)²/Σw², rounded.
//
// Up to 10 000 values means are drawn literally; beyond, their distribution is
// normal up to a correction for skewness. Medians are drawn from their exact
// distribution for any n (order statistics of n uniform numbers).
func Resample(x, weights []float64, resamples int, r *rand.Rand) (*Resampled, error) {
	if len(x) == 0 {
		return nil, errors.New("bootstrap: nothing to resample")
	}
	if i := slices.IndexFunc(x, notFinite); i >= 0 {
		return nil, fmt.Errorf("bootstrap: value %d is %v", i, x[i])
	}
	if resamples < 0 {
		return nil, fmt.Errorf("bootstrap: %d resamples: give a positive number, or 0 for %d", resamples, DefaultResamples)
	}
	if resamples == 0 {
		resamples = DefaultResamples
	}
	p, err := newPool(x, weights)
	if err != nil {
		return nil, err
	}
	s := &Resampled{
		n:       p.n,
		mean:    p.x[0],
		median:  p.median(),
		medians: make([]float64, resamples),
	}
	if p.x[0] != p.x[len(p.x)-1] { // otherwise rounding would give a spread
		s.mean = stat.Mean(p.x, p.w)
		s.variance = stat.MomentAbout(2, p.x, s.mean, p.w)
		s.third = stat.MomentAbout(3, p.x, s.mean, p.w)
	}
	if p.n <= directLimit {
		s.ts = make([]float64, resamples)
	}
	for i := range resamples {
		if s.ts != nil {
			s.ts[i] = s.student(p.drawMean(s.mean, r))
		}
		s.medians[i] = p.drawMedian(r)
	}
	return s, nil
}

// ResampleStrata draws the median of resamples of a stratified sample: from each
// stratum one value less than it has, with replacement, since as many would vary
// too little (Rao and Wu 1988, J. Am. Stat. Assoc. 83, 231–241); two at least in
// each are needed. Shares of strata in the
// population, which sum to 1, vary as those among so many draws of it do; +Inf
// for shares that are fixed. There is no studentised mean.
func ResampleStrata(strata [][]float64, shares []float64, draws float64, resamples int, r *rand.Rand) (*Resampled, error) {
	s := &Resampled{}
	var x []float64
	var of []int
	for h, values := range strata {
		for _, v := range values {
			x, of = append(x, v), append(of, h)
		}
	}
	if len(x) == 0 || len(shares) != len(strata) {
		return nil, fmt.Errorf("bootstrap: %d values in %d strata with %d shares: give values, and one share a stratum", len(x), len(strata), len(shares))
	}
	if i := slices.IndexFunc(x, notFinite); i >= 0 {
		return nil, fmt.Errorf("bootstrap: value %d is %v", i, x[i])
	}
	order := numeric.Order(x)
	x, of = at(x, order), at(of, order)
	places := make([][]int, len(strata))
	for i, h := range of {
		places[h] = append(places[h], i)
	}
	s.n, s.mean, s.variance, s.medians = len(x), math.NaN(), math.NaN(), make([]float64, cmp.Or(resamples, DefaultResamples))
	weights := make([]float64, len(x))
	for i := range s.medians {
		clear(weights)
		for h, list := range places {
			share := max(shares[h]+math.Sqrt(shares[h]/draws)*r.NormFloat64(), 0)
			for range len(list) - 1 {
				weights[list[r.IntN(len(list))]] += share / float64(len(list)-1)
			}
		}
		s.medians[i] = weightedMedian(x, weights)
	}
	for i, h := range of {
		weights[i] = shares[h] / float64(len(places[h]))
	}
	s.median = weightedMedian(x, weights)
	return s, nil
}

// at returns the values at some places.
func at[T any](xs []T, places []int) []T {
	chosen := make([]T, len(places))
	for i, k := range places {
		chosen[i] = xs[k]
	}
	return chosen
}

// weightedMedian returns what half of the weight of ascending values is below: the
// middle of the two values where it is between them.
func weightedMedian(x, weights []float64) float64 {
	half := floats.Sum(weights) / 2
	var sum float64
	for i, w := range weights {
		if sum += w; sum > half*(1+1e-12) {
			return x[i]
		}
		if w > 0 && sum >= half*(1-1e-12) {
			next := i + 1
			for weights[next] == 0 {
				next++
			}
			return (x[i] + x[next]) / 2
		}
	}
	return x[len(x)-1]
}

// Shift returns the resamples in an order that begins k places later. Of two
// samples that were drawn with generators of one seed, one must be shifted
// before they are compared: resample i of both would be drawn alike.
func (s *Resampled) Shift(k int) *Resampled {
	if k %= len(s.medians); k == 0 {
		return s
	}
	t := *s
	for _, x := range []*[]float64{&t.ts, &t.medians} {
		if *x != nil {
			*x = slices.Concat((*x)[k:], (*x)[:k])
		}
	}
	return &t
}

// A pool is what resamples of n values are drawn from.
type pool struct {
	n   int
	x   []float64 // ascending
	w   []float64 // in the order of x; nil: equal
	cum []float64 // sums of the first weights, scaled to end at 1; nil: equal
}

func newPool(x, weights []float64) (*pool, error) {
	if weights == nil {
		p := &pool{n: len(x), x: slices.Clone(x)}
		slices.Sort(p.x)
		return p, nil
	}
	if len(weights) != len(x) {
		return nil, fmt.Errorf("bootstrap: %d weights for %d values", len(weights), len(x))
	}
	p := &pool{}
	var sum, squares float64
	for _, i := range numeric.Order(x) {
		w := weights[i]
		if !(w >= 0) || math.IsInf(w, 0) {
			return nil, fmt.Errorf("bootstrap: weight %d is %v: weights are finite and not negative", i, w)
		}
		if w == 0 {
			continue
		}
		sum += w
		squares += w * w
		p.x, p.w, p.cum = append(p.x, x[i]), append(p.w, w), append(p.cum, sum)
	}
	if sum == 0 {
		return nil, errors.New("bootstrap: all weights are 0")
	}
	floats.Scale(1/sum, p.cum)
	p.n = int(math.Round(sum * sum / squares))
	return p, nil
}

// at returns the value at u in [0, 1] of the pool laid out in order, each value
// as long as its weight.
func (p *pool) at(u float64) float64 {
	i := int(u * float64(len(p.x)))
	if p.cum != nil {
		i, _ = slices.BinarySearch(p.cum, u)
	}
	return p.x[min(i, len(p.x)-1)]
}

func (p *pool) median() float64 {
	if p.cum == nil {
		return numeric.Quantile(0.5, p.x)
	}
	return (p.at(0.5) + p.at(math.Nextafter(0.5, 1))) / 2
}

// drawMean returns the mean and the variance of a resample of values of a mean.
func (p *pool) drawMean(of float64, r *rand.Rand) (mean, variance float64) {
	var sum, squares float64
	for range p.n {
		var x float64
		if p.w == nil {
			x = p.x[r.IntN(p.n)]
		} else {
			x = p.at(r.Float64())
		}
		sum += x
		squares += (x - of) * (x - of)
	}
	n := float64(p.n)
	mean = sum / n
	return mean, squares/n - (mean-of)*(mean-of)
}

// drawMedian draws the median of a resample from the distribution of order statistics:
// the k-th of n uniform numbers is Beta(k, n+1-k), and the next is the least of
// the n-k that remain above it.
func (p *pool) drawMedian(r *rand.Rand) float64 {
	k := (p.n + 1) / 2
	u := distuv.Beta{Alpha: float64(k), Beta: float64(p.n + 1 - k), Src: r}.Rand()
	if p.n%2 == 1 {
		return p.at(u)
	}
	next := u + (1-u)*-math.Expm1(math.Log(1-r.Float64())/float64(p.n-k))
	return (p.at(u) + p.at(next)) / 2
}

// student returns the studentised mean of a resample of a mean and a variance;
// infinite where all its values are equal, but not to the mean.
func (s *Resampled) student(mean, variance float64) float64 {
	off := mean - s.mean
	switch {
	case variance > 1e-12*s.variance: // not rounding
		return off / math.Sqrt(variance/float64(s.n-1))
	case off > 0:
		return math.Inf(1)
	case off < 0:
		return math.Inf(-1)
	}
	return 0
}

// studentiseFrom is the least number of values whose resamples vary enough to
// be studentised.
const studentiseFrom = 8

// Mean returns the mean and its interval by the studentised bootstrap
// (Efron and Tibshirani 1993, §12.5): the distribution of (mean* - mean)/SE* over
// resamples in the place of Student's, which follows skewed values better. A
// limit that resamples of equal values decide, which have no SE*, is Student's,
// as both are below 8 values. Beyond 10 000 values the limits are expanded to
// the second order in the skewness (Hall 1992, The Bootstrap and Edgeworth
// Expansion).
func (s *Resampled) Mean(confidence float64) Interval {
	switch {
	case s.n < 2 || !proper(confidence):
		return Interval{s.mean, math.NaN(), math.NaN()}
	case s.variance == 0:
		return Interval{s.mean, s.mean, s.mean}
	}
	se := math.Sqrt(s.variance / float64(s.n-1))
	lo, hi := s.studentised((1 - confidence) / 2)
	return Interval{s.mean, s.mean - hi*se, s.mean - lo*se}
}

// studentised returns the quantiles tail and 1 - tail of the studentised mean.
func (s *Resampled) studentised(tail float64) (lo, hi float64) {
	n := float64(s.n)
	student := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile(1 - tail)
	switch {
	case s.n < studentiseFrom:
		return -student, student
	case s.ts == nil:
		z, skew := distuv.UnitNormal.Quantile(1-tail), s.third/math.Pow(s.variance, 1.5)
		shift := skew / math.Sqrt(n) * (2*z*z + 1) / 6
		return -z - shift, z - shift
	}
	ts := slices.Clone(s.ts)
	slices.Sort(ts)
	if lo = numeric.Quantile(tail, ts); notFinite(lo) {
		lo = -student
	}
	if hi = numeric.Quantile(1-tail, ts); notFinite(hi) {
		hi = student
	}
	return lo, hi
}

// Median returns the median and its percentile interval.
func (s *Resampled) Median(confidence float64) Interval {
	if s.n < 2 || !proper(confidence) {
		return Interval{s.median, math.NaN(), math.NaN()}
	}
	return percentileInterval(s.median, s.medians, confidence)
}

// MedianDifference returns the median of a less the median of b and its
// percentile interval. The samples must have been resampled by independent
// generators and equally often; where one was resampled more often, its last draws
// are not used.
func MedianDifference(a, b *Resampled, confidence float64) Interval {
	diff := a.median - b.median
	if a.n < 2 || b.n < 2 || !proper(confidence) {
		return Interval{diff, math.NaN(), math.NaN()}
	}
	return percentileInterval(diff, differences(a.medians, b.medians), confidence)
}

func proper(confidence float64) bool { return 0 < confidence && confidence < 1 }

func differences(a, b []float64) []float64 {
	d := make([]float64, min(len(a), len(b)))
	for i := range d {
		d[i] = a[i] - b[i]
	}
	return d
}

func percentileInterval(estimate float64, draws []float64, confidence float64) Interval {
	draws = slices.Clone(draws)
	slices.Sort(draws)
	tail := (1 - confidence) / 2
	return Interval{estimate, numeric.Quantile(tail, draws), numeric.Quantile(1-tail, draws)}
}

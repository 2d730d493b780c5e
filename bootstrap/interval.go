package bootstrap

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"designspace/internal/numeric"
)

// DefaultResamples is enough for the limits of a 95 % interval to be off by some
// 1 % of its width.
const DefaultResamples = 5000

// An Interval is an estimate and its confidence limits, Lo <= Hi, in the unit of
// the values. Lo and Hi are NaN where a sample of one value says nothing about
// its spread.
type Interval struct{ Estimate, Lo, Hi float64 }

// A Resampled is a sample with draws from the bootstrap distributions of its mean and its
// median. Two of them, resampled by independent generators, give intervals of
// the differences at no further cost.
type Resampled struct {
	n               int // values a resample holds
	mean, median    float64
	variance, third float64 // central moments of the sample: divided by n
	means, medians  []float64
	spreads         []float64 // variance, divided by n, of the resample of each mean; nil beyond directLimit
}

// directLimit is the largest sample whose means are resampled value by value.
// Beyond it the distribution of the mean is normal up to a correction for skewness.
const directLimit = 10_000

// Resample draws the mean and the median of resamples of x, which are as large
// as x and drawn with replacement; x may be in any order. A number of resamples
// of 0 means [DefaultResamples]. With weights, which are nil for equal ones,
// values are drawn in proportion to them, and a resample is as large as the
// effective size (Σw)²/Σw², rounded.
//
// Up to 10 000 values means are drawn literally; beyond, from the second-order
// Edgeworth distribution of the resampled mean, whose error is of order 1/n. Medians are
// drawn from their exact distribution for any n (order statistics of n uniform numbers).
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
		means:   make([]float64, resamples),
		medians: make([]float64, resamples),
	}
	if p.x[0] != p.x[len(p.x)-1] { // otherwise rounding would give a spread
		s.mean = stat.Mean(p.x, p.w)
		s.variance = stat.MomentAbout(2, p.x, s.mean, p.w)
		s.third = stat.MomentAbout(3, p.x, s.mean, p.w)
	}
	if p.n <= directLimit {
		s.spreads = make([]float64, resamples)
	}
	for i := range resamples {
		if p.n <= directLimit {
			s.means[i], s.spreads[i] = p.drawMean(s.mean, r)
		} else {
			s.means[i] = s.edgeworthMean(r)
		}
		s.medians[i] = p.drawMedian(r)
	}
	return s, nil
}

// Shift returns the resamples in an order that begins k places later. Of two
// samples that were drawn with generators of one seed, one must be shifted
// before they are compared: resample i of both would be drawn alike.
func (s *Resampled) Shift(k int) *Resampled {
	if k %= len(s.means); k == 0 {
		return s
	}
	t := *s
	for _, x := range []*[]float64{&t.means, &t.medians, &t.spreads} {
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

// edgeworthMean draws from the Cornish-Fisher expansion of the distribution of the
// resampled mean.
func (s *Resampled) edgeworthMean(r *rand.Rand) float64 {
	if s.variance == 0 {
		return s.mean
	}
	n, z := float64(s.n), r.NormFloat64()
	skew := s.third / math.Pow(s.variance, 1.5) / math.Sqrt(n)
	return s.mean + math.Sqrt(s.variance/n)*(z+skew/6*(z*z-1))
}

// Mean returns the mean and its BCa interval (bias corrected and accelerated,
// Efron 1987) at a confidence such as 0.95; here and below the limits are NaN
// unless it is between 0 and 1.
func (s *Resampled) Mean(confidence float64) Interval {
	if s.n < 2 || !proper(confidence) {
		return Interval{s.mean, math.NaN(), math.NaN()}
	}
	n := float64(s.n)
	return bca(s.mean, s.means, s.third/(n*n), s.variance/n, confidence)
}

// studentiseFrom is the least number of values whose resamples vary enough to
// be studentised.
const studentiseFrom = 8

// StudentisedMean returns the mean and its interval by the studentised bootstrap
// (Efron and Tibshirani 1993, §12.5): the distribution of (mean* - mean)/SE* over
// resamples in the place of Student's, which follows skewed values better. A
// limit that resamples of equal values decide, which have no SE*, is Student's,
// as both are below 8 values. Beyond 10 000 values the limits are expanded to
// the second order in the skewness (Hall 1992, The Bootstrap and Edgeworth
// Expansion).
func (s *Resampled) StudentisedMean(confidence float64) Interval {
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
	case s.spreads == nil:
		z, skew := distuv.UnitNormal.Quantile(1-tail), s.third/math.Pow(s.variance, 1.5)
		shift := skew / math.Sqrt(n) * (2*z*z + 1) / 6
		return -z - shift, z - shift
	}
	ts := make([]float64, len(s.spreads))
	for i, v := range s.spreads {
		switch off := s.means[i] - s.mean; {
		case v > 1e-12*s.variance: // not rounding
			ts[i] = off / math.Sqrt(v/(n-1))
		case off > 0:
			ts[i] = math.Inf(1)
		case off < 0:
			ts[i] = math.Inf(-1)
		}
	}
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

// MeanDifference returns the mean of a less the mean of b and its BCa interval.
// The samples must have been resampled by independent generators and equally
// often; where one was resampled more often, its last draws are not used.
func MeanDifference(a, b *Resampled, confidence float64) Interval {
	diff := a.mean - b.mean
	if a.n < 2 || b.n < 2 || !proper(confidence) {
		return Interval{diff, math.NaN(), math.NaN()}
	}
	na, nb := float64(a.n), float64(b.n)
	return bca(diff, differences(a.means, b.means),
		a.third/(na*na)-b.third/(nb*nb), a.variance/na+b.variance/nb, confidence)
}

// MedianDifference returns the median of a less the median of b and its
// percentile interval, for samples as in [MeanDifference].
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

// bca returns the BCa interval of a mean or a difference of means. The
// acceleration is that of the jackknife, which for means has a closed form:
// third and second are the sums of the cubes and squares of the influences
// (x - mean)/n of all values.
func bca(estimate float64, draws []float64, third, second, confidence float64) Interval {
	if second == 0 {
		return Interval{estimate, estimate, estimate}
	}
	draws = slices.Clone(draws)
	slices.Sort(draws)
	below, _ := slices.BinarySearch(draws, estimate)
	above := below
	for above < len(draws) && draws[above] == estimate {
		above++
	}
	n := float64(len(draws))
	// Kept off 0 and 1, where the correction would be infinite.
	share := min(max(float64(below+above)/2/n, 1/(2*n)), 1-1/(2*n))
	bias := distuv.UnitNormal.Quantile(share)
	acceleration := third / (6 * math.Pow(second, 1.5))
	at := func(z float64) float64 {
		w := bias + z
		if d := 1 - acceleration*w; d > 0 {
			return numeric.Quantile(distuv.UnitNormal.CDF(bias+w/d), draws)
		}
		if z < 0 {
			return draws[0]
		}
		return draws[len(draws)-1]
	}
	z := distuv.UnitNormal.Quantile((1 + confidence) / 2)
	return Interval{estimate, at(-z), at(z)}
}

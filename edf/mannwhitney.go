package edf

import "math"

// A MannWhitneyTest is the outcome of the two-sided Mann-Whitney U test.
type MannWhitneyTest struct {
	// U is the number of pairs in which a's error is the larger, ties counted
	// half: the statistic that scipy.stats.mannwhitneyu(a, b) returns.
	U float64
	// P is from the normal distribution with corrections for ties and continuity, as
	// scipy's method "asymptotic". It is 1 if all errors are equal.
	P float64
	// Less is P(a < b) + P(a = b)/2, the probability that a model of a has the
	// lower error: above 1/2 where a is better.
	Less float64
	// LessLo and LessHi are the 95 % limits of Less.
	LessLo, LessHi float64
}

// MannWhitney tests whether errors of one EDF tend to be lower than those of
// another. With weights the pairs are weighted, and the sizes in U and P are the
// effective ones, an approximation.
//
// The interval of Less is Wilson's score interval for a share seen among as many
// trials as DeLong's variance (1988) implies, V = Less(1-Less)/trials. So that
// the variance does not vanish where the samples hardly overlap, it is taken
// with a quarter of a model that beats all and a quarter of one that beats none
// added to either sample; and the trials are at least the smaller sample, since
// no distributions give a larger variance (van Dantzig 1951).
func MannWhitney(a, b *EDF) MannWhitneyTest {
	na, nb := a.EffectiveN(), b.EffectiveN()
	r := ranks{na: na, nb: nb}
	var before shares
	for _, p := range pooled(a, b) {
		r.add(na*(p.a-before.a), nb*(p.b-before.b))
		before = p
	}
	test := MannWhitneyTest{U: r.u, P: r.p(), Less: 1 - r.u/(na*nb)}
	test.LessLo, test.LessHi = wilson(test.Less, trials(a, b, test.Less), confidence)
	return test
}

// ranks sums up a pooled sample, error by error in ascending order.
type ranks struct {
	na, nb float64 // sizes
	belowB float64 // models of b so far
	u      float64 // pairs with a > b, and half those with a = b
	ties   float64 // Σ t³ - t over groups of t equal errors
}

// add counts the models of a and of b that have the next error.
func (r *ranks) add(a, b float64) {
	r.u += a * (r.belowB + b/2)
	r.belowB += b
	t := a + b
	r.ties += t*t*t - t
}

func (r *ranks) p() float64 {
	n, pairs := r.na+r.nb, r.na*r.nb
	sigma := math.Sqrt(pairs / 12 * (n + 1 - r.ties/(n*(n-1))))
	z := (math.Abs(r.u-pairs/2) - 0.5) / sigma
	if !(z > 0) || math.IsInf(z, 0) {
		return 1
	}
	return math.Erfc(z / math.Sqrt2)
}

// trials returns the number of independent trials that would make a share of
// less as certain as it is. A model's placement is the share of the other sample
// that it beats; DeLong's variance is the sum of the variances of the two mean
// placements.
func trials(a, b *EDF, less float64) float64 {
	s := newPlacements(a, b)
	da, db := s.deviations()
	ends := endModels * (less*less + (1-less)*(1-less))
	na, nb := s.na+2*endModels, s.nb+2*endModels
	variance := (da+ends)/(na*(na-1)) + (db+ends)/(nb*(nb-1))
	share := s.shrunk(endModels)
	return max(min(s.na, s.nb), share*(1-share)/variance)
}

// squares returns the sum of the squared weights of models i..end-1.
func (f *EDF) squares(i, end int) float64 {
	if f.w == nil {
		n := float64(len(f.x))
		return float64(end-i) / (n * n)
	}
	var sum float64
	for _, w := range f.w[i:end] {
		sum += w * w
	}
	return sum
}

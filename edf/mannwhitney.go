package edf

import "math"

// A MannWhitneyTest is the outcome of the two-sided Mann-Whitney U test.
type MannWhitneyTest struct {
	// U is the number of pairs in which a's error is the larger, ties counted
	// half: the statistic that scipy.stats.mannwhitneyu(a, b) returns.
	U float64
	// P is from the normal law with corrections for ties and continuity, as
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
// The interval of Less is Wilson's score interval with the number of trials that
// DeLong's variance (1988) implies, V = Less(1-Less)/n; it is at least the
// smaller sample, since no distributions give a larger variance (van Dantzig
// 1951), and just that where the samples do not overlap and V is 0.
func MannWhitney(a, b *EDF) MannWhitneyTest {
	na, nb := a.EffectiveN(), b.EffectiveN()
	var greater, ties float64 // P(a > b) + P(a = b)/2; Σ t³-t
	var before shares
	for _, p := range pooled(a, b) {
		wa, wb := p.a-before.a, p.b-before.b
		greater += wa * (before.b + wb/2)
		t := na*wa + nb*wb
		ties += t*t*t - t
		before = p
	}
	test := MannWhitneyTest{U: na * nb * greater, Less: 1 - greater, P: 1}
	n := na + nb
	sigma := math.Sqrt(na * nb / 12 * (n + 1 - ties/(n*(n-1))))
	if z := (math.Abs(test.U-na*nb/2) - 0.5) / sigma; z > 0 && sigma > 0 {
		test.P = math.Erfc(z / math.Sqrt2)
	}
	trials := min(na, nb)
	if v := delong(a, b, test.Less); v > 0 {
		trials = max(trials, test.Less*(1-test.Less)/v)
	}
	test.LessLo, test.LessHi = wilson(test.Less, trials, confidence)
	return test
}

// delong returns the variance of the estimate of P(a < b) + P(a = b)/2: each
// model's placement is the share of the other sample that it beats, and the
// variances of the mean placements add up.
func delong(a, b *EDF, less float64) float64 {
	var va, vb float64
	var before shares
	for _, p := range pooled(a, b) {
		da := 1 - (before.b+p.b)/2 - less
		db := (before.a+p.a)/2 - less
		va += da * da * a.squares(before.na, p.na)
		vb += db * db * b.squares(before.nb, p.nb)
		before = p
	}
	return va*unbiased(a) + vb*unbiased(b)
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

// unbiased is n/(n-1) for the effective n, and 1 for a single model, whose
// spread is not known.
func unbiased(f *EDF) float64 {
	n := f.EffectiveN()
	if n <= 1 {
		return 1
	}
	return n / (n - 1)
}

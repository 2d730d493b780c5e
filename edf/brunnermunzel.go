package edf

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// A BrunnerMunzelTest is the outcome of the two-sided Brunner-Munzel test
// (2000, Biometrical J. 42, 17–25) of P(a < b) + P(a = b)/2 = 1/2: that neither
// sample tends to lower errors. Unlike the Mann-Whitney test, which supposes
// that both samples have the same distribution, it keeps its level where spreads
// or shapes differ. It is Welch's t-test of placements: of the share of the
// other sample that each model beats.
type BrunnerMunzelTest struct {
	// T is P(a < b) + P(a = b)/2 less 1/2 over its standard error, positive where
	// a's errors tend to be lower: the statistic that
	// scipy.stats.brunnermunzel(a, b) returns. It is ±Inf where the samples do
	// not overlap, 0 where all errors are equal, and NaN where a sample has one
	// model and so no variance.
	T float64
	// DF are Satterthwaite's degrees of freedom; NaN where T has no standard error.
	DF float64
	// P is from Student's distribution with a quarter of a model that beats all
	// and a quarter of one that beats none added to either sample, as in the
	// interval of [MannWhitney]. Without them the test rejects up to 7 % of true
	// hypotheses at 8 models (so does its permutation form, where spreads
	// differ), and has no p-value where samples do not overlap. It is 1 if all
	// errors are equal.
	P float64
}

// BrunnerMunzel tests whether errors of one EDF tend to be lower than those of
// another. With weights the pairs are weighted, and sizes are the effective
// ones, an approximation.
func BrunnerMunzel(a, b *EDF) BrunnerMunzelTest {
	s := newPlacements(a, b)
	var test BrunnerMunzelTest
	test.T, test.DF = s.test(0)
	test.P = twoSided(s.test(endModels))
	return test
}

// endModels is the share of a model that is added to a sample at either end, so
// that variances do not vanish where samples hardly overlap.
const endModels = 0.25

// twoSided returns the probability that Student's t is at least as far from 0.
func twoSided(t, df float64) float64 {
	if t == 0 {
		return 1
	}
	return 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.CDF(-math.Abs(t))
}

// placements sums up where the models of two samples stand among those of the
// other, error by error in ascending order.
type placements struct {
	na, nb         float64 // sizes
	belowA, belowB float64 // models so far
	a, b           placed
}

// placed sums over a sample's models twice the number of models of the other
// sample that are better, ties counted half: whole numbers without weights.
type placed struct{ sum, squaredWeights, weighted, squares float64 }

func newPlacements(a, b *EDF) *placements {
	s := &placements{na: a.EffectiveN(), nb: b.EffectiveN()}
	var before shares
	for _, p := range pooled(a, b) {
		s.add(s.na*(p.a-before.a), s.nb*(p.b-before.b), s.na*s.na*a.squares(before.na, p.na), s.nb*s.nb*b.squares(before.nb, p.nb))
		before = p
	}
	return s
}

// add counts the models of a and of b that have the next error; qa and qb are
// the sums of their squared weights, which are the counts where weights are equal.
func (s *placements) add(ca, cb, qa, qb float64) {
	s.a.add(2*s.belowB+cb, ca, qa)
	s.b.add(2*s.belowA+ca, cb, qb)
	s.belowA += ca
	s.belowB += cb
}

func (p *placed) add(better, count, squaredWeights float64) {
	p.sum += count * better
	p.squaredWeights += squaredWeights
	p.weighted += squaredWeights * better
	p.squares += squaredWeights * better * better
}

// less returns P(a < b) + P(a = b)/2.
func (s *placements) less() float64 { return s.b.sum / (2 * s.na * s.nb) }

// deviations returns the sums of squared deviations from their mean of the
// shares of the other sample that are better, over a's models and over b's.
func (s *placements) deviations() (a, b float64) {
	return s.a.deviations(s.na) / (4 * s.nb * s.nb), s.b.deviations(s.nb) / (4 * s.na * s.na)
}

func (p *placed) deviations(n float64) float64 {
	mean := p.sum / n
	return max(p.squares-2*mean*p.weighted+mean*mean*p.squaredWeights, 0)
}

// test returns the statistic of the Brunner-Munzel test and its degrees of
// freedom, with so many models added to either sample at either end.
func (s *placements) test(ends float64) (t, df float64) {
	less := s.shrunk(ends)
	off := (s.less() - less) * (s.less() - less)
	added := ends * (less*less + (1-less)*(1-less))
	da, db := s.deviations()
	na, nb := s.na+2*ends, s.nb+2*ends
	se, df := welch((da+s.na*off+added)/(na-1), na, (db+s.nb*off+added)/(nb-1), nb)
	if !(se > 0) {
		df = math.NaN()
	}
	switch {
	case less == 0.5:
		return 0, df
	case se == 0:
		return math.Inf(int(math.Copysign(1, less-0.5))), df
	}
	return (less - 0.5) / se, df
}

// shrunk returns P(a < b) with so many models added at either end of the smaller
// sample.
func (s *placements) shrunk(ends float64) float64 {
	n := min(s.na, s.nb)
	return (n*s.less() + ends) / (n + 2*ends)
}

// welch returns the standard error of a difference of two means from the
// variances and sizes of the samples, and Satterthwaite's degrees of freedom.
func welch(va, na, vb, nb float64) (se, df float64) {
	va, vb = va/na, vb/nb
	return math.Sqrt(va + vb), satterthwaite(va/(va+vb), na-1, nb-1)
}

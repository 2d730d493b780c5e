package edf

import "math"

// A KSTest is the outcome of the two-sided two-sample Kolmogorov-Smirnov test.
type KSTest struct {
	// D is the largest vertical distance between the EDFs, in [0, 1].
	D float64
	// P is the probability of a D at least as large if both samples come from
	// one continuous distribution: exact up to 10 000 models a sample, and
	// beyond from the one-sample distribution at the rounded harmonic size n·m/(n+m). It
	// is what scipy.stats.ks_2samp returns. Where errors tie it is too large.
	P float64
	// PTies is the same probability given which pooled errors tie: exact under
	// random splits of the pooled sample, for any distribution, up to 10 000
	// models a sample. Beyond, and for weighted samples, it is P.
	PTies float64
}

// exactLimit is the largest sample with an exact P.
const exactLimit = 10_000

// KS tests whether two EDFs come from one distribution. For weighted EDFs D is
// the distance of the weighted functions and P is the asymptotic value at the
// effective sizes, an approximation.
func KS(a, b *EDF) KSTest {
	var d float64
	for _, p := range pooled(a, b) {
		d = max(d, math.Abs(p.a-p.b))
	}
	if a.w != nil || b.w != nil || max(a.Len(), b.Len()) > exactLimit {
		p := asymptoticKS(d, a.EffectiveN(), b.EffectiveN())
		return KSTest{d, p, p}
	}
	return exactKS(a, b)
}

// exactKS works in whole numbers: D is h/lcm(n, m).
func exactKS(a, b *EDF) KSTest {
	m, n := a.Len(), b.Len()
	g := gcd(m, n)
	h := 0
	var ties, every []int
	for _, p := range pooled(a, b) {
		h = max(h, p.na*(n/g)-p.nb*(m/g), p.nb*(m/g)-p.na*(n/g))
		ties = append(ties, p.na+p.nb)
	}
	if h == 0 {
		return KSTest{0, 1, 1}
	}
	for t := range m + n {
		every = append(every, t+1)
	}
	test := KSTest{D: float64(h) / float64(m/g*n), P: outsideProbability(m, n, every, h)}
	test.PTies = test.P
	if len(ties) < len(every) {
		test.PTies = outsideProbability(m, n, ties, h)
	}
	return test
}

func asymptoticKS(d, n, m float64) float64 {
	return kolmogorovSurvival(max(1, int(math.RoundToEven(n*m/(n+m)))), d)
}

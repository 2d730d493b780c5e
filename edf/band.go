package edf

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// DKW returns the half-width of the simultaneous band of the EDF at a confidence
// such as 0.95 (here and below NaN unless it is between 0 and 1): with that
// probability the true distribution function lies within F ± DKW everywhere at
// once (Dvoretzky, Kiefer, Wolfowitz 1956, with the constant of Massart 1990). It
// holds for any distribution and any n; with unequal weights n is the effective
// one and the band is an approximation.
func (f *EDF) DKW(confidence float64) float64 {
	if !(0 < confidence && confidence < 1) {
		return math.NaN()
	}
	return math.Sqrt(math.Log(2/(1-confidence)) / (2 * f.EffectiveN()))
}

// Band returns the simultaneous band of [EDF.DKW] at error e, within [0, 1].
func (f *EDF) Band(e, confidence float64) (lo, hi float64) {
	p, half := f.At(e), f.DKW(confidence)
	return max(p-half, 0), min(p+half, 1)
}

// Pointwise returns Wilson's score interval of F(e): it holds for this one e
// with about the given confidence, and is narrower than the band. With unequal
// weights n is the effective one.
func (f *EDF) Pointwise(e, confidence float64) (lo, hi float64) {
	return wilson(f.At(e), f.EffectiveN(), confidence)
}

// wilson returns Wilson's score interval of a share p seen among n.
func wilson(p, n, confidence float64) (lo, hi float64) {
	if !(0 < confidence && confidence < 1) {
		return math.NaN(), math.NaN()
	}
	z := distuv.UnitNormal.Quantile((1 + confidence) / 2)
	centre := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	lo, hi = max(centre-half, 0), min(centre+half, 1)
	// At the ends one limit is the share itself, and only rounding says else.
	if p == 0 {
		lo = 0
	}
	if p == 1 {
		hi = 1
	}
	return lo, hi
}

// A Difference is F_a - F_b at one error, with an interval that holds for this
// error alone. For all errors at once there is [DifferenceBand].
type Difference struct{ Error, Value, PointwiseLo, PointwiseHi float64 }

// Differences returns F_a - F_b just behind every distinct error of the two in
// ascending order; positive where a has more models below the error, that is,
// where a is better. The interval of the given confidence is Newcombe's for a
// difference of shares (1998, method 10), built from Wilson's intervals.
func Differences(a, b *EDF, confidence float64) []Difference {
	var ds []Difference
	for e, p := range pooled(a, b) {
		lo, hi := newcombe(p.a, a.EffectiveN(), p.b, b.EffectiveN(), confidence)
		ds = append(ds, Difference{e, p.a - p.b, lo, hi})
	}
	return ds
}

// PointwiseDifference returns the pointwise interval of [Differences] at any
// error e.
func PointwiseDifference(a, b *EDF, e, confidence float64) (lo, hi float64) {
	return newcombe(a.At(e), a.EffectiveN(), b.At(e), b.EffectiveN(), confidence)
}

// newcombe returns the interval of the difference of shares pa among na and pb
// among nb.
func newcombe(pa, na, pb, nb, confidence float64) (lo, hi float64) {
	aLo, aHi := wilson(pa, na, confidence)
	bLo, bHi := wilson(pb, nb, confidence)
	return pa - pb - math.Hypot(pa-aLo, bHi-pb), pa - pb + math.Hypot(aHi-pa, pb-bLo)
}

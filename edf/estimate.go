package edf

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"designspace/bootstrap"
)

// An Estimate is a number with its 95 % interval, and what to mind when reading
// it. Limits that the data cannot give are NaN, with a warning that says why.
type Estimate struct {
	bootstrap.Interval
	Warnings []string

	se, df float64 // of Student's t, where the interval is of it; see PBelow
	skew   float64 // of the estimate, where the interval minds it, else 0; see [Estimate.limits]
}

// PBelow returns the p-value of the claim that the truth is below a bound: the
// probability of an estimate as low as this one, if the truth is at the bound. That
// of the opposite claim is 1 less it, or somewhat more where the interval minds the
// skewness of the estimate. It is NaN where there is no interval, and
// only of use where that is Student's: of means, of the expected best, and of
// their differences.
func (e Estimate) PBelow(bound float64) float64 {
	distance := e.Estimate - bound
	switch {
	case math.IsNaN(e.Lo + e.Hi):
		return math.NaN()
	case e.se == 0 && distance != 0, math.IsInf(distance, 0):
		return indicator(distance > 0)
	case e.se == 0:
		return 0.5
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: min(e.df, mostDF)}
	return max(t.CDF(distance/e.se), t.CDF(unskewed(distance/e.se, e.skew)))
}

// StandardError is that of the estimate, where the interval is Student's, see
// [Estimate.PBelow]; otherwise it is 0.
func (e Estimate) StandardError() float64 { return e.se }

// limits returns the limits of an interval that the truth is beyond with the given
// probability at either end. If the skewness γ of the estimate is given they are
// the outer ones of Student's and of those by Hall's transformation (1992, J. R.
// Stat. Soc. B 54, 221–228) of the deviate,
//
//	T + γ/3 T² + γ²/27 T³ + γ/6.
//
// Student's alone err up to three times as often as they say where one sample is
// skewed and the other is not, Hall's alone half as often again where both are.
func (e Estimate) limits(tail float64) (lo, hi float64) {
	if e.se == 0 {
		return e.Estimate, e.Estimate
	}
	t := -distuv.StudentsT{Mu: 0, Sigma: 1, Nu: min(e.df, mostDF)}.Quantile(tail)
	return e.Estimate - e.se*max(t, skewed(t, e.skew)), e.Estimate - e.se*min(-t, skewed(-t, e.skew))
}

// unskewed is Hall's transformation, and skewed its inverse.
func unskewed(t, skew float64) float64 {
	return t + skew/3*t*t + skew*skew/27*t*t*t + skew/6
}

func skewed(z, skew float64) float64 {
	if math.Abs(skew) < 1e-9 {
		return z
	}
	return 3 / skew * (math.Cbrt(1+skew*(z-skew/6)) - 1)
}

// thirdMoment estimates the third central moment of the mean of the values.
func thirdMoment(x []float64) float64 {
	n, centre, cubes := float64(len(x)), mean(x), 0.0
	for _, v := range x {
		cubes += (v - centre) * (v - centre) * (v - centre)
	}
	return cubes / (n * (n - 1) * (n - 2))
}

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func (e *Estimate) warn(format string, args ...any) {
	e.Warnings = append(e.Warnings, fmt.Sprintf(format, args...))
}

// A studentised is an estimate whose error over the root of its estimated
// variance has about Student's distribution.
type studentised struct{ value, variance, df float64 }

// less returns the difference of two independent estimates, with Satterthwaite's
// degrees of freedom.
func (s studentised) less(o studentised) studentised {
	v := s.variance + o.variance
	return studentised{s.value - o.value, v, satterthwaite(s.variance/v, s.df, o.df)}
}

// mostDF is as good as infinity, which distuv does not take.
const mostDF = 1e9

func (s studentised) estimate(warnings []string) Estimate {
	return Estimate{Interval: s.interval(), Warnings: warnings, se: math.Sqrt(s.variance), df: s.df}
}

// satterthwaite returns the degrees of freedom of a sum of two variances, of which
// the first is the given share; the lesser where neither varies.
func satterthwaite(share, a, b float64) float64 {
	if math.IsNaN(share) {
		return min(a, b)
	}
	return 1 / (share*share/a + (1-share)*(1-share)/b)
}

// interval is the value alone where the variance is 0, and without limits where
// there are no degrees of freedom.
func (s studentised) interval() bootstrap.Interval {
	switch {
	case !(s.df > 0):
		return bootstrap.Interval{Estimate: s.value, Lo: math.NaN(), Hi: math.NaN()}
	case s.variance == 0:
		return bootstrap.Interval{Estimate: s.value, Lo: s.value, Hi: s.value}
	}
	half := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: min(s.df, mostDF)}.Quantile((1+confidence)/2) * math.Sqrt(s.variance)
	return bootstrap.Interval{Estimate: s.value, Lo: s.value - half, Hi: s.value + half}
}

// jackknifed returns an estimate with the variance of its pseudo-values.
func jackknifed(value float64, pseudo []float64, df float64) studentised {
	n := float64(len(pseudo))
	centre := mean(pseudo)
	var squares float64
	for _, p := range pseudo {
		squares += (p - centre) * (p - centre)
	}
	return studentised{value, squares / n / (n - 1), df}
}

// kurtosisLimited lowers the degrees of freedom to what the pseudo-values say of
// the certainty of their variance V: 2/df = Var(V)/V² = (kurtosis - 1)/n.
func (s studentised) kurtosisLimited(pseudo []float64) studentised {
	n, centre := float64(len(pseudo)), mean(pseudo)
	second := s.variance * (n - 1)
	var kurtosis float64
	for _, p := range pseudo {
		kurtosis += math.Pow((p-centre)*(p-centre)/second, 2) / n
	}
	s.df = min(s.df, n-1)
	if second > 0 {
		s.df = min(s.df, 2*n/(kurtosis-1))
	}
	return s
}

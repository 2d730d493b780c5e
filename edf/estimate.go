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
}

// PBelow returns the p-value of the claim that the truth is below a bound: the
// probability of an estimate as low as this one, if the truth is at the bound. That
// of the opposite claim is 1 less it. It is NaN where there is no interval, and
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
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: min(e.df, mostDF)}.CDF(distance / e.se)
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

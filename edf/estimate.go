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
	return studentised{s.value - o.value, v, v * v / (s.variance*s.variance/s.df + o.variance*o.variance/o.df)}
}

// interval is the value alone where the variance is 0, and without limits where
// there are no degrees of freedom.
func (s studentised) interval() bootstrap.Interval {
	switch {
	case s.variance == 0:
		return bootstrap.Interval{Estimate: s.value, Lo: s.value, Hi: s.value}
	case !(s.df > 0):
		return bootstrap.Interval{Estimate: s.value, Lo: math.NaN(), Hi: math.NaN()}
	}
	half := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: s.df}.Quantile((1+confidence)/2) * math.Sqrt(s.variance)
	return bootstrap.Interval{Estimate: s.value, Lo: s.value - half, Hi: s.value + half}
}

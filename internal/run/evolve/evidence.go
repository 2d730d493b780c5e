package evolve

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"designspace/internal/numeric"
	"designspace/space"
)

// An evidence is explorers that are asked about moves. With predictions every
// answer is that of the predictions of all candidates, times the slope of errors
// on them, and that of what this leaves of the explorers' errors: far more certain
// than the errors alone, and right whatever the predictions are worth, as
// [edf.AdjustedMean] is.
type evidence struct {
	Population
	best        []bool    // the least quarter of the errors
	onPredicted float64   // of errors on predictions; 0 without
	left        []float64 // errors less slope times prediction
}

func newEvidence(p Population) evidence {
	x := evidence{Population: p, best: bestQuarter(p.Errors), left: slices.Clone(p.Errors)}
	if len(p.Predicted) == len(p.Errors) && len(p.CandidateSettings) > 0 {
		if slope, se := regression(p.Predicted, p.Errors); !math.IsInf(se, 0) {
			x.onPredicted = slope
			for i, t := range p.Predicted {
				x.left[i] -= slope * t
			}
		}
	}
	return x
}

// adjusted says in a reason that the errors are.
func (x evidence) adjusted() string {
	if x.onPredicted == 0 {
		return ""
	}
	return ", adjusted,"
}

// A column is a number of each explorer and of each candidate with a prediction.
type column struct{ own, all []float64 }

// column is a parameter as it was drawn.
func (x evidence) column(s *space.Space, name string) column {
	return column{values(s, x.Settings, name), values(s, x.CandidateSettings, name)}
}

func values(s *space.Space, settings []space.Setting, name string) []float64 {
	list := make([]float64, len(settings))
	for i, setting := range settings {
		list[i], _ = s.Value(setting, name)
	}
	return list
}

func (c column) log() column { return column{logs(c.own), logs(c.all)} }

func logs(x []float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = math.Log(v)
	}
	return y
}

// distances measures how far the models are from having stages alike or in order,
// in factors of 2.
func (x evidence) distances(s *space.Space, stages []string, measure func([]float64) float64) column {
	of := func(settings []space.Setting) []float64 {
		list, model := make([]float64, len(settings)), make([]float64, len(stages))
		for i, setting := range settings {
			for k, name := range stages {
				v, _ := s.Value(setting, name)
				model[k] = math.Log2(v)
			}
			list[i] = measure(model)
		}
		return list
	}
	return column{of(x.Settings), of(x.CandidateSettings)}
}

// contrast returns the mean errors of the models within a range and of the others,
// and the standard error of their difference.
func (x evidence) contrast(c column, r space.Range) (in, out, se float64) {
	in, out, variance := halves(c.own, x.left, r)
	if x.onPredicted != 0 {
		a, b, v := halves(c.all, x.Candidates, r)
		in, out, variance = in+x.onPredicted*a, out+x.onPredicted*b, variance+x.onPredicted*x.onPredicted*v
	}
	return in, out, math.Sqrt(variance)
}

// halves returns the means of y where x is within a range and where not, and the
// variance of their difference.
func halves(x, y []float64, r space.Range) (in, out, variance float64) {
	var inside, outside []float64
	for i, v := range x {
		if r.Holds(v, 0) {
			inside = append(inside, y[i])
		} else {
			outside = append(outside, y[i])
		}
	}
	in, vi := stat.MeanVariance(inside, nil)
	out, vo := stat.MeanVariance(outside, nil)
	return in, out, vi/float64(len(inside)) + vo/float64(len(outside))
}

// slope returns that of the errors on a column, its standard error, and the mean of
// the column.
func (x evidence) slope(c column) (slope, se, mean float64) {
	slope, se = regression(c.own, x.left)
	if x.onPredicted != 0 {
		b, sb := regression(c.all, x.Candidates)
		slope, se = slope+x.onPredicted*b, math.Hypot(se, x.onPredicted*sb)
	}
	return slope, se, stat.Mean(c.own, nil)
}

// regression returns the slope of y on x and its standard error, which is infinite
// where x does not vary.
func regression(x, y []float64) (slope, se float64) {
	n := float64(len(x))
	if n < 3 {
		return 0, math.Inf(1)
	}
	mx, vx := stat.MeanVariance(x, nil)
	my := stat.Mean(y, nil)
	if !(vx > 0) {
		return 0, math.Inf(1)
	}
	slope = stat.Covariance(x, y, nil) / vx
	var squares float64
	for i, v := range x {
		r := y[i] - my - slope*(v-mx)
		squares += r * r
	}
	return slope, math.Sqrt(squares / (n - 2) / (vx * (n - 1)))
}

// bestQuarter reports which errors are among the least quarter.
func bestQuarter(errs []float64) []bool {
	best := make([]bool, len(errs))
	for _, i := range numeric.Order(errs)[:(len(errs)+3)/4] {
		best[i] = true
	}
	return best
}

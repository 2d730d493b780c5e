// Package edf describes and compares error distributions: empirical
// distribution functions (EDFs) with weights and bands, summaries of
// populations, two-sample tests, and the sizes of sample that such tests need.
//
// The unit of study is a population of models, not its best model: the best of
// 1000 beats the best of 100 from the same space nine times out of ten, while
// their EDFs agree (Radosavovic et al. 2019, arXiv 1905.13214). Errors are in
// percent, less is better, and a model that diverged has an error of 100.
//
// [Coverage] says how often an interval was seen to hold the truth, or a test to
// err: CALIBRATION.md is the whole table.
//
// [Summarize] describes one population, [Compare] and [CompareAll] compare two
// or more. Caveats come back as values, in the field Warnings, and a statistic
// that the data cannot give is NaN there (null in JSON) with a warning that says
// why. An error that is NaN or infinite is refused, by index.
package edf

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"sort"

	"designspace/internal/numeric"
)

// An EDF is the empirical distribution function of errors e_i with weights w_i
// that sum to 1,
//
//	F(e) = Σ w_i 1[e_i < e],
//
// the share of models with an error strictly below e (Radosavovic et al. 2020,
// arXiv 2003.13678, §3.1). Queries take O(log n).
type EDF struct {
	x   []float64 // errors, ascending
	w   []float64 // weights in the order of x; nil: equal
	cum []float64 // n+1 sums of the first weights, the last is 1; nil: i/n
	sum []float64 // n+1 sums of the first weight * error
}

// New returns the EDF of equally weighted errors, in any order.
func New(errs []float64) (*EDF, error) { return NewWeighted(errs, nil) }

// NewWeighted returns the EDF of errors with weights that are proportional to
// the given ones; nil means equal weights. Models of weight 0 are left out.
func NewWeighted(errs, weights []float64) (*EDF, error) {
	if err := check(errs, weights); err != nil {
		return nil, fmt.Errorf("edf: %w", err)
	}
	f := &EDF{x: slices.Clone(errs)}
	if weights == nil {
		slices.Sort(f.x)
	} else {
		f.x, f.w = sortWeighted(errs, weights)
	}
	if len(f.x) == 0 {
		return nil, errors.New("edf: no models")
	}
	f.accumulate()
	return f, nil
}

// check says which value cannot be used.
func check(errs, weights []float64) error {
	for i, e := range errs {
		if math.IsNaN(e) || math.IsInf(e, 0) {
			return fmt.Errorf("error %d is %v: leave models without an error out", i, e)
		}
	}
	if weights == nil {
		return nil
	}
	if len(weights) != len(errs) {
		return fmt.Errorf("%d weights for %d errors", len(weights), len(errs))
	}
	for i, w := range weights {
		if !(w >= 0) || math.IsInf(w, 0) {
			return fmt.Errorf("weight %d is %v: weights are finite and not negative", i, w)
		}
	}
	return nil
}

// sortWeighted returns the errors of positive weight in ascending order, and
// their weights scaled to sum to 1.
func sortWeighted(errs, weights []float64) (x, w []float64) {
	var total float64
	order := make([]int, 0, len(errs))
	for i, w := range weights {
		if w > 0 {
			order = append(order, i)
			total += w
		}
	}
	sort.Slice(order, func(i, j int) bool { return errs[order[i]] < errs[order[j]] })
	for _, i := range order {
		x = append(x, errs[i])
		w = append(w, weights[i]/total)
	}
	return x, w
}

func (f *EDF) accumulate() {
	n := len(f.x)
	f.sum = make([]float64, n+1)
	if f.w != nil {
		f.cum = make([]float64, n+1)
	}
	for i, e := range f.x {
		w := 1 / float64(n)
		if f.w != nil {
			w = f.w[i]
			f.cum[i+1] = f.cum[i] + w
		}
		f.sum[i+1] = f.sum[i] + w*e
	}
	if f.w != nil {
		f.cum[n] = 1
	}
}

// Len returns the number of models with a positive weight.
func (f *EDF) Len() int { return len(f.x) }

// EffectiveN returns Kish's effective number of models, (Σw)²/Σw²: n for equal
// weights, less otherwise.
func (f *EDF) EffectiveN() float64 {
	if f.w == nil {
		return float64(len(f.x))
	}
	var squares float64
	for _, w := range f.w {
		squares += w * w
	}
	return 1 / squares
}

// At returns F(e), the share of models with an error strictly below e.
func (f *EDF) At(e float64) float64 {
	return f.share(sort.SearchFloat64s(f.x, e))
}

// share returns the weight of the i best models.
func (f *EDF) share(i int) float64 {
	if f.w == nil {
		return float64(i) / float64(len(f.x))
	}
	return f.cum[i]
}

// Min returns the least error.
func (f *EDF) Min() float64 { return f.x[0] }

// Max returns the largest error.
func (f *EDF) Max() float64 { return f.x[len(f.x)-1] }

// Mean returns the mean error in percent. For errors from 0 to 100 it is the
// area above the EDF, ∫(1-F(e)) de over [0, 100], which is how the papers
// define it.
func (f *EDF) Mean() float64 { return f.sum[len(f.x)] }

// Median returns the quantile 0.5.
func (f *EDF) Median() float64 { return f.Quantile(0.5) }

// Quantile returns the quantile p in [0, 1] of the errors. With equal weights it
// is numpy's default (type 7 of Hyndman and Fan): linear between order
// statistics. With weights it is the generalisation of type 7 by Akinshin 2023
// (arXiv 2304.07265), the mean of F⁻¹ over a window of width 1/n* that moves
// from the first to the last 1/n* of the probabilities, where n* is the
// effective number of models; it agrees with type 7 where all weights are equal.
func (f *EDF) Quantile(p float64) float64 {
	if f.w == nil {
		return numeric.Quantile(p, f.x)
	}
	n := f.EffectiveN()
	lo := (n - 1) / n * min(max(p, 0), 1)
	hi := min(lo+1/n, 1)
	q := (f.inverseIntegral(hi) - f.inverseIntegral(lo)) / (hi - lo)
	return min(max(q, f.Min()), f.Max())
}

// inverseIntegral returns the integral of F⁻¹ from 0 to u.
func (f *EDF) inverseIntegral(u float64) float64 {
	i := sort.Search(len(f.x)-1, func(i int) bool { return f.share(i+1) >= u })
	return f.sum[i] + (u-f.share(i))*f.x[i]
}

// Area returns the area under the EDF between two errors, ∫F(e) de over
// [lo, hi], in percentage points of error. It is 0 unless lo < hi.
func (f *EDF) Area(lo, hi float64) float64 {
	if !(lo < hi) {
		return 0
	}
	upTo := func(e float64) float64 {
		i := sort.SearchFloat64s(f.x, e)
		return e*f.share(i) - f.sum[i]
	}
	return upTo(hi) - upTo(lo)
}

// A Step is a jump of an EDF: F is Below up to and including Error, and Above
// just behind it.
type Step struct{ Error, Below, Above float64 }

// Steps returns the jumps of the EDF in ascending order, one a distinct error:
// all there is to draw.
func (f *EDF) Steps() []Step { return slices.Collect(f.steps()) }

func (f *EDF) steps() iter.Seq[Step] {
	return func(yield func(Step) bool) {
		for i := 0; i < len(f.x); {
			end := i + 1
			for end < len(f.x) && f.x[end] == f.x[i] {
				end++
			}
			if !yield(Step{f.x[i], f.share(i), f.share(end)}) {
				return
			}
			i = end
		}
	}
}

package edf

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// MeanDifference estimates the mean error of a less that of b, in percentage
// points, with Welch's interval: Student's t with Satterthwaite's degrees of
// freedom, which supposes neither equal variances nor equal sizes. Differences
// are less skewed than their parts, so that it holds the truth more often than
// bootstrap intervals do, from 8 models on.
//
// With weights sizes are the effective ones, an approximation. Where populations
// are stratified the variance is that within strata, since the weights take away
// what lies between them.
func MeanDifference(a, b Population) (Estimate, error) {
	ma, err := a.meanError()
	if err != nil {
		return Estimate{}, err
	}
	mb, err := b.meanError()
	return ma.less(mb.studentised).estimate(append(ma.warnings, mb.warnings...)), err
}

// A meanOf is an estimate of the mean error of a population.
type meanOf struct {
	studentised
	warnings []string
}

func (p Population) meanError() (meanOf, error) {
	nan := studentised{math.NaN(), math.NaN(), math.NaN()}
	if err := p.check(); err != nil {
		return meanOf{nan, nil}, err
	}
	f, err := NewWeighted(p.Errors, p.Weights)
	if err != nil {
		return meanOf{nan, []string{p.Name + " has no models"}}, nil
	}
	return p.meanOf(f), nil
}

// check reports errors, weights and strata that do not go together.
func (p Population) check() error {
	if err := check(p.Errors, p.Weights); err != nil {
		return fmt.Errorf("edf: population %q: %w", p.Name, err)
	}
	if p.Strata != nil && (len(p.Strata) != len(p.Errors) || p.Weights == nil) {
		return fmt.Errorf("edf: population %q: %d strata for %d errors, %d weights: give one of each a model", p.Name, len(p.Strata), len(p.Errors), len(p.Weights))
	}
	if err := p.checkPredictions(); err != nil {
		return err
	}
	for i, h := range p.Strata {
		if h < 0 && p.Weights[i] > 0 {
			return fmt.Errorf("edf: population %q: model %d has weight %v and no stratum", p.Name, i, p.Weights[i])
		}
	}
	return nil
}

func (p Population) checkPredictions() error {
	if p.Predicted != nil && (len(p.Predicted) != len(p.Errors) || len(p.Candidates) < len(p.Errors)) {
		return fmt.Errorf("edf: population %q: %d predictions and %d candidates for %d errors: give one a model, and more candidates", p.Name, len(p.Predicted), len(p.Candidates), len(p.Errors))
	}
	for _, t := range slices.Concat(p.Predicted, p.Candidates) {
		if math.IsNaN(t) || math.IsInf(t, 0) {
			return fmt.Errorf("edf: population %q: a prediction is %v", p.Name, t)
		}
	}
	return nil
}

// meanOf returns the mean of the population's EDF.
func (p Population) meanOf(f *EDF) meanOf {
	if f.Len() == 1 {
		return meanOf{studentised{f.Mean(), math.NaN(), 0}, []string{p.Name + " has one model: no interval"}}
	}
	if s, ok := p.stratify(); ok {
		return meanOf{s.mean(p.Errors), nil}
	}
	if p.Tilted {
		return meanOf{studentised{f.Mean(), math.NaN(), 0}, []string{p.Name + ": a fifth of the tilted draw has fewer than 2 models with an error: no interval"}}
	}
	n := f.EffectiveN()
	return meanOf{studentised{f.Mean(), stat.MomentAbout(2, f.x, f.Mean(), f.w) / (n - 1), n - 1}, nil}
}

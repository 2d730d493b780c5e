package edf

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/stat"

	"designspace/bootstrap"
)

// An Adjusted is an estimate with the help of predictions: of errors that were
// predicted of all candidates, of which a part was trained. Where predictions
// cannot help it is the estimate without them, and the warnings say why.
type Adjusted struct {
	Estimate
	// R2 is the squared correlation of errors and predictions among the trained
	// models; NaN where nothing is adjusted.
	R2 float64
	// Worth is how many models would tell as much without predictions: their own
	// number where nothing is adjusted.
	Worth float64
}

// LeastAdjusted is the least number of trained models by which a mean is adjusted.
const LeastAdjusted = 10

// AdjustedMean estimates the mean error of a population with predictions by the
// regression estimator
//
//	ȳ + b (mean of the N candidates' predictions - mean of the n trained models'),
//
// where b is the slope of errors on predictions among the trained (Särndal,
// Swensson and Wretman 1992, Model Assisted Survey Sampling, §6; PPI++, arXiv
// 2311.01453). It is right however wrong the predictions are, as long as they
// were made without the errors: where they are worth nothing, b is about 0. Its
// variance is
//
//	Σ e²/(n(n-1)) + b² s²/N,
//
// where e are residuals over 1 less their leverage and s² is the variance of the
// candidates' predictions. The interval is Student's with n - 2 degrees of freedom.
//
// The mean is not adjusted, and is that of [MeanDifference], without
// predictions, with weights, with fewer than 10 models, and where predictions do
// not vary.
func AdjustedMean(p Population) (Adjusted, error) {
	s, a, err := p.adjustedMean()
	if err != nil {
		return Adjusted{}, err
	}
	a.Estimate = s.estimate(a.Warnings)
	return a, nil
}

// AdjustedMeanDifference is [MeanDifference] of means as [AdjustedMean] estimates
// them: Welch's interval.
func AdjustedMeanDifference(a, b Population) (Estimate, error) {
	sa, of, err := a.adjustedMean()
	if err != nil {
		return Estimate{}, err
	}
	sb, from, err := b.adjustedMean()
	return sa.less(sb).estimate(append(of.Warnings, from.Warnings...)), err
}

func (p Population) adjustedMean() (s studentised, a Adjusted, err error) {
	raw, err := p.meanError()
	if err != nil {
		return s, a, err
	}
	a = Adjusted{R2: math.NaN(), Worth: float64(len(p.Errors))}
	if why := p.unadjustable(); why != "" {
		a.Warnings = append(raw.warnings, why)
		return raw.studentised, a, nil
	}
	s, a.R2 = p.regress(p.Errors)
	if raw.variance > 0 {
		a.Worth *= raw.variance / s.variance
	}
	return s, a, nil
}

// AdjustedLess estimates P(a < b) + P(a = b)/2, the probability that a model of a
// has the lower error, by what [AdjustedMean] does, of placements: of the share
// of the other population that is better than each model. The interval is
// Wilson's at their variances, as that of [MannWhitney].
func AdjustedLess(a, b Population) (Estimate, error) {
	e := Estimate{Interval: bootstrap.Interval{Estimate: math.NaN(), Lo: math.NaN(), Hi: math.NaN()}}
	for _, p := range []Population{a, b} {
		if err := p.check(); err != nil {
			return e, err
		}
		if len(p.Errors) < 2 || p.Weights != nil {
			e.warn("%s: at least 2 models without weights needed", p.Name)
			return e, nil
		}
	}
	inB, inA := a.placements(b), b.placements(a)
	sa, sb := a.adjustPlacements(inB), b.adjustPlacements(inA)
	for _, p := range []Population{a, b} {
		if why := p.unadjustable(); why != "" {
			e.warn("%s", why)
		}
	}
	e.Interval = lessOf(min(max(sb.value+mean(inB)-sa.value, 0), 1), sa, sb, float64(min(len(a.Errors), len(b.Errors))))
	return e, nil
}

// lessOf is Wilson's interval of a probability among as many trials, n at least,
// as the variances of the two mean placements imply.
func lessOf(less float64, a, b studentised, n float64) bootstrap.Interval {
	share := (n*less + endModels) / (n + 2*endModels)
	lo, hi := wilson(less, max(n, share*(1-share)/(a.variance+b.variance)), confidence)
	return bootstrap.Interval{Estimate: less, Lo: lo, Hi: hi}
}

// placements returns for each model the share of the models of q that have a
// lower error, ties counted half.
func (p Population) placements(q Population) []float64 {
	x := slices.Sorted(slices.Values(q.Errors))
	shares := make([]float64, len(p.Errors))
	for i, e := range p.Errors {
		below := sort.SearchFloat64s(x, e)
		upTo := below + sort.Search(len(x)-below, func(k int) bool { return x[below+k] > e })
		shares[i] = float64(below+upTo) / float64(2*len(x))
	}
	return shares
}

// adjustPlacements returns the mean placement. Where samples hardly overlap a
// quarter of a model that beats all and a quarter of one that beats none, as far
// as they are not predicted, keep its variance above 0.
func (p Population) adjustPlacements(places []float64) studentised {
	n := float64(len(places))
	s, r2 := studentised{mean(places), stat.Variance(places, nil) / n, n - 1}, 0.0
	centre := s.value
	if p.unadjustable() == "" {
		s, r2 = p.regress(places)
	}
	s.variance += (1 - r2) * ends(centre, n)
	return s
}

// ends is the variance that a quarter of a model that beats all and of one that
// beats none add to a mean placement of n models.
func ends(centre, n float64) float64 {
	return endModels * (centre*centre + (1-centre)*(1-centre)) / (n * (n - 1))
}

// unadjustable says why the predictions of a population are of no use; "" where
// they are.
func (p Population) unadjustable() string {
	n := len(p.Errors)
	switch {
	case p.Predicted == nil:
		return fmt.Sprintf("%s: not adjusted, since there are no predictions", p.Name)
	case p.Weights != nil:
		return fmt.Sprintf("%s: not adjusted, since models are weighted", p.Name)
	case n < LeastAdjusted:
		return fmt.Sprintf("%s: not adjusted with %d models; at least %d needed", p.Name, n, LeastAdjusted)
	}
	centre, most := mean(p.Predicted), 0.0
	var squares float64
	for _, t := range p.Predicted {
		squares += (t - centre) * (t - centre)
		most = max(most, (t-centre)*(t-centre))
	}
	switch {
	case slices.Min(p.Predicted) == slices.Max(p.Predicted):
		return fmt.Sprintf("%s: not adjusted, since all predictions are equal", p.Name)
	case !(1-1/float64(n)-most/squares > 1e-9):
		return fmt.Sprintf("%s: not adjusted, since all predictions but one are equal", p.Name)
	}
	return ""
}

// regress returns the regression estimate of the mean over the candidates of
// what the trained models have the values y of, and the squared correlation of
// values and predictions. The population must be adjustable.
func (p Population) regress(y []float64) (s studentised, r2 float64) {
	n := float64(len(y))
	slope, residuals, r2 := p.residuals(y)
	var squares float64
	for _, e := range residuals {
		squares += e * e
	}
	all, spread := stat.MeanVariance(p.Candidates, nil)
	return studentised{
		value:    mean(y) + slope*(all-mean(p.Predicted)),
		variance: squares/(n*(n-1)) + slope*slope*spread/float64(len(p.Candidates)),
		df:       n - 2,
	}, r2
}

// residuals returns the slope of the values y on the predictions of the trained
// models, what it leaves of each, over 1 less the leverage, and the squared
// correlation.
func (p Population) residuals(y []float64) (slope float64, left []float64, r2 float64) {
	n := float64(len(y))
	ty, tt, yy := 0.0, 0.0, 0.0
	centreT, centreY := mean(p.Predicted), mean(y)
	for i, t := range p.Predicted {
		t, v := t-centreT, y[i]-centreY
		ty, tt, yy = ty+t*v, tt+t*t, yy+v*v
	}
	slope = ty / tt
	for i, t := range p.Predicted {
		t -= centreT
		left = append(left, (y[i]-centreY-slope*t)/(1-1/n-t*t/tt))
	}
	if yy > 0 {
		r2 = ty * ty / (tt * yy)
	}
	return slope, left, r2
}

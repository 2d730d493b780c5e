package edf

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"designspace/bootstrap"
)

// Paired compares two conditions, a and b, in which the same models were trained:
// what a model itself contributes to its errors cancels.
type Paired struct {
	Estimate              // of the mean of a - b, with Student's interval
	Differences []float64 // a - b, one a pair
	SD          float64   // of the differences; NaN of one
	SignedRank  float64   // p-value of Wilcoxon's two-sided test, see [SignedRank]
}

// ComparePairs compares the errors of models in two conditions; a[i] and b[i] are
// of the same one.
func ComparePairs(a, b []float64) (Paired, error) {
	if len(a) != len(b) || len(a) == 0 {
		return Paired{}, fmt.Errorf("edf: %d and %d errors make no pairs: give one of each a pair", len(a), len(b))
	}
	for _, errs := range [][]float64{a, b} {
		if err := check(errs, nil); err != nil {
			return Paired{}, fmt.Errorf("edf: %w", err)
		}
	}
	p := Paired{Differences: make([]float64, len(a))}
	for i := range a {
		p.Differences[i] = a[i] - b[i]
	}
	n := float64(len(a))
	m, v := stat.MeanVariance(p.Differences, nil)
	p.SD, p.SignedRank = math.Sqrt(v), SignedRank(p.Differences)
	if len(a) == 1 {
		p.Estimate = studentised{m, math.NaN(), 0}.estimate([]string{"one pair: no interval"})
		return p, nil
	}
	p.Estimate = studentised{m, v / n, n - 1}.estimate(nil)
	return p, nil
}

// AdjustPairs estimates the mean difference of pairs with the help of predictions,
// one a pair, and of those of all candidates, as [AdjustedMean] estimates a mean:
// of use where the difference of the conditions depends on what is predicted.
// Where it does not, as with few pairs, the interval is wider than that of the
// pairs alone.
func AdjustPairs(p Paired, predicted, candidates []float64) (Adjusted, error) {
	of := Population{Name: "pairs", Errors: p.Differences, Predicted: predicted, Candidates: candidates}
	if err := of.checkPredictions(); err != nil {
		return Adjusted{}, err
	}
	a := Adjusted{Estimate: p.Estimate, R2: math.NaN(), Worth: float64(len(p.Differences))}
	if why := of.unadjustable(); why != "" {
		a.warn("%s", why)
		return a, nil
	}
	s, r2 := of.regress(p.Differences)
	a.Estimate, a.R2 = s.estimate(nil), r2
	if p.SD > 0 {
		a.Worth = p.SD * p.SD / s.variance
	}
	return a, nil
}

// P is the two-sided p-value of Student's test that the mean difference is 0; NaN
// of one pair.
func (p Paired) P() float64 {
	below := p.PBelow(0)
	return 2 * min(below, 1-below)
}

// Pair gives the comparison of conditions the interval and the verdict of their
// pairs: tests and estimates that take the models of both for different ones are
// weaker. The p-value is adjusted for all comparisons.
func (c *Comparison) Pair(p Paired, adjusted float64) {
	c.Pairs, c.MeanDifference, c.MeansP = &p, p.Interval, adjusted
	c.Verdict = verdict(adjusted, -p.Estimate.Estimate)
	c.Means, c.PHolm, c.Needed, c.Adjusted = c.Verdict, math.NaN(), nil, nil
	c.Equivalent = -c.Margin < p.Lo && p.Hi < c.Margin
	c.Warnings = append(c.Warnings, p.Warnings...)
}

// AdjustPair gives the comparison the difference of its pairs as predictions adjust
// it, beside the one that decides.
func (c *Comparison) AdjustPair(a Adjusted) {
	if math.IsNaN(a.R2) {
		return // nothing is adjusted
	}
	nan := math.NaN()
	c.Adjusted = &AdjustedComparison{Difference: a.Interval, Less: bootstrap.Interval{Estimate: nan, Lo: nan, Hi: nan}}
}

// mostExact is the number of differences up to which the distribution of
// signed ranks is enumerated.
const mostExact = 50

// SignedRank returns the two-sided p-value of Wilcoxon's signed-rank test (1945)
// of differences that are symmetric around 0. Zeros are left out, ties share their
// ranks. Up to 50 differences it is exact, given the ranks; beyond, it is that of
// the normal distribution. Without a difference but 0 it is 1.
func SignedRank(differences []float64) float64 {
	var size []float64
	var negative []bool
	for _, d := range differences {
		if d != 0 {
			size, negative = append(size, math.Abs(d)), append(negative, d < 0)
		}
	}
	if len(size) == 0 {
		return 1
	}
	ranks := Ranks(size)
	var below, squares float64
	for i, r := range ranks {
		squares += r * r
		if negative[i] {
			below += r
		}
	}
	n := float64(len(ranks))
	mean := n * (n + 1) / 4
	if len(ranks) > mostExact {
		return 2 * distuv.UnitNormal.CDF(-math.Abs(below-mean)/math.Sqrt(squares/4))
	}
	// Every sign is equally likely: the distribution of twice the sum of the ranks,
	// which are multiples of a half.
	p := make([]float64, int(4*mean)+1)
	p[0] = 1
	most := 0
	for _, r := range ranks {
		step := int(2 * r)
		most += step
		for s := most; s >= 0; s-- {
			p[s] /= 2
			if s >= step {
				p[s] += p[s-step] / 2
			}
		}
	}
	var tail float64
	for s, share := range p {
		if math.Abs(float64(s)-2*mean) >= 2*math.Abs(below-mean) {
			tail += share
		}
	}
	return min(tail, 1)
}

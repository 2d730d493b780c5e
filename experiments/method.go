package experiments

import (
	"errors"
	"fmt"
	"slices"

	"designspace/bootstrap"
	"designspace/edf"
	"designspace/internal/numeric"
	"designspace/internal/seed"
)

// What is here says something about the method of sampling, not about a space:
// any continuous distribution of errors gives nearly the same. So these are of
// definitions of the kind property.

// A Size says that so many models show the distribution that they are drawn
// from: the Kolmogorov-Smirnov distance of fresh samples to their law, which is
// that of the recorded population (mean, quantiles 0.025 and 0.975 over samples).
type Size struct {
	Of     string  `yaml:"of"`
	Models int     `yaml:"models"` // of a sample
	Margin float64 `yaml:"margin"`
}

func (s *Size) check(labels []string) error {
	if s.Models < 1 || !(s.Margin > 0) {
		return errors.New("want models and a margin, both positive")
	}
	return checkLabels([]string{s.Of}, labels)
}

func (s *Size) judge(samples []*Sample) ([]Finding, error) {
	errs := find(samples, s.Of).Errors
	law, err := edf.New(errs)
	if err != nil {
		return nil, err
	}
	r := seed.New("size", s.Of)
	fresh, distances := make([]float64, s.Models), make([]float64, rounds)
	for k := range distances {
		for i := range fresh {
			fresh[i] = errs[r.IntN(len(errs))]
		}
		f, err := edf.New(fresh)
		if err != nil {
			return nil, err
		}
		distances[k] = edf.KS(f, law).D
	}
	slices.Sort(distances)
	i := bootstrap.Interval{Estimate: mean(distances), Lo: numeric.Quantile(0.025, distances), Hi: numeric.Quantile(0.975, distances)}
	f := finding(fmt.Sprintf("KS distance of %d fresh models of %s to their law", s.Models, s.Of), "", i)
	f.Criterion, f.Verdict = fmt.Sprintf("at most %g", s.Margin), lies(i, 0, s.Margin)
	return []Finding{f}, nil
}

// A Split says that point estimates mislead where distributions agree. A
// population is split at random in two parts, one Ratio times as large: the best
// of the larger part is strictly better in at least Wins of the splits, and the
// Kolmogorov-Smirnov test tells the parts apart in at most a tenth of them.
// Intervals are Wilson's over the splits.
type Split struct {
	Of    string  `yaml:"of"`
	Ratio int     `yaml:"ratio"`
	Wins  float64 `yaml:"wins"`
}

func (s *Split) check(labels []string) error {
	if s.Ratio < 2 || !(s.Wins > 0.5 && s.Wins < 1) {
		return errors.New("want a ratio of 2 or more and wins between 0.5 and 1")
	}
	return checkLabels([]string{s.Of}, labels)
}

func (s *Split) judge(samples []*Sample) ([]Finding, error) {
	errs := slices.Clone(find(samples, s.Of).Errors)
	small := max(1, len(errs)/(s.Ratio+1))
	if small >= len(errs) {
		return nil, fmt.Errorf("population %s: %d models cannot be split", s.Of, len(errs))
	}
	r := seed.New("split", s.Of)
	wins, apart := make([]float64, rounds), make([]float64, rounds)
	for i := range rounds {
		r.Shuffle(len(errs), func(a, b int) { errs[a], errs[b] = errs[b], errs[a] })
		a, err := edf.New(errs[:small])
		if err != nil {
			return nil, err
		}
		b, err := edf.New(errs[small:])
		if err != nil {
			return nil, err
		}
		wins[i], apart[i] = indicator(b.Min() < a.Min()), indicator(edf.KS(a, b).PTies < 0.05)
	}
	better, err := shareOf(wins)
	if err != nil {
		return nil, err
	}
	told, err := shareOf(apart)
	if err != nil {
		return nil, err
	}
	one := finding(fmt.Sprintf("share of splits of %s in which the best of %d models beats the best of %d", s.Of, len(errs)-small, small), "", better)
	one.Criterion, one.Verdict = fmt.Sprintf("from %g", s.Wins), lies(better, s.Wins, 1)
	two := finding("share of these splits in which a KS test tells the parts apart", "", told)
	two.Criterion, two.Verdict = "at most 0.1", lies(told, 0, 0.1)
	return []Finding{one, two}, nil
}

// lies says whether a property holds by an interval: it holds if that lies in [lo,
// hi], and fails if it lies outside.
func lies(i bootstrap.Interval, lo, hi float64) Verdict {
	switch {
	case lo <= i.Lo && i.Hi <= hi:
		return Holds
	case i.Hi < lo || hi < i.Lo:
		return Fails
	}
	return Inconclusive // also where a limit is NaN
}

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// shareOf is the mean of zeros and ones with Wilson's interval.
func shareOf(xs []float64) (bootstrap.Interval, error) {
	f, err := edf.New(xs)
	if err != nil {
		return bootstrap.Interval{}, err
	}
	lo, hi := f.Pointwise(1, 0.95) // share of zeros
	return bootstrap.Interval{Estimate: f.Mean(), Lo: 1 - hi, Hi: 1 - lo}, nil
}

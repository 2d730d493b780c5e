package experiments

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"designspace/bootstrap"
	"designspace/edf"
	"designspace/internal/seed"
)

// A BestOf compares the errors that a random search finds: the expected least
// error among M models, in closed form, with the percentile interval of the
// bootstrap.
type BestOf struct {
	M      int      `yaml:"m"`
	Claims []string `yaml:"claims"`
	Margin float64  `yaml:"margin,omitempty"`
}

func (b *BestOf) check(labels []string) error {
	if b.M < 1 {
		return errors.New("m: want a positive number of models")
	}
	return checkRelations(b.Claims, labels, b.Margin)
}

func (b *BestOf) judge(samples []*Sample) ([]Finding, error) {
	var labels []string
	for _, s := range samples {
		labels = append(labels, s.Name)
	}
	relations, err := parseRelations(b.Claims, labels)
	if err != nil {
		return nil, err
	}
	var fs []Finding
	for _, r := range relations {
		x, y := find(samples, r.a).Errors, find(samples, r.b).Errors
		i := resample("best of "+r.String(), []int{len(x), len(y)}, func(rows [][]int) float64 {
			return bestOf(pick(x, rows[0]), b.M) - bestOf(pick(y, rows[1]), b.M)
		})
		f := finding(fmt.Sprintf("expected least error among %d models of %s less that of %s", b.M, r.a, r.b), points, i)
		f.Criterion, f.Verdict = r.criterion(b.Margin), r.judge(i, b.Margin)
		fs = append(fs, f)
	}
	return fs, nil
}

// bestOf is the expected least of m errors.
func bestOf(errs []float64, m int) float64 {
	f, err := edf.New(errs)
	if err != nil {
		return math.NaN()
	}
	b, err := f.BestOf(m)
	if err != nil {
		return math.NaN()
	}
	return b.Mean
}

// A Search claims that the best of M models drawn at random is not far from the
// best of the population: the law of the former (mean, quantiles 0.025 and
// 0.975) less the latter.
type Search struct {
	Of     string  `yaml:"of"`
	M      int     `yaml:"m"`
	Margin float64 `yaml:"margin"`
}

func (s *Search) check(labels []string) error {
	if s.M < 1 || !(s.Margin > 0) {
		return errors.New("want m and a positive margin")
	}
	return checkLabels([]string{s.Of}, labels)
}

func (s *Search) judge(samples []*Sample) ([]Finding, error) {
	law, err := edf.New(find(samples, s.Of).Errors)
	if err != nil {
		return nil, err
	}
	best, err := law.BestOf(s.M)
	if err != nil {
		return nil, err
	}
	i := bootstrap.Interval{Estimate: best.Mean - law.Min(), Lo: best.Lo - law.Min(), Hi: best.Hi - law.Min()}
	f := finding(fmt.Sprintf("least error among %d models of %s less the least of the population", s.M, s.Of), points, i)
	f.Criterion, f.Verdict = fmt.Sprintf("at most %g", s.Margin), within(i, 0, s.Margin)
	return []Finding{f}, nil
}

// A Size claims that so many models show the distribution of a whole population:
// the Kolmogorov-Smirnov distance of subsamples to it (mean, quantiles 0.025 and
// 0.975 over subsamples).
type Size struct {
	Of     string  `yaml:"of"`
	Share  float64 `yaml:"share"` // of the population that is drawn
	Margin float64 `yaml:"margin"`
}

func (s *Size) check(labels []string) error {
	if !(s.Share > 0 && s.Share < 1) || !(s.Margin > 0) {
		return errors.New("want a share between 0 and 1 and a positive margin")
	}
	return checkLabels([]string{s.Of}, labels)
}

func (s *Size) judge(samples []*Sample) ([]Finding, error) {
	errs := find(samples, s.Of).Errors
	n := max(1, int(s.Share*float64(len(errs))))
	sub, err := edf.Subsample(errs, []int{n}, rounds, seed.Uint64("size", s.Of))
	if err != nil {
		return nil, err
	}
	i := bootstrap.Interval{Estimate: sub[0].Mean, Lo: sub[0].Lo, Hi: sub[0].Hi}
	f := finding(fmt.Sprintf("KS distance of %d models of %s to all %d", n, s.Of, len(errs)), "", i)
	f.Criterion, f.Verdict = fmt.Sprintf("at most %g", s.Margin), within(i, 0, s.Margin)
	return []Finding{f}, nil
}

// A Split claims that point estimates mislead where distributions agree. A
// population is split at random in two parts, one Ratio times as large; claimed
// is that the best of the larger part is strictly better in at least Wins of the
// splits, and that the Kolmogorov-Smirnov test tells the parts apart in at most
// a tenth of them. Intervals are Wilson's over the splits.
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
	better := finding(fmt.Sprintf("share of splits of %s in which the best of %d models beats the best of %d", s.Of, len(errs)-small, small), "", share(wins))
	better.Criterion = fmt.Sprintf("from %g", s.Wins)
	better.Verdict = within(share(wins), s.Wins, 1)
	told := finding("share of these splits in which a KS test tells the parts apart", "", share(apart))
	told.Criterion = "at most 0.1"
	told.Verdict = within(share(apart), 0, 0.1)
	return []Finding{better, told}, nil
}

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// share is the mean of zeros and ones with Wilson's interval.
func share(xs []float64) bootstrap.Interval {
	f, err := edf.New(xs)
	if err != nil {
		return bootstrap.Interval{Estimate: math.NaN(), Lo: math.NaN(), Hi: math.NaN()}
	}
	lo, hi := f.Pointwise(1, 0.95) // share of zeros
	return bootstrap.Interval{Estimate: f.Mean(), Lo: 1 - hi, Hi: 1 - lo}
}

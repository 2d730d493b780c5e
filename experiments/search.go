package experiments

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"designspace/edf"
)

// A BestOf compares the errors that a random search finds: the expected least
// error among M models, without bias, see [edf.ExpectedBestDifference]. Of fewer
// than 4 M models there is no verdict.
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
	relations, err := parseRelations(b.Claims, names(samples))
	if err != nil {
		return nil, err
	}
	var fs []Finding
	for _, r := range relations {
		one, other := find(samples, r.a), find(samples, r.b)
		difference, err := edf.ExpectedBestDifference(one.Population, other.Population, b.M)
		if err != nil {
			return nil, err
		}
		f := finding(fmt.Sprintf("expected least error among %d models of %s less that of %s", b.M, r.a, r.b), points, difference.Interval)
		f.within(difference, r.lo(b.Margin), r.hi(b.Margin))
		f.evidence.models = smallest([]*Sample{one, other})
		f.Criterion, f.Note = r.criterion(b.Margin), strings.Join(difference.Warnings, "; ")
		fs = append(fs, f)
	}
	return fs, nil
}

// A Search claims that the best of M models drawn at random is good: the
// expected least error among them less the error that 1 % of the space are below
// is at most Margin, see [edf.EDF.SearchGap]. Of fewer than 396 models there is
// no verdict.
type Search struct {
	Of     string  `yaml:"of"`
	M      int     `yaml:"m"`
	Margin float64 `yaml:"margin"`
}

// hundredth is of how many models the least error is that 1 % of a space are
// below, on average.
const hundredth = 99

func (s *Search) check(labels []string) error {
	if s.M < 1 || s.M > hundredth || !(s.Margin > 0) {
		return fmt.Errorf("want m from 1 to %d and a positive margin", hundredth)
	}
	return checkLabels([]string{s.Of}, labels)
}

func (s *Search) judge(samples []*Sample) ([]Finding, error) {
	of := find(samples, s.Of)
	law, err := edf.New(of.Errors)
	if err != nil {
		return nil, err
	}
	gap, err := law.SearchGap(s.M, hundredth)
	if err != nil {
		return nil, err
	}
	f := finding(fmt.Sprintf("expected least error among %d models of %s less the error that 1 %% of the space are below", s.M, s.Of), points, gap.Interval)
	f.within(gap, math.Inf(-1), s.Margin)
	f.evidence.models = smallest([]*Sample{of})
	f.Criterion, f.Note = fmt.Sprintf("at most %g", s.Margin), strings.Join(gap.Warnings, "; ")
	return []Finding{f}, nil
}

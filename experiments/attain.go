package experiments

import (
	"errors"
	"fmt"
	"strings"

	"designspace/edf"
)

// An Attain compares at equal cost: the least errors that searches over M models
// attain within a cost, on average over the costs that two populations have in
// common, see [edf.AttainedDifference]. Of fewer than 4 M models there is no
// verdict.
type Attain struct {
	M       int      `yaml:"m"`
	Against string   `yaml:"against"`        // column of the cost
	Rate    bool     `yaml:"rate,omitempty"` // the cost is one over the column
	Claims  []string `yaml:"claims"`
	Margin  float64  `yaml:"margin,omitempty"`
}

func (s *Attain) check(labels []string) error {
	if s.M < 1 || s.Against == "" {
		return errors.New("want a positive m, and against, a column")
	}
	if err := checkColumns(s.Against); err != nil {
		return fmt.Errorf("against: %w", err)
	}
	return checkRelations(s.Claims, labels, s.Margin)
}

func (s *Attain) judge(samples []*Sample) ([]Finding, error) {
	relations, err := parseRelations(s.Claims, names(samples))
	if err != nil {
		return nil, err
	}
	var fs []Finding
	for _, r := range relations {
		f, err := s.compare(r, find(samples, r.a), find(samples, r.b))
		if err != nil {
			return nil, err
		}
		fs = append(fs, f)
	}
	return fs, nil
}

func (s *Attain) compare(r relation, a, b *Sample) (Finding, error) {
	ta, err := s.tradeoff(a)
	if err != nil {
		return Finding{}, err
	}
	tb, err := s.tradeoff(b)
	if err != nil {
		return Finding{}, err
	}
	quantity := fmt.Sprintf("least error among %d models of %s less that of %s, at equal %s", s.M, r.a, r.b, s.Against)
	costs, err := edf.CommonCosts(ta, tb)
	if err == nil && min(len(ta.Errors), len(tb.Errors)) < s.M {
		err = fmt.Errorf("of %d and %d models: at least %d needed", len(ta.Errors), len(tb.Errors), groups*s.M)
	}
	if err != nil {
		return untold(quantity, points, err.Error()), nil
	}
	difference, err := edf.AttainedDifference(ta, tb, s.M, costs)
	if err != nil {
		return Finding{}, err
	}
	f := finding(quantity, points, difference.Interval)
	f.within(difference, r.lo(s.Margin), r.hi(s.Margin))
	f.evidence.models = smallest([]*Sample{a, b})
	f.Criterion, f.Note = r.criterion(s.Margin), strings.Join(difference.Warnings, "; ")
	return f, nil
}

func (s *Attain) tradeoff(p *Sample) (edf.Tradeoff, error) {
	costs, err := p.Column(s.Against)
	if s.Rate {
		for i, x := range costs {
			costs[i] = 1 / x
		}
	}
	return edf.Tradeoff{Name: p.Name, Errors: p.Errors, Costs: costs}, err
}

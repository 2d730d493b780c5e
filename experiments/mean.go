package experiments

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"designspace/edf"
	"designspace/internal/columns"
)

// A Mean compares mean errors, or the means of another column: by their
// difference with Welch's interval. A claim "a < b" needs in addition that the
// Brunner-Munzel test is significant in the same direction. Where populations
// have the same architectures, pairs are compared, by Student's t alone.
type Mean struct {
	Claims    []string   `yaml:"claims"`           // as in "RegNetX < E < A", "B = A", "wm2 <= RegNetX"
	Margin    float64    `yaml:"margin,omitempty"` // of = and <=
	Column    string     `yaml:"column,omitempty"` // "": error
	Normalize *Normalize `yaml:"normalize,omitempty"`

	paired bool // models of the same architecture are compared
}

// Normalize weighs the models of two populations that are compared so that they
// spread evenly over bins of a complexity measure, see [edf.Stratify].
type Normalize struct {
	By string `yaml:"by"`
}

func (m *Mean) check(labels []string) error {
	if n := m.Normalize; n != nil && n.By == "" {
		return errors.New("normalize: want by, a column")
	} else if n != nil {
		if err := checkColumns(n.By); err != nil {
			return fmt.Errorf("normalize: by: %w", err)
		}
	}
	if m.Column != "" {
		if err := checkColumns(m.Column); err != nil {
			return err
		}
	}
	return checkRelations(m.Claims, labels, m.Margin)
}

func (m *Mean) judge(samples []*Sample) ([]Finding, error) {
	relations, err := parseRelations(m.Claims, names(samples))
	if err != nil {
		return nil, err
	}
	var fs []Finding
	for _, r := range relations {
		f, err := m.compare(r, find(samples, r.a), find(samples, r.b))
		if err != nil {
			return nil, err
		}
		f.Criterion = r.criterion(m.Margin)
		fs = append(fs, f)
	}
	return fs, nil
}

func (m *Mean) compare(r relation, a, b *Sample) (Finding, error) {
	quantity := m.quantity(r)
	sets, err := m.sets([]*Sample{a, b})
	if err != nil {
		return Finding{}, err
	}
	if m.paired {
		return m.comparePairs(r, a, b, sets)
	}
	sets, notes, err := m.Normalize.weigh(sets, []*Sample{a, b})
	if err != nil { // the populations have no common support
		return untold(quantity, m.unit(), err.Error()), nil
	}
	difference, err := edf.MeanDifference(sets[0], sets[1])
	if err != nil {
		return Finding{}, err
	}
	f := finding(quantity, m.unit(), difference.Interval)
	f.within(difference, r.lo(m.Margin), r.hi(m.Margin))
	f.evidence.models = smallest([]*Sample{a, b})
	notes = append(notes, difference.Warnings...)
	var fa, fb *edf.EDF
	if fa, err = edf.NewWeighted(sets[0].Errors, sets[0].Weights); err != nil {
		return Finding{}, err
	}
	if fb, err = edf.NewWeighted(sets[1].Errors, sets[1].Weights); err != nil {
		return Finding{}, err
	}
	if r.op == "<" {
		notes = append(notes, f.agree(edf.BrunnerMunzel(fa, fb))...)
	}
	if m.Normalize != nil {
		notes = append(notes, fmt.Sprintf("weighted: as much as %.0f and %.0f models of equal weight", fa.EffectiveN(), fb.EffectiveN()))
	}
	f.Note = strings.Join(notes, "; ")
	return f, nil
}

func (m *Mean) comparePairs(r relation, a, b *Sample, sets []edf.Population) (Finding, error) {
	x, y := both(a, b)
	p, err := edf.ComparePairs(pick(sets[0].Errors, x), pick(sets[1].Errors, y))
	if err != nil {
		return Finding{}, err
	}
	f := finding(m.quantity(r), m.unit(), p.Interval)
	f.within(p.Estimate, r.lo(m.Margin), r.hi(m.Margin))
	f.evidence.models, f.Note = len(x), strings.Join(append(p.Warnings, "pairs of the same architectures"), "; ")
	return f, nil
}

// agree lets a finding on "a < b" count only as far as the test says the same of
// most pairs of models as the means do, and notes where it does not.
func (f *Finding) agree(t edf.BrunnerMunzelTest) (notes []string) {
	f.evidence.agrees(t)
	before := min(f.confirms, f.refutes)
	lower, higher := 1.0, 1.0
	switch {
	case math.IsNaN(t.P):
		lower, higher = t.P, t.P
	case t.T > 0:
		lower = t.P
	case t.T < 0:
		higher = t.P
	}
	f.confirms, f.refutes = max(f.confirms, lower), max(f.refutes, higher)
	after := min(f.confirms, f.refutes)
	switch test := min(lower, higher); {
	case before < level && !(after < level):
		return []string{fmt.Sprintf("means differ, the distributions do not (Brunner-Munzel p = %.2g)", test)}
	case !(before < level) && test < level:
		return []string{fmt.Sprintf("distributions differ (Brunner-Munzel p = %.2g), the means do not", test)}
	}
	return nil
}

// sets returns what is compared, without weights.
func (m *Mean) sets(samples []*Sample) ([]edf.Population, error) {
	var sets []edf.Population
	for _, s := range samples {
		set := s.Population
		if m.Column != "" {
			var err error
			if set.Errors, err = s.Column(m.Column); err != nil {
				return nil, err
			}
		}
		sets = append(sets, set)
	}
	return sets, nil
}

func (m *Mean) quantity(r relation) string {
	return fmt.Sprintf("mean %s of %s less that of %s", m.name(), r.a, r.b)
}

func (m *Mean) name() string {
	if m.Column == "" {
		return "error"
	}
	return m.Column
}

func (m *Mean) unit() string {
	switch m.Column {
	case "":
		return points
	case "acts":
		return activations
	}
	return columns.Of(m.Column).Unit
}

// weigh returns sets, which are of samples, with weights, and what to mind; nil
// gives none.
func (n *Normalize) weigh(sets []edf.Population, samples []*Sample) ([]edf.Population, []string, error) {
	if n == nil {
		return sets, nil, nil
	}
	var populations []edf.Measured
	for _, s := range samples {
		xs, err := s.Column(n.By)
		if err != nil {
			return nil, nil, err
		}
		populations = append(populations, edf.Measured{Name: s.Name, Complexity: xs})
	}
	strata, err := edf.Stratify(edf.StrataOptions{}, populations...)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", n.By, err)
	}
	weighted := slices.Clone(sets)
	for i := range weighted {
		weighted[i].Weights, weighted[i].Strata = strata.Weights[i], strata.Of[i]
	}
	return weighted, strata.Warnings, nil
}

package experiments

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"designspace/edf"
)

// A Mean compares mean errors, or the means of another column. A difference is
// its mean with the BCa interval of the bootstrap. A claim "a < b" needs in
// addition that the Mann-Whitney test, with p-values adjusted for all such
// claims of the experiment (Holm), is significant in the same direction.
type Mean struct {
	Claims    []string   `yaml:"claims"`           // as in "RegNetX < E < A", "B = A", "wm2 <= RegNetX"
	Margin    float64    `yaml:"margin,omitempty"` // of = and <=
	Column    string     `yaml:"column,omitempty"` // "": error
	Normalize *Normalize `yaml:"normalize,omitempty"`
}

// Normalize weighs models so that they spread evenly over bins of a complexity
// measure, see [edf.Normalize]. The bins cover the range that all populations
// share; models outside weigh nothing.
type Normalize struct {
	By   string `yaml:"by"`
	Bins int    `yaml:"bins"`
}

func (m *Mean) check(labels []string) error {
	if n := m.Normalize; n != nil && (n.By == "" || n.Bins < 1) {
		return errors.New("normalize: want by, a column, and bins, a positive number")
	}
	return checkRelations(m.Claims, labels, m.Margin)
}

func (m *Mean) judge(samples []*Sample) ([]Finding, error) {
	sets, err := m.sets(samples)
	if err != nil {
		return nil, err
	}
	if sets, err = m.Normalize.weigh(sets, samples); err != nil { // the populations have no common support
		return []Finding{{Quantity: "mean " + m.name(), Verdict: Inconclusive, Effect: math.NaN(), Lo: math.NaN(), Hi: math.NaN(), Note: err.Error()}}, nil
	}
	labels := make([]string, len(sets))
	byLabel := map[string]edf.Population{}
	for i, s := range sets {
		labels[i], byLabel[s.Name] = s.Name, s
	}
	relations, err := parseRelations(m.Claims, labels)
	if err != nil {
		return nil, err
	}
	cs := make([]edf.Comparison, len(relations))
	ps := make([]float64, len(relations))
	for i, r := range relations {
		if cs[i], err = edf.Compare(byLabel[r.a], byLabel[r.b], edf.Options{}); err != nil {
			return nil, err
		}
		if ps[i] = math.NaN(); r.op == "<" {
			ps[i] = cs[i].MannWhitney.P
		}
	}
	holm := edf.Holm(ps)
	var fs []Finding
	for i, r := range relations {
		f := finding(fmt.Sprintf("mean %s of %s less that of %s", m.name(), r.a, r.b), m.unit(), cs[i].MeanBCa)
		f.Criterion, f.Verdict = r.criterion(m.Margin), r.judge(cs[i].MeanBCa, m.Margin)
		if r.op == "<" {
			f.Note = fmt.Sprintf("Mann-Whitney p = %.2g", holm[i])
			if n := count(ps); n > 1 {
				f.Note += fmt.Sprintf(", adjusted for %d comparisons", n)
			}
			f.Verdict = agree(f.Verdict, holm[i], cs[i].MannWhitney.Less)
		}
		if m.Normalize != nil {
			size, err := effective(byLabel[r.a], byLabel[r.b])
			if err != nil {
				return nil, err
			}
			f.Note = strings.TrimPrefix(f.Note+"; "+size, "; ")
		}
		fs = append(fs, f)
	}
	return fs, nil
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

// effective says how many models of equal weight would tell as much.
func effective(a, b edf.Population) (string, error) {
	var n [2]float64
	for i, s := range []edf.Population{a, b} {
		f, err := edf.NewWeighted(s.Errors, s.Weights)
		if err != nil {
			return "", err
		}
		n[i] = f.EffectiveN()
	}
	return fmt.Sprintf("weighted: as much as %.0f and %.0f models of equal weight", n[0], n[1]), nil
}

// agree keeps a verdict on "a < b" only if the test is significant in its
// direction; less is P(a < b).
func agree(v Verdict, p, less float64) Verdict {
	if p < 0.05 && (v == Confirmed && less > 0.5 || v == Refuted && less < 0.5) {
		return v
	}
	return Inconclusive
}

func count(ps []float64) int {
	n := 0
	for _, p := range ps {
		if !math.IsNaN(p) {
			n++
		}
	}
	return n
}

func (m *Mean) name() string {
	if m.Column == "" {
		return "error"
	}
	return m.Column
}

func (m *Mean) unit() string {
	if m.Column == "" {
		return points
	}
	return ""
}

// weigh returns sets, which are of samples, with weights; nil gives none.
func (n *Normalize) weigh(sets []edf.Population, samples []*Sample) ([]edf.Population, error) {
	if n == nil {
		return sets, nil
	}
	var populations []edf.Measured
	for _, s := range samples {
		xs, err := s.Column(n.By)
		if err != nil {
			return nil, err
		}
		populations = append(populations, edf.Measured{Name: s.Name, Complexity: xs})
	}
	bins, err := edf.CommonBins(n.Bins, populations...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", n.By, err)
	}
	weights, err := edf.Normalize(bins, populations...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", n.By, err)
	}
	weighted := slices.Clone(sets)
	for i := range weighted {
		weighted[i].Weights = weights[i]
	}
	return weighted, nil
}

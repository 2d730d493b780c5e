package experiments

import (
	"errors"
	"fmt"
	"math"

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
	labels := make([]string, len(samples))
	sets := map[string]edf.Sample{}
	for i, s := range samples {
		labels[i] = s.Label
		values := s.Errors
		if m.Column != "" {
			var err error
			if values, err = s.Column(m.Column); err != nil {
				return nil, err
			}
		}
		sets[s.Label] = edf.Sample{Name: s.Label, Errors: values}
	}
	if m.Normalize != nil {
		weights, err := m.Normalize.weights(samples)
		if err != nil { // the populations have no common support
			return []Finding{{Quantity: "mean " + m.name(), Verdict: Inconclusive, Effect: math.NaN(), Lo: math.NaN(), Hi: math.NaN(), Note: err.Error()}}, nil
		}
		for i, s := range samples {
			set := sets[s.Label]
			set.Weights = weights[i]
			sets[s.Label] = set
		}
	}
	relations, err := parseRelations(m.Claims, labels)
	if err != nil {
		return nil, err
	}
	cs := make([]edf.Comparison, len(relations))
	ps := make([]float64, len(relations))
	for i, r := range relations {
		if cs[i], err = edf.Compare(sets[r.a], sets[r.b], edf.Options{}); err != nil {
			return nil, err
		}
		if ps[i] = math.NaN(); r.op == "<" {
			ps[i] = cs[i].MannWhitney.P
		}
	}
	holm := edf.Holm(ps)
	var fs []Finding
	for i, r := range relations {
		f := finding(fmt.Sprintf("mean %s of %s less that of %s", m.name(), r.a, r.b), m.unit(), cs[i].MeanDifference)
		f.Asked, f.Verdict = r.asked(m.Margin), r.judge(cs[i].MeanDifference, m.Margin)
		if r.op == "<" {
			f.Note = fmt.Sprintf("Mann-Whitney p = %.2g", holm[i])
			if n := count(ps); n > 1 {
				f.Note += fmt.Sprintf(", adjusted for %d comparisons", n)
			}
			f.Verdict = agree(f.Verdict, holm[i], cs[i].MannWhitney.Less)
		}
		fs = append(fs, f)
	}
	return fs, nil
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

// weights returns the weights of every sample.
func (n *Normalize) weights(samples []*Sample) ([][]float64, error) {
	var populations []edf.Population
	for _, s := range samples {
		xs, err := s.Column(n.By)
		if err != nil {
			return nil, err
		}
		populations = append(populations, edf.Population{Name: s.Label, Complexity: xs})
	}
	bins, err := edf.CommonBins(n.Bins, populations...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", n.By, err)
	}
	return edf.Normalize(bins, populations...)
}

package analysis

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"designspace/edf"
	"designspace/internal/confirm"
)

// A Result is what the populations of a study have to say.
type Result struct {
	Metric      string           `json:"metric"` // "error", in percent, or what was named
	Better      string           `json:"better"` // "lower" or "higher"
	Populations []edf.Summary    `json:"populations"`
	Differences []Difference     `json:"not_comparable"`
	Tests       []edf.Comparison `json:"tests"`       // each population against each later one
	Bootstrap   []Range          `json:"bootstrap"`   // of every parameter that varies in a population
	Best        []BestValue      `json:"best_values"` // of the same parameters
	Epochs      []EpochRanks     `json:"epochs"`      // how soon the ranks of models are settled
	Noise       *Noise           `json:"noise,omitempty"`
	Confirmed   []confirm.Model  `json:"confirmed,omitempty"` // the best of each population, if they were trained again
	Until       []Stopped        `json:"until,omitempty"`

	// If asked for: of single parameters, flops first if the others are adjusted for
	// them, and of pairs, the greatest first; likewise of errors capped at the best
	// quarter; and of groups of parameters.
	Importance       []Importance `json:"importance,omitempty"`
	ImportanceBest   []Importance `json:"importance_best_quarter,omitempty"`
	ImportanceGroups []Importance `json:"importance_groups,omitempty"`

	Attained    []Attained     `json:"attained,omitempty"` // with --against
	AtEqualCost []AttainedTest `json:"at_equal_cost,omitempty"`

	Warnings []string `json:"warnings"` // all caveats, each once, the gravest first

	parameters []string // in their order, and other columns
	anyway     bool     // verdicts in spite of differences
	metric     Metric
	explained  []*Explained
	against    *Against
}

// Analyze summarises and compares the populations and finds the values of
// parameters that their best models have, and those that may be best.
func (s *Study) Analyze(o edf.Options) (*Result, error) {
	r := &Result{
		Metric: cmp.Or(s.metric.Name, "error"), Better: "lower", metric: s.metric, anyway: s.options.Anyway, parameters: s.candidates(),
		Populations: []edf.Summary{}, Differences: []Difference{}, Tests: []edf.Comparison{}, Bootstrap: []Range{}, Best: []BestValue{}, Epochs: []EpochRanks{}, Warnings: []string{},
	}
	o.AnyUnit = !s.metric.percent()
	if s.metric.Higher {
		r.Better = "higher"
	}
	if s.Chosen() != "" {
		return r.analyzeChosen(s, o)
	}
	if o.Power > 0 && o.Most == 0 {
		var err error
		if o.Most, err = s.held(); err != nil {
			return nil, err
		}
	}
	summaries, tests, err := edf.Describe(s.Populations, o)
	if err != nil {
		return nil, err
	}
	r.Populations = append(r.Populations, summaries...)
	r.Tests = append(r.Tests, tests...)
	for _, p := range s.Populations {
		if err := r.addParameters(s, p); err != nil {
			return nil, err
		}
		ranks, err := s.epochRanks(p)
		if err != nil {
			return nil, err
		}
		r.Epochs = append(r.Epochs, ranks...)
	}
	if r.Noise, err = s.Noise(); err != nil {
		return nil, err
	}
	differences, mixed, err := s.differences(s.options.By)
	if err != nil {
		return nil, err
	}
	if r.Confirmed, err = s.Confirmed(); err != nil {
		return nil, err
	}
	if cost := s.options.Against; cost != "" {
		if r.against, err = s.Against(cost, s.Populations...); err != nil {
			return nil, err
		}
		r.Attained, r.AtEqualCost = r.against.Populations, r.against.Tests
	}
	if err := r.comparePairs(s); err != nil {
		return nil, err
	}
	r.judgeByLooks(s)
	if s.options.Importance {
		r.addImportance(s, o)
	}
	if r.Differences = append(r.Differences, differences...); !r.anyway {
		r.withhold()
	}
	r.restore(s.metric)
	r.collectWarnings(s, mixed)
	return r, nil
}

func (r *Result) addParameters(s *Study, p edf.Population) error {
	ranges, err := s.Ranges(p)
	if err != nil {
		return err
	}
	best, err := s.bestValues(p)
	r.Bootstrap, r.Best = append(r.Bootstrap, ranges...), append(r.Best, best...)
	return err
}

// truncate lists at most the first four of names.
func truncate(names []string) string {
	slices.Sort(names)
	if len(names) > 4 {
		names = append(slices.Clone(names[:4]), fmt.Sprintf("and %d more", len(names)-4))
	}
	return strings.Join(names, ", ")
}

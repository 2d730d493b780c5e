package analysis

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"designspace/edf"
	"designspace/internal/columns"
	"designspace/internal/confirm"
)

// A Result is what the populations of a study have to say.
type Result struct {
	Populations []edf.Summary    `json:"populations"`
	Tests       []edf.Comparison `json:"tests"`     // each population against each later one
	Bootstrap   []Range          `json:"bootstrap"` // of every parameter that varies in a population
	Epochs      []EpochRanks     `json:"epochs"`    // how soon the ranks of models are settled
	Noise       *Noise           `json:"noise,omitempty"`
	Confirmed   []confirm.Model  `json:"confirmed,omitempty"` // the best of each population, if they were trained again
	Warnings    []string         `json:"warnings"`            // all caveats, each once

	parameters []string // in their order, and other columns
}

// Analyze summarises and compares the populations and finds the ranges of their
// parameters' best values.
func (s *Study) Analyze(o edf.Options) (*Result, error) {
	r := &Result{Populations: []edf.Summary{}, Tests: []edf.Comparison{}, Bootstrap: []Range{}, Epochs: []EpochRanks{}, Warnings: []string{}, parameters: s.candidates()}
	summaries, tests, err := edf.Describe(s.Populations, o)
	if err != nil {
		return nil, err
	}
	r.Populations = append(r.Populations, summaries...)
	r.Tests = append(r.Tests, tests...)
	for _, p := range s.Populations {
		ranges, err := s.Ranges(p)
		if err != nil {
			return nil, err
		}
		ranks, err := s.epochRanks(p)
		if err != nil {
			return nil, err
		}
		r.Bootstrap, r.Epochs = append(r.Bootstrap, ranges...), append(r.Epochs, ranks...)
	}
	if r.Noise, err = s.Noise(); err != nil {
		return nil, err
	}
	mixed, err := s.mixtures()
	if err != nil {
		return nil, err
	}
	if r.Confirmed, err = s.Confirmed(); err != nil {
		return nil, err
	}
	r.collectWarnings(slices.Concat(s.Warnings, s.pendings(), mixed, r.unconfirmed()))
	return r, nil
}

func (s *Study) pendings() []string {
	var warnings []string
	for _, p := range s.Populations {
		if p.Pending > 0 {
			warnings = append(warnings, fmt.Sprintf("%s: %d of %d models wait for training and are left out", p.Name, p.Pending, len(p.Errors)+p.Failed+p.Pending))
		}
	}
	return warnings
}

// mixtures warns of errors that were not made alike and so may not compare.
func (s *Study) mixtures() ([]string, error) {
	var warnings []string
	for _, c := range columns.All() {
		if !c.Alike || !s.Has(c.Name) {
			continue
		}
		cells, err := s.Strings(c.Name)
		if err != nil {
			return nil, err
		}
		var seen []string
		for row, v := range cells {
			if v != "" && !math.IsNaN(s.errs[row]) && !slices.Contains(seen, v) {
				seen = append(seen, v)
			}
		}
		if len(seen) > 1 {
			warnings = append(warnings, fmt.Sprintf("%s differs between the models (%s): their errors may not compare", c.Name, truncate(seen)))
		}
	}
	return warnings, nil
}

// truncate lists at most the first four of names.
func truncate(names []string) string {
	slices.Sort(names)
	if len(names) > 4 {
		names = append(slices.Clone(names[:4]), fmt.Sprintf("and %d more", len(names)-4))
	}
	return strings.Join(names, ", ")
}

// collectWarnings gathers the caveats of all parts, each once.
func (r *Result) collectWarnings(study []string) {
	add := func(place string, warnings []string) {
		for _, w := range warnings {
			if place != "" {
				w = place + ": " + w
			}
			if !slices.Contains(r.Warnings, w) {
				r.Warnings = append(r.Warnings, w)
			}
		}
	}
	add("", study)
	for _, p := range r.Populations {
		add(p.Name, p.Warnings)
	}
	for _, c := range r.Tests {
		add(c.A+" against "+c.B, c.Warnings)
	}
	for _, b := range r.Bootstrap {
		add(b.Population, b.Warnings)
	}
	if r.Noise != nil {
		for _, p := range r.Noise.Populations {
			add(p.Name, p.Warnings)
		}
	}
}

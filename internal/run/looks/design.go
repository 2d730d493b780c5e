package looks

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"designspace/edf"
	"designspace/internal/run/rundir"
)

// Options are how a run is to be looked at.
type Options struct {
	Max    int     // models of each population at the last look
	Margin float64 // percentage points within which means count as equal; 0: none

	Predicted bool   // there are predictions, by which means are to be adjusted
	By        string // who takes the looks; "": the run
}

// Defaults of [Options].
const (
	DefaultMax    = 30
	DefaultMargin = 1
)

// level is that of all looks and comparisons of a run together.
const level = 0.05

// Check reports an option that is out of its range.
func (o Options) Check() error {
	switch {
	case len(edf.LookSizes(o.Max)) == 0 || o.Max > 100_000:
		return fmt.Errorf("max %d: want 8 models of each population or more", o.Max)
	case !(o.Margin >= 0) || math.IsInf(o.Margin, 0):
		return fmt.Errorf("margin %v: want percentage points, 0 or more", o.Margin)
	}
	return nil
}

// Design returns the design of a run: five looks, at which conditions of the same
// architectures are compared with each other; else populations of the same
// budget, or all where each has a budget of its own.
func Design(entries []rundir.Entry, o Options) (*rundir.Until, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	if entries[0].ChosenOf != 0 {
		return nil, errors.New("until decided: its models were chosen by prediction (train --best) and say nothing of their spaces: sample another run to compare them")
	}
	if entries[0].Stratum != 0 {
		return nil, errors.New("until decided: its models have weights (--tilt), and looks take every model for as likely as any other: sample another run without --tilt, or train all models")
	}
	adjusted := o.Predicted && o.Max >= edf.LeastAdjusted && entries[0].Pair == ""
	u := &rundir.Until{Looks: Sizes(o.Max, adjusted), Level: level, Margin: o.Margin, By: o.By, Adjusted: adjusted}
	var first []rundir.Entry // of each population
	count := map[string]int{}
	for _, e := range entries {
		if count[e.Population()]++; count[e.Population()] == 1 {
			first = append(first, e)
		}
	}
	for _, e := range first {
		if n := count[e.Population()]; n < o.Max {
			return nil, fmt.Errorf("--max %d: the run has %d models of %s: sample more or choose a lower --max", o.Max, n, e.Population())
		}
	}
	if u.By != "" {
		return u, nil
	}
	u.Compare = pairs(first, func(a, b rundir.Entry) bool { return a.Budget == b.Budget && (a.Space == b.Space || a.Condition == "") })
	if len(u.Compare) == 0 {
		u.Compare = pairs(first, func(a, b rundir.Entry) bool { return true })
	}
	if len(u.Compare) == 0 {
		return nil, fmt.Errorf("until decided: the run has one population, %s, and nothing to compare: sample two spaces or more", first[0].Population())
	}
	return u, nil
}

// Sizes returns the models of each population at the looks, up to so many: not of
// too few for means that are adjusted.
func Sizes(most int, adjusted bool) []int {
	sizes := edf.LookSizes(most)
	if adjusted {
		sizes = slices.DeleteFunc(sizes, func(n int) bool { return n < edf.LeastAdjusted })
	}
	return sizes
}

// pairs returns each two populations that are comparable.
func pairs(first []rundir.Entry, comparable func(a, b rundir.Entry) bool) (list []rundir.Against) {
	for i, a := range first {
		for _, b := range first[i+1:] {
			if comparable(a, b) {
				list = append(list, rundir.Against{A: a.Population(), B: b.Population()})
			}
		}
	}
	return list
}

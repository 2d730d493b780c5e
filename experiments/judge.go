package experiments

import (
	"encoding/json"
	"fmt"
	"math"

	"designspace/bootstrap"
)

// A Verdict is what an experiment says of its claim; "" claims none, and is null
// in JSON.
type Verdict string

const (
	Confirmed    Verdict = "confirmed"
	Refuted      Verdict = "refuted"
	Inconclusive Verdict = "inconclusive"
)

// MarshalJSON writes no verdict as null.
func (v Verdict) MarshalJSON() ([]byte, error) {
	if v == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(v))
}

// A Finding is one quantity that the statistic of an experiment measures, with
// its 95 % interval, and what it says alone.
type Finding struct {
	Quantity  string  // in words
	Criterion string  // what the claim says of it
	Unit      string  // of the numbers; "" for a pure number
	Effect    float64 // NaN if the data cannot give it
	Lo, Hi    float64
	Verdict   Verdict
	Note      string // what to mind, as a p-value
}

// An Outcome is the verdict on a claim. The claim is confirmed if every finding
// confirms its part of it, refuted if one of them refutes it. The finding shown
// first is the first one that has the verdict of the whole.
type Outcome struct {
	Verdict  Verdict
	Findings []Finding // in the order of the definition
	N        int       // models of the smallest population
}

// Main returns the finding that stands for the outcome.
func (o Outcome) Main() Finding {
	for _, f := range o.Findings {
		if f.Verdict == o.Verdict {
			return f
		}
	}
	return Finding{Effect: math.NaN(), Lo: math.NaN(), Hi: math.NaN()}
}

// Judge applies the statistic of an experiment to the results of its
// populations, which are in the order of the definition. It depends on nothing
// else: bootstrap intervals are seeded by labels.
func (d Definition) Judge(samples []*Sample) (Outcome, error) {
	o := Outcome{N: math.MaxInt}
	for i, s := range samples {
		if s.Name != d.Populations[i].Label {
			return o, fmt.Errorf("experiment %s: population %d is %s, not %s", d.Name, i+1, s.Name, d.Populations[i].Label)
		}
		if s.Pending > 0 {
			return o, fmt.Errorf("experiment %s: %d models of population %s are not trained", d.Name, s.Pending, s.Name)
		}
		if len(s.Errors) == 0 {
			return o, fmt.Errorf("experiment %s: population %s has no model with an error", d.Name, s.Name)
		}
		o.N = min(o.N, len(s.Errors))
	}
	findings, err := d.Statistic.one().judge(samples)
	if err != nil {
		return o, fmt.Errorf("experiment %s: %w", d.Name, err)
	}
	o.Findings, o.Verdict = findings, overall(findings)
	return o, nil
}

func overall(findings []Finding) Verdict {
	v := Confirmed
	for _, f := range findings {
		switch f.Verdict {
		case Refuted:
			return Refuted
		case Inconclusive:
			v = Inconclusive
		}
	}
	return v
}

// within judges the claim that a quantity lies in [lo, hi] by its interval:
// confirmed if the interval lies inside, refuted if it lies outside.
func within(i bootstrap.Interval, lo, hi float64) Verdict {
	switch {
	case lo <= i.Lo && i.Hi <= hi:
		return Confirmed
	case i.Hi < lo || hi < i.Lo:
		return Refuted
	}
	return Inconclusive // also where a limit is NaN
}

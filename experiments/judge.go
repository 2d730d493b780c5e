package experiments

import (
	"encoding/json"
	"fmt"
	"math"

	"designspace/bootstrap"
	"designspace/edf"
)

// A Verdict is what an experiment says of its claim; "" claims none, and is null
// in JSON.
type Verdict string

// Verdicts on claims, and on properties of the method, which any data whatever
// may have.
const (
	Confirmed    Verdict = "confirmed"
	Refuted      Verdict = "refuted"
	Inconclusive Verdict = "inconclusive"
	Holds        Verdict = "holds"
	Fails        Verdict = "fails"
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
	P         float64 // the lesser of those of confirming and refuting, after Holm; NaN: no test
	Verdict   Verdict
	Note      string // what to mind
	Taken     *Taken // of an experiment with looks; nil: it has none

	// Needed is how many models of each population, or of the smallest of the finding,
	// would decide it with a probability of 80 %, if the effect is as it looks; 0: it,
	// or the claim, is decided, or there is no telling.
	Needed int

	confirms, refutes float64 // p-values before Holm; NaN: no test
	evidence          evidence
}

// An Outcome is the verdict on a claim. The claim is confirmed if every finding
// confirms its part of it, refuted if one of them refutes it. The finding shown
// first is the first one that has the verdict of the whole.
type Outcome struct {
	Verdict  Verdict
	P        float64   // below 0.05 if and only if the claim is confirmed or refuted; NaN: no test
	Findings []Finding // in the order of the definition
	N        int       // models of the smallest population
	Needed   int       // models that would decide, see [Finding]; 0: it is decided, or there is no telling
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
// else: resampling is seeded by labels.
func (d Definition) Judge(samples []*Sample) (Outcome, error) {
	o := Outcome{N: math.MaxInt}
	for i, s := range samples {
		if s.Name != d.Populations[i].Label {
			return o, fmt.Errorf("experiment %s: population %d is %s, not %s", d.Name, i+1, s.Name, d.Populations[i].Label)
		}
	}
	samples, _, err := d.needed(samples)
	if err != nil {
		return o, fmt.Errorf("experiment %s: %w", d.Name, err)
	}
	for _, s := range samples {
		if s.Pending > 0 {
			return o, fmt.Errorf("experiment %s: %d models of population %s are not trained", d.Name, s.Pending, s.Name)
		}
		if len(s.Errors) == 0 {
			return o, fmt.Errorf("experiment %s: population %s has no model with an error", d.Name, s.Name)
		}
		o.N = min(o.N, len(s.Errors))
	}
	findings, adjust, err := d.findings(samples)
	if err != nil {
		return o, fmt.Errorf("experiment %s: %w", d.Name, err)
	}
	o.Findings = findings
	if d.Kind == Property {
		o.P = math.NaN()
		o.Verdict = overall(findings, Holds, Fails)
		return o, nil
	}
	o.P = decide(findings, adjust)
	if o.Verdict = overall(findings, Confirmed, Refuted); o.Verdict == Inconclusive {
		o.Needed = need(findings)
	}
	return o, nil
}

// findings returns the findings, and how their p-values are adjusted for their
// number: those of looks are already.
func (d Definition) findings(samples []*Sample) (fs []Finding, adjust func([]float64) []float64, err error) {
	if d.Until == nil {
		fs, err = d.Statistic.one().judge(samples)
		return fs, edf.Holm, err
	}
	fs, err = d.looks(samples)
	return fs, func(ps []float64) []float64 { return ps }, err
}

// level of the verdicts of an experiment.
const level = 0.05

// decide gives findings of a claim their verdicts, from p-values that are
// adjusted for their number, as by Holm's method, and returns the p-value of the
// claim: the lesser of that of the finding which confirms it least and that of
// the finding which refutes it most.
func decide(findings []Finding, adjust func([]float64) []float64) float64 {
	var confirms, refutes []float64
	for _, f := range findings {
		confirms, refutes = append(confirms, f.confirms), append(refutes, f.refutes)
	}
	confirms, refutes = adjust(confirms), adjust(refutes)
	all, one := 0.0, math.NaN()
	for i := range findings {
		f := &findings[i]
		f.P, f.Verdict = least(confirms[i], refutes[i]), Inconclusive
		switch {
		case refutes[i] < level:
			f.Verdict = Refuted
		case confirms[i] < level:
			f.Verdict = Confirmed
		}
		all, one = max(all, confirms[i]), least(one, refutes[i])
	}
	return least(all, one)
}

// least returns the lesser number, and either where the other is NaN.
func least(a, b float64) float64 {
	switch {
	case math.IsNaN(a):
		return b
	case math.IsNaN(b):
		return a
	}
	return min(a, b)
}

func overall(findings []Finding, yes, no Verdict) Verdict {
	v := yes
	for _, f := range findings {
		switch f.Verdict {
		case no:
			return no
		case Inconclusive:
			v = Inconclusive
		}
	}
	return v
}

func finding(quantity, unit string, i bootstrap.Interval) Finding {
	nan := math.NaN()
	return Finding{Quantity: quantity, Unit: unit, Effect: i.Estimate, Lo: i.Lo, Hi: i.Hi, P: nan, Verdict: Inconclusive, confirms: nan, refutes: nan}
}

// untold is the finding on a quantity that the data cannot give.
func untold(quantity, unit, why string) Finding {
	nan := math.NaN()
	f := finding(quantity, unit, bootstrap.Interval{Estimate: nan, Lo: nan, Hi: nan})
	f.Note = why
	return f
}

// within tests the claim that the truth lies in [lo, hi], two-sided: below 0.05
// is the p-value of confirming where the 95 % interval lies inside, that of
// refuting where it lies outside.
func (f *Finding) within(e edf.Estimate, lo, hi float64) {
	f.evidence = evidenceOf(e.Estimate, e.StandardError(), lo, hi)
	f.confirms = min(1, 2*max(1-e.PBelow(lo), e.PBelow(hi)))
	f.refutes = min(1, 2*min(e.PBelow(lo), 1-e.PBelow(hi)))
}

package experiments

import (
	"cmp"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"designspace/bootstrap"
	"designspace/edf"
)

// power is the probability with which the models that [Finding.Needed] tells of
// decide.
const power = 0.8

// An evidence is how far an estimate is from being decided.
type evidence struct {
	// signal is how many standard errors there are from the estimate to the lower and
	// to the upper bound that must be excluded; +Inf: there is none, 0: more models
	// would not matter.
	signal  [2]float64
	rivals  int  // of a value that must be excluded as the best; 0: it is about a difference
	models  int  // of the smallest population
	against bool // the estimate says the opposite of the claim
}

// evidenceOf is that of an estimate for the claim that the truth is in [lo, hi], or
// outside.
func evidenceOf(estimate, se, lo, hi float64) evidence {
	inf := math.Inf(1)
	switch {
	case estimate < lo:
		return evidence{signal: [2]float64{(lo - estimate) / se, inf}, against: true}
	case estimate > hi:
		return evidence{signal: [2]float64{inf, (estimate - hi) / se}, against: true}
	}
	return evidence{signal: [2]float64{(estimate - lo) / se, (hi - estimate) / se}}
}

// standardError is that of a normal distribution with a 95 % interval.
func standardError(i bootstrap.Interval) float64 { return (i.Hi - i.Lo) / 2 / evidence{}.critical(1) }

// critical is the signal from which a finding is decided at the level, divided by a
// number: the normal deviate, two-sided, or one-sided for the rivals together, which
// is nearly Dunnett's.
func (e evidence) critical(divided int) float64 {
	return distuv.UnitNormal.Quantile(1 - level/float64(divided*cmp.Or(e.rivals, 2)))
}

// agrees takes the test on pairs of models in, which must find the same as the means.
func (e *evidence) agrees(t edf.BrunnerMunzelTest) {
	deviate := -distuv.UnitNormal.Quantile(t.P / 2)
	if t.T > 0 == e.against { // it says the opposite
		deviate = 0
	}
	for i, s := range e.signal {
		if !math.IsInf(s, 1) {
			e.signal[i] = min(s, deviate)
		}
	}
}

// needed returns how many models would exclude the bounds with the power, at a level
// of 5 % that is divided by a number, if the truth is the estimate: signals grow with
// their root. It is rounded up to two digits, for the estimate is uncertain; 0: there
// is no telling.
func (e evidence) needed(divided int, power float64) int {
	bound := e.critical(divided)
	decides := func(times float64) bool {
		p := -1.0
		for _, s := range e.signal {
			p += distuv.UnitNormal.CDF(math.Sqrt(times)*s - bound)
		}
		return p >= power
	}
	few, many := 1.0, 1e6
	if decides(few) || !decides(many) {
		return 0
	}
	for many/few > 1.001 {
		if middle := math.Sqrt(few * many); decides(middle) {
			many = middle
		} else {
			few = middle
		}
	}
	models := float64(e.models) * many
	unit := math.Pow(10, max(0, math.Floor(math.Log10(models))-1))
	return int(math.Ceil(models/unit) * unit)
}

// need says how many models would decide each open finding, and returns how many
// would decide the claim: as few as one finding against it needs to refute it, or,
// if all are for it, as many as confirm the last of them, all with the power
// together.
func need(fs []Finding) int {
	open := 0 // findings for the claim
	for _, f := range fs {
		if f.Verdict == Inconclusive && !f.evidence.against {
			open++
		}
	}
	confirm, refute, unknown, against := 0, 0, false, false
	for i := range fs {
		f := &fs[i]
		if f.Verdict != Inconclusive {
			continue
		}
		if f.Needed = f.evidence.needed(f.divided(len(fs), open), power); f.evidence.against {
			against = true
			if f.Needed > 0 && (refute == 0 || f.Needed < refute) {
				refute = f.Needed
			}
			continue
		}
		n := f.evidence.needed(f.divided(len(fs), open), math.Pow(power, 1/float64(open)))
		confirm, unknown = max(confirm, n), unknown || n == 0
	}
	switch {
	case against:
		return refute
	case unknown:
		return 0
	}
	return confirm
}

// divided is by what the level of a finding is divided, of so many of which so many
// are open and for the claim: by Holm's method the others no longer count, and what
// refutes has all the others before it. The level of looks is divided beforehand.
func (f Finding) divided(all, open int) int {
	if f.Taken != nil || f.evidence.against {
		return all
	}
	return open
}

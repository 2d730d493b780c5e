package experiments

import (
	"cmp"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"designspace/bootstrap"
)

// power is the probability with which the models that [Finding.Needed] tells of
// decide.
const power = 0.8

// A distance says how far an estimate is from being decided.
type distance struct {
	// reach is the half-width of the interval over the distance of the estimate to
	// the bound that it would have to exclude, the farthest if there are several:
	// below 1 it is decided. NaN: more models would not matter, or there is no
	// telling.
	reach   float64
	against bool // the estimate says the opposite of the claim
}

// distanceTo is that to the claim that the truth is in [lo, hi], or outside.
func distanceTo(i bootstrap.Interval, lo, hi float64) distance {
	switch e := i.Estimate; {
	case e < lo:
		return distance{(i.Hi - e) / (lo - e), true}
	case e > hi:
		return distance{(e - i.Lo) / (e - hi), true}
	default:
		return distance{max((e-i.Lo)/(e-lo), (i.Hi-e)/(hi-e)), false}
	}
}

// widened is by what factor the distance must be greater than the half-width of a
// 95 % interval, so that the interval excludes the bound with the wanted power at
// a level of 5 % that is divided by a number.
func widened(divided int) float64 {
	return (quantile(divided) + distuv.UnitNormal.Quantile(power)) / quantile(1)
}

// quantile is that of the two-sided level, divided by a number.
func quantile(divided int) float64 {
	return distuv.UnitNormal.Quantile(1 - level/2/float64(divided))
}

// need tells how many models would decide a finding that so many models left open:
// half-widths shrink with their root. It is rounded up to two digits, for the
// effect is uncertain itself.
func (f *Finding) need(models int, widened float64) {
	if f.Verdict != Inconclusive {
		return
	}
	needed := float64(models) * math.Pow(widened*f.distance.reach, 2)
	if !(needed > float64(models) && needed < math.MaxInt32) {
		return
	}
	unit := math.Pow(10, max(0, math.Floor(math.Log10(needed))-1))
	f.Needed = int(math.Ceil(needed/unit) * unit)
}

// needed returns how many models would decide a claim that is open: as few as one
// finding against it needs to refute it, or, if all are for it, as many as every
// finding needs to confirm it.
func needed(fs []Finding) int {
	confirm, refute, against, open := 0, 0, false, false
	for _, f := range fs {
		switch {
		case f.Verdict != Inconclusive:
		case f.distance.against:
			against = true
			if f.Needed > 0 {
				refute = min(cmp.Or(refute, f.Needed), f.Needed)
			}
		default:
			open = open || f.Needed == 0
			confirm = max(confirm, f.Needed)
		}
	}
	switch {
	case against:
		return refute
	case open:
		return 0
	}
	return confirm
}

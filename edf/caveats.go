package edf

import (
	"fmt"
	"slices"
)

// caveats are what to mind when reading a comparison.
func caveats(a, b *prepared) []string {
	var ws []string
	warn := func(format string, args ...any) { ws = append(ws, fmt.Sprintf(format, args...)) }
	for _, s := range []*prepared{a, b} {
		if s.n() == 0 {
			warn("%s has no models: nothing to compare", s.Name)
		}
	}
	if len(ws) > 0 {
		return ws
	}
	ws = append(append(ws, a.mean.warnings...), b.mean.warnings...)
	na, nb := a.n(), b.n()
	switch {
	case a.edf.Min() == b.edf.Max() && a.edf.Max() == b.edf.Min():
		warn("all errors equal")
	case !(separated(na, nb) < alpha):
		warn("n = %d and %d: too few for any difference to be significant; at least 4 each needed", na, nb)
	case min(na, nb) < 8:
		warn("n = %d and %d: p-values and intervals are approximate; at least 8 each needed", na, nb)
	}
	if note := CoverageNote(tilted("mean-difference", a, b), min(na, nb), a.diverged()+b.diverged() > 0); note != "" {
		warn("%s", note)
	}
	if !a.Tilted && !b.Tilted && (a.Weights != nil || b.Weights != nil) {
		warn("weighted: p-values use effective sizes of %.0f and %.0f, an approximation", a.edf.EffectiveN(), b.edf.EffectiveN())
	}
	return ws
}

// separated returns the p-value of samples so large that do not overlap: the
// least that there is.
func separated(na, nb int) float64 {
	zeros, _ := New(make([]float64, na))
	ones, _ := New(slices.Repeat([]float64{1}, nb))
	return BrunnerMunzel(zeros, ones).P
}

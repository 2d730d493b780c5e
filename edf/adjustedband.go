package edf

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"

	"designspace/internal/seed"
)

// Band returns the half-width of the simultaneous 95 % band: with about that
// probability the distribution function of the space lies within F ± it
// everywhere at once. It is made as [DifferenceBand] is; that of [EDF.DKW] where
// nothing is adjusted. The seed is of the multipliers.
func (f *AdjustedEDF) Band(rootSeed uint64) float64 {
	if f.Warnings != nil {
		return f.raw.DKW(confidence)
	}
	r := seed.New("edf.AdjustedEDF", rootSeed)
	return bandOf(func() (most float64) {
		for _, x := range f.noise.draw(r) {
			most = max(most, math.Abs(x))
		}
		return most
	})
}

// AdjustedDifferenceBand is [DifferenceBand] of adjusted distribution functions.
func AdjustedDifferenceBand(a, b *AdjustedEDF, rootSeed uint64) float64 {
	switch {
	case a.Warnings != nil && b.Warnings != nil:
		return DifferenceBand(a.raw, b.raw, rootSeed)
	case min(a.raw.EffectiveN(), b.raw.EffectiveN()) < 2:
		return 1
	}
	r := seed.New("edf.AdjustedDifferenceBand", rootSeed)
	return bandOf(func() (most float64) {
		x, y := a.noise.draw(r), b.noise.draw(r)
		var atX, atY float64
		for i, j := 0, 0; i < len(x) || j < len(y); {
			e := math.Inf(1)
			if i < len(x) {
				e = a.steps[i]
			}
			if j < len(y) {
				e = min(e, b.steps[j])
			}
			if i < len(x) && a.steps[i] == e {
				atX = x[i]
				i++
			}
			if j < len(y) && b.steps[j] == e {
				atY = y[j]
				j++
			}
			most = max(most, math.Abs(atX-atY))
		}
		return most
	})
}

// bandOf returns the 0.95 quantile of what is drawn, 1 at most.
func bandOf(draw func() float64) float64 {
	largest := make([]float64, bandDraws)
	for i := range largest {
		largest[i] = draw()
	}
	slices.Sort(largest)
	return min(largest[confidence*(bandDraws+1)-1], 1)
}

// deviations draw how far an adjusted EDF may be from the truth: each model
// counts with a random weight in the place of 1, in the share below and in the
// means of G.
type deviations struct {
	scale float64   // of small samples, whose multipliers vary too little
	share []float64 // of the trained, behind each step
	parts []part
	// By step and group: what a model adds through G, less the mean over models.
	trained, candidates [][]float64
}

// A part is trained models of one error, and of one group where there are groups.
type part struct {
	step, group int
	sd          float64 // of the sum of their multipliers
}

// draw returns a deviation at every step.
func (d *deviations) draw(r *rand.Rand) []float64 {
	path := make([]float64, len(d.share))
	var groups, candidates []float64
	if d.trained != nil {
		groups, candidates = make([]float64, len(d.trained[0])), make([]float64, len(d.candidates[0]))
	}
	for _, p := range d.parts {
		x := p.sd * r.NormFloat64()
		path[p.step] += x
		if groups != nil {
			groups[p.group] += x
		}
	}
	for c := range candidates {
		candidates[c] = r.NormFloat64()
	}
	floats.CumSum(path, path)
	all := path[len(path)-1]
	for k := range path {
		path[k] -= d.share[k] * all
		if groups != nil {
			path[k] += floats.Dot(d.trained[k], groups)
		}
		path[k] *= d.scale
		if groups != nil {
			path[k] += floats.Dot(d.candidates[k], candidates)
		}
	}
	return path
}

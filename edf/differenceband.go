package edf

import (
	"math"
	"slices"

	"designspace/internal/seed"
)

const (
	bandDraws = 999  // of the process that the band bounds
	bandSteps = 2000 // of the EDFs at most that are looked at
)

// DifferenceBand returns the half-width of a simultaneous 95 % band of the
// difference of two EDFs: with about that probability the difference of the true
// distribution functions lies within F_a - F_b ± it everywhere at once.
//
// It is the quantile of the largest deviation of the Gaussian multiplier
// bootstrap (van der Vaart and Wellner 1996, §2.9): each error counts with a
// random weight in the place of 1. It follows where and how far the two
// distributions overlap, and their ties; two DKW bands, which follow nothing,
// are half as wide again where the distributions are the same, and twice as wide
// where they are apart. The seed is of the
// weights. It is 1 where an EDF has fewer
// than 2 models.
func DifferenceBand(a, b *EDF, rootSeed uint64) float64 {
	if min(a.EffectiveN(), b.EffectiveN()) < 2 {
		return 1
	}
	pa, pb := newProcess(a), newProcess(b)
	models := (a.Len() + b.Len() + bandSteps - 1) / bandSteps // at least, between two steps
	var before shares
	for _, p := range pooled(a, b) {
		if seen, all := p.na+p.nb, a.Len()+b.Len(); seen-before.na-before.nb < models && seen < all {
			continue
		}
		pa.add(p.a, a.squares(before.na, p.na))
		pb.add(p.b, b.squares(before.nb, p.nb))
		before = p
	}
	r := seed.New("edf.DifferenceBand", rootSeed)
	largest := make([]float64, bandDraws)
	for i := range largest {
		pa.draw(r.NormFloat64)
		pb.draw(r.NormFloat64)
		for k, x := range pa.path {
			largest[i] = max(largest[i], math.Abs(x-pb.path[k]))
		}
	}
	slices.Sort(largest)
	return min(largest[confidence*(bandDraws+1)-1], 1)
}

// A process draws the deviation of an EDF from the truth, step by step.
type process struct {
	scale     float64   // of small samples, whose multipliers vary too little
	share, sd []float64 // of models up to a step; of the sum of multipliers between it and the last
	path      []float64
}

func newProcess(f *EDF) *process {
	n := f.EffectiveN()
	return &process{scale: n / (n - 1)}
}

func (p *process) add(share, squares float64) {
	p.share, p.sd, p.path = append(p.share, share), append(p.sd, math.Sqrt(squares)), append(p.path, 0)
}

func (p *process) draw(normal func() float64) {
	var sum float64
	for k, sd := range p.sd {
		if sd > 0 {
			sum += sd * normal()
		}
		p.path[k] = sum
	}
	for k, share := range p.share {
		p.path[k] = p.scale * (p.path[k] - share*sum)
	}
}

package edf

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/stat/distuv"

	"designspace/bootstrap"
)

// A Plan is a group-sequential design: a comparison is looked at several times
// while its populations grow, and the looks together err as often as one test at
// the level alpha. Early looks spend little of it, by the function of Lan and
// DeMets (1983) of the type of O'Brien and Fleming,
//
//	α(t) = 2(1 - Φ(z_{α/2}/√t)),
//
// where t is the share of the last look's models. Sizes are fixed before any
// model is trained; which models are looked at must not depend on their errors.
type Plan struct {
	Sizes  []int     // models of each population at the looks, ascending
	Bounds []float64 // a look decides where its normal deviate is beyond ±c
}

// LookSizes returns the sizes of five looks up to a number of models: at a third
// of them, a half, two thirds, five sixths and all. Those below 8 models, of
// which Student's distribution says little, are left out.
func LookSizes(most int) []int {
	var sizes []int
	for i := 2; i <= 6; i++ {
		if n := (i*most + 3) / 6; n >= 8 {
			sizes = append(sizes, n)
		}
	}
	return sizes
}

// NewPlan returns the plan of looks at so many models at the two-sided level
// alpha; of several comparisons each has its share of it.
func NewPlan(sizes []int, alpha float64) (Plan, error) {
	if len(sizes) == 0 || !(alpha > 0 && alpha < 1) {
		return Plan{}, fmt.Errorf("edf: %d looks at level %v: want 1 or more, at a level between 0 and 1", len(sizes), alpha)
	}
	last := 0
	for _, n := range sizes {
		if n <= last {
			return Plan{}, fmt.Errorf("edf: looks at %v models: want numbers above 0 that ascend", sizes)
		}
		last = n
	}
	times := make([]float64, len(sizes))
	for k, n := range sizes {
		times[k] = float64(n) / float64(last)
	}
	return Plan{sizes, boundaries(times, alpha)}, nil
}

// A Look is what a plan says of a difference at one of its looks.
type Look struct {
	Look     int                // from 1
	N        int                // models of each population that were looked at
	Interval bootstrap.Interval // repeated: with 1 - alpha the intervals of all looks hold the truth at once
	Verdict  Verdict            // [Better] if the difference is below 0, [Worse], [Equivalent] within the margin, or [Same] while undecided
}

// Equivalent is the verdict of a [Look] whose interval lies within the margin.
const Equivalent Verdict = "equivalent"

// Decided reports whether no further look is needed.
func (l Look) Decided() bool { return l.Verdict != Same }

// Look judges the estimate of a difference at look k, from 1, with Student's
// distribution in the place of the normal one, at the same probability beyond the
// bound. A margin of 0 is none. Looks before k must have been undecided.
func (p Plan) Look(k int, e Estimate, margin float64) Look {
	l := Look{Look: k, N: p.Sizes[k-1], Interval: bootstrap.Interval{Estimate: e.Estimate, Lo: math.NaN(), Hi: math.NaN()}, Verdict: Same}
	if math.IsNaN(e.Lo + e.Hi) {
		return l
	}
	l.Interval.Lo, l.Interval.Hi = e.limits(distuv.UnitNormal.CDF(-p.Bounds[k-1]))
	switch {
	case l.Interval.Hi < 0:
		l.Verdict = Better
	case l.Interval.Lo > 0:
		l.Verdict = Worse
	case -margin < l.Interval.Lo && l.Interval.Hi < margin:
		l.Verdict = Equivalent
	}
	return l
}

// PWithin is the p-value, adjusted for the looks of the plan, of the claim that the
// truth is within [lo, hi], of which an end may be infinite: the least level at
// which one of the repeated intervals of the looks so far, the first of which are
// given, lies within. It is below the level of the plan if and only if one of the
// plan's does. It is NaN where there is no interval, and 1e-12 where it is less.
func (p Plan) PWithin(looks []Estimate, lo, hi float64) float64 {
	return p.level(looks, func(e Estimate) float64 { return min(e.above(lo), -e.above(hi)) })
}

// POutside is [Plan.PWithin] of the claim that the truth is outside.
func (p Plan) POutside(looks []Estimate, lo, hi float64) float64 {
	return p.level(looks, func(e Estimate) float64 { return max(-e.above(lo), e.above(hi)) })
}

// above is the normal deviate of an estimate from a bound below it: of the same
// probability as Student's.
func (e Estimate) above(bound float64) float64 { return distuv.UnitNormal.Quantile(e.PBelow(bound)) }

// level returns the least level at which a deviate is at the bound of its look, by
// the Illinois method: bounds of a lower level are farther out at every look.
func (p Plan) level(looks []Estimate, deviate func(Estimate) float64) float64 {
	const least = 1e-12
	deviates := make([]float64, len(looks))
	farthest := math.NaN()
	for k, e := range looks {
		if deviates[k] = deviate(e); !(farthest >= deviates[k]) && !math.IsNaN(deviates[k]) {
			farthest = deviates[k]
		}
	}
	over := func(x float64) float64 { // how far the bounds of the level e^x are beyond the deviates
		at, err := NewPlan(p.Sizes, math.Exp(x))
		if err != nil { // no estimate is of such sizes
			return math.NaN()
		}
		nearest := math.Inf(1)
		for k, d := range deviates {
			if !math.IsNaN(d) {
				nearest = min(nearest, at.Bounds[k]-d)
			}
		}
		return nearest
	}
	switch {
	case math.IsNaN(farthest):
		return farthest
	case farthest <= 0:
		return 1
	}
	lo, hi := math.Log(least), 0.0
	atLo, atHi := over(lo), -farthest // bounds of level 1 are 0
	if atLo <= 0 {
		return least
	}
	for last := 0.0; hi-lo > 1e-9; {
		x := (lo*atHi - hi*atLo) / (atHi - atLo)
		f := over(x)
		if math.Abs(f) < 1e-10 {
			return math.Exp(x)
		}
		if f > 0 {
			lo, atLo = x, f
			if last > 0 {
				atHi /= 2
			}
		} else {
			hi, atHi = x, f
			if last < 0 {
				atLo /= 2
			}
		}
		last = f
	}
	return math.Exp(hi)
}

// Swapped is the look at b against a.
func (l Look) Swapped() Look {
	i := &l.Interval
	i.Estimate, i.Lo, i.Hi = -i.Estimate, -i.Hi, -i.Lo
	switch l.Verdict {
	case Better:
		l.Verdict = Worse
	case Worse:
		l.Verdict = Better
	}
	return l
}

// Judge gives the comparison the interval and the verdict of the look of a plan
// that decided it, or of the last one. The p-values that take no account of
// looks decide nothing then and are taken away, and so are adjusted intervals,
// which hold at one look only.
func (c *Comparison) Judge(l Look, margin float64) {
	c.Look, c.MeanDifference, c.Verdict, c.Means = &l, l.Interval, l.Verdict, l.Verdict
	c.PHolm, c.MeansP, c.Needed, c.Adjusted = math.NaN(), math.NaN(), nil, nil
	c.Margin, c.Equivalent = margin, -margin < l.Interval.Lo && l.Interval.Hi < margin
}

// boundaries returns the bounds of looks at ascending times up to 1, by the
// recursion of Armitage, McPherson and Rowe (1969): the statistic times √t is a
// Brownian motion, and its density among the paths that no look has stopped is
// carried from look to look as masses at the nodes of a quadrature.
func boundaries(times []float64, alpha float64) []float64 {
	spent := func(t float64) float64 {
		return 2 * distuv.UnitNormal.CDF(distuv.UnitNormal.Quantile(alpha/2)/math.Sqrt(t))
	}
	bounds := make([]float64, len(times))
	going := paths{at: []float64{0}, mass: []float64{1}}
	before, used := 0.0, 0.0
	for k, t := range times {
		sd := math.Sqrt(t - before)
		edge := going.edge(spent(t)-used, sd, 40*math.Sqrt(t))
		bounds[k] = edge / math.Sqrt(t)
		if k+1 < len(times) {
			going = going.within(min(edge, 9*math.Sqrt(t)), sd, math.Sqrt(times[k+1]-t))
		}
		before, used = t, spent(t)
	}
	return bounds
}

// paths are masses of a Brownian motion at some places, and the same on both sides
// of 0.
type paths struct{ at, mass []float64 }

// edge returns the b ≤ most for which the share p of the paths is beyond ±b, an
// increment of the given standard deviation later: by Newton's method for the
// logarithm of the share, which is concave, and by halving where that leads astray.
func (g paths) edge(p, sd, most float64) float64 {
	lo, hi, b := 0.0, most, 1e-12*most
	for hi-lo > 1e-12*most {
		var beyond, density float64
		for i, x := range g.at {
			z := (x - b) / sd
			beyond += 2 * g.mass[i] * distuv.UnitNormal.CDF(z)
			density += 2 * g.mass[i] * distuv.UnitNormal.Prob(z) / sd
		}
		if beyond > p {
			lo = b
		} else {
			hi = b
		}
		next := b + beyond*math.Log(beyond/p)/density
		switch {
		case !(lo < next && next < hi):
			next = (lo + hi) / 2
		case math.Abs(next-b) < 1e-13*most:
			return next
		}
		b = next
	}
	return (lo + hi) / 2
}

// within returns the paths that are within ±b an increment later, at nodes that
// are close enough for the increment after it.
func (g paths) within(b, sd, next float64) paths {
	n := 40 + int(8*b/min(sd, next))
	later := paths{make([]float64, n), make([]float64, n)}
	quad.Legendre{}.FixedLocations(later.at, later.mass, -b, b)
	for j, y := range later.at[:(n+1)/2] {
		var density float64
		for i, x := range g.at {
			density += g.mass[i] * distuv.UnitNormal.Prob((y-x)/sd) / sd
		}
		later.mass[j] *= density
		later.mass[n-1-j] = later.mass[j]
	}
	return later
}

package edf

import (
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"designspace/internal/numeric"
)

// An AdjustedEDF is a distribution function that is estimated with the help of
// predictions,
//
//	F(e) = share of the trained below e + λ (mean G(e) of all candidates - mean G(e) of the trained),
//
// where G is what a prediction says of its model: the normal distribution about
// the regression of errors on predictions. λ in [0, 1] is the slope on G of
// whether a model is below e, one for all e (PPI++, arXiv 2311.01453, at every
// error). It is right whatever G is worth. Values are sorted and kept within
// [0, 1], which takes them no farther from any distribution function.
type AdjustedEDF struct {
	Warnings []string // why nothing is adjusted: then it is the EDF itself

	raw   *EDF
	steps []float64 // distinct errors, ascending
	value []float64 // just behind each step
	noise deviations
}

// AdjustEDF returns the adjusted distribution function of a population, the plain
// one where [AdjustedMean] is the plain mean. It fails on errors, weights and
// predictions that are not numbers, and without models.
func AdjustEDF(p Population) (*AdjustedEDF, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	raw, err := NewWeighted(p.Errors, p.Weights)
	if err != nil {
		return nil, err
	}
	f := &AdjustedEDF{raw: raw}
	first := 0
	for s := range raw.steps() {
		end := sort.SearchFloat64s(raw.x, math.Nextafter(s.Error, math.Inf(1)))
		f.noise.parts = append(f.noise.parts, part{step: len(f.steps), sd: math.Sqrt(raw.squares(first, end))})
		f.steps, f.value, first = append(f.steps, s.Error), append(f.value, s.Above), end
	}
	f.noise.share = slices.Clone(f.value)
	f.noise.scale = raw.EffectiveN() / (raw.EffectiveN() - 1)
	if why := p.unadjustable(); why != "" {
		f.Warnings = []string{why}
		return f, nil
	}
	f.adjust(p)
	return f, nil
}

// adjust moves the values and sets what the band follows.
func (f *AdjustedEDF) adjust(p Population) {
	n, all := float64(len(p.Errors)), float64(len(p.Candidates))
	law := p.predictedLaw()
	trained, candidates := groupsOf(p.Predicted), groupsOf(p.Candidates)
	g := make([][]float64, len(f.steps)) // of the trained groups
	for k, e := range f.steps {
		g[k] = law.below(e, trained)
	}
	slope := f.slope(p, trained, g)
	f.noise = deviations{share: f.noise.share, scale: n / (n - 2)}
	for i, e := range p.Errors {
		f.noise.parts = append(f.noise.parts, part{sort.SearchFloat64s(f.steps, e), trained.of[i], 1 / n})
	}
	for k, e := range f.steps {
		h := law.below(e, candidates)
		meanG, meanH := trained.mean(g[k]), candidates.mean(h)
		f.value[k] = min(max(f.value[k]+slope*(meanH-meanG), 0), 1)
		floats.AddConst(-meanG, g[k])
		floats.Scale(-slope, g[k])
		for c := range h {
			h[c] = slope * (h[c] - meanH) * math.Sqrt(candidates.size[c]) / all
		}
		f.noise.trained, f.noise.candidates = append(f.noise.trained, g[k]), append(f.noise.candidates, h)
	}
	slices.Sort(f.value)
}

// slope returns λ.
func (f *AdjustedEDF) slope(p Population, trained groups, g [][]float64) float64 {
	var below, square float64
	seen := make([]float64, len(trained.size)) // models of each group with an error up to the step
	at := make([][]int, len(f.steps))
	for i, e := range p.Errors {
		k := sort.SearchFloat64s(f.steps, e)
		at[k] = append(at[k], trained.of[i])
	}
	for k := range f.steps {
		for _, c := range at[k] {
			seen[c]++
		}
		centre := trained.mean(g[k])
		for c, v := range g[k] {
			below += (v - centre) * (seen[c] - trained.size[c]*f.value[k])
			square += (v - centre) * (v - centre) * trained.size[c]
		}
	}
	if !(square > 0) {
		return 0
	}
	return min(max(below/square, 0), 1)
}

// A law is the normal distribution of an error about a + b·prediction.
type law struct{ a, b, sd float64 }

// predictedLaw returns the regression of errors on predictions. Its deviation is
// at least a hundredth of that of the errors, so that exact predictions have one.
func (p Population) predictedLaw() law {
	var l law
	l.a, l.b = stat.LinearRegression(p.Predicted, p.Errors, nil, false)
	var squares float64
	for i, t := range p.Predicted {
		e := p.Errors[i] - l.a - l.b*t
		squares += e * e
	}
	l.sd = max(math.Sqrt(squares/float64(len(p.Errors)-2)), stat.StdDev(p.Errors, nil)/100)
	return l
}

// below returns G(e) of each group.
func (l law) below(e float64, of groups) []float64 {
	g := make([]float64, len(of.centre))
	for c, t := range of.centre {
		if l.sd > 0 {
			g[c] = distuv.UnitNormal.CDF((e - l.a - l.b*t) / l.sd)
		}
	}
	return g
}

// groups are models that are predicted alike, and stand for each other.
type groups struct {
	centre, size []float64 // mean prediction, number of models
	of           []int     // group of each model
}

const predictedGroups = 100

// groupsOf returns groups of equal numbers, in order of the predictions.
func groupsOf(t []float64) groups {
	n := min(len(t), predictedGroups)
	g := groups{make([]float64, n), make([]float64, n), make([]int, len(t))}
	for place, i := range numeric.Order(t) {
		c := place * n / len(t)
		g.of[i] = c
		g.size[c]++
		g.centre[c] += (t[i] - g.centre[c]) / g.size[c]
	}
	return g
}

// mean returns the mean over the models of what the groups have.
func (g groups) mean(v []float64) float64 { return floats.Dot(v, g.size) / floats.Sum(g.size) }

// Len returns the number of trained models.
func (f *AdjustedEDF) Len() int { return f.raw.Len() }

// At returns F(e).
func (f *AdjustedEDF) At(e float64) float64 {
	if k := sort.SearchFloat64s(f.steps, e); k > 0 {
		return f.value[k-1]
	}
	return 0
}

// Steps returns the jumps in ascending order, as [EDF.Steps] does.
func (f *AdjustedEDF) Steps() []Step {
	steps := make([]Step, len(f.steps))
	below := 0.0
	for k, e := range f.steps {
		steps[k] = Step{e, below, f.value[k]}
		below = f.value[k]
	}
	return steps
}

package edf

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"designspace/bootstrap"
)

// WithBest compares the mean errors of groups, such as the values of a
// parameter, with that of the best of them.
type WithBest struct {
	Groups   []VersusBest // in the order given
	Warnings []string     // what to mind when reading the groups
}

// VersusBest is one group against the best of the others.
type VersusBest struct {
	N    int     // models
	Mean float64 // error
	// Gap is the mean error of the group less the least of the other groups'. With
	// a probability of 95 % all gaps are in their intervals at once. Hi is 0 where
	// the group is the best, Lo is 0 where it is not.
	Gap bootstrap.Interval
	// MayBeBest tells that the group cannot be excluded as the best: with a
	// probability of 95 % at least, the best is among those that may.
	MayBeBest bool
	// P is the p-value of the claim that the group is not the best, adjusted for
	// the number of groups: at most 0.05 where it cannot be; NaN where a group has
	// fewer than 2 models.
	P float64
}

// CompareWithBest makes multiple comparisons with the best (Hsu 1984, Ann.
// Statist. 12, 1136–1144; for unequal sizes Hsu 1996, Multiple Comparisons,
// §4.2). Each group stands once as the control of a one-sided comparison with
// all others, with the critical values of Dunnett 1955 at the variances of the
// groups, which need not be equal, and the least of Satterthwaite's degrees of
// freedom of the control's differences.
//
// Groups of one model have no variance and are left out, as groups that may be
// best. It fails on errors that are not numbers, and without 2 groups of 2 models.
func CompareWithBest(groups [][]float64) (WithBest, error) {
	w := WithBest{Groups: make([]VersusBest, len(groups))}
	var judged []int
	all := make([]studentised, len(groups))
	for i, errs := range groups {
		if err := check(errs, nil); err != nil {
			return WithBest{}, fmt.Errorf("edf: group %d: %w", i, err)
		}
		nan := math.NaN()
		w.Groups[i] = VersusBest{N: len(errs), Mean: nan, Gap: bootstrap.Interval{Estimate: nan, Lo: nan, Hi: nan}, MayBeBest: true, P: nan}
		if len(errs) > 0 {
			w.Groups[i].Mean = mean(errs)
		}
		if len(errs) > 1 {
			all[i] = studentised{mean(errs), stat.Variance(errs, nil) / float64(len(errs)), float64(len(errs) - 1)}
			judged = append(judged, i)
		}
	}
	if left := len(groups) - len(judged); left > 0 {
		w.Warnings = append(w.Warnings, fmt.Sprintf("%d of %d groups have fewer than 2 models: they may be the best, for all that is known", left, len(groups)))
	}
	if len(judged) < 2 {
		return WithBest{}, errors.New("edf: comparison with the best: at least 2 groups of 2 models needed")
	}
	w.judge(judged, all)
	return w, nil
}

func (w *WithBest) judge(groups []int, all []studentised) {
	critical := map[int]float64{}
	for _, i := range groups {
		largest := largestOf(i, groups, all)
		if largest != nil {
			critical[i] = largest.quantile(confidence)
		}
		w.Groups[i].P = largest.pNotBest(i, groups, all)
	}
	reach := func(control, other int) float64 { // how much lower the control's mean may be than it looks
		return critical[control] * math.Sqrt(all[control].variance+all[other].variance)
	}
	mayBe := 0
	for _, i := range groups {
		g := &w.Groups[i]
		least, lo := math.Inf(1), math.Inf(-1)
		for _, j := range groups {
			if j != i {
				least = min(least, all[j].value)
				lo = max(lo, all[i].value-all[j].value-reach(i, j))
			}
		}
		g.Gap.Estimate, g.Gap.Lo = all[i].value-least, min(lo, 0)
		if g.MayBeBest = lo < 0 || g.Gap.Estimate <= 0; g.MayBeBest {
			mayBe++
		}
	}
	for _, i := range groups {
		g := &w.Groups[i]
		g.Gap.Hi = max(g.Gap.Estimate, 0)
		if g.MayBeBest && mayBe == 1 {
			g.Gap.Hi = 0
			continue
		}
		for _, j := range groups {
			if j != i && w.Groups[j].MayBeBest {
				g.Gap.Hi = max(g.Gap.Hi, all[i].value-all[j].value+reach(j, i))
			}
		}
	}
}

// A dunnett is the distribution of the largest of Student variables with one
// denominator and correlations loadings[i]·loadings[j].
type dunnett struct {
	loadings []float64
	df       float64
	normal   map[float64]float64 // what was computed of maxNormalCDF
}

// largestOf returns the distribution of the largest of the studentised differences
// of a control and all others but for those without variance, at the least of
// their degrees of freedom; nil if none has a variance.
func largestOf(control int, groups []int, all []studentised) *dunnett {
	t := &dunnett{df: math.Inf(1), normal: map[float64]float64{}}
	for _, j := range groups {
		d := all[control].less(all[j])
		if j == control || d.variance == 0 || !isFinite(d.df) {
			continue
		}
		t.loadings = append(t.loadings, math.Sqrt(all[control].variance/d.variance))
		t.df = min(t.df, d.df)
	}
	if t.loadings == nil {
		return nil
	}
	return t
}

// pNotBest returns the level at which a group is excluded as the best: the
// probability that the largest studentised difference of a control and the others
// is as large as it is.
func (t *dunnett) pNotBest(control int, groups []int, all []studentised) float64 {
	largest := math.Inf(-1)
	for _, j := range groups {
		d := all[control].less(all[j])
		switch {
		case j == control:
		case d.variance > 0:
			largest = max(largest, d.value/math.Sqrt(d.variance))
		case d.value > 0:
			return 0
		}
	}
	if t == nil {
		return 1
	}
	return 1 - t.cdf(largest)
}

// quantile returns the value that is exceeded with probability 1-p. It lies between
// the quantile of one variable and Bonferroni's.
func (t *dunnett) quantile(p float64) float64 {
	one := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: t.df}
	lo, hi := one.Quantile(p), one.Quantile(1-(1-p)/float64(len(t.loadings)))
	below, above := t.cdf(lo)-p, t.cdf(hi)-p
	for range 50 { // regula falsi with halving of the end that stays (Illinois)
		if hi-lo <= 1e-6*hi || below >= 0 || above <= 0 {
			break
		}
		mid := hi - above*(hi-lo)/(above-below)
		switch off := t.cdf(mid) - p; {
		case math.Abs(off) < 1e-9:
			return mid
		case off < 0:
			lo, below, above = mid, off, above/2
		default:
			hi, above, below = mid, off, below/2
		}
	}
	return (lo + hi) / 2
}

// cdf returns P(max T <= d), the mean over the common denominator s and the common
// part z of the numerators of Π Φ((d s + λ z)/√(1-λ²)) (Dunnett 1955, J. Am. Stat.
// Assoc. 50, 1096–1121), by the trapezoidal rule in z and log s. It takes d s from
// a grid of all d, so that what belongs to it is computed once.
func (t *dunnett) cdf(d float64) float64 {
	centre := math.Log(math.Abs(d))
	if !isFinite(centre) {
		return maxNormalCDF(d, t.loadings)
	}
	// log s has a standard deviation of about 1/√(2df), and a tail to the left.
	width := 1 / math.Sqrt(2*t.df)
	step := width * 22 / 32
	var sum, weights float64
	for i := math.Ceil((centre - 14*width) / step); i*step <= centre+8*width; i++ {
		logS := i*step - centre
		density := math.Exp(t.df*logS - t.df/2*math.Expm1(2*logS)) // 1 at 0
		if density < 1e-18 {
			continue
		}
		x := math.Copysign(math.Exp(i*step), d)
		g, ok := t.normal[x]
		if !ok {
			g = maxNormalCDF(x, t.loadings)
			t.normal[x] = g
		}
		weights += density
		sum += density * g
	}
	return sum / weights
}

// maxNormalCDF returns the probability that the largest of normal variables with
// correlations loadings[i]·loadings[j] is below x, by the trapezoidal rule with
// steps that are no wider than what is summed is steep.
func maxNormalCDF(x float64, loadings []float64) float64 {
	const end = 7.0
	const certain = 8.5 // beyond, Φ is 0 or 1 to all digits that count
	scales := make([]float64, len(loadings))
	for k, l := range loadings {
		scales[k] = max(math.Sqrt(1-l*l), 0.01)
	}
	steps := 40.0
	if s := slices.Min(scales); s < 0.2 {
		steps = math.Ceil(2 * end / s)
	}
	var sum, weights float64
	for i := range int(steps) + 1 {
		z := -end + 2*end*float64(i)/steps
		density := math.Exp(-z * z / 2)
		weights += density
		for k, l := range loadings {
			if u := (x + l*z) / scales[k]; u < -certain {
				density = 0
				break
			} else if u < certain {
				density *= distuv.UnitNormal.CDF(u)
			}
		}
		sum += density
	}
	return sum / weights
}

// A Group is models with neighbouring values of a parameter.
type Group struct {
	Lo, Hi float64 // least and largest value
	Models []int   // indices, in ascending order
}

// mostGroups of a numeric parameter: more would leave too few models in each.
const mostGroups = 5

// GroupValues groups models by a parameter: one group a value where there are up
// to 5, and otherwise 5 groups of neighbouring values with about as many models
// each. NaN stands for a model without the parameter and is left out.
func GroupValues(values []float64) []Group {
	var order []int
	for i, v := range values {
		if !math.IsNaN(v) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(values[i], values[j]) })
	distinct := 0
	for k, i := range order {
		if k == 0 || values[i] != values[order[k-1]] {
			distinct++
		}
	}
	var groups []Group
	for k, i := range order {
		fresh := k == 0 || values[i] != values[order[k-1]]
		if fresh && (distinct <= mostGroups || k*mostGroups >= len(groups)*len(order)) {
			groups = append(groups, Group{Lo: values[i]})
		}
		g := &groups[len(groups)-1]
		g.Hi, g.Models = values[i], append(g.Models, i)
	}
	for _, g := range groups {
		slices.Sort(g.Models)
	}
	return groups
}

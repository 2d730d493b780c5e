package importance

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// A Column is a parameter of the models, one value a model: numbers, of which NaN
// is absent, or texts without an order, of which "" is absent. That a value is
// absent is a value of its own.
type Column struct {
	Name    string
	Numbers []float64
	Texts   []string
}

// maxLevels is what a set of levels has room for.
const maxLevels = 64

// levels are the values of a column, or ranges of them that hold about equally
// many models. Level k is bit k of a set.
type levels struct {
	name    string
	of      []uint8   // level of each model
	share   []float64 // share of the models that each level has
	ordered int       // the levels before it have an order
	lo, hi  []float64 // least and greatest number of each ordered level
	texts   []string  // of each level of texts
}

func newLevels(c Column, models int) (*levels, error) {
	values := max(len(c.Numbers), len(c.Texts))
	if values != models || len(c.Numbers) > 0 && len(c.Texts) > 0 {
		return nil, fmt.Errorf("importance: column %s has %d numbers and %d texts for %d models: give one a model of either", c.Name, len(c.Numbers), len(c.Texts), models)
	}
	l := &levels{name: c.Name, of: make([]uint8, models)}
	if len(c.Texts) > 0 {
		return l, l.sortTexts(c.Texts)
	}
	return l, l.sortNumbers(c.Numbers)
}

// sortNumbers gives each number a level, or each of 63 ranges if there are more
// numbers. The absent ones have the last.
func (l *levels) sortNumbers(xs []float64) error {
	var order []int
	for i, x := range xs {
		if math.IsInf(x, 0) {
			return fmt.Errorf("importance: column %s of model %d is %v: numbers are finite, or NaN if absent", l.name, i, x)
		}
		if !math.IsNaN(x) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(i, k int) int { return cmp.Compare(xs[i], xs[k]) })
	distinct := 0
	for k, i := range order {
		if k == 0 || xs[i] != xs[order[k-1]] {
			distinct++
		}
	}
	const most = maxLevels - 1
	level := -1
	filled := 0 // models up to the end of the level
	for k, i := range order {
		starts := k == 0 || xs[i] != xs[order[k-1]]
		if starts && (distinct <= most || k >= filled) {
			level++
			for filled <= k {
				filled = max(filled+1, (level+1)*len(order)/most)
			}
			l.lo, l.hi, l.share = append(l.lo, xs[i]), append(l.hi, xs[i]), append(l.share, 0)
		}
		l.of[i] = uint8(level)
		l.hi[level] = xs[i]
		l.share[level]++
	}
	l.ordered = level + 1
	l.addAbsent(len(order), len(xs), func(i int) bool { return math.IsNaN(xs[i]) })
	return nil
}

// sortTexts gives each text a level.
func (l *levels) sortTexts(texts []string) error {
	l.texts = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(texts))), func(t string) bool { return t == "" })
	if n := len(l.texts); n >= maxLevels {
		return fmt.Errorf("importance: column %s has %d texts: leave it out, or give at most %d categories", l.name, n, maxLevels-1)
	}
	l.share = make([]float64, len(l.texts))
	present := 0
	for i, t := range texts {
		if k, ok := slices.BinarySearch(l.texts, t); ok {
			l.of[i] = uint8(k)
			l.share[k]++
			present++
		}
	}
	l.addAbsent(present, len(texts), func(i int) bool { return texts[i] == "" })
	return nil
}

// addAbsent adds the level of absent values, if there are any, and turns counts
// into shares.
func (l *levels) addAbsent(present, models int, absent func(int) bool) {
	if present < models {
		for i := range models {
			if absent(i) {
				l.of[i] = uint8(len(l.share))
			}
		}
		l.share = append(l.share, float64(models-present))
	}
	for k := range l.share {
		l.share[k] /= float64(models)
	}
}

// constant reports whether all models have one value.
func (l *levels) constant() bool { return len(l.share) < 2 }

package edf

import (
	"fmt"
	"math"
	"slices"
	"sort"
)

// Measured is a population by its name and the complexity of every model.
type Measured struct {
	Name       string
	Complexity []float64
}

// StrataOptions say how a complexity measure, such as flops, is cut. The zero
// value fits any populations that overlap.
type StrataOptions struct {
	// Bins of equal ratio, before those with too few models are merged; 0 means
	// 10. Without Lo and Hi it is about as many: the edges are powers of 2 to the
	// multiples of 1, 1/2, 1/4, …, so that another sample of the same populations
	// has the same edges, but for a bin at an end.
	Bins   int
	Lo, Hi float64 // complexity of the outer edges, both > 0; 0: what all populations reach
}

// Strata are bins of complexity that every population reaches, and weights under
// which each population spreads evenly over them.
type Strata struct {
	Edges   []float64   // ascending; stratum j is from Edges[j] up to Edges[j+1]
	Of      [][]int     // stratum of each model of each population, -1 outside
	Weights [][]float64 // of each model of each population, 0 outside

	Warnings []string // what to mind when reading comparisons under these weights
}

// fewestInStratum is the least number of models of each population in a stratum:
// enough for a variance.
const fewestInStratum = 3

// mostBins are more than models can fill.
const mostBins = 10_000

// Stratify returns weights under which populations of different complexity can
// be compared: each population is spread evenly over bins of the complexity that
// all of them reach, as in Radosavovic et al. 2019 (arXiv 1905.13214). Bins in
// which a population has fewer than 3 models are merged with a neighbour, and a
// merged bin weighs as much as its parts, so that the weights still stand for
// the same spread. It is an error if a complexity is not above 0, and if no range
// holds 3 models of every population.
func Stratify(o StrataOptions, populations ...Measured) (Strata, error) {
	logs := make([][]float64, len(populations))
	for i, p := range populations {
		for k, c := range p.Complexity {
			if !(c > 0) || math.IsInf(c, 0) {
				return Strata{}, fmt.Errorf("edf: population %q: complexity %d is %v: want a number above 0", p.Name, k, c)
			}
			logs[i] = append(logs[i], math.Log2(c))
		}
	}
	edges, err := o.lattice(populations, logs)
	if err != nil {
		return Strata{}, err
	}
	merged, parts := mergeBins(edges, logs)
	if merged == nil {
		return Strata{}, noOverlap(populations)
	}
	s := Strata{Of: make([][]int, len(logs)), Weights: make([][]float64, len(logs))}
	for _, e := range merged {
		s.Edges = append(s.Edges, math.Exp2(e))
	}
	outside := 0
	for i, x := range logs {
		var out int
		s.Of[i], s.Weights[i], out = weigh(x, merged, parts)
		outside += out
	}
	if n := len(edges) - len(merged); n > 0 {
		s.Warnings = append(s.Warnings, fmt.Sprintf("%d of %d bins are merged with a neighbour, for want of 3 models of every population", n, len(edges)-1))
	}
	if outside > 0 {
		s.Warnings = append(s.Warnings, fmt.Sprintf("left out: %d models outside %.4g to %.4g, the range that every population reaches", outside, s.Edges[0], s.Edges[len(s.Edges)-1]))
	}
	return s, nil
}

func noOverlap(populations []Measured) error {
	var names []string
	for _, p := range populations {
		names = append(names, fmt.Sprintf("%q", p.Name))
	}
	return fmt.Errorf("edf: no range of complexity holds %d models of each of %v: compare populations that overlap, or more models", fewestInStratum, names)
}

// lattice returns the edges before any merging, as logarithms to the base 2.
func (o StrataOptions) lattice(populations []Measured, logs [][]float64) ([]float64, error) {
	bins := o.Bins
	if bins == 0 {
		bins = 10
	}
	if automatic := o.Lo == 0 && o.Hi == 0; bins < 1 || bins > mostBins || !automatic && !(0 < o.Lo && o.Lo <= o.Hi && !math.IsInf(o.Hi, 0)) {
		return nil, fmt.Errorf("edf: %d bins from %v to %v: give 1 to %d, and 0 < lo <= hi or neither", o.Bins, o.Lo, o.Hi, mostBins)
	}
	lo, hi := math.Log2(o.Lo), math.Log2(o.Hi)
	if o.Hi == 0 {
		lo, hi = math.Inf(-1), math.Inf(1)
		for _, x := range logs {
			if len(x) < fewestInStratum {
				return nil, noOverlap(populations)
			}
			x = slices.Sorted(slices.Values(x))
			lo, hi = max(lo, x[fewestInStratum-1]), min(hi, x[len(x)-fewestInStratum])
		}
	}
	step := (hi - lo) / float64(bins)
	if o.Hi == 0 && step > 0 {
		step = math.Exp2(math.Round(math.Log2(step)))
		lo, hi = step*math.Round(lo/step), step*math.Round(hi/step)
		bins = int(math.Round((hi - lo) / step))
	}
	if !(lo <= hi) {
		return nil, noOverlap(populations)
	}
	if lo == hi { // all models are of one complexity
		return []float64{lo, hi}, nil
	}
	edges := make([]float64, bins+1)
	for j := range edges {
		edges[j] = lo + float64(j)*step
	}
	edges[bins] = hi
	return edges, nil
}

// mergeBins returns the edges of bins that hold enough models of each
// population, and of how many bins each is made; nothing if not even all bins
// together do.
func mergeBins(edges []float64, logs [][]float64) (merged []float64, parts []int) {
	count := make([][]int, len(logs)) // models of each population in each bin
	for i, x := range logs {
		count[i] = make([]int, len(edges)-1)
		for _, v := range x {
			if j := binOf(v, edges); j >= 0 {
				count[i][j]++
			}
		}
	}
	held := make([]int, len(logs))
	start := 0
	for j := range len(edges) - 1 {
		for i := range held {
			held[i] += count[i][j]
		}
		if len(held) > 0 && slices.Min(held) >= fewestInStratum {
			merged, parts = append(merged, edges[start]), append(parts, j+1-start)
			start = j + 1
			clear(held)
		}
	}
	if len(parts) == 0 {
		return nil, nil
	}
	parts[len(parts)-1] += len(edges) - 1 - start
	return append(merged, edges[len(edges)-1]), parts
}

// binOf returns the bin of a value, -1 if it lies outside. Bins hold their lower
// edge; the last holds both.
func binOf(v float64, edges []float64) int {
	last := len(edges) - 1
	switch {
	case v < edges[0] || v > edges[last]:
		return -1
	case v == edges[last]:
		return last - 1
	}
	return sort.Search(last, func(j int) bool { return edges[j+1] > v })
}

// weigh returns the bin and the weight of each model, and how many are outside.
func weigh(x, edges []float64, parts []int) (of []int, weights []float64, outside int) {
	of, weights = make([]int, len(x)), make([]float64, len(x))
	count := make([]int, len(parts))
	all := 0
	for _, p := range parts {
		all += p
	}
	for i, v := range x {
		if of[i] = binOf(v, edges); of[i] >= 0 {
			count[of[i]]++
		} else {
			outside++
		}
	}
	for i, j := range of {
		if j >= 0 {
			weights[i] = float64(parts[j]) / float64(all*count[j])
		}
	}
	return of, weights, outside
}

package edf

import (
	"errors"
	"fmt"
	"math"
)

// Bins cut a complexity measure, such as flops, into K intervals of equal width
// from Lo to Hi. If Lo and Hi are both 0 they become the least and the largest
// complexity of all populations together.
type Bins struct {
	K      int
	Lo, Hi float64
}

// Measured is a population by its name and the complexity of every model.
type Measured struct {
	Name       string
	Complexity []float64
}

// Normalize returns weights for each population under which its models spread
// evenly over the bins, so that the EDFs of populations of different complexity
// can be compared: a model in a bin with m models of its population weighs
// 1/(K·m), and one outside all bins 0 (Radosavovic et al. 2019, arXiv
// 1905.13214; 10 to 40 bins there). Every bin must hold a model of every
// population, or the populations have no common support to compare on; the error
// names the population and the bin.
func Normalize(bins Bins, populations ...Measured) ([][]float64, error) {
	if bins.K < 1 {
		return nil, fmt.Errorf("edf: %d bins: at least 1 needed", bins.K)
	}
	if bins.Lo == 0 && bins.Hi == 0 {
		bins.Lo, bins.Hi = span(populations)
	}
	if !(bins.Lo <= bins.Hi) || math.IsInf(bins.Lo, 0) || math.IsInf(bins.Hi, 0) {
		return nil, errors.New("edf: bins without a range: give finite lo <= hi, or at least one model")
	}
	weights := make([][]float64, len(populations))
	for i, p := range populations {
		w, err := bins.weights(p)
		if err != nil {
			return nil, err
		}
		weights[i] = w
	}
	return weights, nil
}

// CommonBins returns k bins over the complexities that every population reaches.
// It is an error if there are none.
func CommonBins(k int, populations ...Measured) (Bins, error) {
	b := Bins{K: k, Lo: math.Inf(-1), Hi: math.Inf(1)}
	for _, p := range populations {
		lo, hi := span([]Measured{p})
		b.Lo, b.Hi = max(b.Lo, lo), min(b.Hi, hi)
	}
	if !(b.Lo < b.Hi) {
		return Bins{}, errors.New("edf: no complexity is in the range of every population: compare populations of overlapping complexity")
	}
	return b, nil
}

func span(populations []Measured) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, p := range populations {
		for _, c := range p.Complexity {
			lo, hi = min(lo, c), max(hi, c)
		}
	}
	return lo, hi
}

func (b Bins) weights(p Measured) ([]float64, error) {
	bin := make([]int, len(p.Complexity))
	count := make([]int, b.K)
	for i, c := range p.Complexity {
		if math.IsNaN(c) || math.IsInf(c, 0) {
			return nil, fmt.Errorf("edf: population %q: complexity %d is %v", p.Name, i, c)
		}
		bin[i] = b.index(c)
		if bin[i] >= 0 {
			count[bin[i]]++
		}
	}
	width := (b.Hi - b.Lo) / float64(b.K)
	for j, m := range count {
		if m == 0 {
			return nil, fmt.Errorf("edf: population %q has no model in bin %d of %d, %.4g to %.4g: use fewer bins, a narrower range or more models",
				p.Name, j+1, b.K, b.Lo+float64(j)*width, b.Lo+float64(j+1)*width)
		}
	}
	w := make([]float64, len(bin))
	for i, j := range bin {
		if j >= 0 {
			w[i] = 1 / float64(b.K*count[j])
		}
	}
	return w, nil
}

// index returns the bin of a complexity, -1 if it lies outside. Bins hold their
// lower end; the last one holds both.
func (b Bins) index(c float64) int {
	switch {
	case c < b.Lo || c > b.Hi:
		return -1
	case c == b.Hi:
		return b.K - 1
	}
	return min(int((c-b.Lo)/(b.Hi-b.Lo)*float64(b.K)), b.K-1)
}

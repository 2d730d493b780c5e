package importance

import "math"

// A basis is functions of the levels of a column that have mean 0 and variance 1
// in the population and are not correlated. Functions of texts are of those that
// most models have; functions of numbers are cosines of their ranks, which
// describe smooth functions with few terms (Fourier's series without a jump at
// the ends), unless there are as many functions as levels.
type basis [][]float64 // by function and level

func (l *levels) basis(n int) basis {
	var functions [][]float64
	below := 0.0
	ranks := make([]float64, len(l.share))
	for k := range l.ordered {
		ranks[k] = below + l.share[k]/2
		below += l.share[k]
	}
	for k := 1; k <= n && l.ordered > 0; k++ {
		f := make([]float64, len(l.share))
		for i := range l.ordered {
			f[i] = math.Cos(math.Pi * float64(k) * ranks[i] / below)
		}
		functions = append(functions, f)
	}
	for _, k := range l.frequent(n) {
		f := make([]float64, len(l.share))
		f[k] = 1
		functions = append(functions, f)
	}
	return l.orthonormal(functions)
}

// frequent returns the levels without an order that most models have, at most n.
func (l *levels) frequent(n int) []int {
	var list []int
	for k := l.ordered; k < len(l.share); k++ {
		at := len(list)
		for at > 0 && l.share[list[at-1]] < l.share[k] {
			at--
		}
		list = append(list[:at], append([]int{k}, list[at:]...)...)
	}
	return list[:min(n, len(list))]
}

// orthonormal returns what functions add to a constant and those before them
// (Gram and Schmidt).
func (l *levels) orthonormal(functions [][]float64) basis {
	var b basis
	one := make([]float64, len(l.share))
	for k := range one {
		one[k] = 1
	}
	product := func(f, g []float64) float64 {
		sum := 0.0
		for k, s := range l.share {
			sum += s * f[k] * g[k]
		}
		return sum
	}
	for _, f := range functions {
		before := product(f, f)
		for range 2 { // once more for what rounding leaves
			for _, g := range append(basis{one}, b...) {
				p := product(f, g)
				for k := range f {
					f[k] -= p * g[k]
				}
			}
		}
		norm := product(f, f)
		if norm <= 1e-6*before {
			continue
		}
		for k := range f {
			f[k] /= math.Sqrt(norm)
		}
		b = append(b, f)
	}
	return b
}

// A term is functions of one column, or products of functions of several, that
// describe a component of the functional ANOVA.
type term []column

type column struct {
	*levels
	basis
}

// functions returns how many a term has.
func (t term) functions() int {
	n := 1
	for _, c := range t {
		n *= len(c.basis)
	}
	return n
}

// values returns those of the functions of a term for a model.
func (t term) values(model int) []float64 {
	values := []float64{1}
	for _, c := range t {
		level := c.of[model]
		next := make([]float64, 0, len(values)*len(c.basis))
		for _, f := range c.basis {
			for _, v := range values {
				next = append(next, v*f[level])
			}
		}
		values = next
	}
	return values
}

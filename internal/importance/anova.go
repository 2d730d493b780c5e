package importance

import (
	"math/bits"
	"slices"
)

// The functional ANOVA of a sum of trees (Hutter, Hoos, Leyton-Brown, ICML 2014).
// A leaf is a product of indicators 1_k, one a column, that have the mean p_k
// where every column is distributed as in some models and independent of the
// others. Its component of columns u is therefore
//
//	value × Π_{k in u} (1_k − p_k) × Π_{k not in u} p_k,
//
// and those of a forest are the sums over its leaves.

// about returns the forest with the means p_k of some models.
func (f forest) about(columns []*levels, models []int) forest {
	shares := make([][maxLevels]float64, len(columns))
	for c, l := range columns {
		for _, m := range models {
			shares[c][l.of[m]] += 1 / float64(len(models))
		}
	}
	f.leaves = slices.Clone(f.leaves)
	for k := range f.leaves {
		l := &f.leaves[k]
		l.sets = slices.Clone(l.sets)
		for i := range l.sets {
			s := &l.sets[i]
			for rest := s.levels; rest != 0; rest &= rest - 1 {
				s.share += shares[s.column][bits.TrailingZeros64(rest)]
			}
		}
	}
	return f
}

// A part of the decomposition is a component, or several in one.
type part interface {
	// add adds to sums, one a part, what a leaf gives a model that has the sets
	// for which in is true.
	add(l *leaf, in []bool, sums []float64)
}

// mains are the components of single columns.
type mains struct{}

func (mains) add(l *leaf, in []bool, sums []float64) {
	for a, s := range l.sets {
		product := l.value * (indicator(in[a]) - s.share)
		for b, t := range l.sets {
			if b != a {
				product *= t.share
			}
		}
		sums[s.column] += product
	}
}

// totals are the sums of all components of which a column is part.
type totals struct{}

func (totals) add(l *leaf, in []bool, sums []float64) {
	for a, s := range l.sets {
		product := l.value * (indicator(in[a]) - s.share)
		for b := range l.sets {
			if b != a && !in[b] {
				product = 0
			}
		}
		sums[s.column] += product
	}
}

// pairs are the components of two columns. index is the place of the pair of
// columns a < b, at a*columns+b, -1 for none.
type pairs struct {
	columns int
	index   []int
}

func (p pairs) add(l *leaf, in []bool, sums []float64) {
	for a, s := range l.sets {
		for b, t := range l.sets[:a] {
			place := p.index[min(s.column, t.column)*p.columns+max(s.column, t.column)]
			if place < 0 {
				continue
			}
			product := l.value * (indicator(in[a]) - s.share) * (indicator(in[b]) - t.share)
			for c, u := range l.sets {
				if c != a && c != b {
					product *= u.share
				}
			}
			sums[place] += product
		}
	}
}

// groups are the sums of all components of which no column is outside of a
// group.
type groups struct {
	has [][]bool // by group and column
}

func (g groups) add(l *leaf, in []bool, sums []float64) {
	for k, has := range g.has {
		inside, mean, outside := l.value, l.value, 1.0
		any := false
		for a, s := range l.sets {
			if has[s.column] {
				any = true
				inside *= indicator(in[a])
				mean *= s.share
			} else {
				outside *= s.share
			}
		}
		if any {
			sums[k] += (inside - mean) * outside
		}
	}
}

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// parts returns what the parts of a forest give a model.
func (f forest) parts(columns []*levels, model int, p part, n int) []float64 {
	sums := make([]float64, n)
	var in []bool
	for i := range f.leaves {
		l := &f.leaves[i]
		in = in[:0]
		for _, s := range l.sets {
			in = append(in, s.levels>>columns[s.column].of[model]&1 == 1)
		}
		p.add(l, in, sums)
	}
	return sums
}

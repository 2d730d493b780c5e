package importance

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// A set is a condition of a leaf: levels of a column.
type set struct {
	column int
	levels uint64
	share  float64 // of the models that a decomposition is about
}

// A leaf of a regression tree is where a model has all its sets. No column
// occurs twice.
type leaf struct {
	value float64
	sets  []set
}

func (l *leaf) holds(columns []*levels, model int) bool {
	for _, s := range l.sets {
		if s.levels>>columns[s.column].of[model]&1 == 0 {
			return false
		}
	}
	return true
}

// A tree gives a model the value of the leaf that holds it.
type tree []leaf

func (t tree) predict(columns []*levels, model int) float64 {
	for i := range t {
		if t[i].holds(columns, model) {
			return t[i].value
		}
	}
	return 0
}

// A grower grows trees that fit a target by least squares: CART, Breiman et al.
// 1984, with histograms of levels. The texts of a split are those of least mean,
// which no other two sets of texts fit better (Fisher 1958).
type grower struct {
	columns []*levels
	target  []float64
	depth   int // splits between root and leaf
	least   int // models of a leaf
	rate    float64

	tree  tree
	sum   [maxLevels]float64
	count [maxLevels]float64
	order [maxLevels]uint8
}

func (g *grower) grow(models []int) tree {
	g.tree = nil
	g.split(models, nil, 0)
	return g.tree
}

// split adds the leaves of some models, which it puts into another order.
func (g *grower) split(models []int, sets []set, depth int) {
	best := cut{}
	if depth < g.depth && len(models) >= 2*g.least {
		for c := range g.columns {
			g.cut(models, c, &best)
		}
	}
	if best.gain <= 0 {
		sum := 0.0
		for _, i := range models {
			sum += g.target[i]
		}
		g.tree = append(g.tree, leaf{g.rate * sum / float64(len(models)), sets})
		return
	}
	left := 0
	for k, i := range models {
		if best.left>>g.columns[best.column].of[i]&1 == 1 {
			models[left], models[k] = i, models[left]
			left++
		}
	}
	g.split(models[:left], g.narrow(sets, best.column, best.left), depth+1)
	g.split(models[left:], g.narrow(sets, best.column, ^best.left), depth+1)
}

// narrow returns sets with a further condition.
func (g *grower) narrow(sets []set, column int, levels uint64) []set {
	levels &= 1<<len(g.columns[column].share) - 1
	sets = slices.Clone(sets)
	k := slices.IndexFunc(sets, func(s set) bool { return s.column == column })
	if k < 0 {
		k = len(sets)
		sets = append(sets, set{column: column, levels: ^uint64(0)})
	}
	sets[k].levels &= levels
	return sets
}

// A cut is a split of models by the levels of a column, with the squares that it
// saves.
type cut struct {
	column int
	left   uint64
	gain   float64
}

// cut looks for a better split by a column. Absent numbers go to either side.
func (g *grower) cut(models []int, column int, best *cut) {
	l := g.columns[column]
	n := len(l.share)
	sum, count := g.sum[:n], g.count[:n]
	clear(sum)
	clear(count)
	total := 0.0
	for _, i := range models {
		sum[l.of[i]] += g.target[i]
		count[l.of[i]]++
		total += g.target[i]
	}
	try := func(left uint64, s, c float64) {
		rest := float64(len(models)) - c
		if c < float64(g.least) || rest < float64(g.least) {
			return
		}
		d := s/c - (total-s)/rest
		if gain := c * rest / (c + rest) * d * d; gain > best.gain*(1+1e-9) {
			*best = cut{column, left, gain}
		}
	}
	order := g.order[:0]
	if l.ordered == 0 {
		for k := range n {
			if count[k] > 0 {
				order = append(order, uint8(k))
			}
		}
		slices.SortStableFunc(order, func(a, b uint8) int { return cmp.Compare(sum[a]/count[a], sum[b]/count[b]) })
		left, s, c := uint64(0), 0.0, 0.0
		for _, k := range order {
			left, s, c = left|1<<k, s+sum[k], c+count[k]
			try(left, s, c)
		}
		return
	}
	absent, without, with := uint64(0), 0.0, 0.0
	if l.ordered < n {
		absent, without, with = 1<<(n-1), sum[n-1], count[n-1]
		try(absent, without, with)
	}
	s, c, last := 0.0, 0.0, -1
	for k := range l.ordered {
		if count[k] == 0 {
			continue
		}
		if last >= 0 { // between two numbers of the models
			left := uint64(1)<<((last+k+1)/2) - 1
			try(left, s, c)
			if with > 0 {
				try(left|absent, s+without, c+with)
			}
		}
		s, c, last = s+sum[k], c+count[k], k
	}
}

// A forest is a sum of trees and a constant.
type forest struct {
	mean   float64
	leaves []leaf
}

// boosting says how a forest is fitted: stochastic gradient boosting, Friedman
// 2002.
type boosting struct {
	Trees    int // at most
	Patience int // trees without improvement before the end
	Depth    int
	Rate     float64
}

// fit fits a forest to the target of some models. Each tree is fitted to a random
// half of them, and the other half says whether it helped: where their error no
// longer falls the forest ends.
func (b boosting) fit(columns []*levels, target []float64, models []int, r *rand.Rand) forest {
	f := forest{}
	for _, i := range models {
		f.mean += target[i] / float64(len(models))
	}
	rest := make([]float64, len(target))
	for _, i := range models {
		rest[i] = target[i] - f.mean
	}
	g := grower{columns: columns, target: rest, depth: b.Depth, rate: b.Rate, least: max(3, len(models)/50)}
	shuffled := slices.Clone(models)
	gain, best, until, trees := 0.0, 0.0, 0, []int{0}
	for t := range b.Trees {
		r.Shuffle(len(shuffled), func(i, k int) { shuffled[i], shuffled[k] = shuffled[k], shuffled[i] })
		half := len(shuffled) / 2
		grown := g.grow(shuffled[:half])
		for k, i := range shuffled {
			before := rest[i]
			rest[i] -= grown.predict(columns, i)
			if k >= half {
				gain += before*before - rest[i]*rest[i]
			}
		}
		f.leaves = append(f.leaves, grown...)
		trees = append(trees, len(f.leaves))
		if gain > best {
			best, until = gain, t+1
		}
		if t+1 >= until+b.Patience {
			break
		}
	}
	f.leaves = f.leaves[:trees[until]]
	return f
}

// predict returns the value of a model.
func (f forest) predict(columns []*levels, model int) float64 {
	sum := f.mean
	for i := range f.leaves {
		if f.leaves[i].holds(columns, model) {
			sum += f.leaves[i].value
		}
	}
	return sum
}

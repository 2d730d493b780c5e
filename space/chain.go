package space

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
)

// A chain draws one or more parameters together: independent distributions of which
// each value must be at least the one before. The joint distribution is the product of
// the distributions conditioned on that, exactly as if sequences out of order were
// drawn again; a chain of one link is its distribution.
type chain struct {
	links []link
	slots [][]int // where the value of each link goes
}

// A link is the distribution of one draw of a chain, weighted by what the rest of the
// chain can still do.
type link struct {
	values []float64
	tail   []float64 // tail[k] is the weight of values[k:]; one longer than values
	from   []int     // of each value, the first value of the next link that may follow; nil at the end
}

// newChain returns the chain of distributions in the order of drawing.
func newChain(dists []Distribution, slots [][]int) (*chain, error) {
	c := &chain{links: make([]link, len(dists)), slots: slots}
	for i := len(dists) - 1; i >= 0; i-- {
		l := link{values: dists[i].Values, tail: make([]float64, len(dists[i].Values)+1)}
		if i+1 < len(dists) {
			l.from = make([]int, len(l.values))
		}
		for k := len(l.values) - 1; k >= 0; k-- {
			w := dists[i].Prob[k]
			if l.from != nil {
				next := &c.links[i+1]
				l.from[k], _ = slices.BinarySearch(next.values, l.values[k])
				w = float64(w * next.tail[l.from[k]])
			}
			l.tail[k] = l.tail[k+1] + w
		}
		if !(l.tail[0] > 0) {
			return nil, fmt.Errorf("no values have the required order")
		}
		for k, total := 0, l.tail[0]; k < len(l.tail); k++ {
			l.tail[k] /= total
		}
		c.links[i] = l
	}
	return c, nil
}

// draw stores one draw in its slots of out.
func (c *chain) draw(r *rand.Rand, out []float64) {
	start := 0
	for i := range c.links {
		l := &c.links[i]
		k := l.search(start, uniform(r))
		for _, slot := range c.slots[i] {
			out[slot] = l.values[k]
		}
		if l.from != nil {
			start = l.from[k]
		}
	}
}

// search returns the value at which a share u in [0, 1) of the weight from
// start on is used up.
func (l *link) search(start int, u float64) int {
	x := float64((1 - float64(u)) * l.tail[start])
	lo, hi := start, len(l.values)
	for hi-lo > 1 {
		if mid := int(uint(lo+hi) / 2); l.tail[mid] >= x {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// uniform returns a number in [0, 1) of 53 bits.
func uniform(r *rand.Rand) float64 { return float64(r.Uint64()>>11) / (1 << 53) }

// settings returns the number of different draws.
func (c *chain) settings() *big.Int {
	var tail []*big.Int // of the next link
	for i := len(c.links) - 1; i >= 0; i-- {
		l := &c.links[i]
		sums := make([]*big.Int, len(l.values)+1)
		sums[len(l.values)] = new(big.Int)
		for k := len(l.values) - 1; k >= 0; k-- {
			n := big.NewInt(1)
			if l.from != nil {
				n = tail[l.from[k]]
			}
			sums[k] = new(big.Int).Add(sums[k+1], n)
		}
		tail = sums
	}
	return tail[0]
}

// likelihood returns the probability of the draw in the slots of x, 0 if it is
// none of the chain.
func (c *chain) likelihood(x []float64) float64 {
	p, start := 1.0, 0
	for i := range c.links {
		l := &c.links[i]
		v := x[c.slots[i][0]]
		for _, slot := range c.slots[i] {
			if x[slot] != v {
				return 0
			}
		}
		k, ok := slices.BinarySearch(l.values, v)
		if !ok || k < start {
			return 0
		}
		p *= (l.tail[k] - l.tail[k+1]) / l.tail[start]
		if l.from != nil {
			start = l.from[k]
		}
	}
	return p
}

package space

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

// anyLaws draws distributions of a few values for the stages of a chain.
func anyDistributions(t *rapid.T) []Distribution {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Distribution {
		var dist Distribution
		for _, v := range rapid.SliceOfNDistinct(rapid.IntRange(1, 6), 1, 4, rapid.ID[int]).Draw(t, "values") {
			dist.Values = append(dist.Values, float64(v))
			dist.Prob = append(dist.Prob, float64(rapid.IntRange(1, 9).Draw(t, "weight")))
		}
		slices.Sort(dist.Values)
		return dist.normalised()
	}), 1, 4).Draw(t, "distributions")
}

// sequences enumerates the sequences in order with their joint probability.
func sequences(dists []Distribution) (values [][]float64, prob []float64) {
	values, prob = [][]float64{nil}, []float64{1}
	for _, l := range dists {
		var v2 [][]float64
		var p2 []float64
		for i, v := range values {
			for k, x := range l.Values {
				if len(v) == 0 || x >= v[len(v)-1] {
					v2, p2 = append(v2, append(slices.Clone(v), x)), append(p2, prob[i]*l.Prob[k])
				}
			}
		}
		values, prob = v2, p2
	}
	total := 0.0
	for _, p := range prob {
		total += p
	}
	for i := range prob {
		prob[i] /= total
	}
	return values, prob
}

// probability returns that of a sequence, by the weights of the links alone.
func (c *chain) probability(values []float64) float64 {
	p, start := 1.0, 0
	for i := range c.links {
		l := &c.links[i]
		k := slices.Index(l.values, values[i])
		p *= (l.tail[k] - l.tail[k+1]) / l.tail[start]
		if l.from != nil {
			start = l.from[k]
		}
	}
	return p
}

func TestChainIsTheConditionedLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dists := anyDistributions(t)
		values, prob := sequences(dists)
		c, err := newChain(dists, make([][]int, len(dists)))
		if len(values) == 0 {
			if err == nil {
				t.Fatal("a chain without any sequence")
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if n := c.settings(); n.Int64() != int64(len(values)) {
			t.Errorf("%v settings, enumerated %d", n, len(values))
		}
		for i, v := range values {
			if got := c.probability(v); math.Abs(got-prob[i]) > 1e-12 {
				t.Errorf("%v has probability %v, want %v", v, got, prob[i])
			}
		}
	})
}

// chiSquare returns the probability of counts at least as far from expected.
func chiSquare(counts []int, prob []float64) float64 {
	n, x, cells := 0, 0.0, 0
	for _, c := range counts {
		n += c
	}
	for i, c := range counts {
		if e := prob[i] * float64(n); e > 0 {
			x += (float64(c) - e) * (float64(c) - e) / e
			cells++
		}
	}
	return 1 - distuv.ChiSquared{K: float64(cells - 1)}.CDF(x)
}

// Draws of a chain, and plain draws of which those out of order are thrown
// away, both fit the enumerated distribution.
func TestChainDrawsLikeRejection(t *testing.T) {
	dists := slices.Repeat([]Distribution{mustDistribution(t, "{dist: log-uniform, min: 8, max: 48, step: 8}")}, 3)
	values, prob := sequences(dists)
	index := map[[3]float64]int{}
	for i, v := range values {
		index[[3]float64(v)] = i
	}
	c, err := newChain(dists, [][]int{{0}, {1}, {2}})
	if err != nil {
		t.Fatal(err)
	}
	free, err := newChain(dists[:1], [][]int{{0}})
	if err != nil {
		t.Fatal(err)
	}
	const n = 50_000
	drawn, rejected := make([]int, len(values)), make([]int, len(values))
	r := rand.New(rand.NewPCG(3, 4))
	for range n {
		var out [3]float64
		c.draw(r, out[:])
		drawn[index[out]]++
		for out[1] = 0; out[0] > out[1] || out[1] > out[2]; {
			for i := range out {
				free.draw(r, out[i:i+1])
			}
		}
		rejected[index[out]]++
	}
	for name, counts := range map[string][]int{"chain": drawn, "rejection": rejected} {
		if p := chiSquare(counts, prob); p < 0.001 {
			t.Errorf("%s: chi-square p = %g", name, p)
		}
	}
}

// A chain of the paper's widths at 64 stages: the probability of order is
// about 1/64!, far below the square root of the least float64.
func TestLongChain(t *testing.T) {
	dists := slices.Repeat([]Distribution{mustDistribution(t, "{dist: log-uniform, min: 8, max: 1024, step: 8}")}, 64)
	slots := make([][]int, 64)
	for i := range slots {
		slots[i] = []int{i}
	}
	c, err := newChain(dists, slots)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]float64, 64)
	r := rand.New(rand.NewPCG(5, 6))
	for range 100 {
		if c.draw(r, out); !slices.IsSorted(out) {
			t.Fatal(out)
		}
	}
	if out[0] == out[63] {
		t.Errorf("all stages have width %v", out[0])
	}
}

func TestSearchEnds(t *testing.T) {
	c, err := newChain([]Distribution{{Values: []float64{1, 2, 3}, Prob: []float64{0.25, 0, 0.75}}}, [][]int{{0}})
	if err != nil {
		t.Fatal(err)
	}
	l := &c.links[0]
	for u, want := range map[float64]int{0: 0, 0.2499: 0, 0.2501: 2, math.Nextafter(1, 0): 2} {
		if got := l.search(0, u); got != want {
			t.Errorf("search(0, %v) = %d, want %d", u, got, want)
		}
	}
}

package space

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The probabilities of all draws of a chain are those of the enumerated
// sequences, and all else has none.
func TestLikelihood(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dists := anyDistributions(t)
		slots := make([][]int, len(dists))
		for i := range slots {
			slots[i] = []int{i}
		}
		c, err := newChain(dists, slots)
		if err != nil {
			return
		}
		values, prob := sequences(dists)
		for i, v := range values {
			if p := c.likelihood(v); math.Abs(p-prob[i]) > 1e-12 {
				t.Errorf("%v: %v, enumerated %v", v, p, prob[i])
			}
		}
		x := rapid.SliceOfN(rapid.Float64Range(0, 7), len(dists), len(dists)).Draw(t, "x")
		for i := range x {
			x[i] = math.Round(x[i])
		}
		known := slices.ContainsFunc(values, func(v []float64) bool { return slices.Equal(v, x) })
		if (c.likelihood(x) > 0) != known {
			t.Errorf("%v: %v, known: %v", x, c.likelihood(x), known)
		}
	})
}

// What a child draws its parent draws too; ranges and orders condition, so the
// ratio of the probabilities is one and the same.
func TestProbability(t *testing.T) {
	parent := mustLoad(t, "proxy/anynetxa")
	for _, c := range []struct {
		text string
		one  bool // one ratio
	}{
		{"name: c\nextends: proxy/anynetxa\nparams:\n  w: {min: 20}\n  w2: {max: 64}\n  b: [1, 2]\nconstraints: {width: nondecreasing}\n", true},
		{"name: c\nextends: proxy/anynetxa\nconstraints: {depth: constant}\n", false},
		{"name: c\nextends: proxy/anynetxa\nshared: [b]\n", true},
	} {
		child := mustRead(t, c.text)
		d, r := child.NewDrawer(), rand.New(rand.NewPCG(1, 2))
		first, same := 0.0, true
		for range 300 {
			d.Draw(r)
			x := d.Setting()
			p, q := child.Probability(x), parent.Probability(x)
			if !(p > q && q > 0) {
				t.Fatalf("%s%v: probability %v, of the parent %v", c.text, x, p, q)
			}
			if first == 0 {
				first = p / q
			}
			same = same && math.Abs(p/q/first-1) < 1e-9
		}
		if same != c.one {
			t.Errorf("%sone ratio: %v", c.text, same)
		}
	}
}

// fitting draws until a candidate fits.
func fitting(d *Drawer) *Candidate {
	for i := uint64(0); ; i++ {
		if c, reason := d.Draw(rand.New(rand.NewPCG(i, 2))); reason == Accepted {
			return c
		}
	}
}

func TestValue(t *testing.T) {
	for name, keys := range map[string][]string{
		"proxy/anynetxd":       {"d1", "d4", "b", "b3"},
		"proxy/regnetx":        {"d", "w0", "wa", "wm", "b", "g"},
		"proxy/regnetx-w0wa":   {"wa"},
		"proxy/regnetx-recipe": {"lr", "weight_decay"},
	} {
		s := mustLoad(t, name)
		d := s.NewDrawer()
		c := fitting(d)
		for _, key := range keys {
			p, err := ParseProperty(map[bool]string{true: "b1", false: key}[name == "proxy/anynetxd" && key == "b"])
			if err != nil {
				t.Fatal(err)
			}
			want, _ := p.Of(c, Complexity{})
			if got, ok := s.Value(d.Setting(), key); !ok || got != want {
				t.Errorf("%s: %s is %v (%v), of the model %v", name, key, got, ok, want)
			}
		}
		for _, key := range []string{"x", "w9", "d0", "flops", "input"} {
			if v, ok := s.Value(d.Setting(), key); ok {
				t.Errorf("%s: %s is %v", name, key, v)
			}
		}
	}
}

// Widths and group widths are as before the group fix.
func TestValueBeforeTheGroupFix(t *testing.T) {
	s := mustLoad(t, "proxy/anynetxa")
	d := s.NewDrawer()
	m, x := fitting(d).Model, d.Setting()
	for i, w := range m.Widths {
		var drawn [3]float64
		for k, letter := range "wbg" {
			drawn[k], _ = s.Value(x, fmt.Sprintf("%c%d", letter, i+1))
		}
		width, group, err := FixGroups(int(drawn[0]), drawn[1], int(drawn[2]))
		if err != nil || width != w || group != m.GroupWidths[i] {
			t.Errorf("stage %d: drawn %v, the model has w %d and g %d", i+1, drawn, w, m.GroupWidths[i])
		}
	}
}

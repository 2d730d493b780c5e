package kernel

import (
	"fmt"
	"testing"
)

// updateProblem is a step on n parameters.
func updateProblem(n int, u Update) problem {
	return func(m *memory) (func(*Set), func() error) {
		w, g, v := m.sums("w", n), m.values("g", n, 8), m.sums("v", n)
		lr, momentum, decay := float64(u.LR), float64(u.Momentum), float64(u.WeightDecay)
		var wantW, wantV []approx
		for i := range w {
			w, g, v := float64(w[i]), float64(g[i]), float64(v[i])
			velocity := []float64{g, decay * w, momentum * v}
			step := velocity
			if u.Nesterov {
				step = []float64{g, decay * w, momentum * g, momentum * decay * w, momentum * momentum * v}
			}
			terms := []float64{w}
			for _, s := range step {
				terms = append(terms, -lr*s)
			}
			// The longest way is that of w into Nesterov's step: three products, four sums.
			wantV, wantW = append(wantV, linear(3, velocity...)), append(wantW, linear(7, terms...))
		}
		return func(k *Set) { k.Update(w, g, v, u) }, func() error {
			return first(m.compare("v", v, wantV), m.compare("w", w, wantW))
		}
	}
}

func averageProblem(n int, decay float32) problem {
	return func(m *memory) (func(*Set), func() error) {
		avg, w := m.sums("avg", n), m.values("w", n, 8)
		var want []approx
		for i, a := range avg {
			rest := 1 - float64(decay)
			// Rounded may be 1-decay, the difference, their product and the sum.
			want = append(want, linear(4, float64(a), rest*float64(w[i]), -rest*float64(a)))
		}
		return func(k *Set) { k.Average(avg, w, decay) }, func() error { return m.compare("avg", avg, want) }
	}
}

func TestUpdate(t *testing.T) {
	updates := []struct {
		whole bool // the constants are powers of two
		u     Update
	}{
		{true, Update{LR: 0.5}},
		{true, Update{LR: 0.25, Momentum: 0.5, WeightDecay: 0.125}},
		{true, Update{LR: 0.25, Momentum: 0.5, WeightDecay: 0.125, Nesterov: true}},
		{false, Update{LR: 0.1}},
		{false, Update{LR: 0.1, WeightDecay: 5e-4}},
		{false, Update{LR: 0.1, Momentum: 0.9}},
		{false, Update{LR: 0.1, Momentum: 0.9, WeightDecay: 5e-5}},
		{false, Update{LR: 0.3, Momentum: 0.9, Nesterov: true}},
		{false, Update{LR: 0.3, Momentum: 0.9, WeightDecay: 5e-4, Nesterov: true}},
	}
	eachLength(t, func(m *memory, k *Set, seed uint64, n int) error {
		for _, c := range updates {
			if err := verify(m, k, seed, c.whole, updateProblem(n, c.u)); err != nil {
				return fmt.Errorf("%+v: %w", c.u, err)
			}
		}
		return nil
	})
}

func TestAverage(t *testing.T) {
	eachLength(t, func(m *memory, k *Set, seed uint64, n int) error {
		for _, decay := range []float32{0, 0.5, 0.9, 0.99999, 1} {
			if err := verify(m, k, seed, decay == 0.5, averageProblem(n, decay)); err != nil {
				return fmt.Errorf("decay %v: %w", decay, err)
			}
		}
		return nil
	})
}

// eachLength calls test for lengths around all multiples of vectors.
func eachLength(t *testing.T, test func(m *memory, k *Set, seed uint64, n int) error) {
	eachSet(t, func(t *testing.T, k *Set) {
		m := new(memory)
		defer m.release()
		for n := range 140 {
			if n > 130 {
				n = 1000 + 7*n
			}
			if err := test(m, k, uint64(n), n); err != nil {
				t.Fatalf("%d parameters: %v", n, err)
			}
		}
	})
}

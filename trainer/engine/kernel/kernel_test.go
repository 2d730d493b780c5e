package kernel

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"
)

// TestSets says which of the known sets this run does not cover.
func TestSets(t *testing.T) {
	var names []string
	for _, k := range Sets() {
		names = append(names, k.Name)
		if got, err := Choose(k.Name); err != nil || got.Name != k.Name {
			t.Errorf("Choose(%q) = %v, %v", k.Name, got, err)
		}
	}
	if got, err := Choose(""); err != nil || got.Name != names[0] {
		t.Errorf("without a name Choose returns %v, %v, want %s", got, err, names[0])
	}
	if _, err := Choose("mmx"); err == nil {
		t.Error("Choose knows a set named mmx")
	}
	for _, name := range []string{"avx512", "avx2", "generic"} {
		if !slices.Contains(names, name) {
			t.Logf("kernel set %s cannot run here (%s) and is NOT TESTED", name, runtime.GOARCH)
		}
	}
}

// eachSet runs a test for every set that this machine can run.
func eachSet(t *testing.T, test func(t *testing.T, k *Set)) {
	for _, k := range Sets() {
		t.Run(k.Name, func(t *testing.T) { test(t, k) })
	}
}

// problem prepares one call of a kernel in memory: run makes it, and check then
// compares what it wrote with the kernel's formula.
type problem func(m *memory) (run func(k *Set), check func() error)

// verify solves a problem, then solves it again with all buffers elsewhere and
// requires the same bits.
func verify(m *memory, k *Set, seed uint64, whole bool, p problem) error {
	m.reset(seed, whole, 0)
	run, check := p(m)
	if err := m.run(func() { run(k) }); err != nil {
		return err
	}
	if err := check(); err != nil {
		return err
	}
	first := m.written()
	shift := 1 + int(seed%15)
	m.reset(seed, whole, shift)
	run, _ = p(m)
	if err := m.run(func() { run(k) }); err != nil {
		return fmt.Errorf("shifted by %d: %w", shift, err)
	}
	if !slices.Equal(m.written(), first) {
		return fmt.Errorf("shifted by %d: other bits", shift)
	}
	return nil
}

// unit is the largest relative error of rounding to float32.
const unit = 0x1p-24

// An approx is a value computed in float64, and how far a kernel may be off.
type approx struct{ value, bound float64 }

// A total is a sum that a kernel takes in an order of its own.
//
// Adding n terms rounds n times, each time by at most unit of a partial sum, which
// is at most the sum of the absolute terms. Roundings are as good as independent, so
// their sum is of the order of their size times √n: with terms of one sign, added
// one by one, it has a standard deviation of about unit/4·√n of the absolute sum.
// Twice unit·√n is eight of those. Rounding the terms themselves (no fused
// multiply-add) and the result costs unit each.
type total struct {
	value, abs, inexact float64 // inexact: error of the terms themselves
	n                   int
}

func (s *total) add(term, inexact float64) {
	s.value += term
	s.abs += math.Abs(term)
	s.inexact += inexact
	s.n++
}

func (s *total) approx() approx {
	return approx{s.value, s.inexact + unit*(2+2*math.Sqrt(float64(s.n)))*s.abs}
}

// totals begins sums with the present values of v.
func totals(v []float32) []total {
	s := make([]total, len(v))
	for i, x := range v {
		s[i].add(float64(x), 0)
	}
	return s
}

func approxes(s []total) []approx {
	a := make([]approx, len(s))
	for i := range s {
		a[i] = s[i].approx()
	}
	return a
}

// compare reports the first wrong value. Sums of whole numbers must be exact.
func (m *memory) compare(name string, got []float32, want []approx) error {
	if len(got) != len(want) {
		return fmt.Errorf("%s: %d values, want %d", name, len(got), len(want))
	}
	for i, w := range want {
		bound := w.bound
		if m.whole {
			bound = 0
		}
		if d := math.Abs(float64(got[i]) - w.value); !(d <= bound) {
			return fmt.Errorf("%s[%d] of %d is %v, want %v: off by %.2g, allowed are %.2g", name, i, len(got), got[i], w.value, d, bound)
		}
	}
	return nil
}

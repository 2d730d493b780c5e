package engine

import (
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"designspace/space"
	"designspace/trainer/engine/kernel"
)

// small is a net with groups, gates, projections and identity shortcuts.
func small() *space.Model {
	return &space.Model{
		Stem: space.StemCIFAR, StemWidth: 8, Block: space.BlockX, Activation: space.ReLU,
		Depths: []int{2, 2}, Widths: []int{16, 24}, Strides: []int{1, 2}, Bottleneck: []float64{1, 2},
		GroupWidths: []int{4, 6}, SERatio: 0.25, Classes: 5, Input: 9,
	}
}

func randomBatch(m *space.Model, n int, r *rand.Rand) Batch {
	b := Batch{Images: make([]float32, n*m.Input*m.Input*3), Targets: make([]float32, n*m.Classes), N: n}
	for i := range b.Images {
		b.Images[i] = float32(r.NormFloat64())
	}
	for i := range n {
		b.Targets[i*m.Classes+r.IntN(m.Classes)] = 1
	}
	return b
}

// eachSet runs a test for every kernel set that this machine can run; a test of
// package kernel says which ones are missing.
func eachSet(t *testing.T, test func(t *testing.T, k *kernel.Set)) {
	for _, k := range kernel.Sets() {
		t.Run(k.Name, func(t *testing.T) { test(t, k) })
	}
}

func compiled(t testing.TB, m *space.Model, batch int, k *kernel.Set) *Net {
	t.Helper()
	n, err := Compile(m, batch, k)
	if err != nil {
		t.Fatal(err)
	}
	n.Init(rand.New(rand.NewPCG(1, 2)), false)
	return n
}

func TestParamsAreTheModels(t *testing.T) {
	for name, g := range goldenFiles(t, false) {
		m := g.model()
		var trained int64
		n := compiled(t, m, 1, kernel.Generic())
		for _, p := range n.Params() {
			if !p.Statistic {
				trained += int64(p.Len())
			}
		}
		if want := m.Complexity().Params; trained != want {
			t.Errorf("%s: %d parameters, the model counts %d", name, trained, want)
		}
	}
}

func TestStepAllocatesNothing(t *testing.T) {
	eachSet(t, func(t *testing.T, k *kernel.Set) {
		m := small()
		n, b := compiled(t, m, 8, k), randomBatch(m, 8, rand.New(rand.NewPCG(3, 4)))
		u := Update{LR: 0.1, Momentum: 0.9, Average: 0.99}
		if got := testing.AllocsPerRun(3, func() { n.Step(b, u); n.Evaluate(b) }); got != 0 {
			t.Errorf("a step and an evaluation allocate %v times", got)
		}
	})
}

var update = flag.Bool("update", false, "write testdata/digests.json")

const digestFile = "testdata/digests.json"

// A training has the same bits in every kernel set, on every processor. The
// digests are those of plain Go:
//
//	go test -tags purego ./trainer/engine -run TestSameBits -update
func TestSameBits(t *testing.T) {
	want := map[string]string{}
	if data, err := os.ReadFile(digestFile); err != nil && !*update {
		t.Fatal(err)
	} else if err == nil {
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatal(err)
		}
	}
	eachSet(t, func(t *testing.T, k *kernel.Set) {
		got := map[string]string{}
		for name, g := range goldenFiles(t, false) {
			got[name] = digest(t, g, k)
			if !*update && got[name] != want[name] {
				t.Errorf("%s: digest %s, want %s", name, got[name], want[name])
			}
		}
		if *update {
			data, err := json.MarshalIndent(got, "", "\t")
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(digestFile, append(data, '\n'), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// digest is that of the logits and the state of short trainings with batches of
// any size, in whole tiles and in small ones.
func digest(t *testing.T, g *golden, k *kernel.Set) string {
	h := fnv.New64a()
	for i, l := range []limits{usual, {1, 1, 1}} {
		n, r := g.tiled(t, k, l), rand.New(rand.NewPCG(5, uint64(i)))
		for step := range 3 {
			b := randomBatch(g.model(), 1+r.IntN(g.Batch+3), r)
			u := Update{LR: 0.05, Momentum: 0.9, Nesterov: step > 0, WeightDecay: 1e-3, Average: 0.9}
			if err := binary.Write(h, binary.LittleEndian, n.Step(b, u).Logits); err != nil {
				t.Fatal(err)
			}
		}
		for _, p := range n.State() {
			if err := binary.Write(h, binary.LittleEndian, p.Values); err != nil {
				t.Fatal(err)
			}
		}
	}
	return fmt.Sprintf("%016x", h.Sum64())
}

// A net compiled for a larger batch has other tiles, but sees the same images.
func TestBatchSizeIsOnlyALimit(t *testing.T) {
	eachSet(t, func(t *testing.T, k *kernel.Set) {
		m := small()
		b := randomBatch(m, 5, rand.New(rand.NewPCG(7, 8)))
		var want []float32
		for _, batch := range []int{5, 6, 16, 40} {
			n := compiled(t, m, batch, k)
			n.Step(b, Update{LR: 0.1})
			got := slices.Clone(n.Evaluate(b).Logits)
			if want == nil {
				want = got
			}
			if !slices.Equal(got, want) {
				t.Fatalf("batch %d: logits are %v, want %v", batch, got, want)
			}
		}
	})
}

func TestPaddingStaysZero(t *testing.T) {
	eachSet(t, func(t *testing.T, k *kernel.Set) {
		m := small()
		r := rand.New(rand.NewPCG(9, 10))
		n := compiled(t, m, 8, k)
		for range 3 {
			n.Step(randomBatch(m, 8, r), Update{LR: 0.1, Momentum: 0.9, WeightDecay: 0.01, NormDecay: true, Average: 0.9})
		}
		// Clearing every logical element must clear everything.
		zero := func(p Param) {
			for i := range p.Len() {
				(*p.data)[p.place(i)] = 0
				if !p.Statistic {
					(*p.grad)[p.place(i)] = 0
				}
			}
		}
		for _, p := range n.Params() {
			zero(p)
			for i, v := range *p.data {
				if v != 0 {
					t.Fatalf("%s: padding element %d is %v", p.Name, i, v)
				}
			}
			if p.Statistic {
				continue
			}
			for i, v := range *p.grad {
				if v != 0 {
					t.Fatalf("gradient of %s: padding element %d is %v", p.Name, i, v)
				}
			}
		}
	})
}

func TestAverageFollowsTheParameters(t *testing.T) {
	eachSet(t, func(t *testing.T, k *kernel.Set) {
		m := small()
		n, b := compiled(t, m, 4, k), randomBatch(m, 4, rand.New(rand.NewPCG(11, 12)))
		before, err := n.Get("fc.weight")
		if err != nil {
			t.Fatal(err)
		}
		n.Step(b, Update{LR: 0.5, Average: 0.75})
		after, _ := n.Get("fc.weight")
		n.UseAverage(true)
		average, _ := n.Get("fc.weight")
		for i := range average {
			if want := 0.75*before[i] + 0.25*after[i]; math.Abs(float64(average[i]-want)) > 1e-6 {
				t.Fatalf("average of element %d is %v, want %v", i, average[i], want)
			}
		}
		n.UseAverage(false)
		if back, _ := n.Get("fc.weight"); !slices.Equal(back, after) {
			t.Error("the parameters did not come back")
		}
	})
}

func TestDivergenceIsVisible(t *testing.T) {
	eachSet(t, func(t *testing.T, k *kernel.Set) {
		m := small()
		n, b := compiled(t, m, 4, k), randomBatch(m, 4, rand.New(rand.NewPCG(13, 14)))
		b.Images[7] = float32(math.NaN())
		if r := n.Step(b, Update{LR: 0.1}); !math.IsNaN(r.Loss) {
			t.Errorf("loss of an image with NaN is %v", r.Loss)
		}
	})
}

func TestMemoryIsWhatCompileTakes(t *testing.T) {
	m := small()
	want, err := Memory(m, 8)
	if err != nil {
		t.Fatal(err)
	}
	n := compiled(t, m, 8, kernel.Generic())
	if got := 4 * int64(n.arena.size); got != want || want < 4*m.Complexity().Acts*8 {
		t.Errorf("Memory says %d, the arena has %d", want, got)
	}
}

func TestBadModelsAreErrors(t *testing.T) {
	bad := small()
	bad.GroupWidths = []int{5, 6}
	if _, err := Compile(bad, 8, kernel.Generic()); err == nil {
		t.Error("a group width that does not divide was accepted")
	}
	if _, err := Compile(small(), 0, kernel.Generic()); err == nil {
		t.Error("an empty batch was accepted")
	}
	n := compiled(t, small(), 1, kernel.Generic())
	if err := n.Set("s9.weight", nil); err == nil {
		t.Error("an unknown parameter was accepted")
	}
	if err := n.Set("fc.bias", make([]float32, 4)); err == nil {
		t.Error("a short parameter was accepted")
	}
	if _, err := n.gradient("stem.mean"); err == nil {
		t.Error("a statistic has a gradient")
	}
}

// What a block of the table may come to ask for and the engine has no passes for
// is an error, and nothing else in its place.
func TestUnknownUnitsAreErrors(t *testing.T) {
	conv := space.Unit{Name: "a", In: 8, Out: 8, Kernel: 3, Stride: 1, Groups: 1, Size: 4}
	with := func(change func(u *space.Unit)) []space.Unit {
		u := conv
		change(&u)
		return []space.Unit{u}
	}
	block := func(change func(b *space.BlockShape)) func(n *Net, x *feature) {
		return func(n *Net, x *feature) {
			b := space.BlockShape{In: 8, Out: 8, Stride: 1, Size: 4, Units: []space.Unit{conv}, Residual: true}
			change(&b)
			n.block(b, x, kernel.ReLU)
		}
	}
	for want, build := range map[string]func(n *Net, x *feature){
		"": block(func(*space.BlockShape) {}),
		"engine: cannot compute unit pool": func(n *Net, x *feature) {
			n.units(with(func(u *space.Unit) { u.Name, u.Op, u.Kernel, u.Stride = "pool", space.MaxPool, 3, 3 }), x, blockSlot)
		},
		"engine: cannot compute unit mystery": func(n *Net, x *feature) {
			n.units(with(func(u *space.Unit) { u.Name, u.Op = "mystery", -1 }), x, blockSlot)
		},
		"engine: cannot compute unit gated": func(n *Net, x *feature) {
			n.units(with(func(u *space.Unit) { u.Name, u.Squeeze = "gated", 2 }), x, blockSlot)
		},
		`engine: cannot compute activation "tanh"`: func(n *Net, x *feature) {
			n.units(with(func(u *space.Unit) { u.Activation = "tanh" }), x, blockSlot)
		},
		"engine: cannot compute unit s1.b1.last": block(func(b *space.BlockShape) {
			b.Residual = false
			b.Units = with(func(u *space.Unit) { u.Name, u.Activation = "last", space.ReLU })
		}),
		"engine: cannot compute unit s1.b1.pool": block(func(b *space.BlockShape) {
			b.Units = append(with(func(u *space.Unit) { u.Name, u.Op = "pool", space.MaxPool }), conv)
		}),
		"engine: cannot compute unit s1.b1.first": block(func(b *space.BlockShape) {
			b.Shortcut = append(with(func(u *space.Unit) { u.Name = "first" }), conv)
		}),
		"engine: cannot compute stride 3 of unit s1.b1.third": block(func(b *space.BlockShape) {
			b.Units = with(func(u *space.Unit) { u.Name, u.Stride = "third", 3 })
		}),
	} {
		n := &Net{batch: 1}
		x := n.feature(&feature{channels: 8, size: 4, from: image{}, slot: blockSlot})
		if build(n, x); (n.err == nil) != (want == "") || n.err != nil && n.err.Error() != want {
			t.Errorf("%v, want %s", n.err, want)
		}
	}
}

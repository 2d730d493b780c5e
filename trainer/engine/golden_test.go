package engine

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"designspace/space"
	"designspace/trainer/engine/kernel"
)

// The golden files hold what PyTorch computes in float64 for small nets of every
// kind: testdata/golden.py tells how, and the format.

type goldenTensor struct {
	Name          string
	Shape         []int
	Stream        uint64
	Offset, Scale float64
}

// values evaluates the formula of golden.py.
func (g goldenTensor) values() []float32 {
	n := 1
	for _, d := range g.Shape {
		n *= d
	}
	v := make([]float32, n)
	for k := range v {
		z := g.Stream<<32 | uint64(k)
		z += 0x9E3779B97F4A7C15
		z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		z ^= z >> 31
		v[k] = float32(g.Offset + g.Scale*(float64(z>>48)/65536-0.5))
	}
	return v
}

type goldenBatch struct {
	Images  goldenTensor
	Targets []float32
}

func (g goldenBatch) batch() Batch {
	return Batch{Images: g.Images.values(), Targets: g.Targets, N: g.Images.Shape[0]}
}

type golden struct {
	Model struct {
		Stem, Block, Activation string
		StemWidth               int `json:"stem_width"`
		Depths, Widths, Strides []int
		Bottleneck              []float64
		GroupWidths             []int `json:"group_widths"`
		Expansions, Kernels     []int
		SERatio                 float64 `json:"se_ratio"`
		HeadWidth               int     `json:"head_width"`
		Classes, Input          int
	}
	Batch int
	goldenBatch
	Params, Stats []goldenTensor

	// A step.
	Train struct {
		Logits   []float64
		Loss     float64
		Gradient map[string][]float64
	}
	Running map[string][]float64
	Float32 struct { // how far PyTorch's own float32 results are off
		Logits, Loss, Eval float64
		Gradient, Running  struct{ Error float64 }
	}
	Eval struct{ Logits []float64 }

	// A trajectory.
	Batches []goldenBatch
	Update  struct {
		Momentum    float32
		Nesterov    bool
		WeightDecay float32 `json:"weight_decay"`
		NormDecay   bool    `json:"norm_decay"`
	}
	LR         []float32
	Loss       []float64
	LossSpread []float64 `json:"loss_spread"`
	EvalSpread float64   `json:"eval_spread"`
}

func goldenFiles(t *testing.T, trajectories bool) map[string]*golden {
	t.Helper()
	paths, err := filepath.Glob("testdata/golden/*.json.gz")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	files := map[string]*golden{}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".json.gz")
		if strings.HasPrefix(name, "trajectory-") == trajectories {
			files[name] = readGolden(t, path)
		}
	}
	return files
}

func readGolden(t *testing.T, path string) *golden {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	g := new(golden)
	if err := json.NewDecoder(z).Decode(g); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return g
}

func (g *golden) model() *space.Model {
	m := g.Model
	if !space.Block(m.Block).Has("b") {
		m.Bottleneck, m.GroupWidths = nil, nil
	}
	return &space.Model{
		Stem: space.Stem(m.Stem), StemWidth: m.StemWidth, Block: space.Block(m.Block),
		Activation: space.Activation(m.Activation), Depths: m.Depths, Widths: m.Widths,
		Strides: m.Strides, Bottleneck: m.Bottleneck, GroupWidths: m.GroupWidths, Expansions: m.Expansions, Kernels: m.Kernels,
		SERatio: m.SERatio, HeadWidth: m.HeadWidth, Classes: m.Classes, Input: m.Input,
	}
}

// net compiles the golden model, for batches larger than the golden ones, and
// sets its parameters.
func (g *golden) net(t *testing.T, k *kernel.Set) *Net {
	t.Helper()
	return g.tiled(t, k, usual)
}

// tiled is net with other limits.
func (g *golden) tiled(t *testing.T, k *kernel.Set, l limits) *Net {
	t.Helper()
	n, err := compile(g.model(), g.Batch+3, k, l)
	if err != nil {
		t.Fatal(err)
	}
	given := map[string]bool{}
	for _, p := range append(g.Params, g.Stats...) {
		given[p.Name] = true
		if err := n.Set(p.Name, p.values()); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range n.Params() {
		if !given[p.Name] {
			t.Errorf("the golden net has no %s", p.Name)
		}
	}
	return n
}

// deviation is the largest difference relative to the larger of floor and the
// largest wanted value.
func deviation(got []float32, want []float64, floor float64) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	worst, top := 0.0, floor
	for i, w := range want {
		top = max(top, math.Abs(w))
		worst = max(worst, math.Abs(float64(got[i])-w))
		if got[i] != got[i] {
			return math.Inf(1)
		}
	}
	return worst / top
}

// rounding is by what factor our float32 results may be further from the truth
// than PyTorch's, or than those of runs whose parameters are disturbed by a
// rounding error at every step: the order of sums differs.
const rounding = 4

// precise is the relative error that no float32 result needs to stay below.
const precise = 4e-6

func TestStepMatchesPyTorch(t *testing.T) {
	files := goldenFiles(t, false)
	eachSet(t, func(t *testing.T, k *kernel.Set) {
		for name, g := range files {
			t.Run(name, func(t *testing.T) { checkStep(t, g, g.net(t, k)) })
		}
	})
}

// The golden nets are too small for tiles of some rows or groups unless the
// limits are.
func TestTilesMatchPyTorch(t *testing.T) {
	k := kernel.Sets()[0]
	for name, g := range goldenFiles(t, false) {
		for _, l := range []limits{{16384, 1, 1 << 30}, {16384, 1 << 30, 1}, {1, 1, 1}} {
			t.Run(fmt.Sprint(name, l), func(t *testing.T) { checkStep(t, g, g.tiled(t, k, l)) })
		}
	}
}

func checkStep(t *testing.T, g *golden, n *Net) {
	b := g.batch()
	r := n.Step(b, Update{})
	own := g.Float32
	if d := math.Abs(r.Loss - g.Train.Loss); !(d <= tolerance(own.Loss)*g.Train.Loss) {
		t.Errorf("loss %v, want %v", r.Loss, g.Train.Loss)
	}
	if d := deviation(r.Logits, g.Train.Logits, 0); d > tolerance(own.Logits) {
		t.Errorf("logits are off by %.2g", d)
	}
	checkGradients(t, n, g)
	for name, want := range g.Running {
		got, err := n.Get(name)
		if err != nil {
			t.Fatal(err)
		}
		if d := deviation(got, want, 0); d > tolerance(own.Running.Error) {
			t.Errorf("%s is off by %.2g", name, d)
		}
	}
	if d := deviation(n.Evaluate(b).Logits, g.Eval.Logits, 0); d > tolerance(own.Eval) {
		t.Errorf("evaluated logits are off by %.2g", d)
	}
}

// tolerance is the relative error allowed where PyTorch's own float32 result has
// the given one.
func tolerance(own float64) float64 { return rounding * max(own, precise) }

// checkGradients compares every gradient. Some are zero in theory, so a tensor's
// largest value counts as at least a hundredth of the largest of the net.
func checkGradients(t *testing.T, n *Net, g *golden) {
	t.Helper()
	want, top := g.Train.Gradient, 0.0
	for _, v := range want {
		for _, x := range v {
			top = max(top, math.Abs(x))
		}
	}
	trained := 0
	for _, p := range n.Params() {
		if p.Statistic {
			continue
		}
		trained++
		got, err := n.gradient(p.Name)
		if err != nil {
			t.Fatal(err)
		}
		if d := deviation(got, want[p.Name], top/100); d > tolerance(g.Float32.Gradient.Error) {
			t.Errorf("gradient of %s is off by %.2g", p.Name, d)
		}
	}
	if trained != len(want) {
		t.Errorf("%d trained tensors, want %d", trained, len(want))
	}
}

func TestTrajectoryMatchesPyTorch(t *testing.T) {
	files := goldenFiles(t, true)
	eachSet(t, func(t *testing.T, k *kernel.Set) {
		for name, g := range files {
			t.Run(name, func(t *testing.T) { checkTrajectory(t, g, k) })
		}
	})
}

func checkTrajectory(t *testing.T, g *golden, k *kernel.Set) {
	n := g.net(t, k)
	for i, lr := range g.LR {
		u := Update{LR: lr, Momentum: g.Update.Momentum, Nesterov: g.Update.Nesterov, WeightDecay: g.Update.WeightDecay, NormDecay: g.Update.NormDecay}
		r := n.Step(g.Batches[i%len(g.Batches)].batch(), u)
		if d := math.Abs(r.Loss - g.Loss[i]); !(d <= rounding*g.LossSpread[i]) {
			t.Errorf("step %d: loss %.8f, want %.8f, off by %.2g", i, r.Loss, g.Loss[i], d)
		}
	}
	if d := deviation(n.Evaluate(g.Batches[0].batch()).Logits, g.Eval.Logits, 0); d > rounding*g.EvalSpread {
		t.Errorf("final logits are off by %.2g", d)
	}
}

package export

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"designspace/internal/safetensors"
	"designspace/internal/testpython"
	"designspace/space"
	"designspace/trainer/dataset"
	"designspace/trainer/engine"
	"designspace/trainer/engine/kernel"
)

// models are networks with every block, stem, activation and option.
var models = map[string]string{
	"x":        "{stem: cifar, stem_width: 16, block: x, depths: [1, 2], widths: [16, 32], strides: [1, 2], group_widths: 8}",
	"y":        "{stem: cifar, stem_width: 8, block: y, depths: [2, 2], widths: [16, 24], bottleneck: [2, 1], group_widths: [4, 12]}",
	"squeeze0": "{stem: cifar, stem_width: 4, block: x, se_ratio: 0.1, depths: [1, 1], widths: [8, 16], group_widths: 2}",
	"wide":     "{stem: simple, stem_width: 8, block: x, depths: [1, 2], widths: [16, 32], bottleneck: 0.5, group_widths: 1, head_width: 48}",
	"stages":   "{stem: cifar, stem_width: 8, block: x, se_ratio: [0, 0.5], depths: [1, 2], widths: [8, 16], group_widths: 2}",
	"r":        "{stem: imagenet, stem_width: 16, block: r, se_ratio: 0.25, depths: [1, 2], widths: [16, 32], bottleneck: 4}",
	"v":        "{stem: cifar, stem_width: 8, block: v, depths: [1, 2], widths: [12, 20]}",
	"vr":       "{stem: cifar, stem_width: 8, block: vr, depths: [2, 2], widths: [8, 20], strides: [1, 2], activation: silu}",
	"basic":    "{stem: cifar, stem_width: 16, block: basic, depths: [2, 2], widths: [16, 32], strides: [1, 2]}",
	"vanilla":  "{stem: simple, stem_width: 16, block: vanilla, depths: [1, 1], widths: [16, 32], strides: [1, 2], head_width: 40}",
	"linear":   "{stem: simple, stem_width: 8, block: linear, se_ratio: 0.25, activation: silu, depths: [2, 2], widths: [8, 16], strides: [1, 2], bottleneck: 0.25, group_widths: 1, head_width: 64}",
	"ended":    "{stem: simple, stem_width: 8, block: linear, activation: silu, depths: [2, 1], widths: [8, 16], strides: [1, 2], bottleneck: 0.25, group_widths: 1, end_activation: model}",
	"kept":     "{stem: cifar, stem_width: 8, block: mbconv, depths: [2, 2], widths: [8, 16], strides: [1, 2], expansions: 2, end_activation: model, head_width: 24}",
	"sebasic":  "{stem: cifar, stem_width: 16, block: basic, se_ratio: 0.25, depths: [2, 2], widths: [16, 32], strides: [1, 2]}",
	"presum":   "{stem: none, block: presum, se_ratio: 0.25, depths: [1, 2], widths: [8, 16], group_widths: [2, 4], head_width: 24}",
	"nostem":   "{stem: none, block: vr, depths: [2, 1], widths: [3, 16], strides: [1, 2]}",
	"pooled":   "{stem: none, block: v, depths: [1, 2, 1], widths: [8, 16, 12], downsampling: maxpool}",
	"maxpool":  "{stem: imagenet, stem_width: 8, block: basic, depths: [2, 1, 1, 1], widths: [8, 12, 16, 16], downsampling: maxpool, activation: silu}",
	"deep":     "{stem: deep, stem_width: 16, block: r, depths: [2, 2], widths: [32, 48], strides: [1, 2], bottleneck: 4, shortcut: avgpool}",
	"avgpool":  "{stem: imagenet, stem_width: 8, block: basic, se_ratio: 0.25, depths: [1, 2, 1, 1], widths: [8, 16, 16, 16], shortcut: avgpool}",
	"preact":   "{stem: plain, stem_width: 8, block: preact, depths: [2, 2, 1], widths: [8, 16, 24], strides: [1, 2, 2]}",
	"presilu":  "{stem: simple, stem_width: 8, block: preact, activation: silu, depths: [2, 2], widths: [8, 16], downsampling: maxpool, head_width: 24}",
	"mbconv":   "{stem: simple, stem_width: 8, block: mbconv, se_ratio: 0.25, activation: silu, depths: [2, 3], widths: [8, 16], strides: [1, 2], expansions: [1, 6], kernels: [3, 5], head_width: 64}",
	"mbplain":  "{stem: cifar, stem_width: 8, block: mbconv, depths: [2, 2, 1], widths: [8, 12, 12], strides: [1, 2, 1], expansions: [6, 1, 3], kernels: [5, 3, 5]}",
	"mbpool":   "{stem: imagenet, stem_width: 12, block: mbconv, se_ratio: 0.1, depths: [2, 1], widths: [12, 10], strides: [2, 1], expansions: [1, 6], kernels: [5, 3]}",
	"silu":     "{stem: imagenet, stem_width: 8, block: basic, activation: silu, depths: [1, 2], widths: [16, 24], strides: [1, 2], head_width: 32}",
}

// The networks above miss no block and no stem.
func TestModelsHaveEveryBlockAndStem(t *testing.T) {
	blocks, stems := map[space.Block]bool{}, map[space.Stem]bool{}
	gated := map[space.Block]bool{}
	for name := range models {
		m := model(t, name)
		blocks[m.Block], stems[m.Stem] = true, true
		gated[m.Block] = gated[m.Block] || m.SERatio > 0
	}
	for _, b := range space.Blocks() {
		if !blocks[b] || b.Has("se_ratio") && !gated[b] {
			t.Errorf("no model has block %s, or none with SE", b)
		}
	}
	for _, s := range space.Stems() {
		if !stems[s] {
			t.Errorf("no model has stem %s", s)
		}
	}
}

func model(t testing.TB, name string) *space.Model {
	t.Helper()
	m, err := space.ReadModel(name+".yaml", []byte(models[name]))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// testImages are 256 images of CIFAR-10 where there is one, else built in.
func testImages(t *testing.T) (*dataset.Images, Normalisation) {
	t.Helper()
	name, root := "synthetic", os.Getenv("DESIGNSPACE_DATA")
	if root != "" {
		name = "cifar10"
	}
	d, err := dataset.Open(name, dataset.Options{Root: root, TrainImages: 64, TestImages: 256})
	if err != nil {
		t.Fatal(err)
	}
	return d.Test, Normalisation{name, d.Test.Mean, d.Test.Std}
}

// randomNet compiles a model with parameters and statistics of every size, so
// that one in the wrong place shows.
func randomNet(t *testing.T, m *space.Model, batch int) *engine.Net {
	t.Helper()
	k, err := kernel.Choose("generic")
	if err != nil {
		t.Fatal(err)
	}
	n, err := engine.Compile(m, batch, k)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	n.Init(r, false)
	for _, p := range n.Params() {
		v, err := n.Get(p.Name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range v {
			switch kind := p.Name[strings.LastIndexByte(p.Name, '.'):]; {
			case p.Name == "fc.weight":
				v[i] = float32(r.NormFloat64())
			case len(p.Shape) == 4: // what comes out is about as large as what comes in
				v[i] *= float32(math.Sqrt(float64(p.Shape[0]) / float64(2*p.Shape[1])))
			case kind == ".gamma", kind == ".var":
				v[i] = 0.5 + r.Float32()
			case kind != ".weight":
				v[i] = float32(0.3 * r.NormFloat64())
			}
		}
		if err := n.Set(p.Name, v); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// normalised are the images as the engine takes them.
func normalised(s *dataset.Images) []float32 {
	v := make([]float32, len(s.Pixels))
	for i, p := range s.Pixels {
		v[i] = (float32(p) - s.Mean[i%3]) / s.Std[i%3]
	}
	return v
}

// tolerance is how far logits may be off.
const tolerance = 1e-4

// PyTorch and ONNX Runtime compute the engine's logits from what is exported,
// for every block.
func TestLogitsAgree(t *testing.T) {
	py := testpython.Find(t, "torch", "onnxruntime", "numpy")
	images, norm := testImages(t)
	input := normalised(images)
	dir := t.TempDir()
	args := []string{filepath.Join("testdata", "logits.py")}
	var names []string
	for name := range models {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		m := model(t, name)
		n := randomNet(t, m, images.Len())
		place := filepath.Join(dir, name)
		if err := os.Mkdir(place, 0o777); err != nil {
			t.Fatal(err)
		}
		logits := n.Evaluate(engine.Batch{Images: input, N: images.Len()}).Logits
		for file, write := range map[string]func(io.Writer) error{
			"model.py":            func(w io.Writer) error { return PyTorch(w, m, &norm, true) },
			"weights.safetensors": func(w io.Writer) error { return Weights(w, n) },
			"model.onnx":          func(w io.Writer) error { return ONNX(w, m, n, &norm) },
			"images.u8":           func(w io.Writer) error { _, err := w.Write(images.Pixels); return err },
			"logits.f32":          func(w io.Writer) error { _, err := w.Write(safetensors.LittleEndian(logits)); return err },
		} {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatalf("%s: %s: %v", name, file, err)
			}
			if err := os.WriteFile(filepath.Join(place, file), b.Bytes(), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		args = append(args, place)
	}
	d := json.NewDecoder(bytes.NewReader(testpython.Run(t, py, args...)))
	for _, name := range names {
		var got struct {
			Flops, Parameters, Acts    int64
			Images                     int
			Spread, PyTorch, ONNX, One float64
		}
		if err := d.Decode(&got); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %+v", name, got)
		if counted, want := (space.Complexity{Flops: got.Flops, Params: got.Parameters, Acts: got.Acts}), model(t, name).Complexity(); counted != want {
			t.Errorf("%s: PyTorch counts %+v, want %+v", name, counted, want)
		}
		if got.Images != 256 || got.Spread < 100*tolerance {
			t.Errorf("%s: %d images whose logits spread by %g say nothing", name, got.Images, got.Spread)
		}
		for where, off := range map[string]float64{"PyTorch": got.PyTorch, "ONNX Runtime": got.ONNX, "ONNX Runtime with one image": got.One} {
			if !(off <= tolerance) {
				t.Errorf("%s: logits of %s are off by %g", name, where, off)
			}
		}
	}
}

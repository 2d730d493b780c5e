//go:build unix

package exttrainer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat"

	"designspace/internal/safetensors"
	"designspace/internal/testpython"
	"designspace/space"
	"designspace/trainer"
	"designspace/trainer/dataset"
	"designspace/trainer/engine"
	"designspace/trainer/engine/kernel"
)

// open opens images that are built in, with a validation part.
func open(t *testing.T, size, train int) *dataset.Data {
	t.Helper()
	d, err := dataset.Open("synthetic", dataset.Options{Input: size, TrainImages: train, ValImages: 100, TestImages: 150})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// pytorch trains on the images.
func pytorch(t *testing.T, r trainer.Recipe, d *dataset.Data) *Torch {
	t.Helper()
	p := &Torch{Python: testpython.Find(t, "torch"), Sets: []*dataset.Data{d}, Recipe: r, Logs: t.TempDir()}
	t.Cleanup(p.Close)
	return p
}

// everyBlock has a model of each block, and every stem, activation and option.
var everyBlock = map[space.Block]string{
	space.BlockX:       "{stem: cifar, stem_width: 16, depths: [1, 2], widths: [16, 24], strides: [1, 2], bottleneck: 2, group_widths: 4, se_ratio: 0.25}",
	space.BlockR:       "{stem: deep, stem_width: 16, depths: [1, 2], widths: [16, 32], strides: [1, 2], bottleneck: 4, shortcut: avgpool}",
	space.BlockV:       "{stem: cifar, stem_width: 8, depths: [1, 2], widths: [12, 20]}",
	space.BlockVR:      "{stem: cifar, stem_width: 8, depths: [2, 2], widths: [8, 20], strides: [1, 2], activation: silu}",
	space.BlockBasic:   "{stem: imagenet, stem_width: 16, depths: [2, 2], widths: [16, 32], strides: [1, 1], se_ratio: 0.25}",
	space.BlockVanilla: "{stem: simple, stem_width: 16, depths: [1, 1], widths: [16, 32], strides: [1, 2], head_width: 40}",
	space.BlockLinear:  "{stem: simple, stem_width: 8, se_ratio: 0.25, activation: silu, depths: [2, 2], widths: [8, 16], strides: [1, 2], bottleneck: 0.25, group_widths: 1}",
	space.BlockMBConv:  "{stem: cifar, stem_width: 8, se_ratio: 0.25, activation: silu, depths: [2, 2], widths: [8, 16], strides: [1, 2], expansions: [1, 6], kernels: [3, 5], head_width: 64}",
	space.BlockPreSum:  "{stem: none, depths: [1, 2], widths: [8, 16], group_widths: [2, 4], se_ratio: 0.25, head_width: 24}",
	space.BlockPreAct:  "{stem: plain, stem_width: 8, depths: [1, 2], widths: [8, 16], strides: [1, 2], downsampling: maxpool}",
}

// With one step an epoch and no augmentation nothing is left to chance but the
// weights to begin with, which are the engine's. PyTorch then computes its curve,
// its errors and its weights, with all of the recipe that there still is.
func TestTorchEqualsEngine(t *testing.T) {
	d := open(t, 16, 200)
	r := trainer.Recipe{
		Epochs: 4, Batch: 1000, LR: 0.2, WarmupEpochs: 1.5, WarmupFactor: 0.1, Momentum: 0.9, Nesterov: true,
		WeightDecay: 0.05, NormDecay: true, ZeroInit: true, LabelSmoothing: 0.1, EMA: 0.5, EvalEvery: 3,
	}
	p := pytorch(t, r, d)
	weights := func(to map[string][]float32) func(*engine.Net) error {
		return func(n *engine.Net) (err error) {
			for _, p := range n.Params() {
				if to[p.Name], err = n.Get(p.Name); err != nil {
					return err
				}
			}
			return nil
		}
	}
	for _, block := range space.Blocks() {
		text := strings.Replace(everyBlock[block], "{", "{input: 16, block: "+string(block)+", ", 1)
		m, err := space.ReadModel(string(block)+".yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		ours, theirs := map[string][]float32{}, map[string][]float32{}
		want, err := trainer.Train(t.Context(), m, trainer.Config{Data: d, Recipe: r, Seed: 7, Net: func(_ *trainer.Outcome, n *engine.Net) error { return weights(ours)(n) }})
		if err != nil {
			t.Fatal(err)
		}
		p.Net = func(_ trainer.Job, _ *trainer.Outcome, n *engine.Net) error { return weights(theirs)(n) }
		got, err := p.Train(t.Context(), trainer.Job{ID: "a", Candidate: space.Candidate{Model: m}, Seed: 7}, none)
		if err != nil || got.Status != trainer.Done {
			t.Fatalf("%s: %v %s", block, err, got.Reason)
		}
		compareCurves(t, string(block), got, want, d)
		for name, w := range ours {
			for i, x := range w {
				if y := theirs[name][i]; !(math.Abs(float64(x-y)) <= 2e-4) {
					t.Errorf("%s: element %d of %s is %v in PyTorch, %v in the engine", block, i, name, y, x)
					break
				}
			}
		}
	}
}

// In bfloat16 a model begins with nearly the same loss. Progress never goes back.
func TestTorchBF16(t *testing.T) {
	d := open(t, 8, 200)
	r := long(t)
	r.Epochs, r.Batch, r.Flip = 2, 1000, false
	p := pytorch(t, r, d)
	p.BF16 = true
	j := population(t, 1)[0]
	var last trainer.Progress
	got, err := p.Train(t.Context(), j, func(now trainer.Progress) {
		if now.Epoch < last.Epoch || now.Images < last.Images {
			t.Errorf("%+v after %+v", now, last)
		}
		last = now
	})
	if err != nil || last.Epoch != 2 || last.Images != 400 || len(last.Curve) != 2 {
		t.Fatalf("%+v, %v", last, err)
	}
	want, err := trainer.Train(t.Context(), j.Model, trainer.Config{Data: d, Recipe: r, Seed: j.Seed})
	if err != nil {
		t.Fatal(err)
	}
	a, b := got.Curve[0].TrainLoss, want.Curve[0].TrainLoss
	if off := math.Abs(a - b); !(off > 1e-6 && off < 1e-2) { // 8 bits, where float32 has 24
		t.Errorf("loss %v, in float32 %v", a, b)
	}
}

// compareCurves checks that an outcome is the engine's but for rounding, which
// may move an image or two across a boundary between classes.
func compareCurves(t *testing.T, name string, got, want trainer.Outcome, d *dataset.Data) {
	t.Helper()
	near := func(what string, got, want, tolerance float64) {
		if !(math.Abs(got-want) <= tolerance) && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("%s: %s %v in PyTorch, %v in the engine", name, what, got, want)
		}
	}
	if len(got.Curve) != len(want.Curve) {
		t.Fatalf("%s: %d epochs in PyTorch, %d in the engine", name, len(got.Curve), len(want.Curve))
	}
	images := func(n int) float64 { return 100 * 2 / float64(n) }
	for i, e := range got.Curve {
		near("learning rate", e.LR, want.Curve[i].LR, 1e-15)
		near("training loss", e.TrainLoss, want.Curve[i].TrainLoss, 1e-4)
		near("training error", e.TrainError, want.Curve[i].TrainError, images(d.Train.Len()))
		near("error", e.Error, want.Curve[i].Error, images(d.Val.Len()))
	}
	near("test error", got.ErrorTest, want.ErrorTest, images(d.Test.Len()))
	if !(got.TrainSeconds > 0 && got.ImagesPerSecond > 0 && got.EvalImagesPerSecond > 0) {
		t.Errorf("%s: %v s, %v and %v images/s", name, got.TrainSeconds, got.ImagesPerSecond, got.EvalImagesPerSecond)
	}
}

// buffer is where a process's requests go in place of the process.
type buffer struct{ bytes.Buffer }

func (*buffer) Close() error { return nil }

// The images are those of the engine, to the bit, and what is left to chance has
// the distribution that it should have.
func TestTorchImagesAndChance(t *testing.T) {
	python := testpython.Find(t, "torch")
	d := open(t, 8, 300)
	var request buffer
	if err := (&process{in: &request}).sendData(d); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, "testdata/check.py", "worker.py")
	cmd.Stdin, cmd.Stderr = &request, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	type moves struct {
		Variants int
		Found    map[string]int
	}
	var got struct {
		Images, Labels      map[string]string
		Moves, Flips, Still moves
		Mixup               map[string]struct {
			Mean, Least float64
			Exact       bool
		}
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	sum := func(b []byte) string { return fmt.Sprintf("%x", sha256.Sum256(b)) }
	for name, part := range map[string]*dataset.Images{"train": d.Train, "val": d.Val, "test": d.Test} {
		values := make([]float32, len(part.Pixels))
		for i, v := range part.Pixels {
			values[i] = (float32(v) - part.Mean[i%3]) / part.Std[i%3]
		}
		if got.Images[name] != sum(safetensors.LittleEndian(values)) || got.Labels[name] != sum(part.Labels) {
			t.Errorf("%s: other images or classes", name)
		}
	}
	for _, m := range []struct {
		moves
		variants int
	}{{got.Moves, 50}, {got.Flips, 2}, {got.Still, 1}} {
		p, draws := 1/float64(m.variants), 10000.0
		if m.Variants != m.variants || len(m.Found) != m.variants {
			t.Errorf("%d of %d variants, want %d", len(m.Found), m.Variants, m.variants)
		}
		for variant, n := range m.Found {
			if off := math.Abs(float64(n) - draws*p); off > 5*math.Sqrt(draws*p*(1-p)) {
				t.Errorf("%s: %d of %g", variant, n, draws)
			}
		}
	}
	// The mean of max(λ, 1-λ) is 3/4 for Beta(1, 1) and 11/16 for Beta(2, 2).
	for alpha, want := range map[string]float64{"1": 0.75, "2": 0.6875} {
		if m := got.Mixup[alpha]; math.Abs(m.Mean-want) > 0.01 || m.Least < 0.5 || !m.Exact {
			t.Errorf("mixup %s: %+v, want a mean of %v", alpha, m, want)
		}
	}
}

// population has trainings of a small model of 8 pixels.
func population(t *testing.T, n int) []trainer.Job {
	t.Helper()
	m, err := space.ReadModel("small.yaml", []byte("{input: 8, block: v, stem: cifar, stem_width: 8, depths: [1, 1], widths: [16, 32], strides: [1, 2]}"))
	if err != nil {
		t.Fatal(err)
	}
	var list []trainer.Job
	for i := range n {
		list = append(list, trainer.Job{ID: fmt.Sprintf("m%02d", i), Candidate: space.Candidate{Model: m}, Seed: uint64(i)})
	}
	return list
}

// A population has the engine's errors but for chance.
func TestTorchPopulation(t *testing.T) {
	d := open(t, 8, 1000)
	r, err := trainer.Preset("quick")
	if err != nil {
		t.Fatal(err)
	}
	r.Crop, r.Mixup, r.LabelSmoothing, r.EMA = 1, 0.2, 0.1, 0.9
	list := population(t, 16)
	errorsOf := func(pool trainer.Pool) []float64 {
		of := map[string]float64{}
		pool.Recipe, pool.Workers = r, 2
		pool.Done = func(j trainer.Job, o trainer.Outcome) error {
			if o.Status != trainer.Done || len(o.Curve) != r.Epochs {
				t.Errorf("%s: %+v", j.ID, o)
			}
			of[j.ID] = o.Error
			return nil
		}
		if err := pool.Train(t.Context(), list); err != nil {
			t.Fatal(err)
		}
		var all []float64
		for _, j := range list {
			all = append(all, of[j.ID])
		}
		return all
	}
	p := pytorch(t, r, d)
	theirs := errorsOf(trainer.Pool{External: p.Train})
	if p.started != 2 {
		t.Errorf("%d processes for 2 workers", p.started)
	}
	ours := errorsOf(trainer.Pool{Data: d, Kernels: fastest(t)})
	var differences []float64
	for i := range ours {
		differences = append(differences, theirs[i]-ours[i])
	}
	mean, deviation := stat.MeanStdDev(differences, nil)
	standardError := deviation / math.Sqrt(float64(len(differences)))
	t.Logf("engine %.2f, PyTorch %.2f, difference %.2f ± %.2f", stat.Mean(ours, nil), stat.Mean(theirs, nil), mean, standardError)
	if math.Abs(mean) > 3*standardError || stat.Mean(ours, nil) > 80 {
		t.Errorf("PyTorch %v, the engine %v", theirs, ours)
	}
}

// processes returns the ids of all that a Torch started and has not dropped.
func processes(p *Torch) []int {
	p.mu.Lock()
	defer p.mu.Unlock()
	var ids []int
	for q := range p.running {
		ids = append(ids, q.cmd.Process.Pid)
	}
	return ids
}

// gone waits until processes have ended.
func gone(t *testing.T, ids []int) {
	t.Helper()
	for _, id := range ids {
		for begin := time.Now(); !errors.Is(syscall.Kill(id, 0), syscall.ESRCH); time.Sleep(10 * time.Millisecond) {
			if time.Since(begin) > time.Minute {
				t.Fatalf("process %d lives on", id)
			}
		}
	}
}

// long is a recipe that nobody waits for.
func long(t *testing.T) trainer.Recipe {
	t.Helper()
	r, err := trainer.Preset("proxy")
	if err != nil {
		t.Fatal(err)
	}
	r.Epochs = 10000
	return r
}

// A process that is killed takes one model with it, and the others are trained.
func TestTorchKilled(t *testing.T) {
	d := open(t, 8, 300)
	r := long(t)
	r.Epochs = 3
	p := pytorch(t, r, d)
	var once sync.Once
	var outcomes []trainer.Outcome
	pool := trainer.Pool{
		Recipe: r, Workers: 2, External: p.Train,
		Progress: func(_ trainer.Job, now trainer.Progress) {
			if now.Images > 0 {
				once.Do(func() { _ = syscall.Kill(processes(p)[0], syscall.SIGKILL) })
			}
		},
		Done: func(_ trainer.Job, o trainer.Outcome) error { outcomes = append(outcomes, o); return nil },
	}
	if err := pool.Train(t.Context(), population(t, 4)); err != nil {
		t.Fatal(err)
	}
	count := map[trainer.Status]int{}
	for _, o := range outcomes {
		if count[o.Status]++; o.Status == trainer.Failed && !strings.Contains(o.Reason, "the trainer ended with signal: killed") {
			t.Error(o.Reason)
		}
	}
	if count[trainer.Failed] != 1 || count[trainer.Done] != 3 {
		t.Errorf("%v", count)
	}
	ids := processes(p)
	if p.Close(); len(ids) == 0 {
		t.Error("no processes")
	}
	gone(t, ids)
	logs, err := os.ReadDir(p.Logs)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range logs {
		if info, err := l.Info(); err != nil || info.Size() == 0 {
			t.Errorf("%s is empty: %v", l.Name(), err)
		}
	}
}

// Nothing is left when the training is stopped or takes too long, and a process
// ends by itself when its designspace is gone.
func TestTorchStops(t *testing.T) {
	d := open(t, 8, 300)
	p := pytorch(t, long(t), d)
	if _, err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ids := processes(p)
	if _, err := p.Train(ctx, job(t), func(now trainer.Progress) {
		if now.Images > 0 {
			cancel()
		}
	}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	gone(t, ids)

	p.Timeout = time.Second
	o, err := p.Train(t.Context(), job(t), func(now trainer.Progress) { ids = processes(p) })
	if err != nil || o.Status != trainer.Failed || !strings.Contains(o.Reason, "the trainer took more than 1s") {
		t.Errorf("%+v, %v", o, err)
	}
	gone(t, ids)

	p.Timeout = 0
	o, err = p.Train(t.Context(), job(t), func(now trainer.Progress) {
		if ids = processes(p); now.Images > 0 {
			for q := range p.running { // as if this process had ended
				q.in.Close()
				q.pipe.Close()
			}
		}
	})
	if err != nil || o.Status != trainer.Failed {
		t.Errorf("%+v, %v", o, err)
	}
	gone(t, ids)
}

// What goes wrong with a model is its outcome, and what goes wrong with Python an
// error that says what is needed.
func TestTorchFailures(t *testing.T) {
	d := open(t, 8, 101)
	r := long(t)
	r.Epochs, r.LR = 2, 1e20
	p := pytorch(t, r, d)
	if o, err := p.Train(t.Context(), job(t), none); err != nil || o.Status != trainer.Diverged || o.Error != 100 || o.ErrorTest != 100 {
		t.Errorf("%+v, %v", o, err)
	}
	other := job(t)
	other.Model.Classes = 3
	o, err := p.Train(t.Context(), other, none)
	if err != nil || o.Status != trainer.Failed || o.Reason != "no images of 8 pixels and 3 classes" {
		t.Errorf("%+v, %v", o, err)
	}
	small, err := space.ReadModel("small.yaml", []byte("{input: 8, block: v, stem: imagenet, stem_width: 8, depths: [1], widths: [8]}"))
	if err != nil {
		t.Fatal(err)
	}
	p.Recipe.Batch, p.Recipe.LR = 1, 0.1 // an image a step, of one pixel when it is normalised
	o, err = p.Train(t.Context(), trainer.Job{ID: "small", Candidate: space.Candidate{Model: small}}, none)
	if err != nil || o.Status != trainer.Failed || !strings.HasPrefix(o.Reason, "ValueError: Expected more than 1 value per channel") {
		t.Errorf("%+v, %v", o, err)
	}
	full := errors.New("no space left")
	p.Recipe.Batch, p.Net = 64, func(trainer.Job, *trainer.Outcome, *engine.Net) error { return full }
	if _, err := p.Train(t.Context(), job(t), none); !errors.Is(err, full) {
		t.Error(err)
	}

	p.Close()
	without := filepath.Join(t.TempDir(), "python")
	if err := os.WriteFile(without, []byte("#!/bin/sh\necho no such module >&2; exit 1"), 0o777); err != nil {
		t.Fatal(err)
	}
	for python, want := range map[string]string{
		without:        "the trainer ended with exit status 1: no such module: see ",
		"/no/such/one": "no such file or directory; " + PythonVariable + " names a Python that has PyTorch",
		"/bin/true":    "the trainer ended with EOF",
		"/bin/echo":    "the trainer said ",
	} {
		p.Python = python
		if _, err := p.Start(t.Context()); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), PythonVariable) {
			t.Errorf("%s: %v, want %s", python, err, want)
		}
	}
}

func TestParseTorch(t *testing.T) {
	for text, want := range map[string]string{"torch": "torch", "torch bf16": "torch-bf16", "torch fp8": "", "": "", "torchrun {model} {out}": ""} {
		if p := ParseTorch(text); (p != nil) != (want != "") || p != nil && p.Kernel() != want {
			t.Errorf("%q: %+v", text, p)
		}
	}
}

func fastest(t *testing.T) *kernel.Set {
	t.Helper()
	k, err := kernel.Choose("")
	if err != nil {
		t.Fatal(err)
	}
	return k
}

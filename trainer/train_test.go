package trainer

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"designspace/internal/seed"
	"designspace/space"
	"designspace/trainer/dataset"
	"designspace/trainer/engine"
	"designspace/trainer/engine/kernel"
)

// tiny returns a model of 8 pixels that trains in milliseconds.
func tiny(width int) *space.Model {
	return &space.Model{
		Name: fmt.Sprintf("tiny-%d", width), Stem: space.StemCIFAR, StemWidth: 8, Block: space.BlockX, Activation: space.ReLU,
		Depths: []int{1, 1}, Widths: []int{width, 2 * width}, Strides: []int{2, 2},
		Bottleneck: []float64{1, 1}, GroupWidths: []int{8, 8}, Classes: 10, Input: 8,
	}
}

// blobs returns data that a tiny model learns: a class is the place of a bright
// square.
func blobs(train, val, test int) *dataset.Data {
	part := func(n, salt int) *dataset.Images {
		s := images(n, 8, 10)
		for i, l := range s.Labels {
			img := s.Image(i)
			for j := range img {
				img[j] = uint8(60 + (i*i*31+j*j*17+salt*j)%40)
			}
			x, y := int(l)%5, int(l)/5*3+1
			for dy := range 3 {
				for dx := range 3 {
					copy(img[((y+dy)*8+x+dx)*3:], []uint8{220, 220, 220})
				}
			}
		}
		return s
	}
	d := &dataset.Data{Name: "blobs", Size: 8, Classes: 10, Train: part(train, 1), Test: part(test, 2)}
	if val > 0 {
		d.Val = part(val, 3)
	}
	return d
}

func recipe(epochs int) Recipe {
	return Recipe{Epochs: epochs, Batch: 16, LR: 0.1, Momentum: 0.9, Nesterov: true, WeightDecay: 5e-4, LabelSmoothing: 0.1}
}

func kernels(t *testing.T) *kernel.Set {
	t.Helper()
	k, err := kernel.Choose("")
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func train(t *testing.T, r Recipe, d *dataset.Data) Outcome {
	t.Helper()
	o, err := Train(t.Context(), tiny(8), Config{Data: d, Recipe: r, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// equal compares outcomes but for the time they took; NaN equals NaN.
func equal(a, b any, ignore ...string) string {
	ignore = append(ignore, "TrainSeconds", "ImagesPerSecond", "EvalImagesPerSecond")
	return cmp.Diff(a, b, cmpopts.EquateNaNs(), cmpopts.IgnoreFields(Outcome{}, ignore...))
}

func TestTrainLearns(t *testing.T) {
	o := train(t, recipe(6), blobs(300, 0, 100))
	if o.Status != Done || o.Epochs != 6 || len(o.Curve) != 6 {
		t.Fatalf("%+v", o)
	}
	if o.Error > 20 || o.ErrorTrain > 20 || o.Curve[5].TrainLoss >= o.Curve[0].TrainLoss {
		t.Errorf("after 6 epochs error %.1f, in training %.1f, losses %.3f to %.3f; want to learn this",
			o.Error, o.ErrorTrain, o.Curve[0].TrainLoss, o.Curve[5].TrainLoss)
	}
	if o.EvalImagesPerSecond <= 0 {
		t.Errorf("%v images evaluated a second", o.EvalImagesPerSecond)
	}
	if o.TrainSeconds <= 0 || o.ImagesPerSecond < 1800/o.TrainSeconds {
		t.Errorf("1800 images in %v s cannot be %v a second", o.TrainSeconds, o.ImagesPerSecond)
	}
}

func TestOutcomeIsThatOfTheCurve(t *testing.T) {
	var told []Epoch
	r := recipe(5)
	r.LR = 0.5 // restless
	o, err := Train(t.Context(), tiny(8), Config{Data: blobs(100, 0, 50), Recipe: r, Seed: 1, OnEpoch: func(e Epoch) { told = append(told, e) }})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(o.Curve, told); diff != "" {
		t.Errorf("the callback was told otherwise:\n%s", diff)
	}
	best := 100.0
	for i, e := range o.Curve {
		best = min(best, e.Error)
		// 100 images in batches of 16: 7 steps.
		if want := r.Rate(float64(i) + 6.0/7); e.Epoch != i+1 || e.LR != want {
			t.Errorf("point %d is of epoch %d with learning rate %v, want %v", i, e.Epoch, e.LR, want)
		}
	}
	last := o.Curve[4]
	want := Outcome{
		ID: "tiny-8", Seed: 1, LR: 0.5, WeightDecay: r.WeightDecay, Kernel: kernel.Arithmetic, Data: "blobs@", Recipe: r.Label(),
		Status: Done, Error: last.Error, ErrorBestEpoch: best, ErrorTrain: last.TrainError, ErrorTest: math.NaN(),
		Loss: last.TrainLoss, Epochs: 5, Curve: o.Curve,
	}
	if diff := equal(want, o); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The same training as a plain loop over the engine, which says what the
// streams are named and when they are drawn from.
func TestTrainIsAPlainLoop(t *testing.T) {
	d, r, k := blobs(45, 0, 30), recipe(2), kernels(t)
	r.LabelSmoothing, r.WarmupEpochs, r.WarmupFactor = 0, 1, 0.1
	n, err := engine.Compile(tiny(8), 16, k)
	if err != nil {
		t.Fatal(err)
	}
	n.Init(seed.New("init", uint64(7)), false)
	batch := func(s *dataset.Images, indices []int) engine.Batch {
		b := engine.Batch{N: len(indices), Targets: make([]float32, 10*len(indices))}
		for i, index := range indices {
			b.Targets[10*i+int(s.Labels[index])] = 1
			for j, p := range s.Image(index) {
				b.Images = append(b.Images, (float32(p)-s.Mean[j%3])/s.Std[j%3])
			}
		}
		return b
	}
	var loss float64
	for epoch := 1; epoch <= 2; epoch++ {
		loss = 0
		order := make([]int, 45)
		for i := range order {
			order[i] = i
		}
		seed.New("shuffle", uint64(7), epoch).Shuffle(45, func(i, j int) { order[i], order[j] = order[j], order[i] })
		for step := range 3 {
			lr := float32(r.Rate(float64(epoch-1) + float64(step)/3))
			res := n.Step(batch(d.Train, order[15*step:15*step+15]), engine.Update{LR: lr, Momentum: 0.9, Nesterov: true, WeightDecay: 5e-4})
			loss += res.Loss * 15
		}
	}
	wrong := 0
	for i := range 30 {
		logits := n.Evaluate(batch(d.Test, []int{i})).Logits
		for c := range logits {
			if logits[c] > logits[d.Test.Labels[i]] {
				wrong++
				break
			}
		}
	}
	o, err := Train(t.Context(), tiny(8), Config{Data: d, Recipe: r, Seed: 7, Kernels: k})
	if err != nil {
		t.Fatal(err)
	}
	if want := 100 * float64(wrong) / 30; o.Error != want || o.Loss != loss/45 {
		t.Errorf("error %v and loss %v, the plain loop has %v and %v", o.Error, o.Loss, want, loss/45)
	}
}

func TestTrainIsDeterministic(t *testing.T) {
	r := recipe(2)
	r.Flip, r.Crop, r.Mixup, r.EMA, r.ZeroInit = true, 1, 0.2, 0.9, true
	d := blobs(90, 40, 50)
	a, b := train(t, r, d), train(t, r, d)
	if diff := equal(a, b); diff != "" {
		t.Errorf("two trainings differ:\n%s", diff)
	}
	c, err := Train(t.Context(), tiny(8), Config{Data: d, Recipe: r, Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	if a.Loss == c.Loss {
		t.Error("another seed makes no difference")
	}
}

// The validation part decides; the test part is looked at once, at the end.
func TestValidation(t *testing.T) {
	d := blobs(100, 40, 50)
	o := train(t, recipe(3), d)
	swapped := *d
	swapped.Val, swapped.Test = d.Test, d.Val
	s := train(t, recipe(3), &swapped)
	if o.ErrorTest != s.Error || s.ErrorTest != o.Error {
		t.Errorf("errors %v and %v; with the parts exchanged %v and %v", o.Error, o.ErrorTest, s.Error, s.ErrorTest)
	}
}

func TestEvalEvery(t *testing.T) {
	r, d := recipe(5), blobs(60, 0, 30)
	all := train(t, r, d)
	r.EvalEvery = 2
	some := train(t, r, d)
	for i, e := range some.Curve {
		want := all.Curve[i]
		if i == 0 || i == 2 {
			want.Error = math.NaN()
		}
		if diff := equal(want, e); diff != "" {
			t.Errorf("epoch %d (-want +got):\n%s", i+1, diff)
		}
	}
	if want := min(some.Curve[1].Error, some.Curve[3].Error, some.Curve[4].Error); some.ErrorBestEpoch != want {
		t.Errorf("best epoch has %v, want %v", some.ErrorBestEpoch, want)
	}
}

// An average that forgets at once is the weights themselves.
func TestAverageOfNoMemory(t *testing.T) {
	r, d := recipe(3), blobs(60, 0, 50)
	plain := train(t, r, d)
	r.EMA = 1e-30
	if diff := equal(plain, train(t, r, d), "Recipe"); diff != "" {
		t.Errorf("(-plain +averaged):\n%s", diff)
	}
}

func TestDivergence(t *testing.T) {
	r := recipe(20)
	r.LR, r.WeightDecay = 1e6, 0.5
	for _, val := range []int{0, 30} {
		o := train(t, r, blobs(60, val, 30))
		if o.Status != Diverged || o.Error != 100 || o.ErrorBestEpoch != 100 || o.ErrorTrain != 100 || !math.IsNaN(o.Loss) {
			t.Errorf("%+v, want diverged and 100 %%", o)
		}
		if o.Epochs != len(o.Curve) || o.Epochs == 20 || math.IsNaN(o.ErrorTest) != (val == 0) {
			t.Errorf("%d epochs, %d points, test error %v", o.Epochs, len(o.Curve), o.ErrorTest)
		}
		for _, e := range o.Curve {
			if !isFinite(e.TrainLoss) {
				t.Errorf("a point of the curve is not finite: %+v", e)
			}
		}
	}
}

func TestWeightsThatAreNotNumbersAreSeen(t *testing.T) {
	tr, err := newTraining(tiny(8), Config{Data: blobs(20, 0, 10), Recipe: recipe(1), Seed: 1, Kernels: kernels(t)})
	if err != nil {
		t.Fatal(err)
	}
	if !tr.weightsFinite() {
		t.Fatal("weights are not finite to begin with")
	}
	if err := tr.net.Set("stem.beta", []float32{0, 0, 0, 0, 0, 0, 0, float32(math.NaN())}); err != nil {
		t.Fatal(err)
	}
	if tr.weightsFinite() {
		t.Error("NaN goes unseen")
	}
}

func TestTrainRefuses(t *testing.T) {
	d := blobs(20, 0, 10)
	wide := tiny(8)
	wide.Input = 16
	for _, c := range []struct {
		m    *space.Model
		r    Recipe
		want string
	}{
		{wide, recipe(1), "input 16 and classes 10 are not those of blobs, 8 and 10"},
		{tiny(8), Recipe{Batch: 8}, "recipe: epochs 0"},
		{tiny(9), recipe(1), ""},
	} {
		if _, err := Train(t.Context(), c.m, Config{Data: d, Recipe: c.r, Seed: 1}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", c.m.Name, err, c.want)
		}
	}
}

// The zero configuration is the built-in data, the recipe proxy and the best
// kernels.
func TestDefaults(t *testing.T) {
	m := tiny(8)
	var c Config
	if err := c.complete(m); err != nil {
		t.Fatal(err)
	}
	proxy, err := Preset("proxy")
	if err != nil {
		t.Fatal(err)
	}
	if c.Recipe != proxy || c.Kernels.Name != kernels(t).Name || c.Data.Name != "synthetic" || c.Data.Size != 8 {
		t.Errorf("%+v", c)
	}
	if _, err := Train(t.Context(), &space.Model{Input: 224, Classes: 1000}, Config{}); err == nil || !strings.Contains(err.Error(), "224") {
		t.Errorf("error %v: the images cannot have 224 pixels", err)
	}
}

func TestTrainStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	epochs := 0
	_, err := Train(ctx, tiny(8), Config{Data: blobs(60, 0, 30), Recipe: recipe(1000), OnEpoch: func(Epoch) {
		if epochs++; epochs == 2 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || epochs != 2 {
		t.Errorf("error %v after %d epochs, want cancelled after 2", err, epochs)
	}
}

func TestBatchMayBeLargerThanTheData(t *testing.T) {
	r := recipe(2)
	r.Batch = 1000
	if o := train(t, r, blobs(20, 0, 30)); o.Status != Done {
		t.Errorf("%+v", o)
	}
}

func TestSeed(t *testing.T) {
	c := space.Candidate{Model: tiny(8)}
	base := Seed(1, c, 0)
	renamed := *c.Model
	renamed.Name = "other"
	if Seed(1, space.Candidate{Model: &renamed}, 0) != base {
		t.Error("the name changes the seed")
	}
	for what, s := range map[string]uint64{
		"the run":          Seed(2, c, 0),
		"the repeat":       Seed(1, c, 1),
		"the architecture": Seed(1, space.Candidate{Model: tiny(16)}, 0),
		"the drawn rate":   Seed(1, space.Candidate{Model: tiny(8), LR: 0.1}, 0),
		"the drawn decay":  Seed(1, space.Candidate{Model: tiny(8), WeightDecay: 0.1}, 0),
	} {
		if s == base {
			t.Errorf("%s does not change the seed", what)
		}
	}
}

func TestRecipeFor(t *testing.T) {
	r := recipe(1)
	if got := r.For(space.Candidate{}); got != r {
		t.Errorf("nothing drawn: %+v", got)
	}
	got := r.For(space.Candidate{LR: 0.7, WeightDecay: 0.01})
	r.LR, r.WeightDecay = 0.7, 0.01
	if got != r {
		t.Errorf("drawn values are not used: %+v", got)
	}
}

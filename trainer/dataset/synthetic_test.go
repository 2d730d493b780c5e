package dataset

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"
)

// The golden hashes were printed by this test on amd64 and are the same under
//
//	GOARCH=arm64 go test -exec qemu-aarch64-static ./trainer/dataset
//
// They may never change: results on synthetic data would no longer compare.
func TestSyntheticGolden(t *testing.T) {
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{TrainImages: 500, TestImages: 100}, "31acaf77f27c9bea80b320e6edee69ae317f8f8248ccc14c5fc3e5115d238b9c"},
		{Options{TrainImages: 400, ValImages: 100, TestImages: 100, Input: 16, Seed: 1}, "962402241ffac1b0535d555bc013f794fa9f8a3d6cfdf3023d9ccab88db23905"},
	} {
		d, err := Open("synthetic", c.o)
		if err != nil {
			t.Fatal(err)
		}
		if d.Hash != c.want {
			t.Errorf("%+v: hash %s, want %s", c.o, d.Hash, c.want)
		}
	}
}

func TestSyntheticImagesDoNotDependOnTheirNumber(t *testing.T) {
	few, many := synthesize("train", 300), synthesize("train", 700)
	if !bytes.Equal(few.Pixels, many.Pixels[:len(few.Pixels)]) || !bytes.Equal(few.Labels, many.Labels[:300]) {
		t.Error("the first 300 of 700 images are not the 300")
	}
	if bytes.Equal(few.Image(0), synthesize("test", 1).Image(0)) {
		t.Error("the training and the test part begin with the same image")
	}
}

// No class may be told from the mean or contrast of an image, nor from which
// pixels are light: a linear model of the pixels stays at chance, 90 % error.
func TestSyntheticIsNotLinear(t *testing.T) {
	d, err := Open("synthetic", Options{Input: 16, TrainImages: 4000})
	if err != nil {
		t.Fatal(err)
	}
	if e := softmaxRegression(d, 3); e < 80 {
		t.Errorf("a linear model has %.1f %% error, want at least 80", e)
	}
	// The test can see something where there is something: mark class 3.
	for _, s := range d.parts() {
		for i, l := range s.Labels {
			if l == 3 {
				copy(s.Image(i), bytes.Repeat([]byte{255}, 48))
			}
		}
	}
	if e := softmaxRegression(d, 3); e > 82 {
		t.Errorf("a linear model has %.1f %% error where one class is obvious, want about 79", e)
	}
}

// softmaxRegression returns the test error in percent of a linear model trained
// by plain stochastic gradient descent.
func softmaxRegression(d *Data, epochs int) float64 {
	features := d.Size * d.Size * 3
	w := make([]float64, d.Classes*(features+1))
	x := make([]float64, features+1)
	x[features] = 1
	scores := make([]float64, d.Classes)
	forward := func(s *Images, i int) int {
		for j, p := range s.Image(i) {
			x[j] = (float64(p) - float64(s.Mean[j%3])) / float64(s.Std[j%3])
		}
		best := 0
		for c := range scores {
			scores[c] = 0
			for j, v := range w[c*(features+1) : (c+1)*(features+1)] {
				scores[c] += v * x[j]
			}
			if scores[c] > scores[best] {
				best = c
			}
		}
		return best
	}
	r := rand.New(rand.NewPCG(1, 1))
	for e := range epochs {
		lr := 1e-4 * (1 - float64(e)/float64(epochs))
		for _, i := range r.Perm(d.Train.Len()) {
			top := scores[forward(d.Train, i)]
			sum := 0.0
			for c, s := range scores {
				scores[c] = math.Exp(s - top)
				sum += scores[c]
			}
			for c := range scores {
				g := scores[c] / sum
				if c == int(d.Train.Labels[i]) {
					g--
				}
				for j := range features + 1 {
					w[c*(features+1)+j] -= lr * g * x[j]
				}
			}
		}
	}
	wrong := 0
	for i := range d.Test.Len() {
		if forward(d.Test, i) != int(d.Test.Labels[i]) {
			wrong++
		}
	}
	return 100 * float64(wrong) / float64(d.Test.Len())
}

func BenchmarkSynthetic(b *testing.B) {
	for b.Loop() {
		synthesize("train", 10000)
	}
}

func TestSyntheticHasALimit(t *testing.T) {
	for _, o := range []Options{{TrainImages: 200_000}, {TestImages: 200_000}, {TrainImages: 10, ValImages: 5_000_000}} {
		if _, err := Open("synthetic", o); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
}

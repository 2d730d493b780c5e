package trainer

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"designspace/trainer/dataset"
)

// images returns n images of random looking pixels, labels in turn.
func images(n, size, classes int) *dataset.Images {
	s := &dataset.Images{Size: size, Classes: classes, Mean: [3]float32{100, 120, 140}, Std: [3]float32{50, 60, 70}}
	for i := range n {
		s.Labels = append(s.Labels, uint8(i%classes))
	}
	for i := range n * size * size * 3 {
		s.Pixels = append(s.Pixels, uint8(i*i*7+i*13))
	}
	return s
}

// Mirror, pad, move and cut out, one pixel at a time.
func TestAugmentation(t *testing.T) {
	s := images(3, 8, 10)
	f := newFeed(s, 2)
	rapid.Check(t, func(t *rapid.T) {
		index := rapid.IntRange(0, 2).Draw(t, "image")
		flip := rapid.Bool().Draw(t, "flip")
		dy, dx := rapid.IntRange(-9, 9).Draw(t, "dy"), rapid.IntRange(-9, 9).Draw(t, "dx")
		f.copyImage(1, index, flip, dy, dx)
		for y := range 8 {
			for x := range 8 {
				for c := range 3 {
					var want float32
					if fy, fx := y-dy, x-dx; fy >= 0 && fy < 8 && fx >= 0 && fx < 8 {
						if flip {
							fx = 7 - fx
						}
						want = (float32(s.Image(index)[(fy*8+fx)*3+c]) - s.Mean[c]) / s.Std[c]
					}
					if got := f.image(1)[(y*8+x)*3+c]; got != want {
						t.Fatalf("row %d, column %d, channel %d: %v, want %v", y, x, c, got, want)
					}
				}
			}
		}
	})
}

func TestEpochHasEveryImageOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, batch := rapid.IntRange(1, 40).Draw(t, "images"), rapid.IntRange(1, 40).Draw(t, "batch")
		e := newEpoch(newFeed(images(n, 2, 3), batch), Recipe{Batch: batch}, 1, 1)
		var seen, sizes []int
		for step := range e.steps {
			b, indices := e.step(step)
			if b.N != len(indices) || b.N > batch || len(b.Images) != b.N*12 || len(b.Targets) != b.N*3 {
				t.Fatalf("batch of %d images with %d and %d values", b.N, len(b.Images), len(b.Targets))
			}
			seen, sizes = append(seen, indices...), append(sizes, b.N)
		}
		slices.Sort(seen)
		for i, index := range seen {
			if i != index {
				t.Fatalf("images %v", seen)
			}
		}
		if len(seen) != n || slices.Max(sizes)-slices.Min(sizes) > 1 || e.steps != int(math.Ceil(float64(n)/float64(batch))) {
			t.Fatalf("%d images in steps of %v", len(seen), sizes)
		}
	})
}

func TestEpochsDiffer(t *testing.T) {
	f := newFeed(images(50, 2, 3), 50)
	order := func(seed uint64, number int) []int { return newEpoch(f, Recipe{Batch: 50}, seed, number).order }
	if slices.Equal(order(1, 1), order(1, 2)) || slices.Equal(order(1, 1), order(2, 1)) || !slices.Equal(order(1, 1), order(1, 1)) {
		t.Error("the order should depend on the seed and the epoch and on nothing else")
	}
}

// Half of the images are mirrored and the crops are uniform.
func TestAugmentationIsUniform(t *testing.T) {
	const n = 20000
	s := &dataset.Images{Size: 3, Classes: 2, Labels: make([]uint8, n), Pixels: make([]uint8, n*27), Std: [3]float32{1, 1, 1}}
	for i := range n {
		copy(s.Image(i)[3*3:], []uint8{1, 1, 1, 2, 2, 2, 3, 3, 3}) // middle row: 1 2 3
	}
	e := newEpoch(newFeed(s, n), Recipe{Batch: n, Flip: true, Crop: 1}, 5, 1)
	e.step(0)
	found := map[[3]float32]int{}
	for i := range n {
		img := e.image(i)
		for y := range 3 {
			if row := [3]float32{img[y*9], img[y*9+3], img[y*9+6]}; row != [3]float32{} {
				found[row]++
			}
		}
	}
	for _, row := range [][3]float32{{1, 2, 3}, {3, 2, 1}, {2, 3, 0}, {0, 1, 2}, {2, 1, 0}, {0, 3, 2}} {
		// Expected n/6; five standard deviations are 264.
		if got := found[row]; math.Abs(float64(got)-n/6.0) > 264 {
			t.Errorf("middle row %v: %d times, want about %d", row, got, n/6)
		}
	}
}

func TestTargets(t *testing.T) {
	e := newEpoch(newFeed(images(10, 2, 5), 10), Recipe{Batch: 10, LabelSmoothing: 0.1}, 1, 1)
	b, indices := e.step(0)
	for i, index := range indices {
		for c, v := range b.Targets[i*5 : (i+1)*5] {
			want := 0.02
			if c == index%5 {
				want = 0.92
			}
			if math.Abs(float64(v)-want) > 1e-6 {
				t.Errorf("target of class %d for an image of class %d: %v, want %v", c, index%5, v, want)
			}
		}
	}
}

// A mixed batch holds w·a + (1-w)·b of images and targets alike, with one w of
// at least one half.
func TestMixup(t *testing.T) {
	for number := range 20 {
		r := Recipe{Batch: 7}
		plain, indices := newEpoch(newFeed(images(7, 2, 7), 7), r, 3, number).step(0)
		r.Mixup = 0.5
		mixed, _ := newEpoch(newFeed(images(7, 2, 7), 7), r, 3, number).step(0)
		w := mixed.Targets[indices[0]%7]
		if w < 0.5 || w > 1 {
			t.Fatalf("own part %v", w)
		}
		for i := range 7 {
			j := 6 - i
			check := func(name string, got, a, b []float32) {
				for k := range got {
					if want := w*a[k] + (1-w)*b[k]; math.Abs(float64(got[k]-want)) > 1e-5 {
						t.Fatalf("%s of image %d: %v, want %v", name, i, got[k], want)
					}
				}
			}
			row := func(v []float32, i int) []float32 { return v[i*len(v)/7 : (i+1)*len(v)/7] }
			check("pixels", row(mixed.Images, i), row(plain.Images, i), row(plain.Images, j))
			check("targets", row(mixed.Targets, i), row(plain.Targets, i), row(plain.Targets, j))
		}
	}
}

func TestBatchesAllocateNothing(t *testing.T) {
	e := newEpoch(newFeed(images(64, 8, 10), 16), Recipe{Batch: 16, Flip: true, Crop: 2, LabelSmoothing: 0.1, Mixup: 0.2}, 1, 1)
	if n := testing.AllocsPerRun(10, func() { e.step(1) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkBatch(b *testing.B) {
	e := newEpoch(newFeed(images(1000, 16, 10), 64), Recipe{Batch: 64, Flip: true, Crop: 2, LabelSmoothing: 0.1}, 1, 1)
	b.ReportAllocs()
	for b.Loop() {
		e.step(0)
	}
}

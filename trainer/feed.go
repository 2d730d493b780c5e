package trainer

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"

	"designspace/internal/seed"
	"designspace/trainer/dataset"
	"designspace/trainer/engine"
)

// feed turns images into batches for the engine. It allocates nothing once it is
// made.
type feed struct {
	set     *dataset.Images
	colours [3][256]float32 // normalised value of a channel's byte
	images  []float32       // batch × size × size × 3
	targets []float32       // batch × classes
}

func newFeed(s *dataset.Images, batch int) *feed {
	f := &feed{
		set:     s,
		images:  make([]float32, batch*s.Size*s.Size*3),
		targets: make([]float32, batch*s.Classes),
	}
	for c := range f.colours {
		for v := range f.colours[c] {
			f.colours[c][v] = (float32(v) - s.Mean[c]) / s.Std[c]
		}
	}
	return f
}

// image returns the place of image i of the batch.
func (f *feed) image(i int) []float32 {
	n := f.set.Size * f.set.Size * 3
	return f.images[i*n : (i+1)*n]
}

// plain makes a batch of the n images from first, as they are and without
// targets.
func (f *feed) plain(first, n int) engine.Batch {
	for i := range n {
		f.copyImage(i, first+i, false, 0, 0)
	}
	return f.batch(n, nil)
}

func (f *feed) batch(n int, targets []float32) engine.Batch {
	return engine.Batch{Images: f.images[:n*f.set.Size*f.set.Size*3], Targets: targets, N: n}
}

// copyImage normalises an image of the set into place i of the batch, mirrored
// if flip, then moved down by dy and to the right by dx pixels; zeros move in.
func (f *feed) copyImage(i, index int, flip bool, dy, dx int) {
	dst, src, size := f.image(i), f.set.Image(index), f.set.Size
	step := 3
	if flip {
		step = -3
	}
	left, right := min(max(dx, 0), size), max(min(size+dx, size), 0) // columns that are covered
	for y := range size {
		row := dst[y*size*3 : (y+1)*size*3]
		if y-dy < 0 || y-dy >= size {
			clear(row)
			continue
		}
		clear(row[:left*3])
		clear(row[right*3:])
		x := left - dx // column of the image, before it is mirrored
		if flip {
			x = size - 1 - x
		}
		p := ((y-dy)*size + x) * 3
		for o := left * 3; o < right*3; o += 3 {
			row[o] = f.colours[0][src[p]]
			row[o+1] = f.colours[1][src[p+1]]
			row[o+2] = f.colours[2][src[p+2]]
			p += step
		}
	}
}

// epoch is the order and the augmentation of the images in one epoch. Each has
// its own random stream, which depends on nothing but the model's seed and the
// epoch.
type epoch struct {
	*feed
	recipe  Recipe
	order   []int
	steps   int
	augment *rand.Rand
	mixup   distuv.Beta
}

func newEpoch(f *feed, r Recipe, modelSeed uint64, number int) *epoch {
	e := &epoch{
		feed: f, recipe: r,
		order:   make([]int, f.set.Len()),
		steps:   (f.set.Len() + r.Batch - 1) / r.Batch,
		augment: seed.New("augment", modelSeed, number),
		mixup:   distuv.Beta{Alpha: r.Mixup, Beta: r.Mixup, Src: seed.New("mixup", modelSeed, number)},
	}
	for i := range e.order {
		e.order[i] = i
	}
	seed.New("shuffle", modelSeed, number).Shuffle(len(e.order), func(i, j int) {
		e.order[i], e.order[j] = e.order[j], e.order[i]
	})
	return e
}

// step makes the batch of a step and returns the indices of its images.
func (e *epoch) step(step int) (engine.Batch, []int) {
	n := len(e.order)
	indices := e.order[step*n/e.steps : (step+1)*n/e.steps]
	classes := e.set.Classes
	targets := e.targets[:len(indices)*classes]
	smooth := float32(e.recipe.LabelSmoothing)
	for i := range targets {
		targets[i] = smooth / float32(classes)
	}
	for i, index := range indices {
		flip := e.recipe.Flip && e.augment.IntN(2) == 1
		dy := e.augment.IntN(2*e.recipe.Crop+1) - e.recipe.Crop
		dx := e.augment.IntN(2*e.recipe.Crop+1) - e.recipe.Crop
		e.copyImage(i, index, flip, dy, dx)
		targets[i*classes+int(e.set.Labels[index])] += 1 - smooth
	}
	if e.recipe.Mixup > 0 {
		e.mix(len(indices))
	}
	return e.batch(len(indices), targets), indices
}

// mix mixes every image and target of a batch of n with its counterpart from the
// other end. The batch being in random order, that is a random partner. The own
// part is at least one half, so that an image keeps its label in the training
// error; since both images of a pair are kept, the distribution is the same.
func (e *epoch) mix(n int) {
	own := float32(e.mixup.Rand())
	own = max(own, 1-own)
	classes := e.set.Classes
	for i := range n / 2 {
		j := n - 1 - i
		blend(e.image(i), e.image(j), own)
		blend(e.targets[i*classes:(i+1)*classes], e.targets[j*classes:(j+1)*classes], own)
	}
}

// blend replaces a and b by own·a + (1-own)·b and own·b + (1-own)·a.
func blend(a, b []float32, own float32) {
	for i := range a {
		x, y := a[i], b[i]
		a[i] = float32(own*x) + float32((1-own)*y)
		b[i] = float32(own*y) + float32((1-own)*x)
	}
}

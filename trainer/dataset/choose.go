package dataset

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"

	"designspace/internal/seed"
)

// choose splits the validation images off the training images and limits the
// parts to the numbers asked for.
func choose(train, test *Images, o Options) (*Data, error) {
	if o.ValImages+max(o.TrainImages, 1) > train.Len() {
		return nil, fmt.Errorf("%d training and %d validation images asked for: there are %d for both",
			max(o.TrainImages, 1), o.ValImages, train.Len())
	}
	if o.TestImages > test.Len() {
		return nil, fmt.Errorf("%d test images asked for: there are %d", o.TestImages, test.Len())
	}
	order := balancedOrder(train, o.Seed, "train")
	d := &Data{}
	if o.ValImages > 0 {
		d.Val = subset(train, order[:o.ValImages])
		order = order[o.ValImages:]
	}
	if o.TrainImages > 0 {
		order = order[:o.TrainImages]
	}
	d.Train = subset(train, order)
	order = balancedOrder(test, o.Seed, "test")
	if o.TestImages > 0 {
		order = order[:o.TestImages]
	}
	d.Test = subset(test, order)
	return d, nil
}

// balancedOrder returns the indices of the images such that every prefix and
// every range is as balanced as the classes allow: one image of each class in
// turn, those of a class in random order, until classes run out.
func balancedOrder(s *Images, chooseSeed uint64, part string) []int {
	byClass := make([][]int, s.Classes)
	for i, l := range s.Labels {
		byClass[l] = append(byClass[l], i)
	}
	r := seed.New("choose", part, chooseSeed)
	for _, c := range byClass {
		r.Shuffle(len(c), func(i, j int) { c[i], c[j] = c[j], c[i] })
	}
	order := make([]int, 0, s.Len())
	for round := 0; len(order) < s.Len(); round++ {
		for _, c := range byClass {
			if round < len(c) {
				order = append(order, c[round])
			}
		}
	}
	return order
}

// subset copies the given images in the order in which s has them.
func subset(s *Images, indices []int) *Images {
	indices = slices.Sorted(slices.Values(indices))
	t := &Images{Size: s.Size, Classes: s.Classes}
	t.Labels = make([]uint8, 0, len(indices))
	t.Pixels = make([]uint8, 0, len(indices)*s.Size*s.Size*3)
	for _, i := range indices {
		t.Labels = append(t.Labels, s.Labels[i])
		t.Pixels = append(t.Pixels, s.Image(i)...)
	}
	return t
}

// average returns the images at 1/k of their size, a pixel being the mean of k
// by k pixels, halves rounded up.
func average(s *Images, k int) Images {
	size := s.Size / k
	t := *s
	t.Size = size
	t.Pixels = make([]uint8, 0, s.Len()*size*size*3)
	for i := range s.Len() {
		img := s.Image(i)
		for y := range size {
			for x := range size {
				for c := range 3 {
					sum := k * k / 2
					for dy := range k {
						for dx := range k {
							sum += int(img[((y*k+dy)*s.Size+x*k+dx)*3+c])
						}
					}
					t.Pixels = append(t.Pixels, uint8(sum/(k*k)))
				}
			}
		}
	}
	return t
}

// moments returns the mean and the standard deviation of each channel. A
// deviation below one grey level counts as one, so that images of one colour
// can be normalised.
func moments(s *Images) (mean, std [3]float32) {
	var sum, squares [3]uint64
	for i := 0; i < len(s.Pixels); i += 3 {
		for c, p := range s.Pixels[i : i+3] {
			sum[c] += uint64(p)
			squares[c] += uint64(p) * uint64(p)
		}
	}
	n := float64(len(s.Pixels) / 3)
	for c := range 3 {
		m := float64(sum[c]) / n
		// The conversion forbids a fused multiply-add, which not every
		// processor has: the result is the same everywhere.
		v := float64(squares[c])/n - float64(m*m)
		mean[c], std[c] = float32(m), float32(math.Sqrt(max(v, 1)))
	}
	return mean, std
}

// parts returns the parts that there are: training, validation, test.
func (d *Data) parts() []*Images {
	if d.Val == nil {
		return []*Images{d.Train, d.Test}
	}
	return []*Images{d.Train, d.Val, d.Test}
}

// sum returns the hash of all images in use, with their sizes, labels and
// normalisation.
func (d *Data) sum() string {
	h := sha256.New()
	for _, s := range d.parts() {
		header := []uint32{uint32(s.Len()), uint32(s.Size), uint32(s.Classes)}
		for c := range 3 {
			header = append(header, math.Float32bits(s.Mean[c]), math.Float32bits(s.Std[c]))
		}
		binary.Write(h, binary.LittleEndian, header)
		h.Write(s.Pixels)
		h.Write(s.Labels)
	}
	return hex.EncodeToString(h.Sum(nil))
}

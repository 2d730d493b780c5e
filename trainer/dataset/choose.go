package dataset

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"

	"designspace/internal/seed"
)

// choose splits the validation images off the training images, limits the parts
// to the numbers asked for, and reads them. Test images that the test part lacks
// are the last of the training images, so that those trained on stay the same.
func choose(train, test part, o Options) (d *Data, err error) {
	n, m := len(train.labels), len(test.labels)
	if o.ValImages+max(o.TrainImages, 1) > n {
		return nil, fmt.Errorf("%d training and %d validation images asked for: there are %d for both",
			max(o.TrainImages, 1), o.ValImages, n)
	}
	if m == 0 && o.TestImages == 0 {
		return nil, errors.New("there are no test images")
	}
	more := max(o.TestImages-m, 0)
	if o.NoTest && more > 0 {
		return nil, fmt.Errorf("%d test images asked for that are to stay untouched: there are %d", o.TestImages, m)
	}
	if o.ValImages+max(o.TrainImages, 1)+more > n {
		return nil, fmt.Errorf("%d test images asked for: there are %d, and %d training images for %d to train on, %d to validate on and the other %d",
			o.TestImages, m, n, max(o.TrainImages, 1), o.ValImages, more)
	}
	if o.NoTest && o.ValImages == 0 {
		return nil, errors.New("neither test nor validation images: errors need images to be measured on")
	}
	size := cmp.Or(o.Input, nativeSize)
	d = &Data{Size: size, Classes: train.classes, TestFromTrain: more}
	order := balancedOrder(train, o.Seed, "train")
	order, added := order[:n-more], order[n-more:]
	if o.ValImages > 0 {
		if d.Val, err = train.images(order[:o.ValImages], size); err != nil {
			return nil, err
		}
		order = order[o.ValImages:]
	}
	if o.TrainImages > 0 {
		order = order[:o.TrainImages]
	}
	if d.Train, err = train.images(order, size); err != nil {
		return nil, err
	}
	order = balancedOrder(test, o.Seed, "test")
	if o.NoTest {
		order = nil
	} else if o.TestImages > 0 {
		order = order[:min(o.TestImages, m)]
	}
	if d.Test, err = test.images(order, size); err != nil || more == 0 {
		return d, err
	}
	held, err := train.images(added, size)
	if err != nil {
		return nil, err
	}
	d.Test.Pixels, d.Test.Labels = append(d.Test.Pixels, held.Pixels...), append(d.Test.Labels, held.Labels...)
	return d, nil
}

// balancedOrder returns the indices of the images such that every prefix and
// every range is as balanced as the classes allow: one image of each class in
// turn, those of a class in random order, until classes run out.
func balancedOrder(p part, chooseSeed uint64, name string) []int {
	byClass := p.byClass()
	r := seed.New("choose", name, chooseSeed)
	for _, c := range byClass {
		r.Shuffle(len(c), func(i, j int) { c[i], c[j] = c[j], c[i] })
	}
	order := make([]int, 0, len(p.labels))
	for round := 0; len(order) < len(p.labels); round++ {
		for _, c := range byClass {
			if round < len(c) {
				order = append(order, c[round])
			}
		}
	}
	return order
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

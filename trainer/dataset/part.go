package dataset

import (
	"cmp"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/sync/errgroup"

	"designspace/internal/seed"
)

// A part is the training or the test part of a data set before images are
// chosen: only those that are chosen are read.
type part struct {
	classes int
	labels  []uint8
	// read writes image i in the given size into pixels, as [Images] has them.
	// Several goroutines may call it.
	read func(i int, pixels []uint8, size int) error
}

// resident is a part that lies in memory.
func resident(s *Images) part {
	return part{s.Classes, s.Labels, func(i int, pixels []uint8, size int) error {
		shrink(pixels, size, picture{s.Image(i), s.Size, s.Size, 3})
		return nil
	}}
}

// only is the part of the given images.
func (p part) only(indices []int) part {
	labels := make([]uint8, len(indices))
	for k, i := range indices {
		labels[k] = p.labels[i]
	}
	return part{p.classes, labels, func(i int, pixels []uint8, size int) error { return p.read(indices[i], pixels, size) }}
}

// byClass returns the indices of the images of each class, ascending.
func (p part) byClass() [][]int {
	of := make([][]int, p.classes)
	for i, l := range p.labels {
		of[l] = append(of[l], i)
	}
	return of
}

// mostBytes bounds the images of a part in memory.
const mostBytes = math.MaxInt32

// images reads the given images in the order in which p has them. Of several
// errors it returns that of the first image.
func (p part) images(indices []int, size int) (*Images, error) {
	p = p.only(slices.Sorted(slices.Values(indices)))
	n := size * size * 3
	if len(p.labels) > mostBytes/n {
		return nil, fmt.Errorf("%d images of %d pixels need more than 2 GB: use fewer or smaller ones", len(p.labels), size)
	}
	s := &Images{Size: size, Classes: p.classes, Labels: p.labels, Pixels: make([]uint8, len(p.labels)*n)}
	var (
		g      errgroup.Group
		mu     sync.Mutex
		failed = len(p.labels)
		first  error
	)
	const chunk = 64
	g.SetLimit(runtime.GOMAXPROCS(0))
	for start := 0; start < len(p.labels); start += chunk {
		g.Go(func() error {
			for i := start; i < min(start+chunk, len(p.labels)); i++ {
				mu.Lock()
				late := i > failed
				mu.Unlock()
				if late {
					return nil
				}
				if err := p.read(i, s.Image(i), size); err != nil {
					mu.Lock()
					if i < failed {
						failed, first = i, err
					}
					mu.Unlock()
				}
			}
			return nil
		})
	}
	g.Wait()
	return s, first
}

// heldOut is the share of the images of a class, one in so many, that are the
// test part of data that have none.
const heldOut = 5

// split makes a training and a test part of images that are not divided: of
// each class, the fifth whose names have the smallest hashes, at least one
// image, are for the test. A name decides the same whatever directory it is in.
// The error says by place which class has too few.
func (p part) split(place func(class int) string, name func(i int) string, splitSeed uint64) (train, test part, err error) {
	hash := make([]uint64, len(p.labels))
	for i := range hash {
		hash[i] = seed.Uint64("split", splitSeed, name(i))
	}
	var kept, held []int
	for class, of := range p.byClass() {
		if len(of) < 2 {
			return train, test, fmt.Errorf("%s: at least 2 images needed, to train on and to test on: there are %d", place(class), len(of))
		}
		slices.SortStableFunc(of, func(i, j int) int { return cmp.Compare(hash[i], hash[j]) })
		n := (len(of) + heldOut - 1) / heldOut
		held, kept = append(held, of[:n]...), append(kept, of[n:]...)
	}
	slices.Sort(held)
	slices.Sort(kept)
	return p.only(kept), p.only(held), nil
}

// splitNumbered splits the images of a file, which have no names but their
// numbers.
func (p part) splitNumbered(file string, splitSeed uint64) (train, test part, err error) {
	return p.split(func(class int) string { return fmt.Sprintf("%s: class %d", file, class) }, strconv.Itoa, splitSeed)
}

// classesOf returns how many classes labels of a place have that are numbered
// from 0. Every class has an image.
func classesOf(place string, labels []uint8) (int, error) {
	n := int(slices.Max(labels)) + 1
	for c := range n {
		if !slices.Contains(labels, uint8(c)) {
			return 0, fmt.Errorf("%s: no image has label %d, but one has %d: number the classes from 0, without gaps", place, c, n-1)
		}
	}
	if n < 2 {
		return 0, fmt.Errorf("%s: all images have label 0: at least 2 classes needed", place)
	}
	return n, nil
}

// known checks that the labels at a place are of classes of p.
func (p part) known(place string) error {
	if l := slices.Max(p.labels); int(l) >= p.classes {
		return fmt.Errorf("%s: label %d: the training images have labels below %d", place, l, p.classes)
	}
	return nil
}

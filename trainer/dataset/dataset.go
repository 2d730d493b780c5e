// Package dataset holds the proxy data that models are trained on: small square
// colour images, in memory, as bytes.
//
// One data set is built in and generated ("synthetic"). The others are read from
// the files their authors publish: the binary version of CIFAR-10 and CIFAR-100,
// and the IDX files of MNIST and Fashion-MNIST, whose 28x28 grey images are
// zero-padded to 32x32 and repeated in three channels. Every data set is
// therefore 32x32x3 and can be averaged down to 16x16 or 8x8. CIFAR-10 is
// normalised with the mean and deviation that pycls uses, whatever the size, the
// others with those of the training images in use.
//
// What is opened depends only on the files and on [Options]; [Data.Hash] tells
// two outcomes apart.
package dataset

import (
	"fmt"
	"slices"
	"strings"
)

// nativeSize is the height and width of every data set before averaging.
const nativeSize = 32

// Images are N labelled colour images.
type Images struct {
	Size    int     // height and width in pixels
	Classes int     // labels are below it
	Pixels  []uint8 // N*Size*Size*3 values: image, row, column, channel (NHWC)
	Labels  []uint8 // N

	// Mean and Std normalise a channel: (pixel - Mean) / Std, both in units of
	// the pixels' 0 to 255.
	Mean, Std [3]float32
}

// Len returns the number of images.
func (s *Images) Len() int { return len(s.Labels) }

// Image returns the pixels of image i, Size*Size*3 bytes that are not a copy.
func (s *Images) Image(i int) []uint8 {
	n := s.Size * s.Size * 3
	return s.Pixels[i*n : (i+1)*n : (i+1)*n]
}

// Data is a data set as it is trained on.
type Data struct {
	Name    string // without a path: "cifar10"
	Hash    string // hex SHA-256 of all that is below
	Size    int    // height and width of the images in pixels
	Classes int
	Train   *Images
	Val     *Images // split off the training images; nil if not asked for
	Test    *Images
}

// Label is a short name that tells data apart: the name and the hash's beginning.
func (d *Data) Label() string { return d.Name + "@" + d.Hash[:min(8, len(d.Hash))] }

// Options choose what is used of a data set. The zero value is all of it at 32
// pixels; for synthetic data, 10000 training and 2000 test images.
type Options struct {
	// Root is a directory that holds data sets, searched when the
	// specification names no path. Then follows /usr/share/datasets, where
	// Debian's packages put them.
	Root string

	// Input is the height and width in pixels: 32 (or 0), 16 or 8. Smaller
	// images are the means of 2x2 or 4x4 pixels.
	Input int

	// TrainImages and TestImages limit the images used of each part, and
	// ValImages are split off the training part before it is limited; 0 means
	// no limit, and no validation part. The images are chosen at random and
	// balanced over the classes as far as the part allows; a larger choice
	// contains the smaller ones.
	TrainImages, TestImages, ValImages int

	// Seed fixes that choice. It does not change the images themselves.
	Seed uint64
}

// A source is a data set that can be opened by name.
type source struct {
	name    string
	classes int
	dirs    []string // where it lies below a directory of data sets
	probe   []string // a directory with any of these files holds it
	origin  string   // where to get it, for an error; "" if built in
	load    func(dir string, o Options) (train, test *Images, err error)
	// mean and std are those of the data set's recipe; if zero, those of the
	// training images in use.
	mean, std [3]float32
}

var sources = []source{
	{
		name: "synthetic", classes: syntheticClasses, load: loadSynthetic,
	},
	{
		name: "cifar10", classes: 10, load: loadCIFAR10,
		dirs:   []string{"cifar10", "cifar-10-batches-bin"},
		probe:  []string{"test_batch.bin", "data_batch_1.bin"},
		origin: `the "binary version" at https://www.cs.toronto.edu/~kriz/cifar.html`,
		mean:   [3]float32{125.3, 123.0, 113.9},
		std:    [3]float32{63.0, 62.1, 66.7},
	},
	{
		name: "cifar100", classes: 100, load: loadCIFAR100,
		dirs:   []string{"cifar100", "cifar-100-binary"},
		probe:  []string{"train.bin", "test.bin"},
		origin: `the "binary version" at https://www.cs.toronto.edu/~kriz/cifar.html`,
	},
	{
		name: "mnist", classes: 10, load: loadIDX,
		dirs:   []string{"mnist", "MNIST/raw"},
		probe:  idxProbe,
		origin: "the four IDX files at https://yann.lecun.com/exdb/mnist",
	},
	{
		name: "fashion-mnist", classes: 10, load: loadIDX,
		dirs:   []string{"fashion-mnist", "FashionMNIST/raw"},
		probe:  idxProbe,
		origin: "Debian's package dataset-fashion-mnist, or https://github.com/zalandoresearch/fashion-mnist",
	},
}

// Names returns the data sets that [Open] knows.
func Names() []string {
	names := make([]string, len(sources))
	for i, s := range sources {
		names[i] = s.name
	}
	return names
}

// Open loads the data set of a specification: a name of [Names], for those read
// from files optionally with the directory that holds them, as in
// "cifar10:/data/cifar-10-batches-bin".
func Open(spec string, o Options) (*Data, error) {
	src, dir, err := parse(spec, o)
	if err != nil {
		return nil, err
	}
	if src.origin != "" {
		if dir, err = src.locate(dir, o.Root); err != nil {
			return nil, err
		}
	}
	train, test, err := src.load(dir, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", src.name, err)
	}
	d, err := choose(train, test, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", src.name, err)
	}
	d.Name = src.name
	if o.Input != 0 && o.Input != nativeSize {
		for _, s := range d.parts() {
			*s = average(s, nativeSize/o.Input)
		}
	}
	d.Size, d.Classes = d.Train.Size, src.classes
	mean, std := src.mean, src.std
	if std == [3]float32{} {
		mean, std = moments(d.Train)
	}
	for _, s := range d.parts() {
		s.Mean, s.Std = mean, std
	}
	d.Hash = d.sum()
	return d, nil
}

// Shape returns the image size in pixels and the number of classes that [Open]
// will give, without looking for any file.
func Shape(spec string, o Options) (size, classes int, err error) {
	src, _, err := parse(spec, o)
	if err != nil {
		return 0, 0, err
	}
	if o.Input == 0 {
		o.Input = nativeSize
	}
	return o.Input, src.classes, nil
}

// parse finds the source of a specification and its directory, which may be
// empty, and checks the options.
func parse(spec string, o Options) (src source, dir string, err error) {
	name, dir, hasDir := strings.Cut(spec, ":")
	i := slices.IndexFunc(sources, func(s source) bool { return s.name == name })
	switch {
	case i < 0:
		return src, "", fmt.Errorf("data %q: unknown: want one of %s", name, strings.Join(Names(), ", "))
	case hasDir && sources[i].origin == "":
		return src, "", fmt.Errorf("data %q: %s is built in: leave out %q", spec, name, ":"+dir)
	case hasDir && dir == "":
		return src, "", fmt.Errorf("data %q: no path after the colon", spec)
	case !slices.Contains([]int{0, 32, 16, 8}, o.Input):
		return src, "", fmt.Errorf("data %q: input %d: the images can be 32, 16 or 8 pixels wide", spec, o.Input)
	}
	for _, c := range []struct {
		what string
		n    int
	}{{"training", o.TrainImages}, {"test", o.TestImages}, {"validation", o.ValImages}} {
		if c.n < 0 {
			return src, "", fmt.Errorf("data %q: %d %s images: want 0 or more", spec, c.n, c.what)
		}
	}
	return sources[i], dir, nil
}

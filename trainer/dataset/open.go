package dataset

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"

	"designspace/internal/suggest"
)

// Open loads the data set of a specification: a name of [Names], for those read
// from files optionally with the directory that holds them, as in
// "cifar10:/data/cifar-10-batches-bin", and for data of one's own with their
// path, as in "folder:photos".
func Open(spec string, o Options) (*Data, error) {
	src, path, err := parse(spec, o)
	if err != nil {
		return nil, err
	}
	if len(src.Files) > 0 {
		if path, err = src.locate(path, o.Root); err != nil {
			return nil, err
		}
	}
	d, err := src.open(path, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", src.Name, err)
	}
	return d, nil
}

// open loads the data set from its path.
func (src Set) open(path string, o Options) (*Data, error) {
	train, test, err := src.load(path, o)
	if err != nil {
		return nil, err
	}
	d, err := choose(train, test, o)
	if err != nil {
		return nil, err
	}
	d.Name = src.Name
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
// will give. It looks only for files of one's own, which decide the classes.
func Shape(spec string, o Options) (size, classes int, err error) {
	src, path, err := parse(spec, o)
	if err != nil {
		return 0, 0, err
	}
	if classes = src.Classes; src.Own {
		train, _, err := src.load(path, o)
		if err != nil {
			return 0, 0, fmt.Errorf("%s: %w", src.Name, err)
		}
		classes = train.classes
	}
	return cmp.Or(o.Input, nativeSize), classes, nil
}

// Sizes of images of one's own, in pixels.
const minSize, maxSize = 8, 256

// Check reports a specification, or options, that no files could make good: a set
// that there is not, a wrong form, or images of a size that they cannot have.
func Check(spec string, o Options) error {
	_, _, err := parse(spec, o)
	return err
}

// parse finds the set of a specification and its path, which may be empty
// unless the data are one's own, and checks the options.
func parse(spec string, o Options) (src Set, path string, err error) {
	name, path, hasPath := strings.Cut(spec, ":")
	sets := Sets()
	i := slices.IndexFunc(sets, func(s Set) bool { return s.Name == name })
	if i < 0 {
		remedy := suggest.Known(name, Names())
		if info, err := os.Stat(spec); err == nil && info.IsDir() {
			remedy = "for a directory of images write folder:" + spec
		}
		return src, "", fmt.Errorf("data %s: no such data set; %s", spec, remedy)
	}
	src = sets[i]
	switch {
	case hasPath && len(src.Files) == 0 && !src.Own:
		return src, "", fmt.Errorf("data %q: %s is built in: leave out %q", spec, name, ":"+path)
	case src.Own && !hasPath:
		return src, "", fmt.Errorf("data %q: whose? give the path, as in %s:PATH", spec, name)
	case hasPath && path == "":
		return src, "", fmt.Errorf("data %q: no path after the colon", spec)
	case src.Own && o.Input != 0 && (o.Input < minSize || o.Input > maxSize):
		return src, "", fmt.Errorf("data %q: input %d: the images can be %d to %d pixels wide: sample models for that", spec, o.Input, minSize, maxSize)
	case !src.Own && !slices.Contains([]int{0, 32, 16, 8}, o.Input):
		return src, "", fmt.Errorf("data %q: input %d: the images can be 32, 16 or 8 pixels wide: sample models for one of these, or take your own images", spec, o.Input)
	}
	for _, c := range []struct {
		what string
		n    int
	}{{"training", o.TrainImages}, {"test", o.TestImages}, {"validation", o.ValImages}} {
		if c.n < 0 {
			return src, "", fmt.Errorf("data %q: %d %s images: want 0 or more", spec, c.n, c.what)
		}
	}
	return src, path, nil
}

package dataset

import (
	"fmt"
	"slices"
	"strings"
)

// Open loads the data set of a specification: a name of [Names], for those read
// from files optionally with the directory that holds them, as in
// "cifar10:/data/cifar-10-batches-bin".
func Open(spec string, o Options) (*Data, error) {
	src, dir, err := parse(spec, o)
	if err != nil {
		return nil, err
	}
	if len(src.Files) > 0 {
		if dir, err = src.locate(dir, o.Root); err != nil {
			return nil, err
		}
	}
	train, test, err := src.load(dir, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", src.Name, err)
	}
	d, err := choose(train, test, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", src.Name, err)
	}
	d.Name = src.Name
	if o.Input != 0 && o.Input != nativeSize {
		for _, s := range d.parts() {
			*s = average(s, nativeSize/o.Input)
		}
	}
	d.Size, d.Classes = d.Train.Size, src.Classes
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
	return o.Input, src.Classes, nil
}

// parse finds the set of a specification and its directory, which may be
// empty, and checks the options.
func parse(spec string, o Options) (src Set, dir string, err error) {
	name, dir, hasDir := strings.Cut(spec, ":")
	sets := Sets()
	i := slices.IndexFunc(sets, func(s Set) bool { return s.Name == name })
	switch {
	case i < 0:
		return src, "", fmt.Errorf("data %q: unknown: want one of %s", name, strings.Join(Names(), ", "))
	case hasDir && len(sets[i].Files) == 0:
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
	return sets[i], dir, nil
}

package dataset

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// numbered returns n images of one pixel value each, their number, with the
// given labels in turn.
func numbered(n, classes int, labels ...uint8) part {
	s := &Images{Size: nativeSize, Classes: classes}
	for i := range n {
		s.Labels = append(s.Labels, labels[i%len(labels)])
		for range nativeSize * nativeSize * 3 {
			s.Pixels = append(s.Pixels, uint8(i))
		}
	}
	return resident(s)
}

// numbers returns which images of a numbered set are in s.
func numbers(s *Images) []int {
	var v []int
	for i := range s.Len() {
		v = append(v, int(s.Image(i)[0]))
	}
	return v
}

func counts(s *Images) []int {
	c := make([]int, s.Classes)
	for _, l := range s.Labels {
		c[l]++
	}
	return c
}

func TestShapeAgreesWithOpen(t *testing.T) {
	for _, input := range []int{0, 8, 16, 32} {
		o := Options{Input: input, TrainImages: 20, TestImages: 10, ValImages: 10}
		d, err := Open("synthetic", o)
		if err != nil {
			t.Fatal(err)
		}
		size, classes, err := Shape("synthetic", o)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range append(d.parts(), &Images{Size: d.Size, Classes: d.Classes, Pixels: make([]uint8, d.Size*d.Size*3)}) {
			if s.Size != size || s.Classes != classes || len(s.Pixels) != max(s.Len(), 1)*size*size*3 {
				t.Errorf("input %d: a part is %d pixels wide with %d classes and %d bytes for %d images, Shape says %d and %d",
					input, s.Size, s.Classes, len(s.Pixels), s.Len(), size, classes)
			}
		}
	}
	if _, classes, err := Shape("cifar100:/nowhere", Options{}); err != nil || classes != 100 {
		t.Errorf("Shape of files that are not there: %d classes, %v", classes, err)
	}
}

// smallestFiles are the files of data sets with as few images as they may hold.
func smallestFiles(name string) map[string][]byte {
	switch name {
	case "cifar10":
		return map[string][]byte{"data_batch_1.bin": record(place, 1), "test_batch.bin": record(place, 9)}
	case "cifar100":
		return map[string][]byte{"train.bin": record(place, 1, 7), "test.bin": record(place, 2, 99)}
	case "mnist", "fashion-mnist":
		return digits()
	case "folder":
		return photos(2)
	case "csv":
		return map[string][]byte{"train.csv": table(9, 0, 1), "test.csv": table(9, 0)}
	case "npy":
		files := map[string][]byte{}
		for _, name := range []string{"train", "test"} {
			files["x_"+name+".npy"] = bytesArray("(2, 1, 1)", 7, 8)
			files["y_"+name+".npy"] = bytesArray("(2,)", 0, 1)
		}
		return files
	}
	return nil
}

// Every data set says what it is, is found by its files and says where to get
// them, or opens what lies at its path.
func TestSets(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Sets() {
		if s.Name == "" || strings.ContainsAny(s.Name, ": ") || seen[s.Name] || s.About == "" || s.Own != (s.Classes == 0) || s.Classes == 1 || s.Classes > 256 {
			t.Errorf("%+v", s)
		}
		seen[s.Name] = true
		dir, o := t.TempDir(), Options{TrainImages: 1, TestImages: 1}
		spec := s.Name
		if len(s.Files) > 0 {
			if _, err := Open(spec+":"+dir, o); err == nil || !strings.Contains(err.Error(), s.Origin) || s.Origin == "" || !strings.Contains(err.Error(), s.Files[0]) {
				t.Errorf("%s: %v; want what is missing and where to get it", spec, err)
			}
		}
		if len(s.Files) > 0 || s.Own {
			spec += ":" + dir
			files := smallestFiles(s.Name)
			if len(files) == 0 {
				t.Fatalf("%s: no files to test it with", s.Name)
			}
			writeAll(t, dir, files)
		}
		d, err := Open(spec, o)
		if err != nil {
			t.Fatal(err)
		}
		size, classes, err := Shape(spec, o)
		if d.Name != s.Name || d.Classes != max(s.Classes, 2) || d.Size != size || d.Classes != classes || d.Train.Len() != 1 || err != nil {
			t.Errorf("%s: %d classes of %d pixels, Shape says %d and %d, %v", s.Name, d.Classes, d.Size, classes, size, err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, c := range []struct {
		spec string
		o    Options
		want string
	}{
		{"imagenet", Options{}, "known are cifar10, cifar100"},
		{"cifr10", Options{}, `did you mean "cifar10"`},
		{"synthetic:/data", Options{}, "built in"},
		{"mnist:", Options{}, "no path"},
		{"synthetic", Options{Input: 12}, "32, 16 or 8"},
		{"synthetic", Options{Input: -16}, "32, 16 or 8"},
		{"folder", Options{}, "folder:PATH"},
		{"npy:", Options{}, "no path"},
		{"csv:x", Options{Input: 257}, "8 to 256"},
		{"csv:x", Options{Input: 7}, "8 to 256"},
		{"testdata", Options{}, "folder:testdata"},
		{"synthetic", Options{TestImages: -1}, "-1 test images"},
		{"synthetic", Options{ValImages: 10000}, "1 training and 10000 validation images asked for: there are 10000"},
	} {
		if _, err := Open(c.spec, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Open(%q, %+v): error %v, want %q in it", c.spec, c.o, err, c.want)
		}
	}
}

// Test images that the test part lacks are of the training part: as balanced, none
// that is trained on, and none of those changes for it.
func TestMoreTestImages(t *testing.T) {
	train, test := numbered(200, 4, 0, 1, 2, 3), numbered(100, 4, 3, 2, 1, 0)
	rapid.Check(t, func(t *rapid.T) {
		o := Options{
			Seed:        rapid.Uint64Range(0, 3).Draw(t, "seed"),
			TrainImages: rapid.IntRange(0, 50).Draw(t, "train"),
			TestImages:  100,
			ValImages:   rapid.IntRange(0, 50).Draw(t, "val"),
		}
		few, err := choose(train, test, o)
		if err != nil {
			t.Fatal(err)
		}
		added := rapid.IntRange(1, 100).Draw(t, "added")
		o.TestImages += added
		d, err := choose(train, test, o)
		if err != nil {
			t.Fatal(err)
		}
		if d.TestFromTrain != added || d.Test.Len() != 100+added || !slices.Equal(numbers(few.Test), numbers(d.Test)[:100]) {
			t.Fatalf("%d of %d test images are of the training part, want %d", d.TestFromTrain, d.Test.Len(), added)
		}
		if o.TrainImages > 0 && !slices.Equal(numbers(few.Train), numbers(d.Train)) || o.TrainImages == 0 && d.Train.Len() != 200-o.ValImages-added {
			t.Fatalf("%d training images, others than without", d.Train.Len())
		}
		used := numbers(d.Train)
		if d.Val != nil {
			used = append(used, numbers(d.Val)...)
		}
		byClass := make([]int, 4)
		for k, i := range numbers(d.Test)[100:] {
			byClass[d.Test.Labels[100+k]]++
			if slices.Contains(used, i) {
				t.Fatalf("image %d is trained or validated on, too", i)
			}
		}
		if slices.Max(byClass)-slices.Min(byClass) > 1 {
			t.Fatalf("by class %v", byClass)
		}
	})
}

func TestMoreTestImagesThanThereAre(t *testing.T) {
	train, test := numbered(200, 4, 0, 1, 2, 3), numbered(100, 4, 3, 2, 1, 0)
	for want, o := range map[string]Options{
		"151 test images asked for: there are 100, and 200 training images for 100 to train on, 50 to validate on and the other 51": {TestImages: 151, TrainImages: 100, ValImages: 50},
		"untouched: there are 100": {TestImages: 101, ValImages: 10, NoTest: true},
	} {
		if _, err := choose(train, test, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want %q", o, err, want)
		}
	}
}

func TestAllImagesKeepTheirOrder(t *testing.T) {
	d, err := choose(numbered(12, 3, 0, 1, 2, 2), numbered(5, 3, 1), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(numbers(d.Train), []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}) || d.Val != nil || d.Test.Len() != 5 {
		t.Errorf("without limits: train %v, val %v, test %v", numbers(d.Train), d.Val, numbers(d.Test))
	}
}

// The properties that make a subset a fair and stable one.
func TestSubsets(t *testing.T) {
	train, test := numbered(200, 4, 0, 1, 2, 3), numbered(100, 4, 3, 2, 1, 0)
	rapid.Check(t, func(t *rapid.T) {
		o := Options{
			Seed:        rapid.Uint64Range(0, 3).Draw(t, "seed"),
			TrainImages: rapid.IntRange(1, 100).Draw(t, "train"),
			TestImages:  rapid.IntRange(1, 100).Draw(t, "test"),
			ValImages:   rapid.IntRange(1, 99).Draw(t, "val"),
		}
		d, err := choose(train, test, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []struct {
			s *Images
			n int
		}{{d.Train, o.TrainImages}, {d.Val, o.ValImages}, {d.Test, o.TestImages}} {
			c := counts(p.s)
			if p.s.Len() != p.n || slices.Max(c)-slices.Min(c) > 1 {
				t.Fatalf("%+v: %d images, by class %v", o, p.s.Len(), c)
			}
		}
		for _, i := range numbers(d.Val) {
			if slices.Contains(numbers(d.Train), i) {
				t.Fatalf("image %d is in the training and in the validation part", i)
			}
		}
		o.TrainImages++
		more, err := choose(train, test, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range numbers(d.Train) {
			if !slices.Contains(numbers(more.Train), i) {
				t.Fatalf("image %d is lost when one more is asked for", i)
			}
		}
	})
}

func TestSubsetIsAsBalancedAsItCanBe(t *testing.T) {
	// 3 of class 0, 9 of class 1.
	d, err := choose(numbered(12, 2, 0, 1, 1, 1), numbered(4, 2, 0), Options{TrainImages: 8})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{3, 5}, counts(d.Train)); diff != "" {
		t.Errorf("classes (-want +got):\n%s", diff)
	}
}

func TestSeedChoosesOtherImages(t *testing.T) {
	of := func(seed uint64) []int {
		d, err := choose(numbered(200, 2, 0, 1), numbered(10, 2, 0, 1), Options{TrainImages: 50, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		return numbers(d.Train)
	}
	if slices.Equal(of(1), of(2)) || !slices.Equal(of(1), of(1)) {
		t.Error("seeds 1 and 2 should choose differently, and each always the same")
	}
}

func TestMoments(t *testing.T) {
	// Channels: 0 and 2; 5 and 5; 1 and 4.
	mean, std := moments(&Images{Pixels: []uint8{0, 5, 1, 2, 5, 4}})
	if mean != [3]float32{1, 5, 2.5} || std != [3]float32{1, 1, 1.5} {
		t.Errorf("mean %v, deviation %v; want [1 5 2.5], [1 1 1.5]", mean, std)
	}
}

// Everything a training sees changes the hash.
func TestHash(t *testing.T) {
	seen := map[string]string{}
	add := func(name string, o Options, change func(*Data)) {
		d, err := Open("synthetic", o)
		if err != nil {
			t.Fatal(err)
		}
		if change != nil {
			change(d)
			d.Hash = d.sum()
		}
		if old, ok := seen[d.Hash]; ok {
			t.Errorf("%s has the hash of %s", name, old)
		}
		seen[d.Hash] = name
	}
	o := Options{TrainImages: 30, TestImages: 20}
	add("data", o, nil)
	add("a pixel", o, func(d *Data) { d.Train.Pixels[17]++ })
	add("a test pixel", o, func(d *Data) { d.Test.Pixels[17]++ })
	add("a label", o, func(d *Data) { d.Train.Labels[0]++ })
	add("mean", o, func(d *Data) { d.Train.Mean[1]++ })
	add("half size", Options{TrainImages: 30, TestImages: 20, Input: 16}, nil)
	add("fewer", Options{TrainImages: 20, TestImages: 20}, nil)
	add("fewer tests", Options{TrainImages: 30, TestImages: 10}, nil)
	add("validation", Options{TrainImages: 20, ValImages: 10, TestImages: 20}, nil)
}

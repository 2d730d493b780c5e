package dataset

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// record returns a CIFAR record whose pixels tell their place: channel c of the
// pixel at row y and column x is at(c, y, x).
func record(at func(c, y, x int) uint8, labels ...uint8) []byte {
	b := bytes.Clone(labels)
	for c := range 3 {
		for y := range 32 {
			for x := range 32 {
				b = append(b, at(c, y, x))
			}
		}
	}
	return b
}

func place(c, y, x int) uint8 { return uint8(7*c + 5*y + 3*x) }

func write(t *testing.T, dir, name string, parts ...[]byte) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Join(parts, nil), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestCIFAR10(t *testing.T) {
	dir := t.TempDir()
	flat := func(v uint8) func(c, y, x int) uint8 { return func(int, int, int) uint8 { return v } }
	write(t, dir, "data_batch_1.bin", record(place, 3), record(flat(1), 9))
	write(t, dir, "data_batch_4.bin", record(flat(2), 0))
	write(t, dir, "test_batch.bin", record(flat(3), 7))
	d, err := Open("cifar10:"+dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d.Name != "cifar10" || d.Size != 32 || d.Classes != 10 {
		t.Errorf("%s, %d pixels, %d classes", d.Name, d.Size, d.Classes)
	}
	if !bytes.Equal(d.Train.Labels, []uint8{3, 9, 0}) || !bytes.Equal(d.Test.Labels, []uint8{7}) {
		t.Errorf("labels %v and %v, want [3 9 0] and [7]", d.Train.Labels, d.Test.Labels)
	}
	for y := range 32 {
		for x := range 32 {
			for c := range 3 {
				if got := d.Train.Image(0)[(y*32+x)*3+c]; got != place(c, y, x) {
					t.Fatalf("row %d, column %d, channel %d: %d, want %d", y, x, c, got, place(c, y, x))
				}
			}
		}
	}
	if d.Train.Mean != [3]float32{125.3, 123.0, 113.9} || d.Test.Std != [3]float32{63.0, 62.1, 66.7} {
		t.Errorf("normalisation by %v and %v is not that of the recipe", d.Train.Mean, d.Test.Std)
	}
}

func TestCIFAR100TakesTheFineLabel(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "train.bin", record(place, 19, 99), record(place, 2, 0))
	write(t, dir, "test.bin", record(place, 1, 2))
	d, err := Open("cifar100:"+dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d.Classes != 100 || !bytes.Equal(d.Train.Labels, []uint8{99, 0}) || !bytes.Equal(d.Test.Labels, []uint8{2}) {
		t.Errorf("%d classes, labels %v and %v", d.Classes, d.Train.Labels, d.Test.Labels)
	}
}

func TestCIFARErrorsSayWhere(t *testing.T) {
	good := record(place, 1)
	for _, c := range []struct {
		name  string
		files map[string][]byte
		want  string
	}{
		{"truncated", map[string][]byte{"data_batch_1.bin": good[:3072], "test_batch.bin": good},
			"data_batch_1.bin: 3072 bytes is not a positive multiple of 3073"},
		{"empty", map[string][]byte{"data_batch_1.bin": {}, "test_batch.bin": good}, "0 bytes"},
		{"label", map[string][]byte{"data_batch_1.bin": good, "data_batch_2.bin": append(bytes.Clone(good), record(place, 10)...), "test_batch.bin": good},
			"data_batch_2.bin: record 1: label 10 at offset 3073: labels are below 10"},
		{"no test part", map[string][]byte{"data_batch_1.bin": good}, "test_batch.bin: no such file"},
		{"no training part", map[string][]byte{"test_batch.bin": good}, "none of data_batch_1.bin"},
	} {
		dir := t.TempDir()
		for name, data := range c.files {
			write(t, dir, name, data)
		}
		if _, err := Open("cifar10:"+dir, Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", c.name, err, c.want)
		}
	}
}

func TestLocate(t *testing.T) {
	good := record(place, 1)
	put := func(dir string) string {
		write(t, dir, "data_batch_1.bin", good)
		write(t, dir, "test_batch.bin", good)
		return dir
	}
	for _, below := range []string{"cifar10", "cifar-10-batches-bin", "cifar10/cifar-10-batches-bin"} {
		root := t.TempDir()
		put(filepath.Join(root, below))
		if _, err := Open("cifar10", Options{Root: root}); err != nil {
			t.Errorf("in ROOT/%s: %v", below, err)
		}
		if _, err := Open("cifar10:"+root, Options{}); err != nil {
			t.Errorf("in PATH/%s: %v", below, err)
		}
	}
	root := t.TempDir()
	_, err := Open("cifar10", Options{Root: root})
	if err == nil || !strings.Contains(err.Error(), root) || !strings.Contains(err.Error(), "cs.toronto.edu") {
		t.Errorf("nothing there: error %v, want where it looked and where to get it", err)
	}
	if _, err := Open("cifar10:"+filepath.Join(root, "no"), Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no such path: error %v", err)
	}
	write(t, root, "file", good)
	if _, err := Open("cifar10:"+filepath.Join(root, "file"), Options{}); err == nil || !strings.Contains(err.Error(), "directory") {
		t.Errorf("path of a file: error %v", err)
	}
}

// Other programs get the directory where Open finds the files, or else what is
// written.
func TestPath(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "cifar10", "cifar-10-batches-bin")
	write(t, dir, "test_batch.bin", record(place, 1))
	for _, c := range []struct{ spec, root, want string }{
		{"cifar10", root, dir},
		{"cifar10:" + root, "", dir},
		{"cifar10:" + dir, "elsewhere", dir},
		{"cifar10:/pickles", root, "/pickles"},
		{"cifar100", root, "cifar100"},
		{"synthetic", root, "synthetic"},
		{"/my/images", root, "/my/images"},
		{"imagenet:/images", root, "imagenet:/images"},
	} {
		if got := Path(c.spec, c.root); got != c.want {
			t.Errorf("Path(%q, %q) = %q, want %q", c.spec, c.root, got, c.want)
		}
	}
}

func FuzzCIFAR(f *testing.F) {
	f.Add(record(place, 1), false)
	f.Add(record(place, 1, 99), true)
	f.Add([]byte{}, false)
	f.Fuzz(func(t *testing.T, data []byte, fine bool) {
		s, labelBytes := &Images{Size: nativeSize, Classes: 10}, 1
		if fine {
			s.Classes, labelBytes = 100, 2
		}
		if err := appendCIFAR(s, "f", data, labelBytes); err != nil {
			return
		}
		if len(data) != s.Len()*(3072+labelBytes) || len(s.Pixels) != s.Len()*3072 {
			t.Errorf("%d bytes became %d images of %d bytes", len(data), s.Len(), len(s.Pixels))
		}
		for _, l := range s.Labels {
			if int(l) >= s.Classes {
				t.Errorf("label %d of %d classes", l, s.Classes)
			}
		}
	})
}

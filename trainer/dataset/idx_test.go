package dataset

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// idx returns an IDX file of bytes with the given dimensions.
func idx(data []byte, dims ...uint32) []byte {
	b := []byte{0, 0, 8, byte(len(dims))}
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, d)
	}
	return append(b, data...)
}

func compress(data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(data)
	z.Close()
	return b.Bytes()
}

// digits returns the four files: two training images and a test image, whose
// pixels tell their place.
func digits() map[string][]byte {
	grey := make([]byte, 3*28*28)
	for i := range grey {
		grey[i] = byte(i % 251)
	}
	return map[string][]byte{
		"train-images-idx3-ubyte": idx(grey[:2*28*28], 2, 28, 28),
		"train-labels-idx1-ubyte": idx([]byte{4, 9}, 2),
		"t10k-images-idx3-ubyte":  idx(grey[2*28*28:], 1, 28, 28),
		"t10k-labels-idx1-ubyte":  idx([]byte{0}, 1),
	}
}

func TestIDX(t *testing.T) {
	dir, zdir := t.TempDir(), t.TempDir()
	for name, data := range digits() {
		write(t, dir, name, data)
		write(t, zdir, name+".gz", compress(data))
	}
	d, err := Open("mnist:"+dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(d.Train.Labels, []uint8{4, 9}) || !bytes.Equal(d.Test.Labels, []uint8{0}) {
		t.Errorf("labels %v and %v, want [4 9] and [0]", d.Train.Labels, d.Test.Labels)
	}
	for y := range 32 {
		for x := range 32 {
			want := byte(0)
			if y >= 2 && y < 30 && x >= 2 && x < 30 {
				want = byte((28*28 + (y-2)*28 + x - 2) % 251)
			}
			if got := d.Train.Image(1)[(y*32+x)*3:][:3]; !bytes.Equal(got, []byte{want, want, want}) {
				t.Fatalf("row %d, column %d: %v, want three times %d", y, x, got, want)
			}
		}
	}
	z, err := Open("fashion-mnist:"+zdir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	z.Name = d.Name
	if diff := cmp.Diff(d, z); diff != "" {
		t.Errorf("compressed files differ:\n%s", diff)
	}
}

func TestIDXErrorsSayWhere(t *testing.T) {
	files := digits()
	images := files["train-images-idx3-ubyte"]
	for _, c := range []struct {
		name, file string
		data       []byte
		want       string
	}{
		{"truncated", "train-images-idx3-ubyte", images[:1000], "ends in record 1 of 2: truncated?"},
		{"longer", "train-images-idx3-ubyte", append(bytes.Clone(images), 0), "goes on after its 2 records, at offset 1584"},
		{"short header", "train-images-idx3-ubyte", images[:9], "header of 16 bytes"},
		{"labels for images", "train-images-idx3-ubyte", files["train-labels-idx1-ubyte"], "header"},
		{"wrong magic", "train-images-idx3-ubyte", append([]byte{0, 0, 13}, images[3:]...), "magic number 0x00000d03 at offset 0: want 0x00000803"},
		{"wrong size", "train-images-idx3-ubyte", idx(images[16:], 2, 28, 27), "dimension 27 at offset 12"},
		{"huge count", "train-images-idx3-ubyte", idx(images[16:], 1<<32-1, 28, 28), "ends in record 2 of 4294967295"},
		{"label", "train-labels-idx1-ubyte", idx([]byte{1, 10}, 2), "record 1: label 10 at offset 9"},
		{"counts", "train-labels-idx1-ubyte", idx([]byte{1}, 1), "2 images, but"},
		{"not gzip", "t10k-labels-idx1-ubyte.gz", []byte("what"), "t10k-labels-idx1-ubyte.gz"},
		{"torn gzip", "t10k-labels-idx1-ubyte.gz", compress(files["t10k-labels-idx1-ubyte"])[:30], "t10k-labels-idx1-ubyte.gz"},
	} {
		dir := t.TempDir()
		for name, data := range files {
			write(t, dir, name, data)
		}
		os.Remove(filepath.Join(dir, strings.TrimSuffix(c.file, ".gz")))
		write(t, dir, c.file, c.data)
		_, err := Open("mnist:"+dir, Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.file) {
			t.Errorf("%s: error %v, want %q and the file in it", c.name, err, c.want)
		}
	}
}

// Debian's package, where it is installed.
func TestFashionMNIST(t *testing.T) {
	if _, err := os.Stat(filepath.Join(systemRoot, "fashion-mnist")); err != nil {
		t.Skip("dataset-fashion-mnist is not installed")
	}
	d, err := Open("fashion-mnist", Options{})
	if err != nil {
		t.Fatal(err)
	}
	all := []int{6000, 6000, 6000, 6000, 6000, 6000, 6000, 6000, 6000, 6000}
	if diff := cmp.Diff(all, counts(d.Train)); diff != "" || d.Test.Len() != 10000 {
		t.Errorf("%d test images, training classes:\n%s", d.Test.Len(), diff)
	}
	// Mean and deviation are published for the 28x28 images: 0.2860 and 0.3530
	// of 255. Padding keeps the sum and the sum of squares.
	const mean = 0.2860 * 255
	if m := d.Train.Mean[0] * 32 * 32 / 28 / 28; m < mean-0.1 || m > mean+0.1 {
		t.Errorf("mean of the unpadded images %.2f, want %.2f", m, mean)
	}
}

func FuzzIDX(f *testing.F) {
	for _, data := range digits() {
		f.Add(data)
	}
	f.Add(idx(nil, 1<<32-1, 28, 28))
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, err := readIDX("f", bytes.NewReader(data), idxSize, idxSize); err == nil && len(got) != len(data)-16 {
			t.Errorf("%d bytes of images in a file of %d", len(got), len(data))
		}
		if got, err := readIDX("f", bytes.NewReader(data)); err == nil && !bytes.Equal(got, data[8:]) {
			t.Errorf("%d labels in a file of %d", len(got), len(data))
		}
	})
}

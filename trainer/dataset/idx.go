package dataset

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	idxSize    = 28 // height and width of an image
	idxClasses = 10
)

var idxFiles = []string{"train-images-idx3-ubyte", "train-images-idx3-ubyte.gz"}

var mnist = Set{
	Name: "mnist", Classes: idxClasses, load: loadIDX,
	About:  "MNIST, handwritten digits",
	Files:  idxFiles,
	Origin: "the four IDX files at https://yann.lecun.com/exdb/mnist",
	dirs:   []string{"mnist", "MNIST/raw"},
}

var fashionMNIST = Set{
	Name: "fashion-mnist", Classes: idxClasses, load: loadIDX,
	About:  "Fashion-MNIST, pictures of clothes",
	Files:  idxFiles,
	Origin: "Debian's package dataset-fashion-mnist, or https://github.com/zalandoresearch/fashion-mnist",
	dirs:   []string{"fashion-mnist", "FashionMNIST/raw"},
}

// loadIDX reads the four files of MNIST, each as it is or compressed by gzip.
func loadIDX(dir string, _ Options) (train, test part, err error) {
	if train, err = loadIDXPart(dir, "train"); err != nil {
		return train, test, err
	}
	test, err = loadIDXPart(dir, "t10k")
	return train, test, err
}

func loadIDXPart(dir, name string) (p part, err error) {
	var grey, labels []byte
	imagesPath, err := withIDX(dir, name+"-images-idx3-ubyte", func(path string, r io.Reader) (err error) {
		grey, err = readIDX(path, r, idxSize, idxSize)
		return err
	})
	if err != nil {
		return p, err
	}
	labelsPath, err := withIDX(dir, name+"-labels-idx1-ubyte", func(path string, r io.Reader) (err error) {
		labels, err = readIDX(path, r)
		return err
	})
	if err != nil {
		return p, err
	}
	if n := len(grey) / (idxSize * idxSize); n != len(labels) {
		return p, fmt.Errorf("%s has %d images, but %s has %d labels: get both again", imagesPath, n, labelsPath, len(labels))
	}
	if len(labels) == 0 {
		return p, fmt.Errorf("%s: no images", imagesPath)
	}
	for i, l := range labels {
		if l >= idxClasses {
			return p, fmt.Errorf("%s: record %d: label %d at offset %d: labels are below %d",
				labelsPath, i, l, 8+i, idxClasses)
		}
	}
	return resident(&Images{Size: nativeSize, Classes: idxClasses, Pixels: padGrey(grey), Labels: labels}), nil
}

// withIDX opens dir/name or dir/name.gz, uncompressed, for read.
func withIDX(dir, name string, read func(path string, r io.Reader) error) (path string, err error) {
	path = filepath.Join(dir, name)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		if z, zerr := os.Open(path + ".gz"); !errors.Is(zerr, fs.ErrNotExist) {
			f, path, err = z, path+".gz", zerr
		}
	}
	if err != nil {
		return path, err
	}
	defer f.Close()
	if filepath.Ext(path) != ".gz" {
		return path, read(path, bufio.NewReader(f))
	}
	z, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		return path, fmt.Errorf("%s: %w: get the file again", path, err)
	}
	return path, read(path, z)
}

// readIDX reads an IDX file of bytes with one dimension more than record: the
// number of records. It returns the records one after the other.
func readIDX(path string, r io.Reader, record ...int) ([]byte, error) {
	header := make([]byte, 8+4*len(record))
	if _, err := io.ReadFull(r, header); err != nil {
		return nil, fmt.Errorf("%s: header of %d bytes: %w: get the file again", path, len(header), err)
	}
	// Two zero bytes, the type (8: unsigned byte), the number of dimensions.
	magic := uint32(8<<8 | (1 + len(record)))
	if m := binary.BigEndian.Uint32(header); m != magic {
		return nil, fmt.Errorf("%s: magic number %#08x at offset 0: want %#08x: is this the IDX file that its name says?", path, m, magic)
	}
	size := 1
	for i, want := range record {
		offset := 8 + 4*i
		if got := binary.BigEndian.Uint32(header[offset:]); got != uint32(want) {
			return nil, fmt.Errorf("%s: dimension %d at offset %d: want %d: images must be %dx%d", path, got, offset, want, idxSize, idxSize)
		}
		size *= want
	}
	count := int64(binary.BigEndian.Uint32(header[4:]))
	want := count * int64(size)
	// The buffer grows with what is there, whatever a damaged header claims.
	var b bytes.Buffer
	n, err := io.Copy(&b, io.LimitReader(r, want+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: record %d: %w: get the file again", path, n/int64(size), err)
	case n < want:
		return nil, fmt.Errorf("%s: ends in record %d of %d: truncated? get the file again", path, n/int64(size), count)
	case n > want:
		return nil, fmt.Errorf("%s: goes on after its %d records, at offset %d: get the file again", path, count, int64(len(header))+want)
	}
	return b.Bytes(), nil
}

// padGrey centres 28x28 grey images in black 32x32 ones of three equal channels.
func padGrey(grey []byte) []uint8 {
	const border = (nativeSize - idxSize) / 2
	n := len(grey) / (idxSize * idxSize)
	pixels := make([]uint8, n*nativeSize*nativeSize*3)
	for i := range n {
		for y := range idxSize {
			src := grey[(i*idxSize+y)*idxSize:][:idxSize]
			dst := pixels[((i*nativeSize+y+border)*nativeSize+border)*3:]
			for x, p := range src {
				dst[3*x], dst[3*x+1], dst[3*x+2] = p, p, p
			}
		}
	}
	return pixels
}

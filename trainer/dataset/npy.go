package dataset

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var npy = Set{
	Name: "npy", Own: true, load: loadNPY,
	About: "NumPy arrays x_train, y_train, x_test, y_test in a directory or an .npz file",
}

// loadNPY reads x_train.npy, y_train.npy, x_test.npy and y_test.npy of a
// directory or of an archive as numpy.savez makes it; without the last two, see
// [part.split]. Images are bytes of shape (n, height, width) or (n, height,
// width, 1 or 3), labels are whole numbers of shape (n,) or (n, 1).
func loadNPY(path string, o Options) (train, test part, err error) {
	files := os.DirFS(path)
	if info, err := os.Stat(path); err != nil {
		return train, test, err
	} else if !info.IsDir() {
		z, err := zip.OpenReader(path)
		if err != nil {
			return train, test, fmt.Errorf("%s: %w: want an .npz file, or a directory with x_train.npy and y_train.npy", path, err)
		}
		defer z.Close()
		files = z
	}
	if train, err = npyPart(path, files, "train"); err != nil {
		return train, test, err
	}
	if train.classes, err = classesOf(filepath.Join(path, "y_train.npy"), train.labels); err != nil {
		return train, test, err
	}
	_, noImages := fs.Stat(files, "x_test.npy")
	_, noLabels := fs.Stat(files, "y_test.npy")
	if noImages != nil && noLabels != nil {
		return train.splitNumbered(filepath.Join(path, "y_train.npy"), o.Seed)
	}
	if test, err = npyPart(path, files, "test"); err != nil {
		return train, test, err
	}
	test.classes = train.classes
	return train, test, test.known(filepath.Join(path, "y_test.npy"))
}

// npyPart reads the images and labels of a part.
func npyPart(path string, files fs.FS, name string) (p part, err error) {
	xPath, yPath := filepath.Join(path, "x_"+name+".npy"), filepath.Join(path, "y_"+name+".npy")
	x, err := openArray(xPath, files)
	if err != nil {
		return p, err
	}
	img, err := x.picture()
	if err != nil {
		return p, fmt.Errorf("%s: %w", xPath, err)
	}
	y, err := openArray(yPath, files)
	if err != nil {
		return p, err
	}
	if p.labels, err = y.labels(); err != nil {
		return p, fmt.Errorf("%s: %w", yPath, err)
	}
	if len(p.labels) != x.shape[0] {
		return p, fmt.Errorf("%s has %d images, but %s has %d labels", xPath, x.shape[0], yPath, len(p.labels))
	}
	n := img.width * img.height * img.channels
	p.read = func(i int, pixels []uint8, size int) error {
		img := img
		img.pixels = x.data[i*n : (i+1)*n]
		shrink(pixels, size, img)
		return nil
	}
	return p, nil
}

// An array is a NumPy array as it lies in a file.
type array struct {
	kind  byte // of NumPy's array interface: 'u' unsigned, 'i' signed, …
	width int  // bytes of an element, little endian
	shape []int
	data  []byte
}

func openArray(path string, files fs.FS) (a array, err error) {
	name := filepath.Base(path)
	info, err := fs.Stat(files, name)
	if err != nil {
		return a, fmt.Errorf("%s: %w: images are in x_train.npy and x_test.npy, labels in y_train.npy and y_test.npy", path, fs.ErrNotExist)
	}
	if !info.Mode().IsRegular() {
		return a, fmt.Errorf("%s: not a file", path)
	}
	f, err := files.Open(name)
	if err != nil {
		return a, err
	}
	defer f.Close()
	if a, err = readArray(bufio.NewReader(f)); err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return a, err
}

var (
	npyType   = regexp.MustCompile(`'descr':\s*'([<>|=])(\w)(\d+)'`)
	npyOrder  = regexp.MustCompile(`'fortran_order':\s*(True|False)`)
	npyShape  = regexp.MustCompile(`'shape':\s*\(([\d, ]*)\)`)
	errNotNPY = errors.New("not an array that numpy.save writes")
)

// readArray reads the format of numpy.save (numpy.lib.format), versions 1 to 3.
func readArray(r io.Reader) (a array, err error) {
	header, err := readHeader(r)
	if err != nil {
		return a, err
	}
	kind, order, shape := npyType.FindSubmatch(header), npyOrder.FindSubmatch(header), npyShape.FindSubmatch(header)
	if kind == nil || order == nil || shape == nil {
		return a, fmt.Errorf("header %.80q: %w: want numbers of one type", header, errNotNPY)
	}
	a.kind = kind[2][0]
	if a.width, err = strconv.Atoi(string(kind[3])); err != nil || a.width > 16 || !strings.ContainsRune("uif", rune(a.kind)) {
		return a, fmt.Errorf("elements of %s: want numbers", kind[0])
	}
	if kind[1][0] == '>' && a.width > 1 {
		return a, fmt.Errorf("the bytes of a number are in the other order: save a.astype(a.dtype.newbyteorder('<'))")
	}
	size := a.width
	for text := range strings.SplitSeq(string(shape[1]), ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue // (3,) and ()
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || size > mostBytes/n {
			return a, fmt.Errorf("shape (%s): want 1 element or more, and at most 2 GB", shape[1])
		}
		a.shape, size = append(a.shape, n), size*n
	}
	if string(order[1]) == "True" && len(a.shape) > 1 {
		return a, errors.New("the elements are in Fortran order: save numpy.ascontiguousarray(a)")
	}
	// The buffer grows with what is there, whatever a damaged header claims.
	var b bytes.Buffer
	switch n, err := io.Copy(&b, io.LimitReader(r, int64(size)+1)); {
	case err != nil:
		return a, err
	case n < int64(size):
		return a, fmt.Errorf("ends after %d of %d bytes: truncated? save it again", n, size)
	case n > int64(size):
		return a, fmt.Errorf("goes on after its %d bytes: save it again", size)
	}
	a.data = b.Bytes()
	return a, nil
}

// readHeader reads what stands before the elements: the magic string, a version
// and the length of a Python dictionary, which is returned.
func readHeader(r io.Reader) ([]byte, error) {
	head := make([]byte, 8)
	if _, err := io.ReadFull(r, head); err != nil || string(head[:6]) != "\x93NUMPY" || head[6] < 1 || head[6] > 3 {
		return nil, errNotNPY
	}
	n := make([]byte, 2)
	if head[6] > 1 {
		n = make([]byte, 4)
	}
	if _, err := io.ReadFull(r, n); err != nil {
		return nil, errNotNPY
	}
	length := binary.LittleEndian.Uint32(append(n, 0, 0)[:4])
	if length > 1<<16 {
		return nil, fmt.Errorf("header of %d bytes: %w", length, errNotNPY)
	}
	header := make([]byte, length)
	if _, err := io.ReadFull(r, header); err != nil {
		return nil, errNotNPY
	}
	return header, nil
}

// picture returns the size of the images that the array holds.
func (a array) picture() (picture, error) {
	switch s := a.shape; {
	case a.kind != 'u' || a.width != 1:
		return picture{}, errors.New("want bytes of 0 to 255: save x.astype('uint8'), times 255 if x is 0 to 1")
	case len(s) == 3:
		return picture{height: s[1], width: s[2], channels: 1}, nil
	case len(s) == 4 && (s[3] == 1 || s[3] == 3):
		return picture{height: s[1], width: s[2], channels: s[3]}, nil
	case len(s) == 4 && (s[1] == 1 || s[1] == 3):
		return picture{}, fmt.Errorf("shape %v has the channels before the rows: save x.transpose(0, 2, 3, 1)", s)
	}
	return picture{}, fmt.Errorf("shape %v: want (n, height, width) or (n, height, width, 1 or 3)", a.shape)
}

// labels returns the elements as labels.
func (a array) labels() ([]uint8, error) {
	if len(a.shape) == 2 && a.shape[1] == 1 {
		a.shape = a.shape[:1]
	}
	if len(a.shape) == 2 {
		return nil, fmt.Errorf("shape %v: want a number a label, of shape (n,): save y.argmax(1)", a.shape)
	}
	if a.kind != 'u' && a.kind != 'i' || !slices.Contains([]int{1, 2, 4, 8}, a.width) || len(a.shape) != 1 {
		return nil, fmt.Errorf("want whole numbers of shape (n,), not %c%d of shape %v: save y.astype('int64')", a.kind, a.width, a.shape)
	}
	labels := make([]uint8, a.shape[0])
	for i := range labels {
		element := a.data[i*a.width : (i+1)*a.width]
		for k, b := range element[1:] {
			if b != 0 {
				return nil, fmt.Errorf("label %d: byte %d is %d: labels are 0 to %d", i, k+1, b, mostClasses-1)
			}
		}
		if a.kind == 'i' && a.width == 1 && element[0] > 127 {
			return nil, fmt.Errorf("label %d: %d: labels are 0 to %d", i, int8(element[0]), mostClasses-1)
		}
		labels[i] = element[0]
	}
	return labels, nil
}

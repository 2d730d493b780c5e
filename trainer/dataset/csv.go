package dataset

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
)

var csv = Set{
	Name: "csv", Own: true, load: loadCSV,
	About: "lines of a label and pixels, in a file or in train.csv and test.csv of a directory",
}

// loadCSV reads train.csv and test.csv of a directory, or a file, whose images
// [part.split] divides. A line is an image: its label, then its pixels of 0 to
// 255, by row, column and channel. The images are square and of one size, and
// have one channel or three. A first line that begins with a word is skipped.
func loadCSV(path string, o Options) (train, test part, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return train, test, err
	}
	file := path
	if info.IsDir() {
		file = filepath.Join(path, "train.csv")
	}
	if train, err = openCSV(file); err != nil {
		return train, test, err
	}
	if train.classes, err = classesOf(file, train.labels); err != nil {
		return train, test, err
	}
	if !info.IsDir() {
		return train.splitNumbered(file, o.Seed)
	}
	file = filepath.Join(path, "test.csv")
	if test, err = openCSV(file); err != nil {
		return train, test, err
	}
	test.classes = train.classes
	return train, test, test.known(file)
}

func openCSV(file string) (p part, err error) {
	info, err := os.Stat(file)
	if err != nil {
		return p, fmt.Errorf("%w: name a file, or a directory with train.csv and test.csv", err)
	}
	if !info.Mode().IsRegular() {
		return p, fmt.Errorf("%s: not a file", file)
	}
	f, err := os.Open(file)
	if err != nil {
		return p, err
	}
	defer f.Close()
	p, err = readCSV(file, f)
	if err == nil && len(p.labels) == 0 {
		err = fmt.Errorf("%s: no images", file)
	}
	return p, err
}

// longestLine bounds a line: an image of 512 pixels in colour.
const longestLine = 4 << 20

// readCSV reads the lines of a file as images.
func readCSV(file string, r io.Reader) (p part, err error) {
	var (
		all []uint8 // the pixels of all images
		img picture // without pixels
		n   int     // pixels of an image
	)
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, longestLine)
	line := 0
	for lines.Scan() {
		line++
		text := bytes.TrimSpace(lines.Bytes())
		if line == 1 {
			text = bytes.TrimPrefix(text, []byte("\ufeff")) // byte order mark
		}
		if len(text) == 0 || line == 1 && isHeader(text) {
			continue
		}
		label, pixels, err := readLine(text, all)
		if err != nil {
			return p, fmt.Errorf("%s:%d: %w", file, line, err)
		}
		read := len(pixels) - len(all)
		if n == 0 {
			n = read
			if img, err = square(n); err != nil {
				return p, fmt.Errorf("%s:%d: %w", file, line, err)
			}
		}
		if read != n {
			return p, fmt.Errorf("%s:%d: %d pixels, but %d in the lines before", file, line, read, n)
		}
		if len(pixels) > mostBytes {
			return p, fmt.Errorf("%s:%d: more than 2 GB of images: use fewer or smaller ones", file, line)
		}
		all, p.labels = pixels, append(p.labels, label)
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return p, fmt.Errorf("%s:%d: a line of more than %d MB: want an image a line", file, line+1, longestLine>>20)
	} else if err != nil {
		return p, fmt.Errorf("%s:%d: %w", file, line+1, err)
	}
	p.read = func(i int, pixels []uint8, size int) error {
		img := img
		img.pixels = all[i*n : (i+1)*n]
		shrink(pixels, size, img)
		return nil
	}
	return p, nil
}

// isHeader reports whether the first cell is a word.
func isHeader(line []byte) bool {
	first := bytes.Trim(line, "\" ")
	return len(first) > 0 && (first[0] < '0' || first[0] > '9') && first[0] != '-' && first[0] != '+' && first[0] != '.'
}

// readLine reads a label, and appends the pixels that follow it.
func readLine(line []byte, pixels []uint8) (label uint8, _ []uint8, err error) {
	cell := 0
	for text := range bytes.SplitSeq(line, []byte{','}) {
		cell++
		v, ok := readByte(bytes.TrimSpace(text))
		switch {
		case !ok && cell == 1:
			return 0, nil, fmt.Errorf("label %.20q: want a whole number of 0 to %d", text, mostClasses-1)
		case !ok:
			return 0, nil, fmt.Errorf("pixel %d: %.20q: want a whole number of 0 to 255", cell-1, text)
		case cell == 1:
			label = v
		default:
			pixels = append(pixels, v)
		}
	}
	return label, pixels, nil
}

// readByte reads a whole number of 0 to 255.
func readByte(text []byte) (v uint8, ok bool) {
	n := 0
	for _, c := range text {
		if c < '0' || c > '9' || n > 255 {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return uint8(n), len(text) > 0 && n <= 255
}

// square returns the size of an image of so many values.
func square(n int) (picture, error) {
	for _, channels := range []int{1, 3} {
		side := int(math.Round(math.Sqrt(float64(n / channels))))
		if side > 0 && side*side*channels == n {
			return picture{width: side, height: side, channels: channels}, nil
		}
	}
	return picture{}, fmt.Errorf("%d pixels after the label: want those of a square image, such as 784 for 28 by 28, times 3 in colour", n)
}

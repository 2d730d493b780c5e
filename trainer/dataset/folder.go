package dataset

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"image"
	"image/draw"
	_ "image/jpeg" // decoders of image.Decode
	_ "image/png"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/semaphore"
)

var folder = Set{
	Name: "folder", Own: true, load: loadFolder,
	About: "PNG and JPEG images, a directory for each class",
}

// imageSuffixes says of each suffix of image files whether it can be read. Files
// with other suffixes are not looked at.
var imageSuffixes = map[string]bool{
	".png": true, ".jpg": true, ".jpeg": true,
	".avif": false, ".bmp": false, ".gif": false, ".heic": false, ".jfif": false, ".jp2": false, ".jxl": false,
	".pgm": false, ".ppm": false, ".svg": false, ".tif": false, ".tiff": false, ".webp": false,
}

const (
	mostClasses = 256 // labels are bytes
	// mostPixels bounds an image, and all images that are decoded at a time.
	mostPixels = 1 << 26
)

// loadFolder lists the images of a directory, which has a directory for each
// class; the sorted names number the classes. If there are directories train and
// test, or else train and val, those have the classes, and the parts are as they
// say; otherwise see [part.split]. An image becomes a square as in [shrink];
// what is transparent becomes black.
func loadFolder(dir string, o Options) (train, test part, err error) {
	names, err := directories(dir)
	if err != nil {
		return train, test, err
	}
	held := ""
	for _, name := range []string{"val", "test"} {
		if slices.Contains(names, "train") && slices.Contains(names, name) {
			held = name
		}
	}
	if held == "" {
		files, p, err := listClasses(dir, names)
		if err != nil {
			return train, test, err
		}
		place := func(class int) string { return filepath.Join(dir, names[class]) }
		return p.split(place, func(i int) string { return filepath.Base(files[i]) }, o.Seed)
	}
	trainDir, testDir := filepath.Join(dir, "train"), filepath.Join(dir, held)
	if names, err = directories(trainDir); err != nil {
		return train, test, err
	}
	other, err := directories(testDir)
	if err != nil {
		return train, test, err
	}
	for _, name := range slices.Concat(names, other) {
		if !slices.Contains(names, name) || !slices.Contains(other, name) {
			return train, test, fmt.Errorf("%s: class %s is not in both train and %s: make them alike", dir, name, held)
		}
	}
	if _, train, err = listClasses(trainDir, names); err != nil {
		return train, test, err
	}
	_, test, err = listClasses(testDir, names)
	return train, test, err
}

// directories returns the names of the directories in dir, or of links to some,
// sorted, without hidden ones.
func directories(dir string) (names []string, err error) {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("%s: a file: name a directory that has one for each class", dir)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		info, err := os.Stat(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		if info.IsDir() {
			names = append(names, e.Name())
		}
	}
	switch {
	case len(names) < 2:
		return nil, fmt.Errorf("%s: a directory for each class needed, at least 2: there are %d", dir, len(names))
	case len(names) > mostClasses:
		return nil, fmt.Errorf("%s: %d directories: at most %d classes", dir, len(names), mostClasses)
	}
	return names, nil
}

// listClasses lists the images of the classes in dir, a class after the other,
// each by name.
func listClasses(dir string, names []string) (files []string, p part, err error) {
	p.classes = len(names)
	for class, name := range names {
		found, err := listImages(filepath.Join(dir, name))
		if err != nil {
			return nil, p, err
		}
		files = append(files, found...)
		p.labels = append(p.labels, slices.Repeat([]uint8{uint8(class)}, len(found))...)
	}
	decoding := semaphore.NewWeighted(mostPixels)
	p.read = func(i int, pixels []uint8, size int) error {
		if err := readImage(files[i], pixels, size, decoding); err != nil {
			return fmt.Errorf("%s: %w: replace or remove the file", files[i], err)
		}
		return nil
	}
	return files, p, nil
}

// listImages returns the image files of a directory, sorted.
func listImages(dir string) (files []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		readable, isImage := imageSuffixes[strings.ToLower(filepath.Ext(path))]
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		info, err := os.Stat(path)
		switch {
		case err != nil:
			return nil, err
		case info.IsDir():
			return nil, fmt.Errorf("%s: a directory in that of a class: put its images directly into %s", path, dir)
		case isImage && !readable:
			return nil, fmt.Errorf("%s: neither PNG nor JPEG: convert or remove it", path)
		case isImage && !info.Mode().IsRegular():
			return nil, fmt.Errorf("%s: not a file: remove it", path)
		case isImage:
			files = append(files, path)
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: no PNG or JPEG images: remove the directory, or add some", dir)
	}
	return files, nil
}

// readImage reads an image file as [part.read] wants it, with no more of
// decoding than there may be at a time.
func readImage(path string, pixels []uint8, size int, decoding *semaphore.Weighted) error {
	f, err := os.Open(path)
	if err != nil {
		if e := new(fs.PathError); errors.As(err, &e) {
			err = e.Err // the caller names the file
		}
		return err
	}
	defer f.Close()
	return decodeImage(f, pixels, size, decoding)
}

func decodeImage(f io.ReadSeeker, pixels []uint8, size int, decoding *semaphore.Weighted) error {
	head, _, err := image.DecodeConfig(bufio.NewReader(f))
	if err != nil {
		return fmt.Errorf("not a PNG or JPEG image: %w", err)
	}
	if head.Width < 1 || head.Height < 1 || head.Width > mostPixels/head.Height {
		return fmt.Errorf("%d by %d pixels: an image has 1 to %d million", head.Width, head.Height, mostPixels/1_000_000)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := decoding.Acquire(context.Background(), int64(head.Width)*int64(head.Height)); err != nil {
		return err
	}
	defer decoding.Release(int64(head.Width) * int64(head.Height))
	img, _, err := image.Decode(bufio.NewReader(f))
	if err != nil {
		return fmt.Errorf("a damaged image: %w", err)
	}
	colours := image.NewRGBA(image.Rect(0, 0, head.Width, head.Height))
	draw.Draw(colours, colours.Rect, img, img.Bounds().Min, draw.Src) // multiplied by opacity, as before black
	shrink(pixels, size, picture{colours.Pix, head.Width, head.Height, 4})
	return nil
}

package dataset

import (
	"designspace/internal/bounded"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
)

const cifarOrigin = `the "binary version" at https://www.cs.toronto.edu/~kriz/cifar.html`

var cifar10 = Set{
	Name: "cifar10", Classes: 10, load: loadCIFAR10,
	About:  "CIFAR-10, photographs of animals and vehicles",
	Files:  []string{"test_batch.bin", "data_batch_1.bin"},
	Origin: cifarOrigin,
	dirs:   []string{"cifar10", "cifar-10-batches-bin"},
	mean:   [3]float32{125.3, 123.0, 113.9},
	std:    [3]float32{63.0, 62.1, 66.7},
}

var cifar100 = Set{
	Name: "cifar100", Classes: 100, load: loadCIFAR100,
	About:  "CIFAR-100, photographs by their fine labels",
	Files:  []string{"train.bin", "test.bin"},
	Origin: cifarOrigin,
	dirs:   []string{"cifar100", "cifar-100-binary"},
}

const cifarPixels = nativeSize * nativeSize * 3

// loadCIFAR10 reads those of data_batch_1.bin to data_batch_5.bin that are
// there, at least one, and test_batch.bin. A record is a label and the pixels.
func loadCIFAR10(dir string, _ Options) (train, test part, err error) {
	images := &Images{Size: nativeSize, Classes: 10}
	for i := 1; i <= 5; i++ {
		err := readCIFAR(images, filepath.Join(dir, fmt.Sprintf("data_batch_%d.bin", i)), 1)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return train, test, err
		}
	}
	if images.Len() == 0 {
		return train, test, fmt.Errorf("%s holds none of data_batch_1.bin to data_batch_5.bin", dir)
	}
	test, err = cifarPart(10, filepath.Join(dir, "test_batch.bin"), 1)
	return resident(images), test, err
}

// loadCIFAR100 reads train.bin and test.bin. A record is a coarse label, a fine
// label and the pixels; the fine label of 100 classes is used.
func loadCIFAR100(dir string, _ Options) (train, test part, err error) {
	if train, err = cifarPart(100, filepath.Join(dir, "train.bin"), 2); err != nil {
		return train, test, err
	}
	test, err = cifarPart(100, filepath.Join(dir, "test.bin"), 2)
	return train, test, err
}

// cifarPart is a part that is a single file.
func cifarPart(classes int, path string, labelBytes int) (part, error) {
	s := &Images{Size: nativeSize, Classes: classes}
	err := readCIFAR(s, path, labelBytes)
	return resident(s), err
}

func readCIFAR(s *Images, path string, labelBytes int) error {
	data, err := bounded.ReadFile(path, 1<<30)
	if err != nil {
		return err
	}
	return appendCIFAR(s, path, data, labelBytes)
}

// appendCIFAR appends the records of a file: labelBytes labels, the last of
// which counts, then 1024 red, 1024 green and 1024 blue pixels by rows.
func appendCIFAR(s *Images, path string, data []byte, labelBytes int) error {
	record := labelBytes + cifarPixels
	if len(data) == 0 || len(data)%record != 0 {
		return fmt.Errorf("%s: %d bytes is not a positive multiple of %d, the size of a record: truncated? get the file again",
			path, len(data), record)
	}
	for i := 0; i < len(data); i += record {
		label := data[i+labelBytes-1]
		if int(label) >= s.Classes {
			return fmt.Errorf("%s: record %d: label %d at offset %d: labels are below %d: is this the binary version of CIFAR-%d?",
				path, i/record, label, i+labelBytes-1, s.Classes, s.Classes)
		}
		s.Labels = append(s.Labels, label)
		planes := data[i+labelBytes : i+record]
		for p := range cifarPixels / 3 {
			s.Pixels = append(s.Pixels, planes[p], planes[p+cifarPixels/3], planes[p+2*cifarPixels/3])
		}
	}
	return nil
}

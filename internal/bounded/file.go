// Package bounded reads files that people and other programs name, of which none
// may take all memory: a device, or a file that is larger than anything of its
// kind, is an error before it is read.
package bounded

import (
	"fmt"
	"io"
	"io/fs"
	"os"
)

// ReadFile reads a file of at most a number of bytes. It is an error if it is
// none: a directory, a device or a pipe.
func ReadFile(path string, most int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	switch kind := info.Mode().Type(); {
	case kind.IsDir():
		return nil, fmt.Errorf("%s: is a directory: name a file", path)
	case kind&fs.ModeDevice != 0:
		return nil, fmt.Errorf("%s: is a device: name a file", path)
	case !kind.IsRegular():
		return nil, fmt.Errorf("%s: is no regular file: name one", path)
	case info.Size() > most:
		return nil, tooLarge(path, most)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data := make([]byte, 0, info.Size()+1) // one more, to see the end
	for {
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case err == io.EOF:
			return data, nil
		case err != nil:
			return nil, err
		case int64(len(data)) > most: // it grew
			return nil, tooLarge(path, most)
		case len(data) == cap(data):
			data = append(data, 0)[:len(data)]
		}
	}
}

func tooLarge(path string, most int64) error {
	size := fmt.Sprintf("%d bytes", most)
	if most >= 1<<20 {
		size = fmt.Sprintf("%d MiB", most>>20)
	}
	return fmt.Errorf("%s: is larger than %s: is this the right file?", path, size)
}

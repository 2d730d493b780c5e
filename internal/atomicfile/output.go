package atomicfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Output writes what a person asked to have at path. Unless it may replace what
// is there, a file of another content is the error [fs.ErrExist]. A symbolic
// link is followed, and a device or pipe is written to. Nothing is written before
// all of it is produced.
func Output(path string, replace bool, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	text := func(w io.Writer) error { _, err := w.Write(b.Bytes()); return err }
	info, err := os.Stat(path)
	switch {
	case err != nil: // a file that is not there, or an error that recurs below
	case info.IsDir():
		return fmt.Errorf("%s: it is a directory: name a file", path)
	case Streams(path):
		return stream(path, text)
	}
	if path, err = follow(path); err != nil {
		return err
	}
	sweep(path)
	if replace {
		return Write(path, text)
	}
	err = Create(path, text)
	if errors.Is(err, fs.ErrExist) {
		if old, e := os.ReadFile(path); e == nil && bytes.Equal(old, b.Bytes()) {
			return nil // as when the same command is given again
		}
	}
	return err
}

// Streams reports whether what is at path takes what is written to it and keeps
// no file of it, as devices, pipes and the standard output do.
func Streams(path string) bool {
	info, err := os.Stat(path)
	if err != nil || info.IsDir() {
		return false
	}
	for _, open := range []string{"/dev/std", "/dev/fd/", "/proc/"} {
		if strings.HasPrefix(path, open) {
			return true
		}
	}
	return !info.Mode().IsRegular()
}

func stream(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return plain(path, "", err)
	}
	err = write(f)
	if e := f.Close(); err == nil {
		err = e
	}
	return plain(path, "", err)
}

// follow returns where a symbolic link leads, be there a file or not, and any
// other path as it is.
func follow(path string) (string, error) {
	const most = 40 // as on Linux
	for range most {
		to, err := os.Readlink(path)
		if err != nil {
			return path, nil
		}
		if !filepath.IsAbs(to) {
			dir, err := filepath.EvalSymlinks(filepath.Dir(path)) // or else .. would lead elsewhere
			if err != nil {
				return "", plain(path, "", err)
			}
			to = filepath.Join(dir, to)
		}
		path = to
	}
	return "", fmt.Errorf("%s: a symbolic link that leads in circles", path)
}

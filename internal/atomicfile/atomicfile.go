// Package atomicfile writes whole files so that a reader, or a machine that
// loses power, finds the old content or the new, never a part. What is no
// regular file is never replaced.
package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Write replaces the file at path by what write produces: into a temporary file
// beside it, synced, then renamed. If anything fails, the old file stays. The
// new file has the mode of the old one. A symbolic link is replaced, too, not
// what it leads to.
func Write(path string, write func(io.Writer) error) error {
	old, err := os.Lstat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return plain(path, "", err)
	}
	link := old != nil && old.Mode()&fs.ModeSymlink != 0
	if old != nil && !link && !old.Mode().IsRegular() {
		return fmt.Errorf("%s: it is %s, which is not replaced by a file: move it away", path, Kind(old.Mode()))
	}
	temp, err := writeTemp(path, write)
	if err != nil {
		return plain(path, temp, err)
	}
	if old != nil && !link {
		err = os.Chmod(temp, old.Mode().Perm())
	}
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		os.Remove(temp)
		return plain(path, temp, err)
	}
	return SyncDir(filepath.Dir(path))
}

// Create writes the file at path unless there is something already; then the
// error is [fs.ErrExist]. Of several processes that create the same file exactly
// one succeeds, and no process ever reads a part of it.
func Create(path string, write func(io.Writer) error) error {
	temp, err := writeTemp(path, write)
	if err != nil {
		return plain(path, temp, err)
	}
	defer os.Remove(temp)
	err = os.Link(temp, path)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		err = createWithoutLink(path, write) // a file system without hard links
	}
	if err != nil {
		return plain(path, temp, err)
	}
	return SyncDir(filepath.Dir(path))
}

func createWithoutLink(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	return fill(f, write)
}

// writeTemp returns the name of the file also if it could not be written; then
// there is none.
func writeTemp(path string, write func(io.Writer) error) (string, error) {
	for i := 0; ; i++ {
		temp := tempName(path, i)
		f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) && i < 1000 {
			continue // another process writes, or once died writing, under this name
		}
		if err != nil {
			return temp, err
		}
		return temp, fill(f, write)
	}
}

// fill writes, syncs and closes f, and removes it if that fails.
func fill(f *os.File, write func(io.Writer) error) error {
	w := bufio.NewWriter(f)
	err := write(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// plain is the error of a system call on path, or on the file that stands in for
// it, as a person is told: with the path and the reason alone. What else went
// wrong in writing stays as it is.
func plain(path, temp string, err error) error {
	var file *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &file) && (file.Path == path || file.Path == temp):
		return fmt.Errorf("%s: %w", path, file.Err)
	case errors.As(err, &link):
		return fmt.Errorf("%s: %w", path, link.Err)
	}
	return err
}

// Kind is what a file of this mode is, as a person calls it.
func Kind(m fs.FileMode) string {
	switch {
	case m.IsRegular():
		return "a file"
	case m.IsDir():
		return "a directory"
	case m&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeSymlink != 0:
		return "a symbolic link"
	}
	return "a device"
}

// SyncDir makes the names in a directory durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"designspace/internal/atomicfile"
	"designspace/internal/run/rundir"
	"designspace/internal/suggest"
)

// forceFlag belongs to every verb that writes what --out names.
func forceFlag() cli.Flag {
	return &cli.BoolFlag{Name: "force", Usage: "replace what --out names if it exists"}
}

// checkOut reports, before any work, that a verb cannot write to path: only
// files of these extensions can it make, whereas a device, a pipe and "-", the
// standard output, take what it makes without one.
func checkOut(path string, extensions ...string) error {
	if path == "-" || atomicfile.Streams(path) {
		return nil
	}
	if ext := strings.ToLower(filepath.Ext(path)); !slices.Contains(extensions, ext) {
		return usagef("--out %s: no such format: name a file that ends in %s", path, suggest.Or(extensions))
	}
	return checkPlace(path)
}

// checkPlace reports that no file can be made at path, whatever is in it.
func checkPlace(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return usagef("--out %s: it is a directory: name a file", path)
	}
	if dir := filepath.Dir(path); filepath.Base(dir) != "figures" {
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("--out %s: there is no directory %s: make it first", path, dir)
		}
	}
	_, err := rundir.Replaces(path)
	return err
}

// writeOut writes what a verb makes to the path that --out names. Of what
// exists it replaces only what [rundir.Replaces] leaves free, and with --force
// what is in no run.
func writeOut(c *cli.Context, path string, write func(io.Writer) error) error {
	if path == "-" {
		return write(dataOut(c))
	}
	free, err := rundir.Replaces(path)
	if err != nil {
		return err
	}
	if free {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil { // figures
			return err
		}
	}
	err = atomicfile.Output(path, free || c.Bool("force"), write)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s: it exists already: --force replaces it, or choose another --out", path)
	}
	return err
}

// writeIn is writeOut for a file whose name the person did not say, in a directory
// that is named: there no link leads elsewhere.
func writeIn(c *cli.Context, dir, path string, write func(io.Writer) error) error {
	for at := filepath.Clean(path); at != filepath.Clean(dir) && at != filepath.Dir(at); at = filepath.Dir(at) {
		if info, err := os.Lstat(at); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return fmt.Errorf("%s: it is a symbolic link: remove it, or choose another --out", at)
		}
	}
	return writeOut(c, path, write)
}

// writeText is writeOut for what is at hand.
func writeText(c *cli.Context, path string, text []byte) error {
	return writeOut(c, path, func(w io.Writer) error { _, err := w.Write(text); return err })
}

// mayReplace reports that a file exists and is to stay, for those that come with
// others.
func mayReplace(c *cli.Context, path string) error {
	if _, err := os.Lstat(path); err == nil && !c.Bool("force") {
		return exists(path)
	}
	return nil
}

func exists(path string) error {
	return fmt.Errorf("%s: it exists already: --force replaces it, or choose another --out", path)
}

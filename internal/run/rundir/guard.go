package rundir

import (
	"designspace/internal/atomicfile"
	"designspace/internal/table"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

// maxID is the longest that an id may be in the name of a file, which has 255
// bytes and not for the id alone.
const maxID = 150

// checkID reports an id that cannot name the files of a model: one that would
// lead to another directory, or that is not to be printed.
func checkID(id string) error {
	switch {
	case id == "":
		return errors.New("no id")
	case strings.ContainsAny(id, `/\`) || id[0] == '.':
		return fmt.Errorf("id %q is a path: no model of a run is named so", id)
	case strings.ContainsFunc(id, func(r rune) bool { return !unicode.IsGraphic(r) || r == unicode.ReplacementChar }):
		return fmt.Errorf("id %q has characters that cannot be printed: no model of a run is named so", id)
	case len(url.PathEscape(id)) > maxID:
		return fmt.Errorf("id %.40q… is too long for the name of a file", id)
	}
	return nil
}

// checkFiles reports a symbolic link in the run that leads out of it, or to
// nothing, for what is written to a run stays there; and a pipe or device, which
// who reads it would wait for.
func (d Dir) checkFiles() error {
	root, err := filepath.EvalSymlinks(string(d))
	if err != nil {
		return err
	}
	for _, dir := range []string{string(d), d.Journal(), d.Checkpoints(), d.Trainer(), d.Slurm(), filepath.Dir(d.Weights("x")), d.Figures()} {
		entries, err := os.ReadDir(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		for _, e := range entries {
			if e.Type()&fs.ModeSymlink != 0 && !within(root, filepath.Join(dir, e.Name())) {
				return fmt.Errorf("%s: a symbolic link that leads out of the run: put what it leads to in its place", filepath.Join(dir, e.Name()))
			}
			if err := checkKind(filepath.Join(dir, e.Name()), e.Type()); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkKind reports a pipe or device.
func checkKind(path string, m fs.FileMode) error {
	if m&(fs.ModeNamedPipe|fs.ModeDevice) == 0 {
		return nil
	}
	return fmt.Errorf("%s: it is %s where a run has a file: restore the file, or remove it", path, atomicfile.Kind(m))
}

// Open opens a file of a run for reading.
func Open(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if err := checkKind(path, info.Mode()); err != nil {
		return nil, err
	}
	return os.Open(path)
}

// ReadFile reads a file of a run.
func ReadFile(path string) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// ReadTable reads a table of a run.
func ReadTable(path string) (*table.Table, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return table.Read(path, f)
}

// within reports whether a path leads to what there is below root.
func within(root, path string) bool {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return false
	}
	rel, err := filepath.Rel(root, path)
	return err == nil && filepath.IsLocal(rel)
}

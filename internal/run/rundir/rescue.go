package rundir

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"designspace/internal/atomicfile"
)

// ErrLost says that the journal, or a part of it, is not where it was.
var ErrLost = errors.New("the journal was moved or deleted during the training")

// Check returns [ErrLost] if the run's journal, or the file that the writer
// writes, is no longer there or another took its place.
func (w *Writer) Check() error {
	if errors.Is(w.err, ErrLost) {
		return w.err
	}
	if isAt(string(w.dir), w.run) && isAt(w.dir.Journal(), w.journal) {
		if w.file == nil {
			return nil
		}
		if own, err := w.file.Stat(); err == nil && isAt(w.file.Name(), own) {
			return nil
		}
	}
	return fmt.Errorf("%s: %w", w.dir, ErrLost)
}

// isAt reports whether a file that was somewhere, nil if it was not, is there.
func isAt(path string, was fs.FileInfo) bool {
	if was == nil {
		return true
	}
	now, err := os.Stat(path)
	return err == nil && os.SameFile(now, was)
}

// Holds returns [ErrLost] if the journal lacks a record of an earlier one.
func (j *Journal) Holds(earlier *Journal) error {
	for i, r := range earlier.Records {
		if !j.has(keyOf(&r)) {
			return fmt.Errorf("%s: %w", earlier.places[i].file, ErrLost)
		}
	}
	return nil
}

// Rescue makes another run of what is known of one whose journal is lost: beside
// it, in the current directory or where temporary files go. It has the outcomes
// of the earlier journal and all that the writer was given.
func (w *Writer) Rescue(c Config, entries []Entry, earlier *Journal) (to Dir, outcomes int, err error) {
	j := &Journal{index: map[recordKey]int{}}
	if w.file != nil {
		if _, err := w.file.Seek(0, 0); err != nil {
			return "", 0, err
		}
		if err := j.read(w.file.Name(), w.file); err != nil {
			return "", 0, err
		}
	}
	for _, r := range slices.Concat(earlier.Records, w.kept) {
		j.add(r, place{})
	}
	if to, err = w.dir.beside(); err != nil {
		return "", 0, err
	}
	if predictions, err := LoadCandidates(w.dir, entries); err != nil {
		c.Sample.Predictor = nil // lost with the run
	} else if err := SaveCandidates(to, predictions); err != nil {
		return "", 0, err
	}
	if err := atomicfile.Write(to.Config(), writeConfig(c)); err != nil {
		return "", 0, err
	}
	if err := SaveModels(to, entries); err != nil {
		return "", 0, err
	}
	for _, made := range []string{w.dir.Funnel(), w.dir.Candidates()} { // they can be made again
		if text, err := ReadFile(made); err == nil {
			err = atomicfile.Write(to.join(filepath.Base(made)), func(w io.Writer) error { _, err := w.Write(text); return err })
			if err != nil {
				return "", 0, err
			}
		}
	}
	return to, len(j.Records), to.write(entries, j)
}

// beside makes the directory of a rescued run.
func (d Dir) beside() (Dir, error) {
	path := filepath.Clean(string(d))
	if base := filepath.Base(path); base == "." || base == ".." {
		path, _ = filepath.Abs(path)
	}
	var errs []error
	for _, parent := range []string{filepath.Dir(path), ".", os.TempDir()} {
		for i := 1; i < 1000; i++ {
			to := filepath.Join(parent, fmt.Sprintf("%s-rescued-%d", filepath.Base(path), i))
			err := os.Mkdir(to, 0o777)
			if err == nil {
				return Dir(to), nil
			}
			if !errors.Is(err, fs.ErrExist) {
				errs = append(errs, err)
				break
			}
		}
	}
	return "", errors.Join(errs...)
}

// write writes the records of a journal to the run, in a file whose name no
// journal has yet, so that it can be copied into another.
func (d Dir) write(entries []Entry, j *Journal) error {
	if err := d.makeJournal(); err != nil {
		return err
	}
	path := filepath.Join(d.Journal(), fmt.Sprintf("rescued-%d.jsonl", os.Getpid()))
	file, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	w := &Writer{dir: d, file: file}
	for _, r := range j.Records {
		if err := w.Append(r); err != nil {
			return errors.Join(err, w.Close())
		}
	}
	return errors.Join(w.Close(), SaveResults(d, entries, j))
}

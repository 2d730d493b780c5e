package rundir

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// files are the names of what a run directory holds, but figures and the report.
func (d Dir) files() []string {
	return []string{d.Config(), d.Models(), d.Journal(), d.Results(), d.Curves(), d.Repeats(), d.Funnel(), d.Candidates(), d.Checkpoints(), d.Trainer(), d.Slurm(), d.join("weights"), d.join(firstFile)}
}

// Replaces says whether a verb may write over the file that a person names. In a
// run those are free that can be made again at any time, report.html and what is
// in figures/; it is an error if another file of the run has the name, or any
// file that exists. Outside it is for the person to say.
func Replaces(path string) (free bool, err error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return false, err
	}
	lexical, err := inRun(path, abs)
	if err != nil {
		return false, err
	}
	real, err := inRun(path, resolve(abs))
	return lexical && real, err
}

// resolve follows the symbolic links of a path as far as it exists.
func resolve(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if to, err := os.Readlink(path); err == nil { // to nothing
		if !filepath.IsAbs(to) {
			to = filepath.Join(resolve(filepath.Dir(path)), to)
		}
		return to
	}
	dir := filepath.Dir(path)
	if dir == path {
		return path
	}
	return filepath.Join(resolve(dir), filepath.Base(path))
}

func inRun(name, path string) (free bool, err error) {
	for at := path; ; {
		dir := filepath.Dir(at)
		if dir == at {
			return false, nil
		}
		if d := Dir(dir); d.isRun() {
			return d.replaces(name, path)
		}
		at = dir
	}
}

// isRun reports whether the directory is a run, as far as it is still there.
func (d Dir) isRun() bool {
	return d.Exists() && slices.ContainsFunc([]string{d.Models(), d.Journal()}, exists)
}

func exists(path string) bool { _, err := os.Lstat(path); return err == nil }

func (d Dir) replaces(name, path string) (free bool, err error) {
	within := func(file string) bool {
		return path == file || strings.HasPrefix(path, file+string(filepath.Separator))
	}
	switch {
	case path == d.Report(), within(d.Figures()) && path != d.Figures():
		return true, nil
	case slices.ContainsFunc(d.files(), within):
		return false, fmt.Errorf("%s: it belongs to a run, which writes it itself: choose another name", name)
	case exists(path):
		return false, fmt.Errorf("%s: it exists, and in a run only report.html and figures/ are replaced: choose another name", name)
	}
	return false, nil
}

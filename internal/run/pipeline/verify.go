package pipeline

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"designspace/internal/interop/export"
	"designspace/internal/run/rundir"
	"designspace/trainer"
	"designspace/trainer/engine/kernel"
)

// A Verification is what [Verify] found.
type Verification struct {
	Run      string   `json:"run"`
	Checked  []string `json:"checked"`  // files that were read in full
	Problems []string `json:"problems"` // each with the file, if possible the line, and what to do
	Left     []string `json:"left"`     // files of processes that were killed, each with what to do
}

// Verify reads every file of a run and compares what must agree. It changes
// nothing.
func Verify(d rundir.Dir) *Verification {
	v := &Verification{Run: string(d), Checked: []string{}, Problems: []string{}, Left: []string{}}
	c, err := rundir.ReadConfig(d)
	v.check(d.Config(), err)
	if errors.Is(err, fs.ErrNotExist) {
		return v
	}
	entries, err := rundir.LoadModels(d)
	v.check(d.Models(), err)
	if _, err := rundir.LoadFunnel(d); !errors.Is(err, fs.ErrNotExist) {
		v.check(d.Funnel(), err)
	}
	if c.Sample.Predictor != nil {
		_, err := rundir.LoadCandidates(d, entries)
		v.check(d.Candidates(), err)
	}
	v.journal(d, c, entries)
	for _, e := range entries {
		v.weights(d, e)
	}
	files, _ := os.ReadDir(d.Checkpoints())
	for _, f := range files {
		if path := filepath.Join(d.Checkpoints(), f.Name()); !f.IsDir() && filepath.Ext(path) == ".safetensors" {
			v.check(path, checkCheckpoint(path))
		}
	}
	return v
}

// check notes a file, and what is wrong with it, if anything is.
func (v *Verification) check(file string, err error) {
	v.Checked = append(v.Checked, file)
	if err != nil {
		v.problem("%v", err)
	}
}

func (v *Verification) problem(format string, args ...any) {
	v.Problems = append(v.Problems, fmt.Sprintf(format, args...))
}

// journal checks the journal, file by file, and what is derived from it.
func (v *Verification) journal(d rundir.Dir, c rundir.Config, entries []rundir.Entry) {
	files, errs := rundir.CheckJournal(d)
	v.Checked = append(v.Checked, files...)
	for _, err := range errs {
		v.problem("%v", err)
	}
	if len(errs) > 0 || entries == nil {
		return
	}
	j, err := rundir.ReadJournal(d)
	if err != nil {
		v.problem("%v", err)
		return
	}
	for _, w := range j.Warnings {
		v.problem("%s", w)
	}
	if err := j.Check(entries); err != nil {
		v.problem("%v", err)
		return
	}
	if err := j.CheckTrain(c.Train); err != nil {
		v.problem("%v", err)
	}
	if v.Left, err = rundir.Leftovers(d, j); err != nil {
		v.problem("%v", err)
	}
	for _, f := range []struct {
		path  string
		write func(io.Writer, []rundir.Entry, *rundir.Journal) error
		due   bool
	}{
		{d.Results(), rundir.WriteResults, len(j.Records) > 0},
		{d.Curves(), rundir.WriteCurves, len(j.Records) > 0},
		{d.Repeats(), rundir.WriteRepeats, j.Repeated()},
	} {
		if f.due {
			v.derived(d, f.path, func(w io.Writer) error { return f.write(w, entries, j) })
		}
	}
}

// derived compares a file with what it is to be.
func (v *Verification) derived(d rundir.Dir, path string, write func(io.Writer) error) {
	var want bytes.Buffer
	if err := write(&want); err != nil {
		v.problem("%s: %v", path, err)
		return
	}
	have, err := rundir.ReadFile(path)
	v.Checked = append(v.Checked, path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		v.problem("%s is missing: designspace status %s writes it", path, d.Word())
	case err != nil:
		v.problem("%v", err)
	case !bytes.Equal(have, want.Bytes()):
		v.problem("%s:%d: not what the journal says: designspace status %s rewrites it", path, firstDifference(string(have), want.String()), d.Word())
	}
}

// firstDifference returns the first line, from 1, in which two texts differ.
func firstDifference(a, b string) int {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range as {
		if i >= len(bs) || as[i] != bs[i] {
			return i + 1
		}
	}
	return len(as) + 1
}

// weights checks the saved weights of a model, if there are some.
func (v *Verification) weights(d rundir.Dir, e rundir.Entry) {
	path := d.Weights(e.ID)
	if _, err := export.LoadNet(e.Model, path, 1, kernel.Generic()); !errors.Is(err, fs.ErrNotExist) {
		v.check(path, err)
	}
}

func checkCheckpoint(path string) error {
	data, err := rundir.ReadFile(path)
	if err != nil {
		return err
	}
	if _, err := trainer.ReadCheckpoint(data); err != nil {
		return fmt.Errorf("%s: %w: remove it and its model is trained from the beginning", path, err)
	}
	return nil
}

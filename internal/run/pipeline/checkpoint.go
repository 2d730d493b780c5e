package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"designspace/internal/atomicfile"
	"designspace/internal/run/rundir"
	"designspace/trainer"
)

// DefaultCheckpoint is how often a model in training is saved. Most models are
// done before; a long one loses no more than that to a power cut.
const DefaultCheckpoint = 10 * time.Minute

// A checkpointer keeps the checkpoints of a session in the run directory.
type checkpointer struct {
	dir     rundir.Dir
	part    rundir.Train
	version string
	note    func(string)
}

// key says what is trained and how: a checkpoint of anything else is of no use.
func (k *checkpointer) key(j trainer.Job) string {
	return fmt.Sprintf("model %s, seed %d, recipe %s, data %s, kernels %s, version %s",
		j.Model.Key(), j.Seed, k.part.Recipe.For(j.Candidate).Label(), k.part.Data.Label(), k.part.Kernel, k.version)
}

func (k *checkpointer) path(j trainer.Job) string { return k.dir.Checkpoint(j.ID, j.Repeat) }

func (k *checkpointer) Save(j trainer.Job, c *trainer.Checkpoint) error {
	if err := os.MkdirAll(k.dir.Checkpoints(), 0o777); err != nil {
		return err
	}
	c.Key = k.key(j)
	return atomicfile.Write(k.path(j), c.Write)
}

func (k *checkpointer) Load(j trainer.Job, resume func(*trainer.Checkpoint) error) {
	data, err := os.ReadFile(k.path(j))
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	var c *trainer.Checkpoint
	if err == nil {
		c, err = trainer.ReadCheckpoint(data)
	}
	if err == nil {
		if want := k.key(j); c.Key != want {
			err = fmt.Errorf("it is of %q and not of %q", c.Key, want)
		} else {
			err = resume(c)
		}
	}
	if err != nil {
		k.note(fmt.Sprintf("%s: %v: the model is trained from the beginning", k.path(j), err))
	}
}

// remove removes the checkpoint of a job that is done, and what a killed process
// left half written.
func (k *checkpointer) remove(j trainer.Job) {
	dir, base := filepath.Split(k.path(j))
	os.Remove(k.path(j))
	half, _ := filepath.Glob(filepath.Join(dir, "."+base+".*.tmp"))
	for _, path := range half {
		os.Remove(path)
	}
	os.Remove(dir) // if it is empty
}

package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
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
func (c *checkpointer) key(j trainer.Job) string {
	images := ""
	if j.TrainImages > 0 {
		images = fmt.Sprintf(", train images %d", j.TrainImages)
	}
	return fmt.Sprintf("model %s, seed %d, recipe %s, data %s, kernels %s, version %s",
		j.Model.Key(), j.Seed, c.part.Recipe.For(j.Candidate).Label(), c.part.Data.Label(), c.part.Kernel, c.version) + images
}

func (c *checkpointer) path(j trainer.Job) string { return c.dir.Checkpoint(j.ID, j.Repeat) }

// Save writes the file of a job's checkpoint.
func (c *checkpointer) Save(j trainer.Job, now *trainer.Checkpoint) error {
	if err := os.Mkdir(c.dir.Checkpoints(), 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	now.Key = c.key(j)
	return atomicfile.Write(c.path(j), now.Write)
}

// Load lets a job go on from its file, if there is one, and notes why it cannot.
func (c *checkpointer) Load(j trainer.Job, resume func(*trainer.Checkpoint) error) {
	if err := c.load(j, resume); err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.note(fmt.Sprintf("%s: %v: the model is trained from the beginning", c.path(j), err))
	}
}

func (c *checkpointer) load(j trainer.Job, resume func(*trainer.Checkpoint) error) error {
	data, err := rundir.ReadFile(c.path(j))
	if err != nil {
		return err
	}
	last, err := trainer.ReadCheckpoint(data)
	if err != nil {
		return err
	}
	if want := c.key(j); last.Key != want {
		return fmt.Errorf("it is of %q and not of %q", last.Key, want)
	}
	return resume(last)
}

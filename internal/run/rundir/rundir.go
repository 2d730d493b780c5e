// Package rundir reads and writes the directory of one run, the only state the
// program has:
//
//	run.yaml         what decides the outcome: how the population was drawn, how it is trained
//	models.csv       the population, one row a model
//	journal/*.jsonl  what came of each model, appended as it happens, one file a writer
//	journal/*.lease  who trains what just now, see [Leases]
//	results.csv      models.csv with the outcomes, derived
//	curves.csv       the error after every epoch, derived
//	repeats.csv      every training, if some model was trained more than once, derived
//	checkpoints/     models in training, see [Dir.Checkpoint]
//	trainer/         what a program printed that trains in place of the engine
//	slurm/           what was submitted to Slurm, and what it printed
//	weights/         of trained models, if they were to be saved
//	funnel.csv       what became of the candidates that were drawn
//	candidates.csv   errors that were predicted, of more models than are trained
//	figures/         pictures
//	report.html      the page a person reads first
//
// Every file can be opened and read by a person. Whole files are replaced
// atomically, the journal is only ever appended to and synced, so that nothing
// that was once recorded is lost, whatever stops the program.
package rundir

import (
	"designspace/internal/atomicfile"
	"designspace/internal/format"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
)

// A Dir is the path of a run directory.
type Dir string

// Word is the path as a word of a command line, as in what to do next.
func (d Dir) Word() string { return format.Command([]string{string(d)}) }

// The files of a run directory.
func (d Dir) Config() string  { return d.join("run.yaml") }
func (d Dir) Models() string  { return d.join("models.csv") }
func (d Dir) Journal() string { return d.join("journal") }
func (d Dir) Results() string { return d.join("results.csv") }
func (d Dir) Curves() string  { return d.join("curves.csv") }
func (d Dir) Repeats() string { return d.join("repeats.csv") }
func (d Dir) Figures() string { return d.join("figures") }
func (d Dir) Report() string  { return d.join("report.html") }

// Checkpoint is the file of a training that was interrupted.
func (d Dir) Checkpoint(id string, repeat int) string {
	return filepath.Join(d.Checkpoints(), fmt.Sprintf("%s-%d%s", url.PathEscape(id), repeat, checkpointSuffix))
}

const checkpointSuffix = ".safetensors"

// RemoveCheckpoint removes the checkpoint of a training that is done, and what a
// killed process left half written.
func (d Dir) RemoveCheckpoint(id string, repeat int) {
	path := d.Checkpoint(id, repeat)
	os.Remove(path)
	for _, half := range atomicfile.Temps(path) {
		os.Remove(half)
	}
	os.Remove(d.Checkpoints()) // if it is empty
}

// Trainer is the directory of what a program printed that trains in place of the
// engine.
func (d Dir) Trainer() string { return d.join("trainer") }

// Slurm is the directory of what was submitted to Slurm.
func (d Dir) Slurm() string { return d.join("slurm") }

// Checkpoints is the directory of the checkpoints.
func (d Dir) Checkpoints() string { return d.join("checkpoints") }

// Weights is the file of a model's parameters.
func (d Dir) Weights(id string) string {
	return filepath.Join(d.join("weights"), url.PathEscape(id)+".safetensors")
}

// makeJournal makes the directory of the journal if it is not there. It does not
// make the run, which may have been moved away.
func (d Dir) makeJournal() error {
	if err := os.Mkdir(d.Journal(), 0o777); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

func (d Dir) join(name string) string { return filepath.Join(string(d), name) }

// Exists reports whether the directory holds a run.
func (d Dir) Exists() bool {
	_, err := os.Stat(d.Config())
	return err == nil
}

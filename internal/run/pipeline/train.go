package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"designspace/internal/run/looks"
	"designspace/internal/run/rundir"
	"designspace/internal/run/trust"
	"designspace/trainer"
)

// A Training says how the models of a run are trained. What is left out is as
// the run has it or, if it was not trained yet, as the defaults are.
type Training struct {
	Version string    // of the program
	Log     io.Writer // progress

	// How a model is trained.

	Data    string                                       // specification of the data set
	Root    string                                       // directory of data sets; "": none
	Images  Images                                       // how many are used
	Recipe  func(trainer.Recipe) (trainer.Recipe, error) // changes the recipe
	Kernel  string                                       // name of a kernel set
	Last    bool                                         // evaluate the last epoch alone, unless recipe or run say otherwise
	Trainer string                                       // who trains in place of the engine: torch, torch bf16 or a command line, see [exttrainer.Program]
	Python  string                                       // interpreter for torch; "": python3
	Timeout time.Duration                                // of one training by another trainer; 0: none

	// A command line that only run.yaml names is run if the user gave it before.

	Trust   trust.Store // remembers what the user gave
	Trusted bool        // the user wants what run.yaml says

	// Which models are trained.

	Until   *looks.Options // train only until comparisons are decided; nil: as the run has it
	Only    []string       // by id; none: all
	Shard   Shard          // part of the models
	Repeats Repeats        // trainings of one model
	Confirm Confirm        // of the best models
	Retry   trainer.Status // train models of this outcome again; "": none
	Reuse   []rundir.Dir   // runs whose outcomes count where they trained the same model alike
	Idle    bool           // train nothing, only reuse

	// What else happens.

	Workers    int           // models in training; 0: one a processor
	Lease      time.Duration // without a heartbeat of another process, after which its models are trained here; 0: rundir.DefaultLeaseTimeout
	Checkpoint time.Duration // between two checkpoints of a model; 0: DefaultCheckpoint; negative: no checkpoints
	Weights    WeightChoice  // which parameters to save
	NoForecast bool          // don't say how long it will take
}

// Train trains the models of a run that have no outcome yet, or not as many as
// are asked for. Every outcome is in the journal before the next model begins, so
// that training can stop at any time and go on later.
func Train(ctx context.Context, dir rundir.Dir, o Training) error {
	p, err := o.prepare(dir, true)
	if err != nil {
		return err
	}
	for _, w := range p.journal.Warnings {
		fmt.Fprintln(o.Log, "note:", w)
	}
	if d := p.part.Data; d.TestFromTrain > 0 {
		fmt.Fprintf(o.Log, "note: %d of %d test images are of the training part, since the test part has no more; they are not trained on\n", d.TestFromTrain, d.TestImages)
	}
	s := &session{
		Training: o, preparation: p, dir: dir, writer: rundir.NewWriter(dir), saved: time.Now(),
		claims: newClaims(dir, o.Lease, o.Retry, p.journal),
	}
	defer s.writer.Close()
	defer s.claims.close()
	if o.Weights != NoWeights {
		s.noteWeights()
	}
	if err := rundir.Clear(dir, p.journal); err != nil {
		return err
	}
	if s.standing == nil {
		err = s.work(ctx)
	} else {
		err = s.untilDecided(ctx)
	}
	if err == nil && o.Confirm.Models > 0 {
		err = s.confirm(ctx)
	}
	if e := s.save(); err == nil || errors.Is(e, rundir.ErrLost) {
		err = e
	}
	if errors.Is(err, rundir.ErrLost) {
		return s.rescue(err)
	}
	return err
}

// rescue keeps the outcomes of a run whose journal was moved or deleted during
// the training.
func (s *session) rescue(lost error) error {
	c := s.config
	c.Train = &s.part
	to, n, err := s.writer.Rescue(c, s.entries, s.journal)
	if err != nil {
		return fmt.Errorf("%w; what it held could not be kept: %w", lost, err)
	}
	s.remember(to, s.part.Trainer)
	return fmt.Errorf("%w, so that the training stopped; %d outcomes are kept in %s: go on with designspace train %s, or copy %s into the journal where it is now",
		lost, n, to, to.Word(), filepath.Join(to.Journal(), "*.jsonl"))
}

// work takes the outcomes of the jobs from other runs or trains them.
func (s *session) work(ctx context.Context) error {
	jobs, err := s.reuse(s.jobs)
	if err == nil && !s.Idle {
		err = s.train(ctx, jobs)
	}
	return err
}

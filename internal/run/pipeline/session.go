package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"designspace/internal/format"
	"designspace/internal/progress"
	"designspace/internal/run/looks"
	"designspace/internal/run/rundir"
	"designspace/trainer"
)

// A session is one call of Train.
type session struct {
	Training
	preparation
	dir          rundir.Dir
	writer       *rundir.Writer
	display      *progress.Display
	saved        time.Time // when results.csv was last written
	claims       *claims
	checkpointer *checkpointer // nil: no checkpoints
}

// train trains the jobs, then those that other processes have and do not finish.
func (s *session) train(ctx context.Context, jobs []trainer.Job) error {
	if len(jobs) == 0 && s.standing != nil {
		return nil // the looks say so
	}
	if len(jobs) == 0 {
		which := "every model"
		if s.Shard.Count > 1 {
			which += " of shard " + s.Shard.String()
		}
		fmt.Fprintf(s.Log, "nothing to train: %s has its outcome in %s\n", which, s.dir.Results())
		return nil
	}
	if s.Checkpoint >= 0 {
		s.checkpointer = &checkpointer{dir: s.dir, part: s.part, version: s.Version, note: func(text string) { s.display.Print("note: " + text) }}
	}
	if s.torch != nil {
		defer s.torch.Close()
		if err := s.startTorch(ctx, len(jobs)); err != nil {
			return err
		}
	}
	pools := s.pools()
	if !s.NoForecast && s.part.Trainer == "" {
		if err := s.forecast(ctx, pools, jobs); err != nil {
			return err
		}
	}
	all, left := amount(s.wanted), amount(jobs)
	s.display = progress.New(s.Log, all, progress.Amount{Models: all.Models - left.Models, Work: all.Work - left.Work})
	defer s.display.Close()
	for round := 0; len(jobs) > 0; round++ {
		if round == 1 {
			s.display.Print(fmt.Sprintf("waiting for models that other processes train: %d", len(jobs)))
		}
		if round > 0 {
			if err := s.claims.wait(ctx); err != nil {
				return err
			}
		}
		for _, p := range pools {
			if err := p.Train(ctx, suited(p, jobs)); err != nil {
				return err
			}
		}
		jobs = s.claims.left()
	}
	return nil
}

// amount is the work on jobs as the display counts it.
func amount(jobs []trainer.Job) progress.Amount {
	a := progress.Amount{Models: len(jobs)}
	for _, j := range jobs {
		a.Work += trainer.Cost(j.Model)
	}
	return a
}

// start claims a job.
func (s *session) start(j trainer.Job) (bool, error) {
	if err := s.writer.Check(); err != nil { // before a lease makes the journal again
		return false, err
	}
	claimed, recorded, err := s.claims.take(j)
	switch {
	case err != nil:
		return false, err
	case recorded:
		s.display.Skip(trainer.Cost(j.Model))
	case claimed:
		epochs := s.part.Recipe.For(j.Candidate).Epochs
		s.display.Start(label(j), trainer.Cost(j.Model), epochs, epochs*s.part.Data.TrainImages)
	}
	return claimed, nil
}

func (s *session) progress(j trainer.Job, p trainer.Progress) {
	s.claims.heartbeat(j, p.Curve)
	s.display.Step(label(j), p.Epoch, p.Images)
}

// done records an outcome.
func (s *session) done(j trainer.Job, o trainer.Outcome) error {
	o.Kernel, o.Data, o.Recipe, o.Version = s.part.Kernel, s.part.Data.Label(), s.part.Recipe.Label(), s.Version
	if err := s.append(j, o); err != nil {
		return err
	}
	if s.checkpointer != nil {
		s.dir.RemoveCheckpoint(j.ID, j.Repeat)
	}
	s.display.Finish(label(j), s.line(j, o))
	if time.Since(s.saved) < saveEvery {
		return nil
	}
	return s.save()
}

// append records an outcome and gives the job's lease back. If another process
// was first, that record stands and this one is left out.
func (s *session) append(j trainer.Job, o trainer.Outcome) error {
	defer s.claims.release(j)
	recorded, err := s.claims.recorded(j)
	if recorded {
		return nil
	}
	o.Attempt, o.Confirm = s.claims.key(j).Attempt, s.confirms(j)
	return cmp.Or(s.writer.Append(o), err) // whatever could not be read, this is not lost
}

// line tells an outcome to a person.
func (s *session) line(j trainer.Job, o trainer.Outcome) string {
	i := slices.IndexFunc(s.entries, func(e rundir.Entry) bool { return e.ID == j.ID })
	name := strings.TrimSpace(label(j) + "  " + s.entries[i].Population())
	switch o.Status {
	case trainer.Failed:
		return name + "  failed: " + o.Reason
	case trainer.Diverged:
		return name + "  diverged"
	}
	return fmt.Sprintf("%s  error %s %%  %s", name, format.Percent(o.Error), format.Duration(time.Duration(o.TrainSeconds*float64(time.Second))))
}

// saveEvery is how often results.csv is brought up to date during training.
const saveEvery = 15 * time.Second

// save brings results.csv, curves.csv and repeats.csv up to date. If another
// process recorded something meanwhile, it may have written them meanwhile, too,
// so that they are written once more.
func (s *session) save() error {
	for saved := -1; ; {
		j, err := rundir.ReadJournal(s.dir)
		if err != nil {
			return cmp.Or(s.writer.Check(), err)
		}
		if len(j.Records) == saved {
			return nil
		}
		if err := cmp.Or(s.writer.Check(), j.Holds(s.journal)); err != nil {
			return err
		}
		saved, s.saved = len(j.Records), time.Now()
		if _, err := looks.Take(s.dir, s.part.Until, s.entries, j); err != nil {
			return err
		}
		if err := rundir.SaveResults(s.dir, s.entries, j); err != nil {
			return err
		}
	}
}

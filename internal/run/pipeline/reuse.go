package pipeline

import (
	"fmt"

	"designspace/internal/run/rundir"
	"designspace/space"
	"designspace/trainer"
)

// A training is what decides the outcome of a job in runs of equal data and
// kernels. The architecture is part of the seed, too, but as a hash.
type training struct {
	architecture string
	seed         uint64
	recipe       trainer.Recipe // with what was drawn with the model
	images       int            // that it is trained on; 0: all that the run uses
}

func trainingOf(c space.Candidate, seed uint64, r trainer.Recipe) training {
	r = r.For(c)
	r.EvalEvery = 0
	return training{c.Model.Key(), seed, r, c.TrainImages}
}

// reuse records the outcomes that other runs have of the jobs, and returns the
// jobs that are left. Since a training depends on nothing but model, recipe,
// data, seed and kernels, an outcome with all of these equal is the one that
// training would give, but for the clock's columns and the epochs that were
// evaluated. Failures are not taken:
// they may have been the other machine's.
func (s *session) reuse(jobs []trainer.Job) ([]trainer.Job, error) {
	if len(s.Reuse) == 0 || len(jobs) == 0 {
		return jobs, nil
	}
	known := map[training]trainer.Outcome{}
	for _, d := range s.Reuse {
		if err := s.learn(d, known); err != nil {
			return nil, err
		}
	}
	var left []trainer.Job
	for _, j := range jobs {
		r, ok := known[trainingOf(j.Candidate, j.Seed, s.part.Recipe)]
		if !ok {
			left = append(left, j)
			continue
		}
		r.ID, r.Repeat, r.Recipe = j.ID, j.Repeat, s.part.Recipe.Label()
		claimed, _, err := s.claims.take(j)
		if err != nil {
			return nil, err
		}
		if !claimed {
			continue
		}
		if err := s.append(j, r); err != nil {
			return nil, err
		}
	}
	left = append(left, s.claims.left()...)
	if n := len(jobs) - len(left); n > 0 {
		fmt.Fprintf(s.Log, "%d of %d outcomes are taken from runs that trained the same models in the same way\n", n, len(jobs))
	}
	return left, nil
}

// learn adds what a run knows, if it was trained on the same data and kernels.
func (s *session) learn(d rundir.Dir, known map[training]trainer.Outcome) error {
	j, err := rundir.ReadJournal(d) // before run.yaml, which has its train section before the first record
	if err != nil || len(j.Records) == 0 {
		return err
	}
	c, err := rundir.ReadConfig(d)
	if err != nil {
		return err
	}
	if t := c.Train; t == nil || t.Kernel != s.part.Kernel || t.Trainer != s.part.Trainer || t.Data.Hash != s.part.Data.Hash {
		return nil
	}
	entries, err := rundir.LoadModels(d)
	if err != nil {
		return err
	}
	if err := j.CheckTrain(c.Train); err != nil {
		return err
	}
	for _, e := range entries {
		for _, r := range j.Trainings(e.ID) {
			if r.Status.Counts() {
				known[trainingOf(e.Candidate, r.Seed, c.Train.Recipe)] = r
			}
		}
	}
	return nil
}

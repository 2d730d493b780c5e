package pipeline

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"designspace/internal/confirm"
	"designspace/internal/format"
	"designspace/internal/numeric"
	"designspace/internal/run/rundir"
	"designspace/trainer"
)

// Confirm says how many of the best models of each space and budget are trained
// again and with how many fresh seeds. Like [Repeats] it does not belong to what
// decides the outcome of a run.
//
// The best are those of the lowest errors in their first training, when every
// model of the population has an outcome of it: nothing that is trained later
// can change them. Fresh trainings are the repeats from 1 on; the journal marks
// those that were made for this, which say nothing of the other models' noise.
type Confirm struct {
	Models int // 0: none
	Seeds  int
}

// DefaultSeeds is how often a model is trained again, if nothing else is said:
// the mean of three has most of what can be had (a standard error of .58 of a
// single error's noise).
const DefaultSeeds = 3

func (c Confirm) validate() error {
	switch {
	case c.Models < 0:
		return fmt.Errorf("confirm %d: want 1 model or more", c.Models)
	case c.Models > 0 && (c.Seeds < 1 || c.Seeds >= rundir.MaxRepeats):
		return fmt.Errorf("seeds %d: want 1 to %d", c.Seeds, rundir.MaxRepeats-1)
	}
	return nil
}

// A population is the models of a space and a budget.
type population struct {
	name    string
	entries []rundir.Entry
}

// populations divides models, in the order of the first of each population.
func populations(entries []rundir.Entry) []population {
	var list []population
	for _, e := range entries {
		name := e.Population()
		i := slices.IndexFunc(list, func(p population) bool { return p.name == name })
		if i < 0 {
			i = len(list)
			list = append(list, population{name: name})
		}
		list[i].entries = append(list[i].entries, e)
	}
	return list
}

// firstErrors returns the errors of the first trainings that were done, NaN for
// all others.
func firstErrors(entries []rundir.Entry, j *rundir.Journal) []float64 {
	errs := make([]float64, len(entries))
	for i, e := range entries {
		errs[i] = math.NaN()
		if o, ok := j.Outcome(e.ID, 0); ok && o.Status == trainer.Done {
			errs[i] = o.Error
		}
	}
	return errs
}

// ranking returns the places of the models that are done by their first errors,
// the lowest first.
func ranking(entries []rundir.Entry, j *rundir.Journal) []int {
	errs := firstErrors(entries, j)
	return slices.DeleteFunc(numeric.Order(errs), func(i int) bool { return math.IsNaN(errs[i]) })
}

// confirmed returns the best models that were trained again.
func confirmed(name string, entries []rundir.Entry, j *rundir.Journal) []confirm.Model {
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	return confirm.Best(name, ids, firstErrors(entries, j), func(i int) []float64 { return j.Errors(ids[i]) })
}

// chosen returns which models are to be trained again, and the populations in
// which that is not known yet.
func (c Confirm) chosen(entries []rundir.Entry, j *rundir.Journal) (best map[string]bool, waiting []string) {
	if c.Models == 0 {
		return nil, nil
	}
	best = map[string]bool{}
	for _, p := range populations(entries) {
		if slices.ContainsFunc(p.entries, func(e rundir.Entry) bool { _, ok := j.Outcome(e.ID, 0); return !ok }) {
			waiting = append(waiting, p.name)
			continue
		}
		ranked := ranking(p.entries, j)
		for _, i := range ranked[:min(len(ranked), c.Models)] {
			best[p.entries[i].ID] = true
		}
	}
	return best, waiting
}

// confirms reports whether a training is made because the model is one of the
// best.
func (s *session) confirms(j trainer.Job) bool {
	if j.Repeat == 0 || !s.best[j.ID] {
		return false
	}
	i := slices.IndexFunc(s.entries, func(e rundir.Entry) bool { return e.ID == j.ID })
	return j.Repeat >= s.Repeats.trainings(s.entries)[i]
}

// confirm trains the best models again in the populations that were completed
// by now.
func (s *session) confirm(ctx context.Context) (err error) {
	before := len(s.best)
	if s.journal, err = rundir.ReadJournal(s.dir); err != nil {
		return err
	}
	if err := s.choose(s.dir, &s.preparation); err != nil {
		return err
	}
	if len(s.waiting) > 0 {
		fmt.Fprintf(s.Log, "note: not all models of %s have an outcome yet, so that the best are not known: train with --confirm again when they have\n", strings.Join(s.waiting, ", "))
	}
	if len(s.best) == before || len(s.jobs) == 0 {
		return nil
	}
	fmt.Fprintf(s.Log, "training again: the best %s of each population, with %s\n", format.Count(s.Confirm.Models, "model"), format.Count(s.Confirm.Seeds, "fresh seed"))
	return s.work(ctx)
}

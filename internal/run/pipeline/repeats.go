package pipeline

import (
	"fmt"

	"designspace/internal/run/rundir"
	"designspace/trainer"
)

// Repeats say how often models are trained, each time with another seed. They do
// not belong to what decides the outcome of a run: more can be asked for at any
// time.
//
// The models to repeat are the first of each population. Its models were drawn
// independently, so these are a random sample of it; and they are known before
// anything is trained, so that no result decides which errors are measured
// again, as it would if they were spread over the ranking: the best of a ranking
// was lucky too, and repeating it would show its luck as noise.
type Repeats struct {
	N      int // trainings of a model; 0 means 1
	Models int // to train more than once, of each space and budget; 0: all
}

func (r Repeats) validate() error {
	switch {
	case r.N < 0 || r.N > rundir.MaxRepeats:
		return fmt.Errorf("repeats %d: want 1 to %d", r.N, rundir.MaxRepeats)
	case r.Models < 0:
		return fmt.Errorf("repeat-models %d: want 1 or more, or leave it out for all", r.Models)
	case r.Models > 0 && r.N < 2:
		return fmt.Errorf("repeat-models %d: give --repeats 2 or more with it", r.Models)
	}
	return nil
}

// trainings returns how often each of the models is to be trained.
func (r Repeats) trainings(entries []rundir.Entry) []int {
	type population struct{ space, budget string }
	seen := map[population]int{}
	times := make([]int, len(entries))
	for i, e := range entries {
		p := population{e.Space, e.Budget}
		seen[p]++
		times[i] = max(r.N, 1)
		if r.Models > 0 && seen[p] > r.Models {
			times[i] = 1
		}
	}
	return times
}

// label tells a training from all others.
func label(j trainer.Job) string {
	if j.Repeat == 0 {
		return j.ID
	}
	return fmt.Sprintf("%s repeat %d", j.ID, j.Repeat)
}

package trainer

import (
	"strconv"

	"designspace/internal/seed"
	"designspace/space"
	"designspace/trainer/dataset"
)

// Job is one training of one model.
type Job struct {
	ID string
	space.Candidate
	Repeat int    // which training of the model this is, from 0
	Seed   uint64 // see the function Seed
}

// Fits reports whether the job is to be trained on the data: images of the model's
// size, as many as the candidate says.
func (j Job) Fits(d *dataset.Data) bool {
	return j.Model.Input == d.Size && (j.TrainImages == 0 || j.TrainImages == d.Train.Len())
}

// describe says in the outcome which job it is of.
func (o *Outcome) describe(j Job, r Recipe) {
	o.ID, o.Repeat, o.Seed = j.ID, j.Repeat, j.Seed
	o.LR, o.WeightDecay = r.LR, r.WeightDecay
}

// For returns the recipe with the learning rate, weight decay and epochs that the
// candidate has of its own, if it has.
func (r Recipe) For(c space.Candidate) Recipe {
	if c.LR != 0 {
		r.LR = c.LR
	}
	if c.WeightDecay != 0 {
		r.WeightDecay = c.WeightDecay
	}
	if c.Epochs != 0 {
		if r.LastOnly() && r.EvalEvery > 0 {
			r.EvalEvery = c.Epochs
		}
		r.Epochs = c.Epochs
	}
	return r
}

// Seed returns the seed with which a candidate is trained in a run, for the
// repeat-th time from 0. Equal architectures have equal seeds in it, whatever
// their names.
func Seed(run uint64, c space.Candidate, repeat int) uint64 {
	drawn := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	return seed.Uint64("train", run, c.Model.Key(), drawn(c.LR), drawn(c.WeightDecay), repeat)
}

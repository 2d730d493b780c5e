package trainer

import (
	"context"
	"slices"
	"time"

	"designspace/space"
	"designspace/trainer/dataset"
)

// actCost is how many multiply-adds take about as long as one activation takes
// to be normalised, stored and read again. It makes Cost fit measured steps best,
// to about 20 %, for vector and for generic kernels alike.
const actCost = 25

// Cost estimates the work of training a model on one image, in multiply-adds of
// its forward pass; only ratios mean something. The model must be valid.
func Cost(m *space.Model) float64 {
	c := m.Complexity()
	return float64(c.Flops) + float64(actCost*float64(c.Acts))
}

// Forecast returns how many seconds the training of the jobs will take, to some
// 20 or 30 per cent if nothing else keeps the processors busy. It trains two of
// them, of less and of greater [Cost] than most, each for the given time or, if
// that is less, a 20th of all the work, but for two steps at least, and
// extrapolates.
func (p *Pool) Forecast(ctx context.Context, jobs []Job, d time.Duration) (seconds float64, err error) {
	if len(jobs) == 0 {
		return 0, nil
	}
	if err := p.check(jobs); err != nil {
		return 0, err
	}
	sorted := costliestFirst(jobs)
	all := 0.0 // cost
	for _, j := range jobs {
		all += p.costOf(j)
	}
	rate := 0.0 // seconds per cost
	samples := []Job{sorted[len(sorted)/4], sorted[len(sorted)*3/4]}
	for _, j := range samples {
		seconds, err := p.measure(ctx, j, d, int(all/20/Cost(j.Model)))
		if err != nil {
			return 0, err
		}
		rate += float64(seconds / Cost(j.Model) / float64(len(samples)))
	}
	var times []float64
	for _, j := range sorted {
		times = append(times, rate*p.costOf(j))
	}
	return plan(times, p.workers()), nil
}

// costOf returns the cost of a job's training.
func (p *Pool) costOf(j Job) float64 {
	return Cost(j.Model) * p.Recipe.For(j.Candidate).work(p.Data)
}

// measure returns the seconds that a model is trained on one image. It takes d or
// the given number of images.
func (p *Pool) measure(ctx context.Context, j Job, d time.Duration, most int) (float64, error) {
	r := p.Recipe.For(j.Candidate)
	t, err := newTraining(j.Model, Config{Data: p.Data, Recipe: r, Seed: j.Seed, Kernels: p.Kernels})
	if err != nil {
		return 0, err
	}
	e := newEpoch(t.train, t.Recipe, t.Seed, 1)
	b, _ := e.step(0)
	t.net.Step(b, r.update(r.LR)) // touches the memory
	start, images := time.Now(), 0
	for step := 1; step < 3 || time.Since(start) < d && images < most; step++ {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if step%e.steps == 0 {
			e = newEpoch(t.train, t.Recipe, t.Seed, 1)
		}
		b, _ := e.step(step % e.steps)
		t.net.Step(b, r.update(r.LR))
		images += b.N
	}
	return time.Since(start).Seconds() / float64(images), nil
}

// work returns how many images a model is trained on, counting an evaluated one
// as a third, since only the forward pass is made.
func (r Recipe) work(d *dataset.Data) float64 {
	held, test := d.Test.Len(), 0
	if d.Val != nil {
		held, test = d.Val.Len(), d.Test.Len()
	}
	evaluated := test
	for e := 1; e <= r.Epochs; e++ {
		if r.evaluates(e) {
			evaluated += held
		}
	}
	return float64(r.Epochs*d.Train.Len()) + float64(evaluated)/3
}

// plan gives each job of the given times to the worker that is free first, as a
// pool does, and returns when the last of them is done.
func plan(times []float64, workers int) float64 {
	busy := make([]float64, workers)
	for _, t := range times {
		busy[slices.Index(busy, slices.Min(busy))] += t
	}
	return slices.Max(busy)
}

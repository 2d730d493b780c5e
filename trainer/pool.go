package trainer

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"designspace/trainer/dataset"
	"designspace/trainer/engine"
	"designspace/trainer/engine/kernel"
)

// Pool trains models side by side, one on a worker, the costliest first and
// repeats after all first trainings. The callbacks may be nil.
type Pool struct {
	Recipe  Recipe
	Data    *dataset.Data
	Kernels *kernel.Set
	Workers int // 0: as many as the program may use processors
	// MemoryLimit is the number of bytes that the models in training may take
	// together; 0: any. A worker waits until there is room for its model, and a
	// model that would not fit alone fails.
	MemoryLimit int64

	// Start is called before a job and may refuse it, as when another process
	// has taken it; the job is then left out. Done is called with the outcome of
	// each job that was started and not cancelled. Of these calls there is never
	// more than one at a time, and an error of either ends the training.
	Start func(Job) (bool, error)
	Done  func(Job, Outcome) error

	// Checkpointer keeps checkpoints of models in training, one every
	// CheckpointEvery (0: none) and one when the training is stopped; nil: none. A
	// model that has one goes on from there.
	Checkpointer    Checkpointer
	CheckpointEvery time.Duration

	// External trains a job in place of the engine, which then needs neither data
	// nor kernels. Its error is that of the context.
	External func(ctx context.Context, j Job, progress func(Progress)) (Outcome, error)

	// Net is called after every epoch of a job, by several workers at once, with
	// what came of it so far and the net, as it was evaluated. An error ends the
	// training.
	Net func(Job, *Outcome, *engine.Net) error

	// Progress is called before the first step of a job, which a checkpoint may have
	// brought forward, and after every one, by several workers at once.
	Progress func(Job, Progress)
}

// Train trains the jobs. It returns early if the context is done, with its
// error, or if a callback fails, after the workers have stopped between two
// steps. Whatever fails inside one model, a panic included, is that model's
// outcome.
func (p *Pool) Train(ctx context.Context, jobs []Job) error {
	if err := p.check(jobs); err != nil {
		return err
	}
	queue := make(chan Job, len(jobs))
	for _, j := range inOrder(jobs) {
		queue <- j
	}
	close(queue)
	var callback sync.Mutex
	room := newMemory(p.MemoryLimit)
	g, ctx := errgroup.WithContext(ctx)
	for range min(p.workers(), len(jobs)) {
		g.Go(func() error {
			for j := range queue {
				if err := p.train(ctx, j, &callback, room); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// check reports a job that cannot be trained with the pool's recipe and data.
func (p *Pool) check(jobs []Job) error {
	for _, j := range jobs {
		if err := j.Model.Validate(); err != nil {
			return fmt.Errorf("model %s: %w", j.ID, err)
		}
		if err := p.Recipe.For(j.Candidate).Validate(); err != nil {
			return fmt.Errorf("model %s: %w", j.ID, err)
		}
		if p.External != nil {
			continue
		}
		if err := matches(j.Model, p.Data); err != nil {
			return fmt.Errorf("model %s: %w", j.ID, err)
		}
	}
	return nil
}

func (p *Pool) workers() int {
	if p.Workers > 0 {
		return p.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// inOrder sorts a copy of jobs as they are to be trained: repeats after all first
// trainings, on which the results wait.
func inOrder(jobs []Job) []Job {
	return slices.SortedStableFunc(slices.Values(costliestFirst(jobs)), func(a, b Job) int { return a.Repeat - b.Repeat })
}

// costliestFirst sorts a copy of jobs, so that the last ones to start are short.
func costliestFirst(jobs []Job) []Job {
	return slices.SortedStableFunc(slices.Values(jobs), func(a, b Job) int {
		return cmp.Compare(Cost(b.Model), Cost(a.Model))
	})
}

func (p *Pool) train(ctx context.Context, j Job, callback *sync.Mutex, room memory) error {
	start := func() (bool, error) {
		callback.Lock()
		defer callback.Unlock()
		if err := ctx.Err(); err != nil || p.Start == nil {
			return true, err
		}
		return p.Start(j)
	}
	if ok, err := start(); !ok || err != nil {
		return err
	}
	o, err := p.outcome(ctx, j, room)
	if err != nil {
		return err
	}
	o.describe(j, p.Recipe.For(j.Candidate))
	callback.Lock()
	defer callback.Unlock()
	if p.Done == nil {
		return nil
	}
	return p.Done(j, o)
}

// outcome trains a model and makes an outcome of whatever goes wrong with it
// alone. Its error is that of the context or of a callback.
func (p *Pool) outcome(ctx context.Context, j Job, room memory) (o Outcome, err error) {
	defer func() {
		if r := recover(); r != nil {
			o, err = Failure(fmt.Sprintf("panic: %v", r)), nil
		}
	}()
	if p.External != nil {
		return p.External(ctx, j, func(now Progress) {
			if p.Progress != nil {
				p.Progress(j, now)
			}
		})
	}
	bytes, err := p.memoryOf(j)
	if err != nil {
		return Failure(err.Error()), nil
	}
	release, err := room.take(ctx, bytes)
	switch {
	case ctx.Err() != nil:
		return Outcome{}, ctx.Err()
	case err != nil:
		return Failure(err.Error()), nil
	}
	defer release()
	c := Config{Data: p.Data, Recipe: p.Recipe.For(j.Candidate), Seed: j.Seed, Kernels: p.Kernels}
	if p.Progress != nil {
		c.Progress = func(now Progress) { p.Progress(j, now) }
	}
	if p.Net != nil {
		c.Net = func(o *Outcome, n *engine.Net) error { return p.Net(j, o, n) }
	}
	t, err := newTraining(j.Model, c)
	if err != nil {
		return Failure(err.Error()), nil
	}
	if p.Checkpointer != nil {
		p.Checkpointer.Load(j, t.resume)
		t.save = func(c *Checkpoint) error { return p.Checkpointer.Save(j, c) }
		t.saveEvery = p.CheckpointEvery
	}
	return t.run(ctx)
}

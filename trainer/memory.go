package trainer

import (
	"context"
	"fmt"

	"golang.org/x/sync/semaphore"

	"designspace/trainer/engine"
)

// memory shares the bytes that models in training may take.
type memory struct {
	limit int64
	free  *semaphore.Weighted // nil without a limit
}

func newMemory(limit int64) memory {
	if limit <= 0 {
		return memory{}
	}
	return memory{limit, semaphore.NewWeighted(limit)}
}

// take waits until there is room for a model and returns what gives it back. A
// model that would not fit alone is an error.
func (m memory) take(ctx context.Context, bytes int64) (release func(), err error) {
	if m.free == nil {
		return func() {}, nil
	}
	if bytes > m.limit {
		return nil, fmt.Errorf("needs %d MB of memory, %d MB are free: lower the batch size or train it on a larger machine", bytes>>20, m.limit>>20)
	}
	if err := m.free.Acquire(ctx, bytes); err != nil {
		return nil, err
	}
	return func() { m.free.Release(bytes) }, nil
}

// ModelMemory returns the bytes that the training of the largest of the jobs
// takes.
func (p *Pool) ModelMemory(jobs []Job) (int64, error) {
	var most int64
	for _, j := range jobs {
		bytes, err := p.memoryOf(j)
		if err != nil {
			return 0, fmt.Errorf("model %s: %w", j.ID, err)
		}
		most = max(most, bytes)
	}
	return most, nil
}

func (p *Pool) memoryOf(j Job) (int64, error) {
	return engine.Memory(j.Model, min(p.Recipe.Batch, p.Data.Train.Len()))
}

package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"

	"designspace/internal/host"
	"designspace/internal/run/exttrainer"
	"designspace/trainer"
	"designspace/trainer/dataset"
)

// pools are who trains: one pool for every image size and number of training images among the models, or one
// that trains all without the engine.
func (s *session) pools() []*trainer.Pool {
	base := trainer.Pool{Recipe: s.part.Recipe, Workers: s.Workers, Start: s.start, Done: s.done, Progress: s.progress}
	switch {
	case s.torch != nil:
		base.External = s.torch.Train
		return []*trainer.Pool{&base}
	case s.part.Trainer != "":
		p := exttrainer.Program{Line: s.part.Trainer, Logs: s.dir.Trainer(), Data: s.dataPath(), Recipe: s.part.Recipe, Timeout: s.Timeout}
		base.External = p.Train
		return []*trainer.Pool{&base}
	}
	base.Kernels, base.MemoryLimit = s.kernels, memoryLimit()
	if s.checkpointer != nil {
		base.Checkpointer, base.CheckpointEvery = s.checkpointer, cmp.Or(s.Checkpoint, DefaultCheckpoint)
	}
	if s.Weights != NoWeights {
		base.Net = s.saveWeights
	}
	var pools []*trainer.Pool
	for _, set := range s.sets {
		p := base
		p.Data = set
		pools = append(pools, &p)
	}
	return pools
}

// dataPath is where a program finds the data, however they were named.
func (s *session) dataPath() string {
	if s.part.Data.Source == external {
		return s.Root
	}
	return dataset.Path(s.part.Data.Source, s.Root)
}

// workersPerCard is how many models a graphics card trains at a time: small nets
// leave most of it idle.
const workersPerCard = 4

// startTorch makes sure that PyTorch can train and says on what. Its processes
// are to be closed.
func (s *session) startTorch(ctx context.Context, models int) error {
	s.torch.Python, s.torch.Sets, s.torch.Recipe = s.Python, s.sets, s.part.Recipe
	s.torch.Logs, s.torch.Timeout = s.dir.Trainer(), s.Timeout
	if s.Weights != NoWeights {
		s.torch.Net = s.saveWeights
	}
	d, err := s.torch.Start(ctx)
	if err != nil {
		return err
	}
	s.Workers = cmp.Or(s.Workers, workersPerCard*d.Cards, runtime.GOMAXPROCS(0))
	_, err = fmt.Fprintf(s.Log, "%d trainings by PyTorch %s on %s, %d at a time; Ctrl-C stops; the same command resumes\n",
		models, d.Torch, d.Name, s.Workers)
	return err
}

// suited are the jobs whose models take the images of the pool.
func suited(p *trainer.Pool, jobs []trainer.Job) []trainer.Job {
	return slices.DeleteFunc(slices.Clone(jobs), func(j trainer.Job) bool {
		return p.Data != nil && !j.Fits(p.Data)
	})
}

// memoryLimit leaves a fifth of the free memory to others; 0 if it is not known.
func memoryLimit() int64 {
	free, _ := host.AvailableMemory()
	return free / 5 * 4
}

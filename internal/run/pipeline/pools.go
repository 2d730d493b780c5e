package pipeline

import (
	"cmp"
	"slices"

	"designspace/internal/host"
	"designspace/internal/run/exttrainer"
	"designspace/trainer"
)

// pools are who trains: one pool for every image size among the models, or one
// that trains all by another program.
func (s *session) pools() []*trainer.Pool {
	base := trainer.Pool{Recipe: s.part.Recipe, Workers: s.Workers, Start: s.start, Done: s.done, Progress: s.progress}
	if s.part.Trainer != "" {
		p := exttrainer.Program{Line: s.part.Trainer, Logs: s.dir.Trainer(), Data: s.part.Data.Source, Recipe: s.part.Recipe, Timeout: s.Timeout}
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

// suited are the jobs whose models take the images of the pool.
func suited(p *trainer.Pool, jobs []trainer.Job) []trainer.Job {
	return slices.DeleteFunc(slices.Clone(jobs), func(j trainer.Job) bool {
		return p.Data != nil && j.Model.Input != p.Data.Size
	})
}

// memoryLimit leaves a fifth of the free memory to others; 0 if it is not known.
func memoryLimit() int64 {
	free, _ := host.AvailableMemory()
	return free / 5 * 4
}

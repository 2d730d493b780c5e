// Package stepbench measures how fast a model trains.
package stepbench

import (
	"context"
	"fmt"
	"time"

	"designspace/internal/seed"
	"designspace/space"
	"designspace/trainer/engine"
	"designspace/trainer/engine/kernel"
)

// A Result is the speed of full training steps (forward, backward, update) on
// one core.
type Result struct {
	ImagesPerSecond float64 `json:"images_per_second"`
	GFLOPS          float64 `json:"gflops"` // a multiply-add is two operations; backward costs twice forward
	Kernel          string  `json:"kernel"`
	Batch           int     `json:"batch"`
	Steps           int     `json:"steps"`
	Memory          int64   `json:"memory"` // bytes
}

// Run trains a model on noise for a time, at least for three steps after the
// first, which does not count.
func Run(ctx context.Context, m *space.Model, batch int, duration time.Duration, k *kernel.Set) (Result, error) {
	if batch < 1 {
		return Result{}, fmt.Errorf("batch %d: at least 1 image needed", batch)
	}
	memory, err := engine.Memory(m, batch)
	if err != nil {
		return Result{}, err
	}
	net, err := engine.Compile(m, batch, k)
	if err != nil {
		return Result{}, err
	}
	r := seed.New("bench")
	net.Init(r, false)
	b := engine.Batch{N: batch, Images: make([]float32, batch*m.Input*m.Input*3), Targets: make([]float32, batch*m.Classes)}
	for i := range b.Images {
		b.Images[i] = float32(r.NormFloat64())
	}
	for i := range batch {
		b.Targets[i*m.Classes+r.IntN(m.Classes)] = 1
	}
	u := engine.Update{LR: 0.01, Momentum: 0.9, WeightDecay: 5e-4, Nesterov: true}
	net.Step(b, u)
	steps, start := 0, time.Now()
	for time.Since(start) < duration || steps < 3 {
		if err := ctx.Err(); err != nil {
			return Result{}, err
		}
		net.Step(b, u)
		steps++
	}
	rate := float64(steps*batch) / time.Since(start).Seconds()
	return Result{
		ImagesPerSecond: rate,
		GFLOPS:          rate * 6 * float64(m.Complexity().Flops) / 1e9,
		Kernel:          k.Name, Batch: batch, Steps: steps, Memory: memory,
	}, nil
}

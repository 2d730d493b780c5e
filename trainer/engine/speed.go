package engine

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"designspace/space"
	"designspace/trainer/engine/kernel"
)

// Speed is what full training steps (forward, backward, update) of a model were
// measured to take on one core.
type Speed struct {
	Kernel          string  `json:"kernel"`
	Batch           int     `json:"batch"`
	Steps           int     `json:"steps"`
	StepSeconds     float64 `json:"step_seconds"` // median
	ImagesPerSecond float64 `json:"images_per_second"`
	// GFLOPS counts two operations for every multiply-add of the model's flops in
	// the forward pass, the weight gradients and the input gradients; the stem has
	// none of the last.
	GFLOPS float64 `json:"gflops"`
	// PeakGFLOPS is the rate of multiply-adds on registers, measured between the
	// steps (median), and PeakShare what part of it the steps reached. Both are 0
	// for kernel sets without vectors.
	PeakGFLOPS float64 `json:"peak_gflops"`
	PeakShare  float64 `json:"peak_share"`
	Memory     int64   `json:"memory"` // bytes

	Passes  []PassTime   `json:"passes,omitempty"`
	Kernels []KernelTime `json:"kernels,omitempty"`
}

// PassTime is the mean time a step spends in the passes that end in a unit's
// convolution, in milliseconds.
type PassTime struct {
	Unit     string  `json:"unit"`
	Forward  float64 `json:"forward_ms"`
	Backward float64 `json:"backward_ms"`
}

// KernelTime is the mean time a step spends in a kernel, in milliseconds.
type KernelTime struct {
	Kernel       string  `json:"kernel"`
	Milliseconds float64 `json:"ms"`
}

// peakRounds is some hundred microseconds of multiply-adds.
const peakRounds = 20000

// Measure trains a model on random images for about the given time, at least
// three steps after a first one that is not counted. With profile it also says
// where the time goes, from further steps. It stops with the context's error
// once that is done.
func Measure(ctx context.Context, m *space.Model, batch int, k *kernel.Set, d time.Duration, profile bool) (Speed, error) {
	n, err := Compile(m, batch, k)
	if err != nil {
		return Speed{}, err
	}
	r := rand.New(rand.NewPCG(1, 1))
	n.Init(r, false)
	b := noise(m, batch, r)
	u := Update{LR: 0.01, Momentum: 0.9, Nesterov: true, WeightDecay: 1e-4}
	n.Step(b, u)

	var steps, peaks []float64
	for start := time.Now(); len(steps) < 3 || time.Since(start) < d; {
		if err := ctx.Err(); err != nil {
			return Speed{}, err
		}
		t := time.Now()
		if flops := k.Peak(peakRounds); flops > 0 {
			peaks = append(peaks, float64(flops)/time.Since(t).Seconds()/1e9)
		}
		t = time.Now()
		n.Step(b, u)
		steps = append(steps, time.Since(t).Seconds())
	}
	s := Speed{Kernel: k.Name, Batch: batch, Steps: len(steps), StepSeconds: median(steps), Memory: 4 * int64(n.arena.size)}
	s.ImagesPerSecond = float64(batch) / s.StepSeconds
	s.GFLOPS = s.ImagesPerSecond * float64(n.stepFlops()) / 1e9
	if len(peaks) > 0 {
		s.PeakGFLOPS = median(peaks)
		s.PeakShare = s.GFLOPS / s.PeakGFLOPS
	}
	if profile {
		n.profile(&s, b, u, d)
	}
	return s, nil
}

func noise(m *space.Model, batch int, r *rand.Rand) Batch {
	b := Batch{
		Images:  make([]float32, batch*m.Input*m.Input*3),
		Targets: make([]float32, batch*m.Classes),
		N:       batch,
	}
	for i := range b.Images {
		b.Images[i] = float32(r.NormFloat64())
	}
	for i := range batch {
		b.Targets[i*m.Classes+r.IntN(m.Classes)] = 1
	}
	return b
}

// stepFlops returns the floating-point operations of one image's share of a step.
func (n *Net) stepFlops() int64 {
	var total int64
	for _, c := range n.convs {
		pixels := int64(c.size) * int64(c.size)
		flops := 2 * pixels * int64(c.terms()*c.out)
		total += 2 * flops
		if c.wanted {
			total += flops
		}
	}
	for _, l := range n.linears {
		total += 6 * int64(l.in*l.out)
	}
	return total
}

// profile runs steps for about d with a clock around every pass, and then around
// every kernel.
func (n *Net) profile(s *Speed, b Batch, u Update, d time.Duration) {
	n.clock = make([]PassTime, len(n.passes))
	for i, p := range n.passes {
		n.clock[i].Unit = p.convs[0].name
	}
	steps := 0
	for start := time.Now(); steps == 0 || time.Since(start) < d; steps++ {
		n.Step(b, u)
	}
	for _, t := range n.clock {
		s.Passes = append(s.Passes, PassTime{t.Unit, t.Forward / float64(steps), t.Backward / float64(steps)})
	}
	n.clock = nil

	plain, seconds := n.k, map[string]float64{}
	n.k = kernel.NewWorker(kernel.Timed(plain.Set(), seconds))
	steps = 0
	start := time.Now()
	for ; steps == 0 || time.Since(start) < d; steps++ {
		n.Step(b, u)
	}
	rest := time.Since(start).Seconds()
	n.k = plain
	for name, t := range seconds {
		s.Kernels = append(s.Kernels, KernelTime{name, 1000 * t / float64(steps)})
		rest -= t
	}
	s.Kernels = append(s.Kernels, KernelTime{"outside kernels", 1000 * rest / float64(steps)})
	slices.SortFunc(s.Kernels, func(a, b KernelTime) int { return cmp.Compare(b.Milliseconds, a.Milliseconds) })
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// now reads the clock if a profile is taken.
func (n *Net) now() (t time.Time) {
	if n.clock != nil {
		t = time.Now()
	}
	return t
}

func milliseconds(since time.Time) float64 { return 1000 * time.Since(since).Seconds() }

package kernel

import "time"

// sweepNames are those of the sweeps for a profile.
var sweepNames = [sweepKinds]string{
	"stats", "apply", "pool", "spread", "gate", "gate back", "copy", "copy", "update", "update", "update",
	"norm", "norm back", "add", "add back", "gate back", "norm",
	"norm", "norm back", "add", "add back", "gate back", "norm",
	"norm", "norm back", "add", "add back", "gate back", "norm",
}

// Timed returns a set that does what s does and adds the seconds spent in every
// kernel to those of its name. Reading the clock costs a little: use it to see
// where time goes, not how much there is.
func Timed(s *Set, seconds map[string]float64) *Set {
	t := *s
	for out := range s.conv {
		for tile := range s.conv[out] {
			t.conv[out][tile] = timed(s.conv[out][tile], "conv", seconds)
			t.conv3[out][tile] = timed(s.conv3[out][tile], "conv", seconds)
			t.conv5[out][tile] = timed(s.conv5[out][tile], "conv", seconds)
			t.grad[out][tile] = timed(s.grad[out][tile], "conv grad", seconds)
		}
	}
	for out, f := range s.grad3 {
		t.grad3[out] = timed(f, "conv grad", seconds)
	}
	t.reduce = timed(s.reduce, "reduce", seconds)
	for kind, f := range s.sweep {
		t.sweep[kind] = timed(f, sweepNames[kind], seconds)
	}
	return &t
}

// timed returns f with a clock, or nil for nil.
func timed[C any](f func(*C), name string, seconds map[string]float64) func(*C) {
	if f == nil {
		return nil
	}
	return func(c *C) {
		start := time.Now()
		f(c)
		seconds[name] += time.Since(start).Seconds()
	}
}

package kernel

import "time"

// Timed returns a set that does what s does and adds the seconds spent in every
// kernel to those of its name. Reading the clock costs a little: use it to see
// where time goes, not how much there is.
func Timed(s *Set, seconds map[string]float64) *Set {
	since := func(name string, start time.Time) { seconds[name] += time.Since(start).Seconds() }
	t := *s
	t.Conv = func(y, x View, w []float32, c *Conv, add bool) {
		defer since("conv", time.Now())
		s.Conv(y, x, w, c, add)
	}
	t.ConvGrad = func(dw []float32, x, dy View, c *Conv) {
		defer since("conv grad", time.Now())
		s.ConvGrad(dw, x, dy, c)
	}
	t.Stats = func(x View, center, sum, square []float32) {
		defer since("stats", time.Now())
		s.Stats(x, center, sum, square)
	}
	t.Norm = func(y, x View, a Affine, f Activation) {
		defer since("norm", time.Now())
		s.Norm(y, x, a, f)
	}
	t.NormBack = func(dy, x View, a Affine, f Activation, sum, dot []float32) {
		defer since("norm back", time.Now())
		s.NormBack(dy, x, a, f, sum, dot)
	}
	t.Apply = func(dx, dy, x View, a, b, c []float32) {
		defer since("apply", time.Now())
		s.Apply(dx, dy, x, a, b, c)
	}
	t.Add = func(y, x, r View, a, b Affine, f Activation) {
		defer since("add", time.Now())
		s.Add(y, x, r, a, b, f)
	}
	t.AddBack = func(dy, x, r View, a, b Affine, f Activation, sum, dot, rdot []float32) {
		defer since("add back", time.Now())
		s.AddBack(dy, x, r, a, b, f, sum, dot, rdot)
	}
	t.Copy = func(y, x View) {
		defer since("copy", time.Now())
		s.Copy(y, x)
	}
	t.Pool = func(sum []float32, x View) {
		defer since("pool", time.Now())
		s.Pool(sum, x)
	}
	t.Spread = func(y View, value []float32) {
		defer since("spread", time.Now())
		s.Spread(y, value)
	}
	t.Gate = func(y View, gate []float32) {
		defer since("gate", time.Now())
		s.Gate(y, gate)
	}
	t.GateDot = func(dot []float32, dy, x View, a Affine, f Activation) {
		defer since("gate back", time.Now())
		s.GateDot(dot, dy, x, a, f)
	}
	t.GateBack = func(dy View, gate, offset []float32) {
		defer since("gate back", time.Now())
		s.GateBack(dy, gate, offset)
	}
	t.Update = func(w, g, v []float32, u Update) {
		defer since("update", time.Now())
		s.Update(w, g, v, u)
	}
	t.Average = func(avg, w []float32, decay float32) {
		defer since("update", time.Now())
		s.Average(avg, w, decay)
	}
	return &t
}

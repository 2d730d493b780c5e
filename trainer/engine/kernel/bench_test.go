package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// Benchmarks are named set/kernel/shape and work on tiles like those of the engine:
// about 64 KB of images that stay in the second-level cache, with spaced pixels
// where the engine keeps them in scratch.
//
//	go test -bench . -run '^$' ./trainer/engine/kernel

// tileOf returns the number and the side of a tile's images of c lanes.
func tileOf(c int) (n, side int) {
	const floats = 16384
	side = 32
	for side > 4 && side*side*c > floats {
		side /= 2
	}
	return min(max(floats/(side*side*c), 1), 16), side
}

// convBenchmarks names the convolutions to time.
func convBenchmarks() (kernels []string, shapes map[string][]window) {
	shapes = map[string][]window{}
	add := func(kernel string, w window) {
		if shapes[kernel] == nil {
			kernels = append(kernels, kernel)
		}
		shapes[kernel] = append(shapes[kernel], w)
	}
	for _, c := range []int{8, 16, 24, 32, 48, 64, 96, 128, 256} {
		add("1x1", window{1, 1, 1, false, c, c, 1})
	}
	for _, g := range []int{1, 2, 4, 8, 16, 24, 32} {
		for _, c := range []int{16, 24, 32, 48, 64, 96, 128, 256} {
			if c%g == 0 && c > g {
				add(fmt.Sprintf("3x3-groups-of-%d", g), window{3, 3, 1, false, g, g, c / g})
			}
		}
	}
	for _, c := range []int{16, 24, 32, 48, 64, 96, 128, 256} {
		add("5x5-groups-of-1", window{5, 5, 1, false, 1, 1, c})
	}
	add("5x5-stride-2-groups-of-1", window{5, 5, 2, false, 1, 1, 64})
	for _, g := range []int{1, 8, 16} {
		add(fmt.Sprintf("3x3-stride-2-groups-of-%d", g), window{3, 3, 2, false, g, g, 64 / g})
	}
	for _, c := range []int{8, 16, 32, 64, 128} {
		add("3x3-dense", window{3, 3, 1, true, c, c, 1})
	}
	add("stem-3x3", window{3, 3, 1, true, 3, 16, 1})
	add("stem-3x3-stride-2", window{3, 3, 2, true, 3, 32, 1})
	add("stem-7x7-stride-2", window{7, 7, 2, true, 3, 64, 1})
	return kernels, shapes
}

func (w window) shape() string { return fmt.Sprintf("%dto%d", w.in*w.groups, w.out*w.groups) }

// benchConvs times call, which does two flops for every weight and pixel of y.
func benchConvs(b *testing.B, output func(n, side, lanes int) View, call func(k *Set, y, x View, w []float32, c *Conv)) {
	kernels, shapes := convBenchmarks()
	for _, k := range Sets() {
		for _, name := range kernels {
			for _, win := range shapes[name] {
				b.Run(k.Name+"/"+name+"/"+win.shape(), func(b *testing.B) {
					lanes := win.out * win.groups
					n, side := tileOf(max(win.in*win.groups, lanes))
					side /= win.stride
					y := output(n, side, lanes)
					x, c := win.spaced(n, side)
					w := make([]float32, c.Weights())
					for b.Loop() {
						call(k, y, x, w, c)
					}
					flops := 2 * float64(win.weights()*n*side*side) * float64(b.N)
					b.ReportMetric(flops/b.Elapsed().Seconds()/1e9, "GFLOP/s")
				})
			}
		}
	}
}

// spaced returns an input with the border that n images of side × side outputs
// need.
func (w window) spaced(n, side int) (View, *Conv) {
	lanes := w.in * w.groups
	full := (side-1)*w.stride + w.rows
	x := spaced(n, full, lanes)
	c := &Conv{In: w.in, Out: w.out, Lanes: w.out * w.groups}
	cols := w.cols
	if w.merged && x.Pixel == lanes {
		c.In *= w.cols
		cols = 1
	}
	for r := range w.rows {
		for col := range cols {
			c.Taps = append(c.Taps, r*x.Row+col*x.Pixel)
		}
	}
	x.H, x.W = side, side
	x.Row *= w.stride
	x.Pixel *= w.stride
	return x, c
}

// spaced returns n random images like those in the engine's scratch.
func spaced(n, side, lanes int) View {
	v := random(rand.New(rand.NewPCG(3, 4)), n, side, side, Spaced(lanes))
	v.C = lanes
	return v
}

// unspaced returns n random images like those that the engine stores.
func unspaced(n, side, lanes int) View {
	return random(rand.New(rand.NewPCG(1, 2)), n, side, side, lanes)
}

func BenchmarkConv(b *testing.B) {
	benchConvs(b, unspaced, func(k *Set, y, x View, w []float32, c *Conv) { k.Conv(y, x, w, c, false) })
}

func BenchmarkConvGrad(b *testing.B) {
	benchConvs(b, spaced, func(k *Set, dy, x View, dw []float32, c *Conv) { k.ConvGrad(dw, x, dy, c) })
}

// sweeps are the elementwise kernels, with the number of maps each reads and
// writes.
var sweeps = []struct {
	name string
	maps int
	call func(k *Set, y, x, r View, a, b Affine, f Activation, s [3][]float32)
}{
	{"Stats", 1, func(k *Set, _, x, _ View, a, _ Affine, _ Activation, s [3][]float32) {
		k.Stats(x, a.Center, s[0], s[1])
	}},
	{"Norm", 2, func(k *Set, y, x, _ View, a, _ Affine, f Activation, _ [3][]float32) { k.Norm(y, x, a, f) }},
	{"NormBack", 3, func(k *Set, y, x, _ View, a, _ Affine, f Activation, s [3][]float32) {
		k.NormBack(y, x, a, f, s[0], s[1])
	}},
	{"Apply", 3, func(k *Set, y, x, r View, a, _ Affine, _ Activation, _ [3][]float32) {
		k.Apply(y, x, r, a.Scale, a.Shift, a.Center)
	}},
	{"Add", 3, func(k *Set, y, x, r View, a, b Affine, f Activation, _ [3][]float32) { k.Add(y, x, r, a, b, f) }},
	{"AddBack", 4, func(k *Set, y, x, r View, a, b Affine, f Activation, s [3][]float32) {
		k.AddBack(y, x, r, a, b, f, s[0], s[1], s[2])
	}},
	{"Copy", 2, func(k *Set, y, x, _ View, _, _ Affine, _ Activation, _ [3][]float32) { k.Copy(y, x) }},
	{"Pool", 1, func(k *Set, _, x, _ View, _, _ Affine, _ Activation, s [3][]float32) { k.Pool(s[0], x) }},
	{"Spread", 1, func(k *Set, y, _, _ View, _, _ Affine, _ Activation, s [3][]float32) { k.Spread(y, s[0]) }},
	{"Gate", 2, func(k *Set, y, _, _ View, _, _ Affine, _ Activation, s [3][]float32) { k.Gate(y, s[0]) }},
	{"GateDot", 2, func(k *Set, y, x, _ View, a, _ Affine, f Activation, s [3][]float32) {
		k.GateDot(s[0], y, x, a, f)
	}},
	{"GateBack", 2, func(k *Set, y, _, _ View, _, _ Affine, _ Activation, s [3][]float32) { k.GateBack(y, s[0], s[1]) }},
}

func BenchmarkElementwise(b *testing.B) {
	for _, k := range Sets() {
		for _, e := range sweeps {
			for _, c := range []int{16, 24, 64, 256} {
				for _, f := range []Activation{ReLU, SiLU} {
					if f == SiLU && e.name != "Norm" && e.name != "NormBack" {
						continue
					}
					name := fmt.Sprintf("%s/%s/%d", k.Name, e.name, c)
					if f == SiLU {
						name += "-silu"
					}
					b.Run(name, func(b *testing.B) {
						n, side := tileOf(c)
						r := rand.New(rand.NewPCG(5, 6))
						x, s := random(r, n, side, side, c), random(r, n, side, side, c)
						// A gradient that is changed in place must be zero to stay away from
						// infinity and from subnormal numbers.
						y := Dense(make([]float32, len(x.Data)), n, side, side, c)
						zero := make([]float32, c)
						a := Affine{random(r, 1, 1, 1, c).Data, zero, zero}
						sums := [3][]float32{make([]float32, n*c), make([]float32, n*c), make([]float32, n*c)}
						for b.Loop() {
							e.call(k, y, x, s, a, a, f, sums)
						}
						reportBytes(b, e.maps*len(y.Data))
					})
				}
			}
		}
	}
}

func BenchmarkUpdate(b *testing.B) {
	for _, k := range Sets() {
		for _, n := range []int{1 << 14, 1 << 18, 1 << 22} {
			w, g, v := make([]float32, n), make([]float32, n), make([]float32, n)
			for _, nesterov := range []bool{false, true} {
				u := Update{LR: 0.1, Momentum: 0.9, WeightDecay: 5e-4, Nesterov: nesterov}
				b.Run(fmt.Sprintf("%s/Update/%d-nesterov-%v", k.Name, n, nesterov), func(b *testing.B) {
					for b.Loop() {
						k.Update(w, g, v, u)
					}
					reportBytes(b, 5*n)
				})
			}
			b.Run(fmt.Sprintf("%s/Average/%d", k.Name, n), func(b *testing.B) {
				for b.Loop() {
					k.Average(w, g, 0.99)
				}
				reportBytes(b, 3*n)
			})
		}
	}
}

// BenchmarkPeak is what the machine could do if it had nothing to load.
func BenchmarkPeak(b *testing.B) {
	for _, k := range Sets() {
		if k.Peak == nil {
			continue
		}
		b.Run(k.Name, func(b *testing.B) {
			flops := 0
			for b.Loop() {
				flops += k.Peak(1000)
			}
			b.ReportMetric(float64(flops)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}

// reportBytes reports the traffic of floats read and written a round.
func reportBytes(b *testing.B, floats int) {
	b.ReportMetric(4*float64(floats)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GB/s")
}

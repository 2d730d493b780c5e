package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"designspace/space"
	"designspace/trainer/engine/kernel"
)

// reference computes the training loss of a model in float64, by plain loops over
// maps in NCHW order. It shares no code with the engine, only the model's units.
// Gradients are central differences of its loss.
type reference struct {
	m      *space.Model
	r      *rand.Rand           // draws parameters when they are first used
	params map[string][]float64 // all exact in float32
	names  []string             // in the order of use

	// Of the latest forward pass:
	pattern uint64  // which inputs of ReLU were positive and which pixels the largest of a pool
	margin  float64 // least distance of an input of ReLU from 0, and of a pool's two largest
}

// tensor is a batch of maps of c channels.
type tensor struct {
	n, c, h, w int
	v          []float64
}

func newTensor(n, c, h, w int) tensor { return tensor{n, c, h, w, make([]float64, n*c*h*w)} }

// plane returns the pixels of one channel of one image.
func (t tensor) plane(n, c int) []float64 {
	size := t.h * t.w
	return t.v[(n*t.c+c)*size:][:size]
}

// param returns a parameter. A new one is drawn around mean.
func (f *reference) param(name string, n int, mean, deviation float64) []float64 {
	p := f.params[name]
	if p == nil {
		for range n {
			p = append(p, float64(float32(mean+deviation*f.r.NormFloat64())))
		}
		f.params[name] = p
		f.names = append(f.names, name)
	}
	return p
}

// conv is a convolution of odd kernel size k with padding k/2.
func (f *reference) conv(name string, x tensor, out, k, stride, groups int) tensor {
	y := newTensor(x.n, out, (x.h-1)/stride+1, (x.w-1)/stride+1)
	in := x.c / groups
	weight := f.param(name+".weight", out*in*k*k, 0, math.Sqrt(2/float64(in*k*k)))
	for n := range y.n {
		for o := range out {
			dst := y.plane(n, o)
			for i := range in {
				src := x.plane(n, o/(out/groups)*in+i)
				for j, w := range weight[(o*in+i)*k*k:][:k*k] {
					dh, dw := j/k-k/2, j%k-k/2
					for h := range y.h {
						sh := h*stride + dh
						if sh < 0 || sh >= x.h {
							continue
						}
						for c := range y.w {
							if sw := c*stride + dw; 0 <= sw && sw < x.w {
								dst[h*y.w+c] += w * src[sh*x.w+sw]
							}
						}
					}
				}
			}
		}
	}
	return y
}

// norm normalises every channel by its mean and variance over the batch, in place.
func (f *reference) norm(name string, x tensor) tensor {
	gamma, beta := f.param(name+".gamma", x.c, 1, 0.2), f.param(name+".beta", x.c, 0, 0.3)
	m := float64(x.n * x.h * x.w)
	for c := range x.c {
		mean, variance := 0.0, 0.0
		for n := range x.n {
			for _, v := range x.plane(n, c) {
				mean += v / m
			}
		}
		for n := range x.n {
			for _, v := range x.plane(n, c) {
				variance += (v - mean) * (v - mean) / m
			}
		}
		for n := range x.n {
			for i, v := range x.plane(n, c) {
				x.plane(n, c)[i] = gamma[c]*(v-mean)/math.Sqrt(variance+1e-5) + beta[c]
			}
		}
	}
	return x
}

func (f *reference) convNorm(name string, x tensor, out, k, stride, groups int) tensor {
	return f.norm(name, f.conv(name, x, out, k, stride, groups))
}

// decide notes a decision and by how much it was made.
func (f *reference) decide(which int, margin float64) {
	f.pattern = f.pattern*0x100000001b3 + uint64(which)
	f.margin = min(f.margin, margin)
}

// activate applies an activation in place.
func (f *reference) activate(x tensor, a space.Activation) tensor {
	for i, v := range x.v {
		switch {
		case a == "":
		case a == space.SiLU:
			x.v[i] = v / (1 + math.Exp(-v))
		case a != space.ReLU:
			panic("no reference of activation " + a)
		case v > 0:
			f.decide(1, v)
		default:
			f.decide(0, -v)
			x.v[i] = 0
		}
	}
	return x
}

func plus(x, y tensor) tensor {
	for i, v := range y.v {
		x.v[i] += v
	}
	return x
}

// avgPool takes means of windows of k×k pixels, fewer at the edges.
func avgPool(x tensor, k int) tensor {
	y := newTensor(x.n, x.c, (x.h+k-1)/k, (x.w+k-1)/k)
	count := newTensor(x.n, x.c, y.h, y.w)
	for i, v := range x.v {
		at := i/(x.h*x.w)*y.h*y.w + i/x.w%x.h/k*y.w + i%x.w/k
		y.v[at] += v
		count.v[at]++
	}
	for i, c := range count.v {
		y.v[i] /= c
	}
	return y
}

// maxPool takes windows of side k, with padding (k-1)/2.
func (f *reference) maxPool(x tensor, k, stride int) tensor {
	y := newTensor(x.n, x.c, (x.h-1)/stride+1, (x.w-1)/stride+1)
	for n := range x.n {
		for c := range x.c {
			for p := range y.h * y.w {
				first, second, at := math.Inf(-1), math.Inf(-1), 0
				for j := range k * k {
					h, w := p/y.w*stride+j/k-(k-1)/2, p%y.w*stride+j%k-(k-1)/2
					if h < 0 || h >= x.h || w < 0 || w >= x.w {
						continue
					}
					v := x.plane(n, c)[h*x.w+w]
					if v > first {
						first, second, at = v, first, j
					} else {
						second = max(second, v)
					}
				}
				y.plane(n, c)[p] = first
				if first != 0 || f.m.Activation == space.SiLU { // else all are zeros of ReLU
					f.decide(at, first-second)
				}
			}
		}
	}
	return y
}

// pool returns every channel's mean over pixels.
func pool(x tensor) tensor {
	y := newTensor(x.n, x.c, 1, 1)
	for i := range y.v {
		for _, v := range x.plane(i/x.c, i%x.c) {
			y.v[i] += v / float64(x.h*x.w)
		}
	}
	return y
}

// linear is a fully connected layer on maps of one pixel.
func (f *reference) linear(name string, x tensor, out int) tensor {
	y := f.conv(name, x, out, 1, 1, 1)
	bias := f.param(name+".bias", out, 0, 0.3)
	for i := range y.v {
		y.v[i] += bias[i%out]
	}
	return y
}

// gate is squeeze-and-excitation, in place.
func (f *reference) gate(name string, x tensor, squeeze int) tensor {
	s := f.activate(f.linear(name+"squeeze", pool(x), squeeze), f.m.Activation)
	e := f.linear(name+"excite", s, x.c)
	for i, v := range e.v {
		p := x.plane(i/x.c, i%x.c)
		for j := range p {
			p[j] /= 1 + math.Exp(-v)
		}
	}
	return x
}

// units computes a row of units, whose names have a prefix.
func (f *reference) units(prefix string, x tensor, units []space.Unit) tensor {
	for _, u := range units {
		switch u.Op {
		case space.Conv:
			x = f.convNorm(prefix+u.Name, x, u.Out, u.Kernel, u.Stride, u.Groups)
		case space.MaxPool:
			x = f.maxPool(x, u.Kernel, u.Stride)
		case space.Act:
		case space.Plain:
			x = f.conv(prefix+u.Name, x, u.Out, u.Kernel, u.Stride, u.Groups)
		case space.Norm:
			y := newTensor(x.n, x.c, x.h, x.w)
			copy(y.v, x.v)
			x = f.norm(prefix+u.Name, y)
		case space.AvgPool:
			x = avgPool(x, u.Kernel)
		default:
			panic("no reference of unit " + u.Name)
		}
		x = f.activate(x, u.Activation)
		if u.Squeeze > 0 {
			x = f.gate(prefix+"se.", x, u.Squeeze)
		}
	}
	return x
}

func (f *reference) block(x tensor, b space.BlockShape) tensor {
	prefix := b.Name() + "."
	branch := f.units(prefix, x, b.Units[:b.Branch])
	shortcut := newTensor(branch.n, branch.c, branch.h, branch.w)
	copy(shortcut.v, branch.v)
	y := f.units(prefix, branch, b.Units[b.Branch:])
	if b.Residual {
		y = plus(y, f.units(prefix, shortcut, b.Shortcut))
	}
	return f.units(prefix, f.activate(y, b.Activation), b.Pool)
}

// forward returns the logits of a batch.
func (f *reference) forward(x tensor) tensor {
	f.pattern, f.margin = 0, math.Inf(1)
	x = f.units("", x, f.m.StemUnits())
	for _, b := range f.m.Shapes() {
		x = f.block(x, b)
	}
	x = f.units("", x, f.m.HeadUnits())
	return f.linear("fc", pool(x), f.m.Classes)
}

// loss is the mean cross-entropy of softmax.
func (f *reference) loss(x tensor, targets []float32) float64 {
	y, total := f.forward(x), 0.0
	for n := range y.n {
		sum := 0.0
		for c := range y.c {
			sum += math.Exp(y.v[n*y.c+c])
		}
		for c := range y.c {
			total -= float64(targets[n*y.c+c]) * (y.v[n*y.c+c] - math.Log(sum)) / float64(y.n)
		}
	}
	return total
}

// slope returns the derivative of the loss in a direction of one parameter. It
// halves its step until no decision falls the other way within it.
func (f *reference) slope(t *testing.T, x tensor, targets []float32, name string, direction []float64) float64 {
	t.Helper()
	p := f.params[name]
	at := append([]float64(nil), p...)
	defer copy(p, at)
	f.loss(x, targets)
	pattern := f.pattern
	for step := 1e-6; step > 1e-9; step /= 2 {
		side := func(step float64) (float64, bool) {
			for i, d := range direction {
				p[i] = at[i] + step*d
			}
			return f.loss(x, targets), f.pattern == pattern
		}
		up, same := side(step)
		down, alsoSame := side(-step)
		if same && alsoSame {
			return (up - down) / (2 * step)
		}
	}
	t.Fatalf("%s: a kink is too near", name)
	return 0
}

// A trial is a model with a batch.
type trial struct {
	f     *reference
	batch Batch
	x     tensor // the images
}

// newTrial draws parameters and a batch such that rounding to float32 turns no
// decision of ReLU or of a pool.
func newTrial(t *testing.T, m *space.Model, n int, r *rand.Rand) trial {
	t.Helper()
	for range 200 {
		b := softBatch(m, n, r)
		s := trial{&reference{m: m, r: r, params: map[string][]float64{}}, b, newTensor(n, 3, m.Input, m.Input)}
		for i := range s.x.v {
			pixel, c, image := i%(m.Input*m.Input), i/(m.Input*m.Input)%3, i/(m.Input*m.Input*3)
			s.x.v[i] = float64(b.Images[(image*m.Input*m.Input+pixel)*3+c])
		}
		s.f.forward(s.x)
		if s.f.margin > 2e-5 {
			return s
		}
	}
	t.Fatal("every batch has a value next to a kink")
	return trial{}
}

// softBatch draws images and distributions over classes in eighths, which sum to
// exactly 1.
func softBatch(m *space.Model, n int, r *rand.Rand) Batch {
	b := randomBatch(m, n, r)
	clear(b.Targets)
	for i := range 8 * n {
		b.Targets[i/8*m.Classes+r.IntN(m.Classes)] += 0.125
	}
	return b
}

// net returns the trial's net for a kernel set.
func (s trial) net(t *testing.T, k *kernel.Set) *Net {
	t.Helper()
	n, err := Compile(s.f.m, s.batch.N+s.batch.N%3, k)
	if err != nil {
		t.Fatal(err)
	}
	trained := 0
	r := rand.New(rand.NewPCG(7, 8))
	for _, p := range n.Params() {
		values := make([]float32, p.Len())
		if p.Statistic {
			for i := range values {
				values[i] = r.Float32() / 10 // running means are the centers that sums are taken from
			}
		} else {
			trained++
			for i, v := range s.f.params[p.Name] {
				values[i] = float32(v)
			}
			if len(s.f.params[p.Name]) != p.Len() {
				t.Errorf("%s has %d elements, want %d", p.Name, p.Len(), len(s.f.params[p.Name]))
			}
		}
		if err := n.Set(p.Name, values); err != nil {
			t.Fatal(err)
		}
	}
	if trained != len(s.f.names) {
		t.Fatalf("the net has %d parameters, want %d", trained, len(s.f.names))
	}
	return n
}

// drawModel draws a model of the given kind whose batch of n costs little.
func drawModel(block space.Block, stem space.Stem, act space.Activation, n int, r *rand.Rand) *space.Model {
	pick := func(from ...int) int { return from[r.IntN(len(from))] }
	for range 100_000 {
		m := &space.Model{
			Stem: stem, StemWidth: pick(3, 8, 12, 16), Block: block, Activation: act,
			HeadWidth: pick(0, 0, 13, 16), Classes: 2 + r.IntN(10), Input: 3 + r.IntN(7),
		}
		switch stem {
		case space.StemNone:
			m.StemWidth = 3
		case space.StemSimple:
			m.Input = 5 + r.IntN(12)
		case space.StemImageNet, space.StemDeep:
			m.Input = 9 + r.IntN(14)
		}
		for range 1 + r.IntN(3) {
			w := pick(4, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48)
			b := []float64{1, 1, 2, 4, 0.5}[r.IntN(5)]
			inner := int(float64(w) / b)
			g := 1 + r.IntN(max(inner, 1))
			for inner%g != 0 {
				g--
			}
			m.Depths, m.Widths, m.Strides = append(m.Depths, 1+r.IntN(2)), append(m.Widths, w), append(m.Strides, 1+r.IntN(2))
			if block.Has("e") {
				m.Expansions = append(m.Expansions, pick(1, 2, 3, 6))
			}
			if block.Has("k") {
				m.Kernels = append(m.Kernels, pick(3, 5))
			}
			if block.Has("b") {
				m.Bottleneck, m.GroupWidths = append(m.Bottleneck, b), append(m.GroupWidths, g)
			}
		}
		if block.Has("se_ratio") {
			m.SERatio = float64(pick(0, 1, 2)) / 4
		}
		o := rand.New(rand.NewPCG(uint64(m.Input), uint64(m.Classes)))
		for _, p := range space.ModelOptions() {
			if p.Set(m, p.Values[o.IntN(len(p.Values))]); m.Validate() != nil {
				p.Set(m, p.Values[0])
			}
		}
		if m.Validate() == nil && m.Complexity().Flops*int64(n) < 500_000 && lastSize(m) > 1 {
			return m
		}
	}
	panic(fmt.Sprintf("no model of block %s and stem %s is valid: draw its parameters", block, stem))
}

// lastSize is the side of the last map.
func lastSize(m *space.Model) int {
	shapes := m.Shapes()
	return shapes[len(shapes)-1].OutSize()
}

func TestGradientsAreSlopes(t *testing.T) {
	blocks, stems := space.Blocks(), space.Stems()
	for i := range 2 * len(blocks) * len(stems) { // every block with every stem and activation
		r := rand.New(rand.NewPCG(uint64(i), 9))
		n := 4 + r.IntN(4)
		if i%4 == 3 {
			n += 14 // more than a tile
		}
		act := []space.Activation{space.ReLU, space.SiLU}[i%2]
		m := drawModel(blocks[i%len(blocks)], stems[i/len(blocks)%len(stems)], act, n, r)
		t.Run(fmt.Sprintf("%d-%s", i, m.Key()), func(t *testing.T) {
			newTrial(t, m, n, r).check(t, r)
		})
	}
}

// Relative errors allowed to float32. A layer adds about one millionth: roundings
// of unit 6e-8, with the root of up to a few hundred terms, enlarged by the
// normalisation where a channel's mean exceeds its deviation. Drawn nets have up to
// about twenty layers; gradients go through them twice and are sums of terms that
// partly cancel. A wrong formula is off by far more: a single element that has no
// gradient, of a tensor of a thousand, by 0.03.
const (
	referenceLogits   = 2e-5 // of the largest; the loss of itself, or of 1 if it is smaller
	referenceGradient = 1e-4 // of the tensor's norm, or of a hundredth of the largest norm
)

// check compares what every kernel set makes of the trial with the reference.
func (s trial) check(t *testing.T, r *rand.Rand) {
	loss, logits := s.f.loss(s.x, s.batch.Targets), s.f.forward(s.x).v
	directions, slopes := map[string][]float64{}, map[string]float64{}
	for _, name := range s.f.names {
		d := make([]float64, len(s.f.params[name]))
		for i := range d {
			d[i] = r.NormFloat64()
		}
		directions[name], slopes[name] = d, s.f.slope(t, s.x, s.batch.Targets, name, d)
	}
	eachSet(t, func(t *testing.T, k *kernel.Set) {
		n := s.net(t, k)
		got := n.Step(s.batch, Update{})
		if d := math.Abs(got.Loss - loss); !(d <= referenceLogits*max(loss, 1)) {
			t.Errorf("loss %v, want %v", got.Loss, loss)
		}
		if d := deviation(got.Logits, logits, 0); d > referenceLogits {
			t.Errorf("logits are off by %.2g", d)
		}
		along, norms, top := map[string]float64{}, map[string]float64{}, 0.0
		for _, name := range s.f.names {
			g, err := n.gradient(name)
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range g {
				along[name] += float64(v) * directions[name][i]
				norms[name] = math.Hypot(norms[name], float64(v))
			}
			top = max(top, norms[name])
		}
		for _, name := range s.f.names {
			d := math.Abs(along[name]-slopes[name]) / max(norms[name], top/100)
			if !(d <= referenceGradient) {
				t.Errorf("gradient of %s along a direction is %.6g, the slope %.6g: off by %.2g", name, along[name], slopes[name], d)
			}
		}
	})
}

package engine

import (
	"math"

	"designspace/trainer/engine/kernel"
)

// epsilon is added to a variance before its root is taken.
const epsilon = 1e-5

// statMomentum is the share of the newest batch in the running statistics.
const statMomentum = 0.1

// conv is a convolution followed by a batch normalisation. Only the raw output of
// the convolution is stored; whoever reads it applies scale and shift.
type conv struct {
	name           string
	kernel, stride int
	in, out        layout
	groups         int
	inSize, size   int  // sides of the input and output maps
	inLanes, lanes int  // of the input and output in memory
	last           bool // the last normalisation before a shortcut is added
	wanted         bool // whether the gradient of the input is

	forwardTaps kernel.Conv
	classes     []class

	weight, dweight []float32 // [tap][input lane of the group][output lane]
	turned          []float32 // by class: [tap][output lane of the group][input lane]
	gamma, beta     []float32
	dgamma, dbeta   []float32
	mean, variance  []float32 // running statistics

	raw                []float32     // batch × size × size × lanes
	norm               kernel.Affine // from raw to the normalised output; centered at the mean of the batch
	inverse            []float32     // 1/√(variance + epsilon)
	backA, backB       []float32     // gradient of raw = backA·dy + backB·raw + backC
	backC              []float32
	tileSum, tileDot   []float32 // sums over a tile, of x and x² or of dy and dy·x about a center
	batchSum, batchDot []float64 // the same over the batch

	to *feature // holds the gradient of the normalisation's output
}

// class is the set of input pixels whose row and column have the same remainders
// modulo the stride. The same taps reach all of them, so their gradient is one
// convolution of dy.
type class struct {
	row, col int
	taps     []tap
	geometry kernel.Conv
	weights  []float32 // within turned
}

// tap is one element of a kernel.
type tap struct{ row, col int }

func (c *conv) pad() int { return c.kernel / 2 }

// groupIn and groupOut are the lanes of one group in memory. A convolution with
// groups keeps the number of channels, whatever made its input.
func (c *conv) groupIn() int {
	if c.groups > 1 {
		return c.out.padded
	}
	return c.inLanes
}

func (c *conv) groupOut() int {
	if c.groups > 1 {
		return c.out.padded
	}
	return c.lanes
}

// reserve asks for all memory of the convolution.
func (c *conv) reserve(n *Net) {
	weights := c.kernel * c.kernel * c.groupIn() * c.lanes
	n.weights.need(&c.weight, &c.dweight, weights)
	n.affine.need(&c.gamma, &c.dgamma, c.lanes)
	n.affine.need(&c.beta, &c.dbeta, c.lanes)
	n.statistics.need(&c.mean, nil, c.lanes)
	n.statistics.need(&c.variance, nil, c.lanes)
	n.arena.need(&c.raw, n.batch*c.size*c.size*c.lanes)
	for _, v := range []*[]float32{
		&c.norm.Scale, &c.norm.Shift, &c.norm.Center, &c.inverse,
		&c.backA, &c.backB, &c.backC, &c.tileSum, &c.tileDot,
	} {
		n.arena.need(v, c.lanes)
	}
	c.batchSum, c.batchDot = make([]float64, c.lanes), make([]float64, c.lanes)
	if c.wanted {
		n.arena.need(&c.turned, c.kernel*c.kernel*c.groupOut()*c.inLanes)
	}
}

// aim sets the tap offsets for reading an input buffer with the given border.
func (c *conv) aim(border int) {
	pixel := kernel.Spaced(c.inLanes)
	row := (c.inSize + 2*border) * pixel
	in := c.groupIn()
	skip := border - c.pad()
	c.forwardTaps = kernel.Conv{In: in, Out: c.groupOut(), Lanes: c.lanes}
	columns := c.kernel
	if c.groups == 1 && pixel == c.inLanes { // the pixels of a kernel row adjoin
		c.forwardTaps.In *= c.kernel
		columns = 1
	}
	for kh := range c.kernel {
		for kw := range columns {
			c.forwardTaps.Taps = append(c.forwardTaps.Taps, (skip+kh)*row+(skip+kw)*pixel)
		}
	}
	if c.wanted {
		c.aimBack()
	}
}

// aimBack sets the classes of input pixels and their taps into the gradient of
// the output, which is read from a buffer with a border of pad pixels. Input
// pixel s·q + r is reached by tap k from output pixel q + (r+pad-k)/s, where the
// division is exact.
func (c *conv) aimBack() {
	s, pad := c.stride, c.pad()
	pixel := kernel.Spaced(c.lanes)
	row := (c.size + 2*pad) * pixel
	for r := range min(s, c.inSize) {
		for q := range min(s, c.inSize) {
			k := class{row: r, col: q, geometry: kernel.Conv{In: c.groupOut(), Out: c.groupIn(), Lanes: c.inLanes}}
			for kh := c.kernel - 1; kh >= 0; kh-- {
				for kw := c.kernel - 1; kw >= 0; kw-- {
					if (r+pad-kh)%s != 0 || (q+pad-kw)%s != 0 {
						continue
					}
					k.taps = append(k.taps, tap{kh, kw})
					k.geometry.Taps = append(k.geometry.Taps,
						((r+pad-kh)/s+pad)*row+((q+pad-kw)/s+pad)*pixel)
				}
			}
			if s == 1 && c.groups == 1 && pixel == c.lanes { // the taps of a kernel row adjoin
				k.geometry.In *= c.kernel
				for t := range c.kernel {
					k.geometry.Taps[t] = k.geometry.Taps[t*c.kernel]
				}
				k.geometry.Taps = k.geometry.Taps[:c.kernel]
			}
			c.classes = append(c.classes, k)
		}
	}
}

// bind cuts the weights of the classes out of turned.
func (c *conv) bind() {
	rest := c.turned
	for i := range c.classes {
		k := &c.classes[i]
		n := len(k.taps) * c.groupOut() * c.inLanes
		k.weights, rest = rest[:n], rest[n:]
	}
}

// turn writes the weights in the order that the gradient of the input needs.
func (c *conv) reorder() {
	in, out := c.groupIn(), c.groupOut()
	for _, k := range c.classes {
		for t, tap := range k.taps {
			from := c.weight[(tap.row*c.kernel+tap.col)*in*c.lanes:]
			to := k.weights[t*out*c.inLanes:]
			for g := range c.lanes / out {
				for i := range in {
					for o, w := range from[i*c.lanes+g*out:][:out] {
						to[o*c.inLanes+g*in+i] = w
					}
				}
			}
		}
	}
}

// tile views the raw output of count images from i on.
func (c *conv) tile(i, count int) kernel.View {
	image := c.size * c.size * c.lanes
	return kernel.Dense(c.raw[i*image:], count, c.size, c.size, c.lanes)
}

// strided views an input buffer so that its pixels are those that output pixels
// correspond to.
func (c *conv) strided(x kernel.View) kernel.View {
	x.H, x.W = c.size, c.size
	x.Row *= c.stride
	x.Pixel *= c.stride
	return x
}

// forward convolves a tile and, in training, sums its output.
func (c *conv) forward(n *Net, x kernel.View, i int, training bool) {
	y := c.tile(i, x.N)
	n.k.Conv(y, c.strided(x), c.weight, &c.forwardTaps, false)
	if training {
		n.k.Stats(y, c.mean, c.tileSum, c.tileDot)
		c.flush()
	}
}

// flush adds the tile's sums to the batch's and clears them.
func (c *conv) flush() {
	for o := range c.batchSum {
		c.batchSum[o] += float64(c.tileSum[o])
		c.batchDot[o] += float64(c.tileDot[o])
	}
	clear(c.tileSum)
	clear(c.tileDot)
}

// finishForward sets the normalisation from the batch's sums and moves the
// running statistics.
func (c *conv) finishForward(images int) {
	m := float64(images * c.size * c.size)
	for o := range c.batchSum {
		offset := c.batchSum[o] / m // from the running mean, which is the sums' center
		mean := float64(c.mean[o]) + offset
		variance := max(c.batchDot[o]/m-offset*offset, 0)
		c.normalise(o, mean, variance)
		if m > 1 {
			variance *= m / (m - 1)
		}
		c.mean[o] += statMomentum * (float32(mean) - c.mean[o])
		c.variance[o] += statMomentum * (float32(variance) - c.variance[o])
	}
	clear(c.batchSum)
	clear(c.batchDot)
}

// useRunning sets the normalisation from the running statistics.
func (c *conv) useRunning() {
	for o := range c.mean {
		c.normalise(o, float64(c.mean[o]), float64(c.variance[o]))
	}
}

func (c *conv) normalise(o int, mean, variance float64) {
	inverse := 1 / math.Sqrt(variance+epsilon)
	scale := float64(c.gamma[o]) * inverse
	c.inverse[o] = float32(inverse)
	c.norm.Center[o] = float32(mean)
	c.norm.Scale[o] = float32(scale)
	c.norm.Shift[o] = float32(float64(c.beta[o]) - mean*scale)
}

// finishBackward sets the constants of the gradient through the normalisation
// from the batch's sums of dy and dy·(x - mean): with x̂ the normalised output and m the
// number of values, dx = γ/σ·(dy - Σdy/m - x̂·Σ(dy·x̂)/m).
func (c *conv) finishBackward(images int) {
	m := float64(images * c.size * c.size)
	for o := range c.batchSum {
		mean, inverse := float64(c.norm.Center[o]), float64(c.inverse[o])
		dbeta := c.batchSum[o]
		dgamma := c.batchDot[o] * inverse
		a := float64(c.gamma[o]) * inverse
		b := -a * inverse * dgamma / m
		c.dgamma[o], c.dbeta[o] = float32(dgamma), float32(dbeta)
		c.backA[o], c.backB[o] = float32(a), float32(b)
		c.backC[o] = float32(-a*dbeta/m - b*mean)
	}
	clear(c.batchSum)
	clear(c.batchDot)
}

// backward takes the gradient of a tile of the normalised output back to the
// weights and, where somebody wants it, to the input: dx = … or, with add,
// dx += … .
func (c *conv) backward(n *Net, x kernel.View, i int, in *feature, add bool) {
	corner, inner := padded(n.scratch[gradScratch], x.N, c.size, c.lanes, c.pad())
	n.k.Apply(inner, c.to.gradient(n, i, x.N), c.tile(i, x.N), c.backA, c.backB, c.backC)
	n.k.ConvGrad(c.dweight, c.strided(x), inner, &c.forwardTaps)
	for j := range c.classes {
		k := &c.classes[j]
		if len(k.taps) == 0 && add {
			continue
		}
		dx := in.gradient(n, i, x.N)
		dx.Data = dx.Data[k.row*dx.Row+k.col*dx.Pixel:]
		dx.H, dx.W = (c.inSize-k.row+c.stride-1)/c.stride, (c.inSize-k.col+c.stride-1)/c.stride
		dx.Row *= c.stride
		dx.Pixel *= c.stride
		corner.H, corner.W = dx.H, dx.W
		n.k.Conv(dx, corner, k.weights, &k.geometry, add)
	}
}

// params lists the tensors of the convolution and its normalisation.
func (c *conv) params() []Param {
	k, in := c.kernel, c.in.channels
	groupIn := in / c.groups
	place := func(i int) int {
		kw, kh := i%k, i/k%k
		ci, o := i/(k*k)%groupIn, i/(k*k)/groupIn
		if c.groups == 1 {
			ci = c.in.lane(ci)
		}
		return ((kh*k+kw)*c.groupIn()+ci)*c.lanes + c.out.lane(o)
	}
	out := []int{c.out.channels}
	return []Param{
		{Name: c.name + ".weight", Shape: []int{c.out.channels, groupIn, k, k}, data: &c.weight, grad: &c.dweight, place: place, init: normal(fanOut(k, c.out.channels))},
		{Name: c.name + ".gamma", Shape: out, data: &c.gamma, grad: &c.dgamma, place: c.out.lane, init: constant(1)},
		{Name: c.name + ".beta", Shape: out, data: &c.beta, grad: &c.dbeta, place: c.out.lane, init: constant(0)},
		{Name: c.name + ".mean", Shape: out, Statistic: true, data: &c.mean, place: c.out.lane, init: constant(0)},
		{Name: c.name + ".var", Shape: out, Statistic: true, data: &c.variance, place: c.out.lane, init: constant(1)},
	}
}

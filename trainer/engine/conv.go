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
	in, out        int // channels
	groups         int
	inSize, size   int      // sides of the input and output maps
	last           bool     // the last normalisation before a shortcut is added
	bare           bool     // no normalisation follows
	alone          *feature // whose values are normalised, and not convolved; nil for a convolution
	wanted         bool     // whether the gradient of the input is

	geometry *kernel.Conv
	skip     int    // pixels of the input's border that the convolution does not need
	gradient buffer // of the output
	copies   bool   // whether the input must be sorted for the stride
	copied   buffer // for that
	classes  []class

	weight, dweight []float32 // [group][tile of outputs][input, tap][output]
	turned          []float32 // by class: [group][tile of inputs][output, tap][input]
	gamma, beta     []float32
	dgamma, dbeta   []float32
	mean, variance  []float32 // running statistics

	raw                []float32     // blocks × out × size × size × 16
	norm               kernel.Affine // from raw to the normalised output; centered at the mean of the batch
	inverse            []float32     // 1/√(variance + epsilon)
	backA, backB       []float32     // gradient of raw = backA·dy + backB·raw + backC
	backC              []float32
	batchSum, batchDot []float64 // sums over the batch, of x and x² or of dy and dy·x about a center

	to *feature // holds the gradient of the normalisation's output
}

// class is the set of input pixels whose row and column have the same remainders
// modulo the stride. The same taps reach all of them, so their gradient is one
// convolution of dy.
type class struct {
	row, col int
	taps     []int // row·kernel + column
	geometry *kernel.Conv
	weights  []float32 // within turned
}

func (c *conv) pad() int { return c.kernel / 2 }

func (c *conv) groupIn() int  { return c.in / c.groups }
func (c *conv) groupOut() int { return c.out / c.groups }

// terms is the number of weights of an output.
func (c *conv) terms() int { return c.groupIn() * c.kernel * c.kernel }

// reserve asks for all memory of the convolution.
func (c *conv) reserve(n *Net) {
	if !c.bare {
		n.affine.need(&c.gamma, &c.dgamma, c.out)
		n.affine.need(&c.beta, &c.dbeta, c.out)
		n.statistics.need(&c.mean, nil, c.out)
		n.statistics.need(&c.variance, nil, c.out)
	}
	if c.alone == nil {
		n.weights.need(&c.weight, &c.dweight, c.out*c.terms())
		n.arena.need(&c.raw, n.blocks()*mapFloats(c.out, c.size))
	}
	for _, v := range []*[]float32{
		&c.norm.Scale, &c.norm.Shift, &c.norm.Center, &c.inverse, &c.backA, &c.backB, &c.backC,
	} {
		n.arena.need(v, c.out)
	}
	c.batchSum, c.batchDot = make([]float64, c.out), make([]float64, c.out)
	if c.wanted && c.alone == nil {
		n.arena.need(&c.turned, c.out*c.terms())
	}
}

// mapFloats is the size of a block of maps of the given channels and side.
func mapFloats(channels, size int) int { return channels * kernel.Plane(size*size) }

// aim sets the terms for reading an input with the strides of x, and a border of
// pad pixels. In a sorted input, or in a copy that is, odd columns begin half
// pixels after even ones.
func (c *conv) aim(x kernel.View, in, gradient buffer) {
	c.skip = in.pad - c.pad()
	c.gradient = gradient
	if c.alone != nil {
		return
	}
	c.copies = c.stride > 1 && !in.sorted
	if c.copies {
		rows := c.rows(gradient.rows)
		c.copied = buffer{count: in.count, channels: c.in, rows: rows, side: (c.size-1)*c.stride + c.kernel, sorted: true}
		x, in = c.copied.view(nil), c.copied
	}
	var offsets []int
	for i := range c.groupIn() {
		for kh := range c.kernel {
			for kw := range c.kernel {
				column := kw
				if c.stride > 1 {
					column = kw%2*in.half() + kw/2
				}
				offsets = append(offsets, i*x.Channel+kh*x.Row+column*kernel.Images)
			}
		}
	}
	c.geometry = kernel.NewConv(c.groups, c.groupIn(), c.groupOut(), offsets)
	if c.wanted {
		c.aimBack()
	}
}

// aimBack sets the classes of input pixels and their terms in the gradient of the
// output, which is read from a buffer with a border of pad pixels. Input pixel
// s·q + r is reached by tap k from output pixel q + (r+pad-k)/s, where the division
// is exact.
func (c *conv) aimBack() {
	s, pad := c.stride, c.pad()
	dy := c.gradient.view(nil)
	row, channel := dy.Row, dy.Channel
	for r := range min(s, c.inSize) {
		for q := range min(s, c.inSize) {
			k := class{row: r, col: q}
			var taps []int
			for kh := c.kernel - 1; kh >= 0; kh-- {
				for kw := c.kernel - 1; kw >= 0; kw-- {
					if (r+pad-kh)%s != 0 || (q+pad-kw)%s != 0 {
						continue
					}
					k.taps = append(k.taps, kh*c.kernel+kw)
					taps = append(taps, ((r+pad-kh)/s+pad)*row+((q+pad-kw)/s+pad)*kernel.Images)
				}
			}
			var offsets []int
			for o := range c.groupOut() {
				for _, at := range taps {
					offsets = append(offsets, o*channel+at)
				}
			}
			k.geometry = kernel.NewConv(c.groups, c.groupOut(), c.groupIn(), offsets)
			c.classes = append(c.classes, k)
		}
	}
}

// bind cuts the weights of the classes out of turned, and sets what never changes.
func (c *conv) bind() {
	if c.alone != nil {
		c.raw = c.alone.z
	}
	for o := range c.norm.Scale {
		if c.bare {
			c.norm.Scale[o], c.backA[o] = 1, 1
		}
	}
	rest := c.turned
	for i := range c.classes {
		k := &c.classes[i]
		n := k.geometry.Weights()
		k.weights, rest = rest[:n], rest[n:]
	}
}

// reorder writes the weights in the order that the gradient of the input needs.
func (c *conv) reorder() {
	square := c.kernel * c.kernel
	for i := range c.classes {
		k := &c.classes[i]
		to := k.weights
		for g := range c.groups {
			from := c.weight[g*c.groupOut()*c.terms():]
			kernel.Turn(to, from, k.geometry, c.terms(), square, k.taps)
			to = to[c.groupIn()*c.groupOut()*len(k.taps):]
		}
	}
}

// view returns a tile of the raw output.
func (c *conv) view(t tile) kernel.View { return t.of(c.raw, c.out, c.size) }

// rows is the number of rows of the input that so many of the output are made
// from, as far as they are copied.
func (c *conv) rows(out int) int {
	if c.kernel == 1 {
		return out
	}
	return (out-1)*c.stride + c.kernel
}

// input returns the view of x that the convolution's terms begin at: its rows and
// pixels are those that so many rows of output pixels correspond to.
func (c *conv) input(n *Net, x kernel.View, rows int) kernel.View {
	x.Data = x.Data[c.skip*(x.Row+kernel.Images):]
	if c.copies {
		x = c.sort(n, x, c.rows(rows))
	}
	if c.stride > 1 && (c.kernel > 1 || !c.copies) {
		x.Row *= c.stride
	}
	x.H, x.W = rows, c.size
	return x
}

// sort copies rows of x so that pixels adjoin that neighbouring outputs read: even
// columns first. Of a 1×1 convolution only every second row is needed.
func (c *conv) sort(n *Net, x kernel.View, rows int) kernel.View {
	y := c.copied.view(n.scratch[sortScratch])
	y.N, y.H = x.N, rows
	x.H, x.Pixel = rows, 2*kernel.Images
	if c.kernel == 1 {
		x.Row *= c.stride
	}
	for odd := range min(c.kernel, 2) {
		dst, src := y, x
		dst.Data = dst.Data[odd*c.copied.half()*kernel.Images:]
		src.Data = src.Data[odd*kernel.Images:]
		dst.W = (c.copied.side - odd + 1) / 2
		src.W = dst.W
		n.k.Pick(dst, src)
	}
	return y
}

// part returns the first output of a tile of some groups, and the geometry of
// these.
func (c *conv) part(t tile, g *kernel.Conv) (first int, geometry kernel.Conv) {
	if t.channels == 0 {
		return 0, *g
	}
	return t.first, g.Part(t.channels / c.groupOut())
}

// forward convolves a tile and, in training, sums its output.
func (c *conv) forward(n *Net, x kernel.View, t tile, training bool) {
	t = t.under(c.stride)
	y := c.view(t)
	if c.alone == nil {
		g, geometry := c.part(t, c.geometry)
		n.k.Conv(y, c.input(n, x, y.H), c.weight[g*c.terms():], &geometry, false)
	}
	if training && !c.bare {
		n.k.Stats(y, part(t, c.mean), part(t, c.batchSum), part(t, c.batchDot), n.count-t.i*kernel.Images)
	}
}

// finishForward sets the normalisation from the batch's sums and moves the
// running statistics.
func (c *conv) finishForward(images int) {
	if c.bare {
		return
	}
	m := float64(images * c.size * c.size)
	for o := range c.batchSum {
		offset := c.batchSum[o] / m // from the running mean, which is the sums' center
		mean := float64(c.mean[o]) + offset
		variance := max(c.batchDot[o]/m-float64(offset*offset), 0)
		c.normalise(o, mean, variance)
		if m > 1 {
			variance *= m / (m - 1)
		}
		c.mean[o] += float32(statMomentum * (float32(mean) - c.mean[o]))
		c.variance[o] += float32(statMomentum * (float32(variance) - c.variance[o]))
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
	c.norm.Shift[o] = float32(float64(c.beta[o]) - float64(mean*scale))
}

// finishBackward sets the constants of the gradient through the normalisation
// from the batch's sums of dy and dy·(x - mean): with x̂ the normalised output and m the
// number of values, dx = γ/σ·(dy - Σdy/m - x̂·Σ(dy·x̂)/m).
func (c *conv) finishBackward(images int) {
	m := float64(images * c.size * c.size)
	for o := range c.gamma {
		mean, inverse := float64(c.norm.Center[o]), float64(c.inverse[o])
		dbeta := c.batchSum[o]
		dgamma := c.batchDot[o] * inverse
		a := float64(c.gamma[o]) * inverse
		b := -a * inverse * dgamma / m
		c.dgamma[o], c.dbeta[o] = float32(dgamma), float32(dbeta)
		c.backA[o], c.backB[o] = float32(a), float32(b)
		c.backC[o] = float32(-a*dbeta/m - float64(b*mean))
	}
	clear(c.batchSum)
	clear(c.batchDot)
}

// backward takes the gradient of a tile of the normalised output back to the
// weights and, where somebody wants it, to the input: dx = … or, with add,
// dx += … .
func (c *conv) backward(n *Net, x kernel.View, t tile, in *feature, add bool) {
	if c.alone != nil {
		c.backwardAlone(n, t, in, add)
		return
	}
	own := t.under(c.stride)
	around := own.around(c.pad(), c.size)
	corner, inner := n.padded(gradScratch, own, around, c.gradient)
	n.k.Apply(inner, c.to.gradient(n, around), c.view(around), part(t, c.backA), part(t, c.backB), part(t, c.backC), n.count-t.i*kernel.Images)
	dy := inner.Rows(own.lo-around.lo, own.hi-around.lo)
	first, geometry := c.part(t, c.geometry)
	n.k.Grad(c.dweight[first*c.terms():], c.input(n, x, dy.H), dy, &geometry)
	for j := range c.classes {
		k := &c.classes[j]
		dx := in.gradient(n, t)
		dx.H, dx.W = (dx.H-k.row+c.stride-1)/c.stride, (dx.W-k.col+c.stride-1)/c.stride
		if dx.H <= 0 || dx.W <= 0 {
			continue
		}
		dx.Data = dx.Data[k.row*dx.Row+k.col*dx.Pixel:]
		dx.Row *= c.stride
		dx.Pixel *= c.stride
		first, geometry := c.part(t, k.geometry)
		n.k.Conv(dx, corner, k.weights[first*c.groupIn()*len(k.taps):], &geometry, add)
	}
}

// backwardAlone is backward of a normalisation without a convolution.
func (c *conv) backwardAlone(n *Net, t tile, in *feature, add bool) {
	if !c.wanted {
		return
	}
	dx := in.gradient(n, t)
	to := dx
	if add {
		_, to = n.padded(gradScratch, t, t, c.gradient)
	}
	n.k.Apply(to, c.to.gradient(n, t), c.view(t), part(t, c.backA), part(t, c.backB), part(t, c.backC), n.count-t.i*kernel.Images)
	if add {
		n.k.Add(dx, dx, to, n.unchanged, n.unchanged.Scale, n.unchanged.Shift, kernel.Identity)
	}
}

// params lists the tensors of the convolution and its normalisation.
func (c *conv) params() []Param {
	terms, groupOut := c.terms(), c.groupOut()
	place := func(i int) int {
		o, term := i/terms, i%terms
		return o/groupOut*groupOut*terms + kernel.Place(groupOut, terms, o%groupOut, term)
	}
	out := []int{c.out}
	var list []Param
	if c.alone == nil {
		list = append(list, Param{Name: c.name + ".weight", Shape: []int{c.out, c.groupIn(), c.kernel, c.kernel}, data: &c.weight, grad: &c.dweight, place: place, init: normal(fanOut(c.kernel, c.out))})
	}
	if c.bare {
		return list
	}
	return append(list, []Param{
		{Name: c.name + ".gamma", Shape: out, data: &c.gamma, grad: &c.dgamma, place: same, init: constant(1)},
		{Name: c.name + ".beta", Shape: out, data: &c.beta, grad: &c.dbeta, place: same, init: constant(0)},
		{Name: c.name + ".mean", Shape: out, Statistic: true, data: &c.mean, place: same, init: constant(0)},
		{Name: c.name + ".var", Shape: out, Statistic: true, data: &c.variance, place: same, init: constant(1)},
	}...)
}

// same is the place of an element in a tensor that is stored in order.
func same(i int) int { return i }

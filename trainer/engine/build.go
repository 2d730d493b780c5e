package engine

import (
	"fmt"

	"designspace/space"
	"designspace/trainer/engine/kernel"
)

// The shared gradient buffers. The gradient of a block's output and of its input
// take turns in the first two; within a block the outputs of its inner
// convolutions have their own.
const (
	blockSlot     = 0 // and 1
	secondSlot    = 2 // of the last but one convolution
	firstSlot     = 3 // of the one before it
	unpooled      = 4 // of the stem under a max-pool
	thirdSlot     = 5 // as the first two, where a max-pool between blocks has one of them
	averageSlot   = 6 // of an average pool
	branchSlot    = 7 // and 8, in turns: of one part of a sum
	gradientSlots = 9
)

// The scratch buffers, each as large as the largest tile that goes through it.
const (
	loadScratch = iota // activations of a pass's input
	gradScratch        // gradient of a convolution's output
	poolScratch        // input of the max-pool
	sortScratch        // input of a convolution with a stride
	mainScratch        // both parts of a sum
	sideScratch
	scratches
)

// build lays out the passes of a model. The error says what the engine cannot
// compute.
func (n *Net) build(m *space.Model) error {
	x := n.feature(&feature{channels: 3, size: m.Input, from: image{}, keep: true, slot: noGradient})
	x = n.units(m.StemUnits(), x, blockSlot)
	f := n.activation(m.Activation)
	for _, b := range m.Shapes() {
		x = n.block(b, x, f)
	}
	x = n.units(m.HeadUnits(), x, x.free())
	n.head = n.newHead(x, m.Classes)
	n.reserveFeatures()
	return n.err
}

// units appends the passes of a row of units outside blocks and returns its
// output, whose gradient goes into the given slot.
func (n *Net) units(units []space.Unit, x *feature, slot int) *feature {
	for i, u := range units {
		to := slot
		if i+1 < len(units) {
			to = innerSlot(units, i)
		}
		switch {
		case u.Op == space.MaxPool && u.Stride == poolStride:
			x = n.maxPool(x, u, to)
		case convolves(u) && u.Squeeze == 0:
			c := n.conv(u.Name, x, u)
			n.pass(x, false, c)
			x = n.normed(c, n.activation(u.Activation), to)
		case u.Op == space.Act:
			n.activate(x, u)
		default:
			n.fail("unit %s", u.Name)
		}
	}
	return x
}

// convolves reports whether a unit is a convolution, a normalisation or both.
func convolves(u space.Unit) bool {
	return u.Op == space.Conv || u.Op == space.Plain || u.Op == space.Norm
}

func (n *Net) maxPool(x *feature, u space.Unit, slot int) *feature {
	return n.feature(&feature{channels: x.channels, size: u.OutSize(), keep: true, from: pooled{x, u.Kernel}, slot: slot})
}

// block appends a block's passes and returns its output; f is the activation
// within SE.
func (n *Net) block(b space.BlockShape, x *feature, f kernel.Activation) *feature {
	in, name, last := x, b.Name()+".", len(b.Units)-1
	var c, project *conv
	for i, u := range b.Units {
		c = n.conv(name+u.Name, x, u)
		convs := []*conv{c}
		accumulate := i == 0 && b.Residual && len(b.Shortcut) == 0
		var mean *feature // on the shortcut
		if i == b.Branch && len(b.Shortcut) > 0 {
			p := b.Shortcut[len(b.Shortcut)-1]
			if b.Shortcut[0].Op == space.AvgPool {
				accumulate, mean = true, n.average(x, b.Shortcut[0])
				project = n.conv(name+p.Name, mean, p)
			} else {
				project = n.conv(name+p.Name, x, p)
				convs = append(convs, project)
			}
		}
		n.pass(x, accumulate, convs...)
		if mean != nil {
			n.pass(mean, false, project)
		}
		if i < last {
			x = n.unit(b, i, c, innerSlot(b.Units, i), f)
		}
	}
	n.check(b)
	x = n.end(b, in, c, project, f)
	for _, u := range b.Pool {
		x = n.maxPool(x, u, x.free())
	}
	return x
}

// average declares the average pool of a shortcut, which reads x.
func (n *Net) average(x *feature, u space.Unit) *feature {
	x.keep = true
	slot := averageSlot
	if x.slot == noGradient {
		slot = noGradient
	}
	return n.feature(&feature{channels: x.channels, size: u.OutSize(), keep: true, from: averaged{x}, slot: slot})
}

// unit declares the output of unit i of a block, which c computes; f is the
// activation within SE.
func (n *Net) unit(b space.BlockShape, i int, c *conv, slot int, f kernel.Activation) *feature {
	u := b.Units[i]
	x := n.normed(c, n.activation(u.Activation), slot)
	if u.Squeeze > 0 {
		x.from = n.newGated(b.Name(), x.from.(normed), u.Squeeze, f)
	}
	return x
}

// check notes units of a block that there are no passes for: those of convolutions
// and normalisations alone, one on the shortcut, with an average pool before it.
func (n *Net) check(b space.BlockShape) {
	last := len(b.Units) - 1
	for i, u := range b.Units {
		if !convolves(u) || i == last && !b.Residual && (u.Activation != "" || u.Squeeze > 0) {
			n.fail("unit %s.%s", b.Name(), u.Name)
		}
	}
	for i, u := range b.Shortcut {
		average := u.Op == space.AvgPool && u.Kernel == avgKernel && u.Stride == avgKernel
		if i == 0 && average && len(b.Shortcut) == 2 || i == len(b.Shortcut)-1 && convolves(u) && u.Squeeze == 0 && (i == 0 || b.Shortcut[0].Op == space.AvgPool) {
			continue
		}
		n.fail("unit %s.%s", b.Name(), u.Name)
	}
}

// end appends a block's output: its last normalised convolution, with the
// shortcut if the block has one.
func (n *Net) end(b space.BlockShape, in *feature, c, project *conv, inner kernel.Activation) *feature {
	f := n.activation(b.Activation)
	if !b.Residual {
		return n.normed(c, f, in.free())
	}
	c.last = true
	y := &feature{channels: c.out, size: c.size, keep: true, slot: in.slot}
	if project != nil || in.slot == noGradient {
		y.slot = in.free()
	}
	if project == nil {
		in.keep = true
	}
	u := b.Units[len(b.Units)-1]
	switch {
	case u.Activation != "" || u.Squeeze > 0 || project != nil && b.Shortcut[len(b.Shortcut)-1].Activation != "":
		y.from = n.join(b, in, c, project, y.slot, joined{f: f}, inner)
	case project == nil:
		c.to = y
		y.from = n.summed(summed{conv: c, identity: in, f: f})
	default:
		c.to, project.to = y, y
		y.from = n.summed(summed{conv: c, project: project, f: f})
	}
	return n.feature(y)
}

// join declares the parts of a sum whose gradient is in a slot.
func (n *Net) join(b space.BlockShape, in *feature, c, project *conv, slot int, o joined, inner kernel.Activation) *joined {
	n.turn = 1 - n.turn
	branch := branchSlot + n.turn
	if project == nil {
		o.identity, o.side = true, in
		o.main = n.unit(b, len(b.Units)-1, c, branch, inner)
		return &o
	}
	o.main = n.unit(b, len(b.Units)-1, c, slot, inner)
	o.side = n.normed(project, n.activation(b.Shortcut[len(b.Shortcut)-1].Activation), branch)
	return &o
}

// innerSlot is where the gradient of the output of unit i of a row goes, which
// another unit of it reads.
func innerSlot(units []space.Unit, i int) int {
	switch {
	case units[i+1].Op == space.MaxPool:
		return unpooled
	case (len(units)-i)%2 == 0:
		return secondSlot
	}
	return firstSlot
}

// activate applies an activation to a feature that has none.
func (n *Net) activate(x *feature, u space.Unit) {
	f := n.activation(u.Activation)
	switch o := x.from.(type) {
	case normed:
		if o.f == kernel.Identity {
			o.f = f
			x.from = o
			return
		}
	case *summed:
		if o.f == kernel.Identity {
			o.f = f
			return
		}
	case *joined:
		if o.f == kernel.Identity {
			o.f = f
			return
		}
	}
	n.fail("unit %s", u.Name)
}

// fail notes the first thing that the engine has no passes for.
func (n *Net) fail(format string, args ...any) {
	if n.err == nil {
		n.err = fmt.Errorf("engine: cannot compute "+format, args...)
	}
}

// conv declares a convolution with its normalisation.
func (n *Net) conv(name string, in *feature, u space.Unit) *conv {
	c := &conv{
		name: name, kernel: u.Kernel, stride: u.Stride, in: in.channels, out: u.Out, groups: u.Groups,
		inSize: in.size, size: u.OutSize(), wanted: in.slot != noGradient, bare: u.Op == space.Plain,
	}
	if u.Op == space.Norm {
		in.keep, c.alone = true, in
	}
	if c.stride > 2 {
		n.fail("stride %d of unit %s", c.stride, name)
	}
	c.reserve(n)
	n.convs = append(n.convs, c)
	n.params = append(n.params, c.params()...)
	return c
}

// normed declares the feature f(bn(c)).
func (n *Net) normed(c *conv, f kernel.Activation, slot int) *feature {
	x := n.feature(&feature{channels: c.out, size: c.size, from: normed{c, f}, slot: slot})
	c.to = x
	return x
}

func (n *Net) feature(f *feature) *feature {
	n.features = append(n.features, f)
	return f
}

// summed declares the sum at the end of a block.
func (n *Net) summed(o summed) *summed {
	n.arena.need(&o.shift, o.conv.out)
	return &o
}

// free returns a slot for the gradient of what is made of f: neither that of f nor,
// if f is a pool, that of the map below.
func (f *feature) free() int {
	below := noGradient
	if o, ok := f.from.(pooled); ok {
		below = o.of.slot
	}
	for _, slot := range []int{blockSlot, blockSlot + 1} {
		if slot != f.slot && slot != below {
			return slot
		}
	}
	return thirdSlot
}

// pass appends the pass in which convs read x. With accumulate x's gradient
// already holds that of an identity shortcut when the pass goes backward.
func (n *Net) pass(x *feature, accumulate bool, convs ...*conv) {
	if len(convs) == 1 && convs[0].alone == nil && !accumulate && x.overwrites(convs[0]) {
		x.reuse = convs[0]
	}
	n.passes = append(n.passes, pass{in: x, convs: convs, accumulate: accumulate})
}

// overwrites reports whether the gradient of f can take the place of the raw
// output of c, which alone reads f: once the gradient of a tile of c has gone
// into scratch, nobody reads the tile's raw output again, and it is in the cache.
// The gradient of a block with a shortcut is needed in the block before, so that
// stays where it is.
func (f *feature) overwrites(c *conv) bool {
	switch f.from.(type) {
	case normed, *gated:
		return f.size == c.size && f.channels == c.out
	}
	return false
}

// enlarge makes a scratch buffer hold the given number of floats.
func (n *Net) enlarge(scratch, floats int) {
	n.scratchSize[scratch] = max(n.scratchSize[scratch], floats)
}

// limits are the sizes of a tile in floats: of small maps so many blocks are taken
// at a time as fit in blocks; of large ones so many rows as fit in rows, or groups
// as fit in groups, since what the next kernel reads shall still be in the caches.
// They decide the order of sums, and with it every result.
type limits struct{ blocks, rows, groups int }

// usual suit second-level caches of half a megabyte and more.
var usual = limits{blocks: 16384, rows: 65536, groups: 16384}

// blocksOf returns the number of blocks of a tile, a power of two.
func (n *Net) blocksOf(channels, size int) int {
	t := 1
	for 2*t*mapFloats(channels, size) <= n.limits.blocks {
		t *= 2
	}
	return min(t, n.blocks())
}

// arrange sets the tiles and buffers of a pass.
func (n *Net) arrange(p *pass) {
	x := p.in
	b := buffer{channels: x.channels, rows: x.size, side: x.size}
	row := x.channels * x.size * kernel.Images // floats of the largest maps
	for _, c := range p.convs {
		b.pad = max(b.pad, c.pad())
		row = max(row, c.out*c.size*kernel.Images/c.stride)
	}
	b.count = n.blocksOf(x.channels, x.size)
	if floats := mapFloats(x.channels, x.size); floats > n.limits.groups && p.splits() {
		c := p.convs[0]
		p.groups = max(n.limits.groups/(floats/c.groups), 1)
		b.channels = p.groups * c.groupIn()
		row = b.channels * x.size * kernel.Images
	}
	if rows := max(n.limits.rows/row, 4) / 4 * 4; rows < x.size && p.bands() {
		b.rows = rows
		if x.reuse != nil && b.pad > 0 {
			x.reuse = nil // the rows around a tile are read after their neighbours' gradients were written
		}
	}
	for _, c := range p.convs {
		b.count = max(b.count, kernel.GradBlocks(c.size*c.size))
	}
	b.count = min(b.count, n.blocks())
	n.enlargeFor(x, b.count)
	_, plain := x.from.(normed)
	b.sorted = plain && !x.keep && len(p.convs) == 1 && p.convs[0].stride > 1 && p.convs[0].kernel > 1
	p.buffer = b
	in := b.view(nil)
	if x.keep && b.pad == 0 {
		in = kernel.Dense(nil, 0, x.channels, x.size, x.size)
	} else {
		n.enlarge(loadScratch, b.floats())
	}
	for _, c := range p.convs {
		rows := (b.rows + c.stride - 1) / c.stride
		channels := c.out
		if p.groups > 0 {
			channels = b.channels
		}
		g := buffer{count: b.count, channels: channels, rows: min(rows, c.size), side: c.size, pad: c.pad()}
		n.enlarge(gradScratch, g.floats())
		c.aim(in, b, g)
		if c.copies {
			n.enlarge(sortScratch, c.copied.floats())
		}
	}
}

// enlargeFor makes room for what the values of x are computed from, in so many
// blocks.
func (n *Net) enlargeFor(x *feature, count int) {
	switch o := x.from.(type) {
	case pooled:
		n.enlarge(poolScratch, count*mapFloats(o.of.channels, o.of.size))
		n.enlargeFor(o.of, count)
	case *joined:
		n.enlarge(mainScratch, count*mapFloats(x.channels, x.size))
		n.enlarge(sideScratch, count*mapFloats(x.channels, x.size))
	}
}

// splits reports whether the pass can go over some groups at a time.
func (p *pass) splits() bool {
	_, plain := p.in.from.(normed)
	c := p.convs[0]
	return plain && !p.in.keep && len(p.convs) == 1 && c.groups > 1 && c.in == c.out
}

// bands reports whether the pass can go over bands of rows. What reads rows around
// a band must find their gradients as they were.
func (p *pass) bands() bool {
	if p.in.from.whole() {
		return false
	}
	for _, c := range p.convs {
		if c.pad() > 0 && (c.stride > 1 && (len(p.convs) > 1 || p.in.keep) || c.to.slot == p.in.slot) {
			return false
		}
	}
	return true
}

// reserveFeatures asks for what features, gradients and scratch need.
func (n *Net) reserveFeatures() {
	in := n.head.in
	in.keep = false // only its mean is read
	n.head.buffer = buffer{count: n.blocksOf(in.channels, in.size), channels: in.channels, rows: in.size, side: in.size}
	n.enlarge(loadScratch, n.head.buffer.floats())
	n.enlargeFor(in, n.head.buffer.count)
	for i := range n.passes {
		n.arrange(&n.passes[i])
	}
	var gradient [gradientSlots]int
	channels := 0
	for _, f := range n.features {
		size := n.blocks() * mapFloats(f.channels, f.size)
		if f.keep {
			n.arena.need(&f.z, size)
		}
		if f.reuse == nil && f.slot != noGradient {
			gradient[f.slot] = max(gradient[f.slot], size)
		}
		channels = max(channels, f.channels)
	}
	for i := range gradient {
		n.arena.need(&n.gradients[i], gradient[i])
	}
	for i := range n.scratch {
		n.arena.need(&n.scratch[i], n.scratchSize[i])
	}
	for _, v := range []*[]float32{&n.unchanged.Scale, &n.unchanged.Shift, &n.unchanged.Center} {
		n.arena.need(v, channels)
	}
	n.unused = make([]float64, channels)
	n.softly = make([]float64, n.classes)
	for _, s := range n.stores() {
		s.reserve(&n.arena)
	}
}

// activations are what the kernels call those of models.
var activations = map[space.Activation]kernel.Activation{"": kernel.Identity, space.ReLU: kernel.ReLU, space.SiLU: kernel.SiLU}

func (n *Net) activation(a space.Activation) kernel.Activation {
	f, ok := activations[a]
	if !ok {
		n.fail("activation %q", a)
	}
	return f
}

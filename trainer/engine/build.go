package engine

import (
	"fmt"
	"slices"

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
	gradientSlots = 5
)

// The scratch buffers, each as large as the largest tile that goes through it.
const (
	loadScratch = iota // activations of a pass's input
	gradScratch        // gradient of a convolution's output
	poolScratch        // input of the max-pool
	scratches
)

// build lays out the passes of a model. The error says what the engine cannot
// compute.
func (n *Net) build(m *space.Model) error {
	x := &feature{layout: layout{3, 3, 3}, lanes: 3, size: m.Input, from: image{}, slot: noGradient}
	x = n.units(m.StemUnits(), x, blockSlot)
	f := n.activation(m.Activation)
	for _, b := range m.Shapes() {
		x = n.block(b, x, f)
	}
	x = n.units(m.HeadUnits(), x, other(x.slot))
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
		case u.Op == space.MaxPool && u.Kernel == poolKernel && u.Stride == poolStride:
			x = n.feature(&feature{layout: x.layout, size: u.OutSize(), keep: true, from: pooled{x}, slot: to})
		case u.Op == space.Conv && u.Squeeze == 0:
			c := n.conv(u.Name, x, rowLayout(units, i), u)
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

// block appends a block's passes and returns its output; f is the activation
// within SE.
func (n *Net) block(b space.BlockShape, x *feature, f kernel.Activation) *feature {
	in, name, last := x, b.Name()+".", len(b.Units)-1
	var c, project *conv
	for i, u := range b.Units {
		c = n.conv(name+u.Name, x, rowLayout(b.Units, i), u)
		convs := []*conv{c}
		if i == 0 && len(b.Shortcut) > 0 {
			p := b.Shortcut[0]
			project = n.conv(name+p.Name, x, plainLayout(p.Out), p)
			convs = append(convs, project)
		}
		n.pass(x, i == 0 && b.Residual && project == nil, convs...)
		if i == last {
			break
		}
		x = n.normed(c, n.activation(u.Activation), innerSlot(b.Units, i))
		if u.Squeeze > 0 {
			x.from = n.newGated(b.Name(), x.from.(normed), u.Squeeze, f)
		}
	}
	// There are passes for convolutions alone, for one on the shortcut, and for
	// nothing between the last ones and the sum.
	for i, u := range slices.Concat(b.Units, b.Shortcut) {
		if u.Op != space.Conv || i > last+1 || i >= last && (u.Activation != "" || u.Squeeze > 0) {
			n.fail("unit %s", name+u.Name)
		}
	}
	return n.end(b, in, c, project)
}

// end appends a block's output: its last normalised convolution, with the
// shortcut if the block has one.
func (n *Net) end(b space.BlockShape, in *feature, c, project *conv) *feature {
	f := n.activation(b.Activation)
	if !b.Residual {
		return n.normed(c, f, other(in.slot))
	}
	c.last = true
	y := &feature{layout: c.out, size: c.size, keep: true, slot: in.slot}
	if project == nil {
		in.keep = true
		y.from = summed{conv: c, identity: in, f: f}
	} else {
		y.slot = other(in.slot)
		y.from = summed{conv: c, project: project, f: f}
		project.to = y
	}
	c.to = y
	return n.feature(y)
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

// rowLayout is the layout of the output of unit i of a row: that of its own
// groups, or of those of the unit that reads it.
func rowLayout(units []space.Unit, i int) layout {
	u := units[i]
	groups := u.Groups
	if i+1 < len(units) {
		groups = max(groups, units[i+1].Groups)
	}
	return groupedLayout(u.Out, u.Out/groups)
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
	case summed:
		if o.f == kernel.Identity {
			o.f = f
			x.from = o
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
func (n *Net) conv(name string, in *feature, out layout, u space.Unit) *conv {
	c := &conv{
		name: name, kernel: u.Kernel, stride: u.Stride, in: in.layout, out: out, groups: u.Groups,
		inSize: in.size, size: u.OutSize(), inLanes: in.lanes, lanes: out.lanes(), wanted: in.slot != noGradient,
	}
	if c.groups > 1 && (u.In != u.Out || out.width != u.Out/u.Groups || in.layout != out && out.padded != out.width) {
		n.fail("groups in unit %s, whose input is laid out in others", name)
	}
	c.reserve(n)
	n.convs = append(n.convs, c)
	n.params = append(n.params, c.params()...)
	return c
}

// normed declares the feature f(bn(c)).
func (n *Net) normed(c *conv, f kernel.Activation, slot int) *feature {
	x := n.feature(&feature{layout: c.out, size: c.size, from: normed{c, f}, slot: slot})
	c.to = x
	return x
}

func (n *Net) feature(f *feature) *feature {
	f.lanes = f.layout.lanes()
	n.features = append(n.features, f)
	return f
}

// other returns the block slot that is not slot.
func other(slot int) int { return 1 - slot }

// pass appends the pass in which convs read x. With accumulate x's gradient
// already holds that of an identity shortcut when the pass goes backward.
func (n *Net) pass(x *feature, accumulate bool, convs ...*conv) {
	p := pass{in: x, convs: convs, accumulate: accumulate}
	lanes := x.lanes
	for _, c := range convs {
		p.pad = max(p.pad, c.pad())
		lanes = max(lanes, c.lanes)
	}
	p.tile = n.tile(x.size, lanes)
	for _, c := range convs {
		c.aim(p.pad)
		n.enlarge(gradScratch, p.tile, c.size, c.lanes, c.pad())
	}
	n.enlarge(loadScratch, p.tile, x.size, x.lanes, p.pad)
	if o, ok := x.from.(pooled); ok {
		n.enlarge(poolScratch, p.tile, o.of.size, o.of.lanes, 0)
	}
	if len(convs) == 1 && !accumulate && x.overwrites(convs[0]) {
		x.reuse = convs[0]
	}
	n.passes = append(n.passes, p)
}

// overwrites reports whether the gradient of f can take the place of the raw
// output of c, which alone reads f: once the gradient of a tile of c has gone
// into scratch, nobody reads the tile's raw output again, and it is in the cache.
// The gradient of a block with a shortcut is needed in the block before, so that
// stays where it is.
func (f *feature) overwrites(c *conv) bool {
	switch f.from.(type) {
	case normed, *gated:
		return f.size == c.size && f.lanes == c.lanes
	}
	return false
}

// enlarge makes a scratch buffer hold a tile of the given shape.
func (n *Net) enlarge(scratch, tile, size, lanes, pad int) {
	side := size + 2*pad
	n.scratchSize[scratch] = max(n.scratchSize[scratch], tile*side*side*kernel.Spaced(lanes))
}

// tileFloats is the size of a tile: with its scratch and the kernels' weights it
// stays in the second-level cache.
const tileFloats = 16384

// tile returns the number of images of which a pass of the given shape takes a
// tile.
func (n *Net) tile(size, lanes int) int {
	return min(max(tileFloats/(size*size*lanes), 1), n.batch)
}

// reserveFeatures asks for what features, gradients and scratch need.
func (n *Net) reserveFeatures() {
	in := n.head.in
	in.keep = false // only its mean is read
	n.enlarge(loadScratch, n.tile(in.size, in.lanes), in.size, in.lanes, 0)
	var gradient [gradientSlots]int
	lanes := 0
	for _, f := range n.features {
		size := n.batch * f.size * f.size * f.lanes
		if f.keep {
			n.arena.need(&f.z, size)
		}
		if f.reuse == nil {
			gradient[f.slot] = max(gradient[f.slot], size)
		}
		lanes = max(lanes, f.lanes)
	}
	for i := range gradient {
		n.arena.need(&n.gradients[i], gradient[i])
	}
	for i := range n.scratch {
		n.arena.need(&n.scratch[i], n.scratchSize[i])
	}
	for _, v := range []*[]float32{&n.unchanged.Scale, &n.unchanged.Shift, &n.unchanged.Center, &n.unused} {
		n.arena.need(v, lanes)
	}
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

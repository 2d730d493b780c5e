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
	gradientSlots = 5
)

// The scratch buffers, each as large as the largest tile that goes through it.
const (
	loadScratch = iota // activations of a pass's input
	gradScratch        // gradient of a convolution's output
	poolScratch        // input of the max-pool
	scratches
)

// build lays out the passes of a model.
func (n *Net) build(m *space.Model) {
	f := activation(m.Activation)
	x := &feature{layout: layout{3, 3, 3}, lanes: 3, size: m.Input, from: image{}, slot: noGradient}
	x = n.stem(m, x, f)
	for _, b := range m.Shapes() {
		x = n.block(m.Block, b, x, f)
	}
	if m.HeadWidth > 0 {
		c := n.conv("head", x, plainLayout(m.HeadWidth), 1, 1, 1)
		n.pass(x, false, c)
		x = n.normed(c, f, other(x.slot))
	}
	n.head = n.newHead(x, m.Classes)
	n.reserveFeatures()
}

func (n *Net) stem(m *space.Model, x *feature, f kernel.Activation) *feature {
	size, stride := 3, 1
	switch m.Stem {
	case space.StemSimple:
		stride = 2
	case space.StemImageNet:
		size, stride = 7, 2
	}
	c := n.conv("stem", x, plainLayout(m.StemWidth), size, stride, 1)
	n.pass(x, false, c)
	if m.Stem != space.StemImageNet {
		return n.normed(c, f, blockSlot)
	}
	under := n.normed(c, f, unpooled)
	return n.feature(&feature{
		layout: c.out, size: (c.size-1)/poolStride + 1, keep: true,
		from: pooled{under}, slot: blockSlot,
	})
}

// block appends a block's passes and returns its output.
func (n *Net) block(kind space.Block, b space.BlockShape, x *feature, f kernel.Activation) *feature {
	name := fmt.Sprintf("s%d.b%d", b.Stage+1, b.Index+1)
	out, in := plainLayout(b.Out), x
	identity := b.Shortcut && !b.Project
	entry := func(first *conv) (project *conv) {
		if b.Project {
			project = n.conv(name+".proj", in, out, 1, b.Stride, 1)
			n.pass(in, identity, first, project)
			return project
		}
		n.pass(in, identity, first)
		return nil
	}
	var last, project *conv
	end := f
	switch kind {
	case space.BlockV, space.BlockVR:
		last = n.conv(name+".a", x, out, 3, b.Stride, 1)
		project = entry(last)
	case space.BlockBasic, space.BlockVanilla:
		first := n.conv(name+".a", x, out, 3, b.Stride, 1)
		project = entry(first)
		x = n.normed(first, f, secondSlot)
		last = n.conv(name+".b", x, out, 3, 1, 1)
		n.pass(x, false, last)
	default:
		if kind == space.BlockLinear || kind == space.BlockMBConv {
			end = kernel.Identity
		}
		inner := groupedLayout(b.Inner, b.GroupWidth)
		if b.Expand {
			first := n.conv(name+".a", x, inner, 1, 1, 1)
			project = entry(first)
			x = n.normed(first, f, firstSlot)
		}
		second := n.conv(name+".b", x, inner, b.Kernel, b.Stride, b.Inner/b.GroupWidth)
		if b.Expand {
			n.pass(x, false, second)
		} else {
			entry(second)
		}
		x = n.normed(second, f, secondSlot)
		if b.Squeeze > 0 {
			x.from = n.newGated(name, second, b.Squeeze, f)
		}
		last = n.conv(name+".c", x, out, 1, 1, 1)
		n.pass(x, false, last)
	}
	if !b.Shortcut {
		return n.normed(last, end, other(in.slot))
	}
	last.last = true
	y := &feature{layout: out, size: last.size, keep: true, slot: in.slot}
	if identity {
		in.keep = true
		y.from = summed{conv: last, identity: in, f: end}
	} else {
		y.slot = other(in.slot)
		y.from = summed{conv: last, project: project, f: end}
		project.to = y
	}
	last.to = y
	return n.feature(y)
}

// conv declares a convolution with its normalisation.
func (n *Net) conv(name string, in *feature, out layout, size, stride, groups int) *conv {
	c := &conv{
		name: name, kernel: size, stride: stride, in: in.layout, out: out, groups: groups,
		inSize: in.size, size: (in.size-1)/stride + 1, inLanes: in.lanes, lanes: out.lanes(), wanted: in.slot != noGradient,
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

func activation(a space.Activation) kernel.Activation {
	if a == space.SiLU {
		return kernel.SiLU
	}
	return kernel.ReLU
}

package engine

import "designspace/trainer/engine/kernel"

// joined is the origin f(main + side): the output of a block whose last unit or
// shortcut is more than a normalised convolution. Side is a feature of its own, or
// the kept input of the block.
type joined struct {
	main, side *feature
	identity   bool // side is the block's input
	f          kernel.Activation
}

// scratchOf views one of the two scratch buffers as the tile of a map.
func (o *joined) scratchOf(n *Net, scratch int, t tile) kernel.View {
	return kernel.Dense(n.scratch[scratch], t.count, o.main.channels, o.main.size, o.main.size)
}

// second returns the values of side.
func (o *joined) second(n *Net, t tile, fresh bool) kernel.View {
	if o.identity {
		return t.of(o.side.z, o.side.channels, o.side.size)
	}
	r := o.scratchOf(n, sideScratch, t)
	o.side.from.values(n, r, t, fresh)
	return r
}

func (o *joined) values(n *Net, dst kernel.View, t tile, fresh bool) {
	o.main.from.values(n, dst, t, fresh)
	n.k.Add(dst, dst, o.second(n, t, fresh), n.unchanged, n.unchanged.Scale, n.unchanged.Shift, o.f)
}

func (o *joined) reduce(n *Net, dy kernel.View, t tile) {
	if o.f != kernel.Identity {
		x := o.scratchOf(n, mainScratch, t)
		o.main.from.values(n, x, t, false)
		n.k.AddBack(dy, x, o.second(n, t, false), n.unchanged, n.unchanged.Scale, n.unchanged.Shift, n.unchanged.Center, o.f, n.unused, n.unused, n.unused)
	}
	// One of the two has the gradient in the place of dy.
	other := o.side
	if o.identity {
		other = o.main
	}
	n.k.Copy(other.gradient(n, t), dy)
	o.main.from.reduce(n, o.main.gradient(n, t), t)
	if !o.identity {
		o.side.from.reduce(n, o.side.gradient(n, t), t)
	}
}

func (o *joined) finish(n *Net) {
	o.main.from.finish(n)
	if !o.identity {
		o.side.from.finish(n)
	}
}

// whole is true: a part of it may depend on all pixels.
func (o *joined) whole() bool { return true }

package engine

import "designspace/trainer/engine/kernel"

// gated is the origin f(bn(conv)) times a gate for every image and channel:
// squeeze-and-excitation (Hu et al. 2018, arXiv 1709.01507). The gate is
// σ(excite(inner(squeeze(mean over pixels)))).
type gated struct {
	normed
	squeeze, excite *linear
	inner           kernel.Activation

	// Rows of the batch, [block][channel][image].
	mean, hidden, active, gate []float32
	dgate, dactive, dmean      []float32
}

func (n *Net) newGated(name string, of normed, width int, inner kernel.Activation) *gated {
	c := of.conv
	o := &gated{
		normed:  of,
		inner:   inner,
		squeeze: n.newLinear(name+".se.squeeze", c.out, width, fanOut(1, width)),
		excite:  n.newLinear(name+".se.excite", width, c.out, fanOut(1, c.out)),
	}
	for _, v := range []*[]float32{&o.mean, &o.gate, &o.dgate, &o.dmean} {
		n.arena.need(v, n.blocks()*c.out*kernel.Images)
	}
	for _, v := range []*[]float32{&o.hidden, &o.active, &o.dactive} {
		n.arena.need(v, n.blocks()*width*kernel.Images)
	}
	return o
}

// rows cuts the rows of count blocks from i on out of v.
func rows(v []float32, width, i, count int) []float32 {
	return v[i*width*kernel.Images : (i+count)*width*kernel.Images]
}

func (o *gated) values(n *Net, dst kernel.View, t tile, fresh bool) {
	o.normed.values(n, dst, t, fresh)
	gate := rows(o.gate, dst.C, t.i, dst.N)
	if fresh {
		wide, narrow := dst.C, o.squeeze.out
		mean := rows(o.mean, wide, t.i, dst.N)
		hidden, active := rows(o.hidden, narrow, t.i, dst.N), rows(o.active, narrow, t.i, dst.N)
		n.k.Pool(mean, dst)
		scale(mean, 1/float32(dst.H*dst.W))
		o.squeeze.forward(n, hidden, mean, dst.N)
		for j, v := range hidden {
			active[j] = o.inner.At(v)
		}
		o.excite.forward(n, gate, active, dst.N)
		for j, v := range gate {
			gate[j] = kernel.Sigmoid(v)
		}
	}
	n.k.Gate(dst, gate)
}

func (o *gated) reduce(n *Net, dy kernel.View, t tile) {
	c := o.conv
	wide, narrow := dy.C, o.squeeze.out
	gate, dgate := rows(o.gate, wide, t.i, dy.N), rows(o.dgate, wide, t.i, dy.N)
	hidden, dactive := rows(o.hidden, narrow, t.i, dy.N), rows(o.dactive, narrow, t.i, dy.N)
	dmean := rows(o.dmean, wide, t.i, dy.N)
	n.k.GateDot(dgate, dy, c.view(t), c.norm, o.f)
	for j, g := range gate {
		dgate[j] *= g * (1 - g)
	}
	o.excite.backward(n, dactive, dgate, dy.N)
	for j, v := range hidden {
		dactive[j] = o.inner.Back(v, dactive[j])
	}
	o.squeeze.backward(n, dmean, dactive, dy.N)
	scale(dmean, 1/float32(dy.H*dy.W))
	n.k.GateBack(dy, gate, dmean)
	o.normed.reduce(n, dy, t)
}

func (o *gated) finish(n *Net) {
	blocks := kernel.Blocks(n.count)
	o.excite.gradient(n, o.active, o.dgate, blocks)
	o.squeeze.gradient(n, o.mean, o.dactive, blocks)
	o.normed.finish(n)
}

// whole is true, for a gate depends on all pixels.
func (o *gated) whole() bool { return true }

func scale(v []float32, by float32) {
	for i := range v {
		v[i] *= by
	}
}

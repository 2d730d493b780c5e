package engine

import "designspace/trainer/engine/kernel"

// gated is the origin f(bn(conv)) times a gate for every image and channel:
// squeeze-and-excitation (Hu et al. 2018, arXiv 1709.01507). The gate is
// σ(excite(inner(squeeze(mean over pixels)))).
type gated struct {
	normed
	squeeze, excite *linear
	inner           kernel.Activation

	// Rows by image of the batch.
	mean, hidden, active, gate []float32
	dgate, dactive, dmean      []float32
}

func (n *Net) newGated(name string, of normed, width int, inner kernel.Activation) *gated {
	c, hidden := of.conv, plainLayout(width)
	o := &gated{
		normed:  of,
		inner:   inner,
		squeeze: n.newLinear(name+".se.squeeze", c.out, hidden, fanOut(1, width)),
		excite:  n.newLinear(name+".se.excite", hidden, c.out, fanOut(1, c.out.channels)),
	}
	for _, v := range []*[]float32{&o.mean, &o.gate, &o.dgate, &o.dmean} {
		n.arena.need(v, n.batch*c.lanes)
	}
	for _, v := range []*[]float32{&o.hidden, &o.active, &o.dactive} {
		n.arena.need(v, n.batch*hidden.lanes())
	}
	return o
}

// rows cuts the rows of count images from i on out of v.
func rows(v []float32, width, i, count int) []float32 { return v[i*width : (i+count)*width] }

func (o *gated) values(n *Net, dst kernel.View, i int, fresh bool) {
	o.normed.values(n, dst, i, fresh)
	gate := rows(o.gate, dst.C, i, dst.N)
	if fresh {
		wide, narrow := dst.C, o.squeeze.geometry.Out
		mean := rows(o.mean, wide, i, dst.N)
		hidden, active := rows(o.hidden, narrow, i, dst.N), rows(o.active, narrow, i, dst.N)
		clear(mean)
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

func (o *gated) reduce(n *Net, dy kernel.View, i int) {
	c := o.conv
	wide, narrow := dy.C, o.squeeze.geometry.Out
	gate, dgate := rows(o.gate, wide, i, dy.N), rows(o.dgate, wide, i, dy.N)
	hidden, dactive := rows(o.hidden, narrow, i, dy.N), rows(o.dactive, narrow, i, dy.N)
	mean, dmean := rows(o.mean, wide, i, dy.N), rows(o.dmean, wide, i, dy.N)
	clear(dgate)
	n.k.GateDot(dgate, dy, c.tile(i, dy.N), c.norm, o.f)
	for j, g := range gate {
		dgate[j] *= g * (1 - g)
	}
	o.excite.backward(n, dactive, rows(o.active, narrow, i, dy.N), dgate, dy.N)
	for j, v := range hidden {
		dactive[j] = o.inner.Back(v, dactive[j])
	}
	o.squeeze.backward(n, dmean, mean, dactive, dy.N)
	scale(dmean, 1/float32(dy.H*dy.W))
	n.k.GateBack(dy, gate, dmean)
	o.normed.reduce(n, dy, i)
}

func scale(v []float32, by float32) {
	for i := range v {
		v[i] *= by
	}
}

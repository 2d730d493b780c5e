package space

import "cmp"

// Complexity is what a network costs at a batch of one, counted as pycls
// does: convolutions and linear layers have flops, batch normalisation has
// parameters only, pooling, activations and additions are free except that a
// max-pool has activations.
type Complexity struct {
	Flops  int64 // multiply-adds
	Params int64 // trained values
	Acts   int64 // outputs of convolutions, max-pools and the classifier
}

// Complexity counts the model's flops, parameters and activations.
func (m *Model) Complexity() Complexity {
	var c Complexity
	stem := m.stem()
	c.layers(&stem, m.Stem.kind().main)
	in, size := m.StemWidth, m.StemSize()
	k := m.Block.kind()
	for i, d := range m.Depths {
		first, rest := m.stage(k, i, in, size)
		c.add(m.blockComplexity(k, &first), 1)
		if d > 1 {
			c.add(m.blockComplexity(k, &rest), int64(d-1))
		}
		in, size = first.Out, first.OutSize()
		if m.pools(i) {
			size = outSize(size, poolStride)
			c.Acts += int64(in) * int64(size) * int64(size)
		}
	}
	head := m.head(in, size)
	c.layers(&head, m.headLayers())
	c.linear(cmp.Or(m.HeadWidth, in), m.Classes)
	return c
}

// blockComplexity counts one block.
func (m *Model) blockComplexity(k *kind, b *BlockShape) Complexity {
	var c Complexity
	c.layers(b, k.main)
	c.layers(b, m.shortcut(k, b))
	return c
}

// layers adds those of a block.
func (c *Complexity) layers(b *BlockShape, layers []layer) {
	in, size := b.In, b.Size
	for i := range layers {
		l := &layers[i]
		out, kernel, stride, groups := l.at(b)
		if l.absent(in, out, stride) {
			continue
		}
		size = outSize(size, stride)
		switch l.op {
		case Conv:
			c.conv(kernel, in, out, groups, size)
			c.Params += 2 * int64(out)
		case Plain:
			c.conv(kernel, in, out, groups, size)
		case Norm:
			c.Params += 2 * int64(out)
		case MaxPool:
			c.Acts += int64(out) * int64(size) * int64(size)
		}
		if l.is&gated != 0 && b.Squeeze > 0 {
			c.linear(out, b.Squeeze)
			c.linear(b.Squeeze, out)
		}
		in = out
	}
}

// conv adds a k×k convolution to a side of size.
func (c *Complexity) conv(k, in, out, groups, size int) {
	if groups > 1 {
		in /= groups
	}
	weights := int64(k*k) * int64(in) * int64(out)
	area := int64(size) * int64(size)
	c.Flops += weights * area
	c.Params += weights
	c.Acts += int64(out) * area
}

// linear adds a layer with biases on single pixels: the classifier, or one of
// the two of SE.
func (c *Complexity) linear(in, out int) {
	n := int64(in)*int64(out) + int64(out)
	c.Flops += n
	c.Params += n
	c.Acts += int64(out)
}

func (c *Complexity) add(o Complexity, times int64) {
	c.Flops += o.Flops * times
	c.Params += o.Params * times
	c.Acts += o.Acts * times
}

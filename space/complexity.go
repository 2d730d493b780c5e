package space

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
	switch m.Stem {
	case StemCIFAR:
		c.conv(3, 3, m.StemWidth, 1, m.Input)
	case StemSimple:
		c.conv(3, 3, m.StemWidth, 1, strided(m.Input, 2))
	case StemImageNet:
		half := strided(m.Input, 2)
		c.conv(7, 3, m.StemWidth, 1, half)
		pooled := int64(strided(half, 2))
		c.Acts += int64(m.StemWidth) * pooled * pooled
	}
	in, size := m.StemWidth, m.StemSize()
	for i, d := range m.Depths {
		first, rest := m.stage(i, in, size)
		c.add(first.complexity(m.Block), 1)
		c.add(rest.complexity(m.Block), int64(d-1))
		in, size = first.Out, first.OutSize()
	}
	if m.HeadWidth > 0 {
		c.conv(1, in, m.HeadWidth, 1, size)
		in = m.HeadWidth
	}
	c.linear(in, m.Classes)
	return c
}

// complexity counts one block of the given kind.
func (b BlockShape) complexity(kind Block) Complexity {
	var c Complexity
	out := b.OutSize()
	switch kind {
	case BlockV, BlockVR:
		c.conv(3, b.In, b.Out, 1, out)
	case BlockBasic, BlockVanilla:
		c.conv(3, b.In, b.Out, 1, out)
		c.conv(3, b.Out, b.Out, 1, out)
	default:
		if b.Expand {
			c.conv(1, b.In, b.Inner, 1, b.Size)
		}
		c.conv(b.Kernel, b.Inner, b.Inner, b.Inner/b.GroupWidth, out)
		if b.Squeeze > 0 {
			c.linear(b.Inner, b.Squeeze)
			c.linear(b.Squeeze, b.Inner)
		}
		c.conv(1, b.Inner, b.Out, 1, out)
	}
	if b.Project {
		c.conv(1, b.In, b.Out, 1, out)
	}
	return c
}

// conv adds a k×k convolution to a side of size, and the batch normalisation
// after it.
func (c *Complexity) conv(k, in, out, groups, size int) {
	weights := int64(k*k) * int64(in/groups) * int64(out)
	area := int64(size) * int64(size)
	c.Flops += weights * area
	c.Params += weights + 2*int64(out)
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

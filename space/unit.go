package space

// A Unit is a step of a network: a convolution, padded so that it keeps the size
// at stride 1, with batch normalisation, or a pool. An activation and
// squeeze-and-excitation may follow, in this order.
type Unit struct {
	Name       string // within its block, as its tensors have it; unique
	Op         Op
	In, Out    int // channels
	Kernel     int // side of the kernel or the window in pixels
	Stride     int
	Groups     int
	Size       int        // side of the input map in pixels
	Activation Activation // "" for none
	Squeeze    int        // channels that SE squeezes to, 0 for no SE; its inner activation is the model's
}

// Pad returns the number of pixels by which the map is padded on each side.
func (u Unit) Pad() int { return (u.Kernel - 1) / 2 }

// OutSize returns the side of the unit's output map.
func (u Unit) OutSize() int { return outSize(u.Size, u.Stride) }

// An Op is what a unit computes.
type Op int

// The operations of units.
const (
	Conv    Op = iota
	MaxPool    // over windows that are padded as those of a convolution, if their side is odd
	Act        // nothing but the activation
	AvgPool    // as MaxPool; a window counts the pixels that are within the map
	Norm       // batch normalisation alone
	Plain      // convolution without batch normalisation
)

// A layer is an entry of the tables of blocks and stems: a unit of any widths
// and sizes.
type layer struct {
	name   string
	op     Op
	kernel int   // 0 for the stage's
	stride int   // 0 for 1, or for the block's if the layer is strided
	out    width // channels that it makes
	is     traits
}

// plainKernel is the side of a stage's kernel where the block leaves no choice.
const plainKernel = 3

// width is one of the widths of a block.
type width int

const (
	outer     width = iota // of its output
	inner                  // between its 1×1 convolutions
	unchanged              // of its input
	half                   // of its output, halved
)

// traits of a layer.
type traits uint8

const (
	strided   traits = 1 << iota // it has the block's stride
	grouped                      // it has groups of the block's group width
	activated                    // the activation follows
	gated                        // SE follows, if the model has it
	widening                     // it is left out where it would keep the width
	shrinking                    // it is left out where it would keep the size
)

// absent reports whether a layer that would make so many channels of so many, with
// the stride, is left out.
func (l *layer) absent(in, out, stride int) bool {
	return l.is&widening != 0 && out == in || l.is&shrinking != 0 && stride == 1
}

// at returns what the layer is in the block b. Several results, and none of them
// a struct, stay in registers: a sampler counts every layer of every model that it
// draws.
func (l *layer) at(b *BlockShape) (out, kernel, stride, groups int) {
	out, kernel, stride, groups = b.Out, l.kernel, max(l.stride, 1), 1
	switch l.out {
	case inner:
		out = b.Inner
	case unchanged:
		out = b.In
	case half:
		out = b.Out / 2
	}
	if kernel == 0 {
		kernel = b.Kernel
	}
	if l.is&strided != 0 {
		stride = b.Stride
	}
	if l.is&grouped != 0 {
		groups = out / b.GroupWidth
	}
	return out, kernel, stride, groups
}

// units returns the units that the layers are in the block b.
func (b *BlockShape) units(layers []layer, act Activation) []Unit {
	var list []Unit
	in, size := b.In, b.Size
	for i := range layers {
		l := &layers[i]
		u := Unit{Name: l.name, Op: l.op, In: in, Size: size}
		u.Out, u.Kernel, u.Stride, u.Groups = l.at(b)
		if l.absent(in, u.Out, u.Stride) {
			continue
		}
		if l.is&activated != 0 {
			u.Activation = act
		}
		if l.is&gated != 0 {
			u.Squeeze = b.Squeeze
		}
		list = append(list, u)
		in, size = u.Out, u.OutSize()
	}
	return list
}

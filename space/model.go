package space

// A Stem is the part of a network before its first stage.
type Stem string

// The stems of pycls.
const (
	StemCIFAR    Stem = "cifar"    // 3×3 convolution
	StemSimple   Stem = "simple"   // 3×3 convolution of stride 2
	StemImageNet Stem = "imagenet" // 7×7 convolution of stride 2, 3×3 max-pool of stride 2
)

// An Activation is the nonlinearity of a whole network.
type Activation string

// The activations of the papers; SiLU is also known as Swish.
const (
	ReLU Activation = "relu"
	SiLU Activation = "silu"
)

// A Model is one network: a stem, stages of equal blocks, an optional 1×1 head
// convolution, global average pooling and a linear classifier. Slices hold one
// value a stage. Methods other than Validate want a model that validates.
type Model struct {
	Name        string // free text, not part of the architecture
	Stem        Stem
	StemWidth   int // channels
	Block       Block
	Activation  Activation
	Depths      []int     // blocks
	Widths      []int     // output channels
	Strides     []int     // of the first block, 1 or 2
	Bottleneck  []float64 // ratio b: the inner width is width/b; b may be below 1
	GroupWidths []int     // channels a group of the 3×3 convolution, divides the inner width
	Expansions  []int     // of block mbconv alone: the inner width over that of the block's input; 1 leaves out the 1×1 before
	Kernels     []int     // of block mbconv alone: side of the depthwise convolution's kernel, 3 or 5
	SERatio     float64   // squeeze width over the block's input width, rounded half to even; 0 for none
	HeadWidth   int       // channels of the 1×1 head convolution, 0 for none
	Classes     int
	Input       int     // height and width of the images in pixels
	RegNet      *RegNet // what generated the stages; nil if they were given
}

// A BlockShape is one block of a model: what it computes, not how.
type BlockShape struct {
	Stage, Index   int  // both from 0; Index counts within the stage
	In, Out, Inner int  // channels; Inner is Out in blocks without a bottleneck
	Kernel         int  // side of the kernel of the convolution with the stride
	GroupWidth     int  // channels a group of that convolution; Inner if it has one group
	Stride         int  // 1 or 2
	Size           int  // side of the input feature map
	Squeeze        int  // channels that SE squeezes to, 0 for no SE
	Project        bool // the shortcut is a 1×1 convolution
	Shortcut       bool // there is a shortcut, identity or projection
	Expand         bool // a 1×1 convolution makes In channels Inner ones
}

// OutSize returns the side of the block's output feature map.
func (b BlockShape) OutSize() int { return strided(b.Size, b.Stride) }

// StemSize returns the side of the feature map that enters the first block.
func (m *Model) StemSize() int {
	switch m.Stem {
	case StemSimple:
		return strided(m.Input, 2)
	case StemImageNet:
		return strided(strided(m.Input, 2), 2)
	}
	return m.Input
}

// Depth returns the number of blocks.
func (m *Model) Depth() int {
	d := 0
	for _, di := range m.Depths {
		d += di
	}
	return d
}

// Shapes returns every block in the order of computation.
func (m *Model) Shapes() []BlockShape {
	shapes := make([]BlockShape, 0, m.Depth())
	in, size := m.StemWidth, m.StemSize()
	for i := range m.Depths {
		first, rest := m.stage(i, in, size)
		shapes = append(shapes, first)
		for j := 1; j < m.Depths[i]; j++ {
			rest.Index = j
			shapes = append(shapes, rest)
		}
		in, size = first.Out, first.OutSize()
	}
	return shapes
}

// stage returns the first block of stage i, which sees in channels of a side
// of size, and the block that the stage repeats after it.
func (m *Model) stage(i, in, size int) (first, rest BlockShape) {
	w := m.Widths[i]
	b := BlockShape{Stage: i, In: in, Out: w, Inner: w, Kernel: 3, GroupWidth: w, Stride: m.Strides[i], Size: size}
	if m.Block.Bottleneck() {
		r, _ := ratioOf(m.Bottleneck[i])
		b.Inner = r.inner(w)
		b.GroupWidth, b.Expand = b.Inner, true
		if m.Block.groups() {
			b.GroupWidth = m.GroupWidths[i]
		}
	}
	kept := in == w && b.Stride == 1
	switch m.Block {
	case BlockV, BlockVanilla:
	case BlockLinear, BlockMBConv:
		b.Shortcut = kept
	default:
		b.Shortcut, b.Project = true, !kept
	}
	first, rest = b, b
	rest.Index, rest.In, rest.Stride, rest.Size = 1, w, 1, b.OutSize()
	rest.Shortcut, rest.Project = m.Block != BlockV && m.Block != BlockVanilla, false
	m.inner(&first)
	m.inner(&rest)
	return first, rest
}

// inner sets what follows from the block's input width.
func (m *Model) inner(b *BlockShape) {
	if m.Block == BlockMBConv {
		e := m.Expansions[b.Stage]
		b.Inner, b.Kernel, b.GroupWidth, b.Expand = b.In*e, m.Kernels[b.Stage], 1, e > 1
	}
	if m.Block.gates() {
		b.Squeeze = m.squeeze(b.In)
	}
}

func (m *Model) squeeze(in int) int { return roundEven(float64(in) * m.SERatio) }

// strided returns the side of the output of a convolution or pool of the given
// stride whose padding keeps the size at stride 1.
func strided(size, stride int) int { return (size-1)/stride + 1 }

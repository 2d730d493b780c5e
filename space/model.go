package space

import (
	"fmt"

	"designspace/internal/strictyaml"
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
	Bottleneck  []float64 // of blocks that have b: the inner width is width/b, which may be below 1
	GroupWidths []int     // of those: channels a group of the 3×3 convolution, divides the inner width
	Expansions  []int     // of blocks that have e: the inner width over that of the block's input; 1 leaves out the 1×1 before
	Kernels     []int     // of blocks that have k: side of the kernel of the convolution with the stride, 3 or 5
	SERatio     float64   // squeeze width over the block's input width, rounded half to even, or as the block has it; 0 for none
	SERatios    []float64 // in place of SERatio where it differs between stages, else nil
	HeadWidth   int       // channels of the 1×1 head convolution, 0 for none
	Classes     int
	Input       int     // height and width of the images in pixels
	RegNet      *RegNet // what generated the stages; nil if they were given
	Options
}

// stageFile is the parameters of stages in the YAML of a model: lists of one
// value, or one a stage.
type stageFile struct {
	Depths      strictyaml.List[int]     `yaml:"depths,omitempty"`
	Widths      strictyaml.List[int]     `yaml:"widths,omitempty"`
	Strides     strictyaml.List[int]     `yaml:"strides,omitempty"`
	Bottleneck  strictyaml.List[float64] `yaml:"bottleneck,omitempty"`
	GroupWidths strictyaml.List[int]     `yaml:"group_widths,omitempty"`
	Expansions  strictyaml.List[int]     `yaml:"expansions,omitempty"`
	Kernels     strictyaml.List[int]     `yaml:"kernels,omitempty"`
}

// stageParams are the parameters of stages in the order of columns and of
// drawing.
var stageParams = []StageParam{
	{
		Name: "d", Key: "depths", Integer: true, Unit: "blocks", Meaning: "depth of a stage",
		domain: depths, regnet: true, counts: true, wanted: "give depths and widths, or regnet",
		values: list[int]{func(m *Model) *[]int { return &m.Depths }, func(f *stageFile) *strictyaml.List[int] { return &f.Depths }},
	}, {
		Name: "w", Key: "widths", Integer: true, Unit: "channels", Meaning: "width of a stage", Log: true,
		domain: widths, regnet: true, counts: true, wanted: "give depths and widths, or regnet",
		values: list[int]{func(m *Model) *[]int { return &m.Widths }, func(f *stageFile) *strictyaml.List[int] { return &f.Widths }},
	}, {
		Name: "s", Key: "strides", Integer: true, Unit: "pixels", Meaning: "stride of a stage's first block",
		domain: domain{min: 1, max: 2, step: 1}, Setting: true, missing: 2,
		values: list[int]{func(m *Model) *[]int { return &m.Strides }, func(f *stageFile) *strictyaml.List[int] { return &f.Strides }},
	}, {
		Name: "b", Key: "bottleneck", Meaning: "bottleneck ratio of a stage: width over inner width", Log: true,
		domain: ratios, regnet: true, missing: 1,
		values: list[float64]{func(m *Model) *[]float64 { return &m.Bottleneck }, func(f *stageFile) *strictyaml.List[float64] { return &f.Bottleneck }},
	}, {
		Name: "g", Key: "group_widths", Integer: true, Unit: "channels", Meaning: "group width of a stage's 3×3 convolutions", Log: true,
		domain: widths, follows: hasB, regnet: true,
		values: list[int]{func(m *Model) *[]int { return &m.GroupWidths }, func(f *stageFile) *strictyaml.List[int] { return &f.GroupWidths }},
	}, {
		Name: "e", Key: "expansions", Integer: true, key: "x", Meaning: "expansion of a stage: inner width over that of a block's input; in runs with block " + having("e"), Rare: true,
		domain: domain{min: 1, max: maxExpansion, step: 1}, wanted: "the block needs the inner width over that of its input, as in 6",
		values: list[int]{func(m *Model) *[]int { return &m.Expansions }, func(f *stageFile) *strictyaml.List[int] { return &f.Expansions }},
	}, {
		Name: "k", Key: "kernels", Integer: true, Unit: "pixels", key: "k", Meaning: "side of the kernel of a stage's depthwise convolutions; in runs with block " + having("k"), Rare: true,
		domain: domain{min: 3, max: 5, step: 2}, missing: plainKernel,
		values: list[int]{func(m *Model) *[]int { return &m.Kernels }, func(f *stageFile) *strictyaml.List[int] { return &f.Kernels }},
	}, {
		Name: "se", Key: "se_ratio", Meaning: "SE ratio of a stage, in runs where it differs between stages", Rare: true, Setting: true,
		domain: domain{min: 0, max: 1}, follows: hasSE, optional: true,
		values: list[float64]{model: func(m *Model) *[]float64 { return &m.SERatios }},
	},
}

// A BlockShape is one block of a model: what it computes, not how. Its units are
// applied in a row; the shortcut, if it has one, is added to what they make of the
// input; then comes the activation.
type BlockShape struct {
	Stage, Index int // both from 0; Index counts within the stage
	In, Out      int // channels
	Inner        int // channels between the 1×1 convolutions; Out in blocks without
	Kernel       int // side of the kernel of the convolution with the stride
	GroupWidth   int // channels a group of that convolution; Inner if it has one group
	Stride       int // 1 or 2
	Size         int // side of the input feature map
	Squeeze      int // channels that SE squeezes to, 0 for no SE

	Units      []Unit
	Residual   bool       // a shortcut is added
	Shortcut   []Unit     // of the shortcut; none for the identity
	Branch     int        // after how many of the units the shortcut's begin
	Activation Activation // at the end; "" for none
	Pool       []Unit     // after the block: a pool at the end of some stages
}

// Name returns the name of the block within its network, with which those of its
// tensors begin: s1.b2 for the second block of the first stage.
func (b BlockShape) Name() string { return fmt.Sprintf("s%d.b%d", b.Stage+1, b.Index+1) }

// OutSize returns the side of the block's output feature map.
func (b BlockShape) OutSize() int { return outSize(b.Size, b.Stride) }

// kept reports whether the block's output has the shape of its input.
func (b *BlockShape) kept() bool { return b.In == b.Out && b.Stride == 1 }

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
	k := m.Block.kind()
	shapes := make([]BlockShape, 0, m.Depth())
	in, size := m.StemWidth, m.StemSize()
	for i := range m.Depths {
		first, rest := m.stage(k, i, in, size)
		for _, b := range []*BlockShape{&first, &rest} {
			b.Units = b.units(k.main, m.Activation)
			b.Shortcut = b.units(m.shortcut(k, b), m.Activation)
			if b.Shortcut != nil {
				b.Branch = k.branch
			}
			if k.end {
				b.Activation = m.Activation
			}
		}
		shapes = append(shapes, first)
		for j := 1; j < m.Depths[i]; j++ {
			rest.Index = j
			shapes = append(shapes, rest)
		}
		in, size = first.Out, first.OutSize()
		if m.pools(i) {
			pool := Unit{Name: "pool", Op: MaxPool, In: in, Out: in, Kernel: poolStride, Stride: poolStride, Groups: 1, Size: size}
			shapes[len(shapes)-1].Pool = []Unit{pool}
			size = pool.OutSize()
		}
	}
	return shapes
}

// poolStride is the stride, and the side of the windows, of the pools between
// stages.
const poolStride = 2

// pools reports whether a max-pool follows stage i in place of its stride.
func (m *Model) pools(i int) bool { return m.Downsampling == MaxPooled && m.Strides[i] > 1 }

// stage returns the first block of stage i, which sees in channels of a side
// of size, and the block that the stage repeats after it, both without units.
func (m *Model) stage(k *kind, i, in, size int) (first, rest BlockShape) {
	w := m.Widths[i]
	b := BlockShape{Stage: i, In: in, Out: w, Inner: w, Kernel: plainKernel, Stride: m.Strides[i], Size: size}
	if k.has&hasB != 0 {
		r, _ := ratioOf(m.Bottleneck[i])
		b.Inner = r.inner(w)
	}
	if k.has&hasK != 0 {
		b.Kernel = m.Kernels[i]
	}
	if m.pools(i) {
		b.Stride = 1
	}
	first, rest = b, b
	rest.Index, rest.In, rest.Stride, rest.Size = 1, w, 1, b.OutSize()
	m.complete(k, &first)
	m.complete(k, &rest)
	return first, rest
}

// complete sets what follows from the block's input.
func (m *Model) complete(k *kind, b *BlockShape) {
	if k.has&hasE != 0 {
		b.Inner = b.In * m.Expansions[b.Stage]
	}
	b.GroupWidth = b.Inner
	if k.has&hasG != 0 {
		b.GroupWidth = m.GroupWidths[b.Stage]
	}
	if k.depthwise {
		b.GroupWidth = 1
	}
	if k.has&hasSE != 0 {
		b.Squeeze = m.squeeze(k, b)
	}
	b.Residual = k.adds == everywhere || k.adds == whereKept && b.kept()
}

// shortcut returns the layers of the block's shortcut; none for the identity.
func (m *Model) shortcut(k *kind, b *BlockShape) []layer {
	switch {
	case !b.Residual || b.kept():
		return nil
	case m.Shortcut == AvgPooled:
		return k.pooled
	}
	return k.shortcut
}

// squeeze returns the width that SE squeezes to in a block.
func (m *Model) squeeze(k *kind, b *BlockShape) int {
	ratio := m.SERatio
	if m.SERatios != nil {
		ratio = m.SERatios[b.Stage]
	}
	if k.squeezesInner {
		return int(float64(float64(b.Inner)*ratio) + 1e-9)
	}
	return roundEven(float64(b.In) * ratio)
}

// SE reports whether a block may have SE.
func (m *Model) SE() bool { return m.SERatio > 0 || m.SERatios != nil }

// setSE sets the SE ratio of all stages, or one a stage.
func (m *Model) setSE(ratios []float64) {
	m.SERatio, m.SERatios = 0, nil
	switch same := compact(ratios); len(same) {
	case 0:
	case 1:
		m.SERatio = same[0]
	default:
		m.SERatios = ratios
	}
}

// seRatios is the inverse of setSE.
func (m *Model) seRatios() []float64 {
	if m.SERatios != nil {
		return m.SERatios
	}
	return []float64{m.SERatio}
}

// outSize returns the side of the output of a convolution or pool of the given
// stride whose padding keeps the size at stride 1.
func outSize(size, stride int) int {
	if stride == 1 { // by far the most frequent, and a division is slow
		return size
	}
	return (size-1)/stride + 1
}

package space

import "slices"

// A Stem is the part of a network before its first stage.
type Stem string

// The stems: the first three are those of pycls.
const (
	StemCIFAR    Stem = "cifar"    // 3×3 convolution
	StemSimple   Stem = "simple"   // 3×3 convolution of stride 2
	StemImageNet Stem = "imagenet" // 7×7 convolution of stride 2, 3×3 max-pool of stride 2
	StemDeep     Stem = "deep"     // 3×3 convolutions of half, half and the whole width, the first of stride 2, 3×3 max-pool of stride 2
	StemPlain    Stem = "plain"    // 3×3 convolution without batch normalisation and activation
	StemNone     Stem = "none"     // the first block reads the image
)

// stems is the table of stems.
var stems = []kind{
	{name: "cifar", main: []layer{{name: "stem", kernel: 3, is: activated}}},
	{name: "simple", main: []layer{{name: "stem", kernel: 3, stride: 2, is: activated}}},
	{name: "imagenet", main: []layer{{name: "stem", kernel: 7, stride: 2, is: activated}, {name: "stem.pool", op: MaxPool, kernel: 3, stride: 2}}},
	{name: "deep", main: []layer{
		{name: "stem1", kernel: 3, stride: 2, out: half, is: activated},
		{name: "stem2", kernel: 3, out: half, is: activated},
		{name: "stem3", kernel: 3, is: activated},
		{name: "stem.pool", op: MaxPool, kernel: 3, stride: 2},
	}},
	{name: "plain", main: []layer{{name: "stem", op: Plain, kernel: 3}}},
	{name: "none"},
}

// Stems lists all stems.
func Stems() []Stem { return listed[Stem](stems) }

// kind returns the entry of a stem, nil if there is none.
func (s Stem) kind() *kind { return find(stems, string(s)) }

// imageChannels is the number of channels of an image.
const imageChannels = 3

// StemUnits returns the units before the first block.
func (m *Model) StemUnits() []Unit {
	b := m.stem()
	return b.units(m.Stem.kind().main, m.Activation)
}

// stem is the stem as far as the layers of one see it.
func (m *Model) stem() BlockShape {
	return BlockShape{In: imageChannels, Out: m.StemWidth, Size: m.Input}
}

// StemSize returns the side of the feature map that enters the first block.
func (m *Model) StemSize() int {
	size := m.Input
	for _, l := range m.Stem.kind().main {
		size = outSize(size, max(l.stride, 1))
	}
	return size
}

// HeadUnits returns the units after the last block: an activation and a 1×1
// convolution, if the model has them.
func (m *Model) HeadUnits() []Unit {
	shapes := m.Shapes()
	last := shapes[len(shapes)-1]
	size := last.OutSize()
	for _, u := range last.Pool {
		size = u.OutSize()
	}
	b := m.head(last.Out, size)
	return b.units(m.headLayers(), m.Activation)
}

// head is what follows a last block that makes in channels of a
// side of size.
func (m *Model) head(in, size int) BlockShape {
	return BlockShape{In: in, Out: m.HeadWidth, Size: size}
}

func (m *Model) headLayers() []layer {
	layers := m.Block.kind().tail
	if m.EndActivation == Activated {
		layers = endLayers
	}
	if m.HeadWidth > 0 {
		return append(slices.Clip(layers), headLayer)
	}
	return layers
}

var (
	endLayers = []layer{{name: "act", op: Act, kernel: 1, out: unchanged, is: activated}}
	headLayer = layer{name: "head", kernel: 1, is: activated}
)

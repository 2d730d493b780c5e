package space

// A Stem is the part of a network before its first stage.
type Stem string

// The stems of pycls.
const (
	StemCIFAR    Stem = "cifar"    // 3×3 convolution
	StemSimple   Stem = "simple"   // 3×3 convolution of stride 2
	StemImageNet Stem = "imagenet" // 7×7 convolution of stride 2, 3×3 max-pool of stride 2
)

// stems is the table of stems.
var stems = []kind{
	{name: "cifar", main: []layer{{name: "stem", kernel: 3, is: activated}}},
	{name: "simple", main: []layer{{name: "stem", kernel: 3, stride: 2, is: activated}}},
	{name: "imagenet", main: []layer{{name: "stem", kernel: 7, stride: 2, is: activated}, {name: "stem.pool", op: MaxPool, kernel: 3, stride: 2}}},
}

// Stems lists all stems.
func Stems() []Stem { return listed[Stem](stems) }

// kind returns the entry of a stem, nil if there is none.
func (s Stem) kind() *kind { return find(stems, string(s)) }

// StemUnits returns the units before the first block.
func (m *Model) StemUnits() []Unit {
	b := m.stem()
	return b.units(m.Stem.kind().main, m.Activation)
}

// stem is the stem as far as the layers of one see it.
func (m *Model) stem() BlockShape { return BlockShape{In: 3, Out: m.StemWidth, Size: m.Input} }

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
	b := m.head(last.Out, last.OutSize())
	return b.units(m.headLayers(), m.Activation)
}

// head is what follows a last block that makes in channels of a
// side of size.
func (m *Model) head(in, size int) BlockShape {
	return BlockShape{In: in, Out: m.HeadWidth, Size: size}
}

func (m *Model) headLayers() []layer {
	layers := headLayers
	if m.HeadWidth == 0 {
		layers = layers[:1]
	}
	if m.EndActivation != Activated {
		layers = layers[1:]
	}
	return layers
}

var headLayers = []layer{{name: "act", op: Act, is: activated}, {name: "head", kernel: 1, is: activated}}

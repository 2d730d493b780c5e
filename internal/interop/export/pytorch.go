package export

import (
	_ "embed"
	"fmt"
	"io"
	"strings"
	"text/template"

	"designspace/internal/table"
	"designspace/space"
)

//go:embed model.py.tmpl
var pytorchSource string

var pytorchTemplate = template.Must(template.New("model.py").Parse(pytorchSource))

// pytorchModel is what the template of model.py shows.
type pytorchModel struct {
	Title, Summary string
	Weights        bool // there is a file of weights
	Input, Classes int
	Mean, Std      string // empty if not known
	SERatio        string // empty for no SE
	Activation     space.Activation
	Block          space.Block
	BlockSummary   string

	StemWidth, StemKernel, StemStride int
	StemPool                          bool
	Stages                            []pytorchStage
	LastWidth, HeadWidth, Features    int
}

type pytorchStage struct {
	Number, Depth, In, Out int
	Options                string // further arguments of the stage
}

// PyTorch writes a Python module that defines the model with PyTorch alone, as
// the class Net. Weights says whether a file weights.safetensors goes with it;
// norm is nil if no data belong to the model.
func PyTorch(w io.Writer, m *space.Model, norm *Normalisation, weights bool) error {
	cx := m.Complexity()
	p := pytorchModel{
		Title: strings.NewReplacer("\\", "", `"`, "'", "\n", " ").Replace(m.Name),
		Summary: fmt.Sprintf("A convolutional network of %d blocks %q for images of %d pixels and %d classes:\n%d multiply-adds, %d parameters.",
			m.Depth(), m.Block, m.Input, m.Classes, cx.Flops, cx.Params),
		Weights: weights, Input: m.Input, Classes: m.Classes, Activation: m.Activation,
		Block: m.Block, BlockSummary: summary(m),
		StemWidth: m.StemWidth, HeadWidth: m.HeadWidth, LastWidth: m.Widths[len(m.Widths)-1],
	}
	p.StemKernel, p.StemStride, p.StemPool = stem(m.Stem)
	p.Features = p.LastWidth
	if m.HeadWidth > 0 {
		p.Features = m.HeadWidth
	}
	if norm != nil {
		p.Mean, p.Std = triple(norm.Mean), triple(norm.Std)
	}
	if m.SERatio > 0 {
		p.SERatio = table.Float(m.SERatio)
	}
	for _, b := range m.Shapes() {
		if b.Index == 0 {
			p.Stages = append(p.Stages, pytorchStage{b.Stage + 1, m.Depths[b.Stage], b.In, b.Out, options(m, b)})
		}
	}
	return pytorchTemplate.Execute(w, p)
}

// stem returns the shape of the stem's convolution and whether a max-pool of 3×3
// and stride 2 follows.
func stem(s space.Stem) (kernel, stride int, pool bool) {
	switch s {
	case space.StemSimple:
		return 3, 2, false
	case space.StemImageNet:
		return 7, 2, true
	}
	return 3, 1, false
}

// options are the arguments that the blocks of a stage share.
func options(m *space.Model, b space.BlockShape) string {
	s := fmt.Sprintf("stride=%d", b.Stride)
	switch {
	case m.Block == space.BlockMBConv:
		s += fmt.Sprintf(", expansion=%d, kernel=%d", m.Expansions[b.Stage], b.Kernel)
	case m.Block.Bottleneck():
		s += fmt.Sprintf(", inner=%d, groups=%d", b.Inner, b.Inner/b.GroupWidth)
	}
	return s
}

// summary says what a block with an inner width does.
func summary(m *space.Model) string {
	s := "1×1, grouped 3×3"
	if m.Block == space.BlockMBConv {
		s = "1×1 that expands, depthwise convolution"
	}
	if m.SERatio > 0 {
		s += ", SE"
	}
	if m.Block == space.BlockLinear || m.Block == space.BlockMBConv {
		return s + ", linear 1×1; the input is added where the shape is kept."
	}
	return s + ", 1×1, added to the shortcut."
}

func triple(v [3]float32) string {
	return fmt.Sprintf("%v, %v, %v", v[0], v[1], v[2])
}

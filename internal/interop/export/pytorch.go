package export

import (
	_ "embed"
	"fmt"
	"io"
	"strings"
	"text/template"

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
	Activation     space.Activation
	Block          space.Block
	SE             bool // a block has it
	Stem, Head     []pytorchLayer
	Stages         []pytorchStage
	Features       int // channels of the last map
}

// A pytorchLayer is a module under its name in another.
type pytorchLayer struct{ Name, Module string }

func (l pytorchLayer) String() string { return l.Name + "=" + l.Module }

// A pytorchStage is the arguments of a stage's first block, and of those after it.
type pytorchStage struct {
	Number, Repeats int
	First, Rest     []string
}

// PyTorch writes a Python module that defines the model with PyTorch alone, as
// the class Net. Weights says whether a file weights.safetensors goes with it;
// norm is nil if no data belong to the model.
func PyTorch(w io.Writer, m *space.Model, norm *Normalisation, weights bool) error {
	if err := m.Validate(); err != nil {
		return err
	}
	cx := m.Complexity()
	p := pytorchModel{
		Title: strings.NewReplacer("\\", "", `"`, "'", "\n", " ").Replace(m.Name),
		Summary: fmt.Sprintf("A convolutional network of %d blocks %q for images of %d pixels and %d classes:\n%d multiply-adds, %d parameters.",
			m.Depth(), m.Block, m.Input, m.Classes, cx.Flops, cx.Params),
		Weights: weights, Input: m.Input, Classes: m.Classes, Activation: m.Activation, Block: m.Block,
	}
	if norm != nil {
		p.Mean, p.Std = triple(norm.Mean), triple(norm.Std)
	}
	l := &pytorchLayers{activation: m.Activation}
	p.Stem, p.Head = l.of(m.StemUnits()), l.of(m.HeadUnits())
	for _, b := range m.Shapes() {
		switch {
		case b.Index == 0:
			p.Stages = append(p.Stages, pytorchStage{Number: b.Stage + 1, Repeats: m.Depths[b.Stage] - 1, First: l.block(b)})
		case b.Index == 1:
			p.Stages[b.Stage].Rest = l.block(b)
		}
		p.Features = b.Out
	}
	if m.HeadWidth > 0 {
		p.Features = m.HeadWidth
	}
	p.SE = l.se
	if l.err != nil {
		return l.err
	}
	return pytorchTemplate.Execute(w, p)
}

// pytorchLayers turns units into modules.
type pytorchLayers struct {
	activation space.Activation // the only one that the module has
	se         bool             // there was SE
	err        error            // the first
}

// block returns the arguments of a block.
func (l *pytorchLayers) block(b space.BlockShape) []string {
	var args []string
	for _, layer := range l.of(b.Units) {
		args = append(args, layer.String())
	}
	if b.Residual {
		var shortcut []string
		for _, layer := range l.of(b.Shortcut) {
			shortcut = append(shortcut, layer.String())
		}
		args = append(args, "shortcut=dict("+strings.Join(shortcut, ", ")+")")
	}
	if l.acts(b.Activation) {
		args = append(args, "act=True")
	}
	return args
}

// of returns the modules of a row of units.
func (l *pytorchLayers) of(units []space.Unit) []pytorchLayer {
	var list []pytorchLayer
	for _, u := range units {
		switch u.Op {
		case space.Conv:
			s := fmt.Sprintf("ConvNorm(%d, %d, %d", u.In, u.Out, u.Kernel)
			if u.Stride > 1 {
				s += fmt.Sprintf(", stride=%d", u.Stride)
			}
			if u.Groups > 1 {
				s += fmt.Sprintf(", groups=%d", u.Groups)
			}
			if l.acts(u.Activation) {
				s += ", act=True"
			}
			list = append(list, pytorchLayer{u.Name, s + ")"})
		case space.MaxPool:
			s := fmt.Sprintf("nn.MaxPool2d(%d, stride=%d, padding=%d)", u.Kernel, u.Stride, u.Kernel/2)
			list = append(list, pytorchLayer{strings.ReplaceAll(u.Name, ".", "_"), s}) // it has no tensors to name
		default:
			l.fail("unit %s does", u.Name)
		}
		if u.Squeeze > 0 {
			l.se = true
			list = append(list, pytorchLayer{"se", fmt.Sprintf("SE(%d, %d)", u.Out, u.Squeeze)})
		}
	}
	return list
}

// acts reports whether there is an activation, which must be the module's.
func (l *pytorchLayers) acts(a space.Activation) bool {
	if a != "" && a != l.activation {
		l.fail("activation %s is", a)
	}
	return a != ""
}

func (l *pytorchLayers) fail(format string, args ...any) {
	if l.err == nil {
		l.err = fmt.Errorf("pytorch: "+format+" what cannot be written", args...)
	}
}

func triple(v [3]float32) string {
	return fmt.Sprintf("%v, %v, %v", v[0], v[1], v[2])
}

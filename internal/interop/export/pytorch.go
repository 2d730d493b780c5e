package export

import (
	"cmp"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/template"

	"designspace/space"
)

//go:embed model.py.tmpl
var pytorchSource string

var pytorchTemplate = template.Must(template.New("model.py").Funcs(template.FuncMap{
	"module":     module,
	"identifier": func(u space.Unit) string { return strings.ReplaceAll(u.Name, ".", "_") },
}).Parse(pytorchSource))

// pytorchModel is what the template of model.py shows.
type pytorchModel struct {
	*space.Model
	Title, Summary string
	Weights        bool   // there is a file of weights
	Mean, Std      string // empty if not known
	Stem, Head     []space.Unit
	Stages         []pytorchStage
	Features       int // channels of the last map
	units          []space.Unit
}

// A pytorchStage is the first block of a stage, those after it, which are alike,
// and the pool at its end.
type pytorchStage struct {
	Name  string
	First space.BlockShape
	Rest  []space.BlockShape
	Pool  []space.Unit
}

// Does reports whether units of the model do an operation.
func (p *pytorchModel) Does(op string) bool {
	ops := map[string]space.Op{"Act": space.Act, "Norm": space.Norm, "Plain": space.Plain}
	return slices.ContainsFunc(p.units, func(u space.Unit) bool { return u.Op == ops[op] })
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
		Model: m, Weights: weights, Stem: m.StemUnits(), Head: m.HeadUnits(),
		Title: strings.NewReplacer("\\", "", `"`, "'").Replace(printed(m.Name)),
		Summary: fmt.Sprintf("A convolutional network of %d blocks %q for images of %d pixels and %d classes:\n%d multiply-adds, %d parameters.",
			m.Depth(), m.Block, m.Input, m.Classes, cx.Flops, cx.Params),
		Features: cmp.Or(m.HeadWidth, m.Widths[len(m.Widths)-1]),
	}
	if norm != nil {
		p.Mean, p.Std = triple(norm.Mean), triple(norm.Std)
	}
	p.units = slices.Concat(p.Stem, p.Head)
	shapes := m.Shapes()
	for i, d := range m.Depths {
		p.Stages = append(p.Stages, pytorchStage{fmt.Sprintf("s%d", i+1), shapes[0], shapes[1:d], shapes[d-1].Pool})
		p.units = append(p.units, shapes[0].Units...)
		shapes = shapes[d:]
	}
	return pytorchTemplate.Execute(w, &p)
}

// module returns the module of a unit.
func module(u space.Unit) (string, error) {
	pool := fmt.Sprintf("(%d, stride=%d, padding=%d", u.Kernel, u.Stride, u.Pad())
	if u.Kernel%2 == 0 {
		pool += ", ceil_mode=True"
	}
	act := ")"
	if u.Activation != "" {
		act = ", act=F." + string(u.Activation) + ")"
	}
	switch u.Op {
	case space.Conv, space.Plain:
		s := fmt.Sprintf("ConvNorm(%d, %d, %d", u.In, u.Out, u.Kernel)
		if u.Stride > 1 {
			s += fmt.Sprintf(", stride=%d", u.Stride)
		}
		if u.Groups > 1 {
			s += fmt.Sprintf(", groups=%d", u.Groups)
		}
		if u.Op == space.Plain {
			s += ", norm=False"
		}
		return s + act, nil
	case space.Norm:
		return fmt.Sprintf("Norm(%d", u.Out) + act, nil
	case space.MaxPool:
		return "nn.MaxPool2d" + pool + ")", nil
	case space.AvgPool:
		return "nn.AvgPool2d" + pool + ", count_include_pad=False)", nil
	case space.Act:
		return "Act(F." + string(u.Activation) + ")", nil
	}
	return "", fmt.Errorf("pytorch: unit %s does what cannot be written", u.Name)
}

func triple(v [3]float32) string {
	return fmt.Sprintf("%v, %v, %v", v[0], v[1], v[2])
}

package export

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"designspace/internal/safetensors"
	"designspace/space"
	"designspace/trainer/engine"
)

// The versions of ONNX that are written. BatchNormalization in its current form
// needs operator set 15.
const (
	onnxOpset = 17
	onnxIR    = 8
)

// Names of the graph's input, float32 of shape (batch, 3, input, input), and
// output, float32 of shape (batch, classes). The batch may have any size.
const (
	onnxInput  = "images"
	onnxOutput = "logits"
)

// maxONNX is the size that a protocol buffer may have, in bytes.
const maxONNX = math.MaxInt32

// ONNX writes the model with the weights of n, a net compiled for it, as an ONNX
// file: operator set 17, normalisations as nodes of their own, input "images"
// and output "logits" with a batch of any size. Images are normalised as norm
// says before they are input; the file's metadata repeat it.
func ONNX(w io.Writer, m *space.Model, n *engine.Net, norm *Normalisation) error {
	if err := m.Validate(); err != nil {
		return err
	}
	g := &onnxGraph{model: m, net: n, shapes: map[string][]int{}}
	for _, p := range n.Params() {
		g.shapes[p.Name] = p.Shape
		g.weight(p)
	}
	g.build()
	if g.err != nil {
		return g.err
	}
	var graph, file, opset message
	graph = append(graph, g.nodes...)
	graph.text(2, m.Name)
	graph = append(graph, g.weights...)
	graph.message(11, valueInfo(onnxInput, 3, m.Input, m.Input))
	graph.message(12, valueInfo(onnxOutput, m.Classes))
	file.number(1, onnxIR)
	file.text(2, "designspace")
	file.message(7, graph)
	opset.text(1, "")
	opset.number(2, onnxOpset)
	file.message(8, opset)
	if norm != nil {
		file.message(14, entry("data", norm.Data))
		file.message(14, entry("mean", triple(norm.Mean)))
		file.message(14, entry("std", triple(norm.Std)))
	}
	if len(file) > maxONNX {
		return errors.New("onnx: the weights take more than the 2 GB that a file of ONNX may have: export to pytorch")
	}
	_, err := w.Write(file)
	return err
}

// valueInfo describes a tensor of float32 with a batch of any size.
func valueInfo(name string, dims ...int) []byte {
	var shape, batch, tensor, kind, info message
	batch.text(2, "batch")
	shape.message(1, batch)
	for _, d := range dims {
		var dim message
		dim.number(1, d)
		shape.message(1, dim)
	}
	tensor.number(1, onnxFloat)
	tensor.message(2, shape)
	kind.message(1, tensor)
	info.text(1, name)
	info.message(2, kind)
	return info
}

func entry(key, value string) []byte {
	var e message
	e.text(1, key)
	e.text(2, value)
	return e
}

// onnxFloat is the element type float32.
const onnxFloat = 1

// An onnxGraph is a graph under construction: fields of a GraphProto. Values are
// named by the node that computes them.
type onnxGraph struct {
	model   *space.Model
	net     *engine.Net
	shapes  map[string][]int // of the net's parameters
	nodes   message
	weights message
	err     error // the first
}

// weight adds a parameter as an initializer. The layers of SE become
// convolutions, whose weights have two more dimensions.
func (g *onnxGraph) weight(p engine.Param) {
	values, err := g.net.Get(p.Name)
	if err != nil {
		g.fail(err)
		return
	}
	shape := p.Shape
	if len(shape) == 2 && p.Name != "fc.weight" {
		shape = append(append([]int(nil), shape...), 1, 1)
	}
	var t message
	for _, d := range shape {
		t.number(1, d)
	}
	t.number(2, onnxFloat)
	t.text(8, TensorName(p))
	t.message(9, safetensors.LittleEndian(values))
	g.weights.message(5, t)
}

func (g *onnxGraph) fail(err error) {
	if g.err == nil {
		g.err = err
	}
}

func (g *onnxGraph) build() {
	m := g.model
	x := g.units(onnxInput, "", m.StemUnits())
	for _, b := range m.Shapes() {
		x = g.block(b, x)
	}
	x = g.units(x, "", m.HeadUnits())
	x = g.node("GlobalAveragePool", "mean", []string{x})
	x = g.node("Flatten", "flatten", []string{x})
	g.node("Gemm", onnxOutput, []string{x, "fc.weight", "fc.bias"}, integer("transB", 1))
}

// block adds a block that reads x and returns its output.
func (g *onnxGraph) block(b space.BlockShape, x string) string {
	name := b.Name()
	branch := g.units(x, name+".", b.Units[:b.Branch])
	y := g.units(branch, name+".", b.Units[b.Branch:])
	if b.Residual {
		y = g.node("Add", name+".sum", []string{g.units(branch, name+".", b.Shortcut), y})
	}
	return g.units(g.act(b.Activation, name, y), name+".", b.Pool)
}

// units adds a row of units, whose names get a prefix, and returns its output.
func (g *onnxGraph) units(x, prefix string, units []space.Unit) string {
	for _, u := range units {
		name, pad := prefix+u.Name, u.Pad()
		window := [][]byte{ints("kernel_shape", u.Kernel, u.Kernel), ints("strides", u.Stride, u.Stride), ints("pads", pad, pad, pad, pad)}
		switch u.Op {
		case space.Conv, space.Plain:
			if !slices.Equal(g.shapes[name+".weight"], []int{u.Out, u.In / u.Groups, u.Kernel, u.Kernel}) {
				g.fail(fmt.Errorf("onnx: the net has no convolution %s of the model's shape", name))
			}
			x = g.node("Conv", name+".conv", []string{x, name + ".conv.weight"}, append(window, integer("group", u.Groups))...)
			if u.Op == space.Conv {
				x = g.norm(name, x)
			}
		case space.Norm:
			x = g.norm(name, x)
		case space.MaxPool:
			x = g.node("MaxPool", name, []string{x}, append(window, integer("ceil_mode", 1-u.Kernel%2))...)
		case space.AvgPool:
			x = g.node("AveragePool", name, []string{x}, append(window, integer("ceil_mode", 1-u.Kernel%2))...)
		case space.Act:
		default:
			g.fail(fmt.Errorf("onnx: unit %s does what cannot be written", name))
		}
		x = g.act(u.Activation, name, x)
		if u.Squeeze > 0 {
			x = g.gate(prefix+"se", x)
		}
	}
	return x
}

// norm adds a batch normalisation.
func (g *onnxGraph) norm(name, x string) string {
	return g.node("BatchNormalization", name+".bn",
		[]string{x, name + ".bn.weight", name + ".bn.bias", name + ".bn.running_mean", name + ".bn.running_var"}, float("epsilon", 1e-5))
}

// act adds an activation, if there is one.
func (g *onnxGraph) act(a space.Activation, unit, x string) string {
	switch a {
	case "":
		return x
	case space.ReLU:
		return g.node("Relu", unit+".relu", []string{x})
	case space.SiLU:
		s := g.node("Sigmoid", unit+".sigmoid", []string{x})
		return g.node("Mul", unit+".silu", []string{x, s})
	}
	g.fail(fmt.Errorf("onnx: activation %q of %s cannot be written", a, unit))
	return x
}

// gate adds squeeze-and-excitation.
func (g *onnxGraph) gate(unit, x string) string {
	y := g.node("GlobalAveragePool", unit+".mean", []string{x})
	y = g.node("Conv", unit+".squeeze", []string{y, unit + ".squeeze.weight", unit + ".squeeze.bias"})
	y = g.act(g.model.Activation, unit, y)
	y = g.node("Conv", unit+".excite", []string{y, unit + ".excite.weight", unit + ".excite.bias"})
	y = g.node("Sigmoid", unit+".gate", []string{y})
	return g.node("Mul", unit, []string{x, y})
}

// node adds a node of one output, which has the node's name, and returns it.
func (g *onnxGraph) node(op, name string, inputs []string, attributes ...[]byte) string {
	var n message
	for _, in := range inputs {
		n.text(1, in)
	}
	n.text(2, name)
	n.text(3, name)
	n.text(4, op)
	for _, a := range attributes {
		n.message(5, a)
	}
	g.nodes.message(1, n)
	return name
}

// The types of attributes.
const (
	onnxAttributeFloat = 1
	onnxAttributeInt   = 2
	onnxAttributeInts  = 7
)

func integer(name string, v int) []byte {
	var a message
	a.text(1, name)
	a.number(3, v)
	a.number(20, onnxAttributeInt)
	return a
}

func ints(name string, values ...int) []byte {
	var a message
	a.text(1, name)
	for _, v := range values {
		a.number(8, v)
	}
	a.number(20, onnxAttributeInts)
	return a
}

func float(name string, v float32) []byte {
	var a message
	a.text(1, name)
	a.fixed32(2, math.Float32bits(v))
	a.number(20, onnxAttributeFloat)
	return a
}

package export

import (
	"errors"
	"fmt"
	"io"
	"math"

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
	g := &onnxGraph{net: n, shapes: map[string][]int{}}
	for _, p := range n.Params() {
		g.shapes[p.Name] = p.Shape
		g.weight(p)
	}
	g.build(m)
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

func (g *onnxGraph) build(m *space.Model) {
	_, stride, pool := stem(m.Stem)
	x := g.act(m, "stem", g.conv(onnxInput, "stem", stride, 1))
	if pool {
		x = g.node("MaxPool", "stem.pool", []string{x}, ints("kernel_shape", 3, 3), ints("strides", 2, 2), ints("pads", 1, 1, 1, 1))
	}
	for _, b := range m.Shapes() {
		x = g.block(m, b, x)
	}
	if m.HeadWidth > 0 {
		x = g.act(m, "head", g.conv(x, "head", 1, 1))
	}
	x = g.node("GlobalAveragePool", "mean", []string{x})
	x = g.node("Flatten", "flatten", []string{x})
	g.node("Gemm", onnxOutput, []string{x, "fc.weight", "fc.bias"}, integer("transB", 1))
}

// block adds a block that reads x and returns its output.
func (g *onnxGraph) block(m *space.Model, b space.BlockShape, x string) string {
	name := unitOf(b)
	in := x
	activated := true
	switch m.Block {
	case space.BlockV, space.BlockVR:
		x = g.conv(x, name+".a", b.Stride, 1)
	case space.BlockBasic, space.BlockVanilla:
		x = g.act(m, name+".a", g.conv(x, name+".a", b.Stride, 1))
		x = g.conv(x, name+".b", 1, 1)
	default:
		if b.Expand {
			x = g.act(m, name+".a", g.conv(x, name+".a", 1, 1))
		}
		x = g.act(m, name+".b", g.conv(x, name+".b", b.Stride, b.Inner/b.GroupWidth))
		if b.Squeeze > 0 {
			x = g.gate(m, name+".se", x)
		}
		x = g.conv(x, name+".c", 1, 1)
		activated = m.Block != space.BlockLinear && m.Block != space.BlockMBConv
	}
	if b.Project {
		in = g.conv(in, name+".proj", b.Stride, 1)
	}
	if b.Shortcut {
		x = g.node("Add", name+".sum", []string{in, x})
	}
	if activated {
		x = g.act(m, name, x)
	}
	return x
}

// conv adds a convolution with its normalisation. Their widths are those of the
// net's parameters; padding keeps the size at stride 1.
func (g *onnxGraph) conv(x, unit string, stride, groups int) string {
	shape := g.shapes[unit+".weight"]
	if len(shape) != 4 {
		g.fail(fmt.Errorf("onnx: the net has no convolution %q", unit))
		return x
	}
	kernel := shape[2]
	pad := kernel / 2
	y := g.node("Conv", unit+".conv", []string{x, unit + ".conv.weight"},
		ints("kernel_shape", kernel, kernel), ints("strides", stride, stride), ints("pads", pad, pad, pad, pad), integer("group", groups))
	return g.node("BatchNormalization", unit+".bn",
		[]string{y, unit + ".bn.weight", unit + ".bn.bias", unit + ".bn.running_mean", unit + ".bn.running_var"}, float("epsilon", 1e-5))
}

// act adds the model's activation.
func (g *onnxGraph) act(m *space.Model, unit, x string) string {
	if m.Activation == space.SiLU {
		s := g.node("Sigmoid", unit+".sigmoid", []string{x})
		return g.node("Mul", unit+".silu", []string{x, s})
	}
	return g.node("Relu", unit+".relu", []string{x})
}

// gate adds squeeze-and-excitation.
func (g *onnxGraph) gate(m *space.Model, unit, x string) string {
	y := g.node("GlobalAveragePool", unit+".mean", []string{x})
	y = g.node("Conv", unit+".squeeze", []string{y, unit + ".squeeze.weight", unit + ".squeeze.bias"})
	y = g.act(m, unit, y)
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

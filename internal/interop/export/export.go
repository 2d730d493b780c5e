// Package export writes a model as code or data of other frameworks: a PyTorch
// module, an ONNX graph, a timm constructor call, and JSON.
//
// Weights come from an [engine.Net] that was compiled for the model. All formats
// give a tensor the name that it has in the PyTorch module; see [TensorName].
package export

import (
	"strings"

	"designspace/trainer/engine"
)

// A Normalisation is what images were normalised with before a net saw them:
// (pixel - Mean) / Std for each channel, in units of the pixels' 0 to 255.
type Normalisation struct {
	Data      string // name of the data
	Mean, Std [3]float32
}

// TensorName returns the name in PyTorch's state dict of an engine's parameter:
// a unit U of convolution and normalisation is a module with the children
// U.conv and U.bn, a fully connected layer is a module itself.
func TensorName(p engine.Param) string {
	dot := strings.LastIndexByte(p.Name, '.')
	unit, kind := p.Name[:dot], p.Name[dot:]
	switch kind {
	case ".gamma":
		return unit + ".bn.weight"
	case ".beta":
		return unit + ".bn.bias"
	case ".mean":
		return unit + ".bn.running_mean"
	case ".var":
		return unit + ".bn.running_var"
	}
	if len(p.Shape) == 4 {
		return unit + ".conv" + kind
	}
	return p.Name
}

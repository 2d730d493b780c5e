package export

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"designspace/internal/bounded"
	"designspace/internal/safetensors"
	"designspace/space"
	"designspace/trainer/engine"
	"designspace/trainer/engine/kernel"
)

// Weights writes the parameters and running statistics of n as a safetensors
// file that the module of [PyTorch] loads strictly.
func Weights(w io.Writer, n *engine.Net) error {
	var tensors []safetensors.Tensor
	for _, p := range n.Params() {
		values, err := n.Get(p.Name)
		if err != nil {
			return err
		}
		tensors = append(tensors, safetensors.Tensor{Name: TensorName(p), Shape: p.Shape, Values: values})
	}
	return safetensors.Write(w, tensors, nil)
}

// LoadNet compiles a model for batches of the given size with the weights of a
// safetensors file. Its tensors may have the names of the engine or those of
// PyTorch, and must be all that the model has and no others, of the model's
// shapes, in float32, each finite.
func LoadNet(m *space.Model, path string, batch int, k *kernel.Set) (*engine.Net, error) {
	data, err := bounded.ReadFile(path, 8<<30)
	if err != nil {
		return nil, err
	}
	n, err := engine.Compile(m, batch, k)
	if err != nil {
		return nil, err
	}
	if err := readWeights(data, n); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return n, nil
}

// readWeights puts the tensors of a safetensors file into n.
func readWeights(data []byte, n *engine.Net) error {
	f, err := safetensors.Read(data)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, p := range n.Params() {
		name := p.Name
		if !f.Has(name) {
			name = TensorName(p)
		}
		if known[name] = true; !f.Has(name) {
			return fmt.Errorf("tensor %s is missing: is the file of another model?", name)
		}
		values, err := f.Values(name, p.Shape)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(values, func(v float32) bool { return v-v != 0 }); i >= 0 {
			return fmt.Errorf("tensor %s: element %d is %v", name, i, values[i])
		}
		if err := n.Set(p.Name, values); err != nil {
			return err
		}
	}
	for _, name := range f.Names() {
		if !known[name] && !strings.HasSuffix(name, ".num_batches_tracked") { // PyTorch's count of training steps
			return fmt.Errorf("tensor %q is not part of the model: is the file of another model?", name)
		}
	}
	return nil
}

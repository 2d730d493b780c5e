package export

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"designspace/trainer/engine"
)

// ReadWeights puts the tensors of a safetensors file into n. They may have the
// names of the engine or those of PyTorch, and must be all that the model has
// and no others, of the model's shapes, in float32, each finite. File stands in
// errors.
func ReadWeights(file string, data []byte, n *engine.Net) error {
	if err := readWeights(data, n); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// A tensorPlace says where a tensor lies in a safetensors file.
type tensorPlace struct {
	Type    string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

func readWeights(data []byte, n *engine.Net) error {
	tensors, data, err := parseWeights(data)
	if err != nil {
		return err
	}
	for _, p := range n.Params() {
		name := p.Name
		if _, ok := tensors[name]; !ok {
			name = TensorName(p)
		}
		t, ok := tensors[name]
		if !ok {
			return fmt.Errorf("tensor %s is missing: is the file of another model?", name)
		}
		delete(tensors, name)
		values, err := t.values(data, p.Shape)
		if err != nil {
			return fmt.Errorf("tensor %s: %w", name, err)
		}
		if err := n.Set(p.Name, values); err != nil {
			return err
		}
	}
	for name := range tensors {
		if strings.HasSuffix(name, ".num_batches_tracked") { // PyTorch's count of training steps
			delete(tensors, name)
		}
	}
	if len(tensors) > 0 {
		names := make([]string, 0, len(tensors))
		for name := range tensors {
			names = append(names, name)
		}
		return fmt.Errorf("tensor %q is none of the model: is the file of another model?", slices.Min(names))
	}
	return nil
}

// parseWeights splits a safetensors file into its header and its data.
func parseWeights(data []byte) (map[string]tensorPlace, []byte, error) {
	if len(data) < 8 {
		return nil, nil, errors.New("not a safetensors file: it has no header")
	}
	size := binary.LittleEndian.Uint64(data)
	data = data[8:]
	if size > uint64(len(data)) {
		return nil, nil, fmt.Errorf("not a safetensors file, or cut short: a header of %d bytes where %d follow", size, len(data))
	}
	var header map[string]json.RawMessage
	if err := json.Unmarshal(data[:size], &header); err != nil {
		return nil, nil, fmt.Errorf("header: %w", err)
	}
	delete(header, "__metadata__")
	tensors := map[string]tensorPlace{}
	for name, raw := range header {
		var t tensorPlace
		if err := json.Unmarshal(raw, &t); err != nil {
			return nil, nil, fmt.Errorf("header: tensor %q: %w", name, err)
		}
		tensors[name] = t
	}
	return tensors, data[size:], nil
}

// values returns the elements of a tensor, which must have the given shape.
func (t tensorPlace) values(data []byte, shape []int) ([]float32, error) {
	if t.Type != "F32" {
		return nil, fmt.Errorf("type %q: want F32", t.Type)
	}
	if !slices.Equal(t.Shape, shape) {
		return nil, fmt.Errorf("shape %v: the model has %v", t.Shape, shape)
	}
	count := int64(1)
	for _, d := range shape {
		count *= int64(d)
	}
	begin, end := t.Offsets[0], t.Offsets[1]
	if begin < 0 || end < begin || end > int64(len(data)) || end-begin != 4*count {
		return nil, fmt.Errorf("bytes %d to %d of %d: cut short, or not its size", begin, end, len(data))
	}
	values := make([]float32, count)
	for i := range values {
		v := math.Float32frombits(binary.LittleEndian.Uint32(data[begin+4*int64(i):]))
		if v-v != 0 {
			return nil, fmt.Errorf("element %d is %v", i, v)
		}
		values[i] = v
	}
	return values, nil
}

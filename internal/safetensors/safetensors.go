// Package safetensors writes and reads tensors of float32 in the format of that
// name: an 8-byte length, a JSON header of that length that says where each
// tensor lies, and the tensors, all little endian.
package safetensors

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
)

// A Tensor is a named array. Its values have the order of its shape, the last
// dimension running fastest.
type Tensor struct {
	Name   string
	Shape  []int
	Values []float32
}

// metadataKey names the texts among the tensors of a header.
const metadataKey = "__metadata__"

// A place says where a tensor lies.
type place struct {
	Type    string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"` // from the end of the header
}

// Write writes tensors of different names, and texts about them if metadata is
// not empty. The same tensors and texts give the same bytes.
func Write(w io.Writer, tensors []Tensor, metadata map[string]string) error {
	header, end := map[string]any{}, int64(0)
	if len(metadata) > 0 {
		header[metadataKey] = metadata
	}
	for _, t := range tensors {
		if _, twice := header[t.Name]; twice || t.Name == metadataKey {
			return fmt.Errorf("safetensors: no second tensor may be named %s", t.Name)
		}
		if count(t.Shape) != int64(len(t.Values)) {
			return fmt.Errorf("safetensors: tensor %s: %d values are not of shape %v", t.Name, len(t.Values), t.Shape)
		}
		begin := end
		end += 4 * int64(len(t.Values))
		header[t.Name] = place{"F32", t.Shape, [2]int64{begin, end}}
	}
	text, err := json.Marshal(header)
	if err != nil {
		return err
	}
	for len(text)%8 != 0 { // tensors are aligned
		text = append(text, ' ')
	}
	if err := binary.Write(w, binary.LittleEndian, uint64(len(text))); err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	for _, t := range tensors {
		if _, err := w.Write(LittleEndian(t.Values)); err != nil {
			return err
		}
	}
	return nil
}

// LittleEndian returns values as the bytes of a file.
func LittleEndian(values []float32) []byte {
	raw := make([]byte, 0, 4*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return raw
}

// count is the number of elements of a shape, -1 if that is no shape.
func count(shape []int) int64 {
	n := int64(1)
	for _, d := range shape {
		if d < 0 || d > 0 && n > math.MaxInt64/8/int64(d) {
			return -1
		}
		n *= int64(d)
	}
	return n
}

// A File is the content of a file. Tensors are looked at when they are asked for.
type File struct {
	Metadata map[string]string
	places   map[string]place
	data     []byte
}

// Read splits a file into its header and its data.
func Read(data []byte) (*File, error) {
	if len(data) < 8 {
		return nil, errors.New("not a safetensors file: it has no header")
	}
	size := binary.LittleEndian.Uint64(data)
	data = data[8:]
	if size > uint64(len(data)) {
		return nil, fmt.Errorf("not a safetensors file, or cut short: a header of %d bytes where %d follow", size, len(data))
	}
	var header map[string]json.RawMessage
	if err := json.Unmarshal(data[:size], &header); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	f := &File{places: map[string]place{}, data: data[size:]}
	for name, raw := range header {
		if name == metadataKey {
			if err := json.Unmarshal(raw, &f.Metadata); err != nil {
				return nil, fmt.Errorf("header: %s: %w", name, err)
			}
			continue
		}
		var p place
		if err := json.Unmarshal(raw, &p); err != nil {
			return nil, fmt.Errorf("header: tensor %q: %w", name, err)
		}
		f.places[name] = p
	}
	return f, nil
}

// Names lists the tensors in alphabetical order.
func (f *File) Names() []string { return slices.Sorted(maps.Keys(f.places)) }

// Has reports whether there is a tensor of the name.
func (f *File) Has(name string) bool { _, ok := f.places[name]; return ok }

// All returns the elements of a tensor of one dimension, however long.
func (f *File) All(name string) ([]float32, error) {
	p, ok := f.places[name]
	if !ok || len(p.Shape) != 1 {
		return nil, fmt.Errorf("tensor %s is missing, or not a list", name)
	}
	return f.Values(name, p.Shape)
}

// Values returns the elements of a tensor, which must be of the given shape.
func (f *File) Values(name string, shape []int) ([]float32, error) {
	p, ok := f.places[name]
	if !ok {
		return nil, fmt.Errorf("tensor %s is missing", name)
	}
	if p.Type != "F32" {
		return nil, fmt.Errorf("tensor %s: type %q: want F32", name, p.Type)
	}
	if !slices.Equal(p.Shape, shape) {
		return nil, fmt.Errorf("tensor %s: shape %v: want %v", name, p.Shape, shape)
	}
	begin, end, n := p.Offsets[0], p.Offsets[1], count(shape)
	if begin < 0 || end < begin || end > int64(len(f.data)) || n < 0 || end-begin != 4*n {
		return nil, fmt.Errorf("tensor %s: bytes %d to %d of %d: cut short, or not its size", name, begin, end, len(f.data))
	}
	values := make([]float32, n)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(f.data[begin+4*int64(i):]))
	}
	return values, nil
}

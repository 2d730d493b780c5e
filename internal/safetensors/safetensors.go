// Package safetensors writes and reads tensors of float32 in the format of that
// name: an 8-byte length, a JSON header of that length that says where each
// tensor lies, and the tensors, all little endian.
package safetensors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
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

// Read splits a file into its header and its data. No name may stand twice in
// the header, and the tensors must fill the data one after the other, as the
// format demands.
func Read(data []byte) (*File, error) {
	if len(data) < 8 {
		return nil, errors.New("not a safetensors file: it has no header")
	}
	size := binary.LittleEndian.Uint64(data)
	data = data[8:]
	if size > uint64(len(data)) {
		return nil, fmt.Errorf("not a safetensors file, or cut short: a header of %d bytes where %d follow", size, len(data))
	}
	header, err := members(data[:size])
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("it ends early: not a safetensors file")
	}
	if err != nil {
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
		_, err := members(raw)
		if err == nil {
			err = json.Unmarshal(raw, &p)
		}
		if err != nil {
			return nil, fmt.Errorf("header: tensor %q: %w", name, err)
		}
		f.places[name] = p
	}
	return f, f.filled()
}

// members returns the members of a JSON object by their names.
func members(raw []byte) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil {
		return nil, err
	} else if t != json.Delim('{') {
		return nil, errors.New("want an object")
	}
	m := map[string]json.RawMessage{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		key := name.(string) // members of objects have names
		if _, twice := m[key]; twice {
			return nil, fmt.Errorf("%q appears twice", key)
		}
		m[key] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("more follows the object")
	}
	return m, nil
}

// filled reports data that the tensors do not fill one after the other.
func (f *File) filled() error {
	names := slices.SortedFunc(maps.Keys(f.places), func(a, b string) int {
		p, q := f.places[a].Offsets, f.places[b].Offsets
		return cmp.Or(cmp.Compare(p[0], q[0]), cmp.Compare(p[1], q[1]), strings.Compare(a, b))
	})
	end := int64(0)
	for _, name := range names {
		p := f.places[name].Offsets
		if p[0] != end || p[1] < end || p[1] > int64(len(f.data)) {
			return fmt.Errorf("tensor %q: bytes %d to %d of %d, where %d is next: the file is cut short, or not one of safetensors", name, p[0], p[1], len(f.data), end)
		}
		end = p[1]
	}
	if more := int64(len(f.data)) - end; more > 0 {
		return fmt.Errorf("%d bytes follow the last tensor", more)
	}
	return nil
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
	if n < 0 || end-begin != 4*n {
		return nil, fmt.Errorf("tensor %s: bytes %d to %d are not the size of shape %v", name, begin, end, shape)
	}
	values := make([]float32, n)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(f.data[begin+4*int64(i):]))
	}
	return values, nil
}

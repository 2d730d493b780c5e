package export

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"math"

	"designspace/trainer/engine"
)

// Weights writes the parameters and running statistics of n as a safetensors
// file (float32, little endian) that the module of [PyTorch] loads strictly: an
// 8-byte length, a JSON header of that length that says where each tensor lies,
// and the tensors.
func Weights(w io.Writer, n *engine.Net) error {
	type tensor struct {
		Type    string `json:"dtype"`
		Shape   []int  `json:"shape"`
		Offsets [2]int `json:"data_offsets"`
	}
	header, end := map[string]tensor{}, 0
	for _, p := range n.Params() {
		begin := end
		end += 4 * p.Len()
		header[TensorName(p)] = tensor{"F32", p.Shape, [2]int{begin, end}}
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
	for _, p := range n.Params() {
		values, err := n.Get(p.Name)
		if err != nil {
			return err
		}
		if _, err := w.Write(littleEndian(values)); err != nil {
			return err
		}
	}
	return nil
}

func littleEndian(values []float32) []byte {
	raw := make([]byte, 0, 4*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return raw
}

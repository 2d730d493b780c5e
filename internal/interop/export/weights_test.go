package export

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"designspace/trainer/engine"
	"designspace/trainer/engine/kernel"
)

// saved returns the weights file of a net.
func saved(t testing.TB, n *engine.Net) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Weights(&b, n); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func emptyNet(t testing.TB, name string) *engine.Net {
	t.Helper()
	k, err := kernel.Choose("generic")
	if err != nil {
		t.Fatal(err)
	}
	n, err := engine.Compile(model(t, name), 2, k)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Every tensor comes back as it was, under its PyTorch name.
func TestWeightsComeBack(t *testing.T) {
	for name := range models {
		n := randomNet(t, model(t, name), 2)
		got := emptyNet(t, name)
		if err := readWeights(saved(t, n), got); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, p := range n.Params() {
			want, err := n.Get(p.Name)
			if err != nil {
				t.Fatal(err)
			}
			if have, _ := got.Get(p.Name); !slices.Equal(have, want) {
				t.Errorf("%s: %s is not what was written", name, p.Name)
			}
		}
	}
}

// weightsFile makes a file of a header and data.
func weightsFile(header string, data []byte) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), data...)
}

// withMore is a weights file with one tensor too many.
func withMore(file []byte) []byte {
	size := binary.LittleEndian.Uint64(file)
	header := strings.TrimRight(string(file[8:8+size]), " ")
	return weightsFile(header[:len(header)-1]+`,"more":{}}`, file[8+size:])
}

func TestBadWeightsAreNamed(t *testing.T) {
	good := saved(t, randomNet(t, model(t, "v"), 2))
	nan := bytes.Clone(good)
	for i := range 4 {
		nan[len(nan)-1-i] = 0xff
	}
	for want, data := range map[string][]byte{
		"not a safetensors file: it has no header":                                                                               []byte("x"),
		"not a safetensors file, or cut short: a header of 99 bytes where 2 follow":                                              append(binary.LittleEndian.AppendUint64(nil, 99), "{}"...),
		"header: invalid character":                                                                                              weightsFile("{x", nil),
		"tensor stem.conv.weight is missing: is the file of another model?":                                                      weightsFile("{}", nil),
		"tensor stem.conv.weight: shape [3]: want [8 3 3 3]":                                                                     weightsFile(`{"stem.conv.weight": {"dtype": "F32", "shape": [3], "data_offsets": [0, 12]}}`, make([]byte, 12)),
		`tensor stem.conv.weight: type "F16": want F32`:                                                                          weightsFile(`{"stem.conv.weight": {"dtype": "F16", "shape": [3], "data_offsets": [0, 6]}}`, make([]byte, 6)),
		`tensor "stem.conv.weight": bytes -4 to 860 of 900, where 0 is next: the file is cut short`:                              weightsFile(`{"stem.conv.weight": {"dtype": "F32", "shape": [8, 3, 3, 3], "data_offsets": [-4, 860]}}`, make([]byte, 900)),
		`header: tensor "stem.conv.weight": json: cannot unmarshal`:                                                              weightsFile(`{"stem.conv.weight": {"shape": "wide"}}`, nil),
		`tensor "fc.bias": bytes 29120 to 29160 of 29159, where 29120 is next: the file is cut short, or not one of safetensors`: good[:len(good)-1],
		"tensor fc.bias: element 9 is NaN":                                                                                       nan,
		`tensor "more" is not part of the model: is the file of another model?`:                                                  withMore(good),
	} {
		if err := readWeights(data, emptyNet(t, "v")); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v; want %s", err, want)
		}
	}
}

// No file of weights makes the reader panic, or puts a number that is not
// finite into a net.
func FuzzReadWeights(f *testing.F) {
	n := emptyNet(f, "v")
	f.Add(saved(f, n))
	f.Add(weightsFile(`{"fc.bias": {"dtype": "F32", "shape": [10], "data_offsets": [0, 9223372036854775807]}}`, nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := readWeights(data, n); err != nil && strings.ContainsAny(err.Error(), "\n\r") {
			t.Errorf("error of several lines: %q", err)
		}
	})
}

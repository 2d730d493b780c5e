package safetensors

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sample() []Tensor {
	return []Tensor{
		{"b.weight", []int{2, 3}, []float32{1, -2, 3.5, float32(math.Inf(1)), 0, 1e-30}},
		{"a", []int{1}, []float32{-0.25}},
		{"none", []int{0, 4}, []float32{}},
		{"scalar", nil, []float32{7}},
	}
}

func TestRoundTrip(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, sample(), map[string]string{"model": "x"}); err != nil {
		t.Fatal(err)
	}
	f, err := Read(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "b.weight", "none", "scalar"}, f.Names()); diff != "" {
		t.Error(diff)
	}
	if f.Metadata["model"] != "x" {
		t.Errorf("metadata %v", f.Metadata)
	}
	for _, want := range sample() {
		got, err := f.Values(want.Name, want.Shape)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.Values, got); diff != "" {
			t.Errorf("%s: %s", want.Name, diff)
		}
	}
}

// The bytes as the format's description has them.
func TestLayout(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, []Tensor{{"a", []int{2}, []float32{1, -2}}}, nil); err != nil {
		t.Fatal(err)
	}
	header := `{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`
	header += strings.Repeat(" ", 8-len(header)%8)
	want := string([]byte{byte(len(header)), 0, 0, 0, 0, 0, 0, 0}) + header + "\x00\x00\x80\x3f\x00\x00\x00\xc0"
	if b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
}

func TestWriteErrors(t *testing.T) {
	for _, tensors := range [][]Tensor{
		{{"a", []int{2}, []float32{1}}},
		{{"a", []int{-1}, nil}},
		{{"a", []int{1}, []float32{1}}, {"a", []int{1}, []float32{1}}},
		{{"__metadata__", []int{1}, []float32{1}}},
	} {
		if err := Write(&bytes.Buffer{}, tensors, nil); err == nil {
			t.Errorf("%v is written", tensors)
		}
	}
}

func TestReadErrors(t *testing.T) {
	file := func(header, data string) string {
		return string([]byte{byte(len(header)), 0, 0, 0, 0, 0, 0, 0}) + header + data
	}
	for _, c := range []struct{ data, want string }{
		{"", "it has no header"},
		{"\xff\xff\xff\xff\xff\xff\xff\xff{}", "cut short"},
		{file("{", ""), "header: it ends early"},
		{file("", ""), "header: it ends early"},
		{file("{\"a\":", ""), "header: it ends early"},
		{file(`{"a":3}`, ""), `header: tensor "a": `},
		{file(`{"__metadata__":{"a":1}}`, ""), "header: __metadata__: "},
		{file(`{}`, ""), "tensor a is missing"},
		{file(`{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}`, "1234"), `type "F16": want F32`},
		{file(`{"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}`, "12345678"), "shape [1 2]: want [2]"},
		{file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, "1234567"), `tensor "a": bytes 0 to 8 of 7, where 0 is next: the file is cut short`},
		{file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}`, "12345678"), `tensor "a": bytes -8 to 0 of 8, where 0 is next`},
		{file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,8]}}`, "12345678"), `tensor "a": bytes 4 to 8 of 8, where 0 is next`},
		{file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, "1234"), "tensor a: bytes 0 to 4 are not the size of shape [2]"},
		{file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, "123456789"), "1 bytes follow the last tensor"},
		{file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, "12345678"), `tensor "b": bytes 0 to 8 of 8, where 8 is next`},
		{file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{}}`, "12345678"), `header: "a" appears twice`},
		{file(`{"a":{"dtype":"F32","shape":[2],"dtype":"F16","data_offsets":[0,8]}}`, "12345678"), `header: tensor "a": "dtype" appears twice`},
		{file(`{} {}`, ""), "header: more follows the object"},
		{file(`[]`, ""), "header: want an object"},
		{file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,1e30]}}`, ""), `header: tensor "a": json: cannot unmarshal number`},
	} {
		f, err := Read([]byte(c.data))
		if err == nil {
			_, err = f.Values("a", []int{2})
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %s", c.data, err, c.want)
		}
	}
}

// What is read can be written, and reads back.
func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	if err := Write(&b, sample(), map[string]string{"k": "v"}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("\x02\x00\x00\x00\x00\x00\x00\x00{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Read(data)
		if err != nil {
			return
		}
		var tensors []Tensor
		for _, name := range file.Names() {
			if v, err := file.Values(name, file.places[name].Shape); err == nil {
				tensors = append(tensors, Tensor{name, file.places[name].Shape, v})
			}
		}
		var out bytes.Buffer
		if err := Write(&out, tensors, file.Metadata); err != nil {
			t.Fatal(err)
		}
		again, err := Read(out.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range tensors {
			got, err := again.Values(want.Name, want.Shape)
			if err != nil || len(got) != len(want.Values) {
				t.Fatal(want.Name, err)
			}
			for i := range got {
				if math.Float32bits(got[i]) != math.Float32bits(want.Values[i]) {
					t.Fatalf("%s: element %d is %v, want %v", want.Name, i, got[i], want.Values[i])
				}
			}
		}
	})
}

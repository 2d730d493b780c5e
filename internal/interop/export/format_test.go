package export

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"designspace/internal/atomicfile"
	"designspace/internal/interop/pycls"
	"designspace/space"
)

// Every format writes its file, with the weights or without them as it says, and
// says what is missing.
func TestFormats(t *testing.T) {
	regnet, err := space.LoadModel("peers/regnetx-200mf") // which timm makes, too
	if err != nil {
		t.Fatal(err)
	}
	m := model(t, "x")
	net := randomNet(t, m, 1)
	var names, files []string
	for _, f := range Formats() {
		if f.Name == "" || f.File == "" || f.About == "" || f.Write == nil || slices.Contains(names, f.Name) || slices.Contains(files, f.File) {
			t.Errorf("%+v: something is missing or not unique", f)
		}
		names, files = append(names, f.Name), append(files, f.File)
		if found, ok := FindFormat(f.Name); !ok || found.File != f.File {
			t.Errorf("%s is not found", f.Name)
		}
		dir := filepath.Join(t.TempDir(), "new")
		bare, trained := Model{Model: m}, Model{Model: m, Net: net}
		if f.Weights == NoWeights {
			bare, trained = Model{Model: regnet}, Model{Model: regnet}
		}
		var paths []string
		write := func(path string, write func(io.Writer) error) error {
			paths = append(paths, path)
			return atomicfile.Write(path, write)
		}
		note, err := f.Save(dir, bare, write)
		switch f.Weights {
		case NoWeights:
			if err != nil {
				t.Errorf("%s: %v", f.Name, err)
			}
		case WeightsBeside:
			if err != nil || !strings.Contains(note, "no weights") {
				t.Errorf("%s without weights: %q, %v", f.Name, note, err)
			}
		case WeightsInside:
			if err == nil || !strings.Contains(err.Error(), "no weights") {
				t.Errorf("%s without weights: %v", f.Name, err)
			}
			if _, err := os.Stat(dir); err == nil {
				t.Errorf("%s: a directory is left after an error", f.Name)
			}
		}
		paths = nil
		_, err = f.Save(dir, trained, write)
		want := []string{filepath.Join(dir, f.File)}
		if f.Weights == WeightsBeside {
			want = append(want, filepath.Join(dir, WeightsFile))
		}
		if err != nil || !slices.Equal(paths, want) {
			t.Errorf("%s: %q, %v", f.Name, paths, err)
		}
		for _, p := range want {
			if info, err := os.Stat(p); err != nil || info.Size() == 0 {
				t.Errorf("%s: %v, %v", p, info, err)
			}
		}
	}
	if _, ok := FindFormat("caffe"); ok {
		t.Error("caffe is found")
	}
}

// The files that are data are read back as the model.
func TestFormatsAreReadBack(t *testing.T) {
	m := model(t, "x")
	text := func(name string) []byte {
		f, _ := FindFormat(name)
		var b bytes.Buffer
		if err := f.Write(&b, Model{Model: m}); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	if got, err := space.ReadModel("m", text("yaml")); err != nil || got.Key() != m.Key() {
		t.Errorf("yaml: %v", err)
	}
	if got, err := pycls.Read("m", text("pycls")); err != nil || got.Complexity() != m.Complexity() {
		t.Errorf("pycls: %v", err)
	}
	var d Description
	if err := json.Unmarshal(text("json"), &d); err != nil || d.Params != m.Complexity().Params {
		t.Errorf("json: %v", err)
	}
}

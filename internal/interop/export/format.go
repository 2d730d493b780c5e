package export

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"designspace/internal/interop/pycls"
	"designspace/space"
	"designspace/trainer"
	"designspace/trainer/engine"
)

// A Model is a model to export, with what is known of its training.
type Model struct {
	*space.Model
	ID     string          // in its run; "" for a model without one
	Recipe *trainer.Recipe // nil for none
	Data   string          // name of the data; "" for none
	Norm   *Normalisation  // of the images; nil if not known
	Net    *engine.Net     // with the trained weights; nil if there are none
}

// A WeightsUse is what a format does with the weights of a model.
type WeightsUse int

const (
	NoWeights     WeightsUse = iota // it has no place for them
	WeightsBeside                   // in the file [WeightsFile], if there are some
	WeightsInside                   // in its own file, which is nothing without them
)

// WeightsFile is the name of the file with the weights alone, see [Weights].
const WeightsFile = "weights.safetensors"

// A Format is a way to write a model for other programs.
type Format struct {
	Name    string
	File    string // name of the file that is written
	About   string // goes on after the file's name in help texts
	Weights WeightsUse
	Write   func(w io.Writer, m Model) error
	Note    func(m Model) string // what the file lacks, "" for nothing; may be nil
}

// Formats are the formats that there are.
func Formats() []Format {
	return []Format{
		{
			Name: "pytorch", File: "model.py", Weights: WeightsBeside, Note: withoutWeights,
			About: "for PyTorch alone; saved weights in " + WeightsFile,
			Write: func(w io.Writer, m Model) error { return PyTorch(w, m.Model, m.Norm, m.Net != nil) },
		},
		{
			Name: "onnx", File: "model.onnx", Weights: WeightsInside,
			About: "with the weights, which the run must have saved",
			Write: func(w io.Writer, m Model) error { return ONNX(w, m.Model, m.Net, m.Norm) },
		},
		{
			Name: "pycls", File: "pycls.yaml",
			About: "for pycls, with the run's recipe",
			Write: writePycls, Note: withoutDataset,
		},
		{
			Name: "timm", File: "timm_model.py",
			About: "with a call of timm's RegNet, where one makes the model",
			Write: func(w io.Writer, m Model) error { return Timm(w, m.Model) },
		},
		{
			Name: "json", File: "model.json",
			About: "with the shape of every block",
			Write: func(w io.Writer, m Model) error { return JSON(w, m.Model) },
		},
		{
			Name: "yaml", File: "model.yaml",
			About: "as the verb model takes it",
			Write: func(w io.Writer, m Model) error { _, err := w.Write(space.MarshalModel(m.Model)); return err },
		},
	}
}

// Names returns the names of the formats.
func Names() []string {
	var names []string
	for _, f := range Formats() {
		names = append(names, f.Name)
	}
	return names
}

// FindFormat returns the format of a name.
func FindFormat(name string) (Format, bool) {
	fs := Formats()
	i := slices.IndexFunc(fs, func(f Format) bool { return f.Name == name })
	if i < 0 {
		return Format{}, false
	}
	return fs[i], true
}

func withoutWeights(m Model) string {
	if m.Net != nil {
		return ""
	}
	return "no weights were saved, so model.py goes without: to have them, train with --save-weights"
}

func (m Model) setup() pycls.Setup { return pycls.Setup{Recipe: m.Recipe, Data: m.Data} }

func writePycls(w io.Writer, m Model) error {
	text, err := pycls.Marshal(m.Model, m.setup())
	if err == nil {
		_, err = w.Write(text)
	}
	return err
}

func withoutDataset(m Model) string {
	if _, ok := m.setup().Dataset(m.Model); ok {
		return ""
	}
	return "pycls does not know the data of this model: put a name for DATASET into pycls.yaml"
}

// Save writes the files of a model into a directory, which is made if need be,
// and returns what they lack.
func (f Format) Save(dir string, m Model, write func(path string, write func(io.Writer) error) error) (note string, err error) {
	if f.Weights == WeightsInside && m.Net == nil {
		return "", fmt.Errorf("%s: no weights were saved, and %s needs them: train with --save-weights, or choose another format", m.Name, f.File)
	}
	var b bytes.Buffer // an error leaves no directory behind
	if err := f.Write(&b, m); err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	err = write(filepath.Join(dir, f.File), func(w io.Writer) error { _, err := w.Write(b.Bytes()); return err })
	if err == nil && f.Weights == WeightsBeside && m.Net != nil {
		err = write(filepath.Join(dir, WeightsFile), func(w io.Writer) error { return Weights(w, m.Net) })
	}
	if err == nil && f.Note != nil {
		note = f.Note(m)
	}
	return note, err
}

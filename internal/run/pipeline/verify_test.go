package pipeline

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"designspace/internal/run/rundir"
)

// Every file of a run that is damaged is named, and nothing else is.
func TestVerify(t *testing.T) {
	d := tiny(t)
	d.N = 2
	whole := start(t, d)
	o := short()
	o.Weights, o.Repeats = LastWeights, Repeats{N: 2, Models: 1}
	if err := Train(t.Context(), whole, o); err != nil {
		t.Fatal(err)
	}
	cutShort := start(t, d)
	long := short()
	long.Images = Images{Train: 320, Test: 20}
	stopped(t, cutShort, long)
	files, err := filepath.Glob(filepath.Join(cutShort.Checkpoints(), "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	if err := os.CopyFS(whole.Checkpoints(), os.DirFS(cutShort.Checkpoints())); err != nil {
		t.Fatal(err)
	}
	if v := Verify(whole); len(v.Problems) > 0 || len(v.Checked) < 10 {
		t.Fatalf("%+v", v)
	}
	cut := func(b []byte) []byte { return b[:len(b)/2] }
	for file, damage := range map[string]struct {
		how  func([]byte) []byte
		want string
	}{
		"run.yaml":   {func(b []byte) []byte { return bytes.Replace(b, []byte("seed: 3"), []byte("sead: 3"), 1) }, `unknown key "sead"`},
		"models.csv": {func(b []byte) []byte { return bytes.Replace(b, []byte(",relu,"), []byte(",rely,"), 1) }, "models.csv:2: "},
		"funnel.csv": {cut, "funnel.csv:"},
		"journal/000001.jsonl": {func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"status":"done"`), []byte(`"status":"dune"`), 1)
		}, "000001.jsonl:1: "},
		"results.csv":                            {func(b []byte) []byte { return bytes.Replace(b, []byte("m0002"), []byte("m0003"), 1) }, "results.csv:3: not what the journal says"},
		"curves.csv":                             {cut, "not what the journal says"},
		"repeats.csv":                            {nil, "repeats.csv is missing: designspace status "},
		"weights/m0001.safetensors":              {cut, "m0001.safetensors: "},
		"checkpoints/" + filepath.Base(files[0]): {cut, "remove it and its model is trained from the beginning"},
	} {
		dir := rundir.Dir(t.TempDir())
		if err := os.CopyFS(string(dir), os.DirFS(string(whole))); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(string(dir), file)
		if damage.how == nil {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		} else {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, damage.how(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		v := Verify(dir)
		if len(v.Problems) == 0 || !strings.Contains(strings.Join(v.Problems, "\n"), damage.want) {
			t.Errorf("%s: %q, want %s", file, v.Problems, damage.want)
		}
		for _, p := range v.Problems {
			if strings.Contains(p, string(filepath.Separator)+"results.csv") && file != "results.csv" {
				t.Errorf("%s: %s", file, p)
			}
		}
	}
	if v := Verify(rundir.Dir(t.TempDir())); len(v.Problems) == 0 {
		t.Error("an empty directory is a sound run")
	}
}

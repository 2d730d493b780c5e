package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"designspace/internal/testpython"
	"designspace/space"
)

// The best model of a small run becomes one of 400 million flops, or the closest
// that is named, for images of 224 pixels, which PyTorch runs; its own weights come back from the export with
// the error that the run found.
func TestWinnerLeaves(t *testing.T) {
	python := testpython.Find(t, "torch")
	for _, name := range []string{"proxy/regnetx", "proxy/mbconv", "proxy/resnet"} {
		dir := t.TempDir()
		at := func(file string) string { return filepath.Join(dir, file) }
		var errs strings.Builder
		do := func(args ...string) string {
			t.Helper()
			errs.Reset()
			var out strings.Builder
			if code := run(t.Context(), append([]string{"designspace"}, args...), &out, &errs); code != 0 {
				t.Fatalf("%q: exit code %d: %s", args, code, errs.String())
			}
			return out.String()
		}
		do("sample", "--space", name, "-n", "2", "--input", "8", "--out", at("run"))
		do("train", at("run"), "--train-images", "64", "--test-images", "32", "--epochs", "1", "--save-weights", "last")
		do("export", at("run"), "--best", "1", "--format", "yaml", "--out", at("best"))
		do("export", at("run"), "--best", "1", "--format", "pytorch", "--out", at("best"))

		var imported importedWeights
		found := do("model", "import", at("best/weights.safetensors"), "--model", at("best/model.yaml"), "--train-images", "64", "--test-images", "32", "--format", "json")
		if err := json.Unmarshal([]byte(found), &imported); err != nil {
			t.Fatal(err)
		}
		var best struct {
			Populations []struct {
				Min float64 `json:"error_min"`
			}
		}
		if err := json.Unmarshal([]byte(do("analyze", at("run"), "--no-plot", "--format", "json")), &best); err != nil {
			t.Fatal(err)
		}
		if want := best.Populations[0].Min; imported.Error != want || want == 0 {
			t.Errorf("%s: the exported weights have the error %v, and the run found %v", name, imported.Error, want)
		}

		do("model", "scale", at("best/model.yaml"), "--flops", "400M", "--input", "224", "--stem", "simple", "--classes", "1000", "--out", at("big.yaml"))
		big, err := space.LoadModel(at("big.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		c := big.Complexity()
		if near := c.Flops > 392e6 && c.Flops < 408e6; near == strings.Contains(errs.String(), "the closest") || big.Input != 224 {
			t.Errorf("%s: %d flops at %d pixels, and %q", name, c.Flops, big.Input, errs.String())
		}
		do("export", at("big.yaml"), "--format", "pytorch", "--out", at("big"))
		if out := string(testpython.Run(t, python, at("big/model.py"))); !strings.HasSuffix(out, "(1, 1000)\n") {
			t.Errorf("%s: PyTorch says\n%s", name, out)
		}
	}
}

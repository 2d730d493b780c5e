package pipeline

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"designspace/internal/run/rundir"
	"designspace/internal/testpython"
)

// Every architecture is there once in each condition and trains with its
// setting; the run can be extended, and its models are read as they were drawn.
func TestVary(t *testing.T) {
	for vary, column := range map[string]string{"activation=relu,silu": "", "epochs=1,3": "epochs", "lr=0.1,0.2,0.3": "lr", "input=8,16": "input", "train_images=24,48": ""} {
		d := tiny(t)
		d.N, d.Vary = 2, vary
		dir := start(t, d)
		o := short()
		if strings.HasPrefix(vary, "train_images") {
			o.Images.Train = 0
		}
		if err := Train(t.Context(), dir, o); err != nil {
			t.Fatalf("%s: %v", vary, err)
		}
		key, list, _ := strings.Cut(vary, "=")
		values := strings.Split(list, ",")
		k := len(values)
		got := results(t, dir)
		if len(got["id"]) != 2*k {
			t.Fatalf("%s: %d models", vary, len(got["id"]))
		}
		for i := range got["id"] {
			if got["condition"][i] != key+"="+values[i%k] || got["pair"][i] != got["id"][i-i%k] || got["status"][i] != "done" {
				t.Errorf("%s: model %d is %s of pair %s, %s", vary, i, got["condition"][i], got["pair"][i], got["status"][i])
			}
			if column != "" && got[column][i] != values[i%k] {
				t.Errorf("%s: model %d has %s %s", vary, i, column, got[column][i])
			}
			if got["d1"][i] != got["d1"][i-i%k] || got["w1"][i] != got["w1"][i-i%k] {
				t.Errorf("%s: model %d has another architecture", vary, i)
			}
		}
		entries, err := rundir.LoadModels(dir)
		if err != nil {
			t.Fatal(err)
		}
		p, err := Sample(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		for i := range entries {
			a, b := entries[i], p.Entries[i]
			if a.Model.Key() != b.Model.Key() || a.Epochs != b.Epochs || a.LR != b.LR || a.TrainImages != b.TrainImages || a.Pair != b.Pair {
				t.Errorf("%s: model %d is not what was drawn", vary, i)
			}
		}
		if added, err := Extend(t.Context(), dir, 3); err != nil || added != k {
			t.Fatalf("%s: %d models added, error %v", vary, added, err)
		}
		if err := Train(t.Context(), dir, Training{Version: "test", Log: io.Discard, NoForecast: true}); err != nil {
			t.Fatal(err)
		}
		more := results(t, dir)
		for c, cells := range got {
			if diff := cmp.Diff(cells, more[c][:2*k]); diff != "" {
				t.Errorf("%s: %s changed when it was extended: %s", vary, c, diff)
			}
		}
		if last := more["pair"][3*k-1]; last != more["id"][2*k] {
			t.Errorf("%s: the added pair is %s", vary, last)
		}
	}
}

// Pairs are decided like populations, and their design compares conditions only.
func TestVaryUntilDecided(t *testing.T) {
	d := tiny(t)
	d.N, d.Vary = 8, "activation=relu,silu"
	dir := start(t, d)
	o := untilDecided(90)
	o.Until.Max = 8
	if err := Train(t.Context(), dir, o); err != nil {
		t.Fatal(err)
	}
	s, err := Inspect(dir)
	if err != nil {
		t.Fatal(err)
	}
	if c := s.Until.Comparisons; len(c) != 1 || c[0].A != "tiny activation=relu" || !c[0].Decided() {
		t.Errorf("%+v", c)
	}
}

func TestVaryRefuses(t *testing.T) {
	for vary, want := range map[string]string{"nothing=1,2": "unknown key", "activation=relu": "two values", "depths=1,2": "another architecture", "block=x,mbconv": "cannot have block=mbconv",
		"train_images=20,020": "train_images=20 and train_images=020 are the same", "lr=0.1,0.2,0.10": "lr=0.1 and lr=0.10 are the same", "se_ratio=0.25,0.250": "are the same", "epochs=1.5,2": "a whole number, 1 or more"} {
		d := tiny(t)
		d.Vary = vary
		if _, err := Sample(t.Context(), d); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", vary, err, want)
		}
	}
}

// Each condition is trained on its own number of images: with those of a run that
// has so many, and with the same outcome to the bit.
func TestVaryTrainImages(t *testing.T) {
	d := tiny(t)
	d.N = 2
	varied := d
	varied.Vary = "train_images=24,48"
	dir := start(t, varied)
	o := short()
	if err := Train(t.Context(), dir, o); err == nil || !strings.Contains(err.Error(), "leave it out") {
		t.Fatalf("--train-images: error %v", err)
	}
	o.Images.Train, o.Trainer = 0, "false {model} {out}"
	if err := Train(t.Context(), dir, o); err == nil || !strings.Contains(err.Error(), "--trainer torch") {
		t.Fatalf("a command: error %v", err)
	}
	o.Trainer = ""
	if err := Train(t.Context(), dir, o); err != nil {
		t.Fatal(err)
	}
	got := results(t, dir)
	for k, n := range []int{24, 48} {
		alone := start(t, d)
		o.Images.Train = n
		if err := Train(t.Context(), alone, o); err != nil {
			t.Fatal(err)
		}
		want := results(t, alone)
		for i := range 2 {
			for _, c := range []string{"error", "loss", "error_train", "seed"} {
				if got[c][2*i+k] != want[c][i] {
					t.Errorf("%d images: %s of model %d is %s, alone %s", n, c, i, got[c][2*i+k], want[c][i])
				}
			}
		}
	}
}

// PyTorch trains each condition on its own images, too.
func TestVaryTrainImagesInTorch(t *testing.T) {
	d := tiny(t)
	d.N, d.Vary = 2, "train_images=24,48"
	dir := start(t, d)
	o := short()
	o.Images.Train, o.Trainer, o.Python, o.Workers = 0, "torch", testpython.Find(t, "torch"), 1
	if err := Train(t.Context(), dir, o); err != nil {
		t.Fatal(err)
	}
	got := results(t, dir)
	for i := 0; i < 4; i += 2 {
		if got["loss"][i] == got["loss"][i+1] {
			t.Errorf("models %d and %d have the same loss, %s", i, i+1, got["loss"][i])
		}
	}
}

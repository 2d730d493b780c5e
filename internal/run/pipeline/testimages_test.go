package pipeline

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"designspace/internal/run/rundir"
	"designspace/internal/testpython"
	"designspace/trainer/dataset"
)

// Training images that are not trained on judge, too, where the test part has too
// few: run.yaml says so, and engine and PyTorch measure errors on the same.
func TestMoreTestImages(t *testing.T) {
	data := "csv:" + filepath.Join(t.TempDir(), "images.csv")
	var text strings.Builder
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 60 { // 12 are the test part
		fmt.Fprint(&text, i%2)
		for range 8 * 8 {
			fmt.Fprintf(&text, ",%d", r.IntN(200)+50*(i%2))
		}
		fmt.Fprintln(&text)
	}
	if err := os.WriteFile(strings.TrimPrefix(data, "csv:"), []byte(text.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "torch"} {
		t.Run("trainer "+name, func(t *testing.T) {
			d := tiny(t)
			d.N, d.Data = 2, data
			dir := start(t, d)
			var log strings.Builder
			o := short()
			o.Data, o.Images, o.Weights, o.Trainer, o.Log = data, Images{Train: 32, Test: 28}, LastWeights, name, &log
			if name != "" {
				o.Python = testpython.Find(t, name)
			}
			if err := Train(t.Context(), dir, o); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(log.String(), "16 of 28 test images are of the training part") {
				t.Error(log.String())
			}
			c, err := rundir.ReadConfig(dir)
			if err != nil || c.Train.Data.TestImages != 28 || c.Train.Data.TestFromTrain != 16 {
				t.Errorf("%+v, error %v", c.Train.Data, err)
			}
			if err := Train(t.Context(), dir, Training{Version: "test", Log: &log, NoForecast: true, Python: o.Python}); err != nil {
				t.Errorf("resumed: %v", err)
			}
			entries, err := rundir.LoadModels(dir)
			if err != nil {
				t.Fatal(err)
			}
			j, err := rundir.ReadJournal(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				want := errorOfWeights(t, dir, e, data, dataset.Options{Input: 8, TrainImages: 32, TestImages: 28})
				if got := j.First(e.ID).Error; math.Abs(got-want) > 1e-9 {
					t.Errorf("%s: error %v, of its weights %v", e.ID, got, want)
				}
			}
		})
	}
}

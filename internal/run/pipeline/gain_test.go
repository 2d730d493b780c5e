package pipeline

import (
	"math/rand/v2"
	"os"
	"testing"

	"designspace/edf"
	"designspace/internal/run/predict"
	"designspace/internal/run/rundir"
	"designspace/internal/strictyaml"
	"designspace/internal/table"
)

// How much less a mean varies with predictions, of recorded populations of which
// the predictor holds nothing:
//
//	go test ./internal/run/pipeline -run TestGainOfAdjustment -v
//
// The variances of the raw and of the adjusted mean are estimated from all 100
// models, and from 400 random subsets of 20, with 1000 candidates or as many as
// the space has (RegNetV and RegNetVR have few in their window). With 20 models
// 10 of the 13 means vary 2.5 times less.
func TestGainOfAdjustment(t *testing.T) {
	if testing.Short() {
		t.Skip("draws 13000 models")
	}
	const folder = "../../../experiments/results/cifar/"
	enough := 0
	names := []string{
		"2026-11-24/anynetxa-500K-600K", "2026-11-24/anynetxe-500K-600K", "2026-11-24/regnetx-500K-600K", "2026-11-24/regnetr-1M-1.2M",
		"2026-11-24/regnetv-2M-2.4M", "2026-11-24/regnetvr-2M-2.4M", "2026-11-25/regnety-1M-1.2M", "2026-11-25/resnet-1M-1.2M",
		"2026-11-25/resnext-a-1M-1.2M", "2026-11-25/mbconv-1M-1.2M", "2026-11-24/regnetx-2M-2.4M", "2026-11-24/regnetx-1M-1.2M-input8",
		"2026-11-24/regnetx-fixed-depth-500K-600K",
	}
	for _, name := range names {
		p := recorded(t, folder+name)
		mean, err := edf.AdjustedMean(p)
		if err != nil || len(mean.Warnings) > 0 {
			t.Fatal(mean.Warnings, err)
		}
		few := gainOfFew(t, p)
		if t.Logf("%-45s %d candidates, R² %.2f, variance of a mean ÷ %.2f with 100 models, ÷ %.2f with 20",
			name, len(p.Candidates), mean.R2, mean.Worth/float64(len(p.Errors)), few); few >= 2.5 {
			enough++
		}
	}
	if enough < 10 {
		t.Errorf("the variance of %d of %d means is 2.5 times smaller, want 10", enough, len(names))
	}
}

// recorded returns a population of the results with the predictions that it
// would have had.
func recorded(t *testing.T, path string) edf.Population {
	t.Helper()
	tab, err := table.ReadFile(path + ".csv")
	if err != nil {
		t.Fatal(err)
	}
	p := edf.Population{Name: path}
	if p.Errors, err = tab.Floats("error"); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	var c rundir.Config
	if err := strictyaml.Unmarshal(path, text, &c); err != nil {
		t.Fatal(err)
	}
	features, err := predict.Of(tab)
	if err != nil {
		t.Fatal(err)
	}
	predictor, err := predict.Load(predict.Builtin)
	if err != nil {
		t.Fatal(err)
	}
	weights, err := predictor.Without(c.Sample.Spaces[0].Name)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range features {
		p.Predicted = append(p.Predicted, weights.Predict(x))
	}
	drawn, err := candidates(t.Context(), c.Sample, 1000)
	if err != nil {
		t.Fatal(err)
	}
	predictions, err := predictAll(weights, drawn.Entries)
	if err != nil {
		t.Fatal(err)
	}
	for i, q := range predictions {
		if i < len(p.Predicted) && q.Error != p.Predicted[i] {
			t.Fatalf("%s: model %d was recorded with the prediction %v and is drawn with %v", path, i, p.Predicted[i], q.Error)
		}
		p.Candidates = append(p.Candidates, q.Error)
	}
	return p
}

func gainOfFew(t *testing.T, p edf.Population) float64 {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 20))
	var raw, adjusted float64
	for range 400 {
		few := p.Select(r.Perm(len(p.Errors))[:20])
		mean, err := edf.AdjustedMean(few)
		if err != nil {
			t.Fatal(err)
		}
		var centre, squares float64
		for i, e := range few.Errors {
			d := e - centre
			centre += d / float64(i+1)
			squares += d * (e - centre)
		}
		v := squares / 19 / 20
		raw += v
		adjusted += v * 20 / mean.Worth
	}
	return raw / adjusted
}

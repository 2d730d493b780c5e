package analysis

import (
	"math"
	"slices"
	"strings"
	"testing"

	"designspace/edf"
	"designspace/internal/run/pipeline"
	"designspace/internal/run/predict"
	"designspace/internal/run/rundir"
	"designspace/space"
)

// tiltedRun is one whose models have errors.
func tiltedRun(t *testing.T) rundir.Dir {
	t.Helper()
	p, err := pipeline.Sample(t.Context(), pipeline.Draw{
		Spaces: []string{"proxy/anynetxa", "proxy/regnetx"}, N: 20, Seed: 1, Input: 16, Tilt: true,
		Budgets:  []space.Range{space.Between(500e3, 600e3)},
		Forecast: pipeline.Forecast{Predictor: predict.Builtin, Candidates: 100},
	})
	if err != nil {
		t.Fatal(err)
	}
	d := rundir.Dir(t.TempDir())
	if err := p.Start(d); err != nil {
		t.Fatal(err)
	}
	w := rundir.NewWriter(d)
	for i, e := range p.Entries {
		o := trained(i)
		o.ID = e.ID
		if err := w.Append(o); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return d
}

// Every number is of the weights in models.csv; what cannot be is not told.
func TestTilted(t *testing.T) {
	d := tiltedRun(t)
	entries, err := rundir.LoadModels(d)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Load([]string{string(d)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Analyze(edf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range r.Populations {
		var sum, weights float64
		for k, e := range entries[20*i : 20*i+20] {
			sum, weights = sum+e.Weight*trained(20*i+k).Error, weights+e.Weight
		}
		if math.Abs(p.Mean.Estimate-sum/weights) > 1e-9 || math.Abs(weights-100) > 1e-9 || !p.Tilted || p.Adjusted != nil {
			t.Errorf("%s: mean %v, want %v of %v candidates; tilted %v, adjusted %v", p.Name, p.Mean, sum/weights, weights, p.Tilted, p.Adjusted)
		}
	}
	if c := r.Tests[0]; !c.Tilted || !math.IsNaN(c.PHolm) || math.IsNaN(c.MeansP) {
		t.Errorf("%+v", c)
	}
	if len(r.Best) > 0 || len(r.Epochs) > 0 || len(r.Bootstrap) == 0 {
		t.Errorf("%d best values, %d ranks, %d ranges", len(r.Best), len(r.Epochs), len(r.Bootstrap))
	}
	if !slices.ContainsFunc(r.Warnings, func(w string) bool { return strings.Contains(w, "(--tilt)") }) {
		t.Errorf("warnings %q", r.Warnings)
	}
	if _, err := Load([]string{string(d)}, Options{Where: "space=proxy/regnetx"}); err != nil {
		t.Errorf("a whole population: %v", err)
	}
}

func TestTiltedRefuses(t *testing.T) {
	d := tiltedRun(t)
	for remedy, o := range map[string]Options{
		"choose none of them with --where": {Where: "depth>8"},
		"leave --by out":                   {By: "d1"},
		"weights already":                  {Normalize: "flops"},
	} {
		if _, err := Load([]string{string(d)}, o); err == nil || !strings.Contains(err.Error(), remedy) {
			t.Errorf("%+v: error %v, want %q", o, err, remedy)
		}
	}
	s, err := Load([]string{string(d)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Analyze(edf.Options{Power: 0.8}); err == nil || !strings.Contains(err.Error(), "even draw") {
		t.Errorf("power: error %v", err)
	}
	two, err := Load([]string{string(d), string(tiltedRun(t))}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := two.Fidelity(edf.FidelityOptions{}); err == nil || !strings.Contains(err.Error(), "--tilt") {
		t.Errorf("fidelity: error %v", err)
	}
}

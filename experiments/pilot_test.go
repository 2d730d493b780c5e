package experiments

import (
	"os"
	"strings"
	"testing"

	"designspace/edf"
	"designspace/internal/format"
	"designspace/internal/study/analysis"
)

// What METHODOLOGY.md says of the pilot is what its tables say.
func TestPilot(t *testing.T) {
	text, err := os.ReadFile("METHODOLOGY.md")
	if err != nil {
		t.Fatal(err)
	}
	load := func(runs ...string) *analysis.Study {
		for i, r := range runs {
			runs[i] = "pilot/2026-11-24/" + r
		}
		s, err := analysis.Load(runs, analysis.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	r, err := load("short").Analyze(edf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := load("short", "long").Fidelity(edf.FidelityOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{r.Tests[0].MeanDifference.String(), f.Populations[0].Regret.String()}
	for _, p := range r.Noise.Populations {
		want = append(want, format.Percent(p.SeedSD.Estimate), format.Percent(p.ModelSD), p.Reliability.String())
	}
	for _, p := range f.Populations {
		want = append(want, p.Spearman.String())
	}
	if len(want) != 11 {
		t.Errorf("%d numbers: %q", len(want), want)
	}
	for _, w := range want {
		if !strings.Contains(string(text), w) {
			t.Errorf("METHODOLOGY.md lacks %s", w)
		}
	}
}

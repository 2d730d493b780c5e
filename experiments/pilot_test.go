package experiments

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"designspace/edf"
	"designspace/internal/format"
	"designspace/internal/study/analysis"
)

func loadPilot(t *testing.T, date string, runs ...string) *analysis.Study {
	t.Helper()
	for i, r := range runs {
		runs[i] = "pilot/" + date + "/" + r
	}
	s, err := analysis.Load(runs, analysis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What METHODOLOGY.md says of the first pilot is what its tables say.
func TestPilot(t *testing.T) {
	text, err := os.ReadFile("METHODOLOGY.md")
	if err != nil {
		t.Fatal(err)
	}
	load := func(runs ...string) *analysis.Study { return loadPilot(t, "2026-11-24", runs...) }
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

// So is the table of the second pilot.
func TestPilotOfSettings(t *testing.T) {
	text, err := os.ReadFile("METHODOLOGY.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, setting := range []string{"5000x5", "12500x2", "10000x3", "2500x10", "batch64"} {
		r, err := loadPilot(t, "2026-11-26", setting).Analyze(edf.Options{})
		if err != nil {
			t.Fatal(err)
		}
		f, err := loadPilot(t, "2026-11-26", setting, "long").Fidelity(edf.FidelityOptions{})
		if err != nil {
			t.Fatal(err)
		}
		cells := []string{r.Tests[0].MeanDifference.String()}
		for _, p := range r.Noise.Populations {
			cells = append(cells, p.Reliability.String())
		}
		for _, p := range f.Populations[1:] {
			cells = append(cells, p.Spearman.String())
		}
		if line := strings.Join(cells, " | ") + " |\n"; !strings.Contains(string(text), line) {
			t.Errorf("METHODOLOGY.md lacks, for %s, %s", setting, line)
		}
	}
}

// How well the ranks of the same models agree on two data sets is what
// METHODOLOGY.md says.
func TestFidelityOfData(t *testing.T) {
	text, err := os.ReadFile("METHODOLOGY.md")
	if err != nil {
		t.Fatal(err)
	}
	var cells []string
	for _, space := range []string{"anynetxa", "anynetxe", "regnetx"} {
		s, err := analysis.Load([]string{
			"results/fashion/2026-11-26/" + space + "-500K-600K-max18.csv",
			"results/cifar/2026-11-26b/" + space + "-500K-600K-n500.csv",
		}, analysis.Options{})
		if err != nil {
			t.Fatal(err)
		}
		f, err := s.Fidelity(edf.FidelityOptions{})
		if err != nil {
			t.Fatal(err)
		}
		cells = append(cells, f.Populations[0].Spearman.String())
	}
	want := fmt.Sprintf("by %s in AnyNetXA, %s in AnyNetXE and %s in RegNetX", cells[0], cells[1], cells[2])
	if !strings.Contains(strings.Join(strings.Fields(string(text)), " "), want) {
		t.Errorf("METHODOLOGY.md lacks %q", want)
	}
}

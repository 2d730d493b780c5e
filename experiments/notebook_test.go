package experiments

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"designspace/edf"
	"designspace/internal/study/analysis"
	"designspace/internal/testpython"
)

// The notebook, which knows nothing but the tables, finds what analyze finds.
func TestNotebook(t *testing.T) {
	want := analysedLines(t)
	checkNotebook(t, "notebooks/edf.ipynb", func(t *testing.T, printed string) { checkLines(t, want, printed) })
}

// checkNotebook checks what a notebook prints, both as it is committed and when
// it runs anew.
func checkNotebook(t *testing.T, path string, check func(t *testing.T, printed string)) {
	t.Helper()
	t.Run("committed", func(t *testing.T) { check(t, committedOutput(t, path)) })
	t.Run("anew", func(t *testing.T) {
		python := testpython.Find(t, "nbclient", "ipykernel", "pandas", "scipy", "matplotlib")
		check(t, string(testpython.Run(t, python, "notebooks/execute.py", path)))
	})
}

func checkLines(t *testing.T, want []string, printed string) {
	t.Helper()
	for _, line := range want {
		if !strings.Contains(printed, line+"\n") {
			t.Errorf("the notebook lacks %q:\n%s", line, printed)
		}
	}
}

// analysedLines are results as the notebook prints them.
func analysedLines(t *testing.T) (lines []string) {
	t.Helper()
	const folder = "results/cifar/2026-11-24/"
	study, err := analysis.Load([]string{folder + "anynetxa-500K-600K.csv", folder + "regnetx-500K-600K.csv"}, analysis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := study.Analyze(edf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"AnyNetXA", "RegNetX"} {
		p := r.Populations[i]
		lines = append(lines, fmt.Sprintf("%s: n %d, mean %.2f, median %.2f, band %.4f", name, p.N, p.Mean.Estimate, p.Median.Estimate, p.Band))
	}
	for _, b := range r.Bootstrap {
		switch b.Name {
		case "depth", "w0", "wa", "wm", "g1":
			if b.Population == r.Populations[1].Name {
				lines = append(lines, fmt.Sprintf("%s: %.4g [%.4g, %.4g]", b.Name, b.Median, b.Lo, b.Hi))
			}
		}
	}
	if len(lines) != 7 {
		t.Fatalf("%d results, want 7: %q", len(lines), lines)
	}
	return lines
}

// committedOutput returns what the cells of a notebook printed when it was saved.
func committedOutput(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var notebook struct {
		Cells []struct {
			Outputs []struct {
				Name string
				Text []string
			}
		}
	}
	if err := json.Unmarshal(data, &notebook); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, c := range notebook.Cells {
		for _, o := range c.Outputs {
			b.WriteString(strings.Join(o.Text, ""))
		}
	}
	return b.String()
}

package report

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A directory with repeated trainings, e_fit and two budgets has a section for
// each of them.
func TestNoiseLineAndTrends(t *testing.T) {
	var results, repeats strings.Builder
	results.WriteString("id,space,budget,error,flops,depth,e_fit\n")
	repeats.WriteString("id,repeat,status,error\n")
	for i := range 40 {
		budget, flops := "1M:2M", 1e6
		if i%2 == 1 {
			budget, flops = "2M:3M", 2e6
		}
		fmt.Fprintf(&results, "m%d,regnet,%s,%d,%g,%d,0.%d\n", i, budget, 40+i, flops, 4+i/4, i+10)
		for r := range 2 {
			fmt.Fprintf(&repeats, "m%d,%d,done,%d\n", i, r, 40+i+r)
		}
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"results.csv": results.String(), "repeats.csv": repeats.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	html := write(t, dir, Options{})
	for _, want := range []string{
		`<h2 id="noise">Noise</h2>`, "Repeated trainings of regnet 1M:2M", "<td>regnet 2M:3M</td><td>20</td><td>40</td><td>0.71 [",
		`<h2 id="fit">Distance from RegNets</h2>`, `<h2 id="trends">Trends over budgets</h2>`,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("no %q in the page", want)
		}
	}
}

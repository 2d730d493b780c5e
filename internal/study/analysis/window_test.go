package analysis

import (
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"designspace/edf"
	"designspace/internal/run/rundir"
)

// Draws from so many models, each as likely, tell how many there are.
func TestDistinct(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, models := range []int{10, 300, 2037} {
		seen := map[int]bool{}
		for range 1000 {
			seen[r.IntN(models)] = true
		}
		if got := distinct(1000, float64(len(seen))); math.Abs(float64(got)/float64(models)-1) > 0.2 {
			t.Errorf("%d models are taken for %d", models, got)
		}
	}
}

// The number of models needed is at most what the window holds.
func TestPowerWithinWindow(t *testing.T) {
	d := rundir.Dir(t.TempDir())
	for path, text := range map[string]string{d.Config(): "", d.Results(): "space,error\n", d.Funnel(): "space,budget,step,candidates\na,1M:2M,flops 1M:2M,200\na,1M:2M,without duplicate,60\n"} {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Load([]string{write(t, "t.csv", "space,error\na,10\na,11\na,12\nb,10\nb,11\nb,13\n")}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.sources = append(s.sources, source{run: d, table: s.sources[0].table.Select(nil)})
	r, err := s.Analyze(edf.Options{Power: 0.8})
	if err != nil {
		t.Fatal(err)
	}
	columns := edf.ComparisonColumns(r.Tests)
	n, cell := r.Tests[0].Needed, columns[len(columns)-1].Cell(r.Tests[0])
	if n.Most < 60 || n.Most > 70 || !strings.HasPrefix(cell, "> 6") {
		t.Errorf("%+v: %s", n, cell)
	}
}

package dashboard

import (
	"strings"
	"testing"

	"designspace/internal/run/rundir"
	"designspace/trainer"
)

// The mean in the legend is that of the weights, and models that were chosen are
// said to be no sample.
func TestDistributionsAreWeighted(t *testing.T) {
	entries := []rundir.Entry{{ID: "m0001", Space: "s", Stratum: 1, Weight: 30}, {ID: "m0002", Space: "s", Stratum: 2, Weight: 10}}
	dir := rundir.Dir(t.TempDir())
	w := rundir.NewWriter(dir)
	for i, e := range entries {
		if err := w.Append(trainer.Outcome{ID: e.ID, Status: trainer.Done, Error: float64(20 + 40*i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	j, err := rundir.ReadJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	svg, err := distributions(entries, j)
	if err != nil || !strings.Contains(svg, ">30.0<") { // (30·20 + 10·60)/40, without weights 40
		t.Errorf("%s %v", svg, err)
	}
	entries = []rundir.Entry{{ID: "m0001", Space: "s", ChosenOf: 9}, {ID: "m0002", Space: "s", ChosenOf: 9}}
	if svg, err = distributions(entries, j); err != nil || !strings.Contains(svg, "no sample") || !strings.Contains(svg, ">40.0<") {
		t.Errorf("%s %v", svg, err)
	}
}

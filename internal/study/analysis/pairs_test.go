package analysis

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"designspace/edf"
)

// The pairs of a varied setting are found by its name, whatever the order of rows,
// and judged by their differences; an architecture that failed in one condition
// is left out.
func TestPairs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.csv")
	const text = `id,space,condition,pair,status,error,epochs
m1,s,epochs=1,m1,done,50,1
m2,s,epochs=2,m1,done,48,2
m4,s,epochs=2,m3,done,58.5,2
m3,s,epochs=1,m3,done,60,1
m5,s,epochs=1,m5,failed,,
m6,s,epochs=2,m5,done,90,2
m7,s,epochs=1,m7,done,70,1
m8,s,epochs=2,m7,done,67.5,2
`
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	for by, names := range map[string][2]string{"epochs": {"1", "2"}, "": {"s epochs=1", "s epochs=2"}, "condition": {"epochs=1", "epochs=2"}} {
		s, err := Load([]string{path}, Options{By: by})
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Analyze(edf.Options{})
		if err != nil {
			t.Fatal(err)
		}
		c := r.Tests[0]
		want, err := edf.ComparePairs([]float64{50, 60, 70}, []float64{48, 58.5, 67.5})
		if err != nil {
			t.Fatal(err)
		}
		if c.A != names[0] || c.B != names[1] || c.Pairs == nil || len(c.Pairs.Differences) != 3 || math.Abs(c.MeanDifference.Lo-want.Lo) > 1e-12 ||
			c.Verdict != edf.Worse || math.Abs(c.MeansP-want.P()) > 1e-12 || len(r.Differences) > 0 {
			t.Errorf("by %q: %+v, %v", by, c, r.Differences)
		}
	}
}

package confirm

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var nan = math.NaN()

func best(errs []float64, trainings [][]float64) []Model {
	ids := make([]string, len(errs))
	for i := range ids {
		ids[i] = fmt.Sprintf("m%d", i+1)
	}
	return Best("a", ids, errs, func(i int) []float64 { return trainings[i] })
}

func ExampleWriteText() {
	WriteText(os.Stdout, best(
		[]float64{30, 20, 20, 10, 40},
		[][]float64{{30}, {20, 23, 25}, {20, 22}, {10, 21, 24, 24}, {40, 40}},
	), strings.Clone)
	// Output:
	// best models confirmed  id  error  fresh mean ± se  seeds
	// a                      m4  10.00     23.00 ± 1.00      3
	// a                      m2  20.00     24.00 ± 1.00      2
	// a                      m3  20.00            22.00      1
	// a: with fresh seeds the best 3 models have errors 6.33 percentage points higher than in the first training, by which they were chosen
	// (The fresh mean is over the other seeds alone and so without the luck that made a model the best; ± is its standard error. The least of several fresh means is a little optimistic again.)
}

// The models up to the first that was not trained again; one whose trainings
// failed is among them and has no mean.
func TestBest(t *testing.T) {
	got := best([]float64{nan, 5, 4, 3, 6}, [][]float64{{nan, 1}, {5, 6}, {4, nan, 9, nan}, {3, nan}, {6}})
	want := []Model{
		{"a", "m4", 3, nan, nan, 0, 3, false}, {"a", "m3", 4, 9, nan, 1, 2, false}, {"a", "m2", 5, 6, nan, 1, 1, false},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
		t.Error(diff)
	}
	var order []string
	for _, m := range Ranked(got) {
		order = append(order, m.ID)
	}
	if diff := cmp.Diff([]string{"m2", "m3", "m4"}, order); diff != "" {
		t.Error(diff)
	}
	if o := Optimism(got); o != 3 {
		t.Errorf("optimism %v, want 3", o)
	}
	text, err := json.Marshal(got[0])
	if want := `{"population":"a","id":"m4","error":3,"fresh_mean":null,"fresh_se":null,"seeds":0}`; err != nil || string(text) != want {
		t.Errorf("%s, %v", text, err)
	}
	if list := best([]float64{1, 2}, [][]float64{{1}, {2, 3}}); list != nil {
		t.Errorf("%v, though the best was not trained again", list)
	}
}

// Of models that are equally good but for noise of a standard deviation of 1,
// the best of 25 is 1.965 below the mean on average, the expected minimum of 25
// standard normals (Harter 1961, table 1); fresh means are not.
func TestFreshMeansAreUnbiased(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const rounds = 4000
	chosen, fresh := 0.0, 0.0
	for range rounds {
		errs, trainings := make([]float64, 25), make([][]float64, 25)
		for i := range errs {
			trainings[i] = []float64{50 + r.NormFloat64(), 50 + r.NormFloat64(), 50 + r.NormFloat64()}
			errs[i] = trainings[i][0]
		}
		m := best(errs, trainings)[0]
		chosen, fresh = chosen+m.Error/rounds, fresh+m.Mean/rounds
	}
	// The minimum has a standard deviation of .51, a mean of two of .71.
	if d := chosen - (50 - 1.965); math.Abs(d) > 4*.51/math.Sqrt(rounds) {
		t.Errorf("chosen %v", chosen)
	}
	if d := fresh - 50; math.Abs(d) > 4*.71/math.Sqrt(rounds) {
		t.Errorf("fresh %v", fresh)
	}
}

// Of fresh errors 21, 24, 24 and 27 the mean is 24, its standard error
// sqrt(6/4), and t(0.975; 3) is 3.1824 (Fisher and Yates, table III).
func TestInterval(t *testing.T) {
	m := Again([]float64{10, 21, 24, nan, 24, 27})
	lo, hi := m.Interval()
	if half := 3.1824 * math.Sqrt(1.5); m.Seeds != 4 || math.Abs(lo-(24-half)) > 1e-3 || math.Abs(hi-(24+half)) > 1e-3 {
		t.Errorf("%d seeds, %v to %v", m.Seeds, lo, hi)
	}
	if lo, hi := Again([]float64{10, 21}).Interval(); !math.IsNaN(lo) || !math.IsNaN(hi) {
		t.Errorf("one fresh error has the interval %v to %v", lo, hi)
	}
}

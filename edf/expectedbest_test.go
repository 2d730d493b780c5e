package edf

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/combin"
	"pgregory.net/rapid"
)

// leastByEnumeration is the mean of the least of m errors over all subsets.
func leastByEnumeration(errs []float64, m int) float64 {
	var sum float64
	subsets := combin.Combinations(len(errs), m)
	for _, s := range subsets {
		least := math.Inf(1)
		for _, i := range s {
			least = min(least, errs[i])
		}
		sum += least
	}
	return sum / float64(len(subsets))
}

func TestExpectedBestAgainstEnumeration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		errs := genErrors(t, "errors", 4, 12)
		n := len(errs)
		m := rapid.IntRange(1, n/leastGroups).Draw(t, "m")
		got, err := mustNew(t, errs).ExpectedBest(m)
		if err != nil {
			t.Fatal(err)
		}
		if want := leastByEnumeration(errs, m); math.Abs(got.Estimate-want) > 1e-9 {
			t.Errorf("best of %d of %v: %v, want %v", m, errs, got.Estimate, want)
		}
		// The jackknife's variance by definition.
		var left []float64
		for i := range errs {
			left = append(left, leastByEnumeration(slices.Delete(slices.Clone(errs), i, i+1), m))
		}
		var v float64
		for _, l := range left {
			v += (l - mean(left)) * (l - mean(left)) * float64(n-1) / float64(n)
		}
		want := studentised{got.Estimate, v, min(float64(n)/float64(m), float64(n-1))}.interval()
		if math.Abs(got.Hi-want.Hi) > 1e-6 || math.Abs(got.Lo-want.Lo) > 1e-6 {
			t.Errorf("best of %d of %v: %v, want %v", m, errs, got.Interval, want)
		}
	})
}

// With a million models the subsets are as good as draws with replacement.
func TestExpectedBestOfMany(t *testing.T) {
	f := mustNew(t, normal(1_000_000, 60, 3, 1))
	for _, m := range []int{1, 25, 1000} {
		law, err := f.BestOf(m)
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.ExpectedBest(m)
		if err != nil || math.Abs(got.Estimate-law.Mean) > 1e-3 || !(got.Lo < got.Estimate && got.Hi-got.Lo < 0.2) {
			t.Errorf("best of %d: %v, error %v; with replacement %v", m, got, err, law.Mean)
		}
	}
}

// The best of one is the mean, with Student's interval: from
// scipy.stats.t.interval(0.95, 4, 30, scipy.stats.sem([10, 20, 30, 40, 50])).
func TestExpectedBestOfOne(t *testing.T) {
	got, err := mustNew(t, []float64{10, 20, 30, 40, 50}).ExpectedBest(1)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mean", got.Estimate, 30, 1e-12)
	near(t, "lower limit", got.Lo, 10.36756838522443, 1e-9)
	near(t, "upper limit", got.Hi, 49.63243161477557, 1e-9)
}

func TestExpectedBestWithoutAnswer(t *testing.T) {
	f := Population{Errors: []float64{1, 2, 3, 4, 5, 6, 7, 8}}
	weighted := Population{Errors: []float64{1, 2, 3, 4}, Weights: []float64{1, 2, 3, 4}}
	for _, c := range []struct {
		p        Population
		m        int
		estimate bool
		warning  string
	}{
		{f, 3, true, "n = 8: no interval of the expected best of 3; at least 12 models needed"},
		{f, 8, true, "at least 32 models needed"},
		{f, 9, false, "at least 9 models needed"},
		{weighted, 1, false, "weighted"},
	} {
		got, err := ExpectedBest(c.p, c.m)
		if err != nil || math.IsNaN(got.Estimate) == c.estimate || !math.IsNaN(got.Lo) || len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0], c.warning) {
			t.Errorf("best of %d: %+v, error %v; want a warning with %q", c.m, got, err, c.warning)
		}
		d, err := ExpectedBestDifference(f, c.p, c.m)
		if err != nil || math.IsNaN(d.Estimate) == c.estimate || !math.IsNaN(d.Hi) || len(d.Warnings) == 0 {
			t.Errorf("difference of best of %d: %+v, error %v", c.m, d, err)
		}
	}
	if _, err := ExpectedBest(f, 0); err == nil {
		t.Error("the best of 0 models has an expectation")
	}
	for _, c := range [][2]int{{0, 1}, {3, 2}} {
		if _, err := mustNew(t, f.Errors).SearchGap(c[0], c[1]); err == nil {
			t.Errorf("a gap from %d to %d", c[0], c[1])
		}
	}
}

func TestSearchGap(t *testing.T) {
	errs := normal(400, 60, 3, 2)
	f := mustNew(t, errs)
	few, _ := f.ExpectedBest(32)
	many, _ := f.ExpectedBest(99)
	got, err := f.SearchGap(32, 99)
	if err != nil || math.Abs(got.Estimate-(few.Estimate-many.Estimate)) > 1e-9 || !(0 <= got.Lo && got.Lo < got.Estimate && got.Estimate < got.Hi) {
		t.Errorf("%+v, error %v; want %v - %v", got, err, few.Estimate, many.Estimate)
	}
	// The same models say both, so the gap is surer than the best of 99.
	if got.Hi-got.Lo > many.Hi-many.Lo {
		t.Errorf("gap %v, best of 99 %v", got, many)
	}
	if got, err = f.SearchGap(7, 7); err != nil || got.Estimate != 0 || got.Hi != 0 {
		t.Errorf("gap of a search to itself: %+v, error %v", got, err)
	}
	if got, err = f.SearchGap(32, 200); err != nil || !math.IsNaN(got.Hi) || len(got.Warnings) != 1 {
		t.Errorf("%+v, error %v", got, err)
	}
}

// Unbiased, and with an interval that holds the truth about as often as it says,
// for n = 4m, where the bootstrap's holds it in 67 of 100: 3 standard deviations
// of 1000 trials are 0.02.
func TestExpectedBestCoverage(t *testing.T) {
	const trials, n, m = 1000, 100, 25
	// The expected least of 25 of a standard normal: numpy 2.4.6 and scipy 1.17.1,
	// quad(lambda x: x*25*norm.pdf(x)*norm.sf(x)**24, -10, 10).
	const truth = -1.9653146097535577
	r := rand.New(rand.NewPCG(8, 9))
	var held, sum float64
	for range trials {
		errs := make([]float64, n)
		for i := range errs {
			errs[i] = r.NormFloat64()
		}
		got, err := mustNew(t, errs).ExpectedBest(m)
		if err != nil {
			t.Fatal(err)
		}
		sum += got.Estimate
		if got.Lo <= truth && truth <= got.Hi {
			held++
		}
	}
	if share := held / trials; share < 0.92 {
		t.Errorf("the interval holds the truth in %v", share)
	}
	if bias := sum/trials - truth; math.Abs(bias) > 3*0.25/math.Sqrt(trials) {
		t.Errorf("bias %v", bias)
	}
}

package edf

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/combin"
	"pgregory.net/rapid"
)

// Of 100 models 32, 22, 18, 15 and 13 come from the fifths, the first candidates
// of each, and stand for 200 candidates together.
func TestTilt(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	predicted := make([]float64, 1000)
	for i := range predicted {
		predicted[i] = r.NormFloat64()
	}
	d, err := Tilt(predicted, 100)
	if err != nil {
		t.Fatal(err)
	}
	sorted := slices.Sorted(slices.Values(predicted))
	for h, want := range []int{32, 22, 18, 15, 13} {
		lo, hi := sorted[200*h], sorted[200*h+199]
		var first []int
		for i, x := range predicted {
			if lo <= x && x <= hi && len(first) < want {
				first = append(first, i)
			}
		}
		var got []int
		for k, i := range d.Places {
			if d.Strata[k] == h {
				got = append(got, i)
				near(t, "weight", d.Weights[k], 200/float64(want), 1e-12)
			}
		}
		if !slices.Equal(got, first) {
			t.Errorf("fifth %d: %v, want %v", h, got, first)
		}
	}
	if !slices.IsSorted(d.Places) {
		t.Errorf("places %v", d.Places)
	}
}

func TestTiltOfAnySize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(LeastTilted, 300).Draw(t, "n")
		predicted := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) float64 {
			return float64(rapid.IntRange(0, 50).Draw(t, "x")) // with ties
		}), 2*n, 3*n).Draw(t, "predicted")
		d, err := Tilt(predicted, n)
		if err != nil || len(d.Places) != n {
			t.Fatalf("%d places, error %v; want %d", len(d.Places), err, n)
		}
		var sum float64
		count := make([]int, 5)
		for k, w := range d.Weights {
			sum += w
			count[d.Strata[k]]++
		}
		if math.Abs(sum-float64(len(predicted))) > 1e-9 || slices.Min(count) < 2 {
			t.Errorf("weights sum to %v of %d candidates; models by fifth %v", sum, len(predicted), count)
		}
	})
	for _, c := range [][2]int{{14, 1000}, {100, 199}} {
		if _, err := Tilt(make([]float64, c[1]), c[0]); err == nil {
			t.Errorf("%d models of %d candidates", c[0], c[1])
		}
	}
}

// twoStrata are of 80 candidates and weigh 3 and 1.
func twoStrata(a, b []float64) (Population, stratified) {
	s := stratified{models: make([][]int, 2), share: []float64{0.75, 0.25}, drawn: 80}
	for i := range len(a) + len(b) {
		h := 0
		if i >= len(a) {
			h = 1
		}
		s.models[h] = append(s.models[h], i)
	}
	return Population{Errors: slices.Concat(a, b)}, s
}

// The variance is that within strata, and (3/4·(12.5-10)² + 1/4·(12.5-20)²)/80 of
// the candidates.
func TestTiltedMean(t *testing.T) {
	p, strata := twoStrata([]float64{9, 11}, []float64{18, 22})
	s := strata.mean(p.Errors)
	near(t, "mean", s.value, 12.5, 1e-12)
	near(t, "variance", s.variance, 13./16+(3./4*6.25+1./4*56.25)/80, 1e-12)
}

// bestByEnumeration is the mean of the least of m errors over how many come from
// each of two strata, and over all subsets of so many.
func bestByEnumeration(a, b []float64, share float64, m int) float64 {
	var sum float64
	for k := range m + 1 {
		chance := float64(combin.Binomial(m, k)) * math.Pow(share, float64(k)) * math.Pow(1-share, float64(m-k))
		var least float64
		count := 0
		for _, s := range combin.Combinations(len(a), k) {
			for _, u := range combin.Combinations(len(b), m-k) {
				lo := math.Inf(1)
				for _, i := range s {
					lo = min(lo, a[i])
				}
				for _, i := range u {
					lo = min(lo, b[i])
				}
				least += lo
				count++
			}
		}
		sum += chance * least / float64(count)
	}
	return sum
}

func TestTiltedBestByEnumeration(t *testing.T) {
	a, b := []float64{5, 3, 8, 8, 9, 4}, []float64{7, 2, 8, 11, 6}
	p, strata := twoStrata(a, b)
	for m := 1; m <= 5; m++ {
		near(t, "best", newDraws(p, strata, m).value(), bestByEnumeration(a, b, 0.75, m), 1e-12)
	}
	s := newDraws(p, strata, 2).estimate()
	near(t, "best of 2", s.value, bestByEnumeration(a, b, 0.75, 2), 1e-12)
	var variance float64 // of the jackknife within strata
	for h, x := range [][]float64{a, b} {
		var without []float64
		for i := range x {
			rest := slices.Delete(slices.Clone(x), i, i+1)
			pair := [][]float64{a, b}
			pair[h] = rest
			without = append(without, bestByEnumeration(pair[0], pair[1], 0.75, 2))
		}
		k := float64(len(x))
		_, v := meanVariance(without)
		variance += (k - 1) / k * v * (k - 1)
	}
	between := s.variance - variance
	if !(between > 0 && between < 0.1*variance) {
		t.Errorf("variance %v, of the jackknife %v", s.variance, variance)
	}
}

// One stratum is an even draw, but for the variance of the candidates, which is 0.
func TestTiltedBestOfOneStratum(t *testing.T) {
	errs := normal(40, 60, 3, 1)
	s := stratified{models: [][]int{make([]int, 40)}, share: []float64{1}, drawn: 1000}
	for i := range errs {
		s.models[0][i] = i
	}
	for _, m := range []int{1, 2, 5, 10} {
		got := newDraws(Population{Errors: errs}, s, m).estimate().estimate(nil)
		want, _ := mustNew(t, errs).ExpectedBest(m)
		nearInterval(t, "best", got.Interval, want.Estimate, [2]float64{want.Lo, want.Hi}, 1e-9)
	}
}

// Many models from the predicted law say what the law itself says, at a size where
// chances of Poisson numbers would underflow without care.
func TestTiltedBestOfMany(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var errs, predicted []float64
	for range 4000 {
		t := r.NormFloat64()
		predicted, errs = append(predicted, t), append(errs, 60+3*(0.8*t+0.6*r.NormFloat64()))
	}
	d, err := Tilt(predicted, 2000)
	if err != nil {
		t.Fatal(err)
	}
	p := Population{Errors: at(errs, d.Places), Weights: d.Weights, Strata: d.Strata, Tilted: true}
	law := mustNew(t, errs)
	for _, m := range []int{25, 300} {
		got, err := ExpectedBest(p, m)
		want, _ := law.BestOf(m)
		if err != nil || !(got.Lo < want.Mean && want.Mean < got.Hi) || got.Hi-got.Lo > 2 {
			t.Errorf("best of %d: %+v, error %v; all %v", m, got.Interval, err, want.Mean)
		}
	}
}

// What takes every model for as likely as any other is not told of a tilted draw.
func TestCompareTilted(t *testing.T) {
	draw := func(name string, seed uint64) Population {
		all := normal(400, 60, 3, seed)
		d, err := Tilt(all, 40)
		if err != nil {
			t.Fatal(err)
		}
		return Population{Name: name, Errors: at(all, d.Places), Weights: d.Weights, Strata: d.Strata, Tilted: true}
	}
	a, b := draw("a", 1), Population{Name: "b", Errors: normal(40, 70, 3, 2)}
	c, err := Compare(a, b, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]float64{"KS": c.KS.PTies, "Mann-Whitney": c.MannWhitney.P, "Brunner-Munzel": c.BrunnerMunzel.P, "Holm": c.PHolm} {
		if !math.IsNaN(x) {
			t.Errorf("%s: p = %v", name, x)
		}
	}
	if c.Verdict != Better || !(c.MeansP < 0.001) || math.IsNaN(c.MedianDifference.Lo) || !(c.MannWhitney.LessLo > 0.8) {
		t.Errorf("%+v", c)
	}
	if !strings.Contains(strings.Join(c.Warnings, "\n"), "(--tilt)") {
		t.Errorf("warnings %q", c.Warnings)
	}
	s, err := Summarize(a, Options{})
	if err != nil || math.IsNaN(s.Mean.Lo+s.Median.Lo+s.ExpectedBest.Lo) || !s.Tilted {
		t.Errorf("%+v, error %v", s, err)
	}
	text, err := json.Marshal(s)
	if err != nil || !strings.Contains(string(text), `"tilted":true`) {
		t.Errorf("%s, error %v", text, err)
	}
	if _, err := Compare(a, b, Options{Power: 0.8}); err == nil || !strings.Contains(err.Error(), "even draw") {
		t.Errorf("power: error %v", err)
	}
	// A fifth of which no model is left is missing in every number.
	var few []int
	for i, h := range a.Strata {
		if h > 0 {
			few = append(few, i)
		}
	}
	s, err = Summarize(a.Select(few), Options{})
	if err != nil || !math.IsNaN(s.Mean.Lo) || !math.IsNaN(s.Median.Lo) || !math.IsNaN(s.ExpectedBest.Lo) {
		t.Errorf("%+v, error %v", s, err)
	}
}

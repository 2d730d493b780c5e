package edf

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

type goldenPredicted struct{ Errors, Predicted, Candidates []float64 }

func (g goldenPredicted) population(name string) Population {
	return Population{Name: name, Errors: g.Errors, Predicted: g.Predicted, Candidates: g.Candidates}
}

type goldenAdjusted struct {
	Name             string
	A, B             goldenPredicted
	Mean, R2, Worth  float64
	Limits           [2]float64
	Difference       float64
	DifferenceLimits [2]float64 `json:"difference_limits"`
	Less             float64
	LessLimits       [2]float64 `json:"less_limits"`
	EDFA             goldenEDF  `json:"edf_a"`
	EDFB             goldenEDF  `json:"edf_b"`
}

// readAdjusted returns numbers of statsmodels and scipy; testdata/adjusted.py
// makes them.
func readAdjusted(t *testing.T) []goldenAdjusted {
	t.Helper()
	data, err := os.ReadFile("testdata/adjusted.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []goldenAdjusted
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

func TestAdjustedAgainstStatsmodels(t *testing.T) {
	for _, c := range readAdjusted(t) {
		a, b := c.A.population("a"), c.B.population("b")
		mean := adjusted(t, a)
		nearInterval(t, c.Name+": mean", mean.Interval, c.Mean, c.Limits, 1e-9)
		near(t, c.Name+": R²", mean.R2, c.R2, 1e-9)
		near(t, c.Name+": worth", mean.Worth, c.Worth, 1e-7)
		difference, err := AdjustedMeanDifference(a, b)
		if err != nil {
			t.Fatal(err)
		}
		nearInterval(t, c.Name+": difference", difference.Interval, c.Difference, c.DifferenceLimits, 1e-9)
		less, err := AdjustedLess(a, b)
		if err != nil {
			t.Fatal(err)
		}
		nearInterval(t, c.Name+": P(better)", less.Interval, c.Less, c.LessLimits, 1e-9)
		if len(mean.Warnings)+len(difference.Warnings)+len(less.Warnings) > 0 {
			t.Errorf("%s: %q, %q, %q", c.Name, mean.Warnings, difference.Warnings, less.Warnings)
		}
	}
}

func adjusted(t *testing.T, p Population) Adjusted {
	t.Helper()
	a, err := AdjustedMean(p)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Errors that were predicted exactly say the mean of the candidates, with what is
// uncertain of that alone: n trained models are worth N.
func TestAdjustedByExactPredictions(t *testing.T) {
	all := make([]float64, 500)
	r := rand.New(rand.NewPCG(1, 1))
	for i := range all {
		all[i] = 30 + 3*r.NormFloat64()
	}
	got := adjusted(t, Population{Errors: all[:20], Predicted: all[:20], Candidates: all})
	near(t, "mean", got.Estimate.Estimate, mean(all), 1e-12)
	near(t, "R²", got.R2, 1, 1e-12)
	_, v := meanVariance(all)
	near(t, "standard error", got.se, math.Sqrt(v/500), 1e-12)
	// The unit and the direction of predictions are of no matter.
	other := Population{Errors: slices.Clone(all[:20])}
	for i, x := range all {
		all[i] = 7 - 1e-3*x
	}
	other.Predicted, other.Candidates = all[:20], all
	near(t, "mean in another unit", adjusted(t, other).Estimate.Estimate, got.Estimate.Estimate, 1e-6)
}

func meanVariance(x []float64) (m, v float64) {
	m = mean(x)
	for _, e := range x {
		v += (e - m) * (e - m) / float64(len(x)-1)
	}
	return m, v
}

// Predictions that cannot help change nothing, and a warning says so.
func TestNotAdjusted(t *testing.T) {
	ramp := func(n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = float64(i * i)
		}
		return x
	}
	spike := make([]float64, 12)
	spike[3] = 1
	b := Population{Name: "b", Errors: ramp(15), Predicted: ramp(15), Candidates: ramp(40)}
	for _, c := range []struct {
		p   Population
		why string
	}{
		{Population{Errors: ramp(12)}, "no predictions"},
		{Population{Errors: ramp(9), Predicted: ramp(9), Candidates: ramp(50)}, "with 9 models; at least 10"},
		{Population{Errors: ramp(12), Predicted: make([]float64, 12), Candidates: ramp(50)}, "all predictions are equal"},
		{Population{Errors: ramp(12), Predicted: spike, Candidates: ramp(50)}, "all predictions but one"},
		{Population{Errors: ramp(12), Predicted: ramp(12), Candidates: ramp(50), Weights: slices.Repeat([]float64{1}, 12)}, "weighted"},
	} {
		c.p.Name = "a"
		got, raw := adjusted(t, c.p), c.p
		raw.Predicted, raw.Candidates = nil, nil
		if want := meanDifference(t, raw, Population{Errors: []float64{0, 0}}); got.Interval != want.Interval {
			t.Errorf("%s: %+v, want %+v", c.why, got, want)
		}
		if !math.IsNaN(got.R2) || got.Worth != float64(len(c.p.Errors)) || len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0], c.why) {
			t.Errorf("%s: %+v", c.why, got)
		}
		d, err := AdjustedMeanDifference(c.p, b)
		if err != nil || len(d.Warnings) != 1 || math.IsNaN(d.Lo) {
			t.Errorf("%s: difference %+v, %v", c.why, d, err)
		}
		if c.p.Weights != nil {
			continue
		}
		less, err := AdjustedLess(c.p, b)
		if err != nil || len(less.Warnings) != 1 || !(less.Lo <= less.Estimate && less.Estimate <= less.Hi) {
			t.Errorf("%s: P(better) %+v, %v", c.why, less, err)
		}
	}
}

// Samples that do not overlap have placements without a variance.
func TestAdjustedLessApart(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	draw := func(centre float64) Population {
		p := Population{}
		for i := range 40 {
			p.Candidates = append(p.Candidates, r.NormFloat64())
			if i < 12 {
				p.Errors = append(p.Errors, centre+r.NormFloat64())
			}
		}
		p.Predicted = p.Candidates[:12]
		return p
	}
	less, err := AdjustedLess(draw(20), draw(60))
	if err != nil || less.Estimate != 1 || less.Hi != 1 || !(0.6 < less.Lo && less.Lo < 0.95) {
		t.Errorf("%+v, %v", less, err)
	}
	if less, err = AdjustedLess(draw(60), draw(20)); err != nil || less.Estimate != 0 || less.Lo != 0 {
		t.Errorf("%+v, %v", less, err)
	}
}

func TestPredictionsRefused(t *testing.T) {
	ten := make([]float64, 10)
	for _, p := range []Population{
		{Errors: ten, Predicted: ten[:9], Candidates: ten},
		{Errors: ten, Predicted: ten, Candidates: ten[:9]},
		{Errors: ten, Predicted: ten},
		{Errors: ten, Predicted: ten, Candidates: append([]float64{math.NaN()}, ten...)},
		{Errors: ten, Predicted: append([]float64{math.Inf(1)}, ten[:9]...), Candidates: ten},
	} {
		if _, err := AdjustedMean(p); err == nil {
			t.Errorf("no error for %+v", p)
		}
		if _, err := AdjustedMeanDifference(Population{Errors: ten}, p); err == nil {
			t.Errorf("no error for a difference of %+v", p)
		}
		if _, err := AdjustedLess(Population{Errors: ten}, p); err == nil {
			t.Errorf("no error for P(better) of %+v", p)
		}
	}
}

// predictedDraws draws n errors of mean 40 and predictions of N candidates, which
// are correlated as told. Errors are skewed, and scatter the more the higher they are.
func predictedDraws(r *rand.Rand, n, candidates int, correlation float64) Population {
	p := Population{}
	for i := range candidates {
		x := r.NormFloat64()
		p.Candidates = append(p.Candidates, x)
		if i < n {
			noise := (r.ExpFloat64() - 1) * math.Exp(x/4-1./32)
			e := correlation*x + math.Sqrt(1-correlation*correlation)*noise
			p.Errors = append(p.Errors, math.Round(50*(40+3*e))/50)
		}
	}
	p.Predicted = p.Candidates[:n]
	return p
}

// The intervals hold the truth about as often as they say, and the adjusted mean
// varies less by what it says that it is worth.
func TestAdjustedCoverage(t *testing.T) {
	const trials = 1500
	for _, c := range []struct {
		n, candidates int
		correlation   float64
		gain          float64 // least ratio of variances
	}{
		{20, 200, 0.85, 2},
		{10, 1000, 0.85, 2},
		{20, 200, 0, 0.85},
		{20, 1000, -0.85, 2},
	} {
		r := rand.New(rand.NewPCG(uint64(c.n), uint64(c.candidates)))
		var held, heldDifference, heldLess, raw, estimated float64
		for range trials {
			a, b := predictedDraws(r, c.n, c.candidates, c.correlation), predictedDraws(r, 30, c.candidates, c.correlation)
			m := adjusted(t, a)
			raw += (mean(a.Errors) - 40) * (mean(a.Errors) - 40)
			estimated += (m.Estimate.Estimate - 40) * (m.Estimate.Estimate - 40)
			d, err := AdjustedMeanDifference(a, b)
			if err != nil {
				t.Fatal(err)
			}
			less, err := AdjustedLess(a, b)
			if err != nil {
				t.Fatal(err)
			}
			held += indicator(m.Lo <= 40 && 40 <= m.Hi)
			heldDifference += indicator(d.Lo <= 0 && 0 <= d.Hi)
			heldLess += indicator(less.Lo <= 0.5 && 0.5 <= less.Hi)
		}
		for what, share := range map[string]float64{"mean": held, "difference": heldDifference, "P(better)": heldLess} {
			// 3 standard errors are 0.017, and means of few skewed errors may fall short by 0.03.
			if share /= trials; share < 0.903 || share > 0.985 {
				t.Errorf("%+v: the interval of the %s holds the truth in %.3f", c, what, share)
			}
		}
		if gain := raw / estimated; gain < c.gain {
			t.Errorf("%+v: the variance of the mean is 1/%.2f of the raw one", c, gain)
		}
	}
}

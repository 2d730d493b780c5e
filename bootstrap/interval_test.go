package bootstrap

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"

	"designspace/internal/numeric"
)

func resample(t testing.TB, x, weights []float64, resamples int, s uint64) *Resampled {
	t.Helper()
	r, err := Resample(x, weights, resamples, rand.New(rand.NewPCG(s, 0)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Limits differ from scipy's by the noise of the draws: with 40 000 of them by a
// few hundredths of the half-width of the interval.
func TestIntervalsAgainstScipy(t *testing.T) {
	data, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Intervals []struct {
			Name             string
			A, B             []float64
			Mean, Median     [2]float64
			MedianDifference [2]float64 `json:"median_difference"`
		}
	}
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	for _, g := range golden.Intervals {
		a, b := resample(t, g.A, nil, 40_000, 1), resample(t, g.B, nil, 40_000, 2)
		check := func(what string, got Interval, want [2]float64) {
			t.Helper()
			slack := 0.03 * (want[1] - want[0])
			if math.Abs(got.Lo-want[0]) > slack || math.Abs(got.Hi-want[1]) > slack {
				t.Errorf("%s: %s = %+v, want %v", g.Name, what, got, want)
			}
		}
		check("mean", a.Mean(0.95), g.Mean)
		check("median", a.Median(0.95), g.Median)
		check("difference of medians", MedianDifference(a, b, 0.95), g.MedianDifference)
	}
}

// Below 8 values the interval is Student's: scipy.stats.t.interval(0.95, 4, 3,
// scipy.stats.sem([1, 2, 3, 4, 5])). Equal values, and resamples of them, say
// nothing about a spread.
func TestMeanOfFew(t *testing.T) {
	got := resample(t, []float64{1, 2, 3, 4, 5}, nil, 100, 1).Mean(0.95)
	if math.Abs(got.Lo-1.036756838522443) > 1e-9 || math.Abs(got.Hi-4.963243161477557) > 1e-9 {
		t.Errorf("%+v", got)
	}
	if got = resample(t, []float64{3, 3, 3}, nil, 100, 1).Mean(0.95); got != (Interval{3, 3, 3}) {
		t.Errorf("of equal values %+v", got)
	}
	if got = resample(t, []float64{3}, nil, 100, 1).Mean(0.95); !math.IsNaN(got.Lo) {
		t.Errorf("of one value %+v", got)
	}
	got = resample(t, []float64{1, 1, 1, 1, 1, 1, 1, 9}, nil, 2000, 1).Mean(0.95)
	if !(got.Lo < 2 && 2 < got.Hi) || math.IsInf(got.Hi-got.Lo, 0) {
		t.Errorf("of values that are equal but for one %+v", got)
	}
}

// Where resampling ends and the expansion begins nothing jumps.
func TestMeanOfMany(t *testing.T) {
	x := make([]float64, directLimit+1)
	r := rand.New(rand.NewPCG(1, 1))
	for i := range x {
		x[i] = 50 + 5*r.ExpFloat64()
	}
	many := resample(t, x, nil, 20, 1).Mean(0.95)
	direct := resample(t, x[:directLimit], nil, 2000, 1).Mean(0.95)
	if width := many.Hi - many.Lo; math.Abs(many.Lo-direct.Lo) > 0.05*width || math.Abs(many.Hi-direct.Hi) > 0.05*width {
		t.Errorf("%+v by expansion, %+v by resampling", many, direct)
	}
}

// Medians are drawn from order statistics; this resamples the values.
func TestMediansAgainstLiteralResampling(t *testing.T) {
	const draws = 40_000
	r := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{1, 2, 3, 4, 7, 20, 31} {
		x := make([]float64, n)
		for i := range x {
			x[i] = math.Round(20 + 3*r.NormFloat64())
		}
		got := resample(t, x, nil, draws, 5).medians
		want := make([]float64, draws)
		for i := range want {
			y := make([]float64, n)
			for j := range y {
				y[j] = x[r.IntN(n)]
			}
			slices.Sort(y)
			want[i] = numeric.Quantile(0.5, y)
		}
		slices.Sort(got)
		slices.Sort(want)
		// 1.95 √(2/draws) is the 0.1 % point of the two-sample test.
		if d := stat.KolmogorovSmirnov(got, nil, want, nil); d > 1.95*math.Sqrt(2./draws) {
			t.Errorf("n = %d: distributions of the median differ by %v", n, d)
		}
	}
}

func TestIntervalOfLargeSample(t *testing.T) {
	const n = 50_000
	r := rand.New(rand.NewPCG(9, 10))
	x := make([]float64, n)
	for i := range x {
		x[i] = 30 + 5*r.NormFloat64()
	}
	got := resample(t, x, nil, 0, 11).Mean(0.95)
	half := 1.959964 * stat.StdErr(stat.StdDev(x, nil), n)
	if math.Abs(got.Hi-got.Estimate-half) > 0.08*half || math.Abs(got.Estimate-got.Lo-half) > 0.08*half {
		t.Errorf("interval %+v, want the mean ± %v", got, half)
	}
}

// Weights that count copies leave mean and spread as the copies do, at the
// effective size.
func TestWeightedResample(t *testing.T) {
	x, w := []float64{30, 10, 99, 20}, []float64{2, 2, 0, 2}
	s := resample(t, x, w, 10_000, 12)
	if s.n != 3 || s.mean != 20 || s.median != 20 {
		t.Errorf("n = %d, mean %v, median %v; want 3, 20, 20", s.n, s.mean, s.median)
	}
	plain := resample(t, []float64{10, 20, 30}, nil, 10_000, 13)
	for _, c := range []struct {
		what string
		a, b []float64
	}{{"studentised means", s.ts, plain.ts}, {"medians", s.medians, plain.medians}} {
		slices.Sort(c.a)
		slices.Sort(c.b)
		// Rounding to cents: the two sum in different orders.
		for _, y := range [][]float64{c.a, c.b} {
			for i := range y {
				y[i] = math.Round(100*y[i]) / 100
			}
		}
		if d := stat.KolmogorovSmirnov(c.a, nil, c.b, nil); d > 1.95*math.Sqrt(2./10_000) {
			t.Errorf("distributions of the %s differ by %v", c.what, d)
		}
	}
}

func TestIntervalsWithoutSpread(t *testing.T) {
	one := resample(t, []float64{20}, nil, 100, 1)
	equal := resample(t, []float64{20.1, 20.1, 20.1}, nil, 100, 2)
	for _, i := range []Interval{one.Mean(0.95), one.Median(0.95), MedianDifference(equal, one, 0.95),
		equal.Mean(1), equal.Median(95), MedianDifference(equal, equal, 0)} {
		if !math.IsNaN(i.Lo) || !math.IsNaN(i.Hi) || math.IsNaN(i.Estimate) {
			t.Errorf("interval of a single value or at no confidence = %+v, want an estimate and NaN limits", i)
		}
	}
	if got, want := equal.Mean(0.95), (Interval{20.1, 20.1, 20.1}); got != want {
		t.Errorf("mean of equal values: %+v, want %+v", got, want)
	}
}

func TestResampleRefuses(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		x, w []float64
		n    int
		want string
	}{
		{nil, nil, 0, "nothing to resample"},
		{[]float64{1, nan}, nil, 0, "value 1 is NaN"},
		{[]float64{inf}, nil, 0, "value 0 is +Inf"},
		{[]float64{1}, nil, -1, "-1 resamples"},
		{[]float64{1}, []float64{1, 2}, 0, "2 weights for 1 values"},
		{[]float64{1, 2}, []float64{1, -2}, 0, "weight 1 is -2"},
		{[]float64{1, 2}, []float64{0, 0}, 0, "all weights are 0"},
	} {
		_, err := Resample(c.x, c.w, c.n, rand.New(rand.NewPCG(0, 0)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Resample(%v, %v, %d): error %v, want one with %q", c.x, c.w, c.n, err, c.want)
		}
	}
}

package edf

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/floats"
	"pgregory.net/rapid"
)

// genErrors draws errors in percent, with many ties.
func genErrors(t *rapid.T, label string, lo, hi int) []float64 {
	return rapid.SliceOfN(rapid.Map(rapid.IntRange(0, 40), func(i int) float64 { return 2.5 * float64(i) }), lo, hi).Draw(t, label)
}

// genWeighted draws an EDF with its errors and weights.
func genWeighted(t *rapid.T) (*EDF, []float64, []float64) {
	errs := genErrors(t, "errors", 1, 25)
	w := rapid.SliceOfN(rapid.Map(rapid.IntRange(0, 5), func(i int) float64 { return float64(i) / 3 }), len(errs), len(errs)).Draw(t, "weights")
	w[rapid.IntRange(0, len(w)-1).Draw(t, "positive")] = 1
	f, err := NewWeighted(errs, w)
	if err != nil {
		t.Fatal(err)
	}
	return f, errs, w
}

func TestAtByDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, errs, w := genWeighted(t)
		total := floats.Sum(w)
		for _, e := range append(slices.Clone(errs), -1, 33.3, 101) {
			var want float64
			for i := range errs {
				if errs[i] < e {
					want += w[i] / total
				}
			}
			if got := f.At(e); math.Abs(got-want) > 1e-12 {
				t.Errorf("F(%v) = %v, want %v", e, got, want)
			}
		}
		if got := f.At(math.Inf(1)); got != 1 {
			t.Errorf("F(∞) = %v", got)
		}
	})
}

// Integrals over the EDF, by rectangles between its jumps.
func TestMeanAndAreaAreIntegrals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, _, _ := genWeighted(t)
		lo := rapid.Float64Range(-20, 120).Draw(t, "lo")
		hi := rapid.Float64Range(lo, 130).Draw(t, "hi")
		under := func(lo, hi float64) float64 {
			var area float64
			for s := range f.steps() {
				area += (s.Above - s.Below) * max(0, hi-max(lo, s.Error))
			}
			return area
		}
		if got, want := f.Area(lo, hi), under(lo, hi); math.Abs(got-want) > 1e-9 {
			t.Errorf("area over [%v, %v] = %v, want %v", lo, hi, got, want)
		}
		if got, want := f.Mean(), 100-under(0, 100); math.Abs(got-want) > 1e-9 {
			t.Errorf("mean %v, area above the EDF %v", got, want)
		}
		if got := f.Area(hi, lo); got != 0 {
			t.Errorf("area over an empty interval = %v", got)
		}
	})
}

func TestStepsAreTheEDF(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, _, _ := genWeighted(t)
		last := 0.0
		for _, s := range f.Steps() {
			if s.Below != last || s.Below != f.At(s.Error) || s.Above != f.At(math.Nextafter(s.Error, 101)) {
				t.Errorf("step %+v after %v: F is %v there and %v behind", s, last, f.At(s.Error), f.At(math.Nextafter(s.Error, 101)))
			}
			last = s.Above
		}
		if last != 1 {
			t.Errorf("steps end at %v", last)
		}
	})
}

// The definition: the mean of F⁻¹ over a window of width 1/n*, by quadrature.
func TestWeightedQuantileByDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, errs, w := genWeighted(t)
		p := rapid.Float64Range(0, 1).Draw(t, "p")
		total, squares := floats.Sum(w), floats.Dot(w, w)
		n := total * total / squares
		inverse := func(u float64) float64 {
			for _, e := range f.x {
				var upTo float64
				for i := range errs {
					if errs[i] <= e {
						upTo += w[i] / total
					}
				}
				if upTo >= u {
					return e
				}
			}
			return f.Max()
		}
		lo := p * (n - 1) / n
		const steps = 5_000
		var want float64
		for i := range steps {
			want += inverse(lo+(float64(i)+0.5)/steps/n) / steps
		}
		if got := f.Quantile(p); math.Abs(got-want) > 0.1 { // of steps of 2.5
			t.Errorf("quantile %v = %v, want %v", p, got, want)
		}
	})
}

// Equal weights, whatever they are, change nothing.
func TestEqualWeights(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		errs := genErrors(t, "errors", 1, 30)
		p := rapid.Float64Range(0, 1).Draw(t, "p")
		plain, err := New(errs)
		if err != nil {
			t.Fatal(err)
		}
		weighted, err := NewWeighted(errs, slices.Repeat([]float64{0.3}, len(errs)))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			what string
			a, b float64
		}{
			{"mean", plain.Mean(), weighted.Mean()},
			{"effective n", plain.EffectiveN(), weighted.EffectiveN()},
			{"quantile", plain.Quantile(p), weighted.Quantile(p)},
			{"F", plain.At(100 * p), weighted.At(100 * p)},
		} {
			if math.Abs(c.a-c.b) > 1e-9 {
				t.Errorf("%s is %v, with equal weights %v", c.what, c.a, c.b)
			}
		}
	})
}

func TestZeroWeightsLeaveModelsOut(t *testing.T) {
	f, err := NewWeighted([]float64{1, 50, 60, 99}, []float64{0, 2, 1, 0})
	if err != nil {
		t.Fatal(err)
	}
	if f.Len() != 2 || f.Min() != 50 || f.Max() != 60 {
		t.Errorf("%d models from %v to %v, want 2 from 50 to 60", f.Len(), f.Min(), f.Max())
	}
}

func TestNewRefuses(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		errs, w []float64
		want    string
	}{
		{nil, nil, "edf: no models"},
		{[]float64{1}, []float64{0}, "edf: no models"},
		{[]float64{1, nan}, nil, "edf: error 1 is NaN"},
		{[]float64{math.Inf(-1)}, nil, "edf: error 0 is -Inf"},
		{[]float64{1, 2}, []float64{1}, "edf: 1 weights for 2 errors"},
		{[]float64{1, 2}, []float64{1, -1}, "edf: weight 1 is -1"},
		{[]float64{1, 2}, []float64{nan, 1}, "edf: weight 0 is NaN"},
	} {
		if _, err := NewWeighted(c.errs, c.w); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("NewWeighted(%v, %v): error %v, want %q", c.errs, c.w, err, c.want)
		}
	}
}

func TestNewLeavesItsInputAlone(t *testing.T) {
	errs, w := []float64{3, 1, 2}, []float64{1, 2, 3}
	if _, err := NewWeighted(errs, w); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]float64{{3, 1, 2}, {1, 2, 3}}, [][]float64{errs, w}); diff != "" {
		t.Error(diff)
	}
}

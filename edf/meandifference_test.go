package edf

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func meanDifference(t *testing.T, a, b Population) Estimate {
	t.Helper()
	e, err := MeanDifference(a, b)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestMeanDifferenceAgainstScipy(t *testing.T) {
	for _, row := range readInference(t).Welch {
		got := meanDifference(t, Population{Errors: row.A}, Population{Errors: row.B})
		nearInterval(t, row.Name, got.Interval, row.Difference, row.Limits, 1e-9)
		equal := meanDifference(t, Population{Errors: row.A, Weights: slices.Repeat([]float64{2}, len(row.A))}, Population{Errors: row.B})
		nearInterval(t, row.Name+", with equal weights", equal.Interval, row.Difference, row.Limits, 1e-9)
	}
}

// Two strata that weigh 3/4 and 1/4, with means 10 and 20, variances of errors
// 2 and 8, and two models each: the variance is 9/16·1 + 1/16·4 = 13/16, with
// (13/16)²/(81/256 + 16/256) = 169/97 degrees of freedom.
func TestMeanDifferenceWithinStrata(t *testing.T) {
	a := Population{
		Errors:  []float64{9, 11, 18, 22, 70},
		Weights: []float64{3. / 8, 3. / 8, 1. / 8, 1. / 8, 0},
		Strata:  []int{0, 0, 2, 2, -1},
	}
	strata, ok := a.stratify()
	if !ok {
		t.Fatal("no mean")
	}
	s := strata.mean(a.Errors)
	near(t, "mean", s.value, 12.5, 1e-12)
	near(t, "variance", s.variance, 13./16, 1e-12)
	near(t, "degrees of freedom", s.df, 169./97, 1e-12)
	b := Population{Errors: []float64{1, 2, 3, 4, 5}}
	mean, err := b.meanError()
	if err != nil {
		t.Fatal(err)
	}
	if got := meanDifference(t, a, b); got.Interval != s.less(mean.studentised).interval() {
		t.Errorf("%+v", got)
	}
	// A single model says nothing about its stratum: weights alone must do.
	a.Weights[3] = 0
	if _, ok := a.stratify(); ok {
		t.Error("a variance of one model")
	}
	if got := meanDifference(t, a, b); math.IsNaN(got.Lo) {
		t.Errorf("%+v", got)
	}
}

func TestMeanDifferenceWithoutAnswer(t *testing.T) {
	some := Population{Name: "some", Errors: []float64{1, 2, 3}}
	for _, c := range []struct {
		p       Population
		warning string
	}{
		{Population{Name: "none"}, "none has no models"},
		{Population{Name: "one", Errors: []float64{5}}, "one has one model: no interval"},
	} {
		got := meanDifference(t, c.p, some)
		if !math.IsNaN(got.Lo) || len(got.Warnings) != 1 || got.Warnings[0] != c.warning {
			t.Errorf("%+v, want the warning %q", got, c.warning)
		}
	}
	equal := Population{Errors: []float64{4, 4, 4}}
	if got := meanDifference(t, equal, equal); got.Estimate != 0 || got.Lo != 0 || got.Hi != 0 {
		t.Errorf("of equal errors %+v", got)
	}
	for _, c := range []struct {
		p    Population
		want string
	}{
		{Population{Errors: []float64{math.NaN()}}, "error 0 is NaN"},
		{Population{Errors: []float64{1, 2}, Strata: []int{0, 0}}, "2 strata for 2 errors, 0 weights"},
		{Population{Errors: []float64{1, 2}, Weights: []float64{1, 1}, Strata: []int{0}}, "1 strata"},
		{Population{Errors: []float64{1, 2}, Weights: []float64{1, 1}, Strata: []int{0, -1}}, "model 1 has weight 1 and no stratum"},
	} {
		for _, pair := range [][2]Population{{c.p, some}, {some, c.p}} {
			if _, err := MeanDifference(pair[0], pair[1]); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		}
	}
}

package edf

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestNormalizeSpreadsEvenly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(1, 6).Draw(t, "bins")
		// At least one model in each bin of [0, k], and some outside.
		var c []float64
		for j := range k {
			for range rapid.IntRange(1, 4).Draw(t, "models") {
				c = append(c, float64(j)+rapid.Float64Range(0.01, 0.99).Draw(t, "complexity"))
			}
		}
		inside := len(c)
		c = append(c, -0.5, float64(k)+0.5)
		ws, err := Normalize(Bins{K: k, Lo: 0, Hi: float64(k)}, Measured{"a", c})
		if err != nil {
			t.Fatal(err)
		}
		inBin := make([]float64, k)
		for i, w := range ws[0][:inside] {
			inBin[int(c[i])] += w
		}
		for j, w := range inBin {
			if math.Abs(w-1/float64(k)) > 1e-12 {
				t.Errorf("bin %d of %d weighs %v", j, k, w)
			}
		}
		if ws[0][inside] != 0 || ws[0][inside+1] != 0 {
			t.Errorf("models outside weigh %v", ws[0][inside:])
		}
	})
}

// Two bins over 0..4 between both populations: {0, 1, 1.9 | 4} and {1 | 2, 3}.
func TestNormalizeOverTheCommonRange(t *testing.T) {
	got, err := Normalize(Bins{K: 2}, Measured{"a", []float64{0, 4, 1, 1.9}}, Measured{"b", []float64{2, 1, 3}})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]float64{{1. / 6, 1. / 2, 1. / 6, 1. / 6}, {1. / 4, 1. / 2, 1. / 4}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNormalizeRefuses(t *testing.T) {
	a, b := Measured{"wide", []float64{1, 5, 9}}, Measured{"narrow", []float64{1, 2}}
	for _, c := range []struct {
		bins        Bins
		populations []Measured
		want        string
	}{
		{Bins{K: 2}, []Measured{a, b}, `population "narrow" has no model in bin 2 of 2, 5 to 9`},
		{Bins{K: 4}, []Measured{a}, `population "wide" has no model in bin 2 of 4, 3 to 5`},
		{Bins{K: 0}, []Measured{a}, "0 bins"},
		{Bins{K: 2}, nil, "bins without a range"},
		{Bins{K: 2, Lo: 3, Hi: 1}, []Measured{a}, "bins without a range"},
		{Bins{K: 2, Lo: 0, Hi: math.Inf(1)}, []Measured{a}, "bins without a range"},
		{Bins{K: 1, Lo: 0, Hi: 9}, []Measured{{"x", []float64{1, math.NaN()}}}, `population "x": complexity 1 is NaN`},
		{Bins{K: 1, Lo: 0, Hi: 9}, []Measured{{"none", nil}}, `population "none" has no model in bin 1 of 1`},
	} {
		if _, err := Normalize(c.bins, c.populations...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Normalize(%+v): error %v, want one with %q", c.bins, err, c.want)
		}
	}
}

func TestNormalizeOneComplexity(t *testing.T) {
	got, err := Normalize(Bins{K: 1}, Measured{"a", []float64{7, 7}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]float64{{0.5, 0.5}}, got); diff != "" {
		t.Error(diff)
	}
}

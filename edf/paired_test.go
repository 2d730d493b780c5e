package edf

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Made by scipy 1.17.1:
//
//	from scipy.stats import wilcoxon, ttest_rel
//	wilcoxon(d, method='exact').pvalue
//	ttest_rel(d, [0]*8).confidence_interval()
func TestComparePairsAgainstScipy(t *testing.T) {
	d := []float64{1.5, -0.5, 2.25, 0.75, -1.25, 3, 0.25, 1.75}
	a, b := make([]float64, len(d)), make([]float64, len(d))
	for i := range d {
		b[i] = float64(40 + 8*i%7)
		a[i] = b[i] + d[i]
	}
	p, err := ComparePairs(a, b)
	if err != nil {
		t.Fatal(err)
	}
	nearInterval(t, "paired", p.Interval, 0.96875, [2]float64{-0.22635843937350297, 2.163858439373503}, 1e-12)
	if got := 2 * p.PBelow(0); math.Abs(2-got-0.09679087936539084) > 1e-12 {
		t.Errorf("p = %v", 2-got)
	}
	if math.Abs(p.SignedRank-0.109375) > 1e-12 {
		t.Errorf("signed rank p = %v", p.SignedRank)
	}
}

// 60 differences with ties, by scipy 1.17.1:
//
//	import numpy as np
//	d = np.round(3*np.sin(np.arange(1, 61)*1.7) + 0.6, 1)
//	wilcoxon(d, method='approx', correction=False).pvalue
func TestSignedRankOfMany(t *testing.T) {
	d := make([]float64, 60)
	for i := range d {
		d[i] = math.Round(10*(3*math.Sin(float64(i+1)*1.7)+0.6)) / 10
	}
	if got := SignedRank(d); math.Abs(got-0.022020327323493155) > 1e-12 {
		t.Errorf("p = %v", got)
	}
}

// The exact p-value is the share of all signs that are as far from the middle,
// with ties and zeros.
func TestSignedRankIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.SliceOfN(rapid.IntRange(-5, 5), 1, 10).Draw(t, "d")
		var d, size []float64
		for _, v := range whole {
			d = append(d, float64(v))
			if v != 0 {
				size = append(size, math.Abs(float64(v)))
			}
		}
		ranks := Ranks(size)
		distance := func(negative func(i int) bool) float64 {
			var sum float64
			for i, r := range ranks {
				if negative(i) {
					sum += r
				} else {
					sum -= r
				}
			}
			return math.Abs(sum)
		}
		var signs []bool
		for _, v := range d {
			if v != 0 {
				signs = append(signs, v < 0)
			}
		}
		seen := distance(func(i int) bool { return signs[i] })
		far, all := 0, 1<<len(ranks)
		for mask := range all {
			if distance(func(i int) bool { return mask>>i&1 == 1 }) >= seen {
				far++
			}
		}
		if want, got := float64(far)/float64(all), SignedRank(d); math.Abs(got-want) > 1e-12 {
			t.Fatalf("%v: p = %v, want %v", d, got, want)
		}
	})
}

func TestComparePairsRefuses(t *testing.T) {
	for _, c := range [][2][]float64{{{1}, {1, 2}}, {{}, {}}, {{math.NaN()}, {1}}} {
		if _, err := ComparePairs(c[0], c[1]); err == nil {
			t.Errorf("%v", c)
		}
	}
	p, err := ComparePairs([]float64{3}, []float64{1})
	if err != nil || p.Estimate.Estimate != 2 || !math.IsNaN(p.Lo) || len(p.Warnings) == 0 {
		t.Errorf("%v %v", p, err)
	}
}

// Differences that are predicted but for noise are known as well as the mean
// prediction of the candidates is; the estimate is that of [AdjustedMean], of
// differences in the place of errors.
func TestAdjustPairs(t *testing.T) {
	var a, b, predicted, candidates []float64
	for i := range 200 {
		candidates = append(candidates, 50+float64(i*37%200)/10)
	}
	for i := range 20 {
		predicted = append(predicted, candidates[i])
		b = append(b, 40+float64(i))
		a = append(a, b[i]+candidates[i]/10+math.Sin(float64(i))/50)
	}
	p, err := ComparePairs(a, b)
	if err != nil {
		t.Fatal(err)
	}
	got, err := AdjustPairs(p, predicted, candidates)
	if err != nil {
		t.Fatal(err)
	}
	shifted := Population{Predicted: predicted, Candidates: candidates}
	for _, d := range p.Differences {
		shifted.Errors = append(shifted.Errors, d+20)
	}
	want, err := AdjustedMean(shifted)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "lower limit", got.Lo, want.Lo-20, 1e-9)
	near(t, "R²", got.R2, want.R2, 1e-9)
	near(t, "worth", got.Worth, want.Worth, 1e-6)
	if !(got.Lo < 5.995 && 5.995 < got.Hi && got.Hi-got.Lo < 0.4*(p.Hi-p.Lo)) {
		t.Errorf("%+v, by pairs alone %+v", got, p.Interval)
	}
	if raw, err := AdjustPairs(p, nil, nil); err != nil || raw.Interval != p.Interval || len(raw.Warnings) != 1 || raw.Worth != 20 {
		t.Errorf("without predictions: %+v, %v", raw, err)
	}
	if _, err := AdjustPairs(p, predicted[1:], candidates); err == nil {
		t.Error("19 predictions for 20 pairs")
	}
}

package edf

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// The best of one model is the mean.
func TestAdjustedBestOfOneIsTheMean(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	a, b := predictedDraws(r, 30, 400, 0.8), predictedDraws(r, 25, 300, 0.8)
	got, err := AdjustedExpectedBestDifference(a, b, 1)
	if err != nil {
		t.Fatal(err)
	}
	want, err := AdjustedMeanDifference(a, b)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "difference", got.Estimate, want.Estimate, 1e-9)
	near(t, "low", got.Lo, want.Lo, 1e-9)
	near(t, "high", got.Hi, want.Hi, 1e-9)
}

// Without predictions that help nothing is adjusted.
func TestBestNotAdjusted(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	a, b := predictedDraws(r, 40, 400, 0.8), predictedDraws(r, 40, 400, 0.8)
	a.Predicted, a.Candidates, b.Predicted, b.Candidates = nil, nil, nil, nil
	got, err := AdjustedExpectedBestDifference(a, b, 5)
	if err != nil || len(got.Warnings) != 2 || !strings.Contains(got.Warnings[0], "no predictions") {
		t.Errorf("%+v, error %v", got, err)
	}
	if want, err := ExpectedBestDifference(a, b, 5); err != nil || want.Interval != got.Interval {
		t.Errorf("%+v, want %+v, error %v", got, want, err)
	}
	got, err = AdjustedExpectedBestDifference(a, b, 11)
	if err != nil || !math.IsNaN(got.Lo) {
		t.Errorf("%+v, error %v: 40 models say nothing of how the best of 11 varies", got, err)
	}
	b.Predicted = []float64{1}
	if _, err := AdjustedExpectedBestDifference(a, b, 5); err == nil {
		t.Error("one prediction for 40 models is no error")
	}
}

// Of two equal spaces the one-sided claims at 97.5 % err in 2.5 % each, with
// predictions that are good, worth nothing or upside down, and good ones make the
// interval narrower.
func TestAdjustedBestHoldsTheTruth(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	const trials = 1000
	for _, correlation := range []float64{0, 0.9, -0.6} {
		low, high, width, raw := 0, 0, 0.0, 0.0
		for range trials {
			a, b := predictedDraws(r, 60, 600, correlation), predictedDraws(r, 60, 600, correlation)
			e, err := AdjustedExpectedBestDifference(a, b, 5)
			if err != nil {
				t.Fatal(err)
			}
			if e.Lo > 0 {
				low++
			}
			if e.Hi < 0 {
				high++
			}
			width += (e.Hi - e.Lo) / trials
			if e, err = ExpectedBestDifference(a, b, 5); err != nil {
				t.Fatal(err)
			}
			raw += (e.Hi - e.Lo) / trials
		}
		t.Logf("correlation %v: errs in %d and %d of %d, width %.3f, not adjusted %.3f", correlation, low, high, trials, width, raw)
		most := int(0.025*trials + 3*math.Sqrt(trials*0.025*0.975))
		if max(low, high) > most {
			t.Errorf("correlation %v: errs in %d and %d of %d, at most %d expected", correlation, low, high, trials, most)
		}
		if correlation == 0.9 && width > 0.7*raw {
			t.Errorf("good predictions make the interval hardly narrower: %v, not adjusted %v", width, raw)
		}
	}
}

package edf

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"designspace/bootstrap"
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
	if got.Lo > want.Lo+1e-9 || got.Hi < want.Hi-1e-9 || got.Hi-got.Lo > 1.2*(want.Hi-want.Lo) {
		t.Errorf("[%v, %v], Student's is [%v, %v]", got.Lo, got.Hi, want.Lo, want.Hi)
	}
}

// The limits are where the p-value of the claim is 2.5 %, and those of Student are
// within them.
func TestSkewedLimits(t *testing.T) {
	for _, skew := range []float64{0, 0.3, -0.3, 1, -2} {
		e := Estimate{Interval: bootstrap.Interval{Estimate: 5}, se: 2, df: 12, skew: skew}
		e.Lo, e.Hi = e.limits(0.025)
		near(t, "below the high end", e.PBelow(e.Hi), 0.025, 1e-9)
		other := e
		other.Estimate, other.Lo, other.Hi, other.skew = -e.Estimate, -e.Hi, -e.Lo, -skew
		near(t, "above the low end", other.PBelow(-e.Lo), 0.025, 1e-9)
		const student = 2 * 2.1788128296634177 // scipy.stats.t.ppf(0.975, 12)
		if e.Lo > 5-student+1e-9 || e.Hi < 5+student-1e-9 || skew == 0 && math.Abs(e.Hi-5-student) > 1e-9 {
			t.Errorf("skewness %v: [%v, %v]", skew, e.Lo, e.Hi)
		}
		if z := unskewed(skewed(1.7, skew), skew); math.Abs(z-1.7) > 1e-9 {
			t.Errorf("skewness %v: there and back is %v", skew, z)
		}
	}
	near(t, "third moment", thirdMoment([]float64{0, 0, 0, 4}), 1, 1e-12) // scipy.stats.kstat([0, 0, 0, 4], 3)/4**2
}

// Two spaces of the same expected best, of which one varies three times as much:
// each claim errs as often as it says, at levels at which evolutions are judged,
// with Student's alone two to four times as often.
func TestBestOfUnequalSpreads(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	const trials, level, best5 = 6000, 0.0125, 1.16296447364 // of 5 standard normal values, the least is expected at -best5
	for _, sd := range []float64{1, 9} {
		errs, student := 0, 0
		for range trials {
			draw := func(mean, sd float64) (p Population) {
				for range 40 {
					p.Errors = append(p.Errors, mean+sd*r.NormFloat64())
				}
				return p
			}
			e, err := AdjustedExpectedBestDifference(draw(60+best5*(sd-3), sd), draw(60, 3), 5)
			if err != nil {
				t.Fatal(err)
			}
			errs += int(indicator(e.PBelow(0) < level))
			e.skew = 0
			student += int(indicator(e.PBelow(0) < level))
		}
		t.Logf("standard deviation %v against 3: errs in %d of %d, with Student's %d", sd, errs, trials, student)
		if most := trials*level + 3*math.Sqrt(trials*level); float64(errs) > most {
			t.Errorf("standard deviation %v against 3: errs in %d of %d, at most %.0f expected", sd, errs, trials, most)
		}
	}
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
	if want, err := ExpectedBestDifference(a, b, 5); err != nil || want.Estimate != got.Estimate || got.Lo > want.Lo || got.Hi < want.Hi {
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

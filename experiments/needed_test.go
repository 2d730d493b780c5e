package experiments

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"designspace/bootstrap"
)

// normal is n errors whose distribution is normal: its quantiles, or drawn ones.
func normal(t *testing.T, label string, n int, mean float64, r *rand.Rand) *Sample {
	return sample(t, label, n, func(i int) (float64, float64, float64) {
		if r != nil {
			return mean + 3*r.NormFloat64(), 1e6, float64(i)
		}
		return mean + 3*distuv.UnitNormal.Quantile((float64(i)+0.5)/float64(n)), 1e6, float64(i)
	})
}

// So many models as are said to be needed decide in about four of five campaigns
// whose populations are as they looked.
func TestNeeded(t *testing.T) {
	const trials = 300
	for _, c := range []struct {
		claim  string
		effect float64
		want   Verdict
	}{
		{"mean: {claims: [A < B]}", -0.8, Confirmed},
		{"mean: {claims: [A < B]}", 0.8, Refuted},
		{"mean: {claims: [A <= B], margin: 1}", 0.1, Confirmed},
		{"mean: {claims: [A = B], margin: 1}", 1.7, Refuted},
		{"mean: {claims: [A = B], margin: 1}", 0.3, Confirmed},
		{"mean: {claims: [A < B, A < C]}", -0.8, Confirmed}, // C is far, so that Holm's level is that of one claim
	} {
		looks := judgeOf(t, c.claim, normal(t, "A", 40, 50+c.effect, nil), normal(t, "B", 40, 50, nil), normal(t, "C", 40, 60, nil))
		if looks.Verdict != Inconclusive || looks.Needed <= 40 {
			t.Fatalf("%s, effect %v: %s, needs %d models", c.claim, c.effect, looks.Verdict, looks.Needed)
		}
		r, decided := rand.New(rand.NewPCG(1, 2)), 0
		n := looks.Needed
		for range trials {
			if judgeOf(t, c.claim, normal(t, "A", n, 50+c.effect, r), normal(t, "B", n, 50, r), normal(t, "C", n, 60, r)).Verdict == c.want {
				decided++
			}
		}
		// the quantiles vary less than what is drawn; needed is rounded up; the level of two claims is halved
		if share := float64(decided) / trials; share < 0.72 || share > 0.9 { // the 80 % less three standard errors of the trials
			t.Errorf("%s, effect %v: %d models decide in %v of campaigns", c.claim, c.effect, n, share)
		}
	}
}

// So it is with the best of values, where every other must be excluded.
func TestNeededOfRanges(t *testing.T) {
	const trials = 300
	values := func(n int, r *rand.Rand) *Sample {
		return sample(t, "A", n, func(i int) (float64, float64, float64) {
			group, of := i%3, float64(i/3)+0.5
			noise := distuv.UnitNormal.Quantile(of / math.Ceil(float64(n)/3+0.5))
			if r != nil {
				noise = r.NormFloat64()
			}
			return 50 + []float64{0, 1, 5}[group] + 3*noise, 1e6, float64(group)
		})
	}
	for claimed, want := range []Verdict{Confirmed, Refuted} {
		claim := fmt.Sprintf("range: {values: [{population: A, column: width, min: %d, max: %d}]}", claimed, claimed)
		looks := judgeOf(t, claim, values(60, nil))
		if looks.Verdict != Inconclusive || looks.Needed <= 60 {
			t.Fatalf("%d is best: %s, needs %d models", claimed, looks.Verdict, looks.Needed)
		}
		r, decided := rand.New(rand.NewPCG(1, 2)), 0
		for range trials {
			if judgeOf(t, claim, values(looks.Needed, r)).Verdict == want {
				decided++
			}
		}
		if share := float64(decided) / trials; share < 0.72 || share > 0.92 {
			t.Errorf("%d is best: %d models decide in %v of campaigns", claimed, looks.Needed, share)
		}
	}
}

// A claim that a finding speaks against needs what refutes it, one that all are
// for what confirms the last of them; where that cannot be told, nothing is said.
func TestNeededOfClaims(t *testing.T) {
	open := func(needed int, against bool) Finding {
		return Finding{Verdict: Inconclusive, Needed: needed, distance: distance{against: against}}
	}
	sure := Finding{Verdict: Confirmed}
	for _, c := range []struct {
		findings []Finding
		want     int
	}{
		{[]Finding{sure, open(200, false), open(90, false)}, 200},
		{[]Finding{open(200, false), open(90, true), open(80, true)}, 80},
		{[]Finding{open(200, false), open(0, true)}, 0},
		{[]Finding{open(0, true), open(70, true)}, 70},
		{[]Finding{open(0, false), open(70, false)}, 0},
		{[]Finding{open(0, false), open(70, true)}, 70},
	} {
		if got := needed(c.findings); got != c.want {
			t.Errorf("%+v: needs %d models, want %d", c.findings, got, c.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		estimate, lo, hi, min, max float64
		want                       distance
	}{
		{-1, -3, 1, math.Inf(-1), 0, distance{2, false}},
		{2, -1, 4, math.Inf(-1), 0, distance{1.5, true}},
		{0.5, -0.5, 2, -1, 1, distance{3, false}},
		{-2, -4, 0, -1, 1, distance{2, true}},
	} {
		i := bootstrap.Interval{Estimate: c.estimate, Lo: c.lo, Hi: c.hi}
		if got := distanceTo(i, c.min, c.max); got != c.want {
			t.Errorf("%+v: %+v", c, got)
		}
	}
}

package experiments

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
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
		claim   string
		effects [3]float64 // mean errors of A, B and C
		want    Verdict
	}{
		{"mean: {claims: [A < B]}", [3]float64{-0.8, 0, 9}, Confirmed},
		{"mean: {claims: [A < B]}", [3]float64{0.8, 0, 9}, Refuted},
		{"mean: {claims: [A <= B], margin: 1}", [3]float64{0.1, 0, 9}, Confirmed},
		{"mean: {claims: [A = B], margin: 1}", [3]float64{1.7, 0, 9}, Refuted},
		{"mean: {claims: [A = B], margin: 1}", [3]float64{0.3, 0, 9}, Confirmed},
		{"mean: {claims: [A = B], margin: 1}", [3]float64{0, 0, 9}, Confirmed},          // both bounds are as near
		{"mean: {claims: [A < B, A < C]}", [3]float64{-0.8, 0, 9}, Confirmed},           // C is far, so that Holm's level is that of one claim
		{"mean: {claims: [A < B, B < C]}", [3]float64{-0.8, 0, 0.8}, Confirmed},         // both must hold
		{"mean: {claims: [A < B, A < C]}", [3]float64{0.8, 0, 9}, Refuted},              // at half the level
		{"best_of: {m: 5, claims: [A < B]}", [3]float64{-0.8, 0, 9}, Confirmed},         // whose interval has few degrees of freedom
		{"mean: {claims: [A <= B, A <= C], margin: 1}", [3]float64{0, 0, 0}, Confirmed}, // correlated, as A is in both
	} {
		population := func(i, n int, r *rand.Rand) *Sample { return normal(t, string(rune('A'+i)), n, 50+c.effects[i], r) }
		looks := judgeOf(t, c.claim, population(0, 40, nil), population(1, 40, nil), population(2, 40, nil))
		if looks.Verdict != Inconclusive || looks.Needed <= 40 {
			t.Fatalf("%s, %v: %s, needs %d models", c.claim, c.effects, looks.Verdict, looks.Needed)
		}
		r, decided := rand.New(rand.NewPCG(1, 2)), 0
		n := looks.Needed
		for range trials {
			if judgeOf(t, c.claim, population(0, n, r), population(1, n, r), population(2, n, r)).Verdict == c.want {
				decided++
			}
		}
		// quantiles vary less than what is drawn, and what is needed is rounded up
		if share := float64(decided) / trials; share < 0.72 || share > 0.9 { // the 80 % less three standard errors of the trials
			t.Errorf("%s, %v: %d models decide in %v of campaigns", c.claim, c.effects, n, share)
		}
	}
}

// The test on pairs of models may need more models than the means, or say the
// opposite, so that no number decides.
func TestNeededMindsPairs(t *testing.T) {
	skewed := func(label string, n int, lo, hi float64) *Sample { // a few models are far off
		return sample(t, label, n, func(i int) (float64, float64, float64) {
			if i%8 == 0 {
				return 50 + hi + float64(i)/float64(n), 1e6, float64(i)
			}
			return 50 + lo + 8*float64(i)/float64(n), 1e6, float64(i)
		})
	}
	flat := func(n int, mean float64) *Sample {
		return sample(t, "A", n, func(i int) (float64, float64, float64) { return 46 + mean + 8*float64(i)/float64(n), 1e6, float64(i) })
	}
	of := func(mean float64) Outcome {
		return judgeOf(t, "mean: {claims: [A < B]}", flat(24, mean), skewed("B", 24, -4, 20))
	}
	if o := of(-0.5); o.Verdict != Inconclusive || o.Needed == 0 {
		t.Errorf("as the means say: %s, %d", o.Verdict, o.Needed)
	}
	if o := of(2); o.Verdict != Inconclusive || o.Findings[0].Effect >= 0 || o.Needed != 0 {
		t.Errorf("against the means: %s, %v, %d", o.Verdict, o.Findings[0].Effect, o.Needed)
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
	open := func(signal float64, against bool) Finding {
		return Finding{Verdict: Inconclusive, evidence: evidence{signal: [2]float64{signal, math.Inf(1)}, models: 100, against: against}}
	}
	sure := Finding{Verdict: Confirmed}
	// By hand: a signal of 1 is decided with 80 % where it has become 1.960 + 0.842,
	// at half the level 2.241 + 0.842; two of 89.4 % each are at 1.960 + 1.250.
	for _, c := range []struct {
		findings []Finding
		want     int
	}{
		{[]Finding{open(1, false)}, 790},
		{[]Finding{sure, open(1, false)}, 790},
		{[]Finding{sure, open(1, true)}, 960},
		{[]Finding{open(1, false), open(1.5, false)}, 1300},                 // 2.241 + 1.250
		{[]Finding{open(0.1, false), open(0.5, true), open(1, true)}, 1100}, // 2.394 + 0.842
		{[]Finding{open(1, false), open(0, true)}, 0},
		{[]Finding{open(0, true), open(1, true)}, 960},
		{[]Finding{open(0, false), open(1, false)}, 0},
		{[]Finding{open(0, false), open(1, true)}, 960},
	} {
		if got := need(c.findings); got != c.want {
			t.Errorf("%+v: needs %d models, want %d", c.findings, got, c.want)
		}
	}
}

func TestEvidenceOf(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		estimate, lo, hi float64
		want             evidence
	}{
		{-1, -inf, 0, evidence{signal: [2]float64{inf, 2}}},
		{2, -inf, 0, evidence{signal: [2]float64{inf, 4}, against: true}},
		{0.5, -1, 1, evidence{signal: [2]float64{3, 1}}},
		{-2, -1, 1, evidence{signal: [2]float64{2, inf}, against: true}},
	} {
		if got := evidenceOf(c.estimate, 0.5, c.lo, c.hi); got != c.want {
			t.Errorf("%+v: %+v", c, got)
		}
	}
}

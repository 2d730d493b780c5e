package edf

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/stat/distuv"
)

func normal(n int, mean, sd float64, seed uint64) []float64 {
	r := rand.New(rand.NewPCG(seed, 0))
	x := make([]float64, n)
	for i := range x {
		x[i] = mean + sd*r.NormFloat64()
	}
	return x
}

// The distance of a part from the whole behaves like that of a sample from the
// truth, times √(1 - k/n): its mean is near √(π/2) ln 2 √((1-k/n)/k), less a
// correction of order 1/k for the discreteness of the part.
func TestSubsample(t *testing.T) {
	const n = 2000
	sizes := []int{50, 200, 1000, n}
	got, err := Subsample(normal(n, 20, 3, 1), sizes, 400, 7)
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range sizes {
		g := got[i]
		want := math.Sqrt(math.Pi/2) * math.Ln2 * math.Sqrt((1-float64(k)/n)/float64(k))
		if g.Size != k || math.Abs(g.Mean-want) > 0.08*want {
			t.Errorf("size %d: %+v, want a mean of about %v", k, g, want)
		}
		if !(g.Lo <= g.Mean && g.Mean <= g.Hi) {
			t.Errorf("size %d: %+v", k, g)
		}
	}
	alone, err := Subsample(normal(n, 20, 3, 1), sizes[1:2], 400, 7)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got[1:2], alone); diff != "" {
		t.Errorf("the other sizes change a result: %s", diff)
	}
}

// distance against the test, which walks over both samples.
func TestDistance(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 3))
	for range 200 {
		f := mustNew(t, formula(r.IntN(30)+1, 7, r.IntN(9), 1+float64(r.IntN(3))))
		places := make([]int, f.Len())
		for i := range places {
			places[i] = i
		}
		var errs []float64
		chosen := choosePlaces(places, 1+r.IntN(f.Len()), r)
		for _, i := range chosen {
			errs = append(errs, f.x[i])
		}
		if got, want := f.distance(chosen), KS(mustNew(t, errs), f).D; math.Abs(got-want) > 1e-12 {
			t.Fatalf("distance of %v from %v = %v, want %v", errs, f.x, got, want)
		}
	}
}

func TestSubsampleRefuses(t *testing.T) {
	for _, c := range []struct {
		pool   []float64
		size   int
		trials int
		want   string
	}{
		{nil, 1, 0, "no models"},
		{[]float64{1, 2}, 3, 0, "subsample of 3 of 2 models"},
		{[]float64{1, 2}, 0, 0, "subsample of 0"},
		{[]float64{1, 2}, 1, -1, "-1 trials"},
	} {
		if _, err := Subsample(c.pool, []int{c.size}, c.trials, 1); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Subsample(%v, %d, %d): error %v, want one with %q", c.pool, c.size, c.trials, err, c.want)
		}
	}
}

// For a shift of normal errors Noether's formula is a good guide: the power of
// the models it asks for must be about 0.8, and so must the answer be about its.
func TestModelsNeeded(t *testing.T) {
	a, b := mustNew(t, normal(3000, 20, 3, 4)), mustNew(t, normal(3000, 21, 3, 5))
	effect := MannWhitney(a, b).Less - 0.5
	z := distuv.UnitNormal.Quantile(0.975) + distuv.UnitNormal.Quantile(0.8)
	noether := z * z / (6 * effect * effect)
	got, err := ModelsNeeded(a, b, PowerOptions{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(float64(got.N)-noether) > 0.15*noether || got.Power < 0.8 || got.PowerLo > 0.8 || got.PowerHi < 0.8 || len(got.Warnings) > 0 {
		t.Errorf("%+v, want about %.0f models", got, noether)
	}
	p, err := Power(a, b, got.N, PowerOptions{Seed: 1})
	if err != nil || p != got.Power {
		t.Errorf("power with %d models = %v, error %v; want %v", got.N, p, err, got.Power)
	}
}

// Without a difference the power is the level of significance.
func TestPowerOfNoDifference(t *testing.T) {
	a := mustNew(t, normal(1000, 20, 3, 6))
	p, err := Power(a, a, 100, PowerOptions{Trials: 4000})
	if err != nil || math.Abs(p-0.05) > 4*math.Sqrt(0.05*0.95/4000) {
		t.Errorf("power %v, error %v; want 0.05", p, err)
	}
	got, err := ModelsNeeded(a, a, PowerOptions{Max: 200, Trials: 200})
	if err != nil || got.N != 0 || len(got.Warnings) != 1 || !strings.HasPrefix(got.Warnings[0], "200 models each do not tell the two apart") {
		t.Errorf("%+v, error %v", got, err)
	}
}

// Samples apart need as many models as the test does to reach 0.05, no more.
func TestModelsNeededApart(t *testing.T) {
	a, b := mustNew(t, []float64{1, 2, 3}), mustNew(t, []float64{7, 8, 9})
	got, err := ModelsNeeded(a, b, PowerOptions{Trials: 100})
	if err != nil || got.N != 4 || got.Power < 0.8 || len(got.Warnings) != 1 {
		t.Errorf("%+v, error %v; want 4 models and a warning", got, err)
	}
}

// A comparison says how many models it needs if it is asked.
func TestCompareSaysNeeded(t *testing.T) {
	a, b := normal(100, 20, 3, 1), normal(100, 21.5, 3, 2)
	fa, _ := New(a)
	fb, _ := New(b)
	want, err := ModelsNeeded(fa, fb, PowerOptions{Power: 0.9, Tests: 3, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	samples := []Population{{Name: "a", Errors: a}, {Name: "b", Errors: b}, {Name: "none"}}
	cs, err := CompareAll(samples, Options{Power: 0.9, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	if got := cs[0].Needed; got == nil || got.N != want.N {
		t.Errorf("needed %+v, want %+v", got, want)
	}
	if cs[1].Needed != nil {
		t.Errorf("a sample without models needs %+v", cs[1].Needed)
	}
	for _, power := range []float64{-1, 1, math.NaN()} {
		if _, err := CompareAll(samples, Options{Power: power}); err == nil || !strings.Contains(err.Error(), "give a probability between 0 and 1") {
			t.Errorf("power %v: %v", power, err)
		}
	}
}

// After Holm over three tests the strictest level is a third, and a space that
// holds too few models says so.
func TestModelsNeededAmongTests(t *testing.T) {
	a, b := mustNew(t, normal(300, 20, 3, 1)), mustNew(t, normal(300, 21.5, 3, 2))
	of3, err := ModelsNeeded(a, b, PowerOptions{Tests: 3})
	if err != nil {
		t.Fatal(err)
	}
	third, err := ModelsNeeded(a, b, PowerOptions{Alpha: alpha / 3})
	if err != nil {
		t.Fatal(err)
	}
	one, err := ModelsNeeded(a, b, PowerOptions{})
	if err != nil || cmp.Diff(of3, third) != "" || of3.N <= one.N {
		t.Errorf("of 3 tests %+v, at a third of the level %+v, alone %+v, error %v", of3, third, one, err)
	}
	capped, err := ModelsNeeded(a, b, PowerOptions{Max: one.N / 2})
	if err != nil || capped.N != 0 || !strings.Contains(capped.Warnings[0], "do not tell the two apart") {
		t.Errorf("%+v, error %v", capped, err)
	}
}

// The limits hold the number for the distributions themselves about as often as
// they say: 3 standard deviations of 300 trials are 0.04. N(20,3) against
// N(21.5,3) has P(a < b) = Φ(0.3536) and needs 67 models of each,
// by 20 000 trials with 20 000 models of each.
func TestModelsNeededLimits(t *testing.T) {
	const trials, truth = 300, 67
	held, bounded := 0.0, 0
	for i := range uint64(trials) {
		a, b := mustNew(t, normal(50, 20, 3, 2*i)), mustNew(t, normal(50, 21.5, 3, 2*i+1))
		got, err := ModelsNeeded(a, b, PowerOptions{Trials: 200, Max: 2000})
		if err != nil {
			t.Fatal(err)
		}
		if got.Lo <= truth && (truth <= got.Hi || got.Hi == 0) {
			held++
		}
		if got.Hi > 0 {
			bounded++
		}
		if got.N > 0 && (got.N < got.Lo || got.Hi > 0 && got.N > got.Hi) {
			t.Errorf("%+v", got)
		}
	}
	if held/trials < 0.95-0.04 || bounded == 0 || bounded == trials {
		t.Errorf("the limits hold the number in %v, %d of %d have an upper one", held/trials, bounded, trials)
	}
}

func TestPowerRefuses(t *testing.T) {
	a := mustNew(t, []float64{1})
	for _, o := range []PowerOptions{{Power: 1}, {Power: -1}, {Alpha: 2}, {Trials: -1}, {Max: -1}} {
		if _, err := ModelsNeeded(a, a, o); err == nil {
			t.Errorf("%+v succeeds", o)
		}
	}
	if _, err := Power(a, a, 0, PowerOptions{}); err == nil {
		t.Error("power of 0 models succeeds")
	}
}

package edf

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Made by rpact 3.3.4 (R 4.2.2), with t <- n/max(n) and
// s <- pmin(2*pnorm(qnorm(a/2)/sqrt(t)), a); s[length(s)] <- a:
//
//	getDesignGroupSequential(alpha=a, sided=2, informationRates=t,
//	  typeOfDesign="asUser", userAlphaSpending=s, tolerance=1e-10)$criticalValues
func TestPlanAgainstRpact(t *testing.T) {
	for _, c := range []struct {
		sizes  []int
		alpha  float64
		bounds []float64
	}{
		{[]int{10, 15, 20, 25, 30}, 0.05, []float64{3.39475720, 2.78727753, 2.44891746, 2.23195431, 2.07991022}},
		{[]int{10, 16, 24, 32, 40}, 0.05, []float64{3.91992797, 3.10432750, 2.55356054, 2.25389723, 2.06352232}},
		{[]int{10, 15, 20, 25, 30}, 0.01, []float64{4.46146723, 3.64584425, 3.17323096, 2.86313569, 2.64222139}},
		{[]int{20, 40, 60, 80, 100}, 0.05, []float64{4.38261270, 3.09972748, 2.55335497, 2.25384790, 2.06350110}},
		{[]int{33, 50, 67, 83, 100}, 0.1, []float64{2.86332264, 2.35653895, 2.08601054, 1.93023609, 1.80753086}},
		{[]int{10, 20, 30, 40, 50, 60, 70, 80, 90, 100}, 0.05, []float64{6.19795032, 4.38262450, 3.58188695, 3.11889979, 2.81555014, 2.59964128, 2.43705517, 2.30961317, 2.20669826, 2.12166145}},
		{[]int{8, 9, 100}, 0.2, []float64{4.53096901, 4.29568617, 1.28157769}},
	} {
		p, err := NewPlan(c.sizes, c.alpha)
		if err != nil {
			t.Fatal(err)
		}
		for k, want := range c.bounds {
			if math.Abs(p.Bounds[k]-want) > 2e-5 {
				t.Errorf("%v at %v: bound %d is %.8f, want %.8f", c.sizes, c.alpha, k+1, p.Bounds[k], want)
			}
		}
	}
}

// A look alone spends no more than all looks up to it, and no less than what is
// left for it.
func TestPlanBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := 0
		var sizes []int
		for _, step := range rapid.SliceOfN(rapid.IntRange(1, 40), 1, 12).Draw(t, "steps") {
			n += step
			sizes = append(sizes, n)
		}
		alpha := rapid.Float64Range(0.001, 0.2).Draw(t, "alpha")
		p, err := NewPlan(sizes, alpha)
		if err != nil {
			t.Fatal(err)
		}
		before := 0.0
		for k, c := range p.Bounds {
			spent := math.Erfc(math.Erfcinv(alpha) / math.Sqrt(float64(sizes[k])/float64(n)))
			if alone := math.Erfc(c / math.Sqrt2); alone > spent+1e-9 || alone < spent-before-1e-9 {
				t.Fatalf("look %d of %v spends %v alone, want %v to %v", k+1, sizes, alone, spent-before, spent)
			}
			before = spent
		}
	})
}

// A single look at level 0.05 is Welch's interval.
func TestOneLookIsWelch(t *testing.T) {
	for _, row := range readInference(t).Welch {
		e := meanDifference(t, Population{Errors: row.A}, Population{Errors: row.B})
		p, err := NewPlan([]int{len(row.A)}, 0.05)
		if err != nil {
			t.Fatal(err)
		}
		nearInterval(t, row.Name, p.Look(1, e, 0).Interval, row.Difference, row.Limits, 1e-8)
	}
}

func TestLookVerdicts(t *testing.T) {
	p, err := NewPlan([]int{10, 20}, 0.05)
	if err != nil {
		t.Fatal(err)
	}
	of := func(value, se float64) Estimate { return studentised{value, se * se, 20}.estimate(nil) }
	for _, c := range []struct {
		look   int
		e      Estimate
		margin float64
		want   Verdict
	}{
		{1, of(-5, 1), 0, Better},
		{1, of(5, 1), 1, Worse},
		{1, of(2.5, 1), 1, Same}, // at a look alone it would be
		{2, of(2.5, 1), 1, Worse},
		{2, of(0.1, 0.2), 1, Equivalent},
		{2, of(0.1, 0.2), 0, Same},
		{2, of(0.1, 0.2), 0.5, Same},
		{1, of(0, 0), 1, Equivalent},
		{1, of(-2, 0), 1, Better},
		{2, of(math.NaN(), math.NaN()), 1, Same},
		{2, studentised{5, math.NaN(), 0}.estimate(nil), 1, Same},
	} {
		l := p.Look(c.look, c.e, c.margin)
		if l.Verdict != c.want || l.Decided() != (c.want != Same) || l.Look != c.look {
			t.Errorf("%+v: %+v, want %s", c, l, c.want)
		}
	}
}

func TestLookSizes(t *testing.T) {
	for most, want := range map[int][]int{30: {10, 15, 20, 25, 30}, 100: {33, 50, 67, 83, 100}, 12: {8, 10, 12}, 8: {8}, 7: nil} {
		if got := LookSizes(most); !slices.Equal(got, want) {
			t.Errorf("%d: %v, want %v", most, got, want)
		}
	}
}

func TestNewPlanRefuses(t *testing.T) {
	for _, c := range []struct {
		sizes []int
		alpha float64
	}{{nil, 0.05}, {[]int{0, 5}, 0.05}, {[]int{5, 5}, 0.05}, {[]int{9, 5}, 0.05}, {[]int{5}, 0}, {[]int{5}, 1}, {[]int{5}, math.NaN()}} {
		if _, err := NewPlan(c.sizes, c.alpha); err == nil {
			t.Errorf("%v at %v: no error", c.sizes, c.alpha)
		}
	}
}

// The p-value of looks is the level of the plan whose repeated interval ends at
// the bound, at the look that is nearest to decide.
func TestPlanPValues(t *testing.T) {
	sizes := []int{10, 15, 20, 25, 30}
	inf := math.Inf(1)
	e := studentised{2, 9, 18}.estimate(nil)
	none := studentised{5, math.NaN(), 0}.estimate(nil)
	for _, alpha := range []float64{0.3, 0.01} {
		p, err := NewPlan(sizes, alpha)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range []int{1, 3, 5} {
			looks := slices.Repeat([]Estimate{none}, k)
			looks[k-1] = e
			i := p.Look(k, e, 0).Interval
			for _, got := range []float64{
				p.PWithin(looks, -inf, i.Hi), p.PWithin(looks, i.Lo, inf), p.PWithin(looks, i.Lo, i.Hi+1), p.PWithin(looks, i.Lo-1, i.Hi),
				p.POutside(looks, i.Hi, i.Hi+9), p.POutside(looks, -inf, i.Lo),
			} {
				if math.Abs(got/alpha-1) > 1e-5 {
					t.Errorf("look %d at %v: p = %v", k, alpha, got)
				}
			}
		}
		// Equal estimates are nearest to decide at the last look.
		looks := []Estimate{e, e, none, e}
		if i := p.Look(4, e, 0).Interval; math.Abs(p.PWithin(looks, -inf, i.Hi)/alpha-1) > 1e-5 {
			t.Errorf("four looks at %v: p = %v", alpha, p.PWithin(looks, -inf, i.Hi))
		}
	}
	p := Plan{Sizes: []int{12}}
	if p.PWithin([]Estimate{e}, -inf, 1.5) != 1 || p.PWithin([]Estimate{e}, 2, inf) != 1 || p.POutside([]Estimate{e}, 1, 3) != 1 {
		t.Error("the estimate is not where it is claimed to be, but p is below 1")
	}
	if e := (studentised{-2, 1, 11}).estimate(nil); math.Abs(p.PWithin([]Estimate{e}, -inf, 0)-2*e.PBelow(0)) > 1e-7 {
		t.Error("one look alone is not the two-sided test")
	}
	if !math.IsNaN(p.PWithin([]Estimate{none}, -inf, 0)) || p.PWithin([]Estimate{studentised{-1, 0, 3}.estimate(nil)}, -inf, 0) != 1e-12 {
		t.Error("without an interval, and without a variance")
	}
}

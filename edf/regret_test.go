package edf

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/combin"
	"pgregory.net/rapid"
)

func TestRegretAgainstEnumeration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(4, 9).Draw(t, "n")
		a, b := anyErrors(n).Draw(t, "a"), anyErrors(n).Draw(t, "b")
		m := rapid.IntRange(1, n).Draw(t, "m")
		var want float64
		subsets := combin.Combinations(n, m)
		for _, s := range subsets {
			x, y := pick(a, s), pick(b, s)
			want += regret(x, y) / float64(len(subsets))
		}
		got, err := Regret(a, b, m)
		if err != nil || math.Abs(got.Estimate-want) > 1e-9 {
			t.Errorf("regret of the best of %d by %v in %v: %v, error %v; want %v", m, a, b, got, err, want)
		}
		if limits := leastGroups*m <= n; math.IsNaN(got.Lo) == limits || (len(got.Warnings) == 0) != limits {
			t.Errorf("n = %d, m = %d: %+v", n, m, got)
		}
	})
}

// regret is the cost of choosing the best by a; of models that tie, by lot.
func regret(a, b []float64) float64 {
	best := slices.Min(a)
	var sum, n float64
	for i, e := range a {
		if e == best {
			sum += b[i]
			n++
		}
	}
	return sum/n - slices.Min(b)
}

func pick(x []float64, places []int) (y []float64) {
	for _, i := range places {
		y = append(y, x[i])
	}
	return y
}

func TestRegretOfItself(t *testing.T) {
	a := normal(40, 60, 3, 1)
	got, err := Regret(a, a, 0)
	if err != nil || got.Estimate != 0 || got.Lo != 0 || got.Hi != 0 {
		t.Errorf("%+v, error %v", got, err)
	}
	// Against itself reversed, the best of A is the worst of B.
	back := make([]float64, len(a))
	for i, x := range a {
		back[i] = 120 - x
	}
	got, _ = Regret(a, back, 10)
	best, _ := mustNew(t, a).ExpectedBest(10)
	other, _ := mustNew(t, back).ExpectedBest(10)
	near(t, "regret", got.Estimate, 120-best.Estimate-other.Estimate, 1e-9)
	if few, err := Regret(a[:3], a[:3], 5); err != nil || !math.IsNaN(few.Estimate) || !strings.Contains(few.Warnings[0], "at least 5 models needed") {
		t.Errorf("%+v, error %v", few, err)
	}
	if _, err := Regret(a, a, -1); err == nil {
		t.Error("a choice among -1 models")
	}
	if _, err := Regret(a, slices.Repeat([]float64{math.NaN()}, 40), 0); err == nil {
		t.Error("a regret of no numbers")
	}
}

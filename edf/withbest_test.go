package edf

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

func newDunnett(loadings []float64, df float64) *dunnett {
	return &dunnett{loadings, df, map[float64]float64{}}
}

func TestDunnettAgainstScipy(t *testing.T) {
	for _, row := range readInference(t).Dunnett {
		largest := newDunnett(row.Loadings, row.DF)
		if got := largest.cdf(row.D); math.Abs(got-row.P) > 1e-5 {
			t.Errorf("P(max of %d <= %v) = %.10f, want %.10f", len(row.Loadings), row.D, got, row.P)
		}
		if got := largest.quantile(row.P); math.Abs(got-row.D) > 1e-4 {
			t.Errorf("quantile %v of %v, want %v", row.P, got, row.D)
		}
	}
	// Of one comparison it is Student's.
	near(t, "quantile", newDunnett([]float64{0.8}, 7).quantile(0.95), distuv.StudentsT{Sigma: 1, Nu: 7}.Quantile(0.95), 1e-6)
}

// Two groups: the intervals are Welch's, each one-sided at 95 %, cut at 0.
func TestTwoGroupsWithBest(t *testing.T) {
	a, b := normal(20, 40, 2, 1), normal(30, 41, 4, 2)
	got, err := CompareWithBest([][]float64{a, b})
	if err != nil {
		t.Fatal(err)
	}
	ma, _ := Population{Errors: a}.meanError()
	mb, _ := Population{Errors: b}.meanError()
	d := ma.less(mb.studentised)
	half := distuv.StudentsT{Sigma: 1, Nu: d.df}.Quantile(0.95) * math.Sqrt(d.variance)
	want := [2][2]float64{{min(d.value-half, 0), max(d.value+half, 0)}, {min(-d.value-half, 0), max(-d.value+half, 0)}}
	for i, g := range got.Groups {
		if math.Abs(g.Gap.Lo-want[i][0]) > 1e-6 || math.Abs(g.Gap.Hi-want[i][1]) > 1e-6 {
			t.Errorf("group %d: %+v, want %v", i, g, want[i])
		}
	}
}

func TestClearBest(t *testing.T) {
	got, err := CompareWithBest([][]float64{normal(30, 50, 1, 1), normal(30, 40, 1, 2), normal(30, 60, 1, 3), {39}, nil})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{false, true, false, true, true} {
		if got.Groups[i].MayBeBest != want {
			t.Errorf("group %d: %+v", i, got.Groups[i])
		}
	}
	if g := got.Groups[1].Gap; g.Hi != 0 || !(g.Lo < -8) {
		t.Errorf("the best: %+v", g)
	}
	if g := got.Groups[2].Gap; g.Lo != 0 || !(g.Hi > 20) {
		t.Errorf("the worst: %+v", g)
	}
	if len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0], "2 of 5 groups") {
		t.Errorf("warnings %q", got.Warnings)
	}
	if got.Groups[3].Mean != 39 || !math.IsNaN(got.Groups[4].Mean) || !math.IsNaN(got.Groups[3].Gap.Lo) {
		t.Errorf("groups of no models: %+v", got.Groups[3:])
	}
	equal, err := CompareWithBest([][]float64{{5, 5}, {5, 5, 5}, {6, 6}})
	if err != nil || !equal.Groups[0].MayBeBest || !equal.Groups[1].MayBeBest || equal.Groups[2].MayBeBest {
		t.Errorf("of errors that do not vary: %+v, error %v", equal, err)
	}
	for _, groups := range [][][]float64{nil, {{1, 2}}, {{1, 2}, {3}}, {{1, 2}, {math.NaN(), 1}}} {
		if _, err := CompareWithBest(groups); err == nil {
			t.Errorf("no error of %v", groups)
		}
	}
}

// Scale, shift and order of the groups do not matter, and some group may always
// be the best: that of the least mean.
func TestWithBestInvariance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		errs := rapid.SliceOfN(rapid.Float64Range(20, 30), 2, 6)
		groups := rapid.SliceOfN(errs, 2, 4).Draw(t, "groups")
		got, err := CompareWithBest(groups)
		if err != nil {
			t.Fatal(err)
		}
		other := make([][]float64, len(groups))
		for i, g := range groups {
			for _, e := range g {
				other[len(groups)-1-i] = append(other[len(groups)-1-i], 5+2*e)
			}
		}
		back, err := CompareWithBest(other)
		if err != nil {
			t.Fatal(err)
		}
		best := 0
		for i, g := range got.Groups {
			if g.Mean < got.Groups[best].Mean {
				best = i
			}
			b := back.Groups[len(groups)-1-i]
			if math.Abs(b.Gap.Lo-2*g.Gap.Lo) > 1e-5 || math.Abs(b.Gap.Hi-2*g.Gap.Hi) > 1e-5 {
				t.Errorf("group %d: %+v, mapped %+v", i, g, b)
			}
			if !(g.Gap.Lo <= 0 && 0 <= g.Gap.Hi && g.Gap.Lo <= g.Gap.Estimate && g.Gap.Estimate <= g.Gap.Hi) {
				t.Errorf("group %d: %+v", i, g)
			}
		}
		if !got.Groups[best].MayBeBest {
			t.Errorf("the least mean may not be the best: %+v", got.Groups)
		}
	})
}

// All gaps are in their intervals at once, also where groups differ in size and
// spread: 3 standard deviations of 400 trials are 0.033.
func TestWithBestCoverage(t *testing.T) {
	const trials = 400
	means, sds, sizes := []float64{0, 0, 0.3, 2}, []float64{1, 3, 1, 5}, []int{40, 10, 20, 30}
	gaps := []float64{0, 0, 0.3, 2}
	r := rand.New(rand.NewPCG(4, 4))
	held := 0.0
	for range trials {
		groups := make([][]float64, len(means))
		for i, n := range sizes {
			for range n {
				groups[i] = append(groups[i], means[i]+sds[i]*r.NormFloat64())
			}
		}
		got, err := CompareWithBest(groups)
		if err != nil {
			t.Fatal(err)
		}
		all := got.Groups[0].MayBeBest && got.Groups[1].MayBeBest
		for i, g := range got.Groups {
			all = all && g.Gap.Lo <= gaps[i] && gaps[i] <= g.Gap.Hi
		}
		if all {
			held++
		}
	}
	if held/trials < 0.95-0.033 {
		t.Errorf("all gaps are in their intervals in %v", held/trials)
	}
}

func TestGroupValues(t *testing.T) {
	nan := math.NaN()
	got := GroupValues([]float64{4, 1, nan, 2, 1, 4})
	if len(got) != 3 || got[0].Lo != 1 || !slices.Equal(got[0].Models, []int{1, 4}) || got[2].Hi != 4 {
		t.Errorf("%+v", got)
	}
	if got := GroupValues([]float64{nan}); got != nil {
		t.Errorf("%+v", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Map(rapid.IntRange(0, 30), func(i int) float64 { return float64(i) }), 0, 60).Draw(t, "values")
		groups := GroupValues(values)
		seen := 0
		for i, g := range groups {
			if i > 0 && !(groups[i-1].Hi < g.Lo) || len(g.Models) == 0 {
				t.Errorf("%+v", groups)
			}
			for _, k := range g.Models {
				if values[k] < g.Lo || values[k] > g.Hi {
					t.Errorf("%v in %+v", values[k], g)
				}
				seen++
			}
		}
		if seen != len(values) || len(groups) > mostGroups {
			t.Errorf("%d of %d models in %d groups", seen, len(values), len(groups))
		}
	})
}

// Excluded is what has a p-value of 0.05 at most, and of two groups it is that of
// Welch's one-sided test.
func TestPNotBest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		groups := make([][]float64, rapid.IntRange(2, 5).Draw(t, "groups"))
		for i := range groups {
			for range rapid.IntRange(2, 30).Draw(t, "models") {
				groups[i] = append(groups[i], 50+r.NormFloat64()*float64(1+i)+r.Float64()*float64(i))
			}
		}
		got, err := CompareWithBest(groups)
		if err != nil {
			t.Fatal(err)
		}
		for i, g := range got.Groups {
			if g.MayBeBest != (g.P > 0.05) && math.Abs(g.P-0.05) > 1e-5 {
				t.Errorf("group %d: %+v", i, g)
			}
		}
		if len(groups) == 2 {
			d, err := MeanDifference(Population{Errors: groups[0]}, Population{Errors: groups[1]})
			if err != nil {
				t.Fatal(err)
			}
			if p := 1 - d.PBelow(0); math.Abs(got.Groups[0].P-p) > 1e-4 {
				t.Errorf("p = %v, Welch's is %v", got.Groups[0].P, p)
			}
		}
	})
}

// PBelow is scipy.stats.ttest_ind(a, b, equal_var=False, alternative="less"), and
// a bound at a limit of the interval has one of 2.5 %.
func TestPBelow(t *testing.T) {
	a, b := []float64{50, 52, 51, 49, 55}, []float64{53, 54, 52, 58, 56, 57, 51}
	d, err := MeanDifference(Population{Errors: a}, Population{Errors: b})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "p", d.PBelow(0), 0.031102093960795277, 1e-9)
	near(t, "p at the upper limit", d.PBelow(d.Hi), 0.025, 1e-9)
	near(t, "p at the lower limit", d.PBelow(d.Lo), 0.975, 1e-9)
	near(t, "p at infinity", d.PBelow(math.Inf(1)), 0, 0)
	same, err := MeanDifference(Population{Errors: []float64{1, 1}}, Population{Errors: []float64{1, 1}})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "p of no difference", same.PBelow(0), 0.5, 0)
	near(t, "p of no difference below 1", same.PBelow(1), 0, 0)
}

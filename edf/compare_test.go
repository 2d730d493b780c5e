package edf

import (
	"designspace/bootstrap"
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func compareTwo(t tb, a, b []float64, o Options) Comparison {
	t.Helper()
	c, err := Compare(Population{Name: "a", Errors: a}, Population{Name: "b", Errors: b}, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestVerdicts(t *testing.T) {
	low, high := normal(40, 20, 2, 1), normal(40, 23, 2, 2)
	for _, c := range []struct {
		name string
		a, b []float64
		want Verdict
	}{
		{"lower errors are better", low, high, Better},
		{"higher errors are worse", high, low, Worse},
		{"no difference", low, normal(40, 20, 2, 3), Same},
		{"equal", low, low, Same},
		{"too few", []float64{1, 2, 3}, []float64{7, 8, 9}, Same},
		{"none", nil, low, Same},
	} {
		got := compareTwo(t, c.a, c.b, Options{Resamples: 200})
		if got.Verdict != c.want {
			t.Errorf("%s: verdict %q, want %q (%+v)", c.name, got.Verdict, c.want, got.MannWhitney)
		}
		if c.want == Better && !(got.MeanDifference.Hi < 0 && got.MedianDifference.Hi < 0) {
			t.Errorf("%s: differences %+v and %+v should be negative", c.name, got.MeanDifference, got.MedianDifference)
		}
	}
}

// The differences of b - a mirror those of a - b: resamples belong to samples.
func TestDifferencesMirror(t *testing.T) {
	a, b := Population{Name: "a", Errors: normal(30, 20, 2, 1)}, Population{Name: "b", Errors: normal(20, 21, 3, 2)}
	x, err := Compare(a, b, Options{Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	y, err := Compare(b, a, Options{Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	got := []float64{-y.MeanDifference.Hi, -y.MeanDifference.Lo, -y.MedianDifference.Hi, -y.MedianDifference.Lo, y.KS.P, y.MannWhitney.P}
	want := []float64{x.MeanDifference.Lo, x.MeanDifference.Hi, x.MedianDifference.Lo, x.MedianDifference.Hi, x.KS.P, x.MannWhitney.P}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-9)); diff != "" {
		t.Error(diff)
	}
}

func TestCompareAllAdjustsForAllPairs(t *testing.T) {
	// One pair alone is significant, three together are not.
	samples := []Population{
		{Name: "a", Errors: normal(40, 20, 2, 1)},
		{Name: "b", Errors: normal(40, 20, 2, 3)},
		{Name: "c", Errors: normal(40, 21, 2, 9)},
	}
	cs, err := CompareAll(samples, Options{Resamples: 100})
	if err != nil {
		t.Fatal(err)
	}
	var pairs []string
	var ps, adjusted []float64
	for _, c := range cs {
		pairs = append(pairs, c.A+c.B)
		ps, adjusted = append(ps, c.BrunnerMunzel.P), append(adjusted, c.PHolm)
		if want := c.PHolm < 0.05; (c.Verdict != Same) != want {
			t.Errorf("%s against %s: verdict %q at an adjusted p of %v", c.A, c.B, c.Verdict, c.PHolm)
		}
	}
	if diff := cmp.Diff([]string{"ab", "ac", "bc"}, pairs); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Holm(ps), adjusted); diff != "" {
		t.Error(diff)
	}
	alone, err := Compare(samples[0], samples[2], Options{Resamples: 100})
	if err != nil {
		t.Fatal(err)
	}
	if alone.PHolm != alone.BrunnerMunzel.P {
		t.Errorf("one pair is adjusted from %v to %v", alone.BrunnerMunzel.P, alone.PHolm)
	}
	cs[1].PHolm, cs[1].Verdict, cs[1].MeansP, cs[1].Means = alone.PHolm, alone.Verdict, alone.MeansP, alone.Means
	if diff := cmp.Diff(alone, cs[1]); diff != "" {
		t.Errorf("but for the adjustment the other samples change a comparison: %s", diff)
	}
}

func TestEquivalence(t *testing.T) {
	a, b := normal(200, 20, 1, 1), normal(200, 20, 1, 2)
	if c := compareTwo(t, a, b, Options{Margin: 0.5}); !c.Equivalent {
		t.Errorf("%+v is not within ±0.5", c.MeanDifference)
	}
	if c := compareTwo(t, a, b, Options{Margin: 0.1}); c.Equivalent {
		t.Errorf("%+v is within ±0.1", c.MeanDifference)
	}
	if c := compareTwo(t, a, b, Options{}); c.Equivalent {
		t.Error("equivalent without a margin")
	}
	if c := compareTwo(t, []float64{20}, []float64{20}, Options{Margin: 50}); c.Equivalent {
		t.Error("single models are judged equivalent")
	}
}

// Whatever the samples, nothing panics, JSON is valid, and a NaN comes with a
// warning.
func TestNothingIsSilent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sample := func(name string) Population {
			s := Population{Name: name, Errors: genErrors(t, name, 0, 9), Failed: rapid.IntRange(0, 2).Draw(t, "failed")}
			if rapid.Bool().Draw(t, "weighted") {
				s.Weights = make([]float64, len(s.Errors))
				for i := range s.Weights {
					s.Weights[i] = float64(rapid.IntRange(0, 2).Draw(t, "weight"))
				}
			}
			return s
		}
		a, b := sample("a"), sample("b")
		o := Options{Resamples: 20, Margin: rapid.SampledFrom([]float64{0, 1}).Draw(t, "margin")}
		s, err := Summarize(a, o)
		if err != nil {
			t.Fatal(err)
		}
		silent(t, s, s.Warnings)
		c, err := Compare(a, b, o)
		if err != nil {
			t.Fatal(err)
		}
		silent(t, c, c.Warnings)
	})
}

func silent(t *rapid.T, v any, warnings []string) {
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for _, key := range []string{"equivalent", "models_needed", "models_needed_lo", "models_needed_hi", "adjusted_mean", "adjusted_mean_lo", "adjusted_mean_hi", "r2", "worth",
		"adjusted_difference", "adjusted_difference_lo", "adjusted_difference_hi", "adjusted_probability_less", "adjusted_probability_less_lo", "adjusted_probability_less_hi"} { // not asked for
		text = strings.Replace(text, `"`+key+`":null`, "", 1)
	}
	if strings.Contains(text, "null") && len(warnings) == 0 {
		t.Errorf("null without a warning: %s", data)
	}
}

func TestSummary(t *testing.T) {
	errs := append(normal(98, 20, 2, 1), 100, 100)
	s, err := Summarize(Population{Name: "x", Errors: errs, Failed: 3}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s.N != 100 || s.Failed != 3 || s.Diverged != 2 || s.Max != 100 || s.EffectiveN != 100 {
		t.Errorf("%+v", s)
	}
	f := mustNew(t, errs)
	if s.Min != f.Min() || s.Median.Estimate != f.Median() || math.Abs(s.Mean.Estimate-f.Mean()) > 1e-9 {
		t.Errorf("%+v", s)
	}
	for _, i := range []struct{ lo, x, hi float64 }{{s.Mean.Lo, s.Mean.Estimate, s.Mean.Hi}, {s.Median.Lo, s.Median.Estimate, s.Median.Hi}, {s.Min, s.Q25, s.Median.Estimate}, {s.Median.Estimate, s.Q75, s.Max}} {
		if !(i.lo < i.x && i.x < i.hi) {
			t.Errorf("%v, %v, %v are not in order", i.lo, i.x, i.hi)
		}
	}
	want := []string{"3 of 103 models have no error and are left out", "2 of 100 models diverged and count with an error of 100", "mean: with 100 models, few of which diverge, the interval holds the truth in 87 of 100 samples, not 95"}
	if diff := cmp.Diff(want, s.Warnings); diff != "" {
		t.Error(diff)
	}
}

func TestSummaryWarnings(t *testing.T) {
	twenty := normal(20, 20, 2, 1)
	for _, c := range []struct {
		s    Population
		want []string
	}{
		{Population{Errors: twenty}, nil},
		{Population{Errors: twenty[:19]}, nil},
		{Population{}, []string{"no models: nothing to describe"}},
		{Population{Errors: []float64{20}}, []string{"n = 1: no interval; at least 6 needed for a 95 % interval of the median"}},
		{Population{Errors: []float64{20, 21, 22}}, []string{"n = 3: at least 6 needed for a 95 % interval of the median, 8 for one of the mean"}},
		{Population{Errors: slices.Repeat([]float64{30}, 20)}, []string{"all errors equal"}},
		{Population{Errors: append([]float64{0.1}, slices.Repeat([]float64{0.2}, 19)...)}, []string{"no error above 1: fractions given for percent?"}},
		{Population{Errors: append([]float64{-1, 6}, slices.Repeat([]float64{2}, 18)...)}, []string{"errors from -1 to 6: not percent"}},
		{Population{Errors: append(twenty, 99), Weights: append(slices.Repeat([]float64{1}, 20), 0)}, []string{"1 of 21 models have weight 0 and are left out", "weighted: the expected best of 5 models is not estimated"}},
	} {
		s, err := Summarize(c.s, Options{Resamples: 10})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, s.Warnings); diff != "" {
			t.Errorf("%v: %s", c.s, diff)
		}
	}
}

func TestComparisonWarnings(t *testing.T) {
	many, ten := normal(20, 20, 2, 3), normal(10, 20, 2, 1)
	equal := slices.Repeat([]float64{30}, 20)
	for _, c := range []struct {
		a, b []float64
		want []string
	}{
		{many, many, nil},
		{many, ten, []string{"mean difference: with 10 models the interval holds the truth in 91 to 97 of 100 samples, not 95"}},
		{nil, ten, []string{"a has no models: nothing to compare"}},
		{nil, nil, []string{"a has no models: nothing to compare", "b has no models: nothing to compare"}},
		{equal, equal, []string{"all errors equal"}},
		{ten[:3], ten[:3], []string{"n = 3 and 3: too few for any difference to be significant; at least 4 each needed"}},
		{ten[:7], ten, []string{"n = 7 and 10: p-values and intervals are approximate; at least 8 each needed"}},
		{ten[:1], ten, []string{"a has one model: no interval", "n = 1 and 10: too few for any difference to be significant; at least 4 each needed"}},
	} {
		got := compareTwo(t, c.a, c.b, Options{Resamples: 10})
		if diff := cmp.Diff(c.want, got.Warnings); diff != "" {
			t.Errorf("%d against %d: %s", len(c.a), len(c.b), diff)
		}
	}
}

func TestCompareRefuses(t *testing.T) {
	ok := Population{Name: "ok", Errors: []float64{1, 2}}
	for _, c := range []struct {
		b    Population
		o    Options
		want string
	}{
		{ok, Options{}, `populations 0 and 1 are both named "ok"`},
		{Population{Name: "b", Errors: []float64{1, math.NaN()}}, Options{}, `population "b": error 1 is NaN`},
		{Population{Name: "b", Errors: []float64{1}, Weights: []float64{-1}}, Options{}, `population "b": weight 0 is -1`},
		{Population{Name: "b"}, Options{Margin: -1}, "margin -1"},
		{Population{Name: "b"}, Options{Margin: math.NaN()}, "margin NaN"},
		{Population{Name: "b"}, Options{Resamples: -1}, "-1 resamples"},
	} {
		if _, err := Compare(ok, c.b, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
}

func TestJSONNames(t *testing.T) {
	s, err := Summarize(Population{Name: "x"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		v    any
		want string
	}{
		{s, `{"name":"x","n":0,"failed":0,"diverged":0,"effective_n":0,"error_min":null,"error_mean":null,"error_mean_lo":null,"error_mean_hi":null,` +
			`"error_median":null,"error_median_lo":null,"error_median_hi":null,"error_q25":null,"error_q75":null,"error_max":null,"band":null,` +
			`"warnings":["no models: nothing to describe"],"pending":0,"best_of":0,"expected_best":null,"expected_best_lo":null,"expected_best_hi":null,"adjusted_mean":null,"adjusted_mean_lo":null,"adjusted_mean_hi":null,"r2":null,"worth":null}`},
		{compareTwo(t, slices.Repeat([]float64{5}, 20), slices.Repeat([]float64{5}, 20), Options{Margin: 2, Resamples: 10}),
			`{"a":"a","b":"b","n_a":20,"n_b":20,"ks_d":0,"ks_p":1,"ks_p_ties":1,"mann_whitney_u":200,"mann_whitney_p":1,"brunner_munzel_t":0,"brunner_munzel_p":1,"brunner_munzel_p_holm":1,` +
				`"probability_less":0.5,"probability_less_lo":#,"probability_less_hi":#,` +
				`"mean_difference":0,"mean_difference_lo":0,"mean_difference_hi":0,"median_difference":0,"median_difference_lo":0,"median_difference_hi":0,` +
				`"verdict":"~","verdict_of_means":"~","means_p_holm":1,"remark":"","margin":2,"equivalent":true,"look":null,"look_models":null,"pairs":null,"pairs_sd":null,"signed_rank_p":null,"models_needed":null,"models_needed_lo":null,"models_needed_hi":null,` +
				`"adjusted_difference":null,"adjusted_difference_lo":null,"adjusted_difference_hi":null,"adjusted_probability_less":null,"adjusted_probability_less_lo":null,"adjusted_probability_less_hi":null,"warnings":["all errors equal"]}`},
	} {
		got, err := json.Marshal(c.v)
		if err != nil {
			t.Fatal(err)
		}
		plain := regexp.MustCompile(`0\.\d{3,}`).ReplaceAllString(string(got), "#")
		if diff := cmp.Diff(c.want, plain); diff != "" {
			t.Error(diff)
		}
	}
}

// Populations that share a key are compared as if they were resampled apart:
// one with itself differs by chance, and the interval of two that differ is as
// wide as by other seeds.
func TestSameKey(t *testing.T) {
	a := Population{Name: "a", Key: "x", Errors: normal(60, 30, 3, 1)}
	b := Population{Name: "b", Key: "x", Errors: normal(60, 31, 3, 2)}
	twin := Population{Name: "twin", Key: "x", Errors: a.Errors}
	summaries, cs, err := Describe([]Population{a, b, twin}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if summaries[0].Mean != summaries[2].Mean || summaries[0].Median != summaries[2].Median {
		t.Errorf("twins have the means %v and %v", summaries[0].Mean, summaries[2].Mean)
	}
	b.Key, twin.Key = "y", "z"
	apart, err := CompareAll([]Population{a, b, twin}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range cs {
		for _, pair := range [][2]bootstrap.Interval{{c.MeanDifference, apart[i].MeanDifference}, {c.MedianDifference, apart[i].MedianDifference}} {
			if got, want := pair[0].Hi-pair[0].Lo, pair[1].Hi-pair[1].Lo; math.Abs(got/want-1) > 0.1 {
				t.Errorf("%s against %s: an interval %.3f wide, apart %.3f", c.A, c.B, got, want)
			}
		}
	}
}

func TestSelect(t *testing.T) {
	p := Population{Name: "p", Errors: []float64{1, 2, 3}, Weights: []float64{4, 5, 6}, Strata: []int{7, 8, 9}, Rows: []int{0, 10, 20}, Failed: 2, Pending: 1}
	want := Population{Name: "p", Errors: []float64{3, 1}, Weights: []float64{6, 4}, Strata: []int{9, 7}, Rows: []int{20, 0}, Failed: 2, Pending: 1}
	if diff := cmp.Diff(want, p.Select([]int{2, 0})); diff != "" {
		t.Error(diff)
	}
	if q := (Population{Errors: []float64{1}}).Select(nil); q.Weights != nil || len(q.Errors) != 0 {
		t.Errorf("%+v", q)
	}
}

// The verdict keeps its level where spreads differ and the Mann-Whitney test
// does not, and says where the means tell something else.
func TestRemark(t *testing.T) {
	for _, c := range []struct {
		verdict, means Verdict
		want           string
	}{
		{Better, Better, ""}, {Worse, Worse, ""}, {Same, Same, ""},
		{Better, Same, "tends to lower errors; means do not differ"},
		{Worse, Same, "tends to higher errors; means do not differ"},
		{Better, Worse, "tends to lower errors, but the mean is higher"},
		{Worse, Better, "tends to higher errors, but the mean is lower"},
		{Same, Better, "the mean is lower; no tendency shown"},
		{Same, Worse, "the mean is higher; no tendency shown"},
	} {
		if got := (Comparison{Verdict: c.verdict, Means: c.means}).Remark(); got != c.want {
			t.Errorf("%s and %s: %q, want %q", c.verdict, c.means, got, c.want)
		}
	}
	// Most models of a are a little better, and a few much worse.
	a := append(normal(90, 49, 1, 1), normal(10, 59, 1, 2)...)
	if c := compareTwo(t, a, normal(100, 50, 1, 3), Options{Resamples: 10}); c.Verdict != Better || c.Means != Same {
		t.Errorf("%+v", c)
	}
}

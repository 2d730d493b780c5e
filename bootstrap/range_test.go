package bootstrap

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func mustDistribution(t testing.TB, errs []float64, o Options) *Distribution {
	t.Helper()
	l, err := New(errs, o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func genErrors(t *rapid.T, n int) []float64 {
	return rapid.SliceOfN(rapid.Map(rapid.IntRange(10, 30), func(i int) float64 { return float64(i) / 2 }), n, n).Draw(t, "errors")
}

// The distribution must hold its mass, favour less error, and say the same in any order.
func TestLawProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 300).Draw(t, "n")
		errs := genErrors(t, n)
		l, err := New(errs, Options{})
		if err != nil {
			t.Fatal(err)
		}
		var sum float64
		for i, m := range l.Mass {
			sum += m
			for j := range l.Mass {
				if errs[i] < errs[j] && l.Mass[i] < l.Mass[j]-1e-15 || errs[i] == errs[j] && l.Mass[i] != l.Mass[j] {
					t.Fatalf("errors %v and %v have masses %v and %v", errs[i], errs[j], l.Mass[i], l.Mass[j])
				}
			}
		}
		if math.Abs(sum-1) > 1e-12 {
			t.Errorf("masses sum to %v", sum)
		}
	})
}

// The formula of the package comment, rank by rank, in logarithms.
func TestLawOfAMillionModels(t *testing.T) {
	const n = 1_000_000
	errs := make([]float64, n)
	for i := range errs {
		errs[i] = float64((i*7919)%n) / 1e4 // all different: 7919 is prime to n
	}
	l := mustDistribution(t, errs, Options{})
	if l.Draws != n/4 {
		t.Fatalf("%d draws, want %d", l.Draws, n/4)
	}
	var sum float64
	for k, i := range l.order[:100] {
		sum += l.Mass[i]
		want := -math.Expm1(float64(n/4) * math.Log1p(-float64(k+1)/n))
		if math.Abs(sum-want) > 1e-13 {
			t.Fatalf("mass of the best %d = %v, want %v", k+1, sum, want)
		}
	}
	if a, b := l.Best(0.95), l.Best(0.975); a != 12 || b != 15 {
		t.Errorf("95 and 97.5 %% of the mass on %d and %d models, want 12 and 15", a, b)
	}
}

// Ranges by the definition: the smallest value at which P(value of the best <=
// it) reaches the share.
func TestRangeByDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(t, "n")
		errs := genErrors(t, n)
		values := rapid.SliceOfN(rapid.Map(rapid.IntRange(1, 9), func(i int) float64 { return float64(8 * i) }), n, n).Draw(t, "values")
		l, err := New(errs, Options{})
		if err != nil {
			t.Fatal(err)
		}
		r, err := l.Range("width", values)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ p, got float64 }{{0.025, r.Lo}, {0.5, r.Median}, {0.975, r.Hi}} {
			if !slices.Contains(values, c.got) {
				t.Fatalf("percentile %v = %v is no value of the parameter", c.p, c.got)
			}
			var below, upTo float64
			for i, v := range values {
				if v < c.got {
					below += l.Mass[i]
				}
				if v <= c.got {
					upTo += l.Mass[i]
				}
			}
			if below > c.p+1e-9 || upTo < c.p-1e-9 {
				t.Errorf("percentile %v = %v: mass %v below, %v up to it", c.p, c.got, below, upTo)
			}
		}
	})
}

// A value reached exactly is not missed for rounding: two models with all the
// mass, half each.
func TestPercentileAtAJump(t *testing.T) {
	l := mustDistribution(t, []float64{5, 5, 5, 5, 5, 5}, Options{Fraction: 1})
	r, err := l.Range("depth", []float64{1, 1, 1, 2, 2, 2})
	if err != nil {
		t.Fatal(err)
	}
	if r.Lo != 1 || r.Median != 1 || r.Hi != 2 {
		t.Errorf("range %v, %v, %v; want 1, 1, 2", r.Lo, r.Median, r.Hi)
	}
}

// Leaving absent values out is the same as never having had them.
func TestAbsentValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "n")
		errs := genErrors(t, n)
		rounds := rapid.SampledFrom([]int{0, 50}).Draw(t, "rounds")
		values := make([]float64, n)
		var keptErrors, keptValues []float64
		for i := range values {
			values[i] = float64(rapid.IntRange(0, 9).Draw(t, "value"))
			if values[i] == 0 {
				values[i] = math.NaN()
			} else {
				keptErrors, keptValues = append(keptErrors, errs[i]), append(keptValues, values[i])
			}
		}
		o := Options{Rounds: rounds, Seed: 3}
		l, err := New(errs, o)
		if err != nil {
			t.Fatal(err)
		}
		got, err := l.Range("w0", values)
		if err != nil {
			t.Fatal(err)
		}
		if got.N+got.Absent != n || got.N != len(keptValues) || (got.Absent > 0) != slices.ContainsFunc(got.Warnings, func(w string) bool { return strings.Contains(w, "have no w0") }) {
			t.Fatalf("%d present, %d absent, warnings %q", got.N, got.Absent, got.Warnings)
		}
		if got.N == 0 {
			if !math.IsNaN(got.Lo) || !math.IsNaN(got.Median) || !math.IsNaN(got.Hi) {
				t.Fatalf("range of nothing: %+v", got)
			}
			return
		}
		l, err = New(keptErrors, o)
		if err != nil {
			t.Fatal(err)
		}
		want, err := l.Range("w0", keptValues)
		if err != nil {
			t.Fatal(err)
		}
		if got.Lo != want.Lo || got.Median != want.Median || got.Hi != want.Hi || got.Best != want.Best {
			t.Errorf("with absent values %+v, without the models %+v", got, want)
		}
	})
}

func TestWarnings(t *testing.T) {
	many := make([]float64, 100)
	for i := range many {
		many[i] = float64(i)
	}
	equal := slices.Repeat([]float64{30}, 100)
	for _, c := range []struct {
		name         string
		errs, values []float64
		want         string // "" for no warning
	}{
		{"plain", many, many, ""},
		{"one value", many, equal, "every model has depth = 30"},
		{"equal errors", equal, many, "all errors are equal"},
		{"few models", many[:10], many[:10], "n = 10: the range rests on 8 of the models"},
		{"one model", many[:1], many[:1], "every model has depth = 0"},
	} {
		r, err := mustDistribution(t, c.errs, Options{}).Range("depth", c.values)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(r.Warnings, "\n"); !strings.HasPrefix(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%s: warnings %q, want %q", c.name, got, c.want)
		}
	}
}

func TestRangeJSON(t *testing.T) {
	l := mustDistribution(t, []float64{10, 20}, Options{})
	r, err := l.Range("se_ratio", []float64{math.NaN(), math.NaN()})
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"name":"se_ratio","n":0,"absent":2,"lo":null,"median":null,"hi":null,"best":0,` +
		`"warnings":["2 of 2 models have no se_ratio and are left out"]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestRefuses(t *testing.T) {
	for _, c := range []struct {
		errs []float64
		o    Options
		want string
	}{
		{nil, Options{}, "no models"},
		{[]float64{1, 2, math.NaN()}, Options{}, "error 2 is NaN"},
		{[]float64{math.Inf(1)}, Options{}, "error 0 is +Inf"},
		{[]float64{1}, Options{Fraction: 25}, "fraction 25 is not in (0, 1]"},
		{[]float64{1}, Options{Fraction: math.NaN()}, "fraction NaN"},
		{[]float64{1}, Options{Rounds: -1}, "-1 rounds"},
	} {
		if _, err := New(c.errs, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("New(%v, %+v): error %v, want one with %q", c.errs, c.o, err, c.want)
		}
	}
	l := mustDistribution(t, []float64{1, 2}, Options{})
	if _, err := l.Range("depth", []float64{1}); err == nil || !strings.Contains(err.Error(), "1 values of depth for 2 models") {
		t.Errorf("short column: %v", err)
	}
	if _, err := l.Joint("depth", []float64{1, 2}, "w0", []float64{1, math.Inf(-1)}); err == nil || !strings.Contains(err.Error(), "value 1 of w0 is -Inf") {
		t.Errorf("infinite value: %v", err)
	}
}

func TestJoint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 80).Draw(t, "n")
		errs := genErrors(t, n)
		column := func(name string) []float64 {
			return rapid.SliceOfN(rapid.Map(rapid.IntRange(1, 4), func(i int) float64 { return float64(i) }), n, n).Draw(t, name)
		}
		x, y := column("x"), column("y")
		l, err := New(errs, Options{})
		if err != nil {
			t.Fatal(err)
		}
		j, err := l.Joint("x", x, "y", y)
		if err != nil {
			t.Fatal(err)
		}
		grid := map[[2]float64]float64{}
		var box float64
		for i, m := range l.Mass {
			grid[[2]float64{x[i], y[i]}] += m
			if j.X.Lo <= x[i] && x[i] <= j.X.Hi && j.Y.Lo <= y[i] && y[i] <= j.Y.Hi {
				box += m
			}
		}
		if math.Abs(j.BoxMass-box) > 1e-12 || box < 0.9-1e-9 {
			t.Errorf("box holds %v, said to hold %v", box, j.BoxMass)
		}
		// The region is the greedy one: likeliest first, no cell to spare.
		var masses []float64
		for _, m := range grid {
			masses = append(masses, m)
		}
		slices.Sort(masses)
		slices.Reverse(masses)
		var want int
		for sum := 0.0; want < len(masses) && sum < 0.95-1e-9; want++ {
			sum += masses[want]
		}
		if len(j.Region) != want {
			t.Fatalf("region of %d cells, want %d", len(j.Region), want)
		}
		for k, c := range j.Region {
			if math.Abs(c.Mass-grid[[2]float64{c.X, c.Y}]) > 1e-12 || math.Abs(c.Mass-masses[k]) > 1e-12 {
				t.Errorf("cell %+v: mass on the grid %v, place %d has %v", c, grid[[2]float64{c.X, c.Y}], k, masses[k])
			}
		}
		if math.IsNaN(j.Correlation) || math.Abs(j.Correlation) > 1+1e-9 {
			t.Errorf("correlation %v", j.Correlation)
		}
	})
}

func BenchmarkExactMillion(b *testing.B) {
	errs := million()
	for b.Loop() {
		l := mustDistribution(b, errs, Options{})
		if _, err := l.Range("error", errs); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSimulateMillion(b *testing.B) {
	errs := million()
	for b.Loop() {
		mustDistribution(b, errs, Options{Rounds: 100_000})
	}
}

func BenchmarkResample500(b *testing.B) {
	errs := million()[:500]
	for b.Loop() {
		resample(b, errs, nil, 0, 1)
	}
}

func million() []float64 {
	errs := make([]float64, 1_000_000)
	for i := range errs {
		errs[i] = float64((i*7919)%10007) / 100.07
	}
	return errs
}

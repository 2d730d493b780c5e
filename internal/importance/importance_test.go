package importance

import (
	"fmt"
	"math"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"designspace/internal/seed"
)

// uniform returns columns x1, x2, … of independent numbers from -1 to 1.
func uniform(columns, models int, s uint64) []Column {
	list := make([]Column, columns)
	for k := range list {
		r := seed.New("uniform", s, k)
		list[k].Name = fmt.Sprint("x", k+1)
		for range models {
			list[k].Numbers = append(list[k].Numbers, 2*r.Float64()-1)
		}
	}
	return list
}

// errorsOf applies a function to the numbers of each model.
func errorsOf(columns []Column, f func(x []float64) float64) []float64 {
	errs := make([]float64, len(columns[0].Numbers))
	for i := range errs {
		var x []float64
		for _, c := range columns {
			x = append(x, c.Numbers[i])
		}
		errs[i] = f(x)
	}
	return errs
}

// ishigami is the function of Ishigami and Homma (1990) with a = 7, b = 0.1. Of
// its variance a²/8 + bπ⁴/5 + b²π⁸/18 + 1/2 the first parameter has
// (1 + bπ⁴/5)²/2, the second a²/8 and the first and the third together
// b²π⁸(1/18 - 1/50).
func ishigami(x []float64) float64 {
	a, b, c := x[0]*math.Pi, x[1]*math.Pi, x[2]*math.Pi
	return math.Sin(a) + 7*math.Pow(math.Sin(b), 2) + 0.1*math.Pow(c, 4)*math.Sin(a)
}

func ishigamiShares() map[string]float64 {
	p4 := math.Pow(math.Pi, 4)
	all := 49./8 + 0.1*p4/5 + 0.01*p4*p4/18 + 0.5
	return map[string]float64{
		"[x1]": math.Pow(1+0.1*p4/5, 2) / 2 / all, "[x2]": 49. / 8 / all,
		"[x1 x3]": 0.01 * p4 * p4 * (1./18 - 1./50) / all,
	}
}

// count counts the intervals that hold the share of their parameters, and makes
// sure that no estimate is off by more than tolerance.
func count(t *testing.T, effects []Effect, shares map[string]float64, tolerance float64) (n int) {
	t.Helper()
	for _, e := range effects {
		want := shares[fmt.Sprint(e.Parameters)]
		s := e.Share
		if math.Abs(s.Estimate-want) > tolerance {
			t.Errorf("%v: share %.3f [%.3f, %.3f], want %.3f", e.Parameters, s.Estimate, s.Lo, s.Hi, want)
		}
		if s.Lo <= want && want <= s.Hi {
			n++
		}
	}
	return n
}

func TestIshigami(t *testing.T) {
	columns := uniform(5, 1000, 1)
	r, err := Of(columns, errorsOf(columns, ishigami), Options{})
	if err != nil {
		t.Fatal(err)
	}
	all := slices.Concat(r.Effects, r.Pairs)
	if n := count(t, all, ishigamiShares(), 0.03); len(all) != 15 || n < 13 {
		t.Errorf("%d of %d intervals hold the shares", n, len(all))
	}
	if got := fmt.Sprint(r.Effects[0].Parameters, r.Effects[1].Parameters, r.Pairs[0].Parameters); got != "[x2] [x1] [x1 x3]" {
		t.Errorf("the greatest are %s", got)
	}
	if e := r.Explained.Share; e.Lo < 0.8 || e.Hi > 1 {
		t.Errorf("explained: %+v", e)
	}
}

// Of x1 x2 no parameter tells anything alone, and both together all.
func TestProduct(t *testing.T) {
	columns := uniform(3, 400, 4)
	r, err := Of(columns, errorsOf(columns, func(x []float64) float64 { return x[0] * x[1] }), Options{
		Groups: []Group{{"both", []string{"x1", "x2"}}, {"other", []string{"x3"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	// Of the line of great x2 errors rise with x1, and of that of small x2 they fall.
	lines := r.Together[0].Lines
	slope := func(l Line) float64 { return l.Points[len(l.Points)-1].Mean.Estimate - l.Points[0].Mean.Estimate }
	if r.Together[0].Parameter != "x1" || len(lines) != 3 || slope(lines[0]) > -0.5 || slope(lines[2]) < 0.5 || math.Abs(slope(lines[1])) > 0.1 {
		t.Errorf("%+v", r.Together[0])
	}
	shares := map[string]float64{"[x1 x2]": 1}
	if n := count(t, slices.Concat(r.Effects, r.Pairs), shares, 0.05); n < 5 {
		t.Errorf("%d of 6 intervals hold the shares", n)
	}
	count(t, r.Groups, map[string]float64{"[x1 x2]": 1, "[x3]": 0}, 0.06)
}

// laws are functions of five parameters with known shares, of which the rest is
// noise.
var laws = []struct {
	name   string
	f      func(x []float64) float64
	noise  float64
	skewed bool
	shares map[string]float64
}{
	{"noise", func([]float64) float64 { return 0 }, 1, false, nil},
	{"skewed noise", func([]float64) float64 { return 0 }, 1, true, nil},
	{"additive", func(x []float64) float64 {
		return math.Sqrt(3*0.4)*x[0] + math.Sqrt(3*0.2)*x[1] + math.Sqrt(3*0.1)*x[2]
	}, 0.3, false, map[string]float64{"[x1]": 0.4, "[x2]": 0.2, "[x3]": 0.1}},
	{"product", func(x []float64) float64 { return math.Sqrt(9*0.5) * x[0] * x[1] }, 0.5, false, map[string]float64{"[x1 x2]": 0.5}},
}

// Of parameters that tell nothing 95 % have intervals that hold 0, and of others
// 95 % hold the share.
func TestIntervalsHold(t *testing.T) {
	replicates := 30
	if testing.Short() {
		replicates = 10
	}
	nothing, held0, something, held1 := 0, 0, 0, 0
	for _, n := range []int{30, 80} {
		for l, law := range laws {
			for k := range replicates {
				columns := uniform(5, n, uint64(k))
				errs := errorsOf(columns, law.f)
				r := seed.New("noise", n, l, k)
				for i := range errs {
					e := r.NormFloat64()
					if law.skewed {
						e = r.ExpFloat64() - 1
					}
					errs[i] += math.Sqrt(law.noise) * e
				}
				result, err := Of(columns, errs, Options{Seed: uint64(k)})
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range slices.Concat(result.Effects, result.Pairs) {
					share := law.shares[fmt.Sprint(e.Parameters)]
					holds := e.Share.Lo <= share && share <= e.Share.Hi
					switch {
					case share == 0:
						nothing++
						held0 += int(indicator(holds))
					default:
						something++
						held1 += int(indicator(holds))
					}
				}
			}
		}
	}
	t.Logf("held: 0 by %d of %d, shares by %d of %d", held0, nothing, held1, something)
	least := func(n int) int { // two standard errors less than 95 %
		return int(0.95*float64(n) - 2*math.Sqrt(0.95*0.05*float64(n)))
	}
	if held0 < least(nothing) || held1 < least(something) {
		t.Error("intervals hold less often than they promise")
	}
}

func TestSameForTheSameSeed(t *testing.T) {
	columns := uniform(3, 60, 2)
	errs := errorsOf(columns, ishigami)
	o := Options{Adjust: columns[2:], Groups: []Group{{"x", []string{"x1", "x2"}}}, Seed: 3}
	before := runtime.GOMAXPROCS(1)
	one, err := Of(columns[:2], errs, o)
	runtime.GOMAXPROCS(7)
	seven, err7 := Of(columns[:2], errs, o)
	runtime.GOMAXPROCS(before)
	if err != nil || err7 != nil {
		t.Fatal(err, err7)
	}
	if !reflect.DeepEqual(one, seven) {
		t.Error("the answer depends on the number of goroutines")
	}
}

func TestErrors(t *testing.T) {
	columns := uniform(3, 30, 1)
	good := errorsOf(columns, ishigami)
	for want, c := range map[string]struct {
		columns []Column
		errs    []float64
	}{
		"too few":           {uniform(3, MinModels-1, 1), good[:MinModels-1]},
		"errors are equal":  {columns, slices.Repeat([]float64{7}, 30)},
		"error of model 1":  {columns, append([]float64{1, math.NaN()}, good[2:]...)},
		"x1 has 30 numbers": {columns[:1], append(slices.Clone(good), 1)},
		"is +Inf":           {[]Column{{Name: "x1", Numbers: slices.Repeat([]float64{math.Inf(1)}, 30)}}, good},
		"30 numbers and 30": {[]Column{{Name: "x1", Numbers: good, Texts: make([]string, 30)}}, good},
	} {
		if _, err := Of(c.columns, c.errs, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// Categories have no order, an absent value is a value, and a column in which all
// agree is left out.
func TestCategories(t *testing.T) {
	const n = 300
	r := seed.New("categories")
	kind := Column{Name: "kind", Texts: make([]string, n)}
	noise := Column{Name: "noise", Texts: make([]string, n)}
	size := Column{Name: "size", Numbers: make([]float64, n)}
	same := Column{Name: "same", Numbers: make([]float64, n)}
	errs := make([]float64, n)
	effect := map[string]float64{"a": 0, "b": 2, "c": -1, "": 3}
	for i := range errs {
		kind.Texts[i] = []string{"a", "b", "c", ""}[r.IntN(4)]
		noise.Texts[i] = string('a' + rune(r.IntN(10)))
		size.Numbers[i] = []float64{1, 2, math.NaN()}[r.IntN(3)]
		errs[i] = 50 + effect[kind.Texts[i]] + r.NormFloat64()
		if math.IsNaN(size.Numbers[i]) {
			errs[i] += 2
		}
	}
	result, err := Of([]Column{kind, noise, size, same}, errs, Options{})
	if err != nil {
		t.Fatal(err)
	}
	// Variances: of the four effects 5/2, of a third with 2 points more 8/9, noise 1.
	all := 2.5 + 8./9 + 1
	shares := map[string]float64{"[kind]": 2.5 / all, "[size]": 8. / 9 / all}
	if count(t, slices.Concat(result.Effects, result.Pairs), shares, 0.08) < 5 || len(result.Effects) != 3 {
		t.Errorf("%+v", result.Effects)
	}
	m := result.Marginals[0]
	want := []float64{52, 54, 51, 55}[:] // of an absent size on average 2/3 more
	for i := range want {
		want[i] = 50 + []float64{0, 2, -1, 3}[i] + 2./3
	}
	for i, p := range m.Points {
		if p.Text != []string{"a", "b", "c", ""}[i] || math.Abs(p.Mean.Estimate-want[i]) > 0.4 {
			t.Errorf("%s: %+v, want %.2f", m.Parameter, p, want[i])
		}
	}
}

// What flops tell is not counted again for a parameter that goes with them.
func TestAdjust(t *testing.T) {
	const n = 300
	r := seed.New("adjust")
	flops, width := Column{Name: "flops"}, Column{Name: "width"}
	depth := uniform(1, n, 5)[0]
	var errs []float64
	for i := range n {
		f := 2*r.Float64() - 1
		flops.Numbers = append(flops.Numbers, 1e6*(2+f))
		width.Numbers = append(width.Numbers, f+0.5*r.NormFloat64())
		errs = append(errs, 60-3*f+math.Sqrt(3)*depth.Numbers[i]+0.5*r.NormFloat64())
	}
	result, err := Of([]Column{width, depth}, errs, Options{Adjust: []Column{flops}})
	if err != nil {
		t.Fatal(err)
	}
	all := 3 + 1 + 0.25
	shares := map[string]float64{"[flops]": 3 / all, "[x1]": 1 / all, "[width]": 0}
	if count(t, slices.Concat(result.Adjusted, result.Effects), shares, 0.05) < 3 {
		t.Errorf("%+v %+v", result.Adjusted, result.Effects)
	}
}

func TestCap(t *testing.T) {
	if got := fmt.Sprint(Cap([]float64{5, 1, 4, 2, 3, 9, 8, 7})); got != "[2 1 2 2 2 2 2 2]" {
		t.Errorf("Cap = %s", got)
	}
}

func TestRelatedParameters(t *testing.T) {
	columns := uniform(3, 60, 6)
	errs := errorsOf(columns, func(x []float64) float64 { return x[0] })
	for i := range columns[1].Numbers {
		columns[1].Numbers[i] = columns[0].Numbers[i] + columns[1].Numbers[i]/4
	}
	r, err := Of(columns, errs, Options{})
	if err != nil || len(r.Warnings) != 1 || !strings.HasPrefix(r.Warnings[0], "x1, x2: ") {
		t.Error(r.Warnings, err)
	}
	for _, same := range [][]Column{columns[:1], {columns[0], {Name: "again", Numbers: columns[0].Numbers}}} {
		if _, err := Of(same, errs, Options{}); err != nil {
			t.Error(err)
		}
	}
	if _, err := Of(nil, errs, Options{}); err == nil || !strings.Contains(err.Error(), "no parameter varies") {
		t.Error(err)
	}
}

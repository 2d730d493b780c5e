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

// checkShares makes sure that every interval of the effects holds its share, by
// the names of parameters, and that no estimate is off by more than tolerance.
func checkShares(t *testing.T, effects []Effect, shares map[string]float64, tolerance float64) {
	t.Helper()
	for _, e := range effects {
		want := shares[fmt.Sprint(e.Parameters)]
		if s := e.Share; s.Lo > want || s.Hi < want || math.Abs(s.Estimate-want) > tolerance {
			t.Errorf("%v: share %.3f [%.3f, %.3f], want %.3f", e.Parameters, s.Estimate, s.Lo, s.Hi, want)
		}
	}
}

func TestIshigami(t *testing.T) {
	columns := uniform(5, 1000, 1)
	r, err := Of(columns, errorsOf(columns, ishigami), Options{})
	if err != nil {
		t.Fatal(err)
	}
	checkShares(t, slices.Concat(r.Effects, r.Pairs), ishigamiShares(), 0.05)
	if len(r.Effects) != 5 || len(r.Pairs) != 10 {
		t.Errorf("%d effects and %d pairs", len(r.Effects), len(r.Pairs))
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

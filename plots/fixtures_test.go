package plots

import (
	"math"
	"math/rand/v2"
	"testing"
)

// goldenPage keeps the golden PNGs small and still legible.
var goldenPage = Page{DPI: 110}

// goldenFigures returns every figure of the package from synthetic data.
func goldenFigures(t *testing.T) map[string]*Figure {
	t.Helper()
	figures := map[string]*Figure{}
	add := func(name string) func(*Figure, error) {
		return func(f *Figure, err error) {
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			figures[name] = f
		}
	}
	spaces := []Population{
		{Name: "AnyNetXA", Errors: errorsLike(1, 60, 31, 9), Band: 0.175},
		{Name: "AnyNetXE", Errors: errorsLike(2, 60, 28, 6)},
		{Name: "RegNetX", Errors: errorsLike(3, 60, 26, 4), Band: 0.175},
	}
	spaces[0].Errors[7], spaces[0].Errors[21] = 100, math.NaN()
	add("edf")(EDF(spaces, EDFOptions{Page: goldenPage}))
	add("params")(Parameters(someParameters(), ParametersOptions{Page: goldenPage}))
	add("param")(Parameters(someParameters()[:1], ParametersOptions{Page: goldenPage}))
	add("model")(Models(someModels()[:1], ModelsOptions{Page: goldenPage}))
	add("models")(Models(someModels(), ModelsOptions{Page: goldenPage}))
	return figures
}

// errorsLike returns n errors of a distribution with a longer upper tail.
func errorsLike(seed uint64, n int, mean, spread float64) []float64 {
	r := rand.New(rand.NewPCG(seed, 0))
	e := make([]float64, n)
	for i := range e {
		e[i] = math.Round(10*(mean+spread*(math.Exp(0.6*r.NormFloat64())-1.2))) / 10
	}
	return e
}

func someParameters() []Parameter {
	r := rand.New(rand.NewPCG(9, 0))
	d, wm, b, w, g := make([]float64, 80), make([]float64, 80), make([]float64, 80), make([]float64, 80), make([]float64, 80)
	e := make([]float64, 80)
	for i := range e {
		d[i] = float64(4 + r.IntN(17))
		wm[i] = 1.5 + math.Round(1500*r.Float64())/1000
		b[i] = float64(int(1) << r.IntN(3))
		w[i] = 8 * math.Round(math.Exp(math.Log(16)*r.Float64()))
		g[i] = float64(int(1) << r.IntN(5))
		e[i] = 24 + 0.05*(d[i]-13)*(d[i]-13) + 2*math.Log2(b[i]) + 30/w[i] + 2*math.Abs(r.NormFloat64())
	}
	e[5] = 100
	return []Parameter{
		{Name: "depth d", Values: d, Errors: e, Range: &Range{10, 13, 15}},
		{Name: "width multiplier wm", Values: wm, Errors: e, Range: &Range{1.714, 2.3051, 2.8}},
		{Name: "bottleneck ratio b", Values: b, Errors: e, Log: true, Range: &Range{1, 1, 2}},
		{Name: "initial width w0", Values: w, Errors: e, Log: true, Range: &Range{32, 72, 112}},
		{Name: "group width g", Values: g, Errors: e, Log: true, Range: &Range{4, 8, 16}},
	}
}

func someModels() []Model {
	regnet := Model{Name: "RegNetX, 24.1 %", Depths: []int{1, 2, 5, 4}, Widths: []int{24, 56, 112, 248}}
	for j := range 12 {
		u := 24 + 20*float64(j)
		regnet.Linear = append(regnet.Linear, u)
		regnet.Quantised = append(regnet.Quantised, 24*math.Pow(2.2, math.Round(math.Log(u/24)/math.Log(2.2))))
	}
	regnet.Depths, regnet.Widths = nil, nil
	for _, w := range regnet.Quantised {
		r := int(math.Round(w/8)) * 8
		if n := len(regnet.Widths); n > 0 && regnet.Widths[n-1] == r {
			regnet.Depths[n-1]++
			continue
		}
		regnet.Depths, regnet.Widths = append(regnet.Depths, 1), append(regnet.Widths, r)
	}
	return []Model{
		regnet,
		{Name: "AnyNetXA, 31.0 %", Depths: []int{6, 1, 4, 2}, Widths: []int{96, 128, 40, 64}},
		{Name: "AnyNetXE, 25.5 %", Depths: []int{1, 2, 4, 4}, Widths: []int{16, 48, 104, 120}},
		{Name: "AnyNetXE, 26.0 %", Depths: []int{2, 2, 3, 8}, Widths: []int{24, 64, 64, 128}},
	}
}

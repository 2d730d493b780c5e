package plots

import (
	"designspace/edf"
	"math"
	"math/rand/v2"
	"testing"
)

// goldenPage keeps the golden PNGs small and still legible.
var goldenPage = Page{DPI: 80}

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
	spaces := []edf.Population{
		{Name: "AnyNetXA", Errors: errorsLike(1, 60, 31, 9)},
		{Name: "AnyNetXE", Errors: errorsLike(2, 60, 28, 6)},
		{Name: "RegNetX", Errors: errorsLike(3, 60, 26, 4)},
	}
	spaces[0].Errors[7], spaces[0].Errors[21] = 100, math.NaN()
	noted := goldenPage
	noted.Note = "Shaded: simultaneous 95 % bands."
	add("edf")(EDF(spaces, EDFOptions{Page: noted, Bands: []float64{0.175, 0, 0.175}}))
	add("params")(Parameters(someParameters(), ParametersOptions{Page: goldenPage}))
	add("parallel")(Parallel(someParameters(), ParallelOptions{Page: goldenPage}))
	add("importance")(Importance(someEffects(), ImportanceOptions{Page: goldenPage, Series: []string{"all errors", "best quarter"}}))
	add("marginals")(Marginals(someMarginals(), MarginalsOptions{Page: goldenPage}))
	add("interactions")(Interactions(someInteractions(), MarginalsOptions{Page: goldenPage}))
	add("param")(Parameters(someParameters()[:1], ParametersOptions{Page: goldenPage}))
	add("model")(Models(someModels()[:1], ModelsOptions{Page: goldenPage}))
	add("models")(Models(someModels(), ModelsOptions{Page: goldenPage}))
	add("difference")(Difference(spaces[2], spaces[1], DifferenceOptions{Page: goldenPage, Band: 0.24, Pointwise: aroundDifference(spaces[2], spaces[1])}))
	scatters := someScatters()
	add("pareto")(Pareto(scatters, ParetoOptions{Page: goldenPage}))
	for i := range scatters {
		for k := range scatters[i].X {
			scatters[i].X[k] = math.Abs(math.Sin(float64(7*k)))*float64(2-i)/8 + scatters[i].X[k]/1e9
		}
	}
	add("fit")(Fit(scatters, FitOptions{Page: goldenPage}))
	parameters := someParameters()
	add("rank")(Rank(parameters[0].Values, parameters[3].Values, parameters[0].Errors, RankOptions{Page: goldenPage, XLabel: "depth d", YLabel: "initial width w0", LogY: true}))
	add("curves")(Curves(someCurves(), CurvesOptions{Page: goldenPage}))
	add("complexity")(Complexity(someMetrics(), ComplexityOptions{Page: goldenPage}))
	add("funnel")(Funnel(someAcceptances(), FunnelOptions{Page: goldenPage}))
	add("attainment")(Attainment(someTraces(24, 8, -0.5), AttainmentOptions{Page: goldenPage}))
	add("efficiency")(Efficiency(someTraces(24, 8, -0.5), EfficiencyOptions{Page: goldenPage}))
	add("ks")(KS(someTraces(0, 0.5, -0.5), KSOptions{Page: goldenPage}))
	add("fidelity")(Fidelity(somePairings(), FidelityOptions{Page: goldenPage, XLabel: "error after 5 epochs (%)", YLabel: "error after 50 epochs (%)"}))
	add("pairs")(Pairs([]float64{-1.4, 0.3, -2.2, -0.9, 1.1, -1.7, -0.2, -3.1, -1.2, 0.6, -0.8, -1.9}, PairsOptions{Page: goldenPage, Mean: -0.95, Lo: -1.72, Hi: -0.18, A: "silu", B: "relu"}))
	add("noise")(Noise(someRepeats(), NoiseOptions{Page: goldenPage, Resolvable: 1.9}))
	add("density")(Pareto(manyModels(), ParetoOptions{Page: goldenPage}))
	add("trends")(Trends(someTrends(), TrendsOptions{Page: goldenPage}))
	return figures
}

// aroundDifference returns intervals that are wider in the middle.
func aroundDifference(a, b edf.Population) *Ribbon {
	sa, _, _ := jumps("", a.Errors, nil)
	sb, _, _ := jumps("", b.Errors, nil)
	var r Ribbon
	for _, s := range difference(sa, sb) {
		half := 0.3 * math.Sqrt(at(sa, s.x+0.01)*(1-at(sa, s.x+0.01)))
		r.X, r.Lo, r.Hi = append(r.X, s.x), append(r.Lo, s.y-half), append(r.Hi, s.y+half)
	}
	return &r
}

func someScatters() []Scatter {
	r := rand.New(rand.NewPCG(4, 0))
	scatters := []Scatter{{Name: "AnyNetXA"}, {Name: "RegNetX"}}
	for i := range 120 {
		c := &scatters[i%2]
		flops := 4e6 * math.Exp(2*r.Float64())
		c.X = append(c.X, math.Round(flops))
		c.Errors = append(c.Errors, 38-3*math.Log(flops/1e6)-float64(3*(i%2))+math.Exp(r.NormFloat64()))
	}
	scatters[0].Errors[3] = 100
	return scatters
}

func someCurves() []CurveGroup {
	r := rand.New(rand.NewPCG(5, 0))
	groups := []CurveGroup{{Name: "best"}, {Name: "worst"}}
	for i := range groups {
		for range 5 {
			floor := 22 + 12*float64(i) + 3*r.Float64()
			var c Curve
			for e := range 10 {
				c.Errors = append(c.Errors, floor+45*math.Exp(-0.5*float64(e))+r.Float64())
			}
			groups[i].Curves = append(groups[i].Curves, c)
		}
	}
	return groups
}

func someMetrics() []Metric {
	r := rand.New(rand.NewPCG(6, 0))
	metrics := []Metric{{Name: "flops"}, {Name: "params"}, {Name: "acts"}}
	for i := range metrics {
		for k, name := range []string{"AnyNetXA", "RegNetX"} {
			s := Sample{Name: name}
			for range 200 {
				s.Values = append(s.Values, math.Round([]float64{5e6, 2e5, 1e5}[i]*math.Exp(0.5*float64(k)+0.4*r.NormFloat64())))
			}
			metrics[i].Samples = append(metrics[i].Samples, s)
		}
	}
	return metrics
}

func someAcceptances() []Acceptance {
	return []Acceptance{
		{Name: "AnyNetXA", Stages: []Stage{{"candidates drawn", 12840}, {"valid models", 12840}, {"within flops", 214}, {"not seen before", 201}, {"accepted", 200}}},
		{Name: "RegNetX", Stages: []Stage{{"candidates drawn", 5204}, {"valid models", 1390}, {"within flops", 231}, {"not seen before", 203}, {"accepted", 200}}},
	}
}

// somePairings returns two populations of which the second agrees less.
func somePairings() []Pairing {
	r := rand.New(rand.NewPCG(7, 0))
	ps := []Pairing{{Name: "AnyNetXA", Rho: 0.93, Lo: 0.88, Hi: 0.96}, {Name: "RegNetX", Rho: 0.61, Lo: math.NaN(), Hi: math.NaN()}}
	for i := range 100 {
		p := &ps[i%2]
		e := 30 + 5*math.Abs(r.NormFloat64())
		p.A, p.B = append(p.A, e+2), append(p.B, 0.8*e+float64(1+i%2)*r.NormFloat64())
	}
	ps[0].A[4], ps[0].B[7], ps[1].B[0] = 100, 100, math.NaN()
	return ps
}

func someRepeats() [][]float64 {
	r := rand.New(rand.NewPCG(8, 0))
	models := make([][]float64, 24)
	for i := range models {
		e := 26 + 6*r.Float64()
		for range 3 {
			models[i] = append(models[i], e+0.7*r.NormFloat64())
		}
	}
	models[3][1], models[9] = 100, nil
	return models
}

// someTraces returns curves that fall to a floor by a power distribution.
func someTraces(floor, scale, power float64) []Trace {
	traces := []Trace{{Name: "AnyNetXA"}, {Name: "RegNetX"}}
	for i := range traces {
		for m := 1.0; m <= 256; m *= 2 {
			y := scale * math.Pow(m, power) * float64(2-i)
			t := &traces[i]
			t.X, t.Y = append(t.X, m), append(t.Y, floor+y)
			t.Lo, t.Hi = append(t.Lo, floor+0.6*y), append(t.Hi, floor+1.5*y)
		}
	}
	return traces
}

func someTrends() []Trend {
	trends := []Trend{{Name: "depth d"}, {Name: "w0", Log: true}, {Name: "wa", Log: true}, {Name: "wm"}}
	for i := range trends {
		for k, name := range []string{"RegNetX", "RegNetY"} {
			t := Trace{Name: name}
			for b := range 4 {
				y := []float64{14, 20 * float64(b+1), 15 * float64(b+1), 2.3}[i] * (1 + 0.05*float64(k+b%2))
				t.X, t.Y = append(t.X, 2e6*math.Pow(2, float64(b))), append(t.Y, y)
				t.Lo, t.Hi = append(t.Lo, y*0.8), append(t.Hi, y*1.15)
			}
			trends[i].Traces = append(trends[i].Traces, t)
		}
	}
	return trends
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

// someEffects are shares of which one is absent.
func someEffects() []Effect {
	nothing := Share{math.NaN(), math.NaN(), math.NaN()}
	return []Effect{
		{"flops", []Share{{0.04, 0, 0.11}, {0.01, 0, 0.06}}},
		{"d4", []Share{{0.31, 0.2, 0.44}, {0.12, 0.04, 0.22}}},
		{"w4", []Share{{0.18, 0.09, 0.3}, {0.24, 0.12, 0.38}}},
		{"d4 × w4", []Share{{0.05, 0.01, 0.12}, nothing}},
		{"g1", []Share{{0, 0, 0.04}, {0.02, 0, 0.09}}},
	}
}

// someMarginals are one of numbers, one on a logarithmic axis and one of names.
func someMarginals() []Marginal {
	var depth, width Marginal
	depth.Name, width.Name, width.Log = "depth d", "width w4", true
	for i := range 8 {
		e := 30 - 3*math.Sin(float64(i)/3)
		depth.Points = append(depth.Points, MarginalPoint{float64(i + 1), "", e, e - 0.6, e + 0.6})
		e = 31 - float64(i)/2
		width.Points = append(width.Points, MarginalPoint{math.Pow(2, 3+float64(i)/2), "", e, e - 0.8 - float64(i)/10, e + 0.8})
	}
	block := Marginal{Name: "block", Points: []MarginalPoint{{0, "x", 27.5, 27, 28}, {0, "vanilla", 31.2, 30.1, 32.3}, {0, "absent", 29, math.NaN(), math.NaN()}}}
	return []Marginal{depth, width, block}
}

// someInteractions are one of numbers and one over names.
func someInteractions() []Interaction {
	numbers, names := Interaction{Name: "depth d4", By: "w4"}, Interaction{Name: "block", By: "depth"}
	for k := range 3 {
		l := Marginal{Name: []string{"8–16", "24–40", "48–128"}[k]}
		for i := range 4 {
			e := 32 + float64(i*(k-1)) - float64(k)
			l.Points = append(l.Points, MarginalPoint{float64(2*i + 1), "", e, e - 0.7, e + 0.7})
		}
		numbers.Lines = append(numbers.Lines, l)
	}
	for k := range 2 {
		l := Marginal{Name: []string{"1–4", "5–9"}[k]}
		for i, name := range []string{"x", "vanilla"} {
			e := 30 + float64(i) + float64(2*i*k)
			l.Points = append(l.Points, MarginalPoint{0, name, e, e - 0.4, e + 0.4})
		}
		names.Lines = append(names.Lines, l)
	}
	return []Interaction{numbers, names}
}

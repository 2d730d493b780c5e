package experiments

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"designspace/edf"
	"designspace/plots"

	"pgregory.net/rapid"
)

// sample makes the results of n models; row gives the error, flops and
// width, x, of model i.
func sample(t *testing.T, label string, n int, row func(i int) (err, flops, x float64)) *Sample {
	t.Helper()
	var b strings.Builder
	b.WriteString("status,error,flops,width,seed,data,recipe,kernel,train_seconds\n")
	for i := range n {
		e, f, x := row(i)
		fmt.Fprintf(&b, "done,%v,%v,%v,%d,d,r,k,3.6\n", e, f, x, i)
	}
	s, err := ReadSample(label, label+".csv", strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// spread is errors that are evenly spread over ten points from lo.
func spread(t *testing.T, label string, lo float64) *Sample {
	return sample(t, label, 100, func(i int) (float64, float64, float64) { return lo + float64(i)/10, 1e6, float64(i) })
}

func judgeOf(t *testing.T, text string, samples ...*Sample) Outcome {
	t.Helper()
	kind := ""
	if strings.HasPrefix(text, "size") || strings.HasPrefix(text, "split") {
		kind = "kind: property\n"
	}
	def := "name: x\n" + kind + "paper: " + string(RegNet) + "\nfigure: '1'\nclaim: c\nhypothesis: h\nconfirms: c\nrefutes: r\npopulations:\n"
	for _, s := range samples {
		def += "  - {label: " + s.Name + ", space: any}\n"
	}
	d, err := Parse("x.yaml", []byte(def+"statistic: {"+text+"}\n"))
	if err != nil {
		t.Fatal(err)
	}
	o, err := d.Judge(samples)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Populations that differ by a known amount get the verdict that follows.
func TestMeanVerdicts(t *testing.T) {
	a, b, c := spread(t, "a", 50), spread(t, "b", 55), spread(t, "c", 50.2)
	for text, want := range map[string]Verdict{
		"mean: {claims: [a < b]}":                Confirmed,
		"mean: {claims: [b < a]}":                Refuted,
		"mean: {claims: [a < c]}":                Inconclusive,
		"mean: {claims: [a < b, a < c]}":         Inconclusive,
		"mean: {claims: [a < b, b < c]}":         Refuted,
		"mean: {claims: [a = c], margin: 2}":     Confirmed,
		"mean: {claims: [a = c], margin: 0.5}":   Inconclusive,
		"mean: {claims: [a = b], margin: 2}":     Refuted,
		"mean: {claims: [c <= a], margin: 2}":    Confirmed,
		"mean: {claims: [a <= b], margin: 0.1}":  Confirmed,
		"mean: {claims: [b <= a], margin: 2}":    Refuted,
		"mean: {claims: [c <= a], margin: 0.1}":  Inconclusive,
		"mean: {claims: [a < b], column: width}": Inconclusive,
	} {
		o := judgeOf(t, text, a, b, c)
		if o.Verdict != want || o.N != 100 {
			t.Errorf("%s: %s of %d, want %s: %+v", text, o.Verdict, o.N, want, o.Findings)
		}
	}
	o := judgeOf(t, "mean: {claims: [a < b]}", a, b, c)
	if m := o.Main(); math.Abs(m.Effect+5) > 1e-9 || !(m.Lo < -5 && -5 < m.Hi) || m.Unit != points || m.Note != "" || !(m.P < 1e-9) {
		t.Errorf("%+v", m)
	}
}

// Finding and claim follow from p-values after Holm.
func TestDecide(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		confirms, refutes []float64
		want              string
		verdict           Verdict
		p                 float64
	}{
		{[]float64{0.01, 0.04}, []float64{1, 1}, "[confirmed confirmed]", Confirmed, 0.04},
		{[]float64{0.03, 0.04}, []float64{1, 1}, "[inconclusive inconclusive]", Inconclusive, 0.06},
		{[]float64{0.01, 1}, []float64{1, 0.02}, "[confirmed refuted]", Refuted, 0.04},
		{[]float64{1, 1, 1}, []float64{1, 0.02, 1}, "[inconclusive inconclusive inconclusive]", Inconclusive, 0.06},
		{[]float64{0.01, nan}, []float64{1, nan}, "[confirmed inconclusive]", Inconclusive, 1},
		{[]float64{nan, 1}, []float64{nan, 0.03}, "[inconclusive refuted]", Refuted, 0.03},
		{[]float64{nan}, []float64{nan}, "[inconclusive]", Inconclusive, nan},
	} {
		var fs []Finding
		for i := range c.confirms {
			fs = append(fs, Finding{confirms: c.confirms[i], refutes: c.refutes[i]})
		}
		p := decide(fs, edf.Holm)
		var verdicts []Verdict
		for _, f := range fs {
			verdicts = append(verdicts, f.Verdict)
		}
		if fmt.Sprint(verdicts) != c.want || overall(fs, Confirmed, Refuted) != c.verdict || math.Abs(p-c.p) > 1e-12 || math.IsNaN(p) != math.IsNaN(c.p) {
			t.Errorf("%+v: %v, p = %v", c, verdicts, p)
		}
	}
}

// Means and the test must agree, and a note says where they do not.
func TestTestAndMeansMustAgree(t *testing.T) {
	for _, c := range []struct {
		confirms, refutes float64
		test              edf.BrunnerMunzelTest
		want, against     float64
		note              string
	}{
		{0.01, 1, edf.BrunnerMunzelTest{T: 3, P: 0.002}, 0.01, 1, ""},
		{0.01, 1, edf.BrunnerMunzelTest{T: 3, P: 0.2}, 0.2, 1, "means differ"},
		{0.01, 1, edf.BrunnerMunzelTest{T: -3, P: 0.002}, 1, 1, "means differ"},
		{0.3, 1, edf.BrunnerMunzelTest{T: 3, P: 0.002}, 0.3, 1, "distributions differ"},
		{1, 0.01, edf.BrunnerMunzelTest{T: -3, P: 0.002}, 1, 0.01, ""},
		{1, 0.01, edf.BrunnerMunzelTest{T: 0, P: 1}, 1, 1, "means differ"},
	} {
		f := Finding{confirms: c.confirms, refutes: c.refutes}
		note := strings.Join(f.agree(c.test), "")
		if f.confirms != c.want || f.refutes != c.against || !strings.HasPrefix(note, c.note) || (note == "") != (c.note == "") {
			t.Errorf("%+v: %v, %v, %q", c, f.confirms, f.refutes, note)
		}
	}
}

// The p-values of a claim on a range are those of two one-sided t-tests, and
// below 0.05 where the interval decides.
func TestWithin(t *testing.T) {
	e, err := edf.MeanDifference(edf.Population{Errors: []float64{50, 52, 51, 49, 55}}, edf.Population{Errors: []float64{53, 54, 52, 58, 56, 57, 51}})
	if err != nil {
		t.Fatal(err)
	}
	inf := math.Inf(1)
	for _, c := range []struct {
		lo, hi  float64
		confirm bool
		refute  bool
	}{
		{-inf, e.Hi + 0.01, true, false}, {-inf, e.Hi - 0.01, false, false}, {-inf, e.Lo - 0.01, false, true},
		{e.Lo - 0.01, e.Hi + 0.01, true, false}, {e.Lo + 0.01, e.Hi + 0.01, false, false},
		{e.Hi + 0.01, inf, false, true}, {e.Hi - 0.01, inf, false, false},
	} {
		var f Finding
		f.within(e, c.lo, c.hi)
		if (f.confirms < level) != c.confirm || (f.refutes < level) != c.refute {
			t.Errorf("%v in [%v, %v]: %v, %v", e.Interval, c.lo, c.hi, f.confirms, f.refutes)
		}
	}
	// 2 * scipy.stats.ttest_ind([50,52,51,49,55], [53,54,52,58,56,57,51], equal_var=False, alternative="less").pvalue
	var f Finding
	f.within(e, -inf, 0)
	if math.Abs(f.confirms-0.062204187921590554) > 1e-9 || f.refutes != 1 {
		t.Errorf("%v, %v", f.confirms, f.refutes)
	}
}

// Weights make populations of different complexity comparable: here x decides
// the error, and the populations differ in x alone.
func TestNormalize(t *testing.T) {
	part := func(label string, low int) *Sample {
		return sample(t, label, 100, func(i int) (float64, float64, float64) {
			x := 1 + float64(i%10)
			if i < low {
				x += 10
			}
			return 49 + x, 1e6, x
		})
	}
	a, b := part("a", 30), part("b", 70)
	if o := judgeOf(t, "mean: {claims: [a < b]}", a, b); o.Verdict != Confirmed {
		t.Errorf("without weights: %+v", o)
	}
	o := judgeOf(t, "mean: {claims: [a = b], margin: 2, normalize: {by: width}}", a, b)
	if m := o.Findings[0]; !(math.Abs(m.Effect) < 0.5) || m.Verdict != Confirmed || !strings.Contains(m.Note, "weighted: as much as ") {
		t.Errorf("with weights: %+v", m)
	}
	far := sample(t, "b", 100, func(i int) (float64, float64, float64) { return 50, 1e6, 1000 + float64(i) })
	if o := judgeOf(t, "mean: {claims: [a < b], normalize: {by: width}}", a, far); o.Verdict != Inconclusive || o.Findings[0].Note == "" {
		t.Errorf("nothing in common: %+v", o)
	}
}

// The figure shows the distributions whose means are judged: of a weighted claim
// the weighted ones.
func TestNormalizedFigure(t *testing.T) {
	part := func(label string, low int) *Sample {
		return sample(t, label, 100, func(i int) (float64, float64, float64) {
			x := 1 + float64(i%10)
			if i < low {
				x += 10
			}
			return 49 + x, 1e6, x
		})
	}
	a, b := part("a", 30), part("b", 70)
	legend := func(m Mean) string {
		f, err := m.figure([]*Sample{a, b}, plots.Page{})
		if err != nil {
			t.Fatal(err)
		}
		var svg bytes.Buffer
		if err := f.Write(&svg, "svg"); err != nil {
			t.Fatal(err)
		}
		return svg.String()
	}
	if svg := legend(Mean{}); !strings.Contains(svg, ">57.5<") || !strings.Contains(svg, ">61.5<") {
		t.Error("no means 57.5 and 61.5 without weights")
	}
	// The means come near each other.
	if svg := legend(Mean{Normalize: &Normalize{By: "width"}}); strings.Contains(svg, ">57.5<") || strings.Contains(svg, ">61.5<") {
		t.Error("means without weights where there are some")
	}
}

// Of evenly spread errors that differ by 5 points the expected least do, too, and
// m of more than a quarter of the models gives no verdict.
func TestBestOf(t *testing.T) {
	a, b := spread(t, "a", 50), spread(t, "b", 55)
	for text, want := range map[string]Verdict{
		"best_of: {m: 10, claims: [a < b]}":              Confirmed,
		"best_of: {m: 10, claims: [b < a]}":              Refuted,
		"best_of: {m: 10, claims: [b <= a], margin: 1}":  Refuted,
		"best_of: {m: 10, claims: [b <= a], margin: 9}":  Confirmed,
		"best_of: {m: 26, claims: [a <= b], margin: 50}": Inconclusive,
	} {
		o := judgeOf(t, text, a, b)
		if o.Verdict != want || math.Abs(math.Abs(o.Findings[0].Effect)-5) > 1e-9 {
			t.Errorf("%s: %+v, want %s", text, o, want)
		}
		if want == Inconclusive && (!math.IsNaN(o.P) || !strings.Contains(o.Findings[0].Note, "at least 104 models needed")) {
			t.Errorf("%s: %+v", text, o)
		}
	}
}

// x rises with the error, so that the least of five bins of it is the best.
func TestRange(t *testing.T) {
	a := spread(t, "a", 50)
	for text, want := range map[string]Verdict{
		"range: {values: [{population: a, column: width, min: 0, max: 25}]}":    Confirmed,
		"range: {values: [{population: a, column: width, min: 50, max: 99}]}":   Refuted,
		"range: {values: [{population: a, column: width, min: 0, max: 9.5}]}":   Confirmed,    // a bin is cut there
		"range: {values: [{population: a, column: width, min: -5, max: 200}]}":  Inconclusive, // there is no other value
		"range: {values: [{population: a, column: width, min: 200, max: 300}]}": Inconclusive, // there is no such value
	} {
		if o := judgeOf(t, text, a); o.Verdict != want {
			t.Errorf("%s: %+v, want %s", text, o, want)
		}
	}
	o := judgeOf(t, "range: {values: [{population: a, column: width, min: 0, max: 19}]}", a)
	if f := o.Findings[0]; f.Effect != 9.5 || f.Lo != 0 || f.Hi != 19 {
		t.Errorf("the bin 0 to 19: %+v", f)
	}
}

// Bins hold every model once, in ascending order, and each lies on one side of
// the limits.
func TestBins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(0, 10), 1, 60).Draw(t, "values")
		lo := rapid.Float64Range(-1, 11).Draw(t, "lo")
		hi := lo + rapid.Float64Range(0, 5).Draw(t, "width")
		side := func(x float64) float64 { return indicator(x >= lo) + indicator(x > hi) }
		bs := bins(values, lo, hi)
		seen := map[int]bool{}
		var last float64
		for k, b := range bs {
			for i, m := range b {
				if seen[m] || side(values[m]) != side(values[b[0]]) || k+i > 0 && i == 0 && values[m] < last {
					t.Fatalf("%v in %v of %v", b, bs, values)
				}
				seen[m], last = true, max(last, values[m])
			}
		}
		if len(seen) != len(values) || len(bs) > 7 {
			t.Fatalf("%d of %d models in %d bins", len(seen), len(values), len(bs))
		}
	})
}

// A best value that is ten times as large is one decade away.
func TestCentre(t *testing.T) {
	at := func(label string, best int) *Sample {
		return sample(t, label, 100, func(i int) (float64, float64, float64) {
			return 50 + 3*math.Abs(float64(i%5-best)) + float64(i*37%100)/100, 1e6, math.Pow(10, float64(i%5)/2)
		})
	}
	o := judgeOf(t, "centre: {columns: [width], of: [a, b, c], margin: 0.3}", at("a", 1), at("b", 3), at("c", 1))
	if f := o.Findings[0]; math.Abs(f.Effect-1) > 1e-9 || f.Verdict != Refuted {
		t.Errorf("%+v", f)
	}
	if f := o.Findings[1]; f.Effect != 0 || f.Verdict != Confirmed {
		t.Errorf("%+v", f)
	}
	// Products are taken model by model.
	p := judgeOf(t, "centre: {columns: [width*width], of: [a, b], margin: 0.3}", at("a", 1), at("b", 3))
	if f := p.Findings[0]; math.Abs(f.Effect-2) > 1e-9 {
		t.Errorf("%+v", f)
	}
}

// The best x is √flops, whatever else is drawn: it rises, and its exponent is ½.
// Where errors do not depend on x there is no telling.
func TestPower(t *testing.T) {
	at := func(label string, flops, matters float64) *Sample {
		return sample(t, label, 100, func(i int) (float64, float64, float64) {
			return 50 + matters*math.Abs(float64(i%5)-2) + float64(i*37%100)/100, flops, math.Sqrt(flops) * math.Pow(2, float64(i%5)-2)
		})
	}
	a, b := at("a", 1e6, 3), at("b", 4e6, 3)
	for text, want := range map[string]Verdict{
		"power: {of: [a, b], laws: [{column: width, min: 0, max: .inf}]}":    Confirmed,
		"power: {of: [a, b], laws: [{column: width, min: -.inf, max: 0}]}":   Refuted,
		"power: {of: [a, b], laws: [{column: width, min: -0.3, max: 0.3}]}":  Refuted,
		"power: {of: [a, b], laws: [{column: width, min: 0.4, max: 0.6}]}":   Confirmed,
		"power: {of: [a, b], laws: [{column: width, min: 0.51, max: .inf}]}": Refuted,
		"power: {of: [a, b], laws: [{column: width, min: 0.8, max: 1.2}]}":   Refuted,
		"power: {of: [a, b], laws: [{column: width, min: -9, max: 9}]}":      Inconclusive,
	} {
		if o := judgeOf(t, text, a, b); o.Verdict != want {
			t.Errorf("%s: %+v, want %s", text, o, want)
		}
	}
	o := judgeOf(t, "power: {of: [a, b], laws: [{column: width, min: 0.4, max: 0.6}]}", a, b)
	if f := o.Findings[0]; math.Abs(f.Effect-0.5) > 1e-9 || math.Abs(f.Lo-0.5) > 1e-9 || math.Abs(f.Hi-0.5) > 1e-9 {
		t.Errorf("%+v", f)
	}
	o = judgeOf(t, "power: {of: [a, b], laws: [{column: width, min: 0, max: .inf}]}", at("a", 1e6, 0), at("b", 4e6, 0))
	if f := o.Findings[0]; f.Verdict != Inconclusive || f.Hi-f.Lo < 2 {
		t.Errorf("no best value: %+v", f)
	}
}

// Errors are uniform on 100 points, of which the least of m is 100/(m+1) on
// average: one draw is far from the hundredth, many are near.
func TestSearch(t *testing.T) {
	a := sample(t, "a", 1000, func(i int) (float64, float64, float64) { return float64(i) / 10, 1e6, 0 })
	for text, want := range map[string]Verdict{
		"search: {of: a, m: 50, margin: 3}": Confirmed,
		"search: {of: a, m: 49, margin: 1}": Inconclusive,
		"search: {of: a, m: 1, margin: 40}": Refuted,
	} {
		o := judgeOf(t, text, a)
		if o.Verdict != want {
			t.Errorf("%s: %+v, want %s", text, o, want)
		}
	}
	o := judgeOf(t, "search: {of: a, m: 49, margin: 1}", a)
	if f := o.Findings[0]; math.Abs(f.Effect-1) > 0.05 {
		t.Errorf("the best of 49 less that of 99: %+v, want 2 - 1", f)
	}
	if o := judgeOf(t, "search: {of: b, m: 32, margin: 50}", spread(t, "b", 50)); o.Verdict != Inconclusive || !strings.Contains(o.Findings[0].Note, "at least 396 models needed") {
		t.Errorf("100 models: %+v", o)
	}
}

// Quantiles of the distance are those of Kolmogorov's distribution:
// scipy.stats.kstwo.ppf([.025, .975], 100) = 0.0466, 0.1459.
func TestSize(t *testing.T) {
	a := sample(t, "a", 1000, func(i int) (float64, float64, float64) { return float64(i) / 10, 1e6, 0 })
	for text, want := range map[string]Verdict{
		"size: {of: a, models: 100, margin: 0.2}": Holds,
		"size: {of: a, models: 2, margin: 0.1}":   Fails,
		"size: {of: a, models: 100, margin: 0.1}": Inconclusive,
	} {
		if o := judgeOf(t, text, a); o.Verdict != want || !math.IsNaN(o.P) {
			t.Errorf("%s: %+v, want %s", text, o, want)
		}
	}
	f := judgeOf(t, "size: {of: a, models: 100, margin: 0.2}", a).Findings[0]
	if math.Abs(f.Lo-0.0466) > 0.005 || math.Abs(f.Hi-0.1459) > 0.01 {
		t.Errorf("%+v", f)
	}
}

// Of 110 different errors the best is in the part of 100 with probability 10/11,
// and the parts come from one distribution.
func TestSplit(t *testing.T) {
	a := sample(t, "a", 110, func(i int) (float64, float64, float64) { return 50 + float64(i)/10, 1e6, 0 })
	o := judgeOf(t, "split: {of: a, ratio: 10, wins: 0.8}", a)
	sd := math.Sqrt(10. / 11 / 11 / rounds)
	if f := o.Findings[0]; math.Abs(f.Effect-10./11) > 4*sd || o.Verdict != Holds {
		t.Errorf("%+v", o)
	}
	if f := o.Findings[1]; f.Effect > 0.05+4*math.Sqrt(0.05*0.95/rounds) {
		t.Errorf("the test tells parts of one population apart too often: %+v", f)
	}
	same := sample(t, "a", 110, func(int) (float64, float64, float64) { return 50, 1e6, 0 })
	if o := judgeOf(t, "split: {of: a, ratio: 10, wins: 0.8}", same); o.Verdict != Fails || o.Findings[0].Effect != 0 {
		t.Errorf("equal errors: %+v", o)
	}
}

// Means of two draws from -1 and 2 are -1, ½ and 2 with probability ¼, ½ and ¼.
func TestResample(t *testing.T) {
	x := []float64{-1, 2}
	i, above, below := resample("x", 2, func(rows []int) float64 { return mean(pick(x, rows)) })
	if i.Estimate != 0.5 || i.Lo != -1 || i.Hi != 2 || math.Abs(above-0.5) > 0.06 || below != 1 {
		t.Errorf("%+v, %v, %v", i, above, below)
	}
	if i, above, _ := resample("x", 1, func(rows []int) float64 { return 7 }); i.Estimate != 7 || !math.IsNaN(i.Lo) || !math.IsNaN(above) {
		t.Errorf("one row: %+v", i)
	}
}

func TestJudgeRefuses(t *testing.T) {
	d, err := Find("normalized")
	if err != nil {
		t.Fatal(err)
	}
	a, b := spread(t, "RegNetX", 50), spread(t, "A", 50)
	if _, err := d.Judge([]*Sample{b, a}); err == nil || !strings.Contains(err.Error(), "population 1 is A, not RegNetX") {
		t.Errorf("error %v", err)
	}
	b.Pending = 3
	if _, err := d.Judge([]*Sample{a, b}); err == nil || !strings.Contains(err.Error(), "3 models of population A are not trained") {
		t.Errorf("error %v", err)
	}
	if _, err := d.Judge([]*Sample{a, {Population: edf.Population{Name: "A", Failed: 2}}}); err == nil || !strings.Contains(err.Error(), "has no model with an error") {
		t.Errorf("error %v", err)
	}
	if _, err := a.Column("y"); err == nil {
		t.Error("a column that is not there")
	}
}

// Diverged models count with 100, failed ones do not.
func TestReadSample(t *testing.T) {
	s, err := ReadSample("x", "x.csv", strings.NewReader("status,error,x\ndone,3,1\nfailed,,2\ndiverged,,3\npending,,4\ndone,2,\n"))
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(s.Errors, s.Failed, s.Pending) != "[3 100 2] 1 1" {
		t.Errorf("%v %d %d", s.Errors, s.Failed, s.Pending)
	}
	if _, err := s.Column("x"); err == nil || !strings.Contains(err.Error(), "x.csv:6: no x, which population x is judged by") {
		t.Errorf("error %v", err)
	}
}

func TestReadSampleRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"m1,done,3\nm2,done,-3\n":         "x.csv:3: error -3: want percent, from 0 to 100",
		"m1,done,250\n":                   "x.csv:2: error 250",
		"m1,done,Inf\n":                   "x.csv:2: error: \"Inf\" is not a finite number",
		"m1,done,3\nm2,,4\nm1,pending,\n": "x.csv:4: model m1 is there already",
	} {
		if _, err := ReadSample("x", "x.csv", strings.NewReader("id,status,error\n"+text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %s", text, err, want)
		}
	}
}

// Trainings that two populations share are paid for once.
func TestCost(t *testing.T) {
	a := sample(t, "a", 100, func(int) (float64, float64, float64) { return 50, 1e6, 0 })
	b := sample(t, "b", 150, func(int) (float64, float64, float64) { return 60, 1e6, 0 })
	models, hours, err := cost([]*Sample{a, b})
	if err != nil || models != 150 || hours != 0.15 {
		t.Errorf("%d models, %v hours, %v", models, hours, err)
	}
}

// Where errors differ by 5 points at every cost, searches attain errors that do,
// too; m of more than a quarter of the models, or no common cost, give no verdict.
func TestAttain(t *testing.T) {
	costing := func(label string, lo, cost float64) *Sample {
		return sample(t, label, 100, func(i int) (float64, float64, float64) { return lo + float64(i)/10, 1e6, cost + float64(i*37%100) })
	}
	a, b := costing("a", 50, 1), costing("b", 55, 1)
	for text, want := range map[string]Verdict{
		"attain: {m: 1, against: width, claims: [a < b]}":              Confirmed,
		"attain: {m: 1, against: width, claims: [b < a]}":              Refuted,
		"attain: {m: 1, against: width, rate: true, claims: [a < b]}":  Confirmed,
		"attain: {m: 1, against: width, claims: [b <= a], margin: 20}": Confirmed,
		"attain: {m: 26, against: width, claims: [a < b]}":             Inconclusive,
	} {
		if o := judgeOf(t, text, a, b); o.Verdict != want {
			t.Errorf("%s: %+v, want %s", text, o, want)
		}
	}
	if o := judgeOf(t, "attain: {m: 101, against: width, claims: [a < b]}", a, b); !strings.Contains(o.Findings[0].Note, "of 100 and 100 models: at least 404 needed") {
		t.Errorf("m above all: %+v", o)
	}
	o := judgeOf(t, "attain: {m: 1, against: width, claims: [a < far]}", a, costing("far", 50, 1000))
	if o.Verdict != Inconclusive || !strings.Contains(o.Findings[0].Note, "no common range of costs") {
		t.Errorf("without a common cost: %+v", o)
	}
}

// Models that were scaled from the same architecture are compared in pairs, by
// Student's interval of the differences, and those of which one failed are not.
func TestMeanOfPairs(t *testing.T) {
	const text = `name: x
paper: ` + string(RegNet) + `
figure: '1'
claim: c
hypothesis: h
confirms: c
refutes: r
populations:
  - {label: A, space: any, scale: w x2}
  - {label: B, space: any, scale: d x2}
statistic: {mean: {column: width, claims: [A < B]}}
`
	differences := []float64{1, 2, 3, 2, 1, 3, 2, 2}
	a := sample(t, "A", 8, func(i int) (float64, float64, float64) { return 50, 1e6, float64(40 * i) })
	b := sample(t, "B", 8, func(i int) (float64, float64, float64) { return 50, 1e6, float64(40*i) + differences[i] })
	judge := func(text string) Finding {
		d, err := Parse("x.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		o, err := d.Judge([]*Sample{a, b})
		if err != nil {
			t.Fatal(err)
		}
		return o.Findings[0]
	}
	if f := judge(text); f.Verdict != Inconclusive || f.Effect != -2 {
		t.Errorf("without pairs: %+v", f)
	}
	// The differences have mean 2 and variance 4/7; t with 7 degrees of freedom is 2.36462.
	half := 2.36462 * math.Sqrt(4./7/8)
	if f := judge(text + "vary: scale\n"); f.Verdict != Confirmed || f.Effect != -2 || math.Abs(f.Hi-f.Lo-2*half) > 1e-4 {
		t.Errorf("pairs: %+v, want a half-width of %v", f, half)
	}
	for edit, want := range map[string]string{
		"normalize: {by: flops}, column: ": "without weights",
		"margin: 1, column: ":              "margin",
	} {
		if _, err := Parse("x.yaml", []byte(strings.Replace(text, "column: ", edit, 1)+"vary: scale\n")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v", edit, err)
		}
	}
	if _, err := Parse("x.yaml", []byte(strings.Replace(text, ", scale: w x2", "", 1)+"vary: scale\n")); err == nil || !strings.Contains(err.Error(), "population A: want a value of the setting that varies, or scale if that varies") {
		t.Errorf("the first population has no scale: error %v", err)
	}
	for scale, want := range map[string]string{
		"":                 "or scale if that varies",
		", scale: d":       "want a rule, x and a positive factor",
		", scale: w x2":    "populations A and B have the same rule",
		", scale: d x4":    "population B: d x4: want the factor of A, w x2",
		", scale: d to x2": "and it met in both or in neither",
	} {
		if _, err := Parse("x.yaml", []byte(strings.Replace(text, ", scale: d x2", scale, 1)+"vary: scale\n")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v", scale, err)
		}
	}
}

package experiments

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"designspace/bootstrap"
	"designspace/edf"
	"designspace/plots"
)

// sample makes the results of n models; row gives the error, flops and x of
// model i.
func sample(t *testing.T, label string, n int, row func(i int) (err, flops, x float64)) *Sample {
	t.Helper()
	var b strings.Builder
	b.WriteString("status,error,flops,x,seed,data,recipe,kernel,train_seconds\n")
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
	def := "name: x\npaper: " + string(RegNet) + "\nfigure: '1'\nclaim: c\nhypothesis: h\nconfirms: c\nrefutes: r\npopulations:\n"
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
		"mean: {claims: [a < b]}":               Confirmed,
		"mean: {claims: [b < a]}":               Refuted,
		"mean: {claims: [a < c]}":               Inconclusive,
		"mean: {claims: [a < b, a < c]}":        Inconclusive,
		"mean: {claims: [a < b, b < c]}":        Refuted,
		"mean: {claims: [a = c], margin: 2}":    Confirmed,
		"mean: {claims: [a = c], margin: 0.5}":  Inconclusive,
		"mean: {claims: [a = b], margin: 2}":    Refuted,
		"mean: {claims: [c <= a], margin: 2}":   Confirmed,
		"mean: {claims: [a <= b], margin: 0.1}": Confirmed,
		"mean: {claims: [b <= a], margin: 2}":   Refuted,
		"mean: {claims: [c <= a], margin: 0.1}": Inconclusive,
		"mean: {claims: [a < b], column: x}":    Inconclusive,
	} {
		o := judgeOf(t, text, a, b, c)
		if o.Verdict != want || o.N != 100 {
			t.Errorf("%s: %s of %d, want %s: %+v", text, o.Verdict, o.N, want, o.Findings)
		}
	}
	o := judgeOf(t, "mean: {claims: [a < b]}", a, b, c)
	if m := o.Main(); math.Abs(m.Effect+5) > 1e-9 || !(m.Lo < -5 && -5 < m.Hi) || m.Unit != points || !strings.HasPrefix(m.Note, "Mann-Whitney p = ") || strings.Contains(m.Note, "adjusted") {
		t.Errorf("%+v", m)
	}
}

// A significant test without an interval on its side, or the reverse, is no
// verdict.
func TestTestAndIntervalMustAgree(t *testing.T) {
	for _, c := range []struct {
		v       Verdict
		p, less float64
		want    Verdict
	}{
		{Confirmed, 0.01, 0.7, Confirmed},
		{Confirmed, 0.2, 0.7, Inconclusive},
		{Confirmed, 0.01, 0.3, Inconclusive},
		{Refuted, 0.01, 0.3, Refuted},
		{Refuted, 0.01, 0.7, Inconclusive},
		{Inconclusive, 0.01, 0.7, Inconclusive},
		{Confirmed, math.NaN(), 0.7, Inconclusive},
	} {
		if got := agree(c.v, c.p, c.less); got != c.want {
			t.Errorf("agree(%s, %v, %v) = %s, want %s", c.v, c.p, c.less, got, c.want)
		}
	}
}

func TestWithin(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		lo, hi float64
		want   Verdict
	}{{-1, 1, Confirmed}, {-2, 2, Confirmed}, {-3, 1, Inconclusive}, {2.1, 3, Refuted}, {-4, -2.1, Refuted}, {-3, 3, Inconclusive}, {nan, nan, Inconclusive}} {
		if got := within(bootstrap.Interval{Lo: c.lo, Hi: c.hi}, -2, 2); got != c.want {
			t.Errorf("[%v, %v] within ±2: %s, want %s", c.lo, c.hi, got, c.want)
		}
	}
	if got := strictly(Confirmed, bootstrap.Interval{Lo: -1, Hi: 0}); got != Inconclusive {
		t.Errorf("an interval that ends at 0: %s", got)
	}
}

// Weights make populations of different complexity comparable: here x decides
// the error, and the populations differ in x alone.
func TestNormalize(t *testing.T) {
	part := func(label string, low int) *Sample {
		return sample(t, label, 100, func(i int) (float64, float64, float64) {
			x := float64(i % 10)
			if i < low {
				x += 10
			}
			return 50 + x, 1e6, x
		})
	}
	a, b := part("a", 30), part("b", 70)
	if o := judgeOf(t, "mean: {claims: [a < b]}", a, b); o.Verdict != Confirmed {
		t.Errorf("without weights: %+v", o)
	}
	o := judgeOf(t, "mean: {claims: [a = b], margin: 2, normalize: {by: x, bins: 2}}", a, b)
	// a has 70 and 30 models in the bins, so that its weights are 1/140 and 1/60: 1 / (70/140² + 30/60²) = 84, as of b
	if m := o.Findings[0]; math.Abs(m.Effect) > 1e-9 || m.Note != "weighted: as much as 84 and 84 models of equal weight" {
		t.Errorf("with weights: %+v", m)
	}
	far := sample(t, "b", 100, func(i int) (float64, float64, float64) { return 50, 1e6, 1000 + float64(i) })
	if o := judgeOf(t, "mean: {claims: [a < b], normalize: {by: x, bins: 2}}", a, far); o.Verdict != Inconclusive || o.Findings[0].Note == "" {
		t.Errorf("nothing in common: %+v", o)
	}
}

// The figure shows the distributions whose means are judged: of a weighted claim
// the weighted ones.
func TestNormalizedFigure(t *testing.T) {
	part := func(label string, low int) *Sample {
		return sample(t, label, 100, func(i int) (float64, float64, float64) {
			x := float64(i % 10)
			if i < low {
				x += 10
			}
			return 50 + x, 1e6, x
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
	// half of the weight lies on 50 to 59, half on 60 to 69
	if svg := legend(Mean{Normalize: &Normalize{By: "x", Bins: 2}}); strings.Count(svg, ">59.5<") != 2 {
		t.Error("not two means of 59.5 with weights")
	}
	if svg := legend(Mean{Normalize: &Normalize{By: "x", Bins: 50}}); !strings.Contains(svg, ">57.5<") {
		t.Error("without common support the figure is not that without weights")
	}
}

// The expected least of two errors drawn from 1 and 2 is 1·¾ + 2·¼.
func TestBestOf(t *testing.T) {
	if got := bestOf([]float64{1, 2}, 2); got != 1.25 {
		t.Errorf("%v", got)
	}
	a, b := spread(t, "a", 50), spread(t, "b", 55)
	for text, want := range map[string]Verdict{
		"best_of: {m: 10, claims: [a < b]}":             Confirmed,
		"best_of: {m: 10, claims: [b < a]}":             Refuted,
		"best_of: {m: 10, claims: [b <= a], margin: 1}": Refuted,
		"best_of: {m: 10, claims: [b <= a], margin: 9}": Confirmed,
	} {
		if o := judgeOf(t, text, a, b); o.Verdict != want || math.Abs(math.Abs(o.Findings[0].Effect)-5) > 1e-9 {
			t.Errorf("%s: %+v, want %s", text, o, want)
		}
	}
}

// The best value is that of the models of least error.
func TestRange(t *testing.T) {
	a := spread(t, "a", 50) // x rises with the error
	for text, want := range map[string]Verdict{
		"range: {values: [{population: a, column: x, min: 0, max: 20}]}":  Confirmed,
		"range: {values: [{population: a, column: x, min: 50, max: 99}]}": Refuted,
		"range: {values: [{population: a, column: x, min: 3, max: 99}]}":  Inconclusive,
	} {
		if o := judgeOf(t, text, a); o.Verdict != want {
			t.Errorf("%s: %+v, want %s", text, o, want)
		}
	}
}

// A parameter that is ten times as large is one decade away.
func TestCentre(t *testing.T) {
	at := func(label string, scale float64) *Sample {
		return sample(t, label, 100, func(i int) (float64, float64, float64) {
			return 50 + float64(i)/10, 1e6, scale * math.Pow(10, float64(i%7)/20)
		})
	}
	o := judgeOf(t, "centre: {columns: [x], of: [a, b, c], margin: 0.3}", at("a", 1), at("b", 10), at("c", 1))
	if f := o.Findings[0]; math.Abs(f.Effect-1) > 1e-9 || f.Verdict != Refuted {
		t.Errorf("%+v", f)
	}
	if f := o.Findings[1]; f.Effect != 0 || f.Verdict != Confirmed {
		t.Errorf("%+v", f)
	}
	// Products are taken model by model.
	p := judgeOf(t, "centre: {columns: [x*x], of: [a, b], margin: 0.3}", at("a", 1), at("b", 10))
	if f := p.Findings[0]; math.Abs(f.Effect-2) > 1e-9 {
		t.Errorf("%+v", f)
	}
}

// x = √flops exactly: it rises, and its exponent is ½.
func TestTrendAndPower(t *testing.T) {
	at := func(label string, flops float64) *Sample {
		return sample(t, label, 100, func(i int) (float64, float64, float64) {
			f := flops * (1 + float64(i%9)/20)
			return 50 + float64(i)/10, f, math.Sqrt(f)
		})
	}
	a, b := at("a", 1e6), at("b", 4e6)
	for text, want := range map[string]Verdict{
		"trend: {of: [a, b], trends: [{column: x, goes: up}]}":                 Confirmed,
		"trend: {of: [a, b], trends: [{column: x, goes: down}]}":               Refuted,
		"trend: {of: [a, b], margin: 0.3, trends: [{column: x, goes: level}]}": Refuted,
		"power: {of: [a, b], laws: [{column: x, min: 0.4, max: 0.6}]}":         Confirmed,
		"power: {of: [a, b], laws: [{column: x, min: 0.8, max: 1.2}]}":         Refuted,
	} {
		if o := judgeOf(t, text, a, b); o.Verdict != want {
			t.Errorf("%s: %+v, want %s", text, o, want)
		}
	}
	o := judgeOf(t, "power: {of: [a, b], laws: [{column: x, min: 0.4, max: 0.6}]}", a, b)
	if f := o.Findings[0]; math.Abs(f.Effect-0.5) > 1e-9 || math.Abs(f.Lo-0.5) > 1e-9 || math.Abs(f.Hi-0.5) > 1e-9 {
		t.Errorf("%+v", f)
	}
}

// x orders the models as their error does; flops do not.
func TestPredict(t *testing.T) {
	a := sample(t, "a", 50, func(i int) (float64, float64, float64) { return 20 + float64(i), float64(1 + i*31%50), float64(i) })
	if o := judgeOf(t, "predict: {target: error, by: x, than: [flops]}", a); o.Verdict != Confirmed {
		t.Errorf("%+v", o)
	}
	if o := judgeOf(t, "predict: {target: error, by: flops, than: [x]}", a); o.Verdict != Refuted {
		t.Errorf("%+v", o)
	}
}

// One draw from a thousand equally likely steps of 0.01 is far from the least,
// many draws are near.
func TestSearch(t *testing.T) {
	a := sample(t, "a", 1000, func(i int) (float64, float64, float64) { return 50 + float64(i)/100, 1e6, 0 })
	for text, want := range map[string]Verdict{
		"search: {of: a, m: 100, margin: 1}": Confirmed,
		"search: {of: a, m: 1, margin: 1}":   Inconclusive,
		"search: {of: a, m: 1, margin: 0.1}": Refuted,
	} {
		if o := judgeOf(t, text, a); o.Verdict != want {
			t.Errorf("%s: %+v, want %s", text, o, want)
		}
	}
}

func TestSize(t *testing.T) {
	a := spread(t, "a", 50)
	for text, want := range map[string]Verdict{
		"size: {of: a, share: 0.5, margin: 0.3}":  Confirmed,
		"size: {of: a, share: 0.02, margin: 0.1}": Refuted,
		"size: {of: a, share: 0.1, margin: 0.25}": Inconclusive,
	} {
		if o := judgeOf(t, text, a); o.Verdict != want {
			t.Errorf("%s: %+v, want %s", text, o, want)
		}
	}
}

// Of 110 different errors the best is in the part of 100 with probability 10/11,
// and the parts come from one distribution.
func TestSplit(t *testing.T) {
	a := sample(t, "a", 110, func(i int) (float64, float64, float64) { return 50 + float64(i)/10, 1e6, 0 })
	o := judgeOf(t, "split: {of: a, ratio: 10, wins: 0.8}", a)
	sd := math.Sqrt(10. / 11 / 11 / rounds)
	if f := o.Findings[0]; math.Abs(f.Effect-10./11) > 4*sd || o.Verdict != Confirmed {
		t.Errorf("%+v", o)
	}
	if f := o.Findings[1]; f.Effect > 0.05+4*math.Sqrt(0.05*0.95/rounds) {
		t.Errorf("the test tells parts of one population apart too often: %+v", f)
	}
	same := sample(t, "a", 110, func(int) (float64, float64, float64) { return 50, 1e6, 0 })
	if o := judgeOf(t, "split: {of: a, ratio: 10, wins: 0.8}", same); o.Verdict != Refuted || o.Findings[0].Effect != 0 {
		t.Errorf("equal errors: %+v", o)
	}
}

// Means of two draws from 0 and 1 are 0, ½ and 1 with probability ¼, ½ and ¼.
func TestResample(t *testing.T) {
	x := []float64{0, 1}
	i := resample("x", []int{2}, func(rows [][]int) float64 { return mean(pick(x, rows[0])) })
	if i.Estimate != 0.5 || i.Lo != 0 || i.Hi != 1 {
		t.Errorf("%+v", i)
	}
	if i := resample("x", []int{1}, func(rows [][]int) float64 { return 7 }); i.Estimate != 7 || !math.IsNaN(i.Lo) {
		t.Errorf("one row: %+v", i)
	}
}

func TestJudgeRefuses(t *testing.T) {
	d, err := Find("inverted")
	if err != nil {
		t.Fatal(err)
	}
	a, b := spread(t, "RegNetX", 50), spread(t, "inverted", 50)
	if _, err := d.Judge([]*Sample{b, a}); err == nil || !strings.Contains(err.Error(), "population 1 is inverted, not RegNetX") {
		t.Errorf("error %v", err)
	}
	b.Pending = 3
	if _, err := d.Judge([]*Sample{a, b}); err == nil || !strings.Contains(err.Error(), "3 models of population inverted are not trained") {
		t.Errorf("error %v", err)
	}
	if _, err := d.Judge([]*Sample{a, {Population: edf.Population{Name: "inverted", Failed: 2}}}); err == nil || !strings.Contains(err.Error(), "has no model with an error") {
		t.Errorf("error %v", err)
	}
	if _, err := a.Column("y"); err == nil {
		t.Error("a column that is not there")
	}
}

// Diverged models count with 100, failed ones do not, and the best come first.
func TestReadSample(t *testing.T) {
	s, err := ReadSample("x", "x.csv", strings.NewReader("status,error,x\ndone,3,1\nfailed,,2\ndiverged,,3\npending,,4\ndone,2,\n"))
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(s.Errors, s.Failed, s.Pending) != "[3 100 2] 1 1" {
		t.Errorf("%v %d %d", s.Errors, s.Failed, s.Pending)
	}
	if got := best(s.Errors, 0.7); fmt.Sprint(got) != "[2 0]" {
		t.Errorf("best %v", got)
	}
	if _, err := s.Column("x"); err == nil || !strings.Contains(err.Error(), "x.csv:6: no x, which population x is judged by") {
		t.Errorf("error %v", err)
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

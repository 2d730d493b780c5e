package experiments

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"designspace/internal/run/pipeline"
	"designspace/internal/strictyaml"
)

func all(t testing.TB) []Definition {
	t.Helper()
	ds, err := All()
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

// Every file is a definition whose populations exist in every regime, and no
// population is stated in two ways.
func TestDefinitions(t *testing.T) {
	ds := all(t)
	if len(ds) < 22 {
		t.Errorf("%d definitions", len(ds))
	}
	for _, name := range RegimeNames() {
		r, err := FindRegime(name)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]Population{}
		for _, d := range ds {
			runs, err := r.Runs(d)
			if err != nil {
				t.Error(err)
			}
			for i, run := range runs {
				p := d.Populations[i]
				p.Label, p.Value = "", ""
				if q, ok := seen[run.Name]; ok && p != q {
					t.Errorf("%s: %s is both %+v and %+v", d.Name, run.Name, p, q)
				}
				seen[run.Name] = p
			}
		}
	}
}

// The list begins with the RegNet paper, in the order of its figures.
func TestOrder(t *testing.T) {
	var figures []int
	last := RegNet
	for _, d := range all(t) {
		if slices.Index(papers, d.Paper) < slices.Index(papers, last) {
			t.Errorf("%s of %s comes after %s", d.Name, d.Paper, last)
		}
		if last = d.Paper; last == RegNet {
			figures = append(figures, d.figure())
		}
	}
	if !slices.IsSorted(figures) || figures[0] != 5 {
		t.Errorf("figures %v", figures)
	}
}

func TestFind(t *testing.T) {
	if d, err := Find("sharing"); err != nil || d.Figure != "5 left" {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := Find("shareing"); err == nil || !strings.Contains(err.Error(), `did you mean "sharing"?`) {
		t.Errorf("error %v", err)
	}
	if _, err := FindRegime("cfar"); err == nil || !strings.Contains(err.Error(), `did you mean "cifar"?`) {
		t.Errorf("error %v", err)
	}
}

func TestParseRefuses(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("definitions", "sharing.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	const means = "  mean:\n    claims: [B = A, C = B]\n    margin: 2"
	for _, c := range []struct{ old, new, want string }{
		{"name: sharing", "name: other", "sharing.yaml:1: name: other is not the name of the file, sharing"},
		{"arXiv 2003.13678", "arXiv 1", "paper: arXiv 1 is not a paper known here"},
		{"label: B", "label: A", "populations: two populations are labelled A"},
		{"margin: 2", "margins: 2", `unknown key "margins"; did you mean "margin"?`},
		{"margin: 2", "margin: 0", "statistic: mean: margin: <= and = need a positive one"},
		{"[B = A, C = B]", "[B < A]", "margin: no claim needs one"},
		{"[B = A, C = B]", "[B == A]", `"==" is none of <, <=, =`},
		{"[B = A, C = B]", "[B = X]", "no population X; "},
		{"[B = A, C = B]", "[B = A, C = C]", `claim "C = C": C is compared with itself`},
		{"[B = A, C = B]", "[B =]", "want labels with <, <= or = between them"},
		{"  mean:", "  search: {of: A, m: 1, margin: 1}\n  mean:", "2 statistics: want exactly one"},
		{"paper:", "kind: law\npaper:", "kind: law is unknown: want property, or nothing for a claim"},
		{"paper:", "kind: property\npaper:", "statistic: mean: of the kind property, and only there, want size or split"},
		{means, "  size: {of: A, models: 9, margin: 1}", "statistic: size: of the kind property"},
		{"until: {", "vary: activation\nuntil: {", "vary activation: population A: want a value of the setting that varies"},
		{"until: {", "vary: scale\nuntil: {", "vary scale: population A: want a value of the setting that varies, or scale"},
		{"until: {max: x2}", "vary: lr", "vary lr: goes only with until"},
		{"space: proxy/anynetxb}", "space: proxy/anynetxb, value: silu}", "vary : population B: want"},
		{"until: {max: x2}", "until: {margin: 1}", "until: margin 1: want percentage points, 0 or more, and 0 without a claim with <"},
		{"until: {max: x2}", "until: {margin: -1}", "until: margin -1"},
		{"[B = A, C = B]", "[B = A]", "until: no claim compares population C"},
		{"margin: 2", "margin: 2\n    column: act", `statistic: mean: results.csv has no numbers in a column act; did you mean "acts"?`},
		{"margin: 2", "margin: 2\n    column: space", "no numbers in a column space"},
		{"margin: 2", "margin: 2\n    column: flops*epoch", `no numbers in a column epoch; did you mean "epochs"?`},
		{"margin: 2", "margin: 2\n    normalize: {by: nosuch}", "mean: normalize: by: results.csv has no numbers in a column nosuch"},
		{means, "  attain: {m: 1, against: train_second, claims: [A < B]}", `attain: against: results.csv has no numbers in a column train_second; did you mean "train_seconds"?`},
		{means, "  range: {values: [{population: A, column: b, min: 1, max: 2}]}", "range: results.csv has no numbers in a column b;"},
		{means, "  range: {values: [{population: A, column: x4, min: 1, max: 2}]}", "range: results.csv has no numbers in a column x4;"},
		{means, "  centre: {columns: [lr, seed], of: [A, B], margin: 1}", "centre: results.csv has no numbers in a column seed;"},
		{means, "  power: {of: [A, B], laws: [{column: w, min: 1, max: 2}]}", "power: results.csv has no numbers in a column w;"},
		{means, "  predict: {target: time, by: acts, than: [flops]}", "predict: results.csv has no numbers in a column time;"},
		{"margin: 2", "margin: 2\n    column: acts", "until: goes only with the statistic mean, of errors without weights"},
		{"margin: 2", "margin: 2\n    normalize: {by: params}", "until: goes only with the statistic mean, of errors without weights"},
		{"space: proxy/anynetxb", "space: proxy/anynetxb, flops: 2", `factor "2": want x and a positive number`},
		{"space: proxy/anynetxb", "space: proxy/anynetxb, flops: xNaN", `factor "xNaN"`},
	} {
		if !strings.Contains(string(text), c.old) {
			t.Fatalf("the definition lacks %q", c.old)
		}
		_, err := Parse("sharing.yaml", []byte(strings.Replace(string(text), c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %s", c.new, err, c.want)
		}
	}
}

// Columns of results.csv, of any stage, and products of them may be judged.
func TestColumns(t *testing.T) {
	if err := checkColumns("error", "flops*epochs", "lr*weight_decay", "regnet_d", "w0", "wa", "wm", "e_fit", "b1", "g5", "k2", "acts", "eval_images_per_second"); err != nil {
		t.Error(err)
	}
}

// A verdict needs as many models as the check says, and gets one with those.
func TestFewest(t *testing.T) {
	for _, s := range []Statistic{
		{BestOf: &BestOf{M: 3, Claims: []string{"a < b"}}},
		{Attain: &Attain{M: 3, Against: "width", Claims: []string{"a < b"}}},
		{Search: &Search{Of: "a", M: 3, Margin: 1}},
	} {
		for _, n := range []int{s.fewest() - 1, s.fewest()} {
			spread := func(label string, lo float64) *Sample {
				return sample(t, label, n, func(i int) (float64, float64, float64) { return lo + float64(i)/100, 1e6, 1 + float64(i*5%7) })
			}
			d := Definition{Populations: []Population{{Label: "a"}, {Label: "b"}}, Statistic: s}
			o, err := d.Judge([]*Sample{spread("a", 50), spread("b", 60)})
			if err != nil || math.IsNaN(o.P) != (n < s.fewest()) {
				t.Errorf("%s of %d: %+v, %v", s, n, o, err)
			}
		}
	}
}

// What a regime cannot decide is refused before anything is drawn; one without
// verdicts may try it out.
func TestCheckRegime(t *testing.T) {
	for _, c := range []struct{ name, regime, want string }{
		{"equal-time", "cifar-1m", "experiment equal-time needs 40 models of a population, and regime cifar-1m has 8"},
		{"equal-time", main, ""},
		{"equal-time", "quick", ""},
		{"resolution", "cifar32", "experiment resolution needs images of 64 pixels, and regime cifar32 has none"},
		{"scaling-errors", "cifar32", "experiment scaling-errors needs images of 36 pixels, and regime cifar32 has none"},
		{"fewer-stages", "cifar32", ""},
	} {
		regime, want := c.regime, c.want
		d, err := Find(c.name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := FindRegime(regime)
		if err != nil {
			t.Fatal(err)
		}
		err = r.Check(d)
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", regime, err, want)
		}
		if want == "" {
			continue
		}
		runner := &Runner{Regime: r, Dir: t.TempDir(), Version: "test", Log: io.Discard}
		if _, err := runner.Run(t.Context(), d); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v", regime, err)
		}
		if made, err := os.ReadDir(runner.Dir); len(made) > 0 || err != nil {
			t.Errorf("%s: made %v, %v", regime, made, err)
		}
	}
	r, err := FindRegime(main)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all(t) {
		if err := r.Check(d); err != nil {
			t.Error(err)
		}
	}
}

func TestParseRegimeRefuses(t *testing.T) {
	text, err := regimes.ReadFile("regimes/cifar.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{"epochs: 5", "epoch: 5", `unknown key "epoch"; did you mean "epochs"?`},
		{"epochs: 5", "epochs: 0", "recipe: "},
		{"n: 100", "n: 0", "n: 0 is not positive"},
		{"0.5M:0.6M", "0.6M:0.5M", `range "0.6M:0.5M": the low end is above the high end`},
		{"flops: ", "flops: # ", "flops: "},
		{"edition: 2", "edition: 9", "edition: 9: this version knows 1 to 2"},
		{"max: 30", "max: 7", "max: 7 models at the last look and 1000 candidates: want 8 or more"},
		{"candidates: 1000", "candidates: 29", "max: 30 models at the last look and 29 candidates"},
	} {
		_, err := ParseRegime("cifar.yaml", []byte(strings.Replace(string(text), c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %s", c.new, err, c.want)
		}
	}
}

// Names of runs tell what differs from the regime, and nothing else.
func TestRunNames(t *testing.T) {
	r, err := ParseRegime("x.yaml", []byte("name: x\ndata: synthetic\ninput: 16\ntrain_images: 10\ntest_images: 10\nflops: 1M:2M\nn: 10\nseed: 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	for want, p := range map[string]Population{
		"regnetx-1M-2M":                  {Label: "any", Space: "proxy/regnetx"},
		"nds-resnet-8M-16M":              {Space: "nds/resnet", Flops: 8},
		"regnetx-1M-2M-input32-epochs10": {Space: "proxy/regnetx", Input: 2, Epochs: 2},
		"regnetx-1M-2M-dWr-x4":           {Space: "proxy/regnetx", Scale: "dWr x4"},
		"regnetx-500K-1M-n40":            {Space: "proxy/regnetx", Flops: 0.5, N: 4},
		"regnetx-1M-2M-n3":               {Space: "proxy/regnetx", N: 0.34},
		"regnetx-1M-2M-n1":               {Space: "proxy/regnetx", N: 0.01},
	} {
		run, err := r.Run(Definition{}, p)
		if err != nil || run.Name != want {
			t.Errorf("%s, %v; want %s", run.Name, err, want)
		}
	}
	if _, err := r.Run(Definition{}, Population{Space: "proxy/regnetx", Input: 0.2}); err == nil || !strings.Contains(err.Error(), "input: the factor makes it 3.2") {
		t.Errorf("error %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, d := range all(f) {
		text, err := definitions.ReadFile("definitions/" + d.Name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := Parse("x.yaml", text)
		if err == nil && (d.Name != "x" || d.Statistic.one() == nil) {
			t.Errorf("%+v", d)
		}
	})
}

// A statistic that is shown is the one that was read.
func TestStatisticText(t *testing.T) {
	for _, d := range all(t) {
		var again Statistic
		if err := strictyaml.Unmarshal("x", []byte(d.Statistic.String()), &again); err != nil {
			t.Errorf("%s: %v", d.Name, err)
			continue
		}
		if again.Mean != nil {
			again.Mean.paired = d.Vary != "" // which is no part of the text
		}
		if !reflect.DeepEqual(again, d.Statistic) {
			t.Errorf("%s: %s", d.Name, d.Statistic)
		}
	}
}

// Every population of the regime that gives the verdicts can be drawn: none is
// too small for its space.
func TestPopulationsExist(t *testing.T) {
	if testing.Short() {
		t.Skip("it draws 100 models of every population")
	}
	r, err := FindRegime(main)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, d := range all(t) {
		runs, err := r.Runs(d)
		if err != nil {
			t.Fatal(err)
		}
		for _, run := range runs {
			if seen[run.Name] {
				continue
			}
			seen[run.Name] = true
			run.draw.Forecast.Candidates = 0 // whose errors would be predicted, besides
			if p, err := pipeline.Sample(t.Context(), run.draw); err != nil {
				t.Errorf("%s: %s: %v", d.Name, run.Name, err)
			} else if len(p.Entries) != run.N*run.conditions {
				t.Errorf("%s: %s: %d models", d.Name, run.Name, len(p.Entries))
			}
		}
	}
}

func FuzzParseRegime(f *testing.F) {
	for _, name := range RegimeNames() {
		text, err := regimes.ReadFile("regimes/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := ParseRegime("r.yaml", text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "r.yaml") {
				t.Errorf("error %q", err)
			}
			return
		}
		if r.N < 1 || r.Recipe.Validate() != nil {
			t.Errorf("%+v", r)
		}
	})
}

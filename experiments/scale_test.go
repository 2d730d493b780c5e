package experiments

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"designspace/plots"
)

// madeUp adds a folder of results to others: a regime that is the main one but for
// its budget, with one verdict on the experiment sharing.
func madeUp(t *testing.T, fsys fstest.MapFS, regime, flops, date string, v Verdict, effect float64, replaced ...string) {
	t.Helper()
	text, err := regimes.ReadFile("regimes/" + main + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.NewReplacer(append(replaced, "name: "+main, "name: "+regime, "flops: 0.5M:0.6M", "flops: "+flops)...).Replace(string(text))
	lo, hi, p := effect-1, effect+1, 0.01
	f := findingJSON{Quantity: "mean error of C less that of B", Criterion: "within ±2", Unit: points, Effect: &effect, Lo: &lo, Hi: &hi, P: &p, Verdict: v}
	g := f
	g.Quantity = "mean error of B less that of A"
	s := Summary{Regime: regime, Date: date, Experiments: []Judged{{
		Name: "sharing", N: 10, Verdict: v, P: &p, Effect: &effect, Lo: &lo, Hi: &hi, Unit: points, Quantity: f.Quantity, Findings: []findingJSON{g, f},
	}}}
	sum, err := s.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	fsys[s.folder()+"/regime.yaml"] = &fstest.MapFile{Data: []byte(edited)}
	fsys[s.folder()+"/summary.json"] = &fstest.MapFile{Data: sum}
}

func sharing(t *testing.T, fsys fstest.MapFS) Result {
	t.Helper()
	rs, err := resultsOf(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return rs[slices.IndexFunc(rs, func(r Result) bool { return r.Name == "sharing" })]
}

// The verdict of the main regime counts, however late others are; theirs stand
// beside it in the order of budgets, the newest of each.
func TestScales(t *testing.T) {
	fsys := upTo(t, "2026-11-26")
	before := sharing(t, fsys)
	if before.Scales != nil {
		t.Errorf("%d scales of one regime", len(before.Scales))
	}
	madeUp(t, fsys, "cifar-4m", "4M:4.8M", "2030-01-01", Refuted, 5)
	madeUp(t, fsys, "cifar-1m", "1M:1.2M", "2030-01-02", Refuted, 5)
	madeUp(t, fsys, "cifar-1m", "1M:1.2M", "2030-01-03", Inconclusive, 2)
	r := sharing(t, fsys)
	if r.Date != before.Date || r.Judged.Verdict != before.Judged.Verdict || len(r.Earlier) != len(before.Earlier) || *r.Judged.Q != *before.Judged.Q {
		t.Errorf("another regime counts: %+v", r)
	}
	var got []string
	for _, s := range r.Scales {
		got = append(got, fmt.Sprint(s.Regime.Name, " ", s.Date, " ", s.Flops, " ", s.Verdict))
	}
	if want := []string{"cifar 2026-11-26 500000 confirmed", "cifar-1m 2030-01-03 1e+06 inconclusive", "cifar-4m 2030-01-01 4e+06 refuted"}; !slices.Equal(got, want) {
		t.Errorf("scales %q", got)
	}
	for i, want := range []string{
		"mean error of B less that of A: 0.78 [-0.23, 1.79] points", "mean error of B less that of A: 2.00 [1.00, 3.00] points",
	} {
		if got := r.Effects(r.Scales[i]); !slices.Equal(got, []string{want}) {
			t.Errorf("effects %q", got)
		}
	}
	// Where another finding decides, it is told, too.
	r.Scales[2].Findings[0].Verdict = Inconclusive
	if got := r.Effects(r.Scales[2]); len(got) != 2 || !strings.HasPrefix(got[1], "mean error of C less that of B: 5.00") {
		t.Errorf("effects %q", got)
	}
	if _, err := r.scaleFigure(plots.Page{}); err != nil {
		t.Error(err)
	}
}

// An experiment that the main regime does not judge counts as not run, and its
// figure has the findings of another regime.
func TestScaleAlone(t *testing.T) {
	fsys := fstest.MapFS{}
	madeUp(t, fsys, "cifar-2m", "2M:2.4M", "2030-01-01", Confirmed, 0.5)
	r := sharing(t, fsys)
	if turn, at := r.Turn(); r.Judged != nil || len(r.Scales) != 1 || turn != "" || at != nil {
		t.Errorf("%+v", r)
	}
	if _, err := r.scaleFigure(plots.Page{}); err != nil {
		t.Error(err)
	}
}

func TestTurn(t *testing.T) {
	for _, c := range []struct {
		main, small, large Verdict
		want               string
	}{
		{Refuted, Inconclusive, Confirmed, "turns, confirmed in large, open in mid"},
		{Refuted, Confirmed, Inconclusive, "turns, confirmed in mid, open in large"},
		{Refuted, Confirmed, Refuted, "stays, refuted in large"},
		{Refuted, Inconclusive, Inconclusive, "open"},
		{Confirmed, Confirmed, Refuted, "turns, refuted in large"},
		{Inconclusive, Confirmed, Refuted, "decided, refuted in large"},
		{Inconclusive, Inconclusive, Inconclusive, "open"},
	} {
		fsys := fstest.MapFS{}
		madeUp(t, fsys, main, "0.5M:0.6M", "2030-01-01", c.main, 1)
		madeUp(t, fsys, "mid", "1M:1.2M", "2030-01-01", c.small, 1)
		madeUp(t, fsys, "large", "2M:2.4M", "2030-01-01", c.large, 1)
		madeUp(t, fsys, "tiny", "0.25M:0.3M", "2030-01-01", Confirmed, 1)
		madeUp(t, fsys, "clothes", "4M:4.8M", "2030-01-01", Confirmed, 1, "data: cifar10", "data: fashion-mnist")
		madeUp(t, fsys, "longer", "0.5M:0.6M", "2030-01-01", Confirmed, 1, "epochs: 5", "epochs: 20")
		r := sharing(t, fsys)
		if got := r.TurnText(); got != c.want {
			t.Errorf("%s, then %s and %s: %q, want %q", c.main, c.small, c.large, got, c.want)
		}
		told := turned([]Result{r})
		if (told != "") != (c.main == Refuted) || strings.Contains(told, "1 turn,") != (strings.HasPrefix(c.want, "turns") && c.main == Refuted) {
			t.Errorf("%s: %s", c.want, told)
		}
	}
}

// Regimes that differ in more than the budget are traces of their own.
func TestScaleTraces(t *testing.T) {
	fsys := fstest.MapFS{}
	madeUp(t, fsys, main, "0.5M:0.6M", "2030-01-01", Confirmed, 1)
	madeUp(t, fsys, "cifar-1m", "1M:1.2M", "2030-01-01", Confirmed, 2)
	madeUp(t, fsys, "cifar32", "3M:3.6M", "2030-01-01", Confirmed, 3, "input: 16", "input: 32")
	r := sharing(t, fsys)
	r.Scales[1].Findings[0].Effect = nil
	var traces []plots.Trace
	for _, s := range r.Scales {
		traces = s.add(traces, r.Judged.Findings[0])
	}
	if len(traces) != 2 || traces[0].Name != "cifar10 at 16², 5 epochs of 5000 images" || traces[1].Name != "cifar10 at 32², 5 epochs of 5000 images" {
		t.Fatalf("traces %+v", traces)
	}
	if tr := traces[0]; !slices.Equal(tr.X, []float64{0.5e6}) || !slices.Equal(tr.Y, []float64{1}) || !slices.Equal(tr.Lo, []float64{0}) || !slices.Equal(tr.Hi, []float64{2}) {
		t.Errorf("an effect that does not exist is drawn: %+v", tr)
	}
}

func TestLevels(t *testing.T) {
	for criterion, want := range map[string][]float64{
		"": nil, "below 0": {0}, "at most 0.15": {0.15}, "within ±2": {2, -2}, "from -0.25 to 0.25": {-0.25, 0.25}, "from 0.8": {0.8},
		"above " + strings.Repeat("9", 400): nil,
	} {
		if got := levels(criterion); !slices.Equal(got, want) {
			t.Errorf("%q: %v", criterion, got)
		}
	}
}

// The budget of an experiment is that of its populations, if they have one.
func TestFlopsOfExperiment(t *testing.T) {
	r, err := FindRegime(main)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]float64{"sharing": 0.5e6, "inverted": 1e6, "best-ratios": 0.5e6} {
		d, err := Find(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.flops(r); math.Abs(got-want) > 1 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

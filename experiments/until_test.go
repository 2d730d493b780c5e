package experiments

import (
	"bytes"
	stdcmp "cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"designspace/edf"
	"designspace/internal/run/rundir"
	"designspace/internal/table"
	"designspace/plots"
)

// lookedAt makes a population of n models with looks and, unless predict is nil,
// predictions of 1000 candidates. An error that is not a number is of a failed
// model.
func lookedAt(t testing.TB, label string, looks []int, n int, model func(i int) float64, predict func(i int) float64) *Sample {
	t.Helper()
	tab, err := table.New(label, []string{"status", "error", "seed", "data", "recipe", "kernel", "train_seconds"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		row := []string{"done", fmt.Sprint(model(i)), fmt.Sprint(label, i), "d", "r", "k", "3.6"}
		if math.IsNaN(model(i)) {
			row[0], row[1] = "failed", ""
		}
		if err := tab.Add(row); err != nil {
			t.Fatal(err)
		}
	}
	var candidates []float64
	for i := range 1000 {
		if predict != nil {
			candidates = append(candidates, predict(i))
		}
	}
	s, err := sampleOf(label, tab, looks, candidates)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// design parses a definition of populations a, b and c.
func design(t testing.TB, text string) Definition {
	t.Helper()
	d, err := Parse("x.yaml", []byte("name: x\npaper: "+string(RegNet)+"\nfigure: '1'\nclaim: c\nhypothesis: h\nconfirms: c\nrefutes: r\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

const two = "populations: [{label: a, space: a}, {label: b, space: b}]\n"

var fiveLooks = []int{10, 15, 20, 25, 30}

// The look that decides, its interval and p-value are those of the plan at the
// first models alone; others tell nothing.
func TestLooks(t *testing.T) {
	wave := func(by float64) func(int) float64 {
		return func(i int) float64 { return 50 + by + 3*math.Sin(float64(i*i)) }
	}
	plan, err := edf.NewPlan(fiveLooks, 0.05)
	if err != nil {
		t.Fatal(err)
	}
	at := func(n int, by float64) edf.Estimate {
		var a, b edf.Population
		for i := range n {
			a.Errors, b.Errors = append(a.Errors, wave(by)(i)), append(b.Errors, wave(0)(i+1))
		}
		e, err := edf.MeanDifference(a, b)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	for _, c := range []struct {
		claim   string
		by      float64
		verdict Verdict
		decides func(lo, hi float64) bool
	}{
		{"claims: [a < b]}}\nuntil: {margin: 1}", -9, Confirmed, func(_, hi float64) bool { return hi < 0 }},
		{"claims: [a < b]}}\nuntil: {margin: 1}", 9, Refuted, func(lo, _ float64) bool { return lo > 0 }},
		{"claims: [a < b]}}\nuntil: {margin: 3}", 0, Inconclusive, func(lo, hi float64) bool { return -3 < lo && hi < 3 }},
		{"claims: [a < b]}}\nuntil: {}", 0, Inconclusive, func(_, _ float64) bool { return false }},
		{"claims: [a = b], margin: 2}}\nuntil: {}", 0, Confirmed, func(lo, hi float64) bool { return -2 < lo && hi < 2 }},
		{"claims: [a = b], margin: 0.1}}\nuntil: {}", 0, Inconclusive, func(_, _ float64) bool { return false }},
		{"claims: [a = b], margin: 2}}\nuntil: {}", -9, Refuted, func(_, hi float64) bool { return hi < -2 }},
		{"claims: [a <= b], margin: 3}}\nuntil: {}", -2, Confirmed, func(_, hi float64) bool { return hi < 3 }},
		{"claims: [a <= b], margin: 3}}\nuntil: {}", 12, Refuted, func(lo, _ float64) bool { return lo > 3 }},
	} {
		look := 1
		for ; look < 5; look++ {
			if i := plan.Look(look, at(fiveLooks[look-1], c.by), 0).Interval; c.decides(i.Lo, i.Hi) {
				break
			}
		}
		d := design(t, two+"statistic: {mean: {"+c.claim+"\n")
		a := lookedAt(t, "a", fiveLooks, 30, wave(c.by), nil)
		b := lookedAt(t, "b", fiveLooks, 30, func(i int) float64 { return wave(0)(i + 1) }, nil)
		o, err := d.Judge([]*Sample{a, b})
		if err != nil {
			t.Fatal(err)
		}
		f := o.Findings[0]
		n := fiveLooks[look-1]
		if o.Verdict != c.verdict || f.Taken.Look != look || f.Taken.Of != 5 || f.Taken.Models != n || o.N != n {
			t.Errorf("%s at %v: %s with %d models: %+v", c.claim, c.by, o.Verdict, o.N, f.Taken)
		}
		want := plan.Look(look, at(n, c.by), 0).Interval
		if math.Abs(f.Lo-want.Lo) > 1e-12 || math.Abs(f.Hi-want.Hi) > 1e-12 {
			t.Errorf("%s at %v: %v, want %v", c.claim, c.by, f, want)
		}
		if (o.P < level) != (c.verdict != Inconclusive) {
			t.Errorf("%s at %v: %s with p = %v", c.claim, c.by, o.Verdict, o.P)
		}
		if (f.Note != "") != (c.verdict == Inconclusive) {
			t.Errorf("%s: note %q", c.claim, f.Note)
		}
		cut, waits, err := d.needed([]*Sample{a.first(n), b.first(n)})
		if err != nil || waits || cut[0].table.Len() != n {
			t.Errorf("%s: needs %d models, waits %v, %v", c.claim, cut[0].table.Len(), waits, err)
		}
		j, err := d.Conclude([]*Sample{a, b})
		if err != nil || math.Abs(j.CoreHours-float64(2*n)*3.6/3600) > 1e-9 || j.Findings[0].Taken.Models != n {
			t.Errorf("%+v, %v", j, err)
		}
		if look == 1 {
			continue
		}
		few := []*Sample{a.first(n - 1), b}
		if cut, waits, err := d.needed(few); err != nil || !waits || cut[1].table.Len() != n {
			t.Errorf("%s: with %d models it waits: %v, %v", c.claim, n-1, waits, err)
		}
		if _, err := d.Judge(few); err == nil || !strings.Contains(err.Error(), "not trained") {
			t.Errorf("error %v", err)
		}
	}
}

// The level is divided among the differences: of two, each has the bounds of half
// of it, and p-values count twice. What one needs, the others do not.
func TestLooksDivideTheLevel(t *testing.T) {
	at := func(by float64) func(i int) float64 {
		return func(i int) float64 { return 50 + by + 3*math.Cos(float64(i*i)+by) }
	}
	a, b, c := lookedAt(t, "a", fiveLooks, 30, at(0), nil), lookedAt(t, "b", fiveLooks, 30, at(3.5), nil), lookedAt(t, "c", fiveLooks, 30, at(12), nil)
	one, err := design(t, two+"statistic: {mean: {claims: [a < b]}}\nuntil: {}\n").Judge([]*Sample{a, b})
	if err != nil {
		t.Fatal(err)
	}
	both, err := design(t, strings.Replace(two, "]", ", {label: c, space: c}]", 1)+"statistic: {mean: {claims: [a < b, a < c]}}\nuntil: {}\n").Judge([]*Sample{a, b, c})
	if err != nil {
		t.Fatal(err)
	}
	alone, f := one.Findings[0], both.Findings[0]
	if f.Taken.Look != alone.Taken.Look || math.Abs(f.P-2*alone.P) > 1e-6*f.P || !(f.Hi-f.Lo > alone.Hi-alone.Lo) {
		t.Errorf("alone %+v, of two %+v", alone, f)
	}
	if both.Findings[1].Taken.Look != 1 || both.Verdict != Confirmed || both.N != 10 {
		t.Errorf("%+v", both)
	}
}

// Pairs are of the same architectures, without those that failed in a condition;
// what predictions make of them stands beside.
func TestLooksAtPairs(t *testing.T) {
	base := func(i int) float64 { return 60 + 10*math.Sin(float64(i*i)) }
	effect := func(i int) float64 { return -1 + (base(i)-60)/20 + math.Cos(float64(i))/4 }
	d := design(t, "populations: [{label: a, space: s, value: '1'}, {label: b, space: s, value: '2'}]\nvary: lr\nstatistic: {mean: {claims: [a < b]}}\nuntil: {margin: 1}\n")
	a := lookedAt(t, "a", []int{14, 20, 30}, 30, func(i int) float64 {
		if i == 3 {
			return math.NaN()
		}
		return base(i) + effect(i)
	}, base)
	b := lookedAt(t, "b", []int{14, 20, 30}, 30, base, base)
	o, err := d.Judge([]*Sample{a, b})
	if err != nil {
		t.Fatal(err)
	}
	f := o.Findings[0]
	var differences []float64
	mean := 0.0
	for i := range f.Taken.Models {
		if i != 3 {
			differences = append(differences, effect(i))
			mean += effect(i) / float64(f.Taken.Models-1)
		}
	}
	if math.Abs(f.Effect-mean) > 1e-9 || o.Verdict != Confirmed || f.Taken.Look != 1 {
		t.Errorf("%+v: want the mean %v of %d pairs", f, mean, len(differences))
	}
	fig, err := d.Draw([]*Sample{a, b}, plots.Page{})
	if err != nil {
		t.Fatal(err)
	}
	var svg strings.Builder
	if err := fig.Write(&svg, "svg"); err != nil || !strings.Contains(svg.String(), "13 architectures") || !strings.Contains(svg.String(), "repeated interval of look 1") {
		t.Errorf("%v: %s", err, svg.String())
	}
	// All candidates have -1 + sin/20 on average, of which the mean of 1000 is close to
	// -1; the pairs that were drawn hold what varies.
	if i := f.Taken.Adjusted; f.Taken.Raw != nil || !(f.Taken.R2[0] > 0.6) || !(i.Hi-i.Lo < 0.8*(f.Hi-f.Lo)) || !(i.Lo < -1 && -1 < i.Hi) {
		t.Errorf("adjusted %+v, R² %v; raw %v to %v", i, f.Taken.R2, f.Lo, f.Hi)
	}
}

// A campaign whose truth is known: many studies of two spaces, with a predictor that
// explains about 0.7 of the variance in one and nothing in the other. Claims of
// what is not so are confirmed in no more studies than their level, repeated
// intervals hold the truth in as many as they say, and adjusted means take fewer
// models than others.
func TestSyntheticCampaign(t *testing.T) {
	studies := 100
	if testing.Short() {
		studies = 50
	}
	type tally struct{ confirmed, refuted, held, models int }
	run := func(text string, gap float64, predicted bool) (c tally) {
		d := design(t, two+text)
		for k := range studies {
			r := rand.New(rand.NewPCG(7, uint64(k)))
			of := func(label string, mean, share float64) *Sample {
				t1 := make([]float64, 1000)
				errs := make([]float64, 60)
				for i := range t1 {
					t1[i] = r.NormFloat64()
				}
				for i := range errs {
					errs[i] = mean + 3*(math.Sqrt(share)*t1[i]+math.Sqrt(1-share)*r.NormFloat64())
				}
				predict := func(i int) float64 { return t1[i] }
				if !predicted {
					predict = nil
				}
				return lookedAt(t, label, []int{20, 30, 40, 50, 60}, 60, func(i int) float64 { return errs[i] }, predict)
			}
			o, err := d.Judge([]*Sample{of("a", 50+gap, 0.7), of("b", 50, 0)})
			if err != nil {
				t.Fatal(err)
			}
			f := o.Findings[0]
			c.confirmed += int(indicator(o.Verdict == Confirmed))
			c.refuted += int(indicator(o.Verdict == Refuted))
			c.held += int(indicator(f.Lo <= gap && gap <= f.Hi))
			c.models += f.Taken.Models
		}
		return c
	}
	most := 0.05*float64(studies) + 3*math.Sqrt(0.05*0.95*float64(studies))
	const ordered, equal = "statistic: {mean: {claims: [a < b]}}\nuntil: {margin: 1}\n", "statistic: {mean: {claims: [a = b], margin: 1.5}}\nuntil: {}\n"
	null, edge, real := run(ordered, 0, true), run(equal, 1.5, true), run(ordered, -2, true)
	raw := run(ordered, -2, false)
	t.Logf("of %d: no difference %+v, at the margin %+v, a difference %+v, without predictions %+v", studies, null, edge, real, raw)
	for name, c := range map[string]tally{"no difference": null, "at the margin": edge, "a difference": real, "without predictions": raw} {
		if float64(studies-c.held) > most {
			t.Errorf("%s: intervals hold the truth in %d of %d", name, c.held, studies)
		}
	}
	if float64(null.confirmed+null.refuted) > most || float64(edge.confirmed) > most || real.refuted > 1 {
		t.Errorf("no difference: %+v; at the margin %+v; a difference: %+v", null, edge, real)
	}
	if real.confirmed+2 < raw.confirmed || real.models >= raw.models {
		t.Errorf("adjusted %+v, and without predictions %+v", real, raw)
	}
}

// sequential is a runner of a regime of few models, of which two are enough to see something.
func sequential(t *testing.T) *Runner {
	t.Helper()
	r := small(t)
	r.Name, r.Max, r.Candidates = main, 12, 40
	r.text = strings.NewReplacer("name: small", "name: "+main, "max: 8", "max: 12", "candidates: 20", "candidates: 40").Replace(r.text)
	return &Runner{Regime: r, Dir: t.TempDir(), Version: "test", Log: io.Discard}
}

// stopAfter ends a context after so many lines of a log.
type stopAfter struct {
	lines int
	stop  func()
}

func (s *stopAfter) Write(text []byte) (int, error) {
	if s.lines -= strings.Count(string(text), "\n"); s.lines <= 0 {
		s.stop()
	}
	return len(text), nil
}

// outcome is what a folder of results has but for times.
func outcome(t *testing.T, folder string) map[string]string {
	t.Helper()
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(folder, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name()] = string(text)
		if !strings.HasSuffix(f.Name(), ".csv") || strings.HasSuffix(f.Name(), candidatesSuffix) {
			continue
		}
		tab, err := table.ReadFile(filepath.Join(folder, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		var rows []string
		for _, c := range tab.Columns() {
			if cells, err := tab.Strings(c); err == nil && !strings.Contains(c, "seconds") && !strings.Contains(c, "per_second") {
				rows = append(rows, c+strings.Join(cells, " "))
			}
		}
		all[f.Name()] = strings.Join(rows, "\n")
	}
	delete(all, "summary.json")
	return all
}

// What a campaign trains and finds is the same when it is interrupted again and
// again, with one worker and with three, and what it records gives the verdicts
// again, for which it needs no run.
func TestCampaign(t *testing.T) {
	var ds []Definition
	for _, name := range []string{"fewer-stages", "silu"} {
		d, err := Find(name)
		if err != nil {
			t.Fatal(err)
		}
		ds = append(ds, d)
	}
	root := t.TempDir()
	folder := func(runner *Runner, name string) string {
		dir := filepath.Join(root, name, "results", main, "2030-01-02")
		if err := runner.Record(dir); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	whole := sequential(t)
	var log bytes.Buffer
	whole.Workers, whole.Log = 3, &log
	var verdicts []Judged
	for _, d := range ds {
		samples, err := whole.Run(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		j, err := d.Conclude(samples)
		if err != nil {
			t.Fatal(err)
		}
		verdicts = append(verdicts, j)
	}
	want := folder(whole, "whole")
	const forecast = "will take about"
	if n, looks := strings.Count(log.String(), forecast), strings.Count(log.String(), whole.Dir); n != len(whole.done) || looks <= n {
		t.Errorf("%d forecasts of %d runs:\n%s", n, len(whole.done), log.String())
	}

	broken := sequential(t)
	stops := 0
	for _, d := range ds {
		for {
			again := *broken // as another process
			again.done, again.Workers = nil, 1
			ctx, cancel := context.WithCancel(t.Context())
			again.Log = &stopAfter{4 + stops, cancel}
			_, err := again.Run(ctx, d)
			cancel()
			if err == nil {
				break
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			stops++
		}
	}
	if stops < 3 {
		t.Errorf("stopped %d times", stops)
	}
	if diff := cmp.Diff(outcome(t, want), outcome(t, folder(broken, "broken"))); diff != "" {
		t.Error(diff)
	}

	fsys := os.DirFS(filepath.Join(root, "whole"))
	if n, err := check(fsys); err != nil || n != len(ds) {
		t.Errorf("%d judged, %v", n, err)
	}
	s, err := readSummary(fsys, "results/"+main+"/2030-01-02")
	if err != nil {
		t.Fatal(err)
	}
	for i, j := range s.Experiments {
		k := slices.IndexFunc(verdicts, func(v Judged) bool { return v.Name == j.Name })
		j.Q = nil
		if diff := cmp.Diff(verdicts[k], j); diff != "" || j.Findings[0].Taken == nil {
			t.Errorf("%d: %s", i, diff)
		}
	}
	if c, err := fs.ReadFile(fsys, "results/"+main+"/2030-01-02/regnetx-750K-1.2M-max36.candidates.csv"); err != nil || len(c) > 40*7+20 {
		t.Errorf("%d bytes of candidates, %v", len(c), err)
	}
	var page, md strings.Builder
	if err := errors.Join(html(&page, fsys, "test"), markdown(&md, fsys)); err != nil {
		t.Fatal(err)
	}
}

// A run that was begun otherwise, tables that are not of the first models, and
// predictions that know what is compared give no verdict by looks.
func TestOtherLooksRefused(t *testing.T) {
	d, err := Find("fewer-stages")
	if err != nil {
		t.Fatal(err)
	}
	runner := sequential(t)
	if _, err := runner.Run(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := runner.Record(folder); err != nil {
		t.Fatal(err)
	}
	const name = "regnetx-750K-1.2M-max36"
	for _, c := range []struct{ file, old, new, want string }{
		{".yaml", "by: experiments", "by: me", "was not begun with the looks of the experiment, at [12 18 24 30 36] models"},
		{".yaml", "looks: [12, 18,", "looks: [11, 18,", "was not begun with the looks"},
		{".yaml", "    - proxy/regnetx\n", "", "it was fitted to proxy/regnetx, which experiment"},
		{".csv", "\nm0002,", "\nm0037,", "model m0037 stands where m0002 belongs"},
		{".candidates.csv", "predicted_error\n", "predicted_error\nx\n", "predicted_error"},
	} {
		file := filepath.Join(folder, name+c.file)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		edited := strings.Replace(string(text), c.old, c.new, 1)
		if edited == string(text) {
			t.Fatalf("%s lacks %s: %s", file, c.old, text)
		}
		if err := os.WriteFile(file, []byte(edited), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Summarize(os.DirFS(folder), "2030-01-02"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %s", c.new, err, c.want)
		}
		if err := os.WriteFile(file, text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	// A table that ends before a look that is needed gives none, either.
	file := filepath.Join(folder, name+".csv")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	if err := os.WriteFile(file, []byte(strings.Join(lines[:10], "")), 0o666); err != nil {
		t.Fatal(err)
	}
	if s, err := Summarize(os.DirFS(folder), "2030-01-02"); err != nil || len(s.Experiments) != 0 {
		t.Errorf("%+v, %v", s.Experiments, err)
	}

	other := sequential(t)
	runs, err := other.Regime.Runs(d)
	if err != nil {
		t.Fatal(err)
	}
	runs[0].Looks, runs[0].training.Until = nil, nil
	if err := other.train(t.Context(), runs[0], runs[0].N); err != nil {
		t.Fatal(err)
	}
	other.done = nil
	var conflict *rundir.Conflict
	if _, err := other.Run(t.Context(), d); err == nil || !errors.As(err, &conflict) {
		t.Errorf("a run that was begun otherwise: error %v", err)
	}
}

// METHODOLOGY.md tells at how many models looks are, and what predictions tell of
// recorded pairs: the same architectures after 5 and 10 epochs.
func TestMethodologyOfLooks(t *testing.T) {
	r, err := FindRegime(main)
	if err != nil {
		t.Fatal(err)
	}
	run, err := r.Run(Definition{Until: &Until{}}, Population{Space: "proxy/regnetx"})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(run.Looks, fiveLooks) {
		t.Errorf("looks at %v models", run.Looks)
	}
	says(t, "at the first 10, 15, 20, 25 and 30 models in the order in which they were drawn, or at two, three or four times as many")
	says(t, fmt.Sprintf("predicted of up to %d candidates", r.Candidates))
	if r.Seed == 1 {
		t.Error("the seed is that of the tables to which the predictor was fitted")
	}
	for _, d := range all(t) {
		if d.Until != nil && !slices.Contains([]Factor{0, 1, 2, 3, 4}, d.Until.Max) {
			t.Errorf("%s: max %v", d.Name, d.Until.Max)
		}
	}
	rs, err := Results()
	if err != nil {
		t.Fatal(err)
	}
	type told struct {
		r2   float64
		name string
	}
	var of []told // the differences of pairs
	for _, r := range rs {
		if r.Judged == nil {
			continue
		}
		for _, f := range r.Judged.Findings {
			if f.Taken != nil && len(f.Taken.R2) == 1 && f.Taken.R2[0] != nil {
				of = append(of, told{*f.Taken.R2[0], r.Name})
			}
		}
	}
	slices.SortFunc(of, func(a, b told) int { return stdcmp.Compare(a.r2, b.r2) })
	least, most := of[0], of[len(of)-1]
	says(t, fmt.Sprintf("with R² from %.2f (`%s`) to %.2f (`%s`)", least.r2, least.name, most.r2, most.name))
}

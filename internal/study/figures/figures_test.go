package figures

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"designspace/edf"
	"designspace/internal/study/analysis"
	"designspace/plots"
	"designspace/space"
)

func load(t *testing.T, text string) *analysis.Study {
	t.Helper()
	path := filepath.Join(t.TempDir(), "r.csv")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := analysis.Load([]string{path}, analysis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// draw draws all populations of a study.
func draw(s *analysis.Study, kind string) (*plots.Figure, error) {
	k, err := Find(kind)
	if err != nil {
		return nil, err
	}
	return k.Draw(s, Options{}, s.Populations...)
}

// Every kind can be found and draws what it says it has, and a mistyped name
// leads to it.
func TestList(t *testing.T) {
	dir := t.TempDir()
	var results, repeats strings.Builder
	results.WriteString("id,space,budget,error,flops,params,acts,depth,width,d1,w1,e_fit,regnet_d,w0,wa,wm,pair\n")
	repeats.WriteString("id,repeat,error\n")
	for i := range 40 {
		fmt.Fprintf(&results, "m%d,a,%dM,%d,%d,%d,%d,%d,%d,%d,%d,0.%d,%d,8,8,%d,p%d\n", i, 1+i%2, 40+i*7%23, 1000+i, 100+i, 10+i, i+1, 8*i+8, i+1, 8*i+8, i+1, i+1, 2+i%3, i/2)
		fmt.Fprintf(&repeats, "m%d,0,50\nm%d,1,%d\n", i, i, 50+i%3)
	}
	for name, text := range map[string]string{"results.csv": results.String(), "repeats.csv": repeats.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	s, err := analysis.Load([]string{dir}, analysis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	other, err := analysis.Load([]string{dir, filepath.Join(dir, "results.csv")}, analysis.Options{Where: "budget=1M"})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, k := range List() {
		if k.Name == "" || k.Shows == "" || seen[k.Name] || strings.ContainsAny(k.Name, " \n") || strings.Contains(k.Shows, "\n") {
			t.Errorf("bad or repeated kind %+v", k)
		}
		seen[k.Name] = true
		if _, err := Find(k.Name + "x"); err == nil || !strings.Contains(err.Error(), "did you mean "+k.Name+"?") {
			t.Errorf("%s: %v", k.Name, err)
		}
		study, ps := s, s.Populations
		switch {
		case k.Single:
			ps = ps[:1]
		case k.Name == "fidelity":
			study, ps = other, other.Populations
		}
		if has := k.Has(study, ps...); has != (k.Name != "funnel" && k.Name != "curves") { // which need a run
			t.Errorf("%s: has %v", k.Name, has)
		} else if has {
			if _, err := k.Draw(study, Options{}, ps...); err != nil {
				t.Errorf("%s: %v", k.Name, err)
			}
		}
	}
}

func TestEnds(t *testing.T) {
	s := load(t, "id,error,flops,d1,d2,w1,w2\na,30,3,1,2,8,16\nb,10,1,3,,8,\nc,,5,1,1,1,1\nd,20,2,1,1,8,24\ne,10,4,2,2,16,16\n")
	best, worst, err := Ends(s, s.Populations[0], 2)
	if err != nil {
		t.Fatal(err)
	}
	want := [][]Ranked{
		{{Row: 1, ID: "b", Error: 10, Flops: "1", Depths: "3", Widths: "8"}, {Row: 4, ID: "e", Error: 10, Flops: "4", Depths: "2, 2", Widths: "16, 16"}},
		{{Row: 3, ID: "d", Error: 20, Flops: "2", Depths: "1, 1", Widths: "8, 24"}, {Row: 0, ID: "a", Error: 30, Flops: "3", Depths: "1, 2", Widths: "8, 16"}},
	}
	if diff := cmp.Diff(want, [][]Ranked{best, worst}); diff != "" {
		t.Error(diff)
	}
	for n := range 4 {
		best, worst := ends([]int{1, 2, 3}[:n], 3)
		if len(best)+len(worst) != n || len(worst) > len(best) {
			t.Errorf("%d models: %v and %v", n, best, worst)
		}
	}
}

// The quantised widths, rounded to multiples of 8, are those of the stages that
// package space generates.
func TestRegNetLines(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := space.RegNet{
			Depth: rapid.IntRange(4, 30).Draw(rt, "d"), W0: 8 * rapid.IntRange(1, 16).Draw(rt, "w0"),
			WA: rapid.Float64Range(8, 64).Draw(rt, "wa"), WM: rapid.Float64Range(1.5, 3).Draw(rt, "wm"), B: 1, G: 1,
		}
		s := load(t, fmt.Sprintf("error,regnet_d,w0,wa,wm\n10,%d,%d,%v,%v\n20,,,,\n", r.Depth, r.W0, r.WA, r.WM))
		lines, err := regnetLines(s)
		if err != nil {
			rt.Fatal(err)
		}
		linear, quantised := lines(0)
		depths, widths := r.Stages()
		var want, got []int
		for i, d := range depths {
			for range d {
				want = append(want, widths[i])
			}
		}
		for j, w := range quantised {
			got = append(got, 8*int(math.RoundToEven(w/8)))
			if u := float64(r.W0) + float64(j)*r.WA; linear[j] != u {
				rt.Errorf("block %d on the line: %g, want %g", j, linear[j], u)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Error(diff)
		}
		if linear, quantised := lines(1); linear != nil || quantised != nil {
			rt.Error("a model without RegNet parameters has lines")
		}
	})
}

// Numbers of which no RegNet is made have no lines, however large.
func TestNoRegNetLines(t *testing.T) {
	s := load(t, "error,regnet_d,w0,wa,wm\n10,1e9,8,1,2\n20,-3,8,1,2\n30,5,0,1,2\n40,5,8,-1,2\n50,5,8,1,1\n")
	lines, err := regnetLines(s)
	if err != nil {
		t.Fatal(err)
	}
	for row := range 5 {
		if linear, quantised := lines(row); linear != nil || quantised != nil {
			t.Errorf("row %d has lines of %d and %d blocks", row, len(linear), len(quantised))
		}
	}
}

// Weights, as those of normalised populations, hold in the figure of the random
// search: of two bins with three and nine models the best of one has the mean of
// the bins' means.
func TestEfficiencyIsWeighted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.csv")
	if err := os.WriteFile(path, []byte("error,flops\n"+strings.Repeat("10,1.1\n40,3.9\n50,3.9\n60,3.9\n", 3)), 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := analysis.Load([]string{path}, analysis.Options{Normalize: "flops", Bins: 2})
	if err != nil {
		t.Fatal(err)
	}
	ts, err := searches(s.Populations)
	if err != nil {
		t.Fatal(err)
	}
	if got := ts[0].Y[0]; math.Abs(got-30) > 1e-12 { // (10 + 50)/2, without weights 40
		t.Errorf("mean of the best of one: %g, want 30", got)
	}
}

// The difference has both bands and says what they are.
func TestDifferenceBands(t *testing.T) {
	s := load(t, "space,error\na,10\na,20\na,30\nb,15\nb,25\nb,35\n")
	f, err := draw(s, "difference")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := f.Write(&b, "svg"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"simultaneous band", "pointwise interval", "95 % confidence"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the figure does not say %q", want)
		}
	}
	for i := range s.Populations {
		p := &s.Populations[i]
		p.Errors, p.Predicted, p.Candidates = nil, nil, nil
		for k := range 60 {
			t := 40 + float64(k*7%60)/6
			if p.Candidates = append(p.Candidates, t); k < 20 {
				p.Errors, p.Predicted = append(p.Errors, t+float64(i)+math.Sin(float64(k))), append(p.Predicted, t)
			}
		}
	}
	if f, err = draw(s, "difference"); err != nil {
		t.Fatal(err)
	}
	b.Reset()
	if err := f.Write(&b, "svg"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"adjusted by predictions", "band of the adjusted", "predicted before training"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the figure does not say %q", want)
		}
	}
	none := load(t, "space,error,status\na,10,done\nb,,failed\n")
	if _, err := draw(none, "difference"); err == nil || err.Error() != "plot difference: b: edf: no models" {
		t.Error(err)
	}
}

func TestOnePopulation(t *testing.T) {
	s := load(t, "space,error,depth\na,1,1\nb,2,2\n")
	_, err := draw(s, "params")
	if err == nil || !strings.Contains(err.Error(), "'space=a'") {
		t.Errorf("error %v", err)
	}
}

// Populations have files of their own, whatever their names.
func TestFileNames(t *testing.T) {
	long := strings.Repeat("x", 300)
	var ps []edf.Population
	for _, name := range []string{"proxy/regnetx", "proxy-regnetx", "Proxy regnetx", long + "a", long + "b", "../x"} {
		ps = append(ps, edf.Population{Name: name})
	}
	names := FileNames(ps)
	if names[0] != "proxy-regnetx" || names[5] != "..-x" {
		t.Errorf("names %q", names)
	}
	seen := map[string]bool{}
	for _, name := range names {
		if l := strings.ToLower(name); seen[l] || len(name) > 80 || strings.ContainsAny(name, "/ ") {
			t.Errorf("%q of %q", name, names)
		} else {
			seen[l] = true
		}
	}
	if again := FileNames(ps); !slices.Equal(again, names) {
		t.Errorf("%q, then %q", names, again)
	}
}

package experiments

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"designspace/edf"
)

const ladderFolder = "results/cifar/2026-11-26b/"

// ladder reads the spaces from AnyNetXA to RegNetX.
func ladder(t *testing.T) (spaces []*Sample) {
	t.Helper()
	for _, label := range []string{"AnyNetXA", "AnyNetXB", "AnyNetXC", "AnyNetXD", "AnyNetXE", "RegNetX"} {
		file := ladderFolder + strings.ToLower(label) + "-500K-600K-n500.csv"
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		s, err := ReadSample(label, file, f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		spaces = append(spaces, s)
	}
	return spaces
}

// The notebook, which knows nothing but the tables, finds what package edf finds.
func TestLadderNotebook(t *testing.T) {
	spaces := ladder(t)
	want := ladderLines(t, spaces)
	checkNotebook(t, "notebooks/ladder.ipynb", func(t *testing.T, printed string) {
		checkLines(t, want, printed)
		for _, s := range spaces {
			checkSubsamples(t, s, printed)
		}
	})
}

// ladderLines are results as the notebook prints them.
func ladderLines(t *testing.T, spaces []*Sample) (lines []string) {
	t.Helper()
	line := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	for _, s := range spaces {
		f := distribution(t, s)
		line("%s: n %d, mean %.2f, median %.2f, band %.4f", s.Name, f.Len(), f.Mean(), f.Median(), f.DKW(0.95))
		line("%s: best of 10 %s, best of 100 %s", s.Name, limits(expectedBest(t, f, 10)), limits(expectedBest(t, f, 100)))
	}
	a, x := spaces[0], spaces[5]
	for i, s := range append(spaces[1:], x) {
		before := append(spaces[:5:5], a)[i]
		d := edf.KS(distribution(t, s), distribution(t, before)).D
		all, equal := meanDifference(t, s.Population, before.Population), equalDepth(t, s, before)
		line("%s - %s: D %.3f, all models %s, at equal depth %s", s.Name, before.Name, d, limits(all), limits(equal))
		if before != a || s != x {
			line("%s and %s: D %.3f, significant from %.0f models each", s.Name, before.Name, d, math.Ceil(2*math.Pow(1.3580986/d, 2)))
		}
	}
	best := expectedBest(t, distribution(t, a), 100)
	line("%d models of RegNetX are as good as 100 of AnyNetXA (%d at its lower limit, %d at its upper)",
		modelsFor(t, x, best.Estimate), modelsFor(t, x, best.Lo), modelsFor(t, x, best.Hi))
	return lines
}

// checkSubsamples checks that the mean distances of 200 draws are, up to their
// noise, those that other draws give.
func checkSubsamples(t *testing.T, s *Sample, printed string) {
	t.Helper()
	const draws = 200
	subs, err := edf.Subsample(s.Errors, []int{10, 25, 50, 100, 250}, draws, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, sub := range subs {
		m := regexp.MustCompile(fmt.Sprintf(`%s: .*KS of %d (\S+?)[,\n]`, s.Name, sub.Size)).FindStringSubmatch(printed)
		if m == nil {
			t.Errorf("no distance of %d models of %s", sub.Size, s.Name)
			continue
		}
		// Half a unit of the last digit, and 4 standard errors of a difference.
		noise := 0.0005 + 4*sub.SD*math.Sqrt(2./draws)
		if d, err := strconv.ParseFloat(m[1], 64); err != nil || math.Abs(d-sub.Mean) > noise {
			t.Errorf("%d models of %s are %s from the whole, want %.4f ± %.4f", sub.Size, s.Name, m[1], sub.Mean, noise)
		}
	}
}

// README.md says of the ladder what the tables do.
func TestReadmeLadder(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(string(readme)), " ")
	spaces := ladder(t)
	x := spaces[5]
	want := []string{fmt.Sprintf("%d models of each", len(x.Errors))}
	for i, s := range spaces[1:] {
		want = append(want, limits(meanDifference(t, s.Population, spaces[i].Population)))
	}
	best := expectedBest(t, distribution(t, spaces[0]), 100)
	want = append(want,
		"of equal depth the last step is "+shown(t, "equal-depth"),
		fmt.Sprintf("%d models of RegNetX find what takes 100 of AnyNetXA", modelsFor(t, x, best.Estimate)))
	for _, s := range want {
		if !strings.Contains(text, s) {
			t.Errorf("README.md lacks %q", s)
		}
	}
}

// shown is the effect of the first finding of an experiment, as the page shows it.
func shown(t *testing.T, experiment string) string {
	t.Helper()
	rs, err := Results()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rs {
		if r.Name == experiment && r.Judged != nil {
			f := r.Judged.Findings[0]
			return measured("", f.Effect, f.Lo, f.Hi, f.Unit)
		}
	}
	t.Fatalf("experiment %s is not judged", experiment)
	return ""
}

func limits(e edf.Estimate) string {
	return fmt.Sprintf("%.2f [%.2f, %.2f]", e.Estimate, e.Lo, e.Hi)
}

func distribution(t *testing.T, s *Sample) *edf.EDF {
	t.Helper()
	f, err := edf.New(s.Errors)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func meanDifference(t *testing.T, a, b edf.Population) edf.Estimate {
	t.Helper()
	d, err := edf.MeanDifference(a, b)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func expectedBest(t *testing.T, f *edf.EDF, m int) edf.Estimate {
	t.Helper()
	best, err := f.ExpectedBest(m)
	if err != nil {
		t.Fatal(err)
	}
	return best
}

// modelsFor returns how many models have an expected least error of at most e.
func modelsFor(t *testing.T, s *Sample, e float64) int {
	t.Helper()
	f := distribution(t, s)
	for m := 1; m <= f.Len(); m++ {
		if expectedBest(t, f, m).Estimate <= e {
			return m
		}
	}
	t.Fatalf("%s: not even %d models have a least error of %v", s.Name, f.Len(), e)
	return 0
}

// equalDepth returns the difference of means under weights by which every depth
// counts in both as much as the difference there is known, n m/(n + m) for n and m
// models. Depths of which one has a single model or none do not count.
func equalDepth(t *testing.T, a, b *Sample) edf.Estimate {
	t.Helper()
	var depths [2][]float64
	var count [2]map[float64]float64
	for i, s := range []*Sample{a, b} {
		d, err := s.Column("depth")
		if err != nil {
			t.Fatal(err)
		}
		depths[i], count[i] = d, map[float64]float64{}
		for _, v := range d {
			count[i][v]++
		}
	}
	ps := [2]edf.Population{a.Population, b.Population}
	for i := range ps {
		for _, d := range depths[i] {
			n, m := count[i][d], count[1-i][d]
			w := m / (n + m)
			if min(n, m) < 2 {
				w = 0
			}
			ps[i].Weights, ps[i].Strata = append(ps[i].Weights, w), append(ps[i].Strata, int(d))
		}
	}
	return meanDifference(t, ps[0], ps[1])
}

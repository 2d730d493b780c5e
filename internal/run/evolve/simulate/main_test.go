package main

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"designspace/internal/run/evolve"
)

const results = "../../../../experiments/results/cifar/2026-11-24/anynetxa-500K-600K-n400.csv"

// A small part of the table: no surface shows more false refinements than three
// standard errors above the level, and a steep one is refined.
func TestFewReplays(t *testing.T) {
	if err := load(results); err != nil {
		t.Fatal(err)
	}
	list, replays := surfaces(), 12
	if testing.Short() {
		list = slices.DeleteFunc(list, func(s surface) bool {
			return !slices.Contains([]string{"permuted, predicted", "even", "edge"}, s.name)
		})
	}
	rows, err := measure(list, evolve.Defaults(), replays, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		t.Logf("%s: false %.2f, any %.2f, %.0f models", r.name, r.wrong, r.any, r.models)
		if r.wrong > evolve.Level+3*r.mcError() {
			t.Errorf("%s: false refinements in %v of evolutions", r.name, r.wrong)
		}
		if r.name == "edge" && (r.any < 0.5 || r.last.mean > r.root.mean-0.5) {
			t.Errorf("edge: refined in %v of evolutions, the mean is %v after %v", r.any, r.last.mean, r.root.mean)
		}
	}
	again, err := measure(list[:1], evolve.Defaults(), replays, 2)
	if err != nil {
		t.Fatal(err)
	}
	var a, b bytes.Buffer
	if err := write(&a, rows[:1], replays, 2); err != nil {
		t.Fatal(err)
	}
	if err := write(&b, again, replays, 2); err != nil {
		t.Fatal(err)
	}
	if a.String() != b.String() {
		t.Errorf("the same seed gives\n%s\nand\n%s", &a, &b)
	}
}

// The committed table is of these surfaces, by this program, and no row has more
// false refinements than three standard errors above the level.
func TestTable(t *testing.T) {
	text, err := os.ReadFile("../../../../experiments/evolve/SIMULATION.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`simulate -replays (\d+) -seed 1\n`).FindSubmatch(text)
	if m == nil {
		t.Fatal("no command")
	}
	replays, _ := strconv.Atoi(string(m[1]))
	if replays < 500 {
		t.Errorf("%d replays", replays)
	}
	most := 100 * (evolve.Level + 3*row{replays: replays}.mcError())
	for _, s := range surfaces() {
		line := regexp.MustCompile(`(?m)^\| ` + regexp.QuoteMeta(s.name) + ` \| ([0-9.]+) % \|`).FindSubmatch(text)
		if line == nil || !bytes.Contains(text, []byte(fmt.Sprintf("* **%s**: %s.\n", s.name, s.about))) {
			t.Errorf("%s is not in the table, or is described otherwise", s.name)
			continue
		}
		if share, err := strconv.ParseFloat(string(line[1]), 64); err != nil || share > most {
			t.Errorf("%s: %s %% of evolutions have a false refinement", s.name, line[1])
		}
	}
	if n := strings.Count(string(text), "\n* **"); n != len(surfaces()) {
		t.Errorf("%d surfaces in the table, %d here", n, len(surfaces()))
	}
}

// The expected best of even is the same on both sides.
func TestEven(t *testing.T) {
	i := slices.IndexFunc(surfaces(), func(s surface) bool { return s.name == "even" })
	s := surfaces()[i]
	root, err := rootOf(s.root)
	if err != nil {
		t.Fatal(err)
	}
	child, err := root.Extend("child", []byte("name: child\nextends: x\nparams: {w4: {max: 32}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.truth(root.Space, 5, truthModels)
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.truth(child, 5, truthModels)
	if err != nil {
		t.Fatal(err)
	}
	if se := math.Hypot(a.bestSE, b.bestSE); math.Abs(a.best-b.best) > 4*se || se > 0.05 {
		t.Errorf("%+v and %+v", a, b)
	}
}

// The optimum of a surface is what its best model has.
func TestOptima(t *testing.T) {
	for _, s := range surfaces() {
		if math.IsNaN(s.optimum) {
			continue
		}
		least := math.Inf(1)
		one := []float64{1, 1, 1, 1}
		for _, b := range [][]float64{one, {1, 2, 2, 1}} {
			for w := 8.0; w <= 128; w += 8 {
				for d := 1.0; d <= 8; d++ {
					m := model{d: []float64{1, 1, d, d}, w: []float64{8, w, w, w}, b: b, g: one}
					least = min(least, s.mean(m))
				}
			}
		}
		if math.Abs(least-s.optimum) > 1e-9 {
			t.Errorf("%s: the least error is %v, stated is %v", s.name, least, s.optimum)
		}
	}
}

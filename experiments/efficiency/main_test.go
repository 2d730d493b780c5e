package main

import (
	"bytes"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// A part of the table, measured again with other studies, is the committed one
// give or take the error of both simulations.
func TestTable(t *testing.T) {
	text, err := os.ReadFile("../EFFICIENCY.md")
	if err != nil {
		t.Fatal(err)
	}
	made := regexp.MustCompile(`-replicates (\d+)`).FindSubmatch(text)
	n, _ := strconv.Atoi(string(made[1]))
	part := comparisons[1:4]
	replicates := 100
	if testing.Short() {
		part, replicates = part[:1], 40
	}
	rows, err := measure("../results/cifar/2026-11-24", part, replicates, 2)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := write(&b, rows, replicates, 2); err != nil {
		t.Fatal(err)
	}
	got, want := numbers(b.String()), numbers(string(text))
	if len(want) != len(comparisons)+1 {
		t.Fatalf("%d rows, want %d", len(want), len(comparisons)+1)
	}
	for _, names := range part {
		name := names[0] + " against " + names[1]
		for i, x := range got[name] {
			y, limit := want[name][i], 0.0
			switch {
			case i < 2: // R², which is not drawn
			case i > 2 && (i-3)%3 == 0: // models
				most := 30.0
				if i >= 9 {
					most = 100
				}
				limit = 4 * most / 2 / math.Sqrt(float64(replicates))
			default: // a share
				p := min(max(y, 0.02), 0.98)
				limit = 4 * math.Sqrt(p*(1-p)*(1/float64(replicates)+1/float64(n)))
			}
			if math.Abs(x-y) > limit+0.015 {
				t.Errorf("%s: number %d is %v, in the table %v: make it again", name, i, x, y)
			}
		}
	}
}

// numbers reads those of each comparison: two R², the share at a fixed number,
// and three for each way.
func numbers(text string) map[string][]float64 {
	rows := map[string][]float64{}
	text, _, _ = strings.Cut(text, "\n## ")
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.Trim(line, "|\n "), " | ")
		if len(cells) != 7 || strings.HasPrefix(line, "| comparison") {
			continue
		}
		for _, s := range regexp.MustCompile(`[\d.]+`).FindAllString(strings.Join(cells[1:], " "), -1) {
			x, _ := strconv.ParseFloat(s, 64)
			rows[cells[0]] = append(rows[cells[0]], x)
		}
	}
	return rows
}

// Decided by looks with predictions, a comparison takes a quarter of the models on
// average and shows nearly as many differences.
func TestMean(t *testing.T) {
	text, err := os.ReadFile("../EFFICIENCY.md")
	if err != nil {
		t.Fatal(err)
	}
	m := numbers(string(text))["mean"]
	if fixed, models, different := m[2], m[6], m[7]; models > 25 || different < fixed-0.02 {
		t.Errorf("%v models show a difference in %v, %v with a fixed number", models, different, fixed)
	}
}

package main

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"
)

// bestRows reads the table of the best models: the numbers after the name.
func bestRows(t *testing.T) map[string][]float64 {
	t.Helper()
	file, err := os.ReadFile("../EFFICIENCY.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, ok := strings.Cut(string(file), "## The best models")
	if !ok {
		t.Fatal("no table of the best models")
	}
	text, _, _ = strings.Cut(text, "\n## ")
	rows := map[string][]float64{}
	for line := range strings.Lines(text) {
		name, rest, ok := strings.Cut(strings.Trim(line, "|\n "), " | ")
		if !ok || name == "population" {
			continue
		}
		for _, s := range regexp.MustCompile(`[\d.]+`).FindAllString(rest, -1) {
			x, _ := strconv.ParseFloat(s, 64)
			rows[name] = append(rows[name], x)
		}
	}
	return rows
}

// A part of the table, measured again with other studies, is the committed one
// give or take the error of both simulations.
func TestBest(t *testing.T) {
	rows := bestRows(t)
	names := populations(comparisons)
	if len(rows) != len(names)+1 {
		t.Fatalf("%d rows, want %d", len(rows), len(names)+1)
	}
	const replicates = 60
	bests, err := measureBest("../results/cifar/2026-11-24", names[:3], replicates, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range bests {
		want := rows[b.name] // R², and for each draw deviation, width and share
		if math.Abs(b.r2-want[0]) > 0.015 {
			t.Errorf("%s: R² %.2f, in the table %.2f", b.name, b.r2, want[0])
		}
		for i := range b.errors {
			sd, width, held := want[1+3*i], want[2+3*i], want[3+3*i]
			if got := stat.StdDev(b.errors[i], nil); math.Abs(got-sd) > 4*sd/math.Sqrt(2*replicates)+0.015 {
				t.Errorf("%s: deviation %.2f, in the table %.2f: make it again", b.name, got, sd)
			}
			got, spread := stat.MeanStdDev(b.widths[i], nil)
			if math.Abs(got-width) > 4*spread/math.Sqrt(replicates)+0.015 {
				t.Errorf("%s: width %.2f, in the table %.2f: make it again", b.name, got, width)
			}
			if math.Abs(b.held[i]-held) > 4*math.Sqrt(0.95*0.05/replicates)+0.015 {
				t.Errorf("%s: holds in %.2f, in the table %.2f: make it again", b.name, b.held[i], held)
			}
		}
	}
}

// A tilted draw tells of the best as much as half as many even ones more.
func TestGainOfTilt(t *testing.T) {
	if mean := bestRows(t)["mean, of gains the geometric one"]; mean[1] < 1.5 {
		t.Errorf("the mean gain is %v", mean[1])
	}
}

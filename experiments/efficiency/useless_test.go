package main

import (
	"bytes"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The table of ratios is what the committed results give, but for the studies
// that are drawn; with 30 models intervals are hardly wider.
func TestRatios(t *testing.T) {
	text, err := os.ReadFile("../EFFICIENCY.md")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := measureRatios("..", 200, 2)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := writeRatios(&b, rows); err != nil {
		t.Fatal(err)
	}
	got, want := ratioRows(b.String()), ratioRows(string(text))
	if len(want) != len(little)+1 {
		t.Fatalf("%d rows, want %d", len(want), len(little)+1)
	}
	for name, numbers := range want {
		for i, x := range numbers {
			if y := got[name][i]; y < x-0.03 || y > x+0.03 {
				t.Errorf("%s: number %d is %v, in the table %v: make it again", name, i, y, x)
			}
		}
	}
	if mean := want["mean"]; mean[3] > 1.05 {
		t.Errorf("with 30 models adjusted intervals are %v times as wide", mean[3])
	}
}

// ratioRows reads R² and the ratios of each population.
func ratioRows(text string) map[string][]float64 {
	_, text, _ = strings.Cut(text, "## Where predictions tell little")
	rows := map[string][]float64{}
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.Trim(line, "|\n "), " | ")
		if len(cells) != 7 || cells[0] == "population" {
			continue
		}
		for _, s := range regexp.MustCompile(`[\d.]+`).FindAllString(strings.Join(cells[2:], " "), -1) {
			x, _ := strconv.ParseFloat(s, 64)
			rows[cells[0]] = append(rows[cells[0]], x)
		}
	}
	return rows
}

package main

import (
	"os"
	"runtime"
	"strings"
	"testing"
)

// Rows of the committed table come out again. Elsewhere than on amd64 the
// compiler may fuse multiplications and additions, after which a forest may split
// otherwise.
func TestTable(t *testing.T) {
	committed, err := os.ReadFile("../IMPORTANCE.md")
	if err != nil {
		t.Fatal(err)
	}
	part := populations[1:]
	if testing.Short() {
		part = populations[5:7]
	}
	var b strings.Builder
	if err := write(&b, "../results/cifar", part, 1); err != nil {
		t.Fatal(err)
	}
	for row := range strings.Lines(b.String()) {
		if !strings.HasPrefix(row, "| ") || strings.HasPrefix(row, "| population") {
			continue
		}
		if runtime.GOARCH != "amd64" {
			row, _, _ = strings.Cut(row, " [")
			row = row[:strings.LastIndex(row, " ")] // name and models
		}
		if !strings.Contains(string(committed), row) {
			t.Errorf("%s is not in the table: make it again", row)
		}
	}
}

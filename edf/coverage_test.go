package edf

import (
	"strings"
	"testing"
)

func TestStatistics(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Statistics() {
		if seen[s.Name] || !strings.HasSuffix(s.Promise, ".") {
			t.Errorf("%+v", s)
		}
		seen[s.Name] = true
	}
}

func TestCoverage(t *testing.T) {
	for _, c := range []struct {
		statistic string
		n         int
		diverged  bool
		note      string // a part, "" for none
	}{
		{"mean", 100, false, ""},
		{"mean", 70, true, "mean: with 70 models, few of which diverge, the interval holds the truth in "},
		{"mean-difference", 1000, false, ""},
		{"verdict", 100, false, ""},
		{"verdict-looked-at-early", 100, false, "verdict looked at early: with 100 models it errs in up to "},
		{"kendall", 8, false, "kendall: with 8 models"},
		{"mean", 5, false, ""}, // not measured
		{"luck", 50, false, ""},
	} {
		note := CoverageNote(c.statistic, c.n, c.diverged)
		if (note == "") != (c.note == "") || !strings.HasPrefix(note, c.note) {
			t.Errorf("%s with %d models: %q, want %q", c.statistic, c.n, note, c.note)
		}
	}
	// Between sizes that were measured the smaller counts.
	lo, hi, ok := Coverage("mean", 70, true)
	lo50, hi50, _ := Coverage("mean", 50, true)
	if !ok || lo != lo50 || hi != hi50 || !(0.7 < lo && lo <= hi && hi < 0.95) {
		t.Errorf("with 70 models %v to %v, with 50 %v to %v", lo, hi, lo50, hi50)
	}
	if _, _, ok := Coverage("mean", 7, false); ok {
		t.Error("a coverage with 7 models")
	}
}

package trainer

import (
	"math"
	"strings"
	"testing"
)

func TestParseStatus(t *testing.T) {
	for _, s := range []Status{Done, Diverged, Failed, Pending} {
		if got, err := ParseStatus(string(s)); got != s || err != nil {
			t.Errorf("%s: %q, %v", s, got, err)
		}
		if want := s == Done || s == Diverged; s.Counts() != want {
			t.Errorf("%s counts: %v", s, s.Counts())
		}
	}
	for _, s := range []string{"", "FAILED", "Diverged", "crashed", "running", "done "} {
		if _, err := ParseStatus(s); err == nil || !strings.Contains(err.Error(), `"`+s+`"`) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// TestCounted has the rows that tables of this program and of others hold.
func TestCounted(t *testing.T) {
	nan := math.NaN()
	for _, test := range []struct {
		cell   string
		error  float64
		status Status
		counts float64
		err    string
	}{
		{"done", 12.5, Done, 12.5, ""},
		{"done", 0, Done, 0, ""},
		{"", 12.5, Done, 12.5, ""},
		{"", nan, Failed, nan, ""},
		{"diverged", nan, Diverged, 100, ""},
		{"diverged", 90, Diverged, 100, ""},
		{"failed", nan, Failed, nan, ""},
		{"failed", 3, Failed, nan, ""},
		{"pending", nan, Pending, nan, ""},
		{"pending", 3, Pending, nan, ""},
		{"done", nan, "", nan, "without an error"},
		{"FAILED", 3, "", nan, `"FAILED"`},
		{"crashed", nan, "", nan, `"crashed"`},
		{"running", 3, "", nan, `"running"`},
	} {
		s, e, err := Counted(test.cell, test.error)
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%q, %v: %v, want an error with %s", test.cell, test.error, err, test.err)
			}
			continue
		}
		if s != test.status || e != test.counts && !(e != e && test.counts != test.counts) || err != nil {
			t.Errorf("%q, %v: %s, %v, %v; want %s, %v", test.cell, test.error, s, e, err, test.status, test.counts)
		}
	}
}

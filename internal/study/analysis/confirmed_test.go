package analysis

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"designspace/edf"
	"designspace/internal/confirm"
)

// The best of each population are shown with their fresh means; trainings that
// confirm them say nothing of the noise in others, and those of models that were
// repeated whatever their errors do.
func TestConfirmed(t *testing.T) {
	const results = "id,space,error,status\na,s,10,done\nb,s,20,done\nc,s,30,done\nd,t,5,done\ne,t,6,done\n"
	analyze := func(repeats string, o Options) *Result {
		t.Helper()
		s, err := Load([]string{directory(t, results, repeats)}, o)
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Analyze(edf.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	caution := func(r *Result) bool { return slices.Contains(r.Warnings, confirm.CautionTable) }

	r := analyze("id,repeat,error,confirm\na,0,10,false\na,1,14,true\na,2,16,true\nb,0,20,false\nb,1,21,true\nc,0,30,false\n", Options{})
	want := []confirm.Model{
		{Population: "s", ID: "a", Error: 10, Mean: 15, SE: 1, Seeds: 2, Place: 0},
		{Population: "s", ID: "b", Error: 20, Mean: 21, SE: math.NaN(), Seeds: 1, Place: 1},
	}
	if diff := cmp.Diff(want, r.Confirmed, cmpopts.EquateNaNs()); diff != "" {
		t.Error(diff)
	}
	if r.Noise != nil || !caution(r) { // of t
		t.Errorf("noise %+v, warnings %q", r.Noise, r.Warnings)
	}
	var text strings.Builder
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{" a   10.00     15.00 ± 1.00      2\n", "\ns: with fresh seeds the best 2 models have errors 3.00 percentage points higher "} {
		if !strings.Contains(text.String(), line) {
			t.Errorf("no %q in\n%s", line, &text)
		}
	}

	// Rows that are left out do not shift the others.
	r = analyze("id,repeat,error,confirm\nd,0,5,false\nd,1,7,true\n", Options{Where: "space=t"})
	if len(r.Confirmed) != 1 || r.Confirmed[0].Mean != 7 || caution(r) {
		t.Errorf("%+v, %q", r.Confirmed, r.Warnings)
	}

	// Without the mark all repeats count for both.
	r = analyze("id,repeat,error\na,0,10\na,1,14\nc,0,30\nc,1,31\n", Options{})
	if len(r.Confirmed) != 1 || r.Noise == nil || r.Noise.Populations[0].Repeated != 2 {
		t.Errorf("%+v, noise %+v", r.Confirmed, r.Noise)
	}
}

// Of a metric of which more is better, the models of its greatest values are the
// best, and fresh seeds that find less were worse.
func TestConfirmedOfAMetric(t *testing.T) {
	file := filepath.Join(t.TempDir(), "table.csv")
	rows := "id,space,acc,seed\na,s,0.7,1\nb,s,0.9,1\nb,s,0.86,2\nb,s,0.88,3\nc,s,0.8,1\nc,s,0.75,2\n"
	if err := os.WriteFile(file, []byte(rows), 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := Load([]string{file}, Options{Metric: Metric{"acc", true}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Analyze(edf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []confirm.Model{
		{Population: "s", ID: "b", Error: 0.9, Mean: 0.87, SE: 0.01, Seeds: 2, Place: 1, Higher: true},
		{Population: "s", ID: "c", Error: 0.8, Mean: 0.75, SE: math.NaN(), Seeds: 1, Place: 2, Higher: true},
	}
	if diff := cmp.Diff(want, r.Confirmed, cmpopts.EquateNaNs(), cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Error(diff)
	}
	var text strings.Builder
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	// By hand: 0.9 - 0.87 = 0.03 and 0.8 - 0.75 = 0.05, on average 0.04.
	for _, line := range []string{"id   acc  ", "b   0.90  ", "standard error", "s: with fresh seeds the best 2 models have values of acc 0.04 lower than in the first training", "The greatest of several fresh means"} {
		if !strings.Contains(text.String(), line) {
			t.Errorf("no %q in\n%s", line, &text)
		}
	}
	if ranked := confirm.Ranked(r.Confirmed); ranked[0].ID != "b" {
		t.Errorf("the best is %+v", ranked[0])
	}
}

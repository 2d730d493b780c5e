package analysis

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"designspace/edf"
)

// tradeoffs is a table of two spaces, of which the second costs twice as much for
// errors a point higher.
func tradeoffs(t *testing.T, column string, sign float64) (path string, first, second edf.Tradeoff) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "id,space,%s,seconds\n", column)
	for i := range 64 {
		cost := math.Pow(2, float64(i%16)/4)
		value := 60 - 2*math.Log2(cost) + float64(i*7%5)
		first.Errors, first.Costs = append(first.Errors, value), append(first.Costs, cost)
		second.Errors, second.Costs = append(second.Errors, value+1), append(second.Costs, 2*cost)
		fmt.Fprintf(&b, "a%d,a,%v,%v\nb%d,b,%v,%v\n", i, sign*value, cost, i, sign*(value+1), 2*cost)
	}
	path = filepath.Join(t.TempDir(), "table.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	return path, first, second
}

// A doubling of costs is worth two points, so at equal cost b is three points worse.
func TestAgainst(t *testing.T) {
	for _, c := range []struct {
		column string
		metric Metric
		sign   float64
	}{{"error", Metric{}, 1}, {"score", Metric{"score", true}, -1}} {
		path, first, second := tradeoffs(t, c.column, c.sign)
		s, err := Load([]string{path}, Options{Metric: c.metric, Against: "seconds"})
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Analyze(edf.Options{})
		if err != nil {
			t.Fatal(err)
		}
		a := r.against
		if a.Models != 16 || a.Range.Lo != 2 || a.Range.Hi < 13 || a.Range.Hi > 14 || len(r.Attained) != 2 {
			t.Errorf("%+v", a)
		}
		curve, err := a.AttainedCurve(0, []float64{5})
		if err != nil {
			t.Fatal(err)
		}
		within, err := first.AttainedAt(16, 5, a.Range.Worst)
		if err != nil || c.sign*curve[0].Estimate != within.Estimate {
			t.Errorf("%v, %v, want %v", curve, err, within)
		}
		want, err := edf.AttainedDifference(first, second, 16, a.Range)
		d := r.AtEqualCost[0]
		if err != nil || d.A != "a" || c.sign*d.Difference.Estimate != want.Estimate || math.Abs(want.Estimate+3) > 0.5 || d.P > 1e-4 || d.PHolm != d.P {
			t.Errorf("%+v, want %+v, %v", d, want, err)
		}
		var text, csv bytes.Buffer
		if err := r.WriteText(&text); err != nil || !strings.Contains(text.String(), "best of 16 at equal seconds") {
			t.Errorf("%v: %s", err, text.String())
		}
		if err := r.WriteCSV(&csv, "at_equal_cost"); err != nil || !strings.HasPrefix(csv.String(), "a,b,attained_difference,attained_difference_lo,attained_difference_hi,p,p_holm,warnings\na,b,") {
			t.Errorf("%v: %s", err, csv.String())
		}
		if data, err := json.Marshal(r); err != nil || !bytes.Contains(data, []byte(`"attained":[{"name":"a","n":64,"cost":"seconds"`)) {
			t.Errorf("%v: %s", err, data)
		}
	}
}

// The same architectures in two conditions are compared pair by pair, where enough
// are in both.
func TestAgainstPairs(t *testing.T) {
	for _, c := range []struct {
		paired int // of 40
		note   string
	}{
		{40, "lr=1 against lr=2 at equal flops: the difference is that of the 40 architectures in both, pair by pair"},
		{12, "lr=1 against lr=2 at equal flops: only 12 architectures in both: they are compared as others, which is cautious"},
		{0, ""},
	} {
		var b strings.Builder
		b.WriteString("id,condition,pair,error,flops\n")
		var x, y edf.Tradeoff
		for i := range 40 {
			flops, e := 100+float64(i*i%37), 50+float64(i*i%23)
			f := e - 1 + float64(i%3)/10
			x.Errors, x.Costs = append(x.Errors, e), append(x.Costs, flops)
			y.Errors, y.Costs = append(y.Errors, f), append(y.Costs, flops)
			pair := ""
			if i < c.paired {
				pair = fmt.Sprint("m", i)
			}
			fmt.Fprintf(&b, "m%d,lr=1,%s,%v,%v\nn%d,lr=2,%s,%v,%v\n", i, pair, e, flops, i, pair, f, flops)
		}
		s, err := Load([]string{write(t, "r.csv", b.String())}, Options{Against: "flops", By: "condition"})
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Analyze(edf.Options{})
		if err != nil {
			t.Fatal(err)
		}
		want, err := edf.AttainedDifference(x, y, 10, r.against.Range)
		if c.paired == 40 {
			want, err = edf.AttainedDifferenceOfPairs(x, y, 10, r.against.Range)
		}
		got := r.AtEqualCost[0]
		if err != nil || got.Difference != want.Interval || strings.Join(got.Warnings, "") != c.note {
			t.Errorf("%d pairs: %+v, want %+v, %v", c.paired, got, want, err)
		}
		var text bytes.Buffer
		if err := r.WriteText(&text); err != nil || c.note != "" && !strings.Contains(strings.ReplaceAll(text.String(), "\n  ", " "), c.note) {
			t.Errorf("%v: %s", err, text.String())
		}
	}
}

func TestAgainstErrors(t *testing.T) {
	path, _, _ := tradeoffs(t, "error", 1)
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Against: "minutes"}, "minutes"},
		{Options{Against: "seconds", Where: "seconds<2 and space=a or seconds>16"}, "no common range of costs"},
		{Options{Against: "seconds", Where: "id=a1 or id=b1 or id=b2"}, "a has 1 model with an error and a cost, and 4 are the least"},
		{Options{Against: "error"}, "it is what is compared"},
		{Options{Against: "seconds", Normalize: "seconds"}, "cannot be combined with --normalize"},
		{Options{Against: "space"}, "space"},
	} {
		s, err := Load([]string{path}, c.o)
		if err == nil {
			_, err = s.Analyze(edf.Options{})
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %s", c.o, err, c.want)
		}
	}
}

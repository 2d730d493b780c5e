package analysis

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"designspace/edf"
	"designspace/internal/seed"
)

// importanceTable is a table of n models whose errors have, beyond noise of 1, a
// variance of 4 by w1, 2 by kind, 1 by an absent rate, and 3 by flops, of
// which w1 also tells something. depth follows from d1, and same, name and w2,
// which is w1, tell nothing more.
func importanceTable(n int) string {
	var b strings.Builder
	b.WriteString("id,status,error,flops,depth,d1,w1,w2,kind,rate,same,name,notes\n")
	r := seed.New("importance table")
	for i := range n {
		w, d, flops := r.IntN(5), 1+r.IntN(4), 1e6*(1+2*r.Float64())
		kind, rate := "x", "0.1"
		e := 50 + math.Sqrt(2)*float64(w) + math.Sqrt(9)*(flops/1e6-2) + r.NormFloat64()
		if r.IntN(2) == 1 {
			kind = "v"
			e += 2 * math.Sqrt(2)
		}
		if r.IntN(2) == 1 {
			rate = ""
			e += 2
		}
		fmt.Fprintf(&b, "m%d,done,%v,%d,%d,%d,%d,%d,%s,%s,7,name-%d,text %d\n", i, e, int(flops), d+3, d, 8*(w+1), 8*(w+1), kind, rate, i, i)
	}
	return b.String()
}

func TestImportance(t *testing.T) {
	path := write(t, "r.csv", importanceTable(200))
	analysed := func() *Result {
		s, err := Load([]string{path}, Options{Importance: true})
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Analyze(edf.Options{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := analysed()
	shares := map[string]float64{"w1": 4. / 11, "kind": 2. / 11, "rate": 1. / 11, "flops": 3. / 11, "d1": 0}
	var names []string
	for _, i := range r.Importance {
		want, single := shares[i.Name()]
		if single {
			names = append(names, i.Name())
		}
		if math.Abs(i.Share.Estimate-want) > 0.1 || !single && len(i.Parameters) != 2 {
			t.Errorf("%s: %v, want %.2f", i.Name(), i.Share, want)
		}
	}
	if got := fmt.Sprint(names); got != "[flops w1 kind rate d1]" {
		t.Errorf("parameters %s", got)
	}
	var decoded struct {
		Importance []struct {
			Population, Parameter string
			Parameters            []string
			Importance, Lo, Hi    float64
		}
	}
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &decoded); err != nil {
		t.Fatal(err)
	}
	for _, i := range decoded.Importance {
		if (i.Parameter == "") == (i.Parameters == nil) || i.Population != "r" || !(0 <= i.Lo && i.Lo <= i.Importance && i.Importance <= i.Hi && i.Hi <= 1) {
			t.Errorf("%+v", i)
		}
	}
	again, err := json.Marshal(analysed())
	if err != nil || !bytes.Equal(data, again) {
		t.Error("the same seed gives another answer", err)
	}
	var csv, text strings.Builder
	if err := r.WriteCSV(&csv, "importance"); err != nil || !strings.HasPrefix(csv.String(), "population,errors,kind,parameters,importance,lo,hi,warnings\nr,all,parameter,flops,0.") {
		t.Errorf("%.100s %v", csv.String(), err)
	}
	if err := r.WriteText(&text); err != nil || !strings.Contains(text.String(), "importance in r") {
		t.Errorf("%s %v", text.String(), err)
	}
}

// Depth and width follow from the columns of stages, and are parameters where there
// are none.
func TestImportanceOfDepth(t *testing.T) {
	var b strings.Builder
	b.WriteString("error,depth,width,d1,w1\n")
	for i := range 40 {
		fmt.Fprintf(&b, "%d,%d,%d,%d,%d\n", 50+i%4+i*i%5, i%4, i*i%5, i%3, i%7)
	}
	for header, want := range map[string]string{
		"error,depth,width,d1,w1": "[d1 w1]",
		"error,depth,width,a,b":   "[depth width a b]",
	} {
		s, err := Load([]string{write(t, "t.csv", strings.Replace(b.String(), "error,depth,width,d1,w1", header, 1))}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		cs, err := s.explaining(s.Populations[0].Rows, false)
		var names []string
		for _, c := range cs {
			names = append(names, c.Name)
		}
		if fmt.Sprint(names) != want || err != nil {
			t.Errorf("%s: parameters %q, want %s, error %v", header, names, want, err)
		}
	}
}

// What cannot be told is said, and everything else is.
func TestNoImportance(t *testing.T) {
	lines := strings.SplitAfter(importanceTable(60), "\n")
	equal := "error,w1\n" + strings.Repeat("50,8\n50,16\n", 20)
	constant := "error,w1\n" + strings.Repeat("50,8\n51,8\n", 20)
	var wide strings.Builder
	for i := -1; i < 30; i++ {
		for k := range mostParameters + 1 {
			if i < 0 {
				fmt.Fprintf(&wide, "p%d-a,", k)
			} else {
				fmt.Fprintf(&wide, "%d,", i*(k+1)%211) // no column is equal to another
			}
		}
		fmt.Fprintln(&wide, map[bool]string{true: "error", false: fmt.Sprint(i)}[i < 0])
	}
	for _, c := range []struct{ table, want string }{
		{strings.Join(lines[:10], ""), "no importance of t: 9 models are too few"},
		{equal, "no importance of t: all errors are equal"},
		{wide.String(), "no importance of t: 101 parameters are more than 100"},
		{constant, "no importance of t: no parameter varies"},
		{strings.Join(lines, ""), "importance: column notes is left out: 60 texts"},
	} {
		table := c.table
		s, err := Load([]string{write(t, "t.csv", strings.Replace(table, "notes", "setting", 1))}, Options{Importance: true})
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Analyze(edf.Options{})
		want := strings.Replace(c.want, "notes", "setting", 1)
		if err != nil || !slices.ContainsFunc(r.Warnings, func(w string) bool { return strings.Contains(w, want) }) {
			t.Errorf("want %q: %q %v", want, r.Warnings, err)
		}
	}
}

// Of RegNets their own parameters are told of, not those of the stages that follow.
func TestImportanceOfRegNets(t *testing.T) {
	s, err := Load([]string{"../../../experiments/results/cifar/2026-11-24/regnetx-500K-600K.csv"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := s.Importance(s.Populations[0], edf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, i := range e.All.Effects {
		names = append(names, i.Parameters[0])
	}
	slices.Sort(names)
	if got := fmt.Sprint(names, len(e.All.Groups)); got != "[b4 g4 regnet_d w0 wa wm] 0" {
		t.Errorf("parameters %s", got)
	}
}

package results

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"designspace/edf"
)

// describe names each population with its errors, rows and counts of others.
func describe(ps []edf.Population) []string {
	var out []string
	for _, p := range ps {
		out = append(out, fmt.Sprintf("%s %v rows %v failed %d pending %d", p.Name, p.Errors, p.Rows, p.Failed, p.Pending))
	}
	return out
}

func TestReadCSV(t *testing.T) {
	const status = "space,error,status\na,1,done\nb,,failed\na,,pending\nb,50,diverged\nb,,\nb,7,\n"
	for _, c := range []struct {
		text string
		o    Options
		want []string
	}{
		{"error\n1\n\n3\n", Options{}, []string{"table [1 3] rows [0 1] failed 0 pending 0"}},
		{"error,d\n1,x\n,x\n3,x\n", Options{Name: "mine"}, []string{"mine [1 3] rows [0 2] failed 1 pending 0"}},
		{status, Options{}, []string{"a [1] rows [0] failed 0 pending 1", "b [100 7] rows [3 5] failed 2 pending 0"}},
		{status, Options{Where: "space=b, error>0"}, []string{"b [100 7] rows [3 5] failed 0 pending 0"}},
		{status, Options{By: "status,space"}, []string{"done a [1] rows [0] failed 0 pending 0", "failed b [] rows [] failed 1 pending 0", "pending a [] rows [] failed 0 pending 1",
			"diverged b [100] rows [3] failed 0 pending 0", "(none) b [7] rows [5] failed 1 pending 0"}},
		{"space,budget,error\na,1M:2M,1\na,2M:4M,2\na,,3\n,1M:2M,4\n", Options{}, []string{"a 1M:2M [1] rows [0] failed 0 pending 0", "a 2M:4M [2] rows [1] failed 0 pending 0",
			"a [3] rows [2] failed 0 pending 0", "table [4] rows [3] failed 0 pending 0"}},
		{"error,depth\n1,10\n2,9\n3,10\n", Options{By: "depth"}, []string{"9 [2] rows [1] failed 0 pending 0", "10 [1 3] rows [0 2] failed 0 pending 0"}},
		{"error,depth\n1,10\n", Options{Where: "depth<3"}, nil},
		{"id,seed,error\na,1,10\na,2,12\nb,1,20\nb,2,18\n", Options{}, []string{"table [10 20] rows [0 2] failed 0 pending 0"}},
		{"id,repeat,error\na,1,12\na,0,10\nb,0,20\n", Options{}, []string{"table [10 20] rows [1 2] failed 0 pending 0"}},
		{"id,seed,error\na,1,10\na,2,12\nb,1,20\nb,2,18\n", Options{Where: "seed=2"}, []string{"table [12 18] rows [1 3] failed 0 pending 0"}},
		{"id,seed,error\na,1,10\na,2,12\nb,1,20\nb,2,18\n", Options{Where: "error>11"}, []string{"table [20] rows [2] failed 0 pending 0"}},
		{"id,seed,error\na,1,10\na,2,12\n", Options{By: "seed"}, []string{"1 [10] rows [0] failed 0 pending 0", "2 [12] rows [1] failed 0 pending 0"}},
		{"id,seed,d,error\na,1,3,10\na,1,4,12\n", Options{}, []string{"table [10 12] rows [0 1] failed 0 pending 0"}},
	} {
		ps, err := ReadCSV(strings.NewReader(c.text), c.o)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
		}
		if diff := cmp.Diff(c.want, describe(ps)); diff != "" {
			t.Errorf("%q: %s", c.text, diff)
		}
	}
}

func TestReadCSVErrors(t *testing.T) {
	for _, c := range []struct {
		text string
		o    Options
		want string
	}{
		{"id,error,status\n1,2,done\n2,3,FAILED\n", Options{}, `table:3: status "FAILED": want done, diverged, failed, pending or unneeded`},
		{"id,error,status\n1,2,done\n2,3,crashed\n", Options{Name: "x.csv"}, `x.csv:3: status "crashed"`},
		{"id,error,status\n1,2,Diverged\n", Options{}, `table:2: status "Diverged"`},
		{"id,error,status\n1,2,running\n", Options{}, `table:2: status "running"`},
		{"id,error,status\n1,9,failed\n2,,done\n", Options{Where: "id=2"}, "table:3: status done without an error"},
		{"id\n1\n", Options{}, "table:1: no column error"},
		{"error\n1\n", Options{By: "space"}, "table:1: no column space"},
		{"error\n1\n", Options{Where: "error"}, "no comparison"},
		{"", Options{}, "the file is empty"},
		{"id,error\na,1\n../b,2\n", Options{}, `table:3: id "../b" is a path`},
	} {
		_, err := ReadCSV(strings.NewReader(c.text), c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %s", c.text, err, c.want)
		}
	}
}

// tilted is a table of a tilted draw of 100 candidates in each space: two models a
// fifth, each of which stands for 10.
func tilted(spaces ...string) string {
	var b strings.Builder
	b.WriteString("space,budget,error,stratum,weight\n")
	for _, s := range spaces {
		for i := range 10 {
			fmt.Fprintf(&b, "%s,1M:2M,%d,%d,10\n", s, 50+i, 1+i/2)
		}
	}
	return b.String()
}

// Weights hold for all of a draw together, as they were written.
func TestWeights(t *testing.T) {
	ps, err := ReadCSV(strings.NewReader(tilted("a", "b")), Options{By: "space"})
	if err != nil || len(ps) != 2 || !ps[0].Tilted || len(ps[1].Weights) != 10 || ps[1].Strata[9] != 4 {
		t.Fatalf("%+v %v", ps, err)
	}
	for _, c := range []struct {
		old, new string
		by, want string
	}{
		{"", "", "budget", "table:2: the models of 1M:2M have weights (--tilt), which hold only for all of a space and budget together"},
		{"a,1M:2M,50", "a,2M:3M,50", "space", "which hold only for all of a space and budget together"},
		{"50,1,10", "50,1,10.5", "space", "table:3: weight 10 where another model of stratum 1 of a has 10.5"},
		{",10\n", ",0.1\n", "space", "table:2: stratum 1 with weight 0.1: want 1 to 5 with a number of candidates, at least 1"},
		{"50,1,10", "50,1,NaN", "space", "weight NaN"},
		{"50,1,10", "50,1,", "space", "weight NaN"},
		{"50,1,10", "50,,10", "space", "stratum NaN"},
		{",weight", ",mass", "space", "table:2: a column stratum without weight"},
	} {
		text := strings.ReplaceAll(tilted("a", "b"), c.old, c.new)
		if c.old == "" {
			text = tilted("a", "b")
		}
		if _, err := ReadCSV(strings.NewReader(text), Options{By: c.by}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q for %q: %v, want %s", c.new, c.old, err, c.want)
		}
	}
}

// A fifth of the candidates stays a fifth where some of its models failed or wait.
func TestWeightsMakeUp(t *testing.T) {
	text := strings.ReplaceAll("status,"+tilted("a"), "\na,", "\ndone,a,")
	text = strings.Replace(text, "done,a,1M:2M,50,", "failed,a,1M:2M,,", 1)
	text = strings.Replace(text, "done,a,1M:2M,59,", "pending,a,1M:2M,,", 1)
	ps, err := ReadCSV(strings.NewReader(text), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := ps[0].Weights; !slices.Equal(got, []float64{20, 10, 10, 10, 10, 10, 10, 20}) {
		t.Errorf("weights %v", got)
	}
}

// Names that differ stay different, whatever they hold.
func TestPrintable(t *testing.T) {
	names := []string{"a\x01b", "a\x02b", `a\x01b`, "ab", "a\u200bb", "Größe"}
	if got := printable(names); !slices.Equal(got, []string{`a\x01b`, `a\x02b`, `a\\x01b`, "ab", `a\u200bb`, "Größe"}) {
		t.Errorf("%q", got)
	}
	if plain := []string{`C:\runs`, "ab"}; !slices.Equal(printable(plain), plain) {
		t.Errorf("%q", printable(plain))
	}
}

// Any text is read or refused.
func FuzzReadCSV(f *testing.F) {
	f.Add("space,error,status\na,1,done\n", "error<3", "space")
	f.Fuzz(func(t *testing.T, text, where, by string) {
		ps, err := ReadCSV(strings.NewReader(text), Options{Where: where, By: by})
		if err != nil {
			return
		}
		for _, p := range ps {
			if len(p.Rows) != len(p.Errors) {
				t.Errorf("%+v", p)
			}
			if len(p.Errors) > 0 {
				if _, err := edf.New(p.Errors); err != nil {
					t.Error(err)
				}
			}
		}
	})
}

package main

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"
	"pgregory.net/rapid"
)

var testFlags = flagsOf(
	&cli.IntFlag{Name: "n", Usage: "draw `N` models"},
	&cli.StringFlag{Name: "out", Usage: "write `FILE`"},
	&cli.Uint64Flag{Name: "seed"},
	&cli.Float64Flag{Name: "share", Value: 0.1},
	&cli.DurationFlag{Name: "lease"},
	&cli.StringSliceFlag{Name: "space"},
	&cli.StringFlag{Name: "flops", Usage: "budget `LO:HI`, such as 1M:3M; repeat for several"},
	&cli.StringFlag{Name: "where", Usage: "`CONDITIONS`, such as 'flops<3e6, depth>2'"},
	&cli.BoolFlag{Name: "json"},
)

func TestReorder(t *testing.T) {
	for _, c := range []struct{ args, want []string }{
		{nil, []string{"--"}},
		{[]string{"RUN", "--out", "x"}, []string{"--out", "x", "--", "RUN"}},
		{[]string{"a", "--json", "b", "-n", "5", "c"}, []string{"--json", "-n", "5", "--", "a", "b", "c"}},
		{[]string{"a", "--out=x", "-out=y"}, []string{"--out=x", "-out=y", "--", "a"}},
		{[]string{"-n", "-1", "a"}, []string{"-n", "-1", "--", "a"}},
		{[]string{"--out", "--json"}, []string{"--out", "--json", "--"}},
		{[]string{"-", "--json"}, []string{"--json", "--", "-"}},
		{[]string{"a", "--", "--json", "--", "-n"}, []string{"--", "a", "--json", "--", "-n"}},
	} {
		got, err := reorder(testFlags, c.args)
		if err != nil || !cmp.Equal(got, c.want) {
			t.Errorf("reorder(%q) = %q, %v, want %q", c.args, got, err, c.want)
		}
	}
}

func TestReorderErrors(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"RUN", "--spcae", "x"}, "--spcae: no such flag: did you mean --space?"},
		{[]string{"--sp=x"}, "--sp: no such flag: did you mean --space?"},
		{[]string{"-s", "1"}, "-s: no such flag: did you mean --seed, --share or --space?"},
		{[]string{"-m", "5"}, "-m: no such flag: see --help"},
		{[]string{"--quux"}, "--quux: no such flag: see --help"},
		{[]string{"a", "--out"}, "--out: its value is missing: write --out FILE"},
		{[]string{"a", "-n"}, "-n: its value is missing: write -n 10"},
		{[]string{"--flops"}, "--flops: its value is missing: write --flops 1M:3M"},
		{[]string{"--where"}, "--where: its value is missing: write --where 'flops<3e6, depth>2'"},
		{[]string{"--out", ""}, "--out: its value is empty: write --out FILE"},
		{[]string{"--out="}, "--out: its value is empty: write --out FILE"},
		{[]string{"a", ""}, "an argument is empty: is a variable of the shell not set?"},
		{[]string{"--json=no"}, "--json: this flag takes no value: leave out =no"},
		{[]string{"-n", "many"}, "-n many: want a whole number, as in -n 10"},
		{[]string{"-n", "1e3"}, "-n 1e3: want a whole number, as in -n 10"},
		{[]string{"--seed=-1"}, "--seed -1: want a whole number from 0, as in --seed 1"},
		{[]string{"--share", "5%"}, "--share 5%: want a number, as in --share 0.1"},
		{[]string{"--share", "NaN"}, "--share NaN: want a number, as in --share 0.1"},
		{[]string{"--lease", "10"}, "--lease 10: want a time, as in --lease 10m"},
	} {
		if _, err := reorder(testFlags, c.args); err == nil || err.Error() != c.want {
			t.Errorf("reorder(%q):\n got %v\nwant %s", c.args, err, c.want)
		}
	}
}

// However flags and positional arguments are mixed, each kind keeps its order.
func TestReorderKeepsOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var args, wantFlags, wantRest []string
		for range rapid.IntRange(0, 8).Draw(t, "length") {
			value := rapid.StringMatching(`-?[a-z0-9]{1,3}`).Draw(t, "value")
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				wantFlags = append(wantFlags, "--out", value)
				args = append(args, "--out", value)
			case 1:
				wantFlags = append(wantFlags, "--out="+value)
				args = append(args, "--out="+value)
			case 2:
				wantFlags = append(wantFlags, "--json")
				args = append(args, "--json")
			case 3:
				wantRest = append(wantRest, "p"+value)
				args = append(args, "p"+value)
			}
		}
		got, err := reorder(testFlags, args)
		if want := slices.Concat(wantFlags, []string{"--"}, wantRest); err != nil || !cmp.Equal(got, want) {
			t.Fatalf("reorder(%q) = %q, %v, want %q", args, got, err, want)
		}
	})
}

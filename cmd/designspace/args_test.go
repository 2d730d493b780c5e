package main

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var testFlags = flagNames{"n": true, "out": true, "seed": true, "space": true, "json": false, "help": false, "h": false}

func TestReorder(t *testing.T) {
	for _, c := range []struct{ args, want []string }{
		{nil, []string{"--"}},
		{[]string{"RUN", "--out", "x"}, []string{"--out", "x", "--", "RUN"}},
		{[]string{"a", "--json", "b", "-n", "5", "c"}, []string{"--json", "-n", "5", "--", "a", "b", "c"}},
		{[]string{"a", "--out=x", "-out=y"}, []string{"--out=x", "-out=y", "--", "a"}},
		{[]string{"a", "--to", "x", "--to=y"}, []string{"--out", "x", "--out=y", "--", "a"}}, // its former name
		{[]string{"--seed", "-1", "a"}, []string{"--seed", "-1", "--", "a"}},
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
		{[]string{"RUN", "--spcae", "x"}, "flag --spcae: unknown: did you mean --space?"},
		{[]string{"--sp=x"}, "flag --sp=x: unknown: did you mean --space?"},
		{[]string{"-m", "5"}, "flag -m: unknown: see --help"},
		{[]string{"--quux"}, "flag --quux: unknown: see --help"},
		{[]string{"a", "--out"}, "flag --out: no value follows it: write --out VALUE"},
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
			value := rapid.StringMatching(`-?[a-z0-9]{0,3}`).Draw(t, "value")
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

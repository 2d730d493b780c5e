package space

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestChild(t *testing.T) {
	inf := math.Inf(1)
	text := string(Child{
		Name: "mine", About: "refined: by hand", Extends: "proxy/anynetxc", Head: "One.\n\nThree.",
		Depth: Nonincreasing, Width: Nondecreasing, Shared: []string{"d"},
		Params: []Restriction{
			{Name: "w4", Range: Between(60.5, 100), Note: "wide"},
			{Name: "b", Range: Among(1, 2)},
			{Name: "w1", Range: Between(-inf, 40)},
		},
		Limits: []Restriction{{Name: "acts", Range: Between(-inf, 2e6), Note: "small"}, {Name: "depth", Range: Between(8, 20)}},
	}.Marshal())
	want := strings.TrimLeft(`
# One.
#
# Three.
name: mine
about: 'refined: by hand'
extends: proxy/anynetxc
params:
  w4: {min: 60.5, max: 100}    # wide
  b: [1, 2]
  w1: {max: 40}
shared: [d]
constraints:
  acts: {max: 2M}    # small
  depth: {order: nonincreasing, min: 8, max: 20}
  width: nondecreasing
`, "\n")
	if diff := cmp.Diff(want, text); diff != "" {
		t.Error(diff)
	}
	s := mustRead(t, text)
	if s.Parent != "proxy/anynetxc" || s.param("w").dists[3].dist.Values[0] != 64 || len(s.param("b").dists[0].dist.Values) != 2 || !s.param("d").shared {
		t.Errorf("%s", s.Marshal())
	}
	if got, want := fmt.Sprint(s.Limits()), "[depth 8:20 acts :2M]"; got != want {
		t.Errorf("limits %s, want %s", got, want)
	}
}

// A child is the same whether its parent is looked up or given.
func TestExtend(t *testing.T) {
	text := "name: mine\nextends: proxy/anynetxc\nparams: {b: [1, 2]}\n"
	s, err := mustLoad(t, "proxy/anynetxc").Extend("mine.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(mustRead(t, text).Marshal()), string(s.Marshal())); diff != "" {
		t.Error(diff)
	}
	for text, want := range map[string]string{
		"name: mine\nparams: {b: [1, 2]}\n":                 "mine.yaml:1: extends: is missing; a child names its parent",
		"name: mine\nextends: x\nparams: {b: [1, 3]}\n":     "mine.yaml:3: params.b: 3 is no value of the parent, whose values go from 1 to 4; a child only restricts",
		"name: mine\nextends: x\nparams:\n w: {min: 200}\n": "mine.yaml:4: params.w: leaves none of the parent's values, 8 to 128",
	} {
		if _, err := mustLoad(t, "proxy/anynetxc").Extend("mine.yaml", []byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q:\n got %v\nwant %s", text, err, want)
		}
	}
}

// Any text of one line is read back, however long and whatever it says.
func TestChildText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringMatching(`[!-~µ]{1,30}`), 1, 20)
		c := Child{
			Name: strings.Join(words.Draw(t, "name"), " "), About: strings.Join(words.Draw(t, "about"), " "),
			Extends: "proxy/anynetxa", Shared: []string{"b"},
		}
		s, err := Read("x.yaml", c.Marshal())
		if err != nil {
			t.Fatalf("%v\n%s", err, c.Marshal())
		}
		if s.Name != c.Name || s.About != c.About {
			t.Errorf("%q, %q from\n%s", s.Name, s.About, c.Marshal())
		}
	})
}

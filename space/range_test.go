package space

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"
)

func TestParseRange(t *testing.T) {
	inf := math.Inf(1)
	for text, want := range map[string]Range{
		"360M:400M":                Between(360e6, 400e6),
		":3e6":                     Between(-inf, 3e6),
		"4:":                       Between(4, inf),
		"7:7":                      Between(7, 7),
		" -2 : 0.5 ":               Between(-2, 0.5),
		":":                        {},
		"2,1, 1":                   Among(1, 2),
		"3":                        Among(3),
		"1K:2K + 3·flops":          Between(1e3, 2e3).growing(3, 0),
		": + 2·flops + 0.5·√flops": Between(-inf, 0).growing(2, 0.5),
	} {
		if got, err := ParseRange(text); err != nil || !got.Equal(want) {
			t.Errorf("ParseRange(%q) = %v, %v", text, got, err)
		}
	}
	wants := errRange.Error()
	for text, want := range map[string]string{
		"":                       wants,
		" ":                      wants,
		"1:2:3":                  wants,
		"1:2 + 3":                wants,
		":2 + 3·flops + 3·flops": wants,
		"1,2 + 3·flops":          `"2 + 3·flops" is no number; write 8, 0.5, 4e8, 400M or 1.6G`,
		"a:b":                    `"a" is no number; write 8, 0.5, 4e8, 400M or 1.6G`,
		"8,,9":                   `"" is no number; write 8, 0.5, 4e8, 400M or 1.6G`,
		"nan:inf":                `"nan" is no number; write 8, 0.5, 4e8, 400M or 1.6G`,
		"5:4":                    "the low end is above the high end",
		":2 + -1·flops":          "the high end falls with flops",
	} {
		if _, err := ParseRange(text); err == nil || err.Error() != want {
			t.Errorf("%q:\n got %v\nwant %s", text, err, want)
		}
	}
}

func anyRange(t *rapid.T) Range {
	number := rapid.OneOf(rapid.Float64Range(-1e12, 1e12), rapid.Map(rapid.IntRange(-20, 20), func(n int) float64 { return float64(n) * 1e5 }))
	if rapid.Bool().Draw(t, "listed") {
		return Among(rapid.SliceOfN(number, 1, 5).Draw(t, "values")...)
	}
	lo, hi := number.Draw(t, "min"), number.Draw(t, "max")
	if lo > hi {
		lo, hi = hi, lo
	}
	if rapid.Bool().Draw(t, "no min") {
		lo = math.Inf(-1)
	}
	if rapid.Bool().Draw(t, "no max") {
		hi = math.Inf(1)
	}
	r := Between(lo, hi)
	if rapid.Bool().Draw(t, "grows") {
		rate := rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(1e-9, 1e9))
		r = r.growing(rate.Draw(t, "per flop"), rate.Draw(t, "per square root"))
	}
	return r
}

// What a range is written as reads as that range, also in YAML.
func TestRangeRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyRange(t)
		if again, err := ParseRange(r.String()); err != nil || !again.Equal(r) {
			t.Errorf("%#v prints as %s and reads as %#v, %v", r, r, again, err)
		}
		text, err := yaml.Dump(r)
		var again Range
		if err == nil {
			err = yaml.Load(text, &again)
		}
		if err != nil || !again.Equal(r) {
			t.Errorf("%v in YAML is %s, %v", r, text, err)
		}
		if r.Equal(Range{}) == r.Bounded() {
			t.Errorf("%v is bounded: %v", r, r.Bounded())
		}
	})
}

// Holds is what the ends, or the list, say.
func TestRangeHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyRange(t)
		flops := rapid.Int64Range(0, 1e12).Draw(t, "flops")
		near := []float64{r.Min(), r.Max(), 0, -1e5, 1e5}
		x := rapid.OneOf(rapid.SampledFrom(near), rapid.Float64()).Draw(t, "x")
		want := x >= r.Min() && (x <= r.Max() || r.Grows() && x <= r.Max()+float64(r.perFlop*float64(flops))+float64(r.perSqrtFlop*math.Sqrt(float64(flops))))
		if list := r.Values(); list != nil {
			want = slices.Contains(list, x)
		}
		if got := r.Holds(x, flops); got != want {
			t.Errorf("%v has %v at %d flops: %v", r, x, flops, got)
		}
		if r.Holds(math.NaN(), flops) {
			t.Errorf("%v has NaN", r)
		}
	})
}

func TestEmptyRanges(t *testing.T) {
	for _, r := range []Range{Between(2, 1), Between(math.NaN(), 1), Between(1, math.NaN()), Among()} {
		if !r.Empty() || !r.Bounded() || r.Holds(1, 0) {
			t.Errorf("%v: empty %v, bounded %v, has 1: %v", r, r.Empty(), r.Bounded(), r.Holds(1, 0))
		}
	}
	if r := (Range{}); r.Empty() || r.Bounded() || !r.Holds(-1e300, 0) {
		t.Errorf("the zero value: empty %v, bounded %v", r.Empty(), r.Bounded())
	}
}

// A child's range is within its parent's exactly if it has no number that the
// parent's has not.
func TestRangeWithin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		end := rapid.IntRange(0, 6)
		draw := func(name string) Range {
			lo, hi := float64(end.Draw(t, name+" min")), float64(end.Draw(t, name+" max"))
			if rapid.Bool().Draw(t, name+" open below") {
				lo = math.Inf(-1)
			}
			if rapid.Bool().Draw(t, name+" open above") {
				hi = math.Inf(1)
			}
			return Between(lo, hi)
		}
		parent, child := draw("parent"), draw("child")
		got, ok := child.within(parent)
		outside := !math.IsInf(child.Min(), 0) && child.Min() < parent.Min() || !math.IsInf(child.Max(), 0) && child.Max() > parent.Max()
		some := false
		for x := -1.0; x <= 7; x++ {
			both := child.Holds(x, 0) && parent.Holds(x, 0)
			some = some || both
			if ok && got.Holds(x, 0) != both {
				t.Errorf("%v within %v is %v", child, parent, got)
			}
		}
		if ok != (some && !outside) {
			t.Errorf("%v within %v: %v", child, parent, ok)
		}
	})
}

func FuzzParseRange(f *testing.F) {
	for _, text := range []string{"360M:400M", ":", "4:", "1, 2", ":0 + 205.5·√flops", "1:2 + 3·flops + 4·√flops", "-0:0x1p4", "1e-320:", "5:4", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRange(text)
		if err != nil {
			return
		}
		again, err := ParseRange(r.String())
		if err != nil || !again.Equal(r) {
			t.Errorf("%q prints as %q and reads as %#v, %v", text, r, again, err)
		}
		if x := r.Min(); !r.Empty() && !math.IsInf(x, 0) && !r.Grows() && !r.Holds(x, 0) {
			t.Errorf("%q has not its least number", text)
		}
	})
}

func TestLimits(t *testing.T) {
	for text, want := range map[string]string{
		"flops 1M:3M": "flops 1M:3M", "w4 :64": "w4 :64", "regnet_d 8:": "d 8:", "acts 0:": "acts 0:",
	} {
		var l Limit
		if err := l.UnmarshalText([]byte(text)); err != nil || l.String() != want {
			t.Errorf("%s: %v, %v", text, l, err)
		}
	}
	for _, c := range []struct{ property, text, want string }{
		{"flosp", "1:2", `flosp 1:2: no property "flosp"; did you mean "flops"?`},
		{"flops", "5", "flops 5: want a range LO:HI, as in 1M:3M or :3M"},
		{"flops", "", "flops : want a range LO:HI, as in 1M:3M or :3M"},
		{"flops", ":", "flops :: it bounds nothing: give an end, or leave it out"},
		{"flops", "-5:1M", "flops -5:1M: an end is negative: leave it empty where there is no limit"},
		{"acts", ":-1", "acts :-1: an end is negative: leave it empty where there is no limit"},
		{"acts", "2:1", "acts 2:1: the low end is above the high end"},
	} {
		if _, err := ParseLimit(c.property, c.text); err == nil || err.Error() != c.want {
			t.Errorf("%s %s:\n got %v\nwant %s", c.property, c.text, err, c.want)
		}
	}
	if diff := cmp.Diff(Limit{Range: Between(1, 2)}.String(), "flops 1:2"); diff != "" {
		t.Error(diff)
	}
}

// What people type for a number, a window, a setting or a scaling is read or
// refused; what is read holds what it says.
func FuzzTyped(f *testing.F) {
	for _, s := range []string{"360M:400M", ":3e6", "1.6G", "activation=relu,silu", "dWr", "1e999M:", "-1:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if x, err := ParseQuantity(s); err == nil {
			if y, err := ParseQuantity(FormatQuantity(x)); err != nil || y != x {
				t.Errorf("%q is %v, written %v (%v)", s, x, y, err)
			}
		}
		if l, err := ParseLimit("flops", s); err == nil && !l.Range.Bounded() {
			t.Errorf("%q bounds nothing", s)
		}
		if v, err := ParseVaried(s); err == nil && (v.Key == "" || len(v.Values) < 2) {
			t.Errorf("%q: %+v", s, v)
		}
		ParseGrowth(s)
	})
}

package strictyaml

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

type inner struct {
	Min  float64 `yaml:"min"`
	Step float64 `yaml:"step"`
}

type outer struct {
	Name   string           `yaml:"name"`
	Count  int              `yaml:"count"`
	On     bool             `yaml:"on"`
	Depths List[int]        `yaml:"depths"`
	Params map[string]inner `yaml:"params"`
	Sub    *inner           `yaml:"sub"`
	Tags   []string         `yaml:"tags"`
	Text   upper            `yaml:"text"`
}

type upper string

func (u *upper) UnmarshalText(b []byte) error { *u = upper(strings.ToUpper(string(b))); return nil }

func TestUnmarshal(t *testing.T) {
	const file = `
name: 200mf   # a comment
count: 3
on: true
depths: 4
params:
  w: {min: 8, step: 1e-3}
sub: {min: -1}
tags: [a, "b c"]
text: 1.50
`
	var got outer
	if err := Unmarshal("x.yaml", []byte(file), &got); err != nil {
		t.Fatal(err)
	}
	want := outer{Name: "200mf", Count: 3, On: true, Depths: List[int]{4}, Params: map[string]inner{"w": {8, 1e-3}},
		Sub: &inner{Min: -1}, Tags: []string{"a", "b c"}, Text: "1.50"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"name: a\ncuont: 3\n", `x.yaml:2: unknown key "cuont"; did you mean "count"?`},
		{"zzzzz: 3\n", `x.yaml:1: unknown key "zzzzz"; known are count, depths, name, on, params, sub, tags, text`},
		{"params:\n  w:\n    stop: 3\n", `x.yaml:3: params.w: unknown key "stop"; did you mean "step"?`},
		{"count: 3\nname: a\ncount: 4\n", `x.yaml:3: key "count" stands already in line 1; keep one`},
		{"params: {w: {min: 1, min: 2}}", `x.yaml:1: key "min" stands already in line 1; keep one`},
		{"count: many", `x.yaml:1: count: wants a whole number, not "many"`},
		{"count: 1.5", `x.yaml:1: count: wants a whole number, not "1.5"`},
		{"count: 010", `x.yaml:1: count: wants a whole number, not "010"`},
		{"count: [1]", `x.yaml:1: count: wants a whole number, not a list`},
		{"count: 99999999999999999999", `x.yaml:1: count: wants a whole number, not "99999999999999999999"`},
		{"on: 1", `x.yaml:1: on: wants true or false, not "1"`},
		{"depths:\n  - 1\n  - b\n", `x.yaml:3: depths: wants a whole number, not "b"`},
		{"depths: b", `x.yaml:1: depths: wants a whole number, not "b"`},
		{"depths: {a: 1}", `x.yaml:1: depths: wants a whole number, not a mapping`},
		{"params: 3", `x.yaml:1: params: wants a mapping (key: value), not "3"`},
		{"params: {w: 3}", `x.yaml:1: params.w: wants a mapping (key: value), not "3"`},
		{"sub: {min: x}", `x.yaml:1: sub.min: wants a number, not "x"`},
		{"tags: a", `x.yaml:1: tags: wants a list in brackets, not "a"`},
		{"text: [1]", `x.yaml:1: text: wants one plain value, not a list`},
		{"name:\ncount: 1", `x.yaml:1: name: has no value; give one or remove the line`},
		{"name: ~", `x.yaml:1: name: has no value; give one or remove the line`},
		{"[1, 2]", `x.yaml:1: wants a mapping (key: value), not a list`},
		{"", `x.yaml: the file is empty`},
		{"# only a comment\n", `x.yaml: the file is empty`},
		{"name: a\n---\nname: b\n", `x.yaml: several documents; keep one and drop the --- after it`},
		{"name: &n a\ntext: *n\n", `x.yaml:1: anchors and aliases are not read here; write the value again`},
		{"<<: {name: a}", `x.yaml:1: merge keys are not read here; write the values again`},
		{"? [a]\n: b", `x.yaml:1: a key must be a plain word`},
		{"name: [", `x.yaml:2: while parsing a flow node: did not find expected node content`},
		{"name: a\n\tcount: 1", `x.yaml:2: while scanning a plain scalar: found a tab character that violates indentation`},
		{"name: a\x00", `x.yaml: control characters are not allowed (value: 0)`},
	} {
		var v outer
		err := Unmarshal("x.yaml", []byte(c.in), &v)
		if err == nil || err.Error() != c.want {
			t.Errorf("%q:\n got %v\nwant %s", c.in, err, c.want)
		}
	}
}

func TestErrorfNamesThePlace(t *testing.T) {
	d, err := Parse("x.yaml", []byte("name: a\nparams:\n  w:\n    min: 12\n"))
	if err != nil {
		t.Fatal(err)
	}
	w := d.At("params").At("w")
	for _, c := range []struct {
		err  error
		want string
	}{
		{w.At("min").Errorf("%d is odd", 13), "x.yaml:4: params.w.min: 13 is odd"},
		{w.At("step").Errorf("missing"), "x.yaml:3: params.w.step: missing"},
		{d.Errorf("a\nb"), "x.yaml:1: a b"},
		{d.At("none").Decode(new(int)), "x.yaml:1: none: has no value"},
	} {
		if c.err == nil || c.err.Error() != c.want {
			t.Errorf("got %v, want %s", c.err, c.want)
		}
	}
	if diff := cmp.Diff([]string{"name", "params"}, d.Keys()); diff != "" {
		t.Error(diff)
	}
}

func TestMarshalRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type doc struct {
			Name string    `yaml:"name"`
			N    int       `yaml:"n"`
			X    []float64 `yaml:"x"`
		}
		in := doc{
			Name: rapid.StringMatching(`[ -~é-ü]{1,30}`).Draw(t, "name"),
			N:    rapid.Int().Draw(t, "n"),
			X:    rapid.SliceOfN(rapid.Float64(), 1, 30).Draw(t, "x"),
		}
		data, err := Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var out doc
		if err := Unmarshal("x.yaml", data, &out); err != nil {
			t.Fatalf("%s\n%v", data, err)
		}
		if diff := cmp.Diff(in, out); diff != "" {
			t.Errorf("%s\n%s", data, diff)
		}
	})
}

func FuzzUnmarshal(f *testing.F) {
	for _, s := range []string{"name: a", "depths: [1, 2]", "params: {w: {min: 1}}", "name: &a [*a]", "? x\n: y", "- a\n- b", "name: !!binary aGk=", "on: yes"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v outer
		if err := Unmarshal("x.yaml", data, &v); err != nil {
			if msg := err.Error(); !strings.HasPrefix(msg, "x.yaml:") || strings.Contains(msg, "\n") {
				t.Errorf("error without a place or of several lines: %q", msg)
			}
		}
	})
}

package refine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"designspace/edf"
	"designspace/space"
)

func load(t rapid.TB, name string) *space.Space {
	t.Helper()
	s, err := space.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// population draws n models of a space and gives each an error.
func population(s *space.Space, n int, seed uint64, errorOf func(space.Setting) float64) *Population {
	p := &Population{Population: edf.Population{Name: s.Name}, Space: s, Definition: string(s.Marshal())}
	d, r := s.NewDrawer(), rand.New(rand.NewPCG(seed, 1))
	for len(p.Models) < n {
		if c, reason := d.Draw(r); reason == space.Accepted {
			x := d.Setting()
			p.Models, p.Errors = append(p.Models, Model{c.Clone(), c.Model.Complexity(), x}), append(p.Errors, errorOf(x))
		}
	}
	return p
}

// value is a parameter of a setting.
func value(s *space.Space, x space.Setting, name string) float64 {
	v, ok := s.Value(x, name)
	if !ok {
		panic(name)
	}
	return v
}

func refineIt(t rapid.TB, p *Population, o Options) *Refinement {
	t.Helper()
	if o.Name == "" {
		o.Name = "child"
	}
	o.Extends, o.Source = p.Space.Name, "runs/x"
	r, err := Refine(p.Space, p, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Error falls with the width of the last stage and rises with a ratio of 4; the
// ranges follow from the ranks, with the mass of rank k as in the paper,
// (1-(k-1)/n)^m - (1-k/n)^m.
func TestSuggestion(t *testing.T) {
	s := load(t, "proxy/anynetxc")
	p := population(s, 200, 1, func(x space.Setting) float64 {
		e := 90 - value(s, x, "w4")/4 - value(s, x, "d1")/1e3 - value(s, x, "w1")/1e5 - value(s, x, "d2")/1e7
		if value(s, x, "b") == 4 {
			e += 20
		}
		return e
	})
	order := make([]int, len(p.Models))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return int(math.Copysign(1, p.Errors[a]-p.Errors[b])) })
	mass := func(k int) float64 {
		return math.Pow(1-float64(k-1)/200, 50) - math.Pow(1-float64(k)/200, 50)
	}
	between := func(name string, lo, hi float64) float64 {
		sum := 0.0
		for k, i := range order {
			if v := value(s, p.Models[i].Setting, name); lo <= v && v <= hi {
				sum += mass(k + 1)
			}
		}
		return sum
	}

	r := refineIt(t, p, Options{Suggest: true})
	if r.Suggestion.Models != 200 || r.Suggestion.Draws != 50 {
		t.Errorf("%+v", r.Suggestion)
	}
	found := map[string]Evidence{}
	for _, e := range r.Suggestion.Parameters {
		found[e.Name] = e
	}
	w4 := found["w4"]
	if below, above := between("w4", 0, w4.Lo-1), between("w4", w4.Hi+1, 999); below > 0.025 || above > 0.025 || w4.Lo < 64 {
		t.Errorf("w4 in %v..%v: mass %v below and %v above", w4.Lo, w4.Hi, below, above)
	}
	if want := between("w4", w4.Lo, 128); math.Abs(w4.Mass-want) > 1e-9 || w4.Child != fmt.Sprintf("%v:", w4.Lo) {
		t.Errorf("w4: %+v, want the mass %v", w4, want)
	}
	if b := found["b"]; b.Child != "1, 2" || math.Abs(b.Shares[0].Mass-between("b", 1, 1)) > 1e-9 {
		t.Errorf("b: %+v", b)
	}
	if _, ok := found["b1"]; ok {
		t.Error("b of a stage, which the stages share")
	}
	// What the file keeps is what the child draws.
	for _, q := range r.Child.Params() {
		if q.Name == "w4" && q.Distribution.Values[0] != w4.Lo {
			t.Errorf("w4 from %v", q.Distribution.Values[0])
		}
		if q.Name == "b" && !slices.Equal(q.Distribution.Values, []float64{1, 2}) {
			t.Errorf("b of %v", q.Distribution.Values)
		}
	}
	text := string(r.Text.Marshal())
	for _, want := range []string{"200 models of runs/x", "A round draws 50 models", fmt.Sprintf("  w4: {min: %v}    # values of the best models: ", w4.Lo), "  b: [1, 2]    # "} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// What the best and all others have alike is left alone, and so is what no
// model has.
func TestNothingToSuggest(t *testing.T) {
	s := load(t, "proxy/anynetxc")
	p := population(s, 100, 1, func(space.Setting) float64 { return 50 })
	if _, err := Refine(s, p, Options{Name: "child", Extends: s.Name, Suggest: true, Only: []string{"b"}}); err != ErrNothing {
		t.Errorf("error %v", err)
	}
	narrow := slices.DeleteFunc(slices.Clone(p.Models), func(m Model) bool { return value(s, m.Setting, "w1") > 32 })
	p.Models, p.Errors = narrow, p.Errors[:len(narrow)] // which are equal
	if _, err := Refine(s, p, Options{Name: "child", Extends: s.Name, Suggest: true, Only: []string{"w1"}}); err != ErrNothing {
		t.Errorf("w1: error %v", err)
	}
}

func TestOnlyAndByHand(t *testing.T) {
	s := load(t, "proxy/anynetxa")
	p := population(s, 100, 1, func(x space.Setting) float64 { return 50 - value(s, x, "w4")/8 - value(s, x, "d3") })
	names := func(o Options) string {
		o.Suggest = true
		var list []string
		for _, e := range refineIt(t, p, o).Suggestion.Parameters {
			list = append(list, e.Name)
		}
		return strings.Join(list, " ")
	}
	w := space.Restriction{Name: "w", Range: space.Between(16, 120)}
	d3 := space.Restriction{Name: "d3", Range: space.Between(2, 8)}
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{}, "d1 d2 d3 d4 w1 w2 w3 w4 b1 b2 b3 b4 g1 g2 g3 g4"},
		{Options{Only: []string{"w", "d3"}}, "d3 w1 w2 w3 w4"},
		{Options{Only: []string{"w", "d"}, Ranges: []space.Restriction{w, d3}}, "d1 d2 d4"},
		{Options{Share: []string{"b", "g"}}, "d1 d2 d3 d4 w1 w2 w3 w4 b g"},
		{Options{Share: []string{"b"}, Ranges: []space.Restriction{{Name: "b2", Range: space.Between(1, 2)}}, Only: []string{"b", "d1"}}, "d1"},
	} {
		if got := names(c.o); got != c.want {
			t.Errorf("%+v: %s, want %s", c.o, got, c.want)
		}
	}
}

// Stages that come to share a parameter keep what any of them keeps.
func TestSharedEvidence(t *testing.T) {
	s := load(t, "proxy/anynetxa")
	p := population(s, 400, 1, func(x space.Setting) float64 {
		return 50 + math.Abs(value(s, x, "b1")-1) + math.Abs(value(s, x, "b2")-2) + math.Abs(value(s, x, "b3")-1) + math.Abs(value(s, x, "b4")-1) + value(s, x, "w1")/1e4
	})
	r := refineIt(t, p, Options{Suggest: true, Share: []string{"b"}, Only: []string{"b"}, Keep: 0.2})
	if b := r.Suggestion.Parameters[0]; b.Child != "1, 2" {
		t.Errorf("%+v", b)
	}
	if settings, _, _ := r.Child.Size(); settings.Int64() != 8*8*8*8*16*16*16*16*2*5*5*5*5 {
		t.Errorf("%v settings", settings)
	}
}

// anyHand draws restrictions by hand that leave something.
func anyHand(t *rapid.T, s *space.Space) Options {
	var o Options
	for _, q := range s.Params() {
		name := q.Name
		if q.Family != "" && rapid.Bool().Draw(t, "one stage") {
			name += fmt.Sprint(rapid.IntRange(1, 4).Draw(t, "stage"))
		}
		what := rapid.IntRange(0, 5).Draw(t, "what "+name)
		n := len(q.Distribution.Values) - 1
		i, j := rapid.IntRange(0, n).Draw(t, "lo"), rapid.IntRange(0, n).Draw(t, "hi")
		lo, hi := q.Distribution.Values[min(i, j)], q.Distribution.Values[max(i, j)]
		for k, r := range []space.Range{space.Between(lo, hi), space.Between(lo, math.Inf(1)), space.Among(lo, hi)} {
			if k == what {
				o.Ranges = append(o.Ranges, space.Restriction{Name: name, Range: r})
			}
		}
	}
	if rapid.Bool().Draw(t, "limited") {
		o.Ranges = append(o.Ranges, space.Restriction{Name: "depth", Range: space.Between(9, 18)})
	}
	if s.Base == space.AnyNetBase {
		o.Width = rapid.SampledFrom([]space.Order{"", space.Nondecreasing, space.Constant}).Draw(t, "width")
		if !slices.ContainsFunc(s.Params(), func(q space.Param) bool { return q.Shared }) && rapid.Bool().Draw(t, "share") {
			o.Share = []string{"b"}
		}
	}
	return o
}

// satisfies reports whether a candidate and its setting obey restrictions, each
// taken at its word.
func satisfies(s *space.Space, m *Model, o Options) bool {
	all := func(name string) []float64 {
		if name == "depth" {
			return []float64{float64(m.Model.Depth())}
		}
		var values []float64
		if v, ok := s.Value(m.Setting, name); ok {
			values = append(values, v)
		}
		if s.Base == space.AnyNetBase && len(name) == 1 {
			for i := range 4 {
				values = append(values, value(s, m.Setting, fmt.Sprint(name, i+1)))
			}
		}
		return values
	}
	for _, r := range o.Ranges {
		for _, v := range all(r.Name) {
			if list := r.Range.Values(); list != nil && !slices.Contains(list, v) || v < r.Range.Min() || v > r.Range.Max() {
				return false
			}
		}
	}
	if w := all("w"); o.Width != "" && (!slices.IsSorted(w[1:]) || o.Width == space.Constant && slices.Max(w) != slices.Min(w)) {
		return false
	}
	return o.Share == nil || slices.Max(all("b")) == slices.Min(all("b"))
}

// A child is within its parent: what it draws, its parent draws as well, and
// obeys the restrictions; and the parent's models that obey them are inside.
func TestChildIsWithinItsParent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := load(t, rapid.SampledFrom([]string{"proxy/anynetxa", "proxy/anynetxc", "proxy/regnetx"}).Draw(t, "space"))
		o := anyHand(t, s)
		o.Name, o.Extends = "child", s.Name
		p := population(s, 60, 1, func(space.Setting) float64 { return 1 })
		r, err := Refine(s, p, o)
		if err != nil {
			if !strings.Contains(err.Error(), "leaves none") && !strings.Contains(err.Error(), "no values are in the order") &&
				!strings.Contains(err.Error(), "all stages need one distribution") && !strings.Contains(err.Error(), "restricted twice") && err != ErrNothing {
				t.Fatal(err)
			}
			return
		}
		d, rnd := r.Child.NewDrawer(), rand.New(rand.NewPCG(5, 6))
		for range 60 {
			c, reason := d.Draw(rnd)
			m := Model{Candidate: *c, Setting: d.Setting()}
			if s.Probability(m.Setting) == 0 {
				t.Fatalf("the parent never draws %v", m.Setting)
			}
			limited := slices.ContainsFunc(r.Child.Limits(), func(l space.Limit) bool {
				v, ok := l.Property.Of(c, space.Complexity{})
				return !ok || !l.Range.Holds(v, 0)
			})
			if reason == space.Accepted && !limited && !satisfies(s, &m, o) {
				t.Fatalf("%+v: the child draws %v", o, m.Setting)
			}
		}
		inside := 0
		for i := range p.Models {
			m := &p.Models[i]
			_, ok := p.Inside(r.Child, m)
			if ok != satisfies(s, m, o) {
				t.Fatalf("%+v: inside %v: %v", o, m.Setting, ok)
			}
			if ok {
				inside++
			}
		}
		if n := r.Preview.ChildSummary.N; n != inside {
			t.Errorf("%d models in the preview, %d inside", n, inside)
		}
		parent, _, _ := s.Size()
		child, _, _ := r.Child.Size()
		if child.Cmp(parent) > 0 {
			t.Errorf("%v settings, of the parent %v", child, parent)
		}
	})
}

// A space that shares depths draws a deep net with p(d), its parent four times
// that depth with p(d)^4: a model counts as much as p(d)^-3.
func TestWeights(t *testing.T) {
	s := load(t, "proxy/anynetxa")
	p := population(s, 20000, 1, func(x space.Setting) float64 { return 10 * value(s, x, "d1") })
	r := refineIt(t, p, Options{Share: []string{"d"}})
	var prob []float64
	for _, q := range s.Params() {
		if q.Name == "d" {
			prob = q.Distribution.Prob
		}
	}
	var errs []float64
	sum, squares, mean := 0.0, 0.0, 0.0
	for i, m := range p.Models {
		if slices.Max(m.Model.Depths) == slices.Min(m.Model.Depths) {
			w := math.Pow(prob[m.Model.Depths[0]-1], -3)
			errs = append(errs, p.Errors[i])
			sum, squares, mean = sum+w, squares+w*w, mean+w*p.Errors[i]
		}
	}
	got := r.Preview.ChildSummary
	if got.N != len(errs) || math.Abs(got.EffectiveN/(sum*sum/squares)-1) > 1e-9 || math.Abs(got.Mean.Estimate-mean/sum) > 1e-9 {
		t.Errorf("n %d, effective %v, mean %v; want %d, %v, %v", got.N, got.EffectiveN, got.Mean.Estimate, len(errs), sum*sum/squares, mean/sum)
	}
	// Values that are equally likely weigh the same.
	if w := refineIt(t, p, Options{Share: []string{"b"}}).Preview.Inside.Weights; w != nil {
		t.Errorf("weights %v", w[:3])
	}
}

func TestParseRange(t *testing.T) {
	inf := math.Inf(1)
	for text, want := range map[string]space.Restriction{
		"depth=10:20":  {Name: "depth", Range: space.Between(10, 20)},
		"w4=64:":       {Name: "w4", Range: space.Between(64, inf)},
		"flops=:2.5M":  {Name: "flops", Range: space.Between(-inf, 2.5e6)},
		"b=1,2":        {Name: "b", Range: space.Among(1, 2)},
		" wa =0.1:0.1": {Name: "wa", Range: space.Between(0.1, 0.1)},
	} {
		got, err := ParseRange(text)
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	for text, want := range map[string]string{
		"depth":     `range depth: wants NAME=LO:HI, one end of which may be empty, or NAME=VALUE,VALUE`,
		"=1:2":      `range =1:2: wants NAME=LO:HI, one end of which may be empty, or NAME=VALUE,VALUE`,
		"w=:":       `range w=:: wants NAME=LO:HI, one end of which may be empty, or NAME=VALUE,VALUE`,
		"w=20:10":   `range w=20:10: the low end is above the high end`,
		"w=8:x":     `range w=8:x: "x" is no number; write 8, 0.5, 4e8, 400M or 1.6G`,
		"w=8,,9":    `range w=8,,9: "" is no number; write 8, 0.5, 4e8, 400M or 1.6G`,
		"w=nan:inf": `range w=nan:inf: "nan" is no number; write 8, 0.5, 4e8, 400M or 1.6G`,
	} {
		if _, err := ParseRange(text); err == nil || err.Error() != want {
			t.Errorf("%q:\n got %v\nwant %s", text, err, want)
		}
	}
}

func TestErrors(t *testing.T) {
	ranges := func(texts ...string) Options {
		var o Options
		for _, text := range texts {
			r, err := ParseRange(text)
			if err != nil {
				t.Fatal(err)
			}
			o.Ranges = append(o.Ranges, r)
		}
		return o
	}
	const names = "known are d, w, b, g (d1 to d4 and so on for one stage)"
	for _, c := range []struct {
		space string
		o     Options
		want  string
	}{
		{"proxy/anynetxa", ranges("widht=8:16"), "--range widht=8:16: no such parameter: " + names + ", and of whole models depth, stages, flops, params and acts"},
		{"proxy/regnetx", ranges("w1=8:16", "w7=8:16"), "--range w7=8:16: no such parameter: known are d, w0, wa, wm, b, g, and of whole models depth, stages, flops, params and acts"},
		{"proxy/anynetxa", ranges("w5=8:16"), "--range w5=8:16: no such parameter: " + names + ", and of whole models depth, stages, flops, params and acts"},
		{"proxy/anynetva", ranges("b=1:2"), "--range b=1:2: no such parameter: known are d, w (d1 to d4 and so on for one stage), and of whole models depth, stages, flops, params and acts"},
		{"proxy/anynetxa", ranges("w=8:2000"), "--range w=8:2K: the parent draws 8 to 128: stay within"},
		{"proxy/anynetxa", ranges("w4=0:"), "--range w4=0:: the parent draws 8 to 128: stay within"},
		{"proxy/anynetxa", ranges("w4=41:47"), "--range w4=41:47: the child is empty: near are 40 and 48"},
		{"proxy/anynetxa", ranges("b=1,3"), "--range b=1,3: 3 is no value of the parent's: near it are 2 and 4"},
		{"proxy/anynetxa", ranges("w=8:16", "w=8:32"), "--range w=8:32: w is restricted twice: give one range"},
		{"proxy/anynetxa", ranges("depth=33:"), "--range depth=33:: the child is empty: models of the parent have 4 to 32"},
		{"proxy/anynetxa", ranges("stages=5:6"), "--range stages=5:6: the child is empty: models of the parent have 4 to 4"},
		{"proxy/anynetxa", ranges("flops=1M,2M"), "--range flops=1M,2M: it is not drawn, so it has no values to keep: give a range LO:HI"},
		{"proxy/regnetx", ranges("depth=2:10"), "--range d=2:10: the parent draws 4 to 20: stay within"},
		{"proxy/anynetxa", Options{Share: []string{"x"}}, "--share x: no such parameter of stages: " + names},
		{"proxy/anynetxb", Options{Share: []string{"b"}}, "--share b: the parent shares it already: drop the flag"},
		{"proxy/regnetx", Options{Share: []string{"b"}}, "--share b: a regnet has one draw for all stages: drop the flag"},
		{"proxy/anynetxa", Options{Width: "rising"}, "--width rising: no such order: there are nondecreasing, constant, nonincreasing"},
		{"proxy/anynetxd", Options{Width: space.Nondecreasing}, "--width nondecreasing: the parent has this order already: drop the flag"},
		{"proxy/anynetxe", Options{Depth: space.Nonincreasing}, "--depth nonincreasing: the parent is nondecreasing: a child only restricts, so choose constant"},
		{"proxy/regnetx", Options{Width: space.Constant}, "--width constant: the line of a regnet gives the order of its stages: drop the flag"},
		{"proxy/anynetxa", Options{Name: "proxy/anynetxa"}, "the name proxy/anynetxa is the parent's: choose another --name, or --out"},
		{"proxy/anynetxa", Options{Keep: 1.5}, "--keep 1.5: it is a share, above 0 and at most 1"},
		{"proxy/anynetxa", Options{Only: []string{"wa"}}, "--only wa: no such parameter: " + names},
		{"proxy/anynetxa", Options{Suggest: true}, "no errors to suggest from: name a run with trained models, or restrict by hand"},
		{"proxy/anynetxa", Options{}, ErrNothing.Error()},
	} {
		if c.o.Extends = c.space; c.o.Name == "" {
			c.o.Name = "child"
		}
		if _, err := Refine(load(t, c.space), nil, c.o); err == nil || err.Error() != c.want {
			t.Errorf("%s %+v:\n got %v\nwant %s", c.space, c.o, err, c.want)
		}
	}
	// A limit of the parent is one of the child.
	o := ranges("acts=1M:2M")
	o.Name, o.Extends = "child", "x"
	s, err := load(t, "proxy/anynetxa").Extend("x", []byte("name: x\nextends: y\nconstraints: {acts: {max: 1.5M}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Refine(s, nil, o); err == nil || err.Error() != "--range acts=1M:2M: the parent has :1.5M: stay within" {
		t.Error(err)
	}
	// What carries too little of the mass is not kept, but something is.
	p := population(load(t, "proxy/anynetxc"), 100, 1, func(x space.Setting) float64 { return 50 })
	if _, err := Refine(p.Space, p, Options{Name: "child", Suggest: true, Keep: 0.99}); err == nil || !strings.HasPrefix(err.Error(), "--keep 0.99: no value of b carries that share of the mass: ") {
		t.Error(err)
	}
}

// One value of a property is a range as well.
func TestOneValueOfAProperty(t *testing.T) {
	p := population(load(t, "proxy/anynetxa"), 200, 1, func(space.Setting) float64 { return 1 })
	r := refineIt(t, p, Options{Ranges: []space.Restriction{mustParse(t, "depth=10")}})
	if got := fmt.Sprint(r.Child.Limits()); got != "[depth 10:10]" {
		t.Errorf("limits %s", got)
	}
	inside := 0
	for _, m := range p.Models {
		if m.Model.Depth() == 10 {
			inside++
		}
	}
	if r.Preview.ChildSummary.N != inside {
		t.Errorf("%d models of depth 10, %d inside", inside, r.Preview.ChildSummary.N)
	}
}

package sampler

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"designspace/internal/seed"
	"designspace/space"
)

func load(t testing.TB, name string) *space.Space {
	t.Helper()
	s, err := space.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func read(t testing.TB, text string) *space.Space {
	t.Helper()
	s, err := space.Read("x.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func sample(t testing.TB, s *space.Space, o Options) *Population {
	t.Helper()
	p, err := Sample(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// naive is Sample one candidate after the other, its funnel counted at the end.
func naive(s *space.Space, o Options) *Population {
	p := &Population{}
	seen := map[string]bool{}
	count := map[string]int{}
	total := 0
	d := s.NewDrawer()
	for i := 0; len(p.Candidates) < o.N; i++ {
		total++
		c, reason := d.Draw(seed.New("candidate", o.Seed, s.Name, i))
		if reason != space.Accepted {
			count[[]string{"", "stages", "skipped level", "group fix"}[reason]]++
			continue
		}
		cx := c.Model.Complexity()
		if reason := outside(s, o, c, cx); reason != "" {
			count[reason]++
			continue
		}
		key := fmt.Sprint(c.Model.Key(), c.LR, c.WeightDecay)
		if seen[key] {
			count["duplicate"]++
			continue
		}
		seen[key] = true
		p.Candidates = append(p.Candidates, Drawn{c.Clone(), i, cx})
	}
	p.Funnel.Candidates, p.Funnel.Accepted = total, o.N
	for _, name := range []string{"stages", "skipped level", "group fix"} {
		p.Funnel.Rejected = append(p.Funnel.Rejected, Rejection{Name: name, Count: count[name]})
	}
	for _, name := range names(s, o) {
		p.Funnel.Rejected = append(p.Funnel.Rejected, Rejection{Name: name, Count: count[name]})
	}
	p.Funnel.Rejected = append(p.Funnel.Rejected, Rejection{Name: "duplicate", Count: count["duplicate"]})
	return p
}

// names returns the tests of limits and windows: those without complexity
// first, of limits before windows.
func names(s *space.Space, o Options) []string {
	var cheap, dear []string
	add := func(name, property string) {
		if slices.Contains([]string{"flops", "params", "acts"}, property) {
			dear = append(dear, name)
		} else {
			cheap = append(cheap, name)
		}
	}
	for _, l := range s.Limits() {
		add("space's "+l.Property.String(), l.Property.String())
	}
	for _, w := range o.Windows {
		add(w.Name, w.Name)
	}
	return append(cheap, dear...)
}

func outside(s *space.Space, o Options, c *space.Candidate, cx space.Complexity) string {
	value := func(name string) float64 {
		p, err := space.ParseProperty(name)
		if err != nil {
			panic(err)
		}
		v, ok := p.Of(c, cx)
		if !ok {
			return math.NaN()
		}
		return v
	}
	for _, name := range names(s, o) {
		property, ofSpace := strings.CutPrefix(name, "space's ")
		if ofSpace {
			for _, l := range s.Limits() {
				if l.Property.String() == property && !l.Holds(value(property), cx.Flops) {
					return name
				}
			}
			continue
		}
		for _, w := range o.Windows {
			if v := value(w.Name); w.Name == property && !(v >= w.Min && v <= w.Max) {
				return name
			}
		}
	}
	return ""
}

var sampled = []struct {
	space   string
	windows []Window
	n       int
}{
	{"proxy/anynetxa", nil, 100},
	{"proxy/anynetxe", []Window{{"flops", 2e6, 3e6}}, 50},
	{"proxy/regnetx", []Window{{"params", negInf, 2e5}, {"depth", 10, 16}, {"w4", 64, posInf}}, 40},
	{"proxy/regnetx-recipe", []Window{{"lr", 0.05, 0.2}}, 30},
	{"imagenet/regnetx-constrained", []Window{{"flops", 360e6, 400e6}}, 20},
	{"proxy/anynetxd-constant-depth", []Window{{"d1", 1, 1}, {"b2", 2, 2}, {"g1", 1, 2}}, 60},
}

func TestSampleIsTheNaiveOne(t *testing.T) {
	counts := cmp.Options{cmpopts.IgnoreFields(Rejection{}, "Asked", "Seen", "Lo", "Hi")}
	for _, c := range sampled {
		s := load(t, c.space)
		o := Options{N: c.n, Seed: 7, Windows: c.windows}
		want := naive(s, o)
		for _, workers := range []int{1, 2, 3, 8} {
			o.Workers = workers
			if diff := cmp.Diff(want, sample(t, s, o), counts); diff != "" {
				t.Errorf("%s by %d workers:\n%s", c.space, workers, diff)
			}
		}
	}
}

// The whole answer, ranges of the funnel included, is the same for any number
// of workers.
func TestWorkersChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(sampled).Draw(t, "case")
		s, err := space.Load(c.space)
		if err != nil {
			t.Fatal(err)
		}
		o := Options{N: rapid.IntRange(1, c.n).Draw(t, "n"), Seed: rapid.Uint64().Draw(t, "seed"), Windows: c.windows, Workers: 1}
		one, err := Sample(context.Background(), s, o)
		if err != nil {
			t.Fatal(err)
		}
		o.Workers = rapid.IntRange(2, 6).Draw(t, "workers")
		many, err := Sample(context.Background(), s, o)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(one, many); diff != "" {
			t.Errorf("%s by %d workers:\n%s", c.space, o.Workers, diff)
		}
		rejected := 0
		for _, r := range many.Funnel.Rejected {
			rejected += r.Count
		}
		f := many.Funnel
		if f.Accepted != o.N || f.Accepted+rejected != f.Candidates || f.Candidates != many.Candidates[o.N-1].Index+1 {
			t.Errorf("%d candidates, %d accepted, %d rejected, last %d", f.Candidates, f.Accepted, rejected, many.Candidates[o.N-1].Index)
		}
	})
}

func TestLargerPopulationBeginsWithTheSmaller(t *testing.T) {
	s := load(t, "proxy/regnetx")
	small := sample(t, s, Options{N: 20, Seed: 1})
	large := sample(t, s, Options{N: 5000, Seed: 1})
	if diff := cmp.Diff(small.Candidates, large.Candidates[:20]); diff != "" {
		t.Error(diff)
	}
}

// Seeds and names of spaces give populations that have nothing in common.
func TestSeedsAndNamesMatter(t *testing.T) {
	keys := func(name string, seed uint64) map[string]bool {
		m := map[string]bool{}
		for _, c := range sample(t, load(t, name), Options{N: 50, Seed: seed}).Candidates {
			m[c.Model.Key()] = true
		}
		return m
	}
	a := keys("proxy/anynetxa", 1)
	for _, b := range []map[string]bool{keys("proxy/anynetxa", 2), keys("proxy/anynetxb", 1)} {
		for k := range b {
			if a[k] {
				t.Errorf("%s twice", k)
			}
		}
	}
}

const tiny = `name: tiny
base: anynet
stem: cifar
stem_width: 8
block: v
stages: 2
params:
  d: [1, 2]
  w: [8, 16]
`

func TestDuplicatesAreRejected(t *testing.T) {
	s := read(t, tiny)
	p := sample(t, s, Options{N: 16, Seed: 3})
	seen := map[string]bool{}
	for _, c := range p.Candidates {
		seen[c.Model.Key()] = true
	}
	if len(seen) != 16 {
		t.Errorf("%d of 16 models differ", len(seen))
	}
	if f := p.Funnel; f.Rejected[len(f.Rejected)-1].Count != f.Candidates-16 {
		t.Errorf("funnel %+v", f)
	}
	// With a recipe, the same network may come again under another rate.
	s = read(t, tiny+"  lr: [0.1, 0.2]\n")
	if p := sample(t, s, Options{N: 32, Seed: 3}); len(p.Candidates) != 32 {
		t.Errorf("%d models", len(p.Candidates))
	}
}

func TestErrors(t *testing.T) {
	anynet, regnet := load(t, "proxy/anynetxa"), load(t, "proxy/regnetx")
	for _, c := range []struct {
		space *space.Space
		o     Options
		want  string
	}{
		{anynet, Options{}, "0 models asked for; choose 1 to 10000000"},
		{anynet, Options{N: 1, Windows: []Window{{"flop", 1, 2}}}, `no property "flop"; did you mean "flops"?`},
		{anynet, Options{N: 1, Windows: []Window{{"flops", 2, 1}}}, "flops 2:1: the low end is above the high end"},
		{anynet, Options{N: 1, Windows: []Window{{"flops", math.NaN(), 1}}}, "flops NaN:1: the low end is above the high end"},
		{anynet, Options{N: 1, Windows: []Window{{"wm", 2, 3}}}, "space proxy/anynetxa: no model has wm, so none can be within 2:3; drop the window"},
		{anynet, Options{N: 1, Windows: []Window{{"d5", 2, 3}}}, "space proxy/anynetxa: no model has d5, so none can be within 2:3; drop the window"},
		{anynet, Options{N: 1, Windows: []Window{{"lr", 0, posInf}}}, "space proxy/anynetxa: no model has lr, so none can be within 0:; drop the window"},
		{anynet.WithData(-1, 0), Options{N: 1}, "space proxy/anynetxa: input: -1 is outside 1..65536"},
		{read(t, tiny), Options{N: 17}, "space tiny: 16 settings cannot give 17 different models; ask for fewer"},
		{regnet, Options{N: 3, MaxCandidates: 5000, Windows: []Window{{"w4", 8, 8}}}, "space proxy/regnetx: 0 of 3 models in 5000 candidates; w4 rejected "},
		{regnet, Options{N: 3, MaxCandidates: 3}, "space proxy/regnetx: 2 of 3 models in 3 candidates; stages rejected 1 of the 3 that came to it, asked 4; widen what is asked or allow more candidates"},
	} {
		_, err := Sample(t.Context(), c.space, c.o)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%+v\n got %v\nwant %s", c.o, err, c.want)
		}
	}
}

// The error of a window that is all but empty tells what there is instead.
func TestDearthTellsTheRange(t *testing.T) {
	s := load(t, "proxy/anynetxa")
	lo, hi := posInf, negInf
	d := s.NewDrawer()
	for i := range 5000 {
		c, _ := d.Draw(seed.New("candidate", uint64(5), s.Name, i))
		flops := float64(c.Model.Complexity().Flops)
		lo, hi = min(lo, flops), max(hi, flops)
	}
	_, err := Sample(t.Context(), s, Options{N: 3, Seed: 5, MaxCandidates: 5000, Windows: []Window{{"flops", 9e9, 10e9}}})
	want := fmt.Sprintf("space proxy/anynetxa: 0 of 3 models in 5000 candidates; flops rejected 5000 of the 5000 that came to it, "+
		"%.0fK..%.0fM seen, asked 9G:10G; widen what is asked or allow more candidates", lo/1e3, hi/1e6)
	if err == nil || err.Error() != want {
		t.Errorf("\n got %v\nwant %s", err, want)
	}
}

// Eight draws of two values each cannot be all different for long.
func TestDearthOfDifferentModels(t *testing.T) {
	s := read(t, tiny+"constraints: {w1: 8}\n")
	_, err := Sample(t.Context(), s, Options{N: 10, MaxCandidates: 2000})
	if err == nil || !strings.Contains(err.Error(), "8 of 10 models in 2000 candidates; duplicate rejected ") {
		t.Error(err)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Sample(ctx, load(t, "proxy/anynetxa"), Options{N: 10, Windows: []Window{{"flops", 1, 2}}})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestParseWindow(t *testing.T) {
	for text, want := range map[string]Window{
		"360M:400M": {"flops", 360e6, 400e6}, ":3e6": {"flops", negInf, 3e6}, "4:": {"flops", 4, posInf}, "7:7": {"flops", 7, 7},
	} {
		got, err := ParseWindow("flops", text)
		if err != nil || got != want {
			t.Errorf("ParseWindow(%q) = %v, %v", text, got, err)
		}
		if again, err := ParseWindow("flops", got.String()); err != nil || again != want {
			t.Errorf("%q prints as %q", text, got)
		}
	}
	for _, text := range []string{"", "5", "a:b", "5:4", "1:2:3", "1:M", "-5:1M", ":-1"} {
		if w, err := ParseWindow("flops", text); err == nil {
			t.Errorf("ParseWindow(%q) = %v", text, w)
		}
	}
	if _, err := ParseWindow("flosp", "1:2"); err == nil {
		t.Error("flosp is a property")
	}
}

// Populations are fixed by space and seed, for ever and on every machine; the
// digests were recorded on amd64.
//
//	GOARCH=arm64 go test -exec qemu-aarch64-static ./sampler -run TestPopulationsNeverChange
func TestPopulationsNeverChange(t *testing.T) {
	for _, c := range []struct{ space, want string }{
		{"proxy/anynetxa", "bf4350e5bc36d338"},
		{"proxy/anynetxe", "23133fe5f5ff6804"},
		{"proxy/regnetx", "33c24657ad3824df"},
		{"proxy/regnetx-recipe", "c7ac6351bd20041c"},
		{"imagenet/regnety", "66bfaeb5f4774c9d"},
	} {
		h := sha256.New()
		for _, d := range sample(t, load(t, c.space), Options{N: 200, Seed: 1}).Candidates {
			fmt.Fprintln(h, d.Index, d.Model.Key(), d.LR, d.WeightDecay, d.Complexity)
		}
		if got := fmt.Sprintf("%x", h.Sum(nil)[:8]); got != c.want {
			t.Errorf("%s: digest %s, want %s", c.space, got, c.want)
		}
	}
}

// The stream of a model's candidate number draws the model again.
func TestStream(t *testing.T) {
	s := load(t, "proxy/anynetxe")
	for _, d := range sample(t, s, Options{N: 10, Seed: 7}).Candidates {
		c, reason := s.NewDrawer().Draw(Stream(7, s, d.Index))
		if reason != space.Accepted || c.Model.Key() != d.Model.Key() {
			t.Errorf("candidate %d is %s, and then %s (%v)", d.Index, d.Model.Key(), c.Model.Key(), reason)
		}
	}
}

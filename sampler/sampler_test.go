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

// windows reads limits such as "flops 1M:2M".
func windows(texts ...string) []space.Limit {
	list := make([]space.Limit, len(texts))
	for i, text := range texts {
		if err := list[i].UnmarshalText([]byte(text)); err != nil {
			panic(err)
		}
	}
	return list
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
		add(w.Property.String(), w.Property.String())
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
				if l.Property.String() == property && !l.Range.Holds(value(property), cx.Flops) {
					return name
				}
			}
			continue
		}
		for _, w := range o.Windows {
			if v := value(w.Property.String()); w.Property.String() == property && !(v >= w.Range.Min() && v <= w.Range.Max()) {
				return name
			}
		}
	}
	return ""
}

var sampled = []struct {
	space   string
	windows []space.Limit
	n       int
}{
	{"proxy/anynetxa", nil, 100},
	{"proxy/anynetxe", windows("flops 2e6:3e6"), 50},
	{"proxy/regnetx", windows("params :2e5", "depth 10:16", "w4 64:"), 40},
	{"proxy/regnetx-recipe", windows("lr 0.05:0.2"), 30},
	{"imagenet/regnetx-constrained", windows("flops 360e6:400e6"), 20},
	{"proxy/anynetxd-constant-depth", windows("d1 1:1", "b2 2:2", "g1 1:2"), 60},
}

func TestSampleIsTheNaiveOne(t *testing.T) {
	counts := cmp.Options{cmpopts.IgnoreFields(Rejection{}, "Bounds", "Seen", "Lo", "Hi")}
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
		{anynet, Options{N: 1, Windows: []space.Limit{{Range: space.Between(2, 1)}}}, "flops 2:1: the low end is above the high end"},
		{anynet, Options{N: 1, Windows: []space.Limit{{Range: space.Between(math.NaN(), 1)}}}, "flops NaN:1: the low end is above the high end"},
		{anynet, Options{N: 1, Windows: windows("wm 2:3")}, "space proxy/anynetxa: no model has wm, so none can be within 2:3; drop the window"},
		{anynet, Options{N: 1, Windows: windows("d5 2:3")}, "space proxy/anynetxa: no model has d5, so none can be within 2:3; drop the window"},
		{anynet, Options{N: 1, Windows: windows("lr 0:")}, "space proxy/anynetxa: no model has lr, so none can be within 0:; drop the window"},
		{anynet.WithData(-1, 0), Options{N: 1}, "space proxy/anynetxa: input: -1 is outside 1..65536"},
		{read(t, tiny), Options{N: 17}, "space tiny: 16 settings cannot give 17 different models; ask for fewer"},
		{regnet, Options{N: 3, MaxCandidates: 5000, Windows: windows("w4 8:8")}, "space proxy/regnetx: 0 of 3 models in 4224 candidates, and 5000 would not be enough; w4 rejected "},
		{regnet, Options{N: 3, MaxCandidates: 3}, "space proxy/regnetx: 2 of 3 models in 3 candidates; stages rejected 1 of the 3 that came to it, where 4 passes; ask for fewer or widen the range"},
	} {
		_, err := Sample(t.Context(), c.space, c.o)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%+v\n got %v\nwant %s", c.o, err, c.want)
		}
	}
}

// The error of a window that is all but empty tells what there is instead, long
// before all candidates are drawn.
func TestShortfallTellsTheRange(t *testing.T) {
	s := load(t, "proxy/anynetxa")
	o := Options{N: 1000, Seed: 5, MaxCandidates: 500_000, Windows: windows("flops 9e9:10e9")}
	_, err := Sample(t.Context(), s, o)
	var drawn int
	if _, scanErr := fmt.Sscanf(fmt.Sprint(err), "space proxy/anynetxa: 0 of 1000 models in %d candidates, ", &drawn); scanErr != nil || drawn > 20_000 {
		t.Fatal(err)
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	d := s.NewDrawer()
	for i := range drawn {
		c, _ := d.Draw(seed.New("candidate", uint64(5), s.Name, i))
		flops := float64(c.Model.Complexity().Flops)
		lo, hi = min(lo, flops), max(hi, flops)
	}
	want := fmt.Sprintf("space proxy/anynetxa: 0 of 1000 models in %d candidates, and 500000 would not be enough; flops rejected %d of the %d that came to it, "+
		"which had %.0fK to %.0fM, where 9G:10G passes; ask for fewer or widen the range", drawn, drawn, drawn, lo/1e3, hi/1e6)
	if err.Error() != want {
		t.Errorf("\n got %v\nwant %s", err, want)
	}
	for _, workers := range []int{1, 5} {
		o.Workers = workers
		if _, again := Sample(t.Context(), s, o); fmt.Sprint(again) != err.Error() {
			t.Errorf("by %d workers: %v", workers, again)
		}
	}
}

// Three draws of two values each cannot be all different for long: the error
// says how many there are.
func TestShortfallOfDifferentModels(t *testing.T) {
	s := read(t, tiny+"constraints: {w1: 8}\n")
	p := sample(t, s, Options{N: 8})
	if p.Funnel.Models != 0 && p.Funnel.Models != 8 {
		t.Errorf("there seem to be %d models", p.Funnel.Models)
	}
	for _, o := range []Options{{N: 9, MaxCandidates: 2000}, {N: 12, MaxCandidates: 4000}} {
		_, err := Sample(t.Context(), s, o)
		if err == nil || !strings.HasPrefix(err.Error(), fmt.Sprintf("space tiny: 8 of %d models in ", o.N)) || !strings.Contains(err.Error(), "the space seems to hold about 8 different ones, since ") {
			t.Error(err)
		}
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Sample(ctx, load(t, "proxy/anynetxa"), Options{N: 10, Windows: windows("flops 1:2")})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
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

// Where there are fewer models than asked for, those that are enough do, and are
// the first ones.
func TestEnough(t *testing.T) {
	s, err := space.Load("proxy/regnetx")
	if err != nil {
		t.Fatal(err)
	}
	s = s.WithData(16, 10)
	o := Options{N: 20, Seed: 1, Windows: []space.Limit{{Range: space.Between(500_000, 504_000)}}}
	few, err := Sample(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	o.N, o.Enough, o.MaxCandidates = 100, 20, 300_000
	found := 0
	for _, workers := range []int{1, 3} {
		o.Workers = workers
		many, err := Sample(t.Context(), s, o)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(many.Candidates); n <= 20 || n >= o.N || many.Candidates[19].Index != few.Candidates[19].Index || found > 0 && n != found {
			t.Errorf("%d workers: %d models", workers, n)
		}
		found = len(many.Candidates)
	}
	o.Enough = 99
	if _, err := Sample(t.Context(), s, o); err == nil {
		t.Error("fewer than enough are no error")
	}
}

package evolve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"designspace/edf"
	"designspace/internal/seed"
	"designspace/sampler"
	"designspace/space"
)

// surface is a lab in which the error of a model follows from its setting and a
// little noise. It notes the orders.
type surface struct {
	err    func(s *space.Space, x space.Setting) float64
	scarce func(s *space.Space) bool
	orders *[]Order
}

func (l surface) train(_ context.Context, o Order) ([]Population, error) {
	if l.orders != nil {
		*l.orders = append(*l.orders, o)
	}
	var list []Population
	for _, s := range o.Spaces {
		if l.scarce != nil && l.scarce(s.Space) {
			return nil, &Scarce{errors.New("there are 3 models")}
		}
		p := Population{Population: edf.Population{Name: s.Name}, Flops: float64(o.N)}
		d := s.NewDrawer()
		for i := range o.N {
			d.Draw(sampler.Stream(o.Seed, s.Space, i))
			p.Settings = append(p.Settings, d.Setting())
			p.Errors = append(p.Errors, l.err(s.Space, d.Setting())+seed.New("noise", o.Seed, s.Name, i).NormFloat64())
		}
		list = append(list, p)
	}
	return list, nil
}

func load(t interface {
	Helper()
	Fatal(...any)
}, name string) Space {
	t.Helper()
	s, err := space.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return Space{Space: s}
}

func value(s *space.Space, x space.Setting, name string) float64 {
	v, _ := s.Value(x, name)
	return v
}

// steep falls with w4 and rises with d3.
func steep(s *space.Space, x space.Setting) float64 {
	return 60 - 2*math.Log2(value(s, x, "w4")) + 2*math.Log2(value(s, x, "d3"))
}

func evolve(t *testing.T, root Space, o Options, l surface) *Lineage {
	t.Helper()
	lineage, err := Evolve(t.Context(), root, o, l.train)
	if err != nil {
		t.Fatal(err)
	}
	return lineage
}

// On a steep surface the restrictions go where the errors are low, by models that
// proposed nothing; and the same seed gives the same lineage.
func TestEvolve(t *testing.T) {
	var orders []Order
	o := Defaults()
	root := load(t, "proxy/anynetxa")
	l := evolve(t, root, o, surface{err: steep, orders: &orders})
	last := l.Last()
	if last.Parent == "" || !strings.Contains(last.Reason, "w4") && !strings.Contains(l.Spaces[1].Reason, "w4") {
		t.Fatalf("%+v", last)
	}
	seeds := map[uint64]string{}
	for _, order := range orders {
		name, _, _ := strings.Cut(order.Name, "-judge")
		name = strings.TrimRight(name, "0123456789")
		if len(order.Spaces) == 2 && order.Like == "" && !strings.HasSuffix(order.Name, "judge-1") {
			t.Errorf("%s: the parent is trained anew for each child", order.Name)
		}
		round, kind, _ := strings.Cut(order.Name, "/")
		kind = strings.TrimRight(kind, "-0123456789")
		if old, ok := seeds[order.Seed]; ok && old != round+kind {
			t.Errorf("%s has the seed of %s: its models are not fresh (%s)", order.Name, old, name)
		}
		seeds[order.Seed] = round + kind
	}
	again := evolve(t, root, o, surface{err: steep})
	a, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(again)
	if err != nil {
		t.Fatal(err)
	}
	if string(a) != string(b) {
		t.Error(cmp.Diff(string(a), string(b)))
	}
	o.Seed = 2
	if c, _ := json.Marshal(evolve(t, root, o, surface{err: steep})); string(c) == string(a) {
		t.Error("another seed gives the same lineage")
	}
}

// The costs of a lineage are those of the models that were trained: those of a
// parent that several children of a round are judged against count once.
func TestCost(t *testing.T) {
	var orders []Order
	l := evolve(t, load(t, "proxy/anynetxa"), Defaults(), surface{err: func(*space.Space, space.Setting) float64 { return 50 }, orders: &orders})
	type trained struct {
		space string
		seed  uint64
	}
	most := map[trained]int{}
	for _, o := range orders {
		for _, s := range o.Spaces {
			key := trained{s.Name, o.Seed}
			most[key] = max(most[key], o.N)
		}
	}
	want := 0
	for _, n := range most {
		want += n
	}
	if got := l.Cost(); got.Models != want || got.Flops != float64(want) {
		t.Errorf("cost %+v, want %d models", got, want)
	}
}

// A child that cannot be drawn is rejected, and so is a root with too few models
// an error; a later parent ends the evolution.
func TestScarce(t *testing.T) {
	root := load(t, "proxy/anynetxa")
	l := evolve(t, root, Defaults(), surface{err: steep, scarce: func(s *space.Space) bool { return s.Name != root.Name }})
	if len(l.Spaces) < 2 || l.Last().Parent != "" {
		t.Fatalf("%+v", l.Spaces)
	}
	for _, n := range l.Spaces[1:] {
		if j := n.Judgement; j.Accepted || !strings.Contains(j.Sentence, "cannot be judged: there are 3 models") || !math.IsNaN(j.Mean.Estimate) {
			t.Errorf("%+v", j)
		}
	}
	if _, err := Evolve(t.Context(), root, Defaults(), surface{err: steep, scarce: func(*space.Space) bool { return true }}.train); !errors.As(err, new(*Scarce)) {
		t.Errorf("error %v", err)
	}
	// The parent of round 2 can be judged, but not explored.
	judged := 0
	l, err := Evolve(t.Context(), root, Defaults(), func(ctx context.Context, o Order) ([]Population, error) {
		if strings.HasPrefix(o.Name, "round-2/") {
			judged++
			return nil, &Scarce{errors.New("there are 3 models")}
		}
		return surface{err: steep}.train(ctx, o)
	})
	if err != nil || judged != 1 || l.Stop != l.Last().Name+" has too few models to go on." {
		t.Errorf("%q, error %v", l.Stop, err)
	}
}

// An error of the lab ends the evolution, with what was done.
func TestInterrupted(t *testing.T) {
	stop := errors.New("stop")
	l, err := Evolve(t.Context(), load(t, "proxy/anynetxa"), Defaults(), func(ctx context.Context, o Order) ([]Population, error) {
		if strings.HasPrefix(o.Name, "round-2/") {
			return nil, stop
		}
		return surface{err: steep}.train(ctx, o)
	})
	if !errors.Is(err, stop) || len(l.Rounds) != 1 || l.Stop != "" {
		t.Errorf("%d rounds, %q, error %v", len(l.Rounds), l.Stop, err)
	}
}

// Where errors have nothing to do with architectures, evolutions stop after two
// rounds, most of them with the root.
func TestNothingIsJustified(t *testing.T) {
	refined := 0
	const evolutions = 40
	for i := range evolutions {
		o := Defaults()
		o.Seed = uint64(i)
		l := evolve(t, load(t, "proxy/anynetxa"), o, surface{err: func(*space.Space, space.Setting) float64 { return 50 }})
		if l.Last().Parent != "" {
			refined++
			continue
		}
		if len(l.Rounds) != mostIdle || !strings.Contains(l.Stop, "2 rounds in a row") || l.Rounds[1].Explorers != 2*o.Explore {
			t.Errorf("seed %d: %d rounds, %q", i, len(l.Rounds), l.Stop)
		}
		if !strings.HasPrefix(l.Answer(), "No refinement of proxy/anynetxa is justified.") {
			t.Error(l.Answer())
		}
	}
	if most := int(Level*evolutions + 3*math.Sqrt(evolutions*Level*(1-Level))); refined > most {
		t.Errorf("%d of %d evolutions refined the space, at most %d expected", refined, evolutions, most)
	}
}

// Children of any errors are read again as they are written, and those that only
// restrict lie within the parent; expansions do not.
func TestProposals(t *testing.T) {
	root := load(t, "proxy/anynetxa")
	proposals := 0
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		e := &evolution{Options: Defaults(), parent: root, lineage: &Lineage{Spaces: []Node{{Name: root.Name}}}, tried: map[string]bool{}}
		e.Proposals = 10
		slopes := map[string]float64{}
		for _, a := range axes(root.Space) {
			slopes[a.name] = r.NormFloat64()
		}
		ps, err := surface{err: func(s *space.Space, x space.Setting) (y float64) {
			for _, a := range axes(root.Space) {
				y += slopes[a.name] * math.Log2(value(s, x, a.name))
			}
			return y
		}}.train(t.Context(), Order{Spaces: []Space{root}, N: 60, Seed: r.Uint64()})
		if err != nil {
			t.Fatal(err)
		}
		e.explorers = ps[0]
		list, considered := e.propose(3)
		if len(considered) < len(axes(root.Space))/2 {
			t.Fatalf("considered: %+v", considered)
		}
		for i, p := range list {
			proposals++
			if want := fmt.Sprintf("anynetxa-3%c", 'a'+i); p.space.Name != want || p.space.File != want+".yaml" || p.reason == "" {
				t.Fatalf("%+v, want %s", p, want)
			}
			again, err := root.Extend(p.space.File, []byte(p.space.Text))
			if err != nil || string(again.Marshal()) != string(p.space.Marshal()) {
				t.Fatalf("%s\nerror %v", p.space.Text, err)
			}
			settings, _, _ := p.space.Size()
			of, _, _ := root.Size()
			if larger := settings.Cmp(of) > 0; larger != p.space.Variant {
				t.Fatalf("%v of %v settings:\n%s", settings, of, p.space.Text)
			}
		}
	})
	if proposals == 0 {
		t.Error("no proposals: the test shows nothing")
	}
}

// What explorers are made to say is what is proposed.
func TestMoves(t *testing.T) {
	root := load(t, "proxy/anynetxa")
	// A third of the draws, all with widths that end at 64.
	ends, err := root.Extend("ends", []byte("name: ends\nextends: x\nparams: {w4: {max: 64}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	far := func(name string, measure func([]float64) float64) func(*space.Space, space.Setting) float64 {
		return func(s *space.Space, x space.Setting) float64 {
			var of []float64
			for stage := range 4 {
				of = append(of, math.Log2(value(s, x, fmt.Sprint(name, stage+1))))
			}
			return 5 * measure(of)
		}
	}
	for _, c := range []struct {
		space *space.Space
		err   func(*space.Space, space.Setting) float64
		name  string
		yaml  string
	}{
		{root.Space, func(s *space.Space, x space.Setting) float64 {
			if value(s, x, "b2") == 2 {
				return 40
			}
			return 60
		}, "b2", "b2: 2\n"},
		{root.Space, func(s *space.Space, x space.Setting) float64 { return 9 * math.Log2(value(s, x, "d1")) }, "d1", "d1: {max: "},
		{root.Space, far("b", spread), "one b for all stages", "shared: [b]"},
		{root.Space, far("g", spread), "one g for all stages", "shared: [g]"},
		{root.Space, far("w", falls), "widths that do not fall", "width: nondecreasing"},
		{root.Space, far("d", falls), "depths that do not fall", "depth: nondecreasing"},
	} {
		e := &evolution{Options: Defaults(), parent: Space{Space: c.space}, lineage: &Lineage{Spaces: []Node{{Name: root.Name}}}, tried: map[string]bool{}}
		ps, err := surface{err: c.err}.train(t.Context(), Order{Spaces: []Space{e.parent}, N: 100, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		e.explorers = ps[0]
		moves, _ := e.moves()
		if len(moves) == 0 || moves[0].name != c.name {
			t.Errorf("%s: %+v", c.name, moves)
			continue
		}
		p, err := e.child(moves[:1], "child")
		if err != nil || !strings.Contains(p.space.Text, c.yaml) || !strings.Contains(p.space.Text, "# "+moves[0].reason) {
			t.Errorf("%s: no %q in\n%s\nerror %v", c.name, c.yaml, p.space.Text, err)
		}
	}
	// The ladder is there, too, where stages have ranges of their own.
	apart, err := root.Extend("apart", []byte("name: apart\nextends: x\nparams: {w4: {min: 24}, d3: {max: 2}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families(apart) {
		for k, stage := range f.stages {
			if want := fmt.Sprint(f.name, k+1); stage != want || len(f.stages) != 4 {
				t.Errorf("%+v", f)
			}
		}
	}
	if n := len(families(apart)); n != 4 {
		t.Errorf("%d families", n)
	}
	// The best lie at the upper end: the range goes on beyond it.
	a := axes(ends)
	i := slices.IndexFunc(a, func(a axis) bool { return a.name == "w4" })
	values, errs := make([]float64, 60), make([]float64, 60)
	for k := range values {
		values[k] = float64(8 * (1 + k%8))
		errs[k] = 70 - values[k]/8 + float64(k%5)/10
	}
	list := a[i].expansions(column{own: values}, newEvidence(Population{Population: edf.Population{Errors: errs}}))
	if len(list) != 1 || list[0].distribution != "{dist: log-uniform, min: 8, max: 128, step: 8, within: [8, 96]}" || !(list[0].gain > 0) {
		t.Fatalf("%+v", list)
	}
	child, err := ends.Extend("wider", []byte(list[0].variant(space.Child{Name: "wider", Extends: "x"})))
	if err != nil || !child.Variant {
		t.Fatalf("error %v", err)
	}
	for _, p := range child.Params() {
		if v := p.Distribution.Values; p.Covers("w4") && (v[0] != 8 || v[len(v)-1] != 96) {
			t.Errorf("%v", v)
		}
	}
}

// Explorers that a child would have drawn as its parent did stay; those of a child
// that shares a parameter do not, since it draws their values in other shares.
func TestWithin(t *testing.T) {
	root := load(t, "proxy/anynetxa")
	ps, err := surface{err: steep}.train(t.Context(), Order{Spaces: []Space{root}, N: 300, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for yaml, want := range map[string]bool{
		"params: {w4: {min: 48}}":             true,
		"constraints: {width: nondecreasing}": true,
		"shared: [w]":                         false,
	} {
		child, err := root.Extend("child", []byte("name: child\nextends: x\n"+yaml+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		part, ok := ps[0].within(root.Space, child)
		if ok != want && len(part.Errors) > 1 {
			t.Errorf("%s: %v with %d models", yaml, ok, len(part.Errors))
		}
		for i, x := range part.Settings {
			if !(child.Probability(x) > 0) || !slices.Contains(ps[0].Errors, part.Errors[i]) {
				t.Fatalf("%s: model %d is not within", yaml, i)
			}
		}
		if want && (len(part.Errors) == 0 || len(part.Errors) == 300) {
			t.Errorf("%s: %d of 300 models", yaml, len(part.Errors))
		}
	}
}

func TestOptions(t *testing.T) {
	for change, want := range map[string]func(*Options){
		"rounds 0": func(o *Options) { o.Rounds = 0 }, "proposals 11": func(o *Options) { o.Proposals = 11 },
		"explore 19": func(o *Options) { o.Explore = 19 }, "best 0": func(o *Options) { o.Best = 0 },
		"max 29": func(o *Options) { o.Max = 29 }, "max 9": func(o *Options) { o.Max, o.Best = 9, 1 },
		"margin -1": func(o *Options) { o.Margin = -1 }, "margin NaN": func(o *Options) { o.Margin = math.NaN() },
	} {
		o := Defaults()
		want(&o)
		if err := o.Check(); err == nil || !strings.HasPrefix(err.Error(), change+":") {
			t.Errorf("%s: error %v", change, err)
		}
	}
	if err := Defaults().Check(); err != nil {
		t.Error(err)
	}
}

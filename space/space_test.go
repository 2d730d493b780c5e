package space

import (
	"bytes"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func mustLoad(t testing.TB, name string) *Space {
	t.Helper()
	s, err := Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustRead(t testing.TB, text string) *Space {
	t.Helper()
	s, err := Read("x.yaml", []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return s
}

// binomial returns n over k.
func binomial(n, k int64) *big.Int { return new(big.Int).Binomial(n, k) }

func product(xs ...any) *big.Int {
	p := big.NewInt(1)
	for _, x := range xs {
		switch x := x.(type) {
		case int:
			p.Mul(p, big.NewInt(int64(x)))
		case *big.Int:
			p.Mul(p, x)
		}
	}
	return p
}

// Sizes by hand. A non-decreasing sequence of k out of n values is a multiset:
// there are n+k-1 over k. Paper is Table 1 of arXiv 2003.13678; the NDS spaces
// are those of arXiv 1905.13214.
func TestSizes(t *testing.T) {
	all := 16 * 128 * 3 * 6
	b := product(16*128*6, 16*128*6, 16*128*6, 16*128*6, 3)
	c := product(16*128, 16*128, 16*128, 16*128, 3*6)
	for _, x := range []struct {
		space      string
		settings   *big.Int
		dimensions int
		paper      float64 // to two digits
	}{
		{"imagenet/anynetxa", product(all, all, all, all), 16, 1.8e18},
		{"imagenet/anynetxb", b, 13, 6.8e16},
		{"imagenet/anynetxc", c, 10, 3.2e14},
		{"imagenet/anynetxd", product(binomial(131, 4), 16*16*16*16, 18), 10, 1.3e13},
		{"imagenet/anynetxe", product(binomial(131, 4), binomial(19, 4), 18), 10, 5.5e11},
		{"imagenet/anynetxc-constant-width", product(128, 16*16*16*16, 18), 7, 0},
		{"imagenet/anynetxc-falling-width", product(binomial(131, 4), 16*16*16*16, 18), 10, 0},
		{"imagenet/anynetxd-constant-depth", product(binomial(131, 4), 16, 18), 7, 0},
		{"imagenet/regnetx", product(63, 31, 2480, 1501, 3, 6), 6, 3.0e8},
		{"imagenet/regnetx-wm2", product(63, 31, 2480, 3, 6), 5, 0},
		{"imagenet/regnetx-w0wa", product(63, 31, 1501, 3, 6), 5, 0},
		{"imagenet/anynetva", product(16*128, 16*128, 16*128, 16*128), 8, 0},
		{"imagenet/anynetra", product(16*128*3, 16*128*3, 16*128*3, 16*128*3), 12, 0},
		{"proxy/anynetxa", product(8*16*3*5, 8*16*3*5, 8*16*3*5, 8*16*3*5), 16, 0},
		{"proxy/anynetxd", product(binomial(19, 4), 8*8*8*8, 3*5), 10, 0},
		{"proxy/regnetx", product(17, 8, 561, 1501, 3, 5), 6, 0},
		{"proxy/regnetx-recipe", product(17, 8, 561, 1501, 3, 5, 1000, 1000), 8, 0},
		{"nds/vanilla", big.NewInt(1_259_712), 6, 1.3e6},
		{"nds/resnet", big.NewInt(1_259_712), 6, 1.3e6},
	} {
		settings, dimensions, paper := mustLoad(t, x.space).Size()
		if settings.Cmp(x.settings) != 0 || dimensions != x.dimensions {
			t.Errorf("%s: %v settings of %d dimensions, want %v of %d", x.space, settings, dimensions, x.settings, x.dimensions)
		}
		if got := fmt.Sprintf("%.1e", paper); x.paper != 0 && got != fmt.Sprintf("%.1e", x.paper) {
			t.Errorf("%s: paper's size %s, want %.1e", x.space, got, x.paper)
		}
	}
}

// The ResNeXt spaces of arXiv 1905.13214, with their number of groups in the
// place of group widths: only the count is the same.
func TestSizesOfResNeXtSpaces(t *testing.T) {
	const head = "name: x\nbase: anynet\nstem: cifar\nstem_width: 16\nblock: x\nstages: 3\nstrides: [1, 2, 2]\nparams:\n"
	for _, c := range []struct {
		params string
		want   int64
	}{
		{"  d: [1, 2, 4, 8, 16]\n  w: [16, 32, 64, 128, 256]\n  b: [1, 2, 4]\n  g: [1, 2, 4]\n", 11_390_625},
		{"  d: [1, 2, 4, 8, 16]\n  w: [32, 64, 128, 256, 512]\n  b: [1, 2, 4]\n  g: [1, 2, 4, 8, 16]\n", 52_734_375},
	} {
		if settings, _, _ := mustRead(t, head+c.params).Size(); settings.Int64() != c.want {
			t.Errorf("%v settings, want %d", settings, c.want)
		}
	}
}

// Draws of tiny spaces reach every setting that Size counts, and no other.
func TestSizesAreReached(t *testing.T) {
	const head = "name: x\nbase: anynet\nstem: cifar\nstem_width: 16\nblock: x\nstages: 3\nparams:\n  d: [1, 2]\n  w: {dist: log-uniform, min: 8, max: 24, step: 8}\n  b: [1, 2]\n  g: 1\n"
	for _, more := range []string{
		"", "shared: [b]\n", "shared: [b]\nconstraints: {width: nondecreasing}\n", "shared: [b]\nconstraints: {width: nonincreasing, depth: nondecreasing}\n",
		"  w2: 16\nconstraints: {width: nondecreasing}\n", "shared: [b, d]\nconstraints: {width: constant}\n",
	} {
		s := mustRead(t, head+more)
		d := s.NewDrawer()
		r := rand.New(rand.NewPCG(1, 2))
		seen := map[string]bool{}
		for range 40_000 {
			d.Draw(r)
			seen[fmt.Sprint(d.slots)] = true
		}
		if settings, _, _ := s.Size(); settings.Int64() != int64(len(seen)) {
			t.Errorf("%q: %v settings, %d drawn", more, settings, len(seen))
		}
	}
}

func TestCatalog(t *testing.T) {
	for _, name := range Names() {
		s := mustLoad(t, name)
		if s.Name != name || s.About == "" {
			t.Errorf("%s has the name %q and is about %q", name, s.Name, s.About)
		}
		d := s.NewDrawer()
		r := rand.New(rand.NewPCG(1, 2))
		fits := 0
		for range 500 {
			c, reason := d.Draw(r)
			if reason != Accepted {
				continue
			}
			fits++
			if err := c.Model.Validate(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if fits < 40 {
			t.Errorf("%s: %d of 500 draws fit", name, fits)
		}
	}
	for _, name := range ModelNames() {
		if m := load(t, name); m.Name != name {
			t.Errorf("%s has the name %q", name, m.Name)
		}
	}
}

// What the names of the catalog promise holds for draws.
func TestCatalogKeepsItsPromises(t *testing.T) {
	same := func(x []float64) bool { return slices.Max(x) == slices.Min(x) }
	rising := func(x []float64) bool { return slices.IsSorted(x) }
	falling := func(x []float64) bool {
		y := slices.Clone(x)
		slices.Reverse(y)
		return slices.IsSorted(y)
	}
	for _, family := range []string{"imagenet/", "proxy/"} {
		for _, c := range []struct {
			space     string
			parameter int // in the order of the slots: d, w, b, g
			holds     func([]float64) bool
		}{
			{"anynetxb", 2, same}, {"anynetxc", 2, same}, {"anynetxc", 3, same},
			{"anynetxd", 1, rising}, {"anynetxe", 1, rising}, {"anynetxe", 0, rising}, {"anynetxe", 3, same},
			{"anynetxc-constant-width", 1, same}, {"anynetxc-falling-width", 1, falling},
			{"anynetxd-constant-depth", 0, same}, {"anynetxd-falling-depth", 0, falling}, {"anynetxd-falling-depth", 1, rising},
			{"anynetxe-5stages", 1, rising},
		} {
			s := mustLoad(t, family+c.space)
			n := s.stages[1]
			d := s.NewDrawer()
			r := rand.New(rand.NewPCG(1, 2))
			varied := false
			for range 300 {
				d.Draw(r)
				x := d.slots[c.parameter*n : (c.parameter+1)*n]
				if !c.holds(x) {
					t.Fatalf("%s draws %v", s.Name, x)
				}
				varied = varied || slices.Max(x) > slices.Min(x)
			}
			if !varied && c.holds([]float64{1, 2}) {
				t.Errorf("%s never varies", s.Name)
			}
		}
	}
}

func TestVariants(t *testing.T) {
	draw := func(name string) *Candidate {
		d := mustLoad(t, name).NewDrawer()
		for i := range uint64(1000) {
			if c, reason := d.Draw(rand.New(rand.NewPCG(i, 1))); reason == Accepted {
				return c
			}
		}
		t.Fatalf("%s: nothing fits", name)
		return nil
	}
	if c := draw("proxy/regnety"); c.Model.SERatio != 0.25 || c.Model.Block != BlockX {
		t.Errorf("regnety: %+v", c.Model)
	}
	if c := draw("proxy/regnetx-silu"); c.Model.Activation != SiLU {
		t.Errorf("silu: %+v", c.Model)
	}
	if c := draw("proxy/regnetx-wm2"); c.Model.RegNet.WM != 2 {
		t.Errorf("wm2: %+v", c.Model.RegNet)
	}
	if c := draw("proxy/regnetx-w0wa"); c.Model.RegNet.WA != float64(c.Model.RegNet.W0) {
		t.Errorf("w0wa: %+v", c.Model.RegNet)
	}
	if c := draw("proxy/regnetx-5stages"); len(c.Model.Depths) != 5 || !slices.Equal(c.Model.Strides, []int{1, 2, 2, 2, 2}) {
		t.Errorf("5stages: %+v", c.Model)
	}
	if c := draw("proxy/regnetx-inverted"); c.Model.Bottleneck[0] >= 1 {
		t.Errorf("inverted: %+v", c.Model)
	}
	if c := draw("proxy/regnetx-recipe"); c.LR < 0.001 || c.LR > 1 || c.WeightDecay < 1e-6 || c.WeightDecay > 1e-3 {
		t.Errorf("recipe: %+v", c)
	}
	if c := draw("proxy/regnetv"); c.Model.Block != BlockV || len(c.Model.GroupWidths) > 0 {
		t.Errorf("regnetv: %+v", c.Model)
	}
}

func TestLimitHolds(t *testing.T) {
	s := mustLoad(t, "imagenet/regnetx-constrained")
	limits := map[string]Limit{}
	for _, l := range s.Limits() {
		limits[l.Property.String()] = l
	}
	// At 4 billion flops: 3 + 5.5·4 = 25 million parameters, 6.5·√4 = 13 million activations.
	for _, c := range []struct {
		property string
		value    float64
		want     bool
	}{{"params", 24.99e6, true}, {"params", 25.01e6, false}, {"acts", 12.99e6, true}, {"acts", 13.01e6, false}} {
		in := limits[c.property].Range
		if got := in.Holds(c.value, 4e9); got != c.want {
			t.Errorf("%s of %v at 4 GF: %v", c.property, c.value, got)
		}
	}
	if got, want := fmt.Sprint(s.Limits()), "[params :3M + 0.0055·flops acts :0 + 205.548·√flops]"; got != want {
		t.Errorf("limits %s, want %s", got, want)
	}
}

// A child's distribution is its parent's, conditioned: every draw is one of the parent,
// and its probabilities are the parent's up to a factor.
func TestRangesConditionTheParentsLaw(t *testing.T) {
	parent := mustLoad(t, "proxy/anynetxa")
	child := mustRead(t, "name: c\nextends: proxy/anynetxa\nparams:\n  w: {min: 20, max: 100}\n  w2: {max: 64}\n  d3: {min: 3}\n  b: [1, 2]\n")
	dist := parent.param("w").dists[0].dist
	for i, want := range [][2]float64{{24, 96}, {24, 64}, {24, 96}, {24, 96}} {
		got := child.param("w").dists[i].dist
		if got.Values[0] != want[0] || got.Values[len(got.Values)-1] != want[1] {
			t.Errorf("stage %d: widths %v", i+1, got.Values)
		}
		k := slices.Index(dist.Values, got.Values[0])
		for j := range got.Values {
			if r := got.Prob[j] / got.Prob[0] * dist.Prob[k] / dist.Prob[k+j]; r < 1-1e-12 || r > 1+1e-12 {
				t.Errorf("stage %d: the odds of %v changed by %v", i+1, got.Values[j], r)
			}
		}
	}
	if settings, _, _ := child.Size(); settings.Cmp(product(8*8*6*8, 10*6*10*10, 2*2*2*2, 5*5*5*5)) != 0 {
		t.Errorf("%v settings", settings)
	}
	names := []string{}
	for _, p := range child.Params() {
		names = append(names, p.Name+" "+p.Text)
	}
	want := []string{
		"d1 log-uniform 1..8", "d2 log-uniform 1..8", "d3 log-uniform 1..8 within 3..8", "d4 log-uniform 1..8",
		"w1 log-uniform 8..128 step 8 within 20..100", "w2 log-uniform 8..128 step 8 within 20..64",
		"w3 log-uniform 8..128 step 8 within 20..100", "w4 log-uniform 8..128 step 8 within 20..100", "b values 1 2", "g values 1 2 4 8 16",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
}

// One shared draw obeys the ranges of all stages.
func TestSharedDrawObeysEveryStage(t *testing.T) {
	s := mustRead(t, "name: c\nextends: proxy/anynetxa\nparams:\n  w1: {min: 16, max: 64}\n  w3: {min: 48}\nconstraints: {width: constant}\n")
	d := s.NewDrawer()
	seen := map[int]bool{}
	for i := range uint64(300) {
		d.Draw(rand.New(rand.NewPCG(i, 2)))
		w := d.slots[4:8]
		if slices.Max(w) != slices.Min(w) {
			t.Fatal(w)
		}
		seen[int(w[0])] = true
	}
	if !cmp.Equal(seen, map[int]bool{48: true, 56: true, 64: true}) {
		t.Errorf("widths %v", seen)
	}
}

func TestLineage(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("a.yaml", "name: a\nextends: proxy/anynetxc\nparams: {b: 1}\n")
	write("sub/b.yaml", "name: b\nvariant_of: ../a.yaml\nblock: y\n")
	write("sub/c.yaml", "name: c\nextends: b.yaml\nconstraints: {width: nondecreasing}\n")
	write("loop1.yaml", "name: l1\nextends: loop2.yaml\n")
	write("loop2.yaml", "name: l2\nextends: loop1.yaml\n")
	write("orphan.yaml", "name: o\nextends: nowhere\n")
	write("orphan2.yaml", "name: o\nextends: proxy/anynetxq\n")
	s := mustLoad(t, filepath.Join(dir, "sub/c.yaml"))
	if diff := cmp.Diff([]string{"proxy/anynetxa", "proxy/anynetxb", "proxy/anynetxc", "a", "b"}, s.Lineage); diff != "" {
		t.Error(diff)
	}
	if s.Parent != "b" || s.Variant || !mustLoad(t, filepath.Join(dir, "sub/b.yaml")).Variant {
		t.Errorf("parent %s, variant %v", s.Parent, s.Variant)
	}
	for file, want := range map[string]string{
		"loop1.yaml":   "loop2.yaml:2: extends: loop1.yaml derives from this space, or from too many others",
		"orphan.yaml":  `orphan.yaml:2: extends: nowhere: neither in the catalog nor a file; nearest are`,
		"orphan2.yaml": `orphan2.yaml:2: extends: proxy/anynetxq: neither in the catalog nor a file; did you mean "proxy/anynetxa", "proxy/anynetxb" or "proxy/anynetxc"?`,
		"none.yaml":    "no such file",
	} {
		_, err := Load(filepath.Join(dir, file))
		if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), dir, "DIR"), want) {
			t.Errorf("%s:\n got %v\nwant %s", file, err, want)
		}
	}
	if _, err := Load("proxy/regnet"); err == nil || !strings.Contains(err.Error(), `did you mean "proxy/regnetr", "proxy/regnetv" or "proxy/regnetx"?`) {
		t.Error(err)
	}
	if _, err := LoadModel("peers/regnetx-100mf"); err == nil || !strings.Contains(err.Error(), `did you mean "peers/regnetx-200mf", `) {
		t.Error(err)
	}
}

// What is no space, or no model, is called by what it is.
func TestLoadOther(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"table.csv": "id,error\n1,2\n", "model.yaml": "name: m\nstem: cifar\ndepths: [1]\n", "space.yaml": "name: s\nextends: proxy/anynetxa\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	loadSpace := func(name string) error { _, err := Load(name); return err }
	loadModel := func(name string) error { _, err := LoadModel(name); return err }
	for _, c := range []struct {
		load       func(string) error
		name, want string
	}{
		{loadSpace, "peers/regnetx-400mf", "peers/regnetx-400mf: this is a model: name a design space"},
		{loadModel, "proxy/regnetx", "proxy/regnetx: this is a design space, from which sample draws models: name a model"},
		{loadSpace, filepath.Join(dir, "model.yaml"), "model.yaml:3: depths: this is a model: name a design space"},
		{loadModel, filepath.Join(dir, "space.yaml"), "space.yaml:2: extends: this is a design space"},
		{loadSpace, filepath.Join(dir, "table.csv"), "table.csv: this is a table: name a design space of the catalog or a YAML file"},
		{loadModel, dir, "this is a directory: name a model of the catalog or a YAML file"},
		{loadSpace, "none.yml", "none.yml: no such file"},
	} {
		if err := c.load(c.name); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

const baseText = `name: x
base: anynet
stem: cifar
stem_width: 16
block: x
params:
  d: {dist: log-uniform, min: 1, max: 8}
  w: {dist: log-uniform, min: 8, max: 128, step: 8}
  b: [1, 2, 4]
  g: [1, 2, 4]
`

const lineText = `name: x
base: regnet
stem: cifar
stem_width: 16
block: x
params:
  d: {dist: uniform, min: 4, max: 20}
  w0: {dist: log-uniform, min: 8, max: 64, step: 8}
  wa: {dist: log-uniform, min: 8, max: 64, step: 0.1}
  wm: {dist: log-uniform, min: 1.5, max: 3, step: 0.001}
  b: 1
  g: [1, 2, 4]
`

func TestSpaceErrors(t *testing.T) {
	child := "name: c\nextends: proxy/anynetxa\n"
	for _, c := range []struct{ text, want string }{
		{"base: anynet", "x.yaml:1: name: is missing; results refer to a space by its name"},
		{"name: x", `x.yaml:1: base: "" is neither anynet nor regnet; a space has a base, or extends or is variant_of another`},
		{"name: x\nbase: anynet\n", "x.yaml:1: stem: is missing; every space needs one"},
		{"name: \"a\\nb\"", `x.yaml:1: name: "a\nb" has spaces around it or control characters; drop them`},
		{"name: x\nextend: y\n", `x.yaml:2: unknown key "extend"; did you mean "extends"?`},
		{strings.Replace(baseText, "cifar", "vit", 1), `x.yaml:3: stem: "vit": want one of cifar, simple, imagenet, deep, plain, none`},
		{baseText + "strides: [1, 2]\n", "x.yaml:11: strides: 2 values for 4 stages; give one value, or one a stage"},
		{baseText + "strides: 3\n", "x.yaml:11: strides: 3 is neither 1 nor 2"},
		{baseText + "stages: 0\n", "x.yaml:11: stages: wants a number from 1 to 64, or the least and the most"},
		{baseText + "stages: [3, 4]\n", "x.yaml:11: stages: an anynet has one number of stages; write a space for each"},
		{strings.Replace(baseText, "  g: [1, 2, 4]\n", "", 1), "x.yaml:6: params.g: is missing; a space of base anynet and block x draws it"},
		{strings.Replace(baseText, "block: x", "block: v", 1), "x.yaml:9: params.b: block v has no such parameter; drop the line"},
		{baseText + "  w5: 8\n", "x.yaml:11: params.w5: the space has 4 stages"},
		{baseText + "  w0: 8\n", `x.yaml:11: params.w0: no parameter of base anynet; did you mean "w"?`},
		{baseText + "  depth: 8\n", `x.yaml:11: params.depth: no parameter of base anynet; known are b, d, e, g, input, k, lr, w, weight_decay`},
		{baseText + "  lr: {dist: log-uniform, min: 12, max: 96, step: 8}\n", "x.yaml:11: params.lr.step: must divide min: 8 does not divide 12"},
		{baseText + "  d2: 1.5\n", "x.yaml:11: params.d2: 1.5 is no whole number"},
		{baseText + "  w2: 0\n", "x.yaml:11: params.w2: 0 is outside 1..1048576"},
		{baseText + "  b2: 0.3333\n", "x.yaml:11: params.b2: 0.3333 is not a ratio of whole numbers up to 1000"},
		{baseText + "  d2: {equals: w}\n", `x.yaml:11: params.d2: equals "w"; only the parameters of a RegNet's line equal each other`},
		{baseText + "shared: [q]\n", `x.yaml:11: shared: "q" is no parameter of stages that the space draws`},
		{baseText + "  w2: 16\nshared: [w]\n", "x.yaml:6: params: w is shared, so all stages need one distribution"},
		{baseText + "constraints: {width: rising}\n", `x.yaml:11: constraints.width: no order "rising"; known are constant, nondecreasing, nonincreasing`},
		{baseText + "constraints: {width: {max: 3}}\n", `x.yaml:11: constraints.width: has an order only; limit w1, w2, ...`},
		{baseText + "constraints: {flop: {max: 3}}\n", `x.yaml:11: constraints.flop: no property "flop"; did you mean "flops"?`},
		{baseText + "constraints: {flops: {}}\n", `x.yaml:11: constraints.flops: wants min or max`},
		{baseText + "constraints: {flops: constant}\n", `x.yaml:11: constraints.flops: "constant" is no number; only width and depth have an order`},
		{baseText + "constraints: {flops: {min: 4M, max: 3M}}\n", `x.yaml:11: constraints.flops.max: 3e+06 is below min 4e+06`},
		{baseText + "constraints: {wm: {min: 2}}\n", `x.yaml:11: constraints.wm: no model of the space has it`},
		{baseText + "constraints: {d5: {min: 2}}\n", `x.yaml:11: constraints.d5: no model of the space has it`},
		{baseText + "constraints: {w2: {min: 2}, w3: {min: x}}\n", `x.yaml:11: "x" is no number; write 8, 0.5, 4e8, 400M or 1.6G`},
		{baseText + "constraints: {width: nondecreasing}\n", ""},
		{strings.Replace(baseText, "min: 8, max: 128, step: 8}", "min: 16, max: 1000000, step: 16}", 1) + "input: 60000", "x.yaml:6: params: space x: its largest network (32 blocks, widths up to 2000000) is too large to be counted; lower the ranges"},
		{baseText + "  w1: {dist: values, values: [64]}\n  w2: 8\nconstraints: {width: nondecreasing}\n", "x.yaml:6: params: w: no values have the required order"},
		{lineText + "constraints: {depth: constant}\n", `x.yaml:13: constraints.depth: base regnet has no order between stages; its line gives it`},
		{lineText + "shared: [d]\n", `x.yaml:13: shared: "d" is no parameter of stages that the space draws`},
		{strings.Replace(lineText, "min: 8, max: 64, step: 8}", "min: 4, max: 64, step: 4}", 1), "x.yaml:8: params.w0: 4 is outside 8..1048576"},
		{strings.Replace(lineText, "min: 8, max: 64, step: 8}", "min: 8, max: 64, step: 4}", 1), "x.yaml:8: params.w0: 12 is no multiple of 8"},
		{strings.Replace(lineText, "{dist: log-uniform, min: 8, max: 64, step: 0.1}", "{equals: w1}", 1), `x.yaml:9: params.wa: equals "w1"; only the parameters of a RegNet's line equal each other`},
		{strings.Replace(lineText, "{dist: log-uniform, min: 8, max: 64, step: 0.1}", "{equals: w0}", 1), ""},
		{child + "block: v\n", "x.yaml:3: block: a child cannot change it; drop the line, or start from a base or a variant_of"},
		{child + "base: anynet\n", "x.yaml:3: base: a child cannot change it; drop the line, or start from a base or a variant_of"},
		{child + "variant_of: proxy/anynetxb\n", "x.yaml:3: variant_of: a space extends another or is a variant of one; keep one of the two"},
		{child + "params: {lr: 0.1}\n", "x.yaml:3: params.lr: the parent does not draw it; write variant_of for extends to add it"},
		{child + "params: {w: {min: 8, max: 200}}\n", "x.yaml:3: params.w: reaches beyond the parent's 8 to 128: stay within, or begin a space without a parent"},
		{child + "params: {w: {min: 200}}\n", "x.yaml:3: params.w: leaves none of the parent's values, 8 to 128"},
		{child + "params: {w: {step: 8}}\n", "x.yaml:3: params.w: wants min and max, which restrict the parent's distribution, or a distribution with a dist"},
		{child + "params: {w: [8, 12]}\n", "x.yaml:3: params.w: 12 is no value of the parent, whose values go from 8 to 128; a child only restricts"},
		{child + "constraints: {flops: {max: 3M}}\n", ""},
		{"name: c\nextends: proxy/anynetxd\nconstraints: {width: nonincreasing}\n", "x.yaml:3: constraints.width: the parent's is nondecreasing; a child only restricts it"},
		{"name: c\nextends: proxy/anynetxd\nconstraints: {width: constant}\n", ""},
		{"name: c\nextends: imagenet/regnetx-constrained\nconstraints: {acts: {max: 3M}}\n", "x.yaml:3: constraints.acts: the parent limits it already (acts :0 + 205.548·√flops); limits that grow with flops do not combine"},
		{"name: c\nvariant_of: proxy/anynetxa\nstages: 5\n", "x.yaml:1: strides: 4 values for 5 stages; give one value, or one a stage"},
		{"name: c\nvariant_of: proxy/anynetxa\nblock: y\nse_ratio: 0.5\n", "x.yaml:4: se_ratio: block y is x with se_ratio 0.25; write block x to choose another"},
		{"name: c\nvariant_of: proxy/anynetxa\nse_ratio: [0, 0.5]\n", "x.yaml:3: se_ratio: 2 values for 4 stages; give one value, or one a stage"},
		{"name: c\nvariant_of: proxy/anynetxa\nse_ratio: [0, 0.5, 2, 0]\n", "x.yaml:3: se_ratio: 2 is outside 0..1"},
		{"name: c\nvariant_of: proxy/anynetxa\nblock: v\nse_ratio: 0.5\n", "x.yaml:4: se_ratio: block v has no SE; choose 0, or block x, r, basic, linear, mbconv or presum"},
		{"name: c\nvariant_of: proxy/anynetxa\nparams: {lr: 0.1}\n", ""},
	} {
		_, err := Read("x.yaml", []byte(c.text))
		if c.want == "" && err == nil {
			continue
		}
		if err == nil || err.Error() != c.want {
			t.Errorf("%s\n got %v\nwant %s", c.text, err, c.want)
		}
	}
}

// A narrower limit of a child replaces the parent's, end by end.
func TestLimitsCombine(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "p.yaml")
	if err := os.WriteFile(file, []byte(baseText+"constraints: {flops: {min: 1M, max: 4M}, depth: {order: nondecreasing, max: 20}}\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := Read(filepath.Join(dir, "c.yaml"), []byte("name: c\nextends: p.yaml\nconstraints: {flops: {max: 3M}, depth: {min: 6}, stages: 4}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(s.Limits()), "[stages 4:4 depth 6:20 flops 1M:3M]"; got != want {
		t.Errorf("limits %s, want %s", got, want)
	}
	if depth, _ := s.Orders(); depth != Nondecreasing {
		t.Errorf("order of depths %q", depth)
	}
	for _, wide := range []string{"flops: {max: 5M}", "flops: {min: 1K}", "flops: {min: 5M}"} {
		if _, err := Read(filepath.Join(dir, "c.yaml"), []byte("name: c\nextends: p.yaml\nconstraints: {"+wide+"}\n")); err == nil || !strings.Contains(err.Error(), "is not within the parent's flops 1M:4M") {
			t.Errorf("%s: %v", wide, err)
		}
	}
}

func TestWithData(t *testing.T) {
	s := mustLoad(t, "imagenet/regnetx")
	small := s.WithData(32, 10)
	if m := small.Settings(); m.Input != 32 || m.Classes != 10 {
		t.Errorf("input %d, classes %d", m.Input, m.Classes)
	}
	if m := s.Settings(); m.Input != 224 || m.Classes != 1000 {
		t.Errorf("the space itself changed to input %d, classes %d", m.Input, m.Classes)
	}
	drawn := mustRead(t, baseText+"  input: [16, 32]\n")
	inputs := func(s *Space) map[int]bool {
		seen := map[int]bool{}
		d := s.NewDrawer()
		for i := range uint64(50) {
			c, _ := d.Draw(rand.New(rand.NewPCG(i, 1)))
			seen[c.Model.Input] = true
		}
		return seen
	}
	if got := inputs(drawn); !cmp.Equal(got, map[int]bool{16: true, 32: true}) {
		t.Errorf("inputs %v", got)
	}
	if got := inputs(drawn.WithData(28, 0)); !cmp.Equal(got, map[int]bool{28: true}) {
		t.Errorf("inputs %v", got)
	}
	for _, bad := range []*Space{s.WithData(-1, 10), s.WithData(32, -3), s.WithData(1<<20, 0), s.WithData(1<<16, 0)} {
		if bad.Check() == nil {
			t.Errorf("%+v passes", bad.Settings())
		}
	}
}

func TestMarshalStandsAlone(t *testing.T) {
	texts := []string{
		"name: c\nextends: proxy/anynetxa\nparams:\n  w: {min: 20, max: 100}\n  w2: {max: 64}\n  d3: [3, 5]\n  b: [1, 2]\nshared: [g]\nconstraints: {depth: {order: nondecreasing, max: 20}, w1: 16, flops: {min: 1.5M}}\n",
		"name: c\nextends: proxy/regnetx-w0wa\nparams: {wa: {max: 40}}\n",
		lineText + "stages: [3, 5]\nse_ratio: 0.1\nhead_width: 64\n",
		lineText + "stages: [3, 5]\nse_ratio: [0, 0, 0.1, 0.25, 0.25]\n",
		"name: c\nvariant_of: proxy/anynetxa\nstem: none\nblock: presum\ndownsampling: maxpool\ngroup_fix: torchvision\n",
		baseText + "  lr: {dist: normal, min: 0.1, max: 0.3, step: 0.01}\n",
	}
	var spaces []*Space
	for _, text := range texts {
		spaces = append(spaces, mustRead(t, text))
	}
	for _, name := range Names() {
		spaces = append(spaces, mustLoad(t, name))
	}
	for _, s := range spaces {
		text := s.Marshal()
		if strings.Contains(string(text), "extends") {
			t.Errorf("%s leans on its parent:\n%s", s.Name, text)
		}
		again := mustRead(t, string(text))
		if !bytes.Equal(text, again.Marshal()) {
			t.Errorf("%s\n%s", text, again.Marshal())
		}
		sameDraws(t, s, again)
		if s.Parent != again.Parent {
			t.Errorf("%s has the parent %q and then %q", s.Name, s.Parent, again.Parent)
		}
	}
}

// sameDraws reports spaces that draw differently.
func sameDraws(t testing.TB, a, b *Space) {
	t.Helper()
	x, y := a.NewDrawer(), b.NewDrawer()
	r, q := rand.New(rand.NewPCG(1, 2)), rand.New(rand.NewPCG(1, 2))
	for range 50 {
		c, m := x.Draw(r)
		d, n := y.Draw(q)
		if m != n || m == Accepted && (c.Model.Key() != d.Model.Key() || c.LR != d.LR || c.WeightDecay != d.WeightDecay) {
			t.Fatalf("%s draws %+v (%v) and %+v (%v)", a.Name, c.Model, m, d.Model, n)
		}
	}
	if fmt.Sprint(a.Limits()) != fmt.Sprint(b.Limits()) {
		t.Errorf("limits %v and %v", a.Limits(), b.Limits())
	}
}

func TestQuantities(t *testing.T) {
	for text, want := range map[string]float64{"360M": 360e6, "1.6G": 1.6e9, "2K": 2000, "0.5": 0.5, "4e8": 4e8, "36.44": 36.44, "-3": -3} {
		if got, err := ParseQuantity(text); err != nil || got != want {
			t.Errorf("ParseQuantity(%q) = %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "M", "1MM", "x", "inf", "NaN", "1e400", "0x1p4M", "1e3M"} {
		if got, err := ParseQuantity(text); err == nil {
			t.Errorf("ParseQuantity(%q) = %v", text, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.OneOf(rapid.Float64(), rapid.Map(rapid.IntRange(0, 4000), func(n int) float64 { return float64(n) * 1e6 })).Draw(t, "x")
		if got, err := ParseQuantity(FormatQuantity(x)); err != nil || got != x {
			t.Errorf("%v prints as %s and reads as %v, %v", x, FormatQuantity(x), got, err)
		}
	})
}

func TestProperties(t *testing.T) {
	c := &Candidate{Model: load(t, "peers/regnety-200mf"), LR: 0.1}
	for name, want := range map[string]float64{
		"stages": 4, "depth": 13, "d1": 1, "d2": 1, "d3": 4, "d4": 7, "w1": 24, "w2": 56, "w3": 152, "w4": 368,
		"b1": 1, "b2": 1, "b3": 1, "b4": 1, "g1": 8, "g2": 8, "g3": 8, "g4": 8, "s1": 2, "se_ratio": 0.25, "w0": 24, "wa": 36.44, "wm": 2.49, "lr": 0.1,
		"flops": 1, "params": 2, "acts": 3, "d": 13, "regnet_d": 13, "b": 1, "g": 8, "input": 224,
	} {
		p, err := ParseProperty(name)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := p.Of(c, Complexity{1, 2, 3}); !ok || got != want {
			t.Errorf("%s = %v, %v", name, got, ok)
		}
	}
	plain := &Candidate{Model: load(t, "peers/vanilla-56-cifar")}
	for _, name := range []string{"d4", "b1", "g2", "e1", "w0", "regnet_d", "lr", "weight_decay", "b"} {
		p, err := ParseProperty(name)
		if err != nil {
			t.Fatal(err)
		}
		if v, ok := p.Of(plain, Complexity{}); ok {
			t.Errorf("a vanilla network has %s %v", name, v)
		}
	}
	for _, name := range []string{"", "d0", "w65", "x1", "d1x", "d01", "flop"} {
		if _, err := ParseProperty(name); err == nil {
			t.Errorf("%q is a property", name)
		}
	}
	clone := c.Clone()
	clone.Model.Widths[0], clone.Model.RegNet.W0 = 1, 1
	if c.Model.Widths[0] != 24 || c.Model.RegNet.W0 != 24 {
		t.Error("a clone shares its slices")
	}
}

func TestMBConvSpaces(t *testing.T) {
	const head = "name: x\nstem: cifar\nstem_width: 16\nblock: mbconv\nse_ratio: 0.25\nactivation: silu\n"
	for _, text := range []string{
		"base: anynet\nstages: 3\nparams:\n  d: [1, 2]\n  w: [8, 16, 24]\n  e: [1, 3, 6]\n  k: [3, 5]\n  e1: 1\nshared: [k]\n",
		"base: regnet\nstages: [2, 4]\nparams:\n  d: [6, 8]\n  w0: 8\n  wa: [8, 10.5]\n  wm: 2\n  e: [1, 3, 6]\n  k: [3, 5]\n",
	} {
		s, err := Read("x.yaml", []byte(head+text))
		if err != nil {
			t.Fatal(err)
		}
		again, err := Read("x.yaml", s.Marshal())
		if err != nil {
			t.Fatalf("%v\n%s", err, s.Marshal())
		}
		expansions, kernels := map[float64]bool{}, map[float64]bool{}
		d, e := s.NewDrawer(), again.NewDrawer()
		r, q := rand.New(rand.NewPCG(1, 2)), rand.New(rand.NewPCG(1, 2))
		for range 200 {
			c, reason := d.Draw(r)
			if same, _ := e.Draw(q); same.Model.Key() != c.Model.Key() {
				t.Fatalf("%s after writing and reading, %s before", same.Model.Key(), c.Model.Key())
			}
			if reason != Accepted {
				continue
			}
			if err := c.Model.Validate(); err != nil {
				t.Fatal(err)
			}
			expansions[float64(c.Model.Expansions[1])] = true
			kernels[float64(c.Model.Kernels[1])] = true
			if c.Model.Bottleneck != nil || c.Model.GroupWidths != nil {
				t.Error("a model of block mbconv has bottleneck ratios or group widths")
			}
			if s.Base == AnyNetBase && (c.Model.Expansions[0] != 1 || c.Model.Kernels[0] != c.Model.Kernels[2]) {
				t.Fatalf("expansions %v, kernels %v", c.Model.Expansions, c.Model.Kernels)
			}
		}
		if len(expansions) != 3 || len(kernels) != 2 {
			t.Errorf("expansions %v and kernels %v were drawn", expansions, kernels)
		}
	}
}

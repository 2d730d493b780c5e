package space

import (
	"encoding/csv"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// golden reads a table of testdata: one map from column to text a row.
func golden(t testing.TB, file string) []map[string]string {
	t.Helper()
	f, err := os.Open("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var table []map[string]string
	for _, r := range rows[1:] {
		m := map[string]string{}
		for i, name := range rows[0] {
			m[name] = r[i]
		}
		table = append(table, m)
	}
	return table
}

func number(t testing.TB, s string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func numbers(t testing.TB, s string) (list []int) {
	t.Helper()
	for _, s := range strings.Split(s, "-") {
		list = append(list, int(number(t, s)))
	}
	return list
}

func goldenRegNet(t testing.TB, row map[string]string) RegNet {
	t.Helper()
	return RegNet{
		Depth: int(number(t, row["d"])), W0: int(number(t, row["w0"])), WA: number(t, row["wa"]), WM: number(t, row["wm"]),
		B: 1, G: int(number(t, row["g"])),
	}
}

func goldenComplexity(t testing.TB, row map[string]string) Complexity {
	t.Helper()
	return Complexity{int64(number(t, row["flops"])), int64(number(t, row["params"])), int64(number(t, row["acts"]))}
}

func load(t testing.TB, name string) *Model {
	t.Helper()
	m, err := LoadModel(name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestPublishedRegNets(t *testing.T) {
	for _, file := range []string{"regnetx.csv", "regnety.csv"} {
		for _, row := range golden(t, file) {
			m := load(t, "peers/"+strings.ToLower(row["name"]))
			if diff := cmp.Diff(goldenRegNet(t, row), *m.RegNet); diff != "" {
				t.Errorf("%s: %s", row["name"], diff)
			}
			if diff := cmp.Diff(goldenComplexity(t, row), m.Complexity()); diff != "" {
				t.Errorf("%s: %s", row["name"], diff)
			}
			if levels := m.RegNet.Levels(); levels != 4 {
				t.Errorf("%s: %d levels", row["name"], levels)
			}
			if row["widths"] == "" {
				continue
			}
			depths, widths := m.RegNet.Stages()
			want := [][]int{numbers(t, row["depths"]), numbers(t, row["widths_before_fix"]), numbers(t, row["depths"]), numbers(t, row["widths"])}
			if diff := cmp.Diff(want, [][]int{depths, widths, m.Depths, m.Widths}); diff != "" {
				t.Errorf("%s: depths and widths before the fix, and after:\n%s", row["name"], diff)
			}
		}
	}
}

// RegNets of the catalog count as torchvision's do with its group fix. With the
// published one, which rounds half to even, three of them differ.
func TestTorchvisionRegNets(t *testing.T) {
	differ := 0
	for _, row := range golden(t, "torchvision.csv") {
		m := load(t, row["model"])
		want := goldenComplexity(t, row)
		if m.Complexity() != want {
			differ++
		}
		m.GroupFix = TorchvisionFix
		if err := m.setRegNet(*m.RegNet); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, m.Complexity()); diff != "" {
			t.Errorf("%s: %s", row["model"], diff)
		}
	}
	if got := load(t, "peers/regnetx-400mf-torchvision").Complexity(); got.Params != 5495976 {
		t.Errorf("%+v", got)
	}
	if differ != 3 {
		t.Errorf("%d differ from the published ones", differ)
	}
}

// Every other network of the catalog counts as pycls counts it, or as
// torchvision's or timm's network is counted, or both.
func TestPublishedPeers(t *testing.T) {
	known := map[string]bool{}
	for _, file := range []string{"classic.csv", "peers.csv", "timm.csv"} {
		for _, row := range golden(t, file) {
			name := row["model"]
			known[name] = true
			if diff := cmp.Diff(goldenComplexity(t, row), load(t, name).Complexity()); diff != "" {
				t.Errorf("%s: %s: %s", file, name, diff)
			}
		}
	}
	for _, name := range ModelNames() {
		if !known[name] && !strings.HasPrefix(name, "peers/regnet") {
			t.Errorf("no golden complexity of %s", name)
		}
	}
}

// anyModel draws a valid model of any kind.
func anyModel(t *rapid.T) *Model {
	m := &Model{
		Name:       rapid.SampledFrom([]string{"", "a", "b-2"}).Draw(t, "name"),
		Stem:       rapid.SampledFrom(Stems()).Draw(t, "stem"),
		StemWidth:  rapid.IntRange(1, 40).Draw(t, "stem width"),
		Block:      rapid.SampledFrom(Blocks()).Draw(t, "block"),
		Activation: rapid.SampledFrom([]Activation{ReLU, SiLU}).Draw(t, "activation"),
		HeadWidth:  rapid.SampledFrom([]int{0, 0, 24}).Draw(t, "head"),
		Classes:    rapid.IntRange(1, 20).Draw(t, "classes"),
		Input:      rapid.IntRange(1, 40).Draw(t, "input"),
	}
	for _, p := range options {
		p.Set(m, rapid.SampledFrom(p.Values).Draw(t, p.Key))
		if p.refuse != nil && p.refuse(m.Block.kind()) != "" {
			p.Set(m, p.Values[0])
		}
	}
	switch m.Stem {
	case StemNone:
		m.StemWidth = 3
	case StemDeep:
		m.StemWidth *= 2
	}
	if m.Block.Has("se_ratio") {
		m.SERatio = rapid.SampledFrom([]float64{0, 0.25, 0.01}).Draw(t, "se")
	}
	if rapid.Bool().Draw(t, "regnet") {
		m.RegNet = &RegNet{
			Depth: rapid.IntRange(1, 20).Draw(t, "d"), W0: 8 * rapid.IntRange(1, 6).Draw(t, "w0"),
			WA: float64(rapid.IntRange(0, 400).Draw(t, "wa")) / 10, WM: 1.5 + float64(rapid.IntRange(0, 1500).Draw(t, "wm"))/1000,
			B: rapid.SampledFrom([]float64{1, 2, 4, 0.5, 0.25}).Draw(t, "b"), G: rapid.IntRange(1, 40).Draw(t, "g"),
		}
		if err := m.setRegNet(*m.RegNet); err != nil {
			t.Fatal(err)
		}
	} else {
		for range rapid.IntRange(1, 5).Draw(t, "stages") {
			b := rapid.SampledFrom([]float64{1, 2, 4, 3, 0.5, 1.0 / 3}).Draw(t, "b")
			w, g, err := FixGroups(rapid.IntRange(1, 60).Draw(t, "w"), b, rapid.IntRange(1, 20).Draw(t, "g"))
			if err != nil {
				t.Fatal(err)
			}
			m.Depths, m.Widths = append(m.Depths, rapid.IntRange(1, 4).Draw(t, "d")), append(m.Widths, w)
			if !m.Block.Has("b") {
				continue
			}
			m.Bottleneck, m.GroupWidths = append(m.Bottleneck, b), append(m.GroupWidths, g)
			if err := m.fixStage(len(m.Widths) - 1); err != nil {
				t.Fatal(err)
			}
		}
	}
	var ratios []float64
	for range m.Depths {
		m.Strides = append(m.Strides, rapid.IntRange(1, 2).Draw(t, "stride"))
		if m.Block.Has("e") {
			m.Expansions = append(m.Expansions, rapid.IntRange(1, 6).Draw(t, "expansion"))
		}
		if m.Block.Has("k") {
			m.Kernels = append(m.Kernels, rapid.SampledFrom([]int{3, 5}).Draw(t, "kernel"))
		}
		ratios = append(ratios, rapid.SampledFrom([]float64{m.SERatio, 0, 0.5}).Draw(t, "se of a stage"))
	}
	if m.SERatio > 0 {
		m.setSE(ratios)
	}
	if m.pools(len(m.Strides) - 1) {
		m.EndActivation = ""
	}
	if err := m.Validate(); err != nil {
		t.Fatal(err)
	}
	return m
}

// slowComplexity counts a model layer by layer. It knows the blocks by
// themselves, not by their table.
func slowComplexity(m *Model) Complexity {
	var c Complexity
	in, size := 3, m.Input
	conv := func(k, out, groups, stride int) {
		size = (size-1)/stride + 1
		c.Flops += int64(k * k * (in / groups) * out * size * size)
		c.Params += int64(k*k*(in/groups)*out + 2*out)
		c.Acts += int64(out * size * size)
		in = out
	}
	fc := func(in, out int) {
		c.Flops += int64(in*out + out)
		c.Params += int64(in*out + out)
		c.Acts += int64(out)
	}
	plain := func(k, out, stride int) {
		conv(k, out, 1, stride)
		c.Params -= int64(2 * out)
	}
	pool := func(out int) {
		size = (size + 1) / 2
		c.Acts += int64(out * size * size)
	}
	switch m.Stem {
	case StemNone:
	case StemPlain:
		plain(3, m.StemWidth, 1)
	case StemDeep:
		conv(3, m.StemWidth/2, 1, 2)
		conv(3, m.StemWidth/2, 1, 1)
		conv(3, m.StemWidth, 1, 1)
		pool(m.StemWidth)
	case StemCIFAR:
		conv(3, m.StemWidth, 1, 1)
	case StemSimple:
		conv(3, m.StemWidth, 1, 2)
	case StemImageNet:
		conv(7, m.StemWidth, 1, 2)
		size = (size-1)/2 + 1
		c.Acts += int64(m.StemWidth * size * size)
	}
	for i, d := range m.Depths {
		for j := range d {
			stride := 1
			if j == 0 && m.Downsampling == "" {
				stride = m.Strides[i]
			}
			w, before, sizeBefore, ratio := m.Widths[i], in, size, m.SERatio
			if m.SERatios != nil {
				ratio = m.SERatios[i]
			}
			switch m.Block {
			case BlockV, BlockVR:
				conv(3, w, 1, stride)
			case BlockBasic, BlockVanilla:
				conv(3, w, 1, stride)
				conv(3, w, 1, 1)
				if q := int(float64(w)*ratio + 1e-9); q > 0 {
					fc(w, q)
					fc(q, w)
				}
			case BlockPreAct:
				c.Params += int64(2 * before)
				conv(3, w, 1, stride)
				plain(3, w, 1)
				if before != w || stride != 1 {
					in, size = before, sizeBefore
					plain(1, w, stride)
				}
			case BlockMBConv:
				v := before * m.Expansions[i]
				if m.Expansions[i] > 1 {
					conv(1, v, 1, 1)
				}
				conv(m.Kernels[i], v, v, stride)
				if q := roundEven(float64(before) * ratio); q > 0 {
					fc(v, q)
					fc(q, v)
				}
				conv(1, w, 1, 1)
			case BlockX, BlockR, BlockLinear, BlockPreSum:
				v := int(float64(w)/m.Bottleneck[i] + 0.5)
				g := v
				if m.Block != BlockR {
					g = m.GroupWidths[i]
				}
				conv(1, v, 1, 1)
				conv(3, v, v/g, stride)
				q := roundEven(float64(before) * ratio)
				if m.Block == BlockPreSum {
					q = int(float64(v)*ratio + 1e-9)
				}
				if q > 0 {
					fc(v, q)
					fc(q, v)
				}
				conv(1, w, 1, 1)
			default:
				panic("no count of block " + m.Block)
			}
			residual := m.Block == BlockX || m.Block == BlockR || m.Block == BlockVR || m.Block == BlockBasic || m.Block == BlockPreSum
			if residual && (before != w || stride != 1) {
				in, size = before, sizeBefore
				conv(1, w, 1, stride)
			}
		}
		if m.Downsampling == MaxPooled && m.Strides[i] == 2 {
			pool(m.Widths[i])
		}
	}
	if m.Block == BlockPreAct {
		c.Params += int64(2 * in)
	}
	if m.HeadWidth > 0 {
		conv(1, m.HeadWidth, 1, 1)
	}
	fc(in, m.Classes)
	return c
}

func TestComplexityLayerByLayer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyModel(t)
		if diff := cmp.Diff(slowComplexity(m), m.Complexity()); diff != "" {
			t.Errorf("%s: %s", m.Key(), diff)
		}
	})
}

// What the table says of every block, spelt out.
func TestShapes(t *testing.T) {
	m := &Model{
		Stem: StemSimple, StemWidth: 8, Activation: ReLU, Depths: []int{1, 2}, Widths: []int{8, 16}, Strides: []int{1, 2},
		Bottleneck: []float64{1, 0.5}, GroupWidths: []int{4, 8}, Expansions: []int{1, 6}, Kernels: []int{3, 5},
		SERatio: 0.25, Classes: 10, Input: 15,
	}
	shapes := map[Block][]string{
		BlockX: {
			"s1.b1 8: a 1×1 8 relu, b 3×3 8 in 2 relu SE 2, c 1×1 8, + identity, relu",
			"s2.b1 8: a 1×1 32 relu, b 3×3/2 32 in 4 relu SE 2, c 1×1 16, + proj 1×1/2 16, relu",
			"s2.b2 4: a 1×1 32 relu, b 3×3 32 in 4 relu SE 4, c 1×1 16, + identity, relu",
		},
		BlockR: {
			"s1.b1 8: a 1×1 8 relu, b 3×3 8 relu SE 2, c 1×1 8, + identity, relu",
			"s2.b1 8: a 1×1 32 relu, b 3×3/2 32 relu SE 2, c 1×1 16, + proj 1×1/2 16, relu",
			"s2.b2 4: a 1×1 32 relu, b 3×3 32 relu SE 4, c 1×1 16, + identity, relu",
		},
		BlockLinear: {
			"s1.b1 8: a 1×1 8 relu, b 3×3 8 in 2 relu SE 2, c 1×1 8, + identity",
			"s2.b1 8: a 1×1 32 relu, b 3×3/2 32 in 4 relu SE 2, c 1×1 16",
			"s2.b2 4: a 1×1 32 relu, b 3×3 32 in 4 relu SE 4, c 1×1 16, + identity",
		},
		BlockMBConv: {
			"s1.b1 8: b 3×3 8 in 8 relu SE 2, c 1×1 8, + identity",
			"s2.b1 8: a 1×1 48 relu, b 5×5/2 48 in 48 relu SE 2, c 1×1 16",
			"s2.b2 4: a 1×1 96 relu, b 5×5 96 in 96 relu SE 4, c 1×1 16, + identity",
		},
		BlockPreSum: {
			"s1.b1 8: a 1×1 8 relu, b 3×3 8 in 2 relu SE 2, c 1×1 8 relu, + identity",
			"s2.b1 8: a 1×1 32 relu, b 3×3/2 32 in 4 relu SE 8, c 1×1 16 relu, + proj 1×1/2 16 relu",
			"s2.b2 4: a 1×1 32 relu, b 3×3 32 in 4 relu SE 8, c 1×1 16 relu, + identity",
		},
		BlockPreAct: {
			"s1.b1 8: norm 1×1 8 relu, a 3×3 8 relu, b 3×3 8, + identity",
			"s2.b1 8: norm 1×1 8 relu, a 3×3/2 16 relu, b 3×3 16, + after 1: proj 1×1/2 16",
			"s2.b2 4: norm 1×1 16 relu, a 3×3 16 relu, b 3×3 16, + identity",
		},
		BlockV:       {"s1.b1 8: a 3×3 8, relu", "s2.b1 8: a 3×3/2 16, relu", "s2.b2 4: a 3×3 16, relu"},
		BlockVR:      {"s1.b1 8: a 3×3 8, + identity, relu", "s2.b1 8: a 3×3/2 16, + proj 1×1/2 16, relu", "s2.b2 4: a 3×3 16, + identity, relu"},
		BlockVanilla: {"s1.b1 8: a 3×3 8 relu, b 3×3 8, relu", "s2.b1 8: a 3×3/2 16 relu, b 3×3 16, relu", "s2.b2 4: a 3×3 16 relu, b 3×3 16, relu"},
		BlockBasic: {
			"s1.b1 8: a 3×3 8 relu, b 3×3 8 SE 2, + identity, relu",
			"s2.b1 8: a 3×3/2 16 relu, b 3×3 16 SE 4, + proj 1×1/2 16, relu",
			"s2.b2 4: a 3×3 16 relu, b 3×3 16 SE 4, + identity, relu",
		},
	}
	for _, block := range Blocks() {
		m.Block = block
		var got []string
		for _, b := range m.Shapes() {
			got = append(got, blockText(t, b))
		}
		if diff := cmp.Diff(shapes[block], got); diff != "" {
			t.Errorf("%s: %s", block, diff)
		}
	}
}

// blockText shows a block as its name, the size of its input and its units, and
// checks that these follow each other.
func blockText(t *testing.T, b BlockShape) string {
	units := func(list []Unit) string {
		in, size := b.In, b.Size
		var parts []string
		for _, u := range list {
			if u.In != in || u.Size != size {
				t.Errorf("%s: unit %s reads %d channels of size %d, and gets %d of %d", b.Name(), u.Name, u.In, u.Size, in, size)
			}
			in, size = u.Out, u.OutSize()
			s := fmt.Sprintf("%s %d×%[2]d", u.Name, u.Kernel)
			if u.Stride > 1 {
				s += fmt.Sprintf("/%d", u.Stride)
			}
			s += fmt.Sprintf(" %d", u.Out)
			if u.Groups > 1 {
				s += fmt.Sprintf(" in %d", u.Groups)
			}
			if u.Activation != "" {
				s += " " + string(u.Activation)
			}
			if u.Squeeze > 0 {
				s += fmt.Sprintf(" SE %d", u.Squeeze)
			}
			parts = append(parts, s)
		}
		if len(list) > 0 && (in != b.Out || size != b.OutSize()) {
			t.Errorf("%s: the last unit makes %d channels of size %d, and the block %d of %d", b.Name(), in, size, b.Out, b.OutSize())
		}
		return strings.Join(parts, ", ")
	}
	s := fmt.Sprintf("%s %d: %s", b.Name(), b.Size, units(b.Units))
	switch {
	case b.Residual && b.Shortcut == nil:
		s += ", + identity"
	case b.Branch > 0: // the units before it keep the shape
		s += fmt.Sprintf(", + after %d: %s", b.Branch, units(b.Shortcut))
	case b.Residual:
		s += ", + " + units(b.Shortcut)
	}
	if b.Activation != "" {
		s += ", " + string(b.Activation)
	}
	return s
}

func TestStemSize(t *testing.T) {
	for _, c := range []struct {
		stem        Stem
		input, want int
	}{{StemCIFAR, 32, 32}, {StemSimple, 224, 112}, {StemImageNet, 224, 56}, {StemSimple, 33, 17}, {StemImageNet, 33, 9}, {StemImageNet, 1, 1}} {
		if got := (&Model{Stem: c.stem, Input: c.input}).StemSize(); got != c.want {
			t.Errorf("%s at %d: %d, want %d", c.stem, c.input, got, c.want)
		}
	}
}

// A squeeze width of exactly one half rounds to even: 2·0.25 is no SE, 6·0.25
// is 2.
func TestSqueezeRoundsHalfToEven(t *testing.T) {
	m := &Model{SERatio: 0.25}
	for in, want := range map[int]int{1: 0, 2: 0, 3: 1, 6: 2, 10: 2, 14: 4} {
		if got := m.squeeze(BlockX.kind(), &BlockShape{In: in}); got != want {
			t.Errorf("squeeze(%d) = %d, want %d", in, got, want)
		}
	}
}

// Keys are seeds: a change of any of these lines changes trained networks.
func TestKeysNeverChange(t *testing.T) {
	for _, c := range []struct{ model, want string }{
		{"peers/regnetx-200mf", "in224 simple32 x relu d1w24s2i24g8 d1w56s2i56g8 d4w152s2i152g8 d7w368s2i368g8 fc1000"},
		{"peers/regnety-200mf", "in224 simple32 x relu d1w24s2i24g8e8,8 d1w56s2i56g8e6,6 d4w152s2i152g8e14,38 d7w368s2i368g8e38,92 fc1000"},
		{"peers/resnet-50", "in224 imagenet64 x relu d3w256s1i64g64 d4w512s2i128g128 d6w1024s2i256g256 d3w2048s2i512g512 fc1000"},
		{"peers/vanilla-56-cifar", "in32 cifar16 vanilla relu d9w16s1 d9w32s2 d9w64s2 fc10"},
	} {
		if got := load(t, c.model).Key(); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.model, got, c.want)
		}
	}
}

func TestKeyIgnoresDescription(t *testing.T) {
	for _, pair := range [][2]string{
		{"block: x\ngroup_widths: [8, 16]", "block: r"},                         // one group
		{"block: x\nname: one", "block: x\nname: two"},                          // names
		{"block: x\nse_ratio: 0.001", "block: x"},                               // squeezed to nothing
		{"block: y", "block: x\nse_ratio: 0.25"},                                // short form
		{"block: y", "block: x\nse_ratio: 0.26"},                                // the same squeeze widths
		{"block: v\nbottleneck: 2\ngroup_widths: 4", "block: v"},                // ignored
		{"block: r\nbottleneck: 2\ngroup_widths: 4", "block: r\nbottleneck: 2"}, // ignored
	} {
		const stages = "stem: cifar\nstem_width: 8\ndepths: [1, 2]\nwidths: [8, 16]\n"
		var keys [2]string
		for i, text := range pair {
			m, err := ReadModel("x.yaml", []byte(stages+text))
			if err != nil {
				t.Fatal(err)
			}
			keys[i] = m.Key()
		}
		if keys[0] != keys[1] {
			t.Errorf("%q and %q: keys %s and %s", pair[0], pair[1], keys[0], keys[1])
		}
	}
}

// Equal keys mean equal shapes, stem, head and data, and the reverse.
func TestKeyTellsNetworksApart(t *testing.T) {
	type layers struct {
		Stem                            Stem
		StemWidth, Head, Classes, Input int
		Block                           Block
		Activation                      Activation
		Shapes                          []BlockShape
		End                             Choice
	}
	of := func(m *Model) layers {
		block := m.Block
		if block == BlockR {
			block = BlockX
		}
		return layers{m.Stem, m.StemWidth, m.HeadWidth, m.Classes, m.Input, block, m.Activation, m.Shapes(), m.EndActivation}
	}
	seen := map[string]layers{}
	rapid.Check(t, func(t *rapid.T) {
		m := anyModel(t)
		if rapid.Bool().Draw(t, "small") { // so that some models are equal
			m.StemWidth, m.Classes, m.Input, m.HeadWidth, m.Activation, m.SERatio = 8, 2, 4, 0, ReLU, 0
		}
		for key, old := range seen {
			if (key == m.Key()) != cmp.Equal(old, of(m)) {
				t.Errorf("%s and %s:\n%s", key, m.Key(), cmp.Diff(old, of(m)))
			}
		}
		seen[m.Key()] = of(m)
	})
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		change func(m *Model)
		want   string
	}{
		{func(m *Model) { m.Stem = "vit" }, `stem: "vit": want one of cifar, simple, imagenet, deep, plain, none`},
		{func(m *Model) { m.Block = "z" }, `block: "z": want one of x, y, r, v, vr, basic, vanilla, linear, mbconv, presum, preact`},
		{func(m *Model) { m.Activation = "tanh" }, `activation: "tanh" is neither relu nor silu`},
		{func(m *Model) { m.GroupFix = "timm" }, `group_fix: "timm": want one of pycls, torchvision`},
		{func(m *Model) { m.EndActivation = Activated }, `end_activation: block x ends with the activation already; drop the line, or choose another block`},
		{func(m *Model) { m.StemWidth = 0 }, `stem_width: 0 is outside 1..1048576`},
		{func(m *Model) { m.Classes = -1 }, `classes: -1 is outside 1..1048576`},
		{func(m *Model) { m.Input = 1 << 20 }, `input: 1048576 is outside 1..65536`},
		{func(m *Model) { m.SERatio = 1.5 }, `se_ratio: 1.5 is outside 0..1`},
		{func(m *Model) { m.Block, m.SERatio = BlockV, 0.25 }, `se_ratio: block v has no SE; choose 0, or block x, r, basic, linear, mbconv or presum`},
		{func(m *Model) { m.SERatios = []float64{0.5} }, `se_ratio: 1 values for 2 stages; give one value, or one a stage`},
		{func(m *Model) { m.SERatios = []float64{0.5, 2} }, `se_ratio: stage 2: 2 is outside 0..1`},
		{func(m *Model) { m.Expansions = []int{2} }, `expansions: block x has no such parameter; drop the values`},
		{func(m *Model) { m.Block = BlockBasic }, `bottleneck: block basic has no such parameter; drop the values`},
		{func(m *Model) {
			m.Block, m.Bottleneck, m.GroupWidths, m.Kernels = BlockMBConv, nil, nil, []int{3, 3, 3, 3}
		}, `expansions: 0 values for 2 stages; give one value, or one a stage`},
		{func(m *Model) { m.Depths = nil }, `depths: 0 stages; a model has 1 to 64`},
		{func(m *Model) { m.Widths = m.Widths[:1] }, `widths: 1 values for 2 stages; give one value, or one a stage`},
		{func(m *Model) { m.GroupWidths = nil }, `group_widths: 0 values for 2 stages; give one value, or one a stage`},
		{func(m *Model) { m.Depths[1] = 0 }, `depths: stage 2: 0 is outside 1..65536`},
		{func(m *Model) { m.Depths[1] = 65536 }, `depths: 65537 blocks; a model has at most 65536`},
		{func(m *Model) { m.Widths[0] = 0 }, `widths: stage 1: 0 is outside 1..1048576`},
		{func(m *Model) { m.Strides[1] = 3 }, `strides: stage 2: 3 is neither 1 nor 2`},
		{func(m *Model) { m.Bottleneck[0] = 0 }, `bottleneck: stage 1: 0 is not a ratio of whole numbers up to 1000`},
		{func(m *Model) { m.Bottleneck[0] = 0.1667 }, `bottleneck: stage 1: 0.1667 is not a ratio of whole numbers up to 1000`},
		{func(m *Model) { m.Bottleneck[1] = 3 }, `widths: stage 2: 16 over the bottleneck ratio 3 is no whole number; change one of the two`},
		{func(m *Model) { m.GroupWidths[1] = 5 }, `group_widths: stage 2: 5 does not divide the inner width 16 (width 16 over bottleneck ratio 1)`},
		{func(m *Model) { m.GroupWidths[1] = 32 }, `group_widths: stage 2: 32 does not divide the inner width 16 (width 16 over bottleneck ratio 1)`},
		{func(m *Model) { m.Widths = []int{1 << 20, 1 << 20}; m.Input = 65536 }, `input: flops beyond what can be counted; reduce input, widths or depths`},
		{func(m *Model) { m.RegNet = &RegNet{2, 8, 8, 2, 1, 8} }, ``},
		{func(m *Model) { m.RegNet = &RegNet{3, 8, 8, 2, 1, 8} }, `regnet: the stages are not those that the parameters give; drop one of the two`},
		{func(m *Model) { m.RegNet = &RegNet{2, 12, 8, 2, 1, 8} }, `regnet: w0: 12 is no multiple of 8`},
	} {
		m := &Model{
			Stem: StemCIFAR, StemWidth: 8, Block: BlockX, Activation: ReLU, Depths: []int{1, 1}, Widths: []int{8, 16}, Strides: []int{2, 2},
			Bottleneck: []float64{1, 1}, GroupWidths: []int{8, 8}, Classes: 10, Input: 32,
		}
		c.change(m)
		if got := fmt.Sprint(m.Validate()); got != c.want && !(c.want == "" && got == "<nil>") {
			t.Errorf("\n got %s\nwant %s", got, c.want)
		}
	}
}

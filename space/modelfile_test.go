package space

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestReadModel(t *testing.T) {
	for _, c := range []struct {
		text string
		want Model
	}{
		{
			"stem: cifar\nstem_width: 16\nblock: x\ndepths: [1, 2]\nwidths: [8, 16]\n", // everything else left out
			Model{Name: "net", Stem: StemCIFAR, StemWidth: 16, Block: BlockX, Activation: ReLU, Depths: []int{1, 2}, Widths: []int{8, 16}, Strides: []int{2, 2},
				Bottleneck: []float64{1, 1}, GroupWidths: []int{8, 16}, Classes: 10, Input: 32},
		}, {
			"name: mine\nstem: simple\nstem_width: 32\nblock: y\nactivation: silu\ndepths: 3\nwidths: [16, 32]\nstrides: [1, 2]\nbottleneck: [2, 0.5]\n" +
				"group_widths: 8\nhead_width: 64\nclasses: 100\ninput: 64\n",
			Model{Name: "mine", Stem: StemSimple, StemWidth: 32, Block: BlockX, Activation: SiLU, Depths: []int{3, 3}, Widths: []int{16, 32}, Strides: []int{1, 2},
				Bottleneck: []float64{2, 0.5}, GroupWidths: []int{8, 8}, SERatio: 0.25, HeadWidth: 64, Classes: 100, Input: 64},
		}, {
			"stem: imagenet\nstem_width: 64\nblock: r\ndepths: 1\nwidths: 16\nbottleneck: 4\ngroup_widths: 3\n", // r has one group
			Model{Name: "net", Stem: StemImageNet, StemWidth: 64, Block: BlockR, Activation: ReLU, Depths: []int{1}, Widths: []int{16}, Strides: []int{2},
				Bottleneck: []float64{4}, GroupWidths: []int{4}, Classes: 10, Input: 32},
		}, {
			"stem: cifar\nstem_width: 8\nblock: basic\ndepths: 1\nwidths: 9\nbottleneck: 4\ngroup_widths: 2\n", // ignored
			Model{Name: "net", Stem: StemCIFAR, StemWidth: 8, Block: BlockBasic, Activation: ReLU, Depths: []int{1}, Widths: []int{9}, Strides: []int{2},
				Classes: 10, Input: 32},
		}, {
			"stem: simple\nstem_width: 32\nblock: x\nregnet: {d: 13, w0: 24, wa: 36.44, wm: 2.49, g: 16}\n", // the fix moves 24 and 56 to 32 and 64
			Model{Name: "net", Stem: StemSimple, StemWidth: 32, Block: BlockX, Activation: ReLU, Depths: []int{1, 1, 4, 7}, Widths: []int{32, 64, 160, 368},
				Strides: []int{2, 2, 2, 2}, Bottleneck: []float64{1, 1, 1, 1}, GroupWidths: []int{16, 16, 16, 16}, Classes: 10, Input: 32,
				RegNet: &RegNet{13, 24, 36.44, 2.49, 1, 16}},
		}, {
			"stem: simple\nstem_width: 32\nblock: vr\nregnet: {d: 13, w0: 24, wa: 36.44, wm: 2.49, b: 2}\n", // no fix
			Model{Name: "net", Stem: StemSimple, StemWidth: 32, Block: BlockVR, Activation: ReLU, Depths: []int{1, 1, 4, 7}, Widths: []int{24, 56, 152, 368},
				Strides: []int{2, 2, 2, 2}, Classes: 10, Input: 32,
				RegNet: &RegNet{13, 24, 36.44, 2.49, 2, 1}},
		}, {
			"stem: simple\nstem_width: 32\nblock: mbconv\nactivation: silu\ndepths: [1, 2]\nwidths: [16, 24]\nexpansions: [1, 6]\nse_ratio: 0.25\n", // kernels left out
			Model{Name: "net", Stem: StemSimple, StemWidth: 32, Block: BlockMBConv, Activation: SiLU, Depths: []int{1, 2}, Widths: []int{16, 24}, Strides: []int{2, 2},
				Expansions: []int{1, 6}, Kernels: []int{3, 3}, SERatio: 0.25, Classes: 10, Input: 32},
		}, {
			"stem: cifar\nstem_width: 16\nblock: mbconv\nregnet: {d: 13, w0: 24, wa: 36.44, wm: 2.49}\nexpansions: 4\nkernels: 5\n",
			Model{Name: "net", Stem: StemCIFAR, StemWidth: 16, Block: BlockMBConv, Activation: ReLU, Depths: []int{1, 1, 4, 7}, Widths: []int{24, 56, 152, 368},
				Strides: []int{2, 2, 2, 2}, Expansions: []int{4, 4, 4, 4}, Kernels: []int{5, 5, 5, 5}, Classes: 10, Input: 32,
				RegNet: &RegNet{13, 24, 36.44, 2.49, 1, 1}},
		}, {
			"stem: cifar\nstem_width: 16\nblock: r\ndepths: 1\nwidths: [8, 16]\nse_ratio: [0, 0.25]\n",
			Model{Name: "net", Stem: StemCIFAR, StemWidth: 16, Block: BlockR, Activation: ReLU, Depths: []int{1, 1}, Widths: []int{8, 16}, Strides: []int{2, 2},
				Bottleneck: []float64{1, 1}, GroupWidths: []int{8, 16}, SERatios: []float64{0, 0.25}, Classes: 10, Input: 32},
		},
	} {
		m, err := ReadModel("dir/net.yaml", []byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if diff := cmp.Diff(&c.want, m); diff != "" {
			t.Errorf("%s:\n%s", c.text, diff)
		}
	}
}

func TestReadModelErrors(t *testing.T) {
	const head = "stem: cifar\nstem_width: 16\nblock: x\n"
	const line = head + "regnet: {d: 13, w0: 24, wa: 36.44, wm: 2.49, g: 8}\n"
	const mbconv = "stem: cifar\nstem_width: 16\nblock: mbconv\ndepths: [1, 2]\nwidths: [8, 16]\n"
	for _, c := range []struct{ text, want string }{
		{"", "x.yaml: the file is empty"},
		{"stem: cifar\nblock: x\n", "x.yaml:1: stem_width: is missing; every model needs one"},
		{head, "x.yaml:1: depths: is missing; give depths and widths, or regnet"},
		{head + "depths: 1\n", "x.yaml:1: widths: is missing; give depths and widths, or regnet"},
		{head + "depht: 1\n", `x.yaml:4: unknown key "depht"; did you mean "depths"?`},
		{head + "depths: 1\nwidths: 8\nstem: simple\n", `x.yaml:6: key "stem" stands already in line 1; keep one`},
		{head + "depths: [1, 2]\nwidths: [8, 16, 24]\n", "x.yaml:5: widths: 3 values for 2 stages; give one value, or one a stage"},
		{head + "depths: [1, 2]\nwidths: [8, 16]\nstrides: [1, 2, 2]\n", "x.yaml:6: strides: 3 values for 2 stages; give one value, or one a stage"},
		{head + "depths: []\nwidths: []\n", "x.yaml:4: depths: 0 stages; a model has 1 to 64"},
		{head + "depths: [1, 2]\nwidths: [8, 16]\ngroup_widths: [8, 5]\n", "x.yaml:6: group_widths: stage 2: 5 does not divide the inner width 16 (width 16 over bottleneck ratio 1)"},
		{head + "depths: [1, 2]\nwidths: [8, 18]\nbottleneck: 4\n", "x.yaml:5: widths: stage 2: 18 over the bottleneck ratio 4 is no whole number; change one of the two"},
		{head + "depths: 1\nwidths: 8\nse_ratio: 2\n", "x.yaml:6: se_ratio: 2 is outside 0..1"},
		{head + "depths: 1\nwidths: 8\nbottleneck: .inf\n", "x.yaml:6: bottleneck: stage 1: +Inf is not a ratio of whole numbers up to 1000"},
		{"stem: cifar\nstem_width: 16\nblock: y\nse_ratio: 0.1\ndepths: 1\nwidths: 8\n", "x.yaml:4: se_ratio: block y is x with se_ratio 0.25; write block x to choose another"},
		{line + "widths: 8\n", "x.yaml:5: widths: regnet generates the stages; drop widths or regnet"},
		{head + "regnet: {d: 13, w0: 24, wa: 36.44, g: 8}\n", "x.yaml:4: regnet.wm: is missing; a RegNet needs d, w0, wa and wm"},
		{head + "regnet: {d: 13, w0: 24, wa: 36.44, wm: 2.49}\n", "x.yaml:4: regnet.g: is missing; block x needs a group width"},
		{head + "regnet: {d: 13, w0: 25, wa: 36.44, wm: 2.49, g: 8}\n", "x.yaml:4: regnet: w0: 25 is no multiple of 8"},
		{head + "regnet: {d: 13, w0: 24, wa: 36.44, wm: 2.49, b: 1.7, g: 8}\n", "x.yaml:4: regnet: stage 1: bottleneck 1.7 leaves width 24 without a multiple of group width 8; choose a whole number or the inverse of one"},
		{line + "strides: [1, 2]\n", "x.yaml:5: strides: 2 values for 4 stages; give one value, or one a stage"},
		{head + "depths: 1\nwidths: 8\nkernels: 5\n", "x.yaml:6: kernels: block x has no such key; drop the line, or choose block mbconv"},
		{mbconv, "x.yaml:1: expansions: is missing; the block needs the inner width over that of its input, as in 6"},
		{head + "depths: [1, 2, 3]\nwidths: 16\ngroup_widths: [8, 8]\n", "x.yaml:6: group_widths: 2 values for 3 stages; give one value, or one a stage"},
		{head + "depths: 1\nwidths: 16\ngroup_widths: []\n", "x.yaml:6: group_widths: 0 values for 1 stages; give one value, or one a stage"},
		{mbconv + "expansions: 0\n", "x.yaml:6: expansions: stage 1: 0 is outside 1..1000"},
		{mbconv + "expansions: [1, 2, 3]\n", "x.yaml:6: expansions: 3 values for 2 stages; give one value, or one a stage"},
		{mbconv + "expansions: 6\nkernels: [3, 7]\n", "x.yaml:7: kernels: stage 2: 7 is neither 3 nor 5"},
		{line + "input: 0\n", "x.yaml:5: input: 0 is outside 1..65536"},
	} {
		if _, err := ReadModel("x.yaml", []byte(c.text)); err == nil || err.Error() != c.want {
			t.Errorf("%s\n got %v\nwant %s", c.text, err, c.want)
		}
	}
}

func TestModelRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyModel(t)
		text := MarshalModel(m)
		again, err := ReadModel(m.Name+".yaml", text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if diff := cmp.Diff(m, again); diff != "" {
			t.Errorf("%s\n%s", text, diff)
		}
	})
}

func FuzzReadModel(f *testing.F) {
	for _, name := range []string{"peers/regnety-200mf", "peers/resnext-50-32x4d", "peers/vanilla-56-cifar"} {
		_, data, err := models.open(name, name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(MarshalModel(load(f, name)))
	}
	f.Add([]byte("stem: cifar\nstem_width: 8\nblock: linear\ndepths: 2\nwidths: [8, 16]\nbottleneck: 0.16666666666666666\nhead_width: 9\nname: n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ReadModel("x.yaml", data)
		if err != nil {
			return
		}
		if c := m.Complexity(); c.Flops <= 0 || c.Params <= 0 || c.Acts <= 0 {
			t.Errorf("complexity %+v", c)
		}
		again, err := ReadModel("x.yaml", MarshalModel(m))
		if err != nil {
			t.Fatalf("%v\n%s", err, MarshalModel(m))
		}
		if diff := cmp.Diff(m, again); diff != "" {
			t.Error(diff)
		}
	})
}

func FuzzReadSpace(f *testing.F) {
	for _, text := range []string{
		baseText, lineText, baseText + "shared: [b]\nconstraints: {width: nondecreasing, flops: {max: 3M}}\n",
		"name: c\nextends: proxy/anynetxa\nparams: {w: {min: 20}, d3: [3, 5]}\n",
		"name: c\nvariant_of: proxy/regnetx\nblock: v\nparams: {wa: {equals: w0}, lr: 0.1}\n",
		baseText + "  lr: {dist: normal, min: 0.1, max: 0.3, step: 0.01}\n",
		baseText + "  input: {dist: power2-or-log, min: 1, max: 64, step: 4, within: [2, 50]}\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		// Parents are of the catalog only: no other file exists here.
		s, err := Read("no-such-directory/x.yaml", data)
		if err != nil {
			return
		}
		s.Size()
		text := s.Marshal()
		again, err := Read("x.yaml", text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if got := again.Marshal(); string(got) != string(text) {
			t.Errorf("%s\n%s", text, got)
		}
		sameDraws(t, s, again)
	})
}

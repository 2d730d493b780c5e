package pycls

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"designspace/space"
	"designspace/trainer"
)

// drawn draws a model from a space of the catalog, and varies what the space
// leaves alone.
func drawn(t *rapid.T) *space.Model {
	s, err := space.Load(rapid.SampledFrom(space.Names()).Draw(t, "space"))
	if err != nil {
		t.Fatal(err)
	}
	d := s.NewDrawer()
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	var m *space.Model
	for m == nil {
		if c, reason := d.Draw(r); reason == space.Accepted {
			clone := c.Clone()
			m = clone.Model
		}
	}
	m.Stem = rapid.SampledFrom([]space.Stem{space.StemCIFAR, space.StemSimple, space.StemImageNet}).Draw(t, "stem")
	m.Activation = rapid.SampledFrom([]space.Activation{space.ReLU, space.SiLU}).Draw(t, "activation")
	m.HeadWidth = rapid.IntRange(0, 100).Draw(t, "head")
	if rapid.Bool().Draw(t, "explicit") {
		m.RegNet = nil
		m.Block = rapid.SampledFrom(space.Blocks()).Draw(t, "block")
		m.Bottleneck, m.GroupWidths, m.Expansions, m.Kernels, m.SERatio = nil, nil, nil, nil, 0
		for range m.Depths {
			if m.Block.Has("b") {
				m.Bottleneck = append(m.Bottleneck, rapid.SampledFrom([]float64{1, 2, 4, 0.5}).Draw(t, "b"))
				m.GroupWidths = append(m.GroupWidths, rapid.SampledFrom([]int{1, 2, 4, 8}).Draw(t, "g"))
			}
			if m.Block.Has("e") {
				m.Expansions = append(m.Expansions, rapid.IntRange(1, 6).Draw(t, "e"))
			}
			if m.Block.Has("k") {
				m.Kernels = append(m.Kernels, rapid.SampledFrom([]int{3, 5}).Draw(t, "k"))
			}
		}
	}
	if m.Block.Has("se_ratio") {
		if m.SERatio = rapid.SampledFrom([]float64{0, 0.25, 1.0 / 3}).Draw(t, "se"); m.Block == space.BlockBasic {
			m.SERatio = 0 // which pycls has not
		}
	}
	return m
}

// A model that is written is read back as the same network.
func TestReadsWhatItWrites(t *testing.T) {
	r, err := trainer.Preset("proxy")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		m := drawn(t)
		if m.Validate() != nil {
			t.Skip("the block does not fit the drawn widths")
		}
		text, err := Marshal(m, Setup{Recipe: &r})
		if err != nil {
			missing := strings.Contains(err.Error(), fmt.Sprintf("pycls has no block %s:", m.Block)) && !slices.Contains([]space.Block{space.BlockX, space.BlockR, space.BlockBasic, space.BlockVanilla, space.BlockLinear}, m.Block)
			if !missing && (m.Block != effNetBlock || !strings.Contains(err.Error(), "pycls' EfficientNet has") && !strings.Contains(err.Error(), "pycls cuts off fractions")) {
				t.Fatal(err)
			}
			return
		}
		got, err := Read("m.yaml", text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if got.Key() != m.Key() {
			t.Fatalf("%s\nis read as\n%s\nfrom\n%s", m.Key(), got.Key(), text)
		}
		if m.RegNet != nil && strings.Contains(string(text), "TYPE: regnet") && (got.RegNet == nil || *got.RegNet != *m.RegNet) {
			t.Fatalf("RegNet %v is read as %v", m.RegNet, got.RegNet)
		}
	})
}

// So is every network of the catalog but those that pycls has not.
func TestReadsPeersThatItWrites(t *testing.T) {
	refused := map[string]string{
		"peers/mobilenet-v2":       "pycls' EfficientNet has SE in every block, and the model has none",
		"peers/regnetz-040":        "pycls has no end_activation model",
		"peers/regnetx-200mf-blog": "pycls has no block presum",
		"peers/regnety-200mf-blog": "pycls has no block presum",
		"peers/resnet-18-d":        "pycls has no shortcut avgpool",
		"peers/resnet-34-d":        "pycls has no shortcut avgpool",
		"peers/resnet-50-d":        "pycls has no shortcut avgpool",
		"peers/resnet-101-d":       "pycls has no shortcut avgpool",
		"peers/se-resnet-18":       "pycls has no SE in block basic",
		"peers/se-resnet-34":       "pycls has no SE in block basic",
		"peers/vgg-11-bn-gap":      "pycls has no downsampling maxpool",
		"peers/vgg-13-bn-gap":      "pycls has no downsampling maxpool",
		"peers/vgg-16-bn-gap":      "pycls has no downsampling maxpool",
		"peers/vgg-19-bn-gap":      "pycls has no downsampling maxpool",
		"peers/wrn-16-8-cifar":     "pycls has no block preact",
		"peers/wrn-28-10-cifar":    "pycls has no block preact",
		"peers/wrn-40-2-cifar":     "pycls has no block preact",
		"peers/wrn-40-4-cifar":     "pycls has no block preact",
	}
	for _, name := range space.ModelNames() {
		m, err := space.LoadModel(name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := Marshal(m, Setup{})
		if reason := refused[name]; reason != "" {
			if want := name + ": " + reason + ": choose another format"; err == nil || err.Error() != want {
				t.Errorf("%v, want %s", err, want)
			}
			continue
		}
		if err != nil {
			t.Error(err)
			continue
		}
		if got, err := Read("m.yaml", text); err != nil || got.Key() != m.Key() {
			t.Errorf("%s is read as %v, %v from\n%s", name, got, err, text)
		}
	}
}

// EfficientNet-B0 as pycls publishes it, with the counts of its own tests.
func TestPublishedEfficientNet(t *testing.T) {
	const text = `
MODEL:
  TYPE: effnet
  NUM_CLASSES: 1000
  ACTIVATION_FUN: silu
EN:
  STEM_W: 32
  STRIDES: [1, 2, 2, 2, 1, 2, 1]
  DEPTHS: [1, 2, 2, 3, 3, 4, 1]
  WIDTHS: [16, 24, 40, 80, 112, 192, 320]
  EXP_RATIOS: [1, 6, 6, 6, 6, 6, 6]
  KERNELS: [3, 3, 5, 3, 5, 5, 3]
  HEAD_W: 1280
OPTIM:
  LR_POLICY: cos
  BASE_LR: 0.4
TRAIN:
  DATASET: imagenet
  IM_SIZE: 224
`
	m, err := Read("b0.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if c := m.Complexity(); c.Flops != 385825092 || c.Params != 5288548 || c.Acts != 6748036 {
		t.Errorf("%+v", c)
	}
	if b0, err := space.LoadModel("peers/efficientnet-b0"); err != nil || b0.Key() != m.Key() {
		t.Errorf("%s differs from the catalog's, %v", m.Key(), err)
	}
}

// A model of block mbconv that pycls' EfficientNet is not is refused.
func TestEfficientNetRefusals(t *testing.T) {
	const model = "{stem: simple, stem_width: 16, block: mbconv, depths: 2, widths: [8, 10], expansions: 2, head_width: 64, se_ratio: 0.25}"
	for replace, want := range map[[2]string]string{
		{"stem: simple", "stem: cifar"}:       "m: pycls' EfficientNet has the stem simple, and the model has cifar: scale it to that stem, or choose another format",
		{"head_width: 64", "head_width: 0"}:   "m: pycls' EfficientNet has a head convolution, and the model has none: choose another format",
		{"se_ratio: 0.25", "se_ratio: 0"}:     "m: pycls' EfficientNet has SE in every block, and the model has none: choose another format",
		{"widths: [8, 10]", "widths: 10"}:     "",
		{"widths: [8, 10]", "widths: [8, 7]"}: "m: stage 2: SE over 7 channels has the width 1.75 before rounding, and pycls cuts off fractions: want whole numbers from 1",
		{"se_ratio: 0.25", "se_ratio: 0.05"}:  "m: stage 1: SE over 16 channels has the width 0.8 before rounding, and pycls cuts off fractions: want whole numbers from 1",
	} {
		m, err := space.ReadModel("m.yaml", []byte(strings.Replace(model, replace[0], replace[1], 1)))
		if err != nil {
			t.Fatal(err)
		}
		text, err := Marshal(m, Setup{})
		if want == "" && err == nil {
			continue
		}
		if err == nil || err.Error() != want {
			t.Errorf("%s gives %v\n%s", replace[1], err, text)
		}
	}
}

// RegNetX-200MF as pycls publishes it, with the flops of its model zoo.
func TestPublishedRegNet(t *testing.T) {
	const text = `
MODEL:
  TYPE: regnet
  NUM_CLASSES: 1000
REGNET:
  DEPTH: 13
  W0: 24
  WA: 36.44
  WM: 2.49
  GROUP_W: 8
OPTIM:
  LR_POLICY: cos
  BASE_LR: 0.8
TRAIN:
  DATASET: imagenet
  IM_SIZE: 224
  BATCH_SIZE: 1024
TEST:
  DATASET: imagenet
  IM_SIZE: 256
NUM_GPUS: 8
OUT_DIR: .
`
	m, err := Read("regnetx-200mf.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if c := m.Complexity(); c.Flops != 199040872 || c.Params != 2684792 || c.Acts != 2164056 {
		t.Errorf("%+v", c)
	}
}

// Configurations of the type resnet are the networks of the catalog, whose
// complexity is published.
func TestResNets(t *testing.T) {
	const imagenet = "NUM_CLASSES: 1000}\nTRAIN: {DATASET: imagenet, IM_SIZE: 224}\n"
	const wide = "RESNET: {TRANS_FUN: bottleneck_transform, STRIDE_1X1: False, NUM_GROUPS: 1, WIDTH_PER_GROUP: 64}\n"
	for name, text := range map[string]string{
		"peers/resnet-50":        "MODEL: {TYPE: resnet, DEPTH: 50, " + imagenet + wide,
		"peers/resnet-101":       "MODEL: {TYPE: resnet, DEPTH: 101, " + imagenet + wide,
		"peers/resnext-50-32x4d": "MODEL: {TYPE: resnet, DEPTH: 50, " + imagenet + "RESNET: {STRIDE_1X1: False, NUM_GROUPS: 32, WIDTH_PER_GROUP: 4}\n",
		"peers/resnet-20-cifar":  "MODEL: {TYPE: resnet, DEPTH: 20}\nTRAIN: {DATASET: cifar10, IM_SIZE: 32}\nRESNET: {TRANS_FUN: basic_transform}\n",
	} {
		want, err := space.LoadModel(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Read("m.yaml", []byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.Complexity() != want.Complexity() {
			t.Errorf("%s: %+v, want %+v", name, got.Complexity(), want.Complexity())
		}
	}
}

func TestErrorsNameTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"MODEL:\n  TYPE: vit\n":              `m.yaml:2: MODEL.TYPE: "vit" cannot be read; anynet, effnet, regnet, resnet can`,
		"ANYNET:\n  DEPTHS: [1]\n":           "m.yaml:1: MODEL.TYPE: is missing; anynet, effnet, regnet and resnet can be read",
		"SETUP: {}\n":                        "m.yaml:1: SETUP: this is a sweep, which draws models: designspace import makes a space of it",
		"MODEL: {TYPE: resnet, DEPTH: 50}\n": "m.yaml:1: RESNET.STRIDE_1X1: the stride in the first 1×1",
		"MODEL: {TYPE: resnet, DEPTH: 34}\n": "m.yaml:1: MODEL.DEPTH: 34 cannot be read; 50, 101 and 152 can",
		"MODEL: {TYPE: resnet, DEPTH: 21}\nTRAIN: {DATASET: cifar10}\n": "m.yaml:1: MODEL.DEPTH: 21 is not 6n + 2",
		"MODEL: {TYPE: anynet}\n":     "m.yaml:1: ANYNET.DEPTHS: is missing; the model has no stages without it",
		"[1, 2]\n":                    "m.yaml:1: a configuration of pycls is a mapping of sections such as MODEL and ANYNET",
		"MODEL: [TYPE\n":              "m.yaml:",
		"":                            "m.yaml: the file is empty",
		anynet("BLOCK_TYPE: mystery"): `m.yaml:7: ANYNET.BLOCK_TYPE: "mystery" cannot be read; res_basic_block, res_bottleneck_block, res_bottleneck_linear_block, vanilla_block can`,
		anynet("SHUFFLE: 2"):          "m.yaml:7: ANYNET.SHUFFLE: is not known here and may change the model;",
		anynet("BOT_MULS: [1.0]"):     "m.yaml:7: ANYNET.BOT_MULS: 1 values for the 2 stages of DEPTHS",
		anynet("BOT_MULS: [1.0, 1.0]\n  GROUP_WS: [7, 16]"):           "m.yaml:3: ANYNET: group_widths: stage 1: 7 does not divide the inner width 16 (width 16 over bottleneck ratio 1)",
		anynet("STEM_W: wide"):                                        "m.yaml:7: ANYNET.STEM_W:",
		"MODEL: {TYPE: regnet}\nBN: {EPS: 0.001}\nREGNET: {}\n":       "m.yaml:2: BN.EPS: only the epsilon 1e-05 can be kept",
		"MODEL: {TYPE: regnet, SCALING_TYPE: d}\n":                    "m.yaml:1: MODEL.SCALING_TYPE: scaling is not applied here;",
		"MODEL: {TYPE: regnet}\nREGNET: {W0: 12}\n":                   "m.yaml:2: REGNET: regnet: w0: 12 is no multiple of 8",
		effnet("KERNELS: [3, 7]"):                                     "m.yaml:3: EN: kernels: stage 2: 7 is neither 3 nor 5",
		effnet("KERNELS: [3]"):                                        "m.yaml:8: EN.KERNELS: 1 values for the 2 stages of DEPTHS",
		effnet("BOT_MULS: [1.0, 1.0]"):                                "m.yaml:8: EN.BOT_MULS: is not known here and may change the model;",
		effnet("SE_R: 0"):                                             "m.yaml:3: EN: stage 1: SE over 32 channels has the width 0 before rounding",
		effnet("KERNELS: [3, 3.5]"):                                   "m.yaml:8: EN.KERNELS:",
		"MODEL: {TYPE: effnet}\nEN: {}\n":                             "m.yaml:2: EN.DEPTHS: is missing; the model has no stages without it",
		"MODEL: {TYPE: regnet}\nREGNET: {GROUP_W: 16}\nQUANT: true\n": "m.yaml:3: QUANT: is not known here and may change the model;",
	} {
		if m, err := Read("m.yaml", []byte(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s\ngives %v, %v; want %s", text, m, err, want)
		}
	}
}

// anynet is a configuration with a line more, its seventh.
func anynet(line string) string {
	text := "MODEL:\n  TYPE: anynet\nANYNET:\n  DEPTHS: [1, 1]\n  WIDTHS: [16, 32]\n  STRIDES: [1, 2]\n  " + line + "\n"
	if !strings.Contains(line, "GROUP_WS") {
		text += "  GROUP_WS: [8, 8]\n"
	}
	if !strings.Contains(line, "BOT_MULS") {
		text += "  BOT_MULS: [1.0, 1.0]\n"
	}
	return text
}

// effnet likewise with a line more, its eighth.
func effnet(line string) string {
	text := "MODEL:\n  TYPE: effnet\nEN:\n  DEPTHS: [1, 1]\n  WIDTHS: [16, 32]\n  STRIDES: [1, 2]\n  EXP_RATIOS: [1, 6]\n  " + line + "\n"
	if !strings.Contains(line, "KERNELS") {
		text += "  KERNELS: [3, 5]\n"
	}
	return text
}

// What can be read is a model, and whatever else is an error of one line.
func FuzzRead(f *testing.F) {
	f.Add([]byte("MODEL: {TYPE: resnet, DEPTH: 50}\nRESNET: {STRIDE_1X1: False, NUM_GROUPS: 3}\n"))
	f.Add([]byte(anynet("STEM_W: 8")))
	f.Add([]byte(effnet("SE_R: 0.5")))
	f.Add([]byte("MODEL: {TYPE: regnet}\nREGNET: {BOT_MUL: 0, WM: .nan}\n"))
	f.Add([]byte("MODEL: {TYPE: anynet}\nANYNET: {DEPTHS: [], WIDTHS: []}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Read("m.yaml", data)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("error of several lines: %q", err)
			}
			return
		}
		if err := m.Validate(); err != nil {
			t.Error(err)
		}
	})
}

package pycls

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// regnetSweep has the shape of pycls' own sweeps; the figures are ours.
const regnetSweep = `DESC:
  A search for a good
  RegNet.
NAME: cifar/search
SETUP:
  NUM_CONFIGS: 32
  SAMPLERS:
    REGNET:
      TYPE: regnet_sampler
      DEPTH: [6, 16]
      GROUP_W: [1, 32]
    OPTIM.BASE_LR:
      TYPE: float_sampler
      RAND_TYPE: log_uniform
      RANGE: [0.25, 5.0]
      QUANTIZE: 1.0e-2
    OPTIM.MOMENTUM: {TYPE: value_sampler, VALUES: [0.8, 0.9]}
  CONSTRAINTS:
    CX:
      FLOPS: [0.12e+9, 0.13e+9]
      PARAMS: [0, 2.0e+6]
    REGNET:
      NUM_STAGES: [2, 3]
  BASE_CFG:
    MODEL: {TYPE: regnet, NUM_CLASSES: 10}
    REGNET: {STEM_TYPE: res_stem_cifar, SE_ON: True, STEM_W: 16}
    OPTIM:
      MAX_EPOCH: 50
    TRAIN: {IM_SIZE: 32, BATCH_SIZE: 1024}
LAUNCH:
  PARTITION: devlab
`

func TestReadRegNetSweep(t *testing.T) {
	s, err := ReadSweep("sweep.yaml", []byte(regnetSweep))
	if err != nil {
		t.Fatal(err)
	}
	want := `name: cifar/search
about: A search for a good RegNet.
base: regnet
stem: cifar
stem_width: 16
block: x
activation: relu
strides: 2
se_ratio: 0.25
classes: 10
input: 32
stages: [2, 3]
params:
  b: {dist: power2, min: 1, max: 1}
  d: {dist: uniform, min: 6, max: 16, step: 1}
  g: {dist: power2-or-log, min: 1, max: 32, step: 8}
  lr: {dist: log-uniform, min: 0.25, max: 5, step: 0.01}
  w0: {dist: log-uniform, min: 8, max: 256, step: 8}
  wa: {dist: log-uniform, min: 8, max: 256, step: 0.1}
  wm: {dist: log-uniform, min: 2, max: 3, step: 0.001}
constraints:
  flops: {min: 120M, max: 130M}
  params: {max: 2M}
`
	if diff := cmp.Diff(want, string(s.Space.Marshal())); diff != "" {
		t.Error(diff)
	}
	if s.Models != 32 {
		t.Errorf("%d models, want 32", s.Models)
	}
	notes := []string{
		"sweep.yaml:17: SETUP.SAMPLERS.OPTIM.MOMENTUM: is not drawn: a space has no such parameter",
		"sweep.yaml:28: SETUP.BASE_CFG.OPTIM.MAX_EPOCH: has no counterpart in a space",
		"sweep.yaml:29: SETUP.BASE_CFG.TRAIN.BATCH_SIZE: has no counterpart in a space",
		"sweep.yaml:31: LAUNCH.PARTITION: has no counterpart in a space",
	}
	if diff := cmp.Diff(notes, s.Notes); diff != "" {
		t.Error(diff)
	}
}

const anynetSweep = `NAME: anynet
SETUP:
  SAMPLERS:
    ANYNET.DEPTHS:
      TYPE: list_sampler
      LENGTH: 3
      ITEM_SAMPLER: {TYPE: int_sampler, RAND_TYPE: log_uniform, RANGE: [1, 16]}
    ANYNET.WIDTHS:
      TYPE: list_sampler
      LENGTH: 3
      ITEM_SAMPLER: {TYPE: int_sampler, RAND_TYPE: log_uniform, RANGE: [16, 256], QUANTIZE: 8}
    ANYNET.BOT_MULS:
      TYPE: list_sampler
      LENGTH: 3
      ITEM_SAMPLER: {TYPE: value_sampler, VALUES: [0.25, 0.5, 1.0]}
  BASE_CFG:
    MODEL: {TYPE: anynet}
    ANYNET: {STEM_TYPE: simple_stem_in, BLOCK_TYPE: res_bottleneck_block, STRIDES: [1, 2, 2], GROUP_WS: [4, 8, 16]}
`

func TestReadAnyNetSweep(t *testing.T) {
	s, err := ReadSweep("sweep.yaml", []byte(anynetSweep))
	if err != nil {
		t.Fatal(err)
	}
	want := `params:
  b: [4, 2, 1]
  d: {dist: log-uniform, min: 1, max: 16, step: 1}
  g: 4
  g2: 8
  g3: 16
  w: {dist: log-uniform, min: 16, max: 256, step: 8}
`
	if _, got, _ := strings.Cut(string(s.Space.Marshal()), "stages: 3\n"); got != want {
		t.Error(cmp.Diff(want, got))
	}
	if s.Notes != nil {
		t.Errorf("notes %q, want none", s.Notes)
	}
}

const effnetSweep = `NAME: effnet
SETUP:
  SAMPLERS:
    EN.DEPTHS: {TYPE: list_sampler, LENGTH: 2, ITEM_SAMPLER: {TYPE: int_sampler, RANGE: [1, 4]}}
    EN.EXP_RATIOS: {TYPE: list_sampler, LENGTH: 2, ITEM_SAMPLER: {TYPE: value_sampler, VALUES: [1, 3, 6]}}
    ANYNET.DEPTHS: {TYPE: list_sampler, LENGTH: 2, ITEM_SAMPLER: {TYPE: int_sampler, RANGE: [1, 4]}}
  BASE_CFG:
    MODEL: {TYPE: effnet, ACTIVATION_FUN: silu}
    EN: {STEM_W: 16, STRIDES: [1, 2], WIDTHS: [16, 32], KERNELS: [3, 5], HEAD_W: 64, DC_RATIO: 0.2}
`

func TestReadEfficientNetSweep(t *testing.T) {
	s, err := ReadSweep("sweep.yaml", []byte(effnetSweep))
	if err != nil {
		t.Fatal(err)
	}
	want := `name: effnet
base: anynet
stem: simple
stem_width: 16
block: mbconv
activation: silu
strides: [1, 2]
se_ratio: 0.25
head_width: 64
classes: 10
input: 224
stages: 2
params:
  d: {dist: uniform, min: 1, max: 4, step: 1}
  e: [1, 3, 6]
  k: 3
  k2: 5
  w: 16
  w2: 32
`
	if diff := cmp.Diff(want, string(s.Space.Marshal())); diff != "" {
		t.Error(diff)
	}
	notes := []string{
		"sweep.yaml:9: SETUP.BASE_CFG.EN: widths of SE are rounded here, and pycls cuts off their fractions",
		"sweep.yaml:6: SETUP.SAMPLERS.ANYNET.DEPTHS: is not drawn: a space has no such parameter",
		"sweep.yaml:9: SETUP.BASE_CFG.EN.DC_RATIO: has no counterpart in a space",
	}
	if diff := cmp.Diff(notes, s.Notes); diff != "" {
		t.Error(diff)
	}
}

func TestReadSweepErrors(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"NAME: anynet", "DESC: x", "sweep.yaml:1: NAME: is missing; results refer to a space by its name"},
		{"LENGTH: 3\n      ITEM_SAMPLER: {TYPE: value", "LENGTH: 4\n      ITEM_SAMPLER: {TYPE: value", "sweep.yaml:14: SETUP.SAMPLERS.ANYNET.BOT_MULS.LENGTH: 4 values for the 3 stages of STRIDES"},
		{"TYPE: value_sampler, VALUES: [0.25, 0.5, 1.0]", "TYPE: int_sampler, RANGE: [1, 2]", "sweep.yaml:15: SETUP.SAMPLERS.ANYNET.BOT_MULS.ITEM_SAMPLER.RAND_TYPE: a bottleneck ratio, one over the multiplier, can be drawn from values and from powers of two"},
		{"RANGE: [1, 16]", "RANGE: [1]", "sweep.yaml:7: SETUP.SAMPLERS.ANYNET.DEPTHS.ITEM_SAMPLER.RANGE: want the least and the greatest value"},
		{"RANGE: [1, 16]", "RANGE: [0, 16]", ""},
		{"RAND_TYPE: log_uniform, RANGE: [1, 16]", "RAND_TYPE: beta, RANGE: [1, 16]", `sweep.yaml:7: SETUP.SAMPLERS.ANYNET.DEPTHS.ITEM_SAMPLER.RAND_TYPE: "beta" cannot be read; log_normal, log_uniform, normal, power2_or_log_uniform, power2_uniform, uniform can`},
		{"TYPE: value_sampler", "TYPE: grid", `sweep.yaml:15: SETUP.SAMPLERS.ANYNET.BOT_MULS.ITEM_SAMPLER.TYPE: "grid" cannot be read; value_sampler, int_sampler, float_sampler, list_sampler and regnet_sampler can`},
		{"STRIDES: [1, 2, 2]", "STEM_W: 8", "sweep.yaml:18: SETUP.BASE_CFG.ANYNET.STRIDES: is missing; it gives the number of stages"},
		{"SAMPLERS:", "SAMPLES:", "sweep.yaml:2: SETUP.SAMPLERS: is missing or empty; a sweep draws what has a sampler here"},
		{"SETUP:", "SET:", "sweep.yaml:1: SETUP: is missing; a sweep of pycls has its samplers there"},
	} {
		data := strings.Replace(anynetSweep, c.old, c.new, 1)
		_, err := ReadSweep("sweep.yaml", []byte(data))
		if err == nil || c.want != "" && err.Error() != c.want || !strings.HasPrefix(err.Error(), "sweep.yaml:") {
			t.Errorf("%q for %q: %v, want %s", c.new, c.old, err, c.want)
		}
	}
}

func FuzzReadSweep(f *testing.F) {
	f.Add([]byte("NAME: x\nSETUP:\n  SAMPLERS:\n    OPTIM.BASE_LR: {TYPE: float_sampler, RANGE: [0, 1], QUANTIZE: 1e-10}\n  BASE_CFG: {MODEL: {TYPE: regnet}}\n"))
	f.Add([]byte(regnetSweep))
	f.Add([]byte(anynetSweep))
	f.Add([]byte(effnetSweep))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ReadSweep("sweep.yaml", data)
		if err != nil {
			return
		}
		if s.Space.Name == "" {
			t.Error("a space without a name")
		}
	})
}

// The sampler of pycls' own sweep of learning rates is finer than a space can be.
func TestFineSteps(t *testing.T) {
	const text = `NAME: mine/optim
SETUP:
  NUM_CONFIGS: 8
  SAMPLERS:
    OPTIM.BASE_LR: {TYPE: float_sampler, RAND_TYPE: log_uniform, RANGE: [0.25, 5.0], QUANTIZE: 1.0e-10}
  BASE_CFG:
    MODEL: {TYPE: anynet, NUM_CLASSES: 10}
    ANYNET: {STEM_TYPE: res_stem_cifar, STEM_W: 16, BLOCK_TYPE: res_basic_block, DEPTHS: [1, 1], WIDTHS: [16, 32], STRIDES: [1, 2]}
    TRAIN: {IM_SIZE: 32}
`
	s, err := ReadSweep("s.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := "s.yaml:5: SETUP.SAMPLERS.OPTIM.BASE_LR.QUANTIZE: 1e-10 gives more than 100000 values; values are drawn in steps of 0.0001"
	if !slices.Contains(s.Notes, want) {
		t.Errorf("notes %q, want %q", s.Notes, want)
	}
	if !strings.Contains(string(s.Space.Marshal()), "lr: {dist: log-uniform, min: 0.25, max: 5, step: 0.0001}") {
		t.Errorf("%s", s.Space.Marshal())
	}
}

func TestOtherFiles(t *testing.T) {
	for text, want := range map[string]string{
		"MODEL: {TYPE: regnet}\n": "s.yaml:1: MODEL: this is the configuration of one model: designspace model import reads it",
		"program: train.py\nmethod: random\nparameters: {lr: {min: 0, max: 1}}\n": "s.yaml:3: parameters: this looks like a sweep of W&B; sweeps of pycls can be read",
		"a: 1\n": "s.yaml:1: SETUP: is missing; a sweep of pycls has its samplers there",
	} {
		if _, err := ReadSweep("s.yaml", []byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

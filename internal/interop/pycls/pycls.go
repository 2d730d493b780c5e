// Package pycls translates models to and from the YAML configurations of pycls,
// the code base of Radosavovic et al. 2020 (arXiv 2003.13678). It knows the
// model types anynet, regnet and effnet, and reads resnet.
package pycls

import (
	"fmt"
	"math"
	"slices"

	"designspace/space"
	"designspace/trainer"
)

// The names that pycls has for what a model is made of. The blocks are those of
// the types anynet and regnet; type effnet has one of its own.
var (
	stems = map[string]space.Stem{
		"res_stem_cifar": space.StemCIFAR, "simple_stem_in": space.StemSimple, "res_stem_in": space.StemImageNet,
	}
	blocks = map[string]space.Block{
		"vanilla_block": space.BlockVanilla, "res_basic_block": space.BlockBasic,
		"res_bottleneck_block": space.BlockX, "res_bottleneck_linear_block": space.BlockLinear,
	}
	activations = map[string]space.Activation{"relu": space.ReLU, "silu": space.SiLU, "swish": space.SiLU}
)

const (
	effNetBlock = space.BlockMBConv
	oneGroup    = space.BlockR // written as x
)

// sections of a configuration hold the model, by its type.
var sections = map[string]string{"anynet": anyNet, "regnet": regNet, "effnet": effNet, "resnet": resNet}

const (
	anyNet = "ANYNET"
	regNet = "REGNET"
	effNet = "EN"
	resNet = "RESNET" // of configurations older than anynet
)

// nameOf returns the first name, in the order of the alphabet, that stands for v.
func nameOf[T comparable](names map[string]T, v T) (string, bool) {
	for _, name := range sortedKeys(names) {
		if names[name] == v {
			return name, true
		}
	}
	return "", false
}

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// A Setup is what a configuration says beside the model. The zero value says
// nothing: pycls' own values hold.
type Setup struct {
	Recipe *trainer.Recipe // nil for none
	Data   string          // name of the data, as in "cifar10"; "" for none
}

// Dataset returns the name that pycls has for the data on which it can train m:
// those of the setup, or else those whose images and classes are m's. It reports
// false if pycls has none.
func (s Setup) Dataset(m *space.Model) (string, bool) {
	switch {
	case s.Data == "cifar10" || s.Data == "" && m.Classes == 10 && m.Input == 32:
		return "cifar10", true
	case s.Data == "" && m.Classes == 1000:
		return "imagenet", true
	}
	return "", false
}

// multipliers returns the bottleneck multipliers 1/b of the stages. An error
// names a stage where pycls, which rounds the width times the multiplier, would
// have another inner width.
func multipliers(m *space.Model) ([]float64, error) {
	bm := make([]float64, len(m.Bottleneck))
	for i, b := range m.Bottleneck {
		bm[i] = 1 / b
	}
	for _, s := range m.Shapes() {
		if got := int(math.RoundToEven(float64(s.Out) * bm[s.Stage])); got != s.Inner {
			return nil, fmt.Errorf("stage %d: pycls would make the inner width %d in place of %d", s.Stage+1, got, s.Inner)
		}
	}
	return bm, nil
}

// sameSqueeze reports a width at which the SE of pycls' EfficientNet, which cuts
// off fractions where a model rounds, would have another width or none.
func sameSqueeze(m *space.Model) error {
	in := m.StemWidth
	for i, w := range m.Widths {
		for _, in := range []int{in, w}[:min(2, m.Depths[i])] {
			x := float64(in) * m.SERatio
			if x < 1 || math.Floor(x) != math.RoundToEven(x) {
				return fmt.Errorf("stage %d: SE over %d channels has the width %v before rounding, and pycls cuts off fractions: want whole numbers from 1", i+1, in, x)
			}
		}
		in = w
	}
	return nil
}

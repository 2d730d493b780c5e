package regnet

import (
	"strings"
	"testing"

	"designspace/space"
)

// The arguments of published models give the models of the catalog, whose
// complexity is published. Keys are those of the programs' own definitions.
func TestPublished(t *testing.T) {
	for text, name := range map[string]string{
		`{"model_type": "regnet", "layer_type": "y", "depths": [2, 6, 12, 2], "hidden_sizes": [128, 192, 512, 1088], "groups_width": 64, "embedding_size": 32, "hidden_act": "relu"}`: "peers/regnety-4.0gf",
		"depth: 22\nw_0: 24\nw_a: 24.48\nw_m: 2.54\ngroup_width: 16\n":                                                                                       "peers/regnetx-400mf-torchvision",
		"{depth: 22, w0: 24, wa: 24.48, wm: 2.54, group_size: 16, bottle_ratio: 1.0, group_min_ratio: 0.0, downsample: conv1x1}":                             "peers/regnetx-400mf",
		`{"depth": 22, "w_0": 24, "w_a": 24.48, "w_m": 2.54, "group_width": 16, "se_ratio": null, "norm_layer": "BatchNorm2d", "activation": "ReLU"}`:        "peers/regnetx-400mf-torchvision",
		`{"architecture": "x", "model_args": {"depth": 22, "w0": 24, "wa": 24.48, "wm": 2.54, "group_size": 16, "norm_layer": "batchnorm", "preact": null}}`: "peers/regnetx-400mf",
	} {
		want, err := space.LoadModel(name)
		if err != nil {
			t.Fatal(err)
		}
		if !Is("m.json", []byte(text)) {
			t.Errorf("%s is not known", text)
		}
		got, err := Read("m.json", []byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.Complexity() != want.Complexity() || got.Name != "m" {
			t.Errorf("%s: %s has %+v, want %+v", name, got.Name, got.Complexity(), want.Complexity())
		}
	}
}

func TestErrors(t *testing.T) {
	for text, want := range map[string]string{
		`{"model_type": "vit"}`:                          `m.json:1: model_type: "vit" cannot be read; regnet can`,
		`{"model_type": "regnet", "layer_type": "z"}`:    `m.json:1: layer_type: "z" is neither x nor y`,
		`{"model_type": "regnet", "depths": [1]}`:        "m.json:1: hidden_sizes: 4 widths for the 1 stages of depths",
		`{"model_type": "regnet", "hidden_act": "gelu"}`: `m.json:1: hidden_act: "gelu" is neither relu nor silu`,
		"w0: 24\n": "m.json:1: depth: is missing",
		"{depth: 22, w0: 24, wa: 24.48, wm: 2.54, group_size: 16, preact: true}":                  `m.json:1: preact: "true" cannot be read; false can`,
		"{depth: 22, w0: 24, wa: 24.48, wm: 2.54, group_size: 16, grow: 2}":                       "m.json:1: grow: is not known here and may change the model;",
		"{depth: 22, w0: 25, wa: 24.48, wm: 2.54, group_size: 16}":                                "m.json:1: regnet: w0: 25 is no multiple of 8",
		`{"architecture": "regnety_016"}`:                                                         "m.json:1: architecture: names a model, and its arguments are not here",
		`{"w0": null, "depth": 3, "wa": 8, "wm": 2, "group_size": 8}`:                             "m.json:1: w0: is missing",
		`{"depth": 3, "w_0": 8, "w_a": 8, "w_m": 2, "group_width": 8, "norm_layer": "GroupNorm"}`: `m.json:1: norm_layer: "GroupNorm" cannot be read; batchnorm2d can`,
		"a: 1\n": "m.json:1: holds no arguments of a RegNet",
	} {
		if m, err := Read("m.json", []byte(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, %v, want %s", text, m, err, want)
		}
	}
}

// Whatever the bytes, there is a model or an error.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"model_type": "regnet", "groups_width": 7}`))
	f.Add([]byte("depth: 22\nw_0: 24\nw_a: 24.48\nw_m: 2.54\ngroup_width: 16\nbottleneck_multiplier: 0\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := Read("m", data); err == nil && m.Validate() != nil {
			t.Error(m.Validate())
		}
	})
}

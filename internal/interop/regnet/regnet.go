// Package regnet reads the arguments with which other programs make a RegNet,
// in JSON or YAML: RegNetConfig of transformers, BlockParams.from_init_params of
// torchvision and RegNetCfg of timm. Where such a file does not say so, a model
// has 1000 classes and images of 224 pixels, as those that are published.
package regnet

import (
	"path/filepath"
	"slices"
	"strings"

	"designspace/internal/strictyaml"
	"designspace/internal/suggest"
	"designspace/space"
)

// A dialect is how a program names the arguments. A name that is "" is one that
// it has not.
type dialect struct {
	mark                            string // of its files
	depth, w0, wa, wm               string
	group, inverse, se              string // inverse: the bottleneck ratio is one over it
	stem, head, classes, activation string
	fixed                           map[string]string // what no model has otherwise, by its arguments
	fix                             space.Choice
}

var dialects = []dialect{{
	mark: "w_0", depth: "depth", w0: "w_0", wa: "w_a", wm: "w_m", group: "group_width", inverse: "bottleneck_multiplier",
	se: "se_ratio", stem: "stem_width", classes: "num_classes",
	fixed: map[string]string{"norm_layer": "batchnorm2d", "activation": "relu", "stem_type": "simplestemin", "block_type": "resbottleneckblock"},
	fix:   space.TorchvisionFix,
}, {
	mark: "w0", depth: "depth", w0: "w0", wa: "wa", wm: "wm", group: "group_size", inverse: "bottle_ratio",
	se: "se_ratio", stem: "stem_width", head: "num_features", classes: "num_classes", activation: "act_layer",
	fixed: map[string]string{"group_min_ratio": "0", "downsample": "conv1x1", "norm_layer": "batchnorm", "linear_out": "false", "preact": "false"},
}}

// activations are the names of activations.
var activations = map[string]space.Activation{"relu": space.ReLU, "silu": space.SiLU, "swish": space.SiLU}

// Is reports whether a file holds such arguments.
func Is(file string, data []byte) bool {
	doc, err := strictyaml.Parse(file, data)
	if err != nil {
		return false
	}
	return get(&reader{}, doc.At("model_type"), "") != "" || doc.At("model_args").IsMapping() || doc.At("architecture").Exists() || slices.ContainsFunc(dialects, func(d dialect) bool { return doc.At(d.mark).Exists() })
}

// Read reads a model. File stands in errors, and its base names the model.
func Read(file string, data []byte) (*space.Model, error) {
	doc, err := strictyaml.Parse(file, data)
	if err != nil {
		return nil, err
	}
	if args := doc.At("model_args"); args.IsMapping() { // beside what else timm publishes of a model
		doc = args
	}
	r := &reader{doc: doc}
	m := &space.Model{Stem: space.StemSimple, Block: space.BlockX, Input: 224, Strides: []int{2}}
	m.Name = strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	i := slices.IndexFunc(dialects, func(d dialect) bool { return doc.At(d.mark).Exists() })
	switch {
	case doc.At("model_type").Exists():
		r.transformers(m)
	case i >= 0:
		r.arguments(m, &dialects[i])
	case doc.At("architecture").Exists():
		return nil, doc.At("architecture").Errorf("names a model, and its arguments are not here: designspace model list shows the published models")
	default:
		return nil, doc.Errorf("holds no arguments of a RegNet")
	}
	if r.err != nil {
		return nil, r.err
	}
	// Through the YAML of models, which applies the group fix and checks
	// everything.
	read, err := space.ReadModel(file, space.MarshalModel(m))
	if err != nil {
		_, reason, _ := strings.Cut(err.Error(), ": ")
		return nil, doc.Errorf("%s", reason)
	}
	return read, nil
}

// A reader reads values and keeps the first error.
type reader struct {
	doc *strictyaml.Document
	err error
}

func (r *reader) fail(at *strictyaml.Document, format string, args ...any) {
	if r.err == nil {
		r.err = at.Errorf(format, args...)
	}
}

// get returns the value at a place, or else another.
func get[T any](r *reader, at *strictyaml.Document, otherwise T) T {
	if !at.Exists() || at.IsNull() || r.err != nil {
		return otherwise
	}
	v := otherwise
	if err := at.Decode(&v); err != nil {
		r.err = err
	}
	return v
}

func (r *reader) activation(name string) space.Activation {
	at := r.doc.At(name)
	word := get(r, at, "relu")
	a, ok := activations[word]
	if !ok {
		r.fail(at, "%q is neither relu nor silu", word)
	}
	return a
}

// arguments reads a model that torchvision or timm makes.
func (r *reader) arguments(m *space.Model, d *dialect) {
	known := []string{"input_size", "img_size"}
	for _, k := range []string{d.depth, d.w0, d.wa, d.wm, d.group, d.inverse, d.se, d.stem, d.head, d.classes, d.activation} {
		if k != "" {
			known = append(known, k)
		}
	}
	for _, k := range []string{d.depth, d.w0, d.wa, d.wm, d.group} {
		if !r.doc.At(k).Exists() || r.doc.At(k).IsNull() {
			r.fail(r.doc.At(k), "is missing")
		}
	}
	for _, k := range r.doc.Keys() {
		at := r.doc.At(k)
		want, fixed := d.fixed[k]
		switch {
		case fixed && strings.TrimSuffix(strings.ToLower(get(r, at, want)), ".0") != want:
			r.fail(at, "%q cannot be read; %s can", get(r, at, ""), want)
		case !fixed && !slices.Contains(known, k):
			r.fail(at, "is not known here and may change the model; %s", suggest.Known(k, known))
		}
	}
	b := get(r, r.doc.At(d.inverse), 1.0)
	if !(b > 0) {
		r.fail(r.doc.At(d.inverse), "%v is not above 0", b)
		return
	}
	m.RegNet = &space.RegNet{
		Depth: get(r, r.doc.At(d.depth), 0), W0: get(r, r.doc.At(d.w0), 0), WA: get(r, r.doc.At(d.wa), 0.0), WM: get(r, r.doc.At(d.wm), 0.0),
		G: get(r, r.doc.At(d.group), 0), B: 1 / b,
	}
	m.SERatio = get(r, r.doc.At(d.se), 0.0)
	m.StemWidth, m.HeadWidth = get(r, r.doc.At(d.stem), 32), get(r, r.doc.At(d.head), 0)
	m.Classes = get(r, r.doc.At(d.classes), 1000)
	m.Activation = r.activation(d.activation)
	m.GroupFix = d.fix
	for _, k := range known[:2] {
		m.Input = get(r, r.doc.At(k), m.Input)
	}
}

// transformers reads RegNetConfig, whose stages are given.
func (r *reader) transformers(m *space.Model) {
	doc := r.doc
	if kind := get(r, doc.At("model_type"), ""); kind != "regnet" {
		r.fail(doc.At("model_type"), "%q cannot be read; regnet can", kind)
		return
	}
	m.Depths, m.Widths = get(r, doc.At("depths"), []int{2, 6, 12, 2}), get(r, doc.At("hidden_sizes"), []int{128, 192, 512, 1088})
	if len(m.Depths) != len(m.Widths) || len(m.Depths) == 0 {
		r.fail(doc.At("hidden_sizes"), "%d widths for the %d stages of depths", len(m.Widths), len(m.Depths))
		return
	}
	m.StemWidth = get(r, doc.At("embedding_size"), 32)
	m.Activation = r.activation("hidden_act")
	m.Classes = get(r, doc.At("num_labels"), 1000)
	if labels := doc.At("id2label"); labels.IsMapping() {
		m.Classes = len(labels.Keys())
	}
	if n := get(r, doc.At("num_channels"), 3); n != 3 {
		r.fail(doc.At("num_channels"), "%d cannot be read; images have 3", n)
	}
	switch kind := get(r, doc.At("layer_type"), "y"); kind {
	case "x":
	case "y":
		m.SERatio = 0.25
	default:
		r.fail(doc.At("layer_type"), "%q is neither x nor y", kind)
	}
	m.Strides = slices.Repeat([]int{2}, len(m.Depths))
	if !get(r, doc.At("downsample_in_first_stage"), true) {
		m.Strides[0] = 1
	}
	group := get(r, doc.At("groups_width"), 64)
	if group < 1 {
		r.fail(doc.At("groups_width"), "%d is no width", group)
		return
	}
	for _, w := range m.Widths {
		m.Bottleneck = append(m.Bottleneck, 1)
		m.GroupWidths = append(m.GroupWidths, w/max(1, w/group))
	}
}

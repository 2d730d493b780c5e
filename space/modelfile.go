package space

import (
	"cmp"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"designspace/internal/strictyaml"
)

// yBlock is short for block x with an SE ratio of 0.25.
const (
	yBlock   Block = "y"
	ySERatio       = 0.25
)

// longName writes out the short name of a block.
func longName(doc *strictyaml.Document, b *Block, se *float64) error {
	if *b != yBlock {
		return nil
	}
	if doc.At("se_ratio").Exists() {
		return doc.At("se_ratio").Errorf("block y is x with se_ratio %v; write block x to choose another", ySERatio)
	}
	*b, *se = BlockX, ySERatio
	return nil
}

// A modelFile is a model in YAML. Lists have one value, or one a stage.
type modelFile struct {
	Name        string                   `yaml:"name,omitempty"`
	Stem        Stem                     `yaml:"stem"`
	StemWidth   int                      `yaml:"stem_width"`
	Block       Block                    `yaml:"block"`
	Activation  Activation               `yaml:"activation"`
	RegNet      *RegNet                  `yaml:"regnet,omitempty"`
	Depths      strictyaml.List[int]     `yaml:"depths,omitempty"`
	Widths      strictyaml.List[int]     `yaml:"widths,omitempty"`
	Strides     strictyaml.List[int]     `yaml:"strides"`
	Bottleneck  strictyaml.List[float64] `yaml:"bottleneck,omitempty"`
	GroupWidths strictyaml.List[int]     `yaml:"group_widths,omitempty"`
	Expansions  strictyaml.List[int]     `yaml:"expansions,omitempty"`
	Kernels     strictyaml.List[int]     `yaml:"kernels,omitempty"`
	SERatio     float64                  `yaml:"se_ratio"`
	HeadWidth   int                      `yaml:"head_width"`
	Classes     int                      `yaml:"classes"`
	Input       int                      `yaml:"input"`
}

// ReadModel reads a model in YAML and validates it. File stands in errors, and
// its base gives the model a name if the YAML has none.
//
// The keys stem, stem_width and block are wanted, and either depths and widths
// or regnet: {d, w0, wa, wm, b, g}, whose stages get the group fix. Keys that
// are left out mean strides 2, bottleneck 1, one group, no SE, no head
// convolution, relu, 10 classes and an input of 32 pixels. Block y is x with
// se_ratio 0.25. A list may be one value for every stage. Blocks that have no
// bottleneck ratio or no group width (see [Block.Has]) ignore bottleneck and
// group_widths. Those that have expansions want them, and those that have kernels
// take 3 where they are not given; others have no such keys.
func ReadModel(file string, data []byte) (*Model, error) {
	doc, err := strictyaml.Parse(file, data)
	if err != nil {
		return nil, err
	}
	f := modelFile{Activation: ReLU, Strides: []int{2}, Classes: 10, Input: 32}
	if err := doc.Decode(&f); err != nil {
		return nil, err
	}
	for _, key := range []string{"stem", "stem_width", "block"} {
		if !doc.At(key).Exists() {
			return nil, doc.At(key).Errorf("is missing; every model needs one")
		}
	}
	m := &Model{
		Name: cmp.Or(f.Name, baseName(file)), Stem: f.Stem, StemWidth: f.StemWidth, Block: f.Block, Activation: f.Activation,
		SERatio: f.SERatio, HeadWidth: f.HeadWidth, Classes: f.Classes, Input: f.Input, RegNet: f.RegNet,
	}
	if err := longName(doc, &m.Block, &m.SERatio); err != nil {
		return nil, err
	}
	if f.RegNet != nil {
		err = m.readRegNet(doc)
	} else {
		err = m.readStages(doc, &f)
	}
	if err != nil {
		return nil, err
	}
	m.Strides = spread(f.Strides, len(m.Depths))
	if err := m.readExpansions(doc, &f); err != nil {
		return nil, err
	}
	return m, placed(doc, m.Validate())
}

// readExpansions reads what only some blocks have.
func (m *Model) readExpansions(doc *strictyaml.Document, f *modelFile) error {
	for _, p := range stageParams {
		if p.Rare && doc.At(p.Key).Exists() && !p.Of(m.Block) {
			return doc.At(p.Key).Errorf("block %s has no such key; drop the line, or choose block %s", m.Block, having(p.Name))
		}
	}
	if m.Block.has(hasE) && !doc.At("expansions").Exists() {
		return doc.At("expansions").Errorf("is missing; block %s needs the inner width over that of its input, as in 6", m.Block)
	}
	if m.Block.has(hasK) && !doc.At("kernels").Exists() {
		f.Kernels = []int{plainKernel}
	}
	m.Expansions, m.Kernels = spread(f.Expansions, len(m.Depths)), spread(f.Kernels, len(m.Depths))
	return nil
}

// baseName is the name of a file without directory and extension.
func baseName(file string) string {
	return strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
}

// placed gives an error of Validate its line.
func placed(doc *strictyaml.Document, err error) error {
	var e *modelError
	if errors.As(err, &e) {
		return doc.At(e.key).Errorf("%s", e.text())
	}
	return err
}

// readRegNet resolves the stages of a model that gives regnet.
func (m *Model) readRegNet(doc *strictyaml.Document) error {
	for _, key := range []string{"depths", "widths", "bottleneck", "group_widths"} {
		if doc.At(key).Exists() {
			return doc.At(key).Errorf("regnet generates the stages; drop %s or regnet", key)
		}
	}
	at := doc.At("regnet")
	for _, key := range []string{"d", "w0", "wa", "wm"} {
		if !at.At(key).Exists() {
			return at.At(key).Errorf("is missing; a RegNet needs d, w0, wa and wm")
		}
	}
	if !at.At("b").Exists() {
		m.RegNet.B = 1
	}
	if !at.At("g").Exists() {
		if m.Block.has(hasG) {
			return at.At("g").Errorf("is missing; block %s needs a group width", m.Block)
		}
		m.RegNet.G = 1
	}
	if err := m.RegNet.Validate(); err != nil {
		return at.Errorf("%v", err)
	}
	if err := m.setRegNet(*m.RegNet); err != nil {
		return at.Errorf("%v", err)
	}
	return nil
}

// readStages resolves the stages of a model that gives them.
func (m *Model) readStages(doc *strictyaml.Document, f *modelFile) error {
	for _, key := range []string{"depths", "widths"} {
		if !doc.At(key).Exists() {
			return doc.At(key).Errorf("is missing; give depths and widths, or regnet")
		}
	}
	n := max(len(f.Depths), len(f.Widths))
	m.Depths, m.Widths = spread(f.Depths, n), spread(f.Widths, n)
	if !m.Block.has(hasB) {
		return nil
	}
	m.Bottleneck, m.GroupWidths = spread([]float64{1}, n), slices.Clone(m.Widths)
	if f.Bottleneck != nil {
		m.Bottleneck = spread(f.Bottleneck, n)
	}
	if m.Block.has(hasG) && f.GroupWidths != nil {
		m.GroupWidths = spread(f.GroupWidths, n)
		return nil
	}
	for i := range min(len(m.Bottleneck), len(m.GroupWidths)) {
		if r, ok := ratioOf(m.Bottleneck[i]); ok {
			m.GroupWidths[i] = r.inner(m.Widths[i])
		}
	}
	return nil
}

// spread repeats a single value n times, and returns other lists as they are.
func spread[T any](list []T, n int) []T {
	if len(list) == 1 {
		return slices.Repeat(list, n)
	}
	return list
}

// MarshalModel returns the model as YAML that ReadModel reads back, RegNet
// parameters instead of stages if it has them.
func MarshalModel(m *Model) []byte {
	f := modelFile{
		Name: m.Name, Stem: m.Stem, StemWidth: m.StemWidth, Block: m.Block, Activation: m.Activation, RegNet: m.RegNet,
		Strides: compact(m.Strides), Expansions: compact(m.Expansions), Kernels: compact(m.Kernels), SERatio: m.SERatio, HeadWidth: m.HeadWidth, Classes: m.Classes, Input: m.Input,
	}
	if m.RegNet == nil {
		f.Depths, f.Widths, f.Bottleneck = m.Depths, m.Widths, compact(m.Bottleneck)
		if m.Block.has(hasG) {
			f.GroupWidths = compact(m.GroupWidths)
		}
	}
	return marshal(f)
}

// compact is the inverse of spread.
func compact[T comparable](list []T) []T {
	for _, x := range list {
		if x != list[0] {
			return list
		}
	}
	return list[:min(1, len(list))]
}

// marshal encodes types of this package, for which YAML has no error.
func marshal(v any) []byte {
	data, err := strictyaml.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}

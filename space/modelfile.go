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
func longName(doc *strictyaml.Document, b *Block, se *strictyaml.List[float64]) error {
	if *b != yBlock {
		return nil
	}
	if doc.At("se_ratio").Exists() {
		return doc.At("se_ratio").Errorf("block y is x with se_ratio %v; write block x to choose another", ySERatio)
	}
	*b, *se = BlockX, strictyaml.List[float64]{ySERatio}
	return nil
}

// A modelFile is a model in YAML. Lists have one value, or one a stage.
type modelFile struct {
	Name       string     `yaml:"name,omitempty"`
	Stem       Stem       `yaml:"stem"`
	StemWidth  int        `yaml:"stem_width"`
	Block      Block      `yaml:"block"`
	Activation Activation `yaml:"activation"`
	RegNet     *RegNet    `yaml:"regnet,omitempty"`
	stageFile  `yaml:",inline"`
	SERatio    strictyaml.List[float64] `yaml:"se_ratio"`
	HeadWidth  int                      `yaml:"head_width"`
	Classes    int                      `yaml:"classes"`
	Input      int                      `yaml:"input"`
	Options    `yaml:",inline"`
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
// take 3 where they are not given; others have no such keys. [Options] are keys
// too.
func ReadModel(file string, data []byte) (*Model, error) {
	doc, err := strictyaml.Parse(file, data)
	if err != nil {
		return nil, err
	}
	if err := models.check(doc, "params", "extends", "variant_of"); err != nil {
		return nil, err
	}
	f := modelFile{Activation: ReLU, Classes: 10, Input: 32}
	if err := doc.Decode(&f); err != nil {
		return nil, err
	}
	if f.Stem == StemNone && !doc.At("stem_width").Exists() {
		f.StemWidth = imageChannels
	}
	for _, key := range []string{"stem", "stem_width", "block"} {
		if !doc.At(key).Exists() && !(key == "stem_width" && f.Stem == StemNone) {
			return nil, doc.At(key).Errorf("is missing; every model needs one")
		}
	}
	m := &Model{
		Name: cmp.Or(f.Name, baseName(file)), Stem: f.Stem, StemWidth: f.StemWidth, Block: f.Block, Activation: f.Activation,
		HeadWidth: f.HeadWidth, Classes: f.Classes, Input: f.Input, RegNet: f.RegNet,
	}
	m.setOptions(f.Options)
	if err := longName(doc, &m.Block, &f.SERatio); err != nil {
		return nil, err
	}
	if f.RegNet != nil {
		if err := m.readRegNet(doc.At("regnet")); err != nil {
			return nil, err
		}
	}
	if err := m.readStages(doc, &f.stageFile); err != nil {
		return nil, err
	}
	if n := len(f.SERatio); n > 1 && n != len(m.Depths) {
		return nil, doc.At("se_ratio").Errorf("%d values for %d stages; give one value, or one a stage", n, len(m.Depths))
	}
	m.setSE(f.SERatio)
	return m, placed(doc, m.Validate())
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
func (m *Model) readRegNet(at *strictyaml.Document) error {
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

// readStages reads the parameters of stages that no RegNet gives.
func (m *Model) readStages(doc *strictyaml.Document, f *stageFile) error {
	stages := len(m.Depths)
	if m.RegNet == nil {
		stages = max(len(f.Depths), len(f.Widths))
	}
	for _, p := range stageParams {
		if p.optional {
			continue
		}
		at := doc.At(p.Key)
		switch has := p.Setting || p.counts || m.Block.Has(p.Name); {
		case m.RegNet != nil && p.regnet:
			if at.Exists() {
				return at.Errorf("regnet generates the stages; drop %s or regnet", p.Key)
			}
		case !has && at.Exists() && !p.regnet:
			return at.Errorf("block %s has no such key; drop the line, or choose block %s", m.Block, having(p.Name))
		case m.Block.has(p.follows) && !(has && at.Exists()):
			m.oneGroup()
		case !has: // bottleneck ratios and group widths of other blocks are ignored
		case at.Exists():
			p.values.read(m, f, stages)
		case p.missing == 0:
			return at.Errorf("is missing; %s", p.wanted)
		default:
			for range stages {
				p.Append(m, p.missing)
			}
		}
	}
	return nil
}

// oneGroup sets group widths of one group.
func (m *Model) oneGroup() {
	for i := range min(len(m.Bottleneck), len(m.Widths)) {
		g := m.Widths[i]
		if r, ok := ratioOf(m.Bottleneck[i]); ok {
			g = r.inner(g)
		}
		m.GroupWidths = append(m.GroupWidths, g)
	}
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
		SERatio: m.seRatios(), HeadWidth: m.HeadWidth, Classes: m.Classes, Input: m.Input, Options: m.Options,
	}
	for _, p := range stageParams {
		if !p.optional && (p.Setting || m.Block.Has(p.Name)) && !(p.regnet && m.RegNet != nil) {
			p.values.write(m, &f.stageFile, p.counts)
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

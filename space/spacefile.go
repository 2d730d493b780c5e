package space

import (
	"slices"
	"strings"
	"unicode"

	"designspace/internal/strictyaml"
)

// A spaceFile is a space in YAML; the package documentation explains it.
type spaceFile struct {
	Name        string                   `yaml:"name"`
	About       string                   `yaml:"about,omitempty"`
	Lineage     []string                 `yaml:"lineage,omitempty"`
	Extends     string                   `yaml:"extends,omitempty"`
	VariantOf   string                   `yaml:"variant_of,omitempty"`
	Base        Base                     `yaml:"base,omitempty"`
	Stem        Stem                     `yaml:"stem,omitempty"`
	StemWidth   int                      `yaml:"stem_width,omitempty"`
	Block       Block                    `yaml:"block,omitempty"`
	Activation  Activation               `yaml:"activation,omitempty"`
	Strides     strictyaml.List[int]     `yaml:"strides,omitempty"`
	SERatio     strictyaml.List[float64] `yaml:"se_ratio,omitempty"`
	HeadWidth   int                      `yaml:"head_width,omitempty"`
	Classes     int                      `yaml:"classes,omitempty"`
	Input       int                      `yaml:"input,omitempty"`
	Options     `yaml:",inline"`
	Stages      strictyaml.List[int] `yaml:"stages,omitempty"`
	Params      strictyaml.Any       `yaml:"params,omitempty"`
	Shared      []string             `yaml:"shared,omitempty"`
	Constraints strictyaml.Any       `yaml:"constraints,omitempty"`
}

// A builder makes a Space from YAML and the space it derives from.
type builder struct {
	*Space
	doc      *strictyaml.Document
	restrict bool // the parent is restricted, not varied
}

// build reads a space. Parent is nil for a space with a base.
func build(doc *strictyaml.Document, parent *Space) (*Space, error) {
	s := &Space{net: Model{Activation: ReLU, Classes: 10, Input: 32}, strides: []int{2}, stages: [2]int{4, 4}}
	if parent != nil {
		s = parent.clone()
	}
	f := s.file()
	if err := doc.Decode(&f); err != nil {
		return nil, err
	}
	b := &builder{s, doc, f.Extends != ""}
	if err := b.identity(f, parent); err != nil {
		return nil, err
	}
	if err := b.settings(f); err != nil {
		return nil, err
	}
	if err := b.readStages(f.Stages); err != nil {
		return nil, err
	}
	if err := b.readParams(); err != nil {
		return nil, err
	}
	if err := b.readConstraints(); err != nil {
		return nil, err
	}
	if err := b.share(f.Shared); err != nil {
		return nil, err
	}
	return s, b.complete()
}

// clone returns a copy that can be changed.
func (s *Space) clone() *Space {
	c := *s
	c.Lineage, c.limits = slices.Clone(s.Lineage), slices.Clone(s.limits)
	c.params = nil
	for _, p := range s.params {
		c.params = append(c.params, p.clone())
	}
	return &c
}

// seRatios returns the SE ratio of all stages, or one a stage, or none for no SE.
func (s *Space) seRatios() []float64 {
	if s.ratios != nil || s.net.SERatio == 0 {
		return s.ratios
	}
	return []float64{s.net.SERatio}
}

// file returns the space's settings for a file to override.
func (s *Space) file() spaceFile {
	m := &s.net
	return spaceFile{
		Base: s.Base, Stem: m.Stem, StemWidth: m.StemWidth, Block: m.Block, Activation: m.Activation, Strides: s.strides,
		SERatio: s.seRatios(), HeadWidth: m.HeadWidth, Classes: m.Classes, Input: m.Input, Stages: s.stages[:],
		Options: m.Options,
	}
}

// identity reads name, lineage and base, and what a child may not say.
func (b *builder) identity(f spaceFile, parent *Space) error {
	doc := b.doc
	if f.Name == "" {
		return doc.At("name").Errorf("is missing; results refer to a space by its name")
	}
	if f.Name != strings.TrimSpace(f.Name) || strings.ContainsFunc(f.Name, unicode.IsControl) {
		return doc.At("name").Errorf("%q has spaces around it or control characters; drop them", f.Name)
	}
	b.Name, b.About = f.Name, f.About
	forbidden := []string{"base", "lineage"}
	if parent == nil {
		if f.Base != AnyNetBase && f.Base != RegNetBase {
			return doc.At("base").Errorf("%q is neither anynet nor regnet; a space has a base, or extends or is variant_of another", f.Base)
		}
		b.Base, b.Lineage, forbidden = f.Base, f.Lineage, nil
		if n := len(f.Lineage); n > 0 {
			b.Parent = f.Lineage[n-1]
		}
	} else {
		b.Parent, b.Variant = parent.Name, !b.restrict
		b.Lineage = append(b.Lineage, parent.Name)
	}
	if b.restrict {
		forbidden = append(forbidden, "stem", "stem_width", "block", "activation", "strides", "se_ratio", "head_width", "classes", "input", "stages")
		for _, p := range options {
			forbidden = append(forbidden, p.Key)
		}
	}
	for _, key := range forbidden {
		if doc.At(key).Exists() {
			return doc.At(key).Errorf("a child cannot change it; drop the line, or start from a base or a variant_of")
		}
	}
	return nil
}

// settings reads what all models have in common.
func (b *builder) settings(f spaceFile) error {
	if f.Stem == StemNone && !b.doc.At("stem_width").Exists() {
		f.StemWidth = imageChannels
	}
	for _, key := range []string{"stem", "stem_width", "block"} {
		if b.Parent == "" && !(key == "stem_width" && f.Stem == StemNone) && !b.doc.At(key).Exists() {
			return b.doc.At(key).Errorf("is missing; every space needs one")
		}
	}
	if err := longName(b.doc, &f.Block, &f.SERatio); err != nil {
		return err
	}
	b.strides = f.Strides
	b.net = Model{
		Stem: f.Stem, StemWidth: f.StemWidth, Block: f.Block, Activation: f.Activation,
		HeadWidth: f.HeadWidth, Classes: f.Classes, Input: f.Input,
	}
	b.net.setOptions(f.Options)
	b.ratios = nil
	for _, ratio := range f.SERatio {
		b.net.SERatio = ratio
		if err := b.probe().Validate(); err != nil {
			return placed(b.doc, err)
		}
	}
	if len(f.SERatio) > 1 {
		b.net.SERatio, b.ratios = 0, f.SERatio
	}
	return placed(b.doc, b.probe().Validate())
}

// probe returns a smallest model with the space's settings.
func (s *Space) probe() *Model {
	m := s.net
	for _, p := range stageParams {
		if p.Of(m.Block) && !p.optional {
			p.Append(&m, max(1, p.domain.min))
		}
	}
	return &m
}

// readStages reads the number of stages and fits strides and distributions to it.
func (b *builder) readStages(n []int) error {
	at := b.doc.At("stages")
	if len(n) == 1 {
		n = []int{n[0], n[0]}
	}
	if len(n) != 2 || n[0] < 1 || n[1] < n[0] || n[1] > maxStages {
		return at.Errorf("wants a number from 1 to %d, or the least and the most", maxStages)
	}
	if b.Base == AnyNetBase && n[0] != n[1] {
		return at.Errorf("an anynet has one number of stages; write a space for each")
	}
	b.stages = [2]int{n[0], n[1]}
	if k := len(b.strides); k != 1 && k != n[1] {
		return b.doc.At("strides").Errorf("%d values for %d stages; give one value, or one a stage", k, n[1])
	}
	for _, s := range b.strides {
		if s != 1 && s != 2 {
			return b.doc.At("strides").Errorf("%d is neither 1 nor 2", s)
		}
	}
	if k := len(b.ratios); k > 0 && k != n[1] {
		return b.doc.At("se_ratio").Errorf("%d values for %d stages; give one value, or one a stage", k, n[1])
	}
	for _, p := range b.params {
		if len(p.dists) != b.dists(p.dimension) {
			if !p.uniform() {
				return at.Errorf("%s differs between the parent's stages, so their number is fixed", p.name)
			}
			p.dists = slices.Repeat(p.dists[:1], b.dists(p.dimension))
		}
	}
	return nil
}

// complete checks the space as a whole and prepares its draws.
func (b *builder) complete() error {
	at := b.doc.At("params")
	b.params = slices.DeleteFunc(b.params, func(p *param) bool { return !b.draws(p.dimension) })
	for _, d := range b.dimensions() {
		if d.drawn != nil && d.drawn(b.net.Block) && b.param(d.name) == nil {
			return at.At(d.name).Errorf("is missing; a space of base %s and block %s draws it", b.Base, b.net.Block)
		}
	}
	for _, p := range b.params {
		if p.equals == "" {
			continue
		}
		if q := b.param(p.equals); q == nil || q.equals != "" || q == p {
			return at.At(p.name).Errorf("equals %q, which is no parameter with a distribution of its own", p.equals)
		}
	}
	slices.SortFunc(b.limits, Limit.compare)
	if err := b.plan(); err != nil {
		return at.Errorf("%v", err)
	}
	if err := b.Check(); err != nil {
		return at.Errorf("%v", err)
	}
	return nil
}

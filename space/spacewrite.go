package space

import (
	"strconv"

	"designspace/internal/strictyaml"
)

// A spaceText is a space as it is written: values in place of what the reader
// takes apart by hand.
type spaceText struct {
	Name        string               `yaml:"name"`
	About       string               `yaml:"about,omitempty"`
	Lineage     []string             `yaml:"lineage,omitempty"`
	Extends     string               `yaml:"extends,omitempty"`
	Base        Base                 `yaml:"base,omitempty"`
	Stem        Stem                 `yaml:"stem,omitempty"`
	StemWidth   int                  `yaml:"stem_width,omitempty"`
	Block       Block                `yaml:"block,omitempty"`
	Activation  Activation           `yaml:"activation,omitempty"`
	Strides     strictyaml.List[int] `yaml:"strides,omitempty"`
	SERatio     float64              `yaml:"se_ratio,omitempty"`
	HeadWidth   int                  `yaml:"head_width,omitempty"`
	Classes     int                  `yaml:"classes,omitempty"`
	Input       int                  `yaml:"input,omitempty"`
	Stages      strictyaml.List[int] `yaml:"stages,omitempty"`
	Params      map[string]any       `yaml:"params,omitempty"`
	Shared      []string             `yaml:"shared,omitempty"`
	Constraints map[string]any       `yaml:"constraints,omitempty"`
}

// Marshal returns the space as YAML that stands alone: [Read] gives a space of
// the same name, lineage, settings and distributions without reading its parents.
func (s *Space) Marshal() []byte {
	m := &s.net
	t := spaceText{
		Name: s.Name, About: s.About, Lineage: s.Lineage, Base: s.Base,
		Stem: m.Stem, StemWidth: m.StemWidth, Block: m.Block, Activation: m.Activation, Strides: compact(s.strides),
		SERatio: m.SERatio, HeadWidth: m.HeadWidth, Classes: m.Classes, Input: m.Input, Stages: compact(s.stages[:]),
		Params: map[string]any{}, Constraints: map[string]any{},
	}
	for _, p := range s.params {
		for i, l := range p.dists {
			f := l.text
			f.Equals = p.equals
			switch {
			case i == 0:
				t.Params[p.name] = f
			case f.String() != p.dists[0].text.String():
				t.Params[p.name+strconv.Itoa(i+1)] = f
			}
		}
		if p.shared {
			t.Shared = append(t.Shared, p.name)
		}
	}
	for _, l := range s.limits {
		t.Constraints[l.Property.String()] = l.Range.constraint()
	}
	t.order("depth", s.depth)
	t.order("width", s.width)
	return marshal(t)
}

// order adds an order to the constraint of a key.
func (t *spaceText) order(key string, o Order) {
	if o != Unordered {
		f, _ := t.Constraints[key].(constraintFile)
		f.Order = o
		t.Constraints[key] = f
	}
}

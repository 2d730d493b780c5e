package space

import (
	"fmt"
	"slices"
	"strconv"

	"designspace/internal/suggest"
)

// A Property is a number that a model has, by the name of its column in
// results:
//
//	flops, params, acts          complexity
//	stages, depth                number of stages, of blocks
//	d1, w1, b1, g1, d2, ...      the [StageParams] of a stage, after the group fix
//	d (or regnet_d), w0, wa, wm, b, g   parameters of a RegNet
//	se_ratio, input, lr, weight_decay
//
// A model may lack a property: stages beyond its last, stage parameters that its
// block has not, RegNet parameters of explicit stages, recipe values that the
// space does not draw. The zero value is flops.
type Property struct {
	kind  int // place in properties, or behind them in stageParams
	stage int // from 0
}

// A property is one of whole models.
type property struct {
	name string
	of   func(*Candidate, Complexity) (float64, bool)
	in   func(*Space) bool // models of the space can have it; nil: of every space
}

var properties = slices.Concat([]property{
	{"flops", func(_ *Candidate, cx Complexity) (float64, bool) { return float64(cx.Flops), true }, nil},
	{"params", func(_ *Candidate, cx Complexity) (float64, bool) { return float64(cx.Params), true }, nil},
	{"acts", func(_ *Candidate, cx Complexity) (float64, bool) { return float64(cx.Acts), true }, nil},
	{"stages", func(c *Candidate, _ Complexity) (float64, bool) { return float64(len(c.Model.Depths)), true }, nil},
	{"depth", func(c *Candidate, _ Complexity) (float64, bool) { return float64(c.Model.Depth()), true }, nil},
}, regnetProperties(), []property{
	{"se_ratio", func(c *Candidate, _ Complexity) (float64, bool) { return c.Model.SERatio, c.Model.SERatios == nil }, nil},
}, extraProperties())

// complexities is how many of the properties are complexity.
const complexities = 3

func regnetProperties() []property {
	var list []property
	for i := range regnetParams {
		p := &regnetParams[i]
		list = append(list, property{
			name: p.Name,
			of: func(c *Candidate, _ Complexity) (float64, bool) {
				v, ok := p.At(c.Model)
				return v, ok && p.drawn(c.Model.Block)
			},
			in: func(s *Space) bool { return s.Base == RegNetBase && p.drawn(s.net.Block) },
		})
	}
	return list
}

func extraProperties() []property {
	var list []property
	for _, p := range extraParams {
		of := func(c *Candidate, _ Complexity) (float64, bool) {
			v := p.value.get(c)
			return v, v > 0
		}
		list = append(list, property{p.name, of, func(s *Space) bool {
			_, set := of(&Candidate{Model: &s.net}, Complexity{})
			return set || s.param(p.name) != nil
		}})
	}
	return list
}

// ParseProperty returns the property of a name.
func ParseProperty(name string) (Property, error) {
	if param, stage, ok := splitStage(name); ok {
		return Property{len(properties) + param, stage}, nil
	}
	known := []string{"d1", "w1", "b1", "g1"}
	for kind, p := range properties {
		if p.name == name || p.name == "d" && name == regnetParams[0].Column {
			return Property{kind, 0}, nil
		}
		known = append(known, p.name)
	}
	return Property{}, fmt.Errorf("no property %q; %s", name, suggest.Known(name, known))
}

// String returns the property's name.
func (p Property) String() string {
	if q := p.param(); q != nil {
		return q.Name + strconv.Itoa(p.stage+1)
	}
	return properties[p.kind].name
}

// IsComplexity reports whether the property is flops, params or acts.
func (p Property) IsComplexity() bool { return p.kind < complexities }

// param returns the parameter of stages that the property is of, nil for others.
func (p Property) param() *StageParam {
	if i := p.kind - len(properties); i >= 0 {
		return &stageParams[i]
	}
	return nil
}

// Of returns the property of a candidate of complexity cx, which only flops,
// params and acts look at. It reports false if the candidate has none.
func (p Property) Of(c *Candidate, cx Complexity) (float64, bool) {
	if q := p.param(); q != nil {
		return q.At(c.Model, p.stage)
	}
	return properties[p.kind].of(c, cx)
}

// Has reports whether models of the space can have the property.
func (s *Space) Has(p Property) bool {
	if q := p.param(); q != nil {
		return p.stage < s.stages[1] && s.net.Block.Has(q.Name)
	}
	in := properties[p.kind].in
	return in == nil || in(s)
}

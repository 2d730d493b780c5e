package space

import (
	"fmt"
	"strconv"
	"strings"

	"designspace/internal/suggest"
)

// A Property is a number that a model has, by the name of its column in
// results:
//
//	flops, params, acts          complexity
//	stages, depth                number of stages, of blocks
//	d1, w1, b1, g1, d2, ...      depth, width, bottleneck ratio and group width of a stage, after the group fix
//	e1, k1, e2, ...              expansion and kernel of a stage of block mbconv
//	d (or regnet_d), w0, wa, wm, b, g   parameters of a RegNet
//	se_ratio, input, lr, weight_decay
//
// A model may lack a property: stages beyond its last, bottleneck ratios and
// group widths where the block has none, RegNet parameters of explicit stages,
// recipe values that the space does not draw.
type Property struct {
	name  string
	kind  propertyKind
	stage int // from 0
}

type propertyKind int

const (
	propFlops propertyKind = iota
	propParams
	propActs
	propStages
	propDepth
	propRegNetD
	propW0
	propWA
	propWM
	propB
	propG
	propSERatio
	propInput
	propLR
	propWeightDecay
	propStageD
	propStageW
	propStageB
	propStageG
	propStageE
	propStageK
)

// stageLetters are the parameters of stages in the order of their properties.
const stageLetters = "dwbgek"

var propertyNames = []string{"flops", "params", "acts", "stages", "depth", "d", "w0", "wa", "wm", "b", "g", "se_ratio", "input", "lr", "weight_decay"}

// ParseProperty returns the property of a name.
func ParseProperty(name string) (Property, error) {
	if name == "regnet_d" {
		return Property{name, propRegNetD, 0}, nil
	}
	for kind, n := range propertyNames {
		if n == name {
			return Property{name, propertyKind(kind), 0}, nil
		}
	}
	if letter, stage, ok := stageName(name); ok {
		return Property{name, propStageD + propertyKind(strings.IndexByte(stageLetters, letter)), stage}, nil
	}
	return Property{}, fmt.Errorf("no property %q; %s", name, suggest.Known(name, append([]string{"d1", "w1", "b1", "g1"}, propertyNames...)))
}

// stageName splits names such as w4 into letter and stage, the latter from 0.
func stageName(name string) (letter byte, stage int, ok bool) {
	if len(name) < 2 || strings.IndexByte(stageLetters, name[0]) < 0 || name[1] < '1' || name[1] > '9' {
		return 0, 0, false
	}
	n, err := strconv.Atoi(name[1:])
	if err != nil || n > maxStages {
		return 0, 0, false
	}
	return name[0], n - 1, true
}

// String returns the property's name.
func (p Property) String() string { return p.name }

// IsComplexity reports whether the property is flops, params or acts.
func (p Property) IsComplexity() bool { return p.kind <= propActs }

// Of returns the property of a candidate of complexity cx, which only flops,
// params and acts look at. It reports false if the candidate has none.
func (p Property) Of(c *Candidate, cx Complexity) (float64, bool) {
	m := c.Model
	switch p.kind {
	case propFlops:
		return float64(cx.Flops), true
	case propParams:
		return float64(cx.Params), true
	case propActs:
		return float64(cx.Acts), true
	case propStages:
		return float64(len(m.Depths)), true
	case propDepth:
		return float64(m.Depth()), true
	case propSERatio:
		return m.SERatio, true
	case propInput:
		return float64(m.Input), true
	case propLR:
		return c.LR, c.LR > 0
	case propWeightDecay:
		return c.WeightDecay, c.WeightDecay > 0
	case propStageD, propStageW, propStageB, propStageG, propStageE, propStageK:
		return p.ofStage(m)
	}
	return p.ofRegNet(m)
}

func (p Property) ofStage(m *Model) (float64, bool) {
	if p.stage >= len(m.Depths) {
		return 0, false
	}
	switch p.kind {
	case propStageD:
		return float64(m.Depths[p.stage]), true
	case propStageW:
		return float64(m.Widths[p.stage]), true
	}
	if m.Block == BlockMBConv {
		switch p.kind {
		case propStageE:
			return float64(m.Expansions[p.stage]), true
		case propStageK:
			return float64(m.Kernels[p.stage]), true
		}
	}
	if !m.Block.Bottleneck() || p.kind > propStageG {
		return 0, false
	}
	if p.kind == propStageB {
		return m.Bottleneck[p.stage], true
	}
	return float64(m.GroupWidths[p.stage]), true
}

func (p Property) ofRegNet(m *Model) (float64, bool) {
	r := m.RegNet
	if r == nil {
		return 0, false
	}
	switch p.kind {
	case propRegNetD:
		return float64(r.Depth), true
	case propW0:
		return float64(r.W0), true
	case propWA:
		return r.WA, true
	case propWM:
		return r.WM, true
	case propB:
		return r.B, m.Block.Bottleneck()
	}
	return float64(r.G), m.Block.groups()
}

// A Parameter is a property with its value.
type Parameter struct {
	Name  string
	Value float64
}

// Parameters returns what tells the candidate from others of its space, under
// the names of columns and in their order: stages, depth, d1.., w1.., b1..,
// g1.., e1.., k1.., se_ratio, regnet_d, w0, wa, wm, lr, weight_decay. What it lacks is left
// out.
func (c *Candidate) Parameters() []Parameter {
	names := []string{"stages", "depth"}
	for _, letter := range stageLetters {
		for i := range c.Model.Depths {
			names = append(names, string(letter)+strconv.Itoa(i+1))
		}
	}
	names = append(names, "se_ratio", "regnet_d", "w0", "wa", "wm", "lr", "weight_decay")
	var list []Parameter
	for _, name := range names {
		p, err := ParseProperty(name)
		if err != nil {
			continue // a stage beyond the last that has a name
		}
		if v, ok := p.Of(c, Complexity{}); ok {
			list = append(list, Parameter{name, v})
		}
	}
	return list
}

// Has reports whether models of the space can have the property.
func (s *Space) Has(p Property) bool {
	switch p.kind {
	case propStageD, propStageW, propStageB, propStageG, propStageE, propStageK:
		return p.stage < s.stages[1] && s.used(p.name[:1])
	case propRegNetD, propW0, propWA, propWM:
		return s.Base == RegNetBase
	case propB, propG:
		return s.Base == RegNetBase && s.used(p.name)
	case propLR, propWeightDecay:
		return s.param(p.name) != nil
	}
	return true
}

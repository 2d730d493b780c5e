package space

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// A Base is a family of design spaces.
type Base string

// An AnyNet draws depth, width, bottleneck ratio and group width of every
// stage; a RegNet draws the parameters of a quantised line.
const (
	AnyNetBase Base = "anynet"
	RegNetBase Base = "regnet"
)

// An Order relates the depths, or the widths before the group fix, of
// successive stages.
type Order string

// The orders. An ordered distribution is the independent one conditioned on the order;
// Constant is one draw that all stages share.
const (
	Unordered     Order = ""
	Nondecreasing Order = "nondecreasing"
	Constant      Order = "constant"
	Nonincreasing Order = "nonincreasing"
)

// A Space is a design space: a set of networks and a distribution to draw them by. It
// is read from YAML (see the package documentation) and never changes.
type Space struct {
	Name    string
	About   string // what it is, in a line
	Base    Base
	Parent  string   // name of the space that this one restricts or varies, if any
	Variant bool     // it varies its parent, so it need not lie within
	Lineage []string // names of all ancestors, oldest first

	net          Model     // what all models have in common
	strides      []int     // one for all stages, or one a stage
	ratios       []float64 // of SE, one a stage; nil if net has that of all stages
	stages       [2]int    // least and most
	params       []*param  // in the order of drawing
	depth, width Order
	limits       []Limit
	chains       []*chain
	fixed        []float64 // values of the slots that no chain fills
}

// A param is a parameter of a space with its distribution, or with one a stage.
type param struct {
	dimension
	dim    int    // place among the dimensions
	shared bool   // one draw for all stages
	equals string // takes the value of another parameter
	dists  []source
}

// A source is a distribution and the YAML that describes it.
type source struct {
	text distFile
	dist Distribution
}

func (p *param) clone() *param {
	c := *p
	c.dists = slices.Clone(p.dists)
	return &c
}

// WithData returns the same space for images of another size and another
// number of classes; 0 keeps what the space says. A size replaces a distribution of the
// input.
func (s *Space) WithData(input, classes int) *Space {
	c := *s
	if classes != 0 {
		c.net.Classes = classes
	}
	if input != 0 {
		c.net.Input = input
		c.params = slices.DeleteFunc(slices.Clone(c.params), func(p *param) bool { return p.name == "input" })
		if err := c.plan(); err != nil {
			panic(err) // the chains that remain were planned before
		}
	}
	return &c
}

// Stages returns the least and the most stages that a model may have.
func (s *Space) Stages() (least, most int) { return s.stages[0], s.stages[1] }

// Limits returns the bounds on properties of drawn models, in the order in
// which they are tested.
func (s *Space) Limits() []Limit { return slices.Clone(s.limits) }

// Orders returns how depths and widths of successive stages relate.
func (s *Space) Orders() (depth, width Order) { return s.depth, s.width }

// Settings returns what all models of the space have in common: a model
// without stages. Strides hold one value for all stages, or one a stage.
func (s *Space) Settings() Model {
	m := s.net
	m.Strides, m.SERatios = slices.Clone(s.strides), slices.Clone(s.ratios)
	return m
}

// A Param is a parameter that a space draws.
type Param struct {
	Name         string       // as in a space's YAML: d, w, w4, w0, lr, ...
	Family       string       // w of w and w4: the parameter of stages that it is, or is of one stage; else ""
	Stages       []string     // w1, w2, ... of w and w4 of w4: what it is in each stage; else nil
	Text         string       // as in "log-uniform 8..1024 step 8"
	Distribution Distribution // of one draw, before orders between stages; with Equals, the values it can take
	Shared       bool         // one draw for all stages
	Equals       string       // the parameter whose draw it takes
}

// Covers reports whether a name is the parameter's, that of one of its stages or
// that of its family: whatever restricts what is so called restricts it.
func (p Param) Covers(name string) bool {
	return name == p.Name || p.Family != "" && name == p.Family || slices.Contains(p.Stages, name)
}

// Params returns the parameters of the space in the order of drawing. A
// parameter whose distribution differs between stages is listed by stage.
func (s *Space) Params() []Param {
	var list []Param
	for _, p := range s.params {
		all := Param{Name: p.name, Text: p.dists[0].text.String(), Distribution: p.dists[0].dist, Shared: s.order(p) == Constant, Equals: p.equals}
		if p.equals != "" {
			all.Text = "equals " + p.equals
		}
		if !p.staged {
			list = append(list, all)
			continue
		}
		all.Family = p.name
		for i, l := range p.dists {
			one := all
			one.Name = p.name + strconv.Itoa(i+1)
			one.Stages, one.Text, one.Distribution = []string{one.Name}, l.text.String(), l.dist
			all.Stages = append(all.Stages, one.Name)
			if !p.uniform() {
				list = append(list, one)
			}
		}
		if p.uniform() {
			list = append(list, all)
		}
	}
	return list
}

// uniform reports whether all stages have one distribution.
func (p *param) uniform() bool {
	for _, l := range p.dists[1:] {
		if l.text.String() != p.dists[0].text.String() {
			return false
		}
	}
	return true
}

// param returns the parameter of a name, nil if the space does not draw it.
func (s *Space) param(name string) *param {
	for _, p := range s.params {
		if p.name == name {
			return p
		}
	}
	return nil
}

// Check reports a space whose largest network cannot be counted, or whose
// input or classes, as [Space.WithData] set them, are out of range.
func (s *Space) Check() error {
	m := s.probe()
	if p := s.param("input"); p != nil {
		m.Input = int(p.most())
	}
	depth, widest := s.largest()
	if err := m.Validate(); err != nil {
		return fmt.Errorf("space %s: %w", s.Name, err)
	}
	if widest > maxWidth || depth > maxDepth || tooLarge(depth, int(widest), m.Input) {
		return fmt.Errorf("space %s: its largest network (%d blocks, widths up to %.0f) is too large to be counted; lower the ranges", s.Name, depth, widest)
	}
	return nil
}

// largest bounds the depth and the width, inner widths and the group fix
// included, of the space's networks.
func (s *Space) largest() (depth int, widest float64) {
	g, b, e := 1.0, 1.0, 1.0
	if p := s.param("g"); p != nil {
		g = p.most()
	}
	if p := s.param("b"); p != nil {
		for _, l := range p.dists {
			b = min(b, l.dist.Values[0])
		}
	}
	if p := s.param("e"); p != nil {
		e = p.most()
	}
	if s.Base == RegNetBase {
		d := s.param("d").most()
		line := s.param("w0").most() + float64(s.param("wa").most()*d)
		widest = float64(line * math.Sqrt(s.param("wm").most()))
		depth = int(d)
	} else {
		widest = s.param("w").most()
		for _, l := range s.param("d").dists {
			depth += int(l.dist.Values[len(l.dist.Values)-1])
		}
	}
	widest = max(widest, float64(s.net.StemWidth), float64(s.net.HeadWidth))
	return depth, e * max(2*widest, g) / b
}

// most returns the largest value of the parameter in any stage.
func (p *param) most() float64 {
	hi := math.Inf(-1)
	for _, l := range p.dists {
		hi = max(hi, l.dist.Values[len(l.dist.Values)-1])
	}
	return hi
}

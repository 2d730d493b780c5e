package space

import (
	"fmt"
	"math"
	"strings"

	"designspace/internal/strictyaml"
)

// A Scaling is what the depth, the width and the resolution of a network are
// multiplied by. Flops grow with Depth·Width²·Resolution², up to rounding.
type Scaling struct{ Depth, Width, Resolution float64 }

// scalings are the rules of Dollár et al. 2021 (arXiv 2103.06877): the exponents
// of the factor by which flops grow. In their general form, with α the share of
// the width, depth has (1-α)/2, width α/2 and resolution (1-α)/4; dwr has
// α = 1/3, dWr α = 0.8.
var scalings = map[string]Scaling{
	"d":   {1, 0, 0},
	"w":   {0, 1. / 2, 0},
	"r":   {0, 0, 1. / 2},
	"dw":  {1. / 2, 1. / 4, 0},
	"dwr": {1. / 3, 1. / 6, 1. / 6},
	"dWr": {0.1, 0.4, 0.05},
}

// ParseScaling reads a rule, one of d, w, r, dw, dwr and dWr, with the factor by
// which flops are to grow, up to 10 000, as in "dWr x4".
func ParseScaling(text string) (Scaling, error) {
	rule, factor, _ := strings.Cut(text, " ")
	e, ok := scalings[rule]
	if !ok {
		var known []string
		for name := range scalings {
			known = append(known, name)
		}
		return Scaling{}, fmt.Errorf("scaling %q: no rule %q; %s", text, rule, strictyaml.Suggest(rule, known))
	}
	digits, x := strings.CutPrefix(factor, "x")
	s, err := ParseQuantity(digits)
	if !x || err != nil || !(s > 0 && s <= 10_000) {
		return Scaling{}, fmt.Errorf("scaling %q: want a rule, x and a positive factor, as in dWr x4", text)
	}
	return Scaling{math.Pow(s, e.Depth), math.Pow(s, e.Width), math.Pow(s, e.Resolution)}, nil
}

// Scaled returns a network whose depths, widths and image size are those of m
// times the factors: depths rounded to at least 1, widths, with those of stem
// and head, to multiples of 8 and the size to one of 4, unless their factor is
// 1. Group widths grow with the widths, to 1, 2, 4 or a multiple of 8, and are
// then made to fit ([FixGroups]). It has no RegNet parameters.
func (m *Model) Scaled(k Scaling) (*Model, error) {
	c := Candidate{Model: m}
	s := c.Clone().Model
	s.RegNet = nil
	s.StemWidth = scaled(m.StemWidth, k.Width, 8)
	s.Input = scaled(m.Input, k.Resolution, 4)
	if m.HeadWidth > 0 {
		s.HeadWidth = scaled(m.HeadWidth, k.Width, 8)
	}
	for i := range m.Depths {
		s.Depths[i] = scaled(m.Depths[i], k.Depth, 1)
		s.Widths[i] = scaled(m.Widths[i], k.Width, 8)
		if !m.Block.Bottleneck() {
			continue
		}
		w, g, err := FixGroups(s.Widths[i], m.Bottleneck[i], scaledGroup(m.GroupWidths[i], k.Width))
		if err != nil {
			return nil, err
		}
		s.Widths[i] = w
		if m.Block.groups() {
			s.GroupWidths[i] = g
		}
	}
	return s, s.Validate()
}

// scaled returns n times k as a positive multiple of step, half to even.
func scaled(n int, k float64, step int) int {
	if k == 1 {
		return n
	}
	return max(step, step*roundEven(float64(n)*k/float64(step)))
}

// scaledGroup returns the group width of a RegNet that is nearest to g times k.
func scaledGroup(g int, k float64) int {
	switch x := float64(g) * k; {
	case k == 1:
		return g
	case x < 1.5:
		return 1
	case x < 3:
		return 2
	case x < 6:
		return 4
	}
	return scaled(g, k, 8)
}

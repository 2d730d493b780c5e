package space

import (
	"encoding/binary"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"

	"designspace/internal/suggest"
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

// A Growth is a rule and the factor by which flops are to grow. The zero value
// lets nothing grow.
type Growth struct {
	Rule   Rule
	Factor float64
	Met    bool // networks deviate from the rule to meet the flops, see [Model.ScaledTo]
}

// ParseGrowth reads a rule, one of d, w, r, dw, dwr and dWr, with the factor by
// which flops are to grow, up to 10 000, as in "dWr x4", or "dWr to x4" to meet
// them.
func ParseGrowth(text string) (Growth, error) {
	rule, factor, _ := strings.Cut(text, " ")
	e, err := ParseRule(rule)
	if err != nil {
		return Growth{}, fmt.Errorf("scaling %q: %w", text, err)
	}
	factor, met := strings.CutPrefix(factor, "to ")
	digits, x := strings.CutPrefix(factor, "x")
	s, err := ParseQuantity(digits)
	if !x || err != nil || !(s > 0 && s <= 10_000) {
		return Growth{}, fmt.Errorf("scaling %q: want a rule, x and a positive factor, as in dWr x4, or dWr to x4", text)
	}
	return Growth{e, s, met}, nil
}

// Scaling is what the rule multiplies by.
func (g Growth) Scaling() Scaling { return g.Rule.by(g.Factor) }

// Grown returns the network of m scaled as g says.
func (m *Model) Grown(g Growth) (*Model, error) {
	if g.Met {
		return m.ScaledTo(float64(m.Complexity().Flops)*g.Factor, g.Rule)
	}
	return m.Scaled(g.Scaling())
}

// A Rule is the exponents of the factor by which flops grow, in depth, width and
// resolution.
type Rule Scaling

// ParseRule returns one of the rules d, w, r, dw, dwr and dWr.
func ParseRule(name string) (Rule, error) {
	e, ok := scalings[name]
	if !ok {
		return Rule{}, fmt.Errorf("no rule %q; %s", name, suggest.Known(name, slices.Sorted(maps.Keys(scalings))))
	}
	return Rule(e), nil
}

// WidthShare returns the rule in which the width has the share alpha, 0 to 1, of
// the growth of flops, and depth and resolution have the rest in equal parts.
func WidthShare(alpha float64) Rule {
	return Rule{(1 - alpha) / 2, alpha / 2, (1 - alpha) / 4}
}

// by returns the scaling by which flops grow s times.
func (r Rule) by(s float64) Scaling {
	return Scaling{math.Pow(s, r.Depth), math.Pow(s, r.Width), math.Pow(s, r.Resolution)}
}

// ScaledTo returns the network of m scaled by the rule whose flops are nearest to
// the given ones, by their ratio. Since depths, widths and sizes are rounded, the
// rule alone may miss them by some per cent, and by much where groups are wide.
// Then what the rule scales deviates from it, the width by a tenth and the depth
// by a half at most, and as little as it takes to meet the flops within 1 %. It is
// an error if no network of the rule has half to twice the flops.
func (m *Model) ScaledTo(flops float64, r Rule) (*Model, error) {
	if !(flops > 0) {
		return nil, fmt.Errorf("flops %v: want a positive number", flops)
	}
	const enough, far = 0.01, 2
	var best *Model
	var last error
	least := math.Inf(1)
	seen := map[string]bool{} // what is rounded to the same network
	var sizes []byte
	center := flops / float64(m.Complexity().Flops)
	for deviation := range deviations(r) {
		for i := range outward(256) {
			k := r.by(center * math.Exp2(float64(i)/256))
			k.Depth *= deviation.Depth
			k.Width *= deviation.Width
			if sizes = m.appendSizes(sizes[:0], k); seen[string(sizes)] {
				continue
			}
			seen[string(sizes)] = true
			s, err := m.Scaled(k)
			if err != nil {
				last = err
				continue
			}
			if miss := math.Abs(math.Log(float64(s.Complexity().Flops) / flops)); miss < least {
				best, least = s, miss
			}
		}
		if least < enough {
			break
		}
	}
	switch {
	case best == nil:
		return nil, fmt.Errorf("flops %s: %w", FormatQuantity(flops), last)
	case least > math.Log(far):
		nearest := FormatQuantity(float64(best.Complexity().Flops))
		return nil, fmt.Errorf("flops %s: the nearest that the rule reaches from this model is %s: choose that, or another rule", FormatQuantity(flops), nearest)
	}
	return best, nil
}

// deviations yields what a network may be scaled by besides the rule, the least
// first.
func deviations(r Rule) iter.Seq[Scaling] {
	return func(yield func(Scaling) bool) {
		widths, depths := 0, 0
		if r.Width > 0 {
			widths = 4
		}
		if r.Depth > 0 {
			depths = 8
		}
		for d := range outward(depths) {
			for w := range outward(widths) {
				if !yield(Scaling{math.Exp2(float64(d) / 14), math.Exp2(float64(w) / 29), 1}) {
					return
				}
			}
		}
	}
}

// outward yields 0, 1, -1, 2, -2 and so on to most and -most.
func outward(most int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range 2*most + 1 {
			n := (i + 1) / 2
			if i%2 == 0 {
				n = -n
			}
			if !yield(n) {
				return
			}
		}
	}
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
	if m.Stem != StemNone {
		s.StemWidth = scaled(m.StemWidth, k.Width, 8)
	}
	s.Input = k.Size(m.Input)
	if m.HeadWidth > 0 {
		s.HeadWidth = scaled(m.HeadWidth, k.Width, 8)
	}
	for i := range m.Depths {
		s.Depths[i] = scaled(m.Depths[i], k.Depth, 1)
		s.Widths[i] = scaled(m.Widths[i], k.Width, 8)
		if !m.Block.has(hasB) {
			continue
		}
		w, g, err := fixGroups(m.GroupFix, s.Widths[i], m.Bottleneck[i], scaledGroup(m.GroupWidths[i], k.Width))
		if err != nil {
			return nil, err
		}
		s.Widths[i] = w
		if m.Block.has(hasG) {
			s.GroupWidths[i] = g
		}
	}
	return s, s.Validate()
}

// appendSizes appends all that [Model.Scaled] makes a network of.
func (m *Model) appendSizes(b []byte, k Scaling) []byte {
	add := func(n int) { b = binary.AppendVarint(b, int64(n)) }
	add(k.Size(m.Input))
	add(scaled(m.StemWidth, k.Width, 8))
	add(scaled(m.HeadWidth, k.Width, 8))
	for i := range m.Depths {
		add(scaled(m.Depths[i], k.Depth, 1))
		add(scaled(m.Widths[i], k.Width, 8))
	}
	for _, g := range m.GroupWidths {
		add(scaledGroup(g, k.Width))
	}
	return b
}

// Size returns the side of images, in pixels, of a network for images of a side
// that is scaled.
func (k Scaling) Size(side int) int { return scaled(side, k.Resolution, 4) }

// scaled returns n times k as a positive multiple of step, half to even.
func scaled(n int, k float64, step int) int {
	if k == 1 {
		return n
	}
	const most = 1 << 40 // beyond what any network may have
	return max(step, step*roundEven(min(float64(n)*k/float64(step), most)))
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

package space

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// What a model may ask for is bounded, so that a slip of the pen is an error
// and not an exhausted machine.
const (
	maxStages = 64
	maxDepth  = 1 << 16 // blocks
	maxWidth  = 1 << 20 // channels, classes
	maxInput  = 1 << 16 // pixels

	maxExpansion = 1000
)

// A modelError is a fault of a model under the key that describes it in YAML.
type modelError struct {
	key   string
	stage int // from 1; 0 for none
	msg   string
}

func (e *modelError) Error() string { return e.key + ": " + e.text() }

// text is the message without the key.
func (e *modelError) text() string {
	if e.stage > 0 {
		return fmt.Sprintf("stage %d: %s", e.stage, e.msg)
	}
	return e.msg
}

func invalid(key, format string, args ...any) error {
	return &modelError{key: key, msg: fmt.Sprintf(format, args...)}
}

// Validate reports the first thing that makes the model impossible to build,
// naming its YAML key, the stage (from 1) and the remedy.
func (m *Model) Validate() error {
	if m.Stem.kind() == nil {
		return invalid("stem", "%q: want one of %s", m.Stem, join(Stems()))
	}
	if m.Block.kind() == nil {
		return invalid("block", "%q: want one of %s", m.Block, join(slices.Insert(Blocks(), 1, yBlock)))
	}
	if m.Activation != ReLU && m.Activation != SiLU {
		return invalid("activation", "%q is neither relu nor silu", m.Activation)
	}
	if m.Stem == StemNone && m.StemWidth != imageChannels {
		return invalid("stem_width", "stem %s has no width, for the first block reads the image; drop the line", m.Stem)
	}
	if m.StemWidth%2 != 0 && slices.ContainsFunc(m.Stem.kind().main, func(l layer) bool { return l.out == half }) {
		return invalid("stem_width", "%d is odd, and stem %s halves it; choose an even one", m.StemWidth, m.Stem)
	}
	if err := m.validateOptions(); err != nil {
		return err
	}
	for _, c := range []struct {
		key       string
		n, lo, hi int
	}{
		{"stem_width", m.StemWidth, 1, maxWidth},
		{"head_width", m.HeadWidth, 0, maxWidth},
		{"classes", m.Classes, 1, maxWidth},
		{"input", m.Input, 1, maxInput},
	} {
		if err := within(c.n, c.lo, c.hi); err != nil {
			return invalid(c.key, "%v", err)
		}
	}
	if !(m.SERatio >= 0 && m.SERatio <= 1) {
		return invalid("se_ratio", "%v is outside 0..1", m.SERatio)
	}
	if m.SE() && !m.Block.has(hasSE) {
		return invalid("se_ratio", "block %s has no SE; choose 0, or block %s", m.Block, having("se_ratio"))
	}
	if err := m.validateStages(); err != nil {
		return err
	}
	if last := len(m.Strides) - 1; m.EndActivation == Activated && m.pools(last) {
		return invalid("end_activation", "a pool follows the last block, and no activation comes after it; drop the line, or choose stride 1 for stage %d", last+1)
	}
	return m.validateRegNet()
}

func (m *Model) validateStages() error {
	n := len(m.Depths)
	if n < 1 || n > maxStages {
		return invalid("depths", "%d stages; a model has 1 to %d", n, maxStages)
	}
	for _, p := range stageParams {
		switch k := p.Len(m); {
		case p.optional && k == 0:
		case !p.Of(m.Block) && k > 0:
			return invalid(p.Key, "block %s has no such parameter; drop the values", m.Block)
		case p.Of(m.Block) && k != n:
			return invalid(p.Key, "%d values for %d stages; give one value, or one a stage", k, n)
		}
	}
	widest, depth, in := max(m.StemWidth, m.HeadWidth), 0, m.StemWidth
	for i := range n {
		if err := m.validateStage(i); err != nil {
			return err
		}
		depth += m.Depths[i]
		first, rest := m.stage(m.Block.kind(), i, in, m.Input)
		inner := max(first.Inner, rest.Inner)
		if inner > maxWidth {
			return &modelError{"expansions", i + 1, fmt.Sprintf("%d channels inside a block; at most %d", inner, maxWidth)}
		}
		widest = max(widest, m.Widths[i], inner)
		in = m.Widths[i]
	}
	if depth > maxDepth {
		return invalid("depths", "%d blocks; a model has at most %d", depth, maxDepth)
	}
	if tooLarge(depth, widest, m.Input) {
		return invalid("input", "flops beyond what can be counted; reduce input, widths or depths")
	}
	return nil
}

// tooLarge reports whether counting a network could overflow: each of its
// blocks, the stem and the head cost at most two dense 3×3 convolutions and
// three 1×1 ones at the widest width and the size of the input.
func tooLarge(depth, widest, input int) bool {
	w, side := float64(widest), float64(input)
	return float64(depth+8)*21*w*w*side*side > math.MaxInt64/2
}

// validateStage checks stage i, counted from 0.
func (m *Model) validateStage(i int) error {
	fail := func(key, format string, args ...any) error {
		return &modelError{key, i + 1, fmt.Sprintf(format, args...)}
	}
	for _, p := range stageParams {
		if v, ok := p.At(m, i); ok {
			if err := p.domain.check(v); err != nil {
				return fail(p.Key, "%v", err)
			}
		}
	}
	if !m.Block.has(hasB) {
		return nil
	}
	w := m.Widths[i]
	r, _ := ratioOf(m.Bottleneck[i])
	if w*r.den%r.num != 0 {
		return fail("widths", "%d over the bottleneck ratio %v is no whole number; change one of the two", w, m.Bottleneck[i])
	}
	v := r.inner(w)
	if v > maxWidth {
		return fail("widths", "%d over the bottleneck ratio %v is wider than %d", w, m.Bottleneck[i], maxWidth)
	}
	if g := m.GroupWidths[i]; m.Block.has(hasG) && v%g != 0 {
		return fail("group_widths", "%d does not divide the inner width %d (width %d over bottleneck ratio %v)", g, v, w, m.Bottleneck[i])
	}
	return nil
}

// validateRegNet reports a model whose stages are not those that its RegNet
// parameters generate.
func (m *Model) validateRegNet() error {
	if m.RegNet == nil {
		return nil
	}
	if err := m.RegNet.Validate(); err != nil {
		return invalid("regnet", "%v", err)
	}
	want := Model{Block: m.Block, Options: m.Options}
	if err := want.setRegNet(*m.RegNet); err != nil {
		return invalid("regnet", "%v", err)
	}
	if !slices.Equal(m.Depths, want.Depths) || !slices.Equal(m.Widths, want.Widths) ||
		m.Block.has(hasB) && !slices.Equal(m.Bottleneck, want.Bottleneck) ||
		m.Block.has(hasG) && !slices.Equal(m.GroupWidths, want.GroupWidths) {
		return invalid("regnet", "the stages are not those that the parameters give; drop one of the two")
	}
	return nil
}

func within(n, lo, hi int) error {
	if n < lo || n > hi {
		return fmt.Errorf("%d is outside %d..%d", n, lo, hi)
	}
	return nil
}

// join lists names, separated by commas.
func join[T ~string](names []T) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(names), "[]"), " ", ", ")
}

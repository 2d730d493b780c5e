package space

import (
	"errors"
	"fmt"
	"math"
)

// maxStages and maxDepth bound what a model may ask for, so that a slip of the
// pen is an error and not an exhausted machine.
const (
	maxStages = 64
	maxDepth  = 1 << 16 // blocks
	maxWidth  = 1 << 20 // channels, classes
	maxInput  = 1 << 16 // pixels
)

// Validate reports the first thing that makes the model impossible to build,
// naming the stage (from 1) and the remedy.
func (m *Model) Validate() error {
	switch m.Stem {
	case StemCIFAR, StemSimple, StemImageNet:
	default:
		return fmt.Errorf("stem: %q is none of cifar, simple, imagenet", m.Stem)
	}
	if m.Block != BlockV && m.Block != BlockVR && m.Block != BlockBasic && m.Block != BlockVanilla && !m.Block.Bottleneck() {
		return fmt.Errorf("block: %q is none of x, r, v, vr, basic, vanilla, linear", m.Block)
	}
	if m.Activation != ReLU && m.Activation != SiLU {
		return fmt.Errorf("activation: %q is none of relu, silu", m.Activation)
	}
	for _, c := range []struct {
		name    string
		n, l, h int
	}{
		{"stem_width", m.StemWidth, 1, maxWidth},
		{"head_width", m.HeadWidth, 0, maxWidth},
		{"classes", m.Classes, 1, maxWidth},
		{"input", m.Input, 1, maxInput},
	} {
		if err := within(c.name, c.n, c.l, c.h); err != nil {
			return err
		}
	}
	if !(m.SERatio >= 0 && m.SERatio <= 1) {
		return fmt.Errorf("se_ratio: %v is outside 0..1", m.SERatio)
	}
	if m.SERatio > 0 && !m.Block.Bottleneck() {
		return fmt.Errorf("se_ratio: block %s has no SE; set se_ratio to 0 or choose block x, r or linear", m.Block)
	}
	if err := m.validateStages(); err != nil {
		return err
	}
	return m.validateRegNet()
}

func (m *Model) validateStages() error {
	n := len(m.Depths)
	if n < 1 || n > maxStages {
		return fmt.Errorf("depths: %d stages; a model has 1 to %d", n, maxStages)
	}
	lengths := []struct {
		name string
		n    int
	}{{"widths", len(m.Widths)}, {"strides", len(m.Strides)}, {"bottleneck", len(m.Bottleneck)}, {"group_widths", len(m.GroupWidths)}}
	if !m.Block.Bottleneck() {
		lengths = lengths[:2]
	}
	for _, l := range lengths {
		if l.n != n {
			return fmt.Errorf("%s: %d values for %d stages; give one a stage", l.name, l.n, n)
		}
	}
	widest, depth := max(m.StemWidth, m.HeadWidth), 0
	for i := range n {
		if err := m.validateStage(i); err != nil {
			return fmt.Errorf("stage %d: %w", i+1, err)
		}
		widest = max(widest, m.Widths[i])
		if m.Block.Bottleneck() {
			widest = max(widest, inner(m.Widths[i], m.Bottleneck[i]))
		}
		depth += m.Depths[i]
	}
	if depth > maxDepth {
		return fmt.Errorf("depths: %d blocks; a model has at most %d", depth, maxDepth)
	}
	// Every block is at most two dense 3×3 convolutions and three 1×1 at the
	// widest width and the stem's size.
	side := float64(m.Input)
	if most := float64(depth+8) * 21 * float64(widest) * float64(widest) * side * side; most > math.MaxInt64/2 {
		return errors.New("the model is too large for its flops to be counted; reduce depths, widths or input")
	}
	return nil
}

func (m *Model) validateStage(i int) error {
	if err := within("depth", m.Depths[i], 1, maxDepth); err != nil {
		return err
	}
	w := m.Widths[i]
	if err := within("width", w, 1, maxWidth); err != nil {
		return err
	}
	if s := m.Strides[i]; s != 1 && s != 2 {
		return fmt.Errorf("stride: %d is neither 1 nor 2", s)
	}
	if !m.Block.Bottleneck() {
		return nil
	}
	r, ok := ratioOf(m.Bottleneck[i])
	if !ok {
		return fmt.Errorf("bottleneck: %v is not a ratio of whole numbers up to %d", m.Bottleneck[i], maxRatio)
	}
	if w*r.den%r.num != 0 {
		return fmt.Errorf("width %d over bottleneck %v is no whole number; choose a width that is", w, m.Bottleneck[i])
	}
	in := w * r.den / r.num
	if err := within("inner width", in, 1, maxWidth); err != nil {
		return err
	}
	if m.Block == BlockR {
		return nil
	}
	if g := m.GroupWidths[i]; g < 1 || g > in || in%g != 0 {
		return fmt.Errorf("group width %d does not divide the inner width %d (width %d over bottleneck %v)", g, in, w, m.Bottleneck[i])
	}
	return nil
}

func within(name string, n, lo, hi int) error {
	if n < lo || n > hi {
		return fmt.Errorf("%s: %d is outside %d..%d", name, n, lo, hi)
	}
	return nil
}

// validateRegNet reports a model whose stages are not those that its RegNet
// parameters generate.
func (m *Model) validateRegNet() error { return nil }

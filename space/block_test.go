package space

import (
	"fmt"
	"strings"
	"testing"
)

// What the table says of a block in words, its layers say, too.
func TestAboutIsWhatTheLayersAre(t *testing.T) {
	for _, k := range kinds {
		var parts []string
		for _, l := range k.main {
			s := fmt.Sprintf("%d×%[1]d", max(l.kernel, plainKernel))
			switch {
			case l.kernel == 1:
				s = "1×1"
			case l.kernel == 0 && k.has&hasK != 0:
				s = "k×k"
			}
			if l.is&grouped != 0 && k.depthwise {
				s = "depthwise " + s
			} else if l.is&grouped != 0 && k.has&hasG != 0 {
				s = "grouped " + s
			}
			if l.is&strided != 0 {
				s += " (stride)"
			}
			switch l.op {
			case Norm:
				s = "norm"
			case Plain:
				s += " without norm"
			}
			if l.is&activated != 0 {
				s += ", act"
			}
			if l.is&widening != 0 {
				s = "[" + s + "]"
			}
			if l.is&gated != 0 && k.has&hasSE != 0 {
				s += ", [SE]"
			}
			parts = append(parts, s)
		}
		if s := []string{"", "+ shortcut where the shape is kept", "+ shortcut"}[k.adds]; s != "" {
			if k.shortcut != nil && k.shortcut[0].is&activated != 0 {
				s += " (act if projected)"
			}
			parts = append(parts, s)
		}
		if k.end {
			parts = append(parts, "act")
		}
		if want := strings.Join(parts, ", "); k.about != want {
			t.Errorf("block %s: %q, and its layers are %q", k.name, k.about, want)
		}
	}
}

func TestUnknownBlocksHaveNothing(t *testing.T) {
	for _, b := range Blocks() {
		if !b.Has("d") || !b.Has("w") || b.Has("q") || b.Has("") {
			t.Errorf("block %s: d %v, w %v, q %v", b, b.Has("d"), b.Has("w"), b.Has("q"))
		}
	}
	for _, param := range []string{"d", "w", "b", "g", "e", "k", "se_ratio"} {
		if Block("z").Has(param) {
			t.Errorf("block z has %s", param)
		}
	}
}

// What is too large to be counted is judged by a bound that holds for every block:
// two dense 3×3 convolutions and three of 1×1 at the widest width.
func TestBlocksCostNoMoreThanTheBound(t *testing.T) {
	for _, block := range Blocks() {
		for _, stride := range []int{1, 2} {
			m := &Model{Stem: StemCIFAR, StemWidth: 64, Block: block, Activation: ReLU, Depths: []int{2}, Widths: []int{128}, Strides: []int{stride}, SERatio: 1, Input: 16}
			for _, p := range stageParams[3:] {
				if p.Of(block) && !p.optional {
					p.Append(m, map[string]float64{"b": 1, "g": 128, "e": 4, "k": 5}[p.Name])
				}
			}
			k := block.kind()
			first, rest := m.stage(k, 0, 64, 16)
			for _, b := range []BlockShape{first, rest} {
				widest := float64(max(b.In, b.Out, b.Inner))
				if c := m.blockComplexity(k, &b); float64(c.Flops) > 21*widest*widest*16*16 {
					t.Errorf("%s of stride %d: %d flops with widths up to %v", block, stride, c.Flops, widest)
				}
			}
		}
	}
	if tooLarge(1000, 1<<12, 224) || !tooLarge(1000, 1<<20, 1<<16) || tooLarge(0, 1, 1) {
		t.Error("the bound is not where it should be")
	}
}

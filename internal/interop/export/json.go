package export

import (
	"encoding/json"
	"io"

	"designspace/space"
)

// A Description is a resolved model for other programs. Lists have one value a
// stage.
type Description struct {
	Name            string           `json:"name"`
	Flops           int64            `json:"flops"`
	Params          int64            `json:"params"`
	Acts            int64            `json:"acts"`
	Input           int              `json:"input"`
	Classes         int              `json:"classes"`
	Stem            space.Stem       `json:"stem"`
	StemWidth       int              `json:"stem_width"`
	Block           space.Block      `json:"block"`
	Activation      space.Activation `json:"activation"`
	Depths          []int            `json:"depths"`
	Widths          []int            `json:"widths"`
	WidthsGenerated []int            `json:"widths_before_group_fix,omitempty"`
	Strides         []int            `json:"strides"`
	Bottleneck      []float64        `json:"bottleneck,omitempty"`
	GroupWidths     []int            `json:"group_widths,omitempty"`
	Expansions      []int            `json:"expansions,omitempty"`
	Kernels         []int            `json:"kernels,omitempty"`
	SERatio         float64          `json:"se_ratio"`
	SERatios        []float64        `json:"se_ratios,omitempty"` // in place of it where stages differ
	HeadWidth       int              `json:"head_width"`
	space.Options
	RegNet *RegNet `json:"regnet,omitempty"`
	Blocks []Block `json:"blocks,omitempty"`
}

// A RegNet is the parameters that generated a model's stages.
type RegNet struct {
	D  int     `json:"d"`
	W0 int     `json:"w0"`
	WA float64 `json:"wa"`
	WM float64 `json:"wm"`
	B  float64 `json:"b"`
	G  int     `json:"g"`
}

// A Block is the shape of one block, in the order of computation.
type Block struct {
	Name       string `json:"name"` // stage and block, from 1: s1.b2
	In         int    `json:"in"`   // channels
	Out        int    `json:"out"`
	Inner      int    `json:"inner"`
	Kernel     int    `json:"kernel"` // side of the convolution with the stride
	GroupWidth int    `json:"group_width"`
	Groups     int    `json:"groups"`
	Stride     int    `json:"stride"`
	Size       int    `json:"size"`           // side of the input in pixels
	OutSize    int    `json:"out_size"`       // side of the output in pixels
	Squeeze    int    `json:"squeeze"`        // width that SE squeezes to, 0 for no SE
	Shortcut   string `json:"shortcut"`       // none, identity or projection
	Pool       int    `json:"pool,omitempty"` // stride of the pool after the block
}

// Describe returns a model's description without its blocks.
func Describe(m *space.Model) Description {
	cx := m.Complexity()
	d := Description{
		Name: m.Name, Flops: cx.Flops, Params: cx.Params, Acts: cx.Acts, Input: m.Input, Classes: m.Classes,
		Stem: m.Stem, StemWidth: m.StemWidth, Block: m.Block, Activation: m.Activation,
		Depths: m.Depths, Widths: m.Widths, Strides: m.Strides, Bottleneck: m.Bottleneck, GroupWidths: m.GroupWidths,
		SERatio: m.SERatio, SERatios: m.SERatios, HeadWidth: m.HeadWidth, Expansions: m.Expansions, Kernels: m.Kernels, Options: m.Options,
	}
	if r := m.RegNet; r != nil {
		d.RegNet = &RegNet{r.Depth, r.W0, r.WA, r.WM, r.B, r.G}
		_, d.WidthsGenerated = r.Stages()
	}
	return d
}

// Blocks returns the shapes of a model's blocks.
func Blocks(m *space.Model) []Block {
	var blocks []Block
	for _, s := range m.Shapes() {
		b := Block{
			Name: s.Name(), In: s.In, Out: s.Out, Inner: s.Inner, Kernel: s.Kernel, GroupWidth: s.GroupWidth, Groups: s.Inner / s.GroupWidth,
			Stride: s.Stride, Size: s.Size, OutSize: s.OutSize(), Squeeze: s.Squeeze, Shortcut: "none",
		}
		for _, u := range s.Pool {
			b.Pool = u.Stride
		}
		switch {
		case len(s.Shortcut) > 0:
			b.Shortcut = "projection"
		case s.Residual:
			b.Shortcut = "identity"
		}
		blocks = append(blocks, b)
	}
	return blocks
}

// JSON writes a model's description with its blocks.
func JSON(w io.Writer, m *space.Model) error {
	if err := m.Validate(); err != nil {
		return err
	}
	d := Describe(m)
	d.Blocks = Blocks(m)
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(d)
}

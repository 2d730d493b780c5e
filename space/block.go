package space

import (
	"fmt"
	"slices"
	"strings"
)

// A Block is the unit that a stage repeats; [Block.About] says what it computes.
type Block string

// The blocks of the papers.
const (
	BlockX       Block = "x"
	BlockR       Block = "r"
	BlockV       Block = "v"
	BlockVR      Block = "vr"
	BlockBasic   Block = "basic"
	BlockVanilla Block = "vanilla"
	BlockLinear  Block = "linear"
	BlockMBConv  Block = "mbconv"
)

// A kind is an entry of the table of blocks.
type kind struct {
	name      Block
	has       params
	main      []layer
	depthwise bool     // grouped layers have a group a channel, and no group width to choose
	adds      addition // which blocks add a shortcut
	shortcut  []layer  // of it where the block changes the shape
	end       bool     // the activation ends the block
	same      Block    // whose keys the block has, being that one with less to choose; "" for its own
}

// kinds is the table of blocks: all that the program knows of any one.
var kinds = []kind{
	{name: BlockX, has: hasB | hasG | hasSE, main: bottleneck, adds: everywhere, shortcut: projection, end: true},
	{name: BlockR, has: hasB | hasSE, main: bottleneck, adds: everywhere, shortcut: projection, end: true, same: BlockX},
	{name: BlockV, main: one, end: true},
	{name: BlockVR, main: one, adds: everywhere, shortcut: projection, end: true},
	{name: BlockBasic, main: two, adds: everywhere, shortcut: projection, end: true},
	{name: BlockVanilla, main: two, end: true},
	{name: BlockLinear, has: hasB | hasG | hasSE, main: bottleneck, adds: whereKept},
	{name: BlockMBConv, has: hasE | hasK | hasSE, main: inverted, depthwise: true, adds: whereKept},
}

// The sequences of layers that blocks consist of.
var (
	one = []layer{{name: "a", is: strided}}
	two = []layer{
		{name: "a", is: strided | activated},
		{name: "b", kernel: 3},
	}
	bottleneck = []layer{
		{name: "a", kernel: 1, out: inner, is: activated},
		{name: "b", out: inner, is: strided | grouped | activated | gated},
		{name: "c", kernel: 1},
	}
	inverted = []layer{
		{name: "a", kernel: 1, out: inner, is: activated | widening},
		{name: "b", out: inner, is: strided | grouped | activated | gated},
		{name: "c", kernel: 1},
	}
	projection = []layer{{name: "proj", kernel: 1, is: strided}}
)

// addition says where a block adds a shortcut.
type addition int

const (
	nowhere addition = iota
	whereKept
	everywhere
)

// params is a set of parameters of stages.
type params uint8

// The parameters that some blocks have and others have not.
const (
	hasB  params = 1 << iota // bottleneck ratio
	hasG                     // group width
	hasE                     // expansion
	hasK                     // kernel
	hasSE                    // SE ratio
)

// paramNames are those in the YAML of spaces, in the order of the bits.
var paramNames = []string{"b", "g", "e", "k", "se_ratio"}

// Blocks lists all blocks.
func Blocks() []Block {
	list := make([]Block, len(kinds))
	for i, k := range kinds {
		list[i] = k.name
	}
	return list
}

// kind returns the entry of a block, nil if there is none.
func (b Block) kind() *kind {
	for i := range kinds {
		if kinds[i].name == b {
			return &kinds[i]
		}
	}
	return nil
}

// Has reports whether stages of the block have a parameter, by its name in the
// YAML of spaces: d and w, which every block has, bottleneck ratio b, group
// width g, expansion e, kernel k, se_ratio. A block that is none of [Blocks] has
// no parameters.
func (b Block) Has(param string) bool {
	if param == "d" || param == "w" {
		return b.kind() != nil
	}
	i := slices.Index(paramNames, param)
	return i >= 0 && b.has(1<<i)
}

// has reports whether the block has one of the parameters.
func (b Block) has(param params) bool { return b.params()&param != 0 }

// params returns the parameters of the block, none if it is none of [Blocks].
func (b Block) params() params {
	if k := b.kind(); k != nil {
		return k.has
	}
	return 0
}

// having lists the blocks that have a parameter, in words.
func having(param params) string {
	var names []string
	for _, k := range kinds {
		if k.has&param != 0 {
			names = append(names, string(k.name))
		}
	}
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// About returns what the block computes, in a line: convolutions by their
// kernels, each followed by batch normalisation, act for the model's activation,
// (stride) for the one that has the block's stride, in brackets what only some
// blocks of the kind have. It is empty for a block that is none of [Blocks].
func (b Block) About() string {
	k := b.kind()
	if k == nil {
		return ""
	}
	var parts []string
	for _, l := range k.main {
		parts = append(parts, k.layer(l))
		if l.is&gated != 0 && k.has&hasSE != 0 {
			parts = append(parts, "[SE]")
		}
	}
	switch k.adds {
	case whereKept:
		parts = append(parts, "+ shortcut where the shape is kept")
	case everywhere:
		parts = append(parts, "+ shortcut")
	}
	if k.end {
		parts = append(parts, "act")
	}
	return strings.Join(parts, ", ")
}

// layer describes a layer of the block.
func (k *kind) layer(l layer) string {
	s := "k×k"
	switch {
	case l.kernel > 0:
		s = fmt.Sprintf("%d×%[1]d", l.kernel)
	case k.has&hasK == 0:
		s = fmt.Sprintf("%d×%[1]d", plainKernel)
	}
	switch {
	case l.is&grouped == 0:
	case k.depthwise:
		s = "depthwise " + s
	case k.has&hasG != 0:
		s = "grouped " + s
	}
	if l.is&strided != 0 {
		s += " (stride)"
	}
	if l.is&activated != 0 {
		s += ", act"
	}
	if l.is&widening != 0 {
		s = "[" + s + "]"
	}
	return s
}

// hasRatio reports whether the block has a bottleneck ratio.
func (b Block) hasRatio() bool { return b.has(hasB) }

// hasGroups reports whether the block has a group width.
func (b Block) hasGroups() bool { return b.has(hasG) }

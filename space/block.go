package space

import "slices"

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
	BlockPreSum  Block = "presum"
	BlockPreAct  Block = "preact"
)

// A kind is an entry of the table of blocks, or of that of stems.
type kind struct {
	name          string
	about         string
	has           params
	main          []layer
	depthwise     bool     // grouped layers have a group a channel, and no group width to choose
	adds          addition // which blocks add a shortcut
	shortcut      []layer  // of it where the block changes the shape
	pooled        []layer  // the same with an average pool; nil if there is none
	branch        int      // the layers of main before the shortcut's
	tail          []layer  // after the last block
	end           bool     // the activation ends the block
	squeezesInner bool     // SE squeezes to the ratio's share of the inner width, rounded down
	same          Block    // whose keys the block has, being that one with less to choose; "" for its own
}

// kinds is the table of blocks: all that the program knows of any one.
var kinds = []kind{
	{
		name: "x", about: "1×1, act, grouped 3×3 (stride), act, [SE], 1×1, + shortcut, act",
		has: hasB | hasG | hasSE, main: bottleneck, adds: everywhere, shortcut: projection, pooled: pooledProjection, end: true,
	}, {
		name: "r", about: "1×1, act, 3×3 (stride), act, [SE], 1×1, + shortcut, act",
		has: hasB | hasSE, main: bottleneck, adds: everywhere, shortcut: projection, pooled: pooledProjection, end: true, same: BlockX,
	}, {
		name: "v", about: "3×3 (stride), act",
		main: one, end: true,
	}, {
		name: "vr", about: "3×3 (stride), + shortcut, act",
		main: one, adds: everywhere, shortcut: projection, pooled: pooledProjection, end: true,
	}, {
		name: "basic", about: "3×3 (stride), act, 3×3, [SE], + shortcut, act",
		has: hasSE, squeezesInner: true, main: two, adds: everywhere, shortcut: projection, pooled: pooledProjection, end: true,
	}, {
		name: "vanilla", about: "3×3 (stride), act, 3×3, act",
		main: two, end: true,
	}, {
		name: "linear", about: "1×1, act, grouped 3×3 (stride), act, [SE], 1×1, + shortcut where the shape is kept",
		has: hasB | hasG | hasSE, main: bottleneck, adds: whereKept,
	}, {
		name: "mbconv", about: "[1×1, act], depthwise k×k (stride), act, [SE], 1×1, + shortcut where the shape is kept",
		has: hasE | hasK | hasSE, main: inverted, depthwise: true, adds: whereKept,
	}, {
		name: "presum", about: "1×1, act, grouped 3×3 (stride), act, [SE], 1×1, act, + shortcut (act if projected)",
		has: hasB | hasG | hasSE, squeezesInner: true, main: activatedBottleneck, adds: everywhere, shortcut: activatedProjection,
	}, {
		name: "preact", about: "norm, act, 3×3 (stride), act, 3×3 without norm, + shortcut",
		main: preactivated, adds: everywhere, shortcut: []layer{{name: "proj", op: Plain, kernel: 1, is: strided}}, branch: 1, tail: preactivated[:1],
	},
}

// The sequences of layers that blocks consist of.
var (
	one = []layer{{name: "a", is: strided}}
	two = []layer{
		{name: "a", is: strided | activated},
		{name: "b", kernel: 3, is: gated},
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
	activatedBottleneck = []layer{bottleneck[0], bottleneck[1], {name: "c", kernel: 1, is: activated}}
	preactivated        = []layer{
		{name: "norm", op: Norm, kernel: 1, out: unchanged, is: activated},
		{name: "a", is: strided | activated},
		{name: "b", op: Plain, kernel: 3},
	}
	projection          = []layer{{name: "proj", kernel: 1, is: strided}}
	activatedProjection = []layer{{name: "proj", kernel: 1, is: strided | activated}}
	pooledProjection    = []layer{
		{name: "pool", op: AvgPool, kernel: 2, out: unchanged, is: strided | shrinking},
		{name: "proj", kernel: 1},
	}
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
func Blocks() []Block { return listed[Block](kinds) }

// listed returns the names of a table.
func listed[T ~string](table []kind) []T {
	list := make([]T, len(table))
	for i, k := range table {
		list[i] = T(k.name)
	}
	return list
}

// kind returns the entry of a block, nil if there is none.
func (b Block) kind() *kind { return find(kinds, string(b)) }

func find(table []kind, name string) *kind {
	for i := range table {
		if table[i].name == name {
			return &table[i]
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
func having(param string) string {
	list := slices.DeleteFunc(Blocks(), func(b Block) bool { return !b.Has(param) })
	last := len(list) - 1
	if last == 0 {
		return string(list[0])
	}
	return join(list[:last]) + " or " + string(list[last])
}

// About returns what the block computes, in a line: convolutions by their
// kernels, each followed by batch normalisation (norm) where it is not said that
// there is none, act for the model's activation,
// (stride) for the one that has the block's stride, in brackets what only some
// blocks of the kind have. It is empty for a block that is none of [Blocks].
func (b Block) About() string {
	if k := b.kind(); k != nil {
		return k.about
	}
	return ""
}

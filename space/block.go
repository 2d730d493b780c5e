package space

import "slices"

// A Block is the unit that a stage repeats. Every convolution is followed by
// batch normalisation; "act" is the model's activation.
type Block string

// The blocks of the papers.
const (
	BlockX       Block = "x"       // 1×1, act, grouped 3×3 (stride), act [, SE], 1×1, + shortcut, act
	BlockR       Block = "r"       // x with one group
	BlockV       Block = "v"       // 3×3 (stride), act
	BlockVR      Block = "vr"      // 3×3 (stride), + shortcut, act
	BlockBasic   Block = "basic"   // 3×3 (stride), act, 3×3, + shortcut, act
	BlockVanilla Block = "vanilla" // 3×3 (stride), act, 3×3, act
	BlockLinear  Block = "linear"  // x with a shortcut only where the shape is kept, and no act after it
	BlockMBConv  Block = "mbconv"  // [1×1, act,] depthwise k×k (stride), act [, SE], 1×1, + shortcut where the shape is kept
)

// A kind is an entry of the table of blocks.
type kind struct {
	name Block
	has  params
}

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

var kinds = []kind{
	{BlockX, hasB | hasG | hasSE},
	{BlockR, hasB | hasSE},
	{BlockV, 0},
	{BlockVR, 0},
	{BlockBasic, 0},
	{BlockVanilla, 0},
	{BlockLinear, hasB | hasG | hasSE},
	{BlockMBConv, hasE | hasK | hasSE},
}

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
	k := b.kind()
	if k == nil {
		return false
	}
	i := slices.Index(paramNames, param)
	return i >= 0 && k.has&(1<<i) != 0 || param == "d" || param == "w"
}

// Bottleneck reports whether the block squeezes or expands its width between
// two 1×1 convolutions. Other blocks have no bottleneck ratio, no group width
// and no SE.
func (b Block) Bottleneck() bool { return b.Has("b") }

// groups reports whether the block's 3×3 convolution may have groups.
func (b Block) groups() bool { return b.Has("g") }

// gates reports whether the block may have SE.
func (b Block) gates() bool { return b.Has("se_ratio") }

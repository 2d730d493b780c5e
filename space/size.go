package space

import (
	"math"
	"math/big"
)

// paperLevels is the number of settings at which the paper counts each of d,
// w0, wa and wm of a RegNet (64⁴·6·3 in Table 1).
const paperLevels = 64

// Size returns how large the space is.
//
// Settings is the exact number of different draws of all parameters: before
// the group fix and before limits, or reasons of the draw itself, reject any, with orders between
// stages counted exactly. Dimensions is the number of independent draws that
// have more than one value. Paper is the number of settings in the manner of
// the paper's Table 1: n ordered stages are divided by n!, and d, w0, wa and wm
// of a RegNet count 64 each.
func (s *Space) Size() (settings *big.Int, dimensions int, paper float64) {
	settings, paper = big.NewInt(1), 1
	for _, c := range s.chains {
		settings.Mul(settings, c.settings())
		free := 0 // draws of the chain with a choice
		for i, l := range c.links {
			if len(l.values) == 1 {
				continue
			}
			free++
			if slot := c.slots[i][0]; s.Base == RegNetBase && slot < len(regnetParams) && regnetParams[slot].Line {
				paper *= paperLevels
			} else {
				paper *= float64(len(l.values))
			}
		}
		dimensions += free
		paper /= math.Round(math.Gamma(float64(free + 1)))
	}
	return settings, dimensions, paper
}

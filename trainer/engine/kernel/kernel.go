// Package kernel holds the inner loops of the training engine. The lanes of a
// vector are images: a map of activations is stored as blocks of 16 images,
// [block][channel][row][column][image of the block], so that one kernel serves any
// number of channels, any group width and any kernel size.
//
// All sets of kernels compute the same bits. No sum crosses lanes but the last
// step of a reduction, which adds 16 partial sums in a fixed tree; every
// multiplication that is followed by an addition is fused with it; every sum has a
// fixed order, which no tiling changes.
package kernel

import (
	"fmt"
	"strings"
)

//go:generate go run -C _generate .

// Images is the number of images of a block.
const Images = 16

// Blocks returns the number of blocks that hold n images.
func Blocks(n int) int { return (n + Images - 1) / Images }

// Plane returns the channel stride in floats that suits maps of the given number
// of pixels. A convolution reads a few pixels of all channels at once; with strides
// that are a power of two they would compete for the same lines of the caches, so
// a plane is 4 lines of a cache more than a multiple of 8.
func Plane(pixels int) int {
	if pixels > 4 {
		pixels = (pixels+3)/8*8 + 4
	}
	return pixels * Images
}

// View is a rectangle of pixels of some channels of some blocks: Data begins at
// the first pixel, and strides are in floats. Pixels adjoin if Pixel is Images.
type View struct {
	Data                       []float32
	N, C, H, W                 int
	Block, Channel, Row, Pixel int
}

// Dense returns the view of n blocks of c channels of h × w pixels.
func Dense(data []float32, n, c, h, w int) View {
	plane := Plane(h * w)
	return View{Data: data, N: n, C: c, H: h, W: w, Block: c * plane, Channel: plane, Row: w * Images, Pixel: Images}
}

// Blocks returns the view of n blocks from the i-th.
func (v View) Blocks(i, n int) View {
	v.Data, v.N = v.Data[i*v.Block:], n
	return v
}

// Channels returns the view of n channels from the first.
func (v View) Channels(first, n int) View {
	v.Data, v.C = v.Data[first*v.Channel:], n
	return v
}

// Rows returns the view of the rows from lo to hi.
func (v View) Rows(lo, hi int) View {
	v.Data, v.H = v.Data[lo*v.Row:], hi-lo
	return v
}

// from returns the data that begins at a block, a channel and a row.
func (v View) from(n, c, h int) []float32 { return v.Data[n*v.Block+c*v.Channel+h*v.Row:] }

// flat makes one row of rows that adjoin in all views.
func flat(views ...*View) {
	for _, v := range views {
		if v.Row != v.W*v.Pixel {
			return
		}
	}
	for _, v := range views {
		v.H, v.W = 1, v.H*v.W
		v.Row = v.W * v.Pixel
	}
}

// Activation is the function applied after a normalisation.
type Activation uint8

// The activations: f(v) = v, max(v, 0) and v·σ(v).
const (
	Identity Activation = iota
	ReLU
	SiLU
)

// Affine is a batch normalisation: every channel x becomes Scale·x + Shift.
// Center is the channel's mean, from which sums are taken: it keeps them small.
type Affine struct{ Scale, Shift, Center []float32 }

// Update holds the constants of one step of stochastic gradient descent.
type Update struct {
	LR, Momentum, WeightDecay float32
	Nesterov                  bool
}

// Arithmetic names how the kernels of every set compute: fused multiply-adds, 16
// partial sums. It changes whenever some result gets other bits.
const Arithmetic = "fused16"

// Set is one implementation of the kernels.
type Set struct {
	Name string
	kernels
}

// The largest register tile.
const (
	maxOut  = 6
	maxTile = 9
)

// kernels are the loops that a processor needs to have.
type kernels struct {
	lanes int  // of a vector
	plain bool // whether calls say what the kernels in plain Go want to know
	conv  [maxOut + 1][maxTile + 1]func(*convCall)
	grad  [maxOut + 1][maxTile + 1]func(*gradCall)
	// Where terms come in runs of 3 or 5 neighbouring pixels, and tiles are whole.
	conv3, conv5 [maxOut + 1][maxTile + 1]func(*convCall)
	grad3        [maxOut + 1]func(*gradCall)
	reduce       func(*reduceCall)
	sweep        [sweepKinds]func(*sweepCall)
	peak         func(*peakCall) // runs rounds of multiply-adds of so many sums
	sums         int
}

// Peak runs rounds of independent multiply-adds on registers and returns how many
// floating-point operations that was, or 0 where the set has no vectors.
func (s *Set) Peak(rounds int) (flops int) {
	if s.peak == nil {
		return 0
	}
	s.peak(&peakCall{rounds})
	return rounds * s.sums * s.lanes * 2
}

// Variable is the environment variable by which a user names a set.
const Variable = "DESIGNSPACE_KERNEL"

// Choose returns the set of the given name, or with an empty name the fastest
// that this machine can run.
func Choose(name string) (*Set, error) {
	var names []string
	for _, s := range Sets() {
		if name == "" || name == s.Name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return nil, fmt.Errorf("%s: kernel set %q cannot run on this machine: choose one of %s", Variable, name, strings.Join(names, ", "))
}

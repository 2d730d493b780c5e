// Package kernel holds the inner loops of the training engine: convolutions and
// their weight gradients, the elementwise passes around batch normalisation, and
// the parameter update.
//
// Every loop works on float32 feature maps in NHWC order whose channels are
// padded to a multiple of [Lane]. Padding lanes are zero, and every kernel keeps
// them zero, so that no kernel needs to know where the real channels end.
//
// A [Set] is one implementation of all of them. [Generic] is written in plain
// Go: it runs everywhere and is the oracle of every faster set. All sets agree
// up to the rounding of sums; a set by itself gives the same bits at every call.
package kernel

import (
	"fmt"
	"strings"
)

// Lane is the number of floats to whose multiple channel counts are padded.
const Lane = 8

// Lanes returns the smallest multiple of [Lane] that is not below n.
func Lanes(n int) int { return (n + Lane - 1) / Lane * Lane }

// Spaced returns the pixel stride in floats that suits a map of the given lanes of
// which a kernel reads a block of lanes, pixel by pixel. Where pixels of many lanes
// adjoin, the same lanes of all pixels compete for a few sets of the first-level
// cache, of 64 lines of 16 floats; an odd number of lines between pixels takes them
// to all sets.
func Spaced(lanes int) int {
	const line = 16
	if lanes%(4*line) == 0 {
		return lanes + line
	}
	return lanes
}

// Activation is the function applied after a normalisation.
type Activation uint8

// The activations: f(v) = v, max(v, 0) and v·σ(v).
const (
	Identity Activation = iota
	ReLU
	SiLU
)

// View is a rectangle of pixels of some images in an NHWC buffer: N images of H
// rows of W pixels of C adjoining lanes. Data begins at the first lane of the
// first pixel; Image, Row and Pixel are strides in floats. Strides may skip
// pixels (a strided convolution) or a border (a padded buffer).
type View struct {
	Data              []float32
	N, H, W, C        int
	Image, Row, Pixel int
}

// Dense returns the view of n contiguous images of h × w pixels of c lanes.
func Dense(data []float32, n, h, w, c int) View {
	return View{Data: data, N: n, H: h, W: w, C: c, Image: h * w * c, Row: w * c, Pixel: c}
}

// Offset is the position of the first lane of a pixel in v.Data.
func (v View) Offset(n, h, w int) int { return n*v.Image + h*v.Row + w*v.Pixel }

// Lanes returns the lanes of one pixel.
func (v View) Lanes(n, h, w int) []float32 {
	o := v.Offset(n, h, w)
	return v.Data[o : o+v.C : o+v.C]
}

// Conv is the geometry of a grouped convolution, apart from the grid of pixels,
// which the views give. With g = o/Out the group of output lane o, it computes
//
//	y[p][o] = Σ_t Σ_{i<In} x[p + Taps[t]][g·In + i] · w[t][i][o]
//
// for every pixel p of y, where x's strides say which input pixel corresponds to
// p. A 1×1 convolution has one tap. In a dense convolution over pixels without
// gaps the taps of a kernel row adjoin, so that a row may be given as one tap
// with In of three pixels' lanes.
//
// Weights are stored w[(t·In+i)·Lanes + o]. Either Out is a multiple of [Lane],
// or In = Out is 1, 2 or 4; Lanes, the number of output lanes over all groups,
// is a multiple of [Lane].
//
// The vector kernels keep what they derive from the geometry with it, so a Conv
// serves one goroutine at a time and must not change once used.
type Conv struct {
	Taps    []int // offsets in floats, not negative
	In, Out int   // lanes a group
	Lanes   int

	work workspace
}

// Weights returns the length of the convolution's weights in floats.
func (c *Conv) Weights() int { return len(c.Taps) * c.In * c.Lanes }

// Update holds the constants of one step of stochastic gradient descent.
type Update struct {
	LR, Momentum, WeightDecay float32
	Nesterov                  bool
}

// Affine is a batch normalisation: every channel x becomes Scale·x + Shift.
// Center is the channel's mean, from which sums are taken: it keeps them small.
type Affine struct{ Scale, Shift, Center []float32 }

// Set is one implementation of the kernels. In the descriptions, sums over p run
// over all pixels of a view; every per-channel slice has at least C elements.
type Set struct {
	Name string

	// Conv computes y = conv(x, w), or y += conv(x, w).
	Conv func(y, x View, w []float32, c *Conv, add bool)
	// ConvGrad adds Σ_p x[p+Taps[t]][g·In+i]·dy[p][o] to dw[t][i][o].
	ConvGrad func(dw []float32, x, dy View, c *Conv)

	// Stats adds Σ_p (x-center) to sum and Σ_p (x-center)² to square. A center near
	// the mean keeps the variance from being a difference of large numbers.
	Stats func(x View, center, sum, square []float32)
	// Norm computes y = f(a.Scale·x + a.Shift).
	Norm func(y, x View, a Affine, f Activation)
	// NormBack turns dy, the gradient of f(v) with v = a.Scale·x + a.Shift, into
	// the gradient of v in place, and adds Σ_p dy to sum and Σ_p dy·(x-a.Center)
	// to dot.
	NormBack func(dy, x View, a Affine, f Activation, sum, dot []float32)
	// Apply computes dx = a·dy + b·x + c: the gradient through a batch
	// normalisation whose constants are known.
	Apply func(dx, dy, x View, a, b, c []float32)

	// Add computes y = f(a.Scale·x + a.Shift + b.Scale·r + b.Shift): a block's
	// output from its last convolution and its shortcut.
	Add func(y, x, r View, a, b Affine, f Activation)
	// AddBack turns dy, the gradient of Add's y, into the gradient of the sum
	// under f in place, and adds Σ_p dy to sum, Σ_p dy·(x-a.Center) to dot and
	// Σ_p dy·(r-b.Center) to rdot.
	AddBack func(dy, x, r View, a, b Affine, f Activation, sum, dot, rdot []float32)

	// Copy copies x's pixels to y.
	Copy func(y, x View)
	// Pool adds each image's sum over pixels to its row of sum, N × C.
	Pool func(sum []float32, x View)
	// Spread sets every pixel of an image to the image's row of value, N × C.
	Spread func(y View, value []float32)
	// Gate multiplies every pixel of an image by the image's row of gate, N × C.
	Gate func(y View, gate []float32)
	// GateDot adds each image's Σ_p dy·f(a.Scale·x + a.Shift) to its row of dot,
	// N × C.
	GateDot func(dot []float32, dy, x View, a Affine, f Activation)
	// GateBack computes dy = dy·gate + offset with each image's rows, N × C.
	GateBack func(dy View, gate, offset []float32)

	// Update makes one step on parameters w with gradients g and velocities v.
	Update func(w, g, v []float32, u Update)
	// Average moves avg towards w: avg += (1-decay)·(w-avg).
	Average func(avg, w []float32, decay float32)

	// Peak runs rounds of independent multiply-adds on registers and returns how
	// many floating-point operations that was. It is nil where the set has no
	// vectors.
	Peak func(rounds int) (flops int)
}

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
	return nil, fmt.Errorf("kernel set %q cannot run on this machine: choose one of %s", name, strings.Join(names, ", "))
}

package kernel

//lint:file-ignore U1000 some fields are the assembly's alone

// The calls are what the assembly reads; its generator knows the offsets of the
// fields. Strides are in bytes. Kernels count in some of the fields, so each must
// be set before every call.

// convCall is a convolution of rows of tiles of pixels to a few outputs:
// y[o][p] = Σ_t w[t·wStep+o]·x[p+offsets[t]], or with add += .
type convCall struct {
	x, w, y            []float32
	offsets            []int
	wStep              int
	rows, tiles, xNext int // xNext is from behind a row's last tile to the next row
	yPixel, yChannel   int
	yNext              int
	add                int
	groups             int // whose strides follow, from behind a group's last row
	xGroup, yGroup     int
	wGroup, wAt, left  int
	out, tile          int  // for the kernel in plain Go, as what follows
	normal             bool // whether the numbers are; see normal
}

// gradCall is the weight gradient of a few outputs and terms:
// sums[t·sumStep+o] = Σ_p d[o][p]·x[p+offsets[t]], for each lane.
type gradCall struct {
	x, d, sums         []float32
	offsets            []int
	blocks, rows, cols int
	dChannel           int
	xRow, dRow         int // from behind a row to the next
	xBlock, dBlock     int // from behind a block's last row, and that step, to the next block
	left, sumStep      int
	groups             int // only of 3×3 kernels in runs; strides from behind a group's last block
	xGroup, dGroup     int
	repeats            int // with the terms that follow
	offset, sum        int // of the first, in bytes from offsets and sums
	sumRepeat          int // from the sums of one to those of the next
	blocksLeft         int
	out, terms         int // for the kernel in plain Go, as what follows
	normal             bool
}

// reduceCall adds the sums over lanes of groups of four accumulators to dst.
type reduceCall struct {
	acc, dst []float32
	fours    int
}

type peakCall struct{ rounds int }

// sweepCall is a pass over the pixels of up to three maps.
type sweepCall struct {
	p                [3][]float32
	k                [5][]float32 // constants of the channels
	s                [3][]float32 // sums, 16 a channel
	mask, table      []float32
	channel, row     [3]int
	channels         int
	rows, cols, left int
	plain            plainSweep
}

// plainSweep is what the sweeps in plain Go work on.
type plainSweep struct {
	p [3]*vector   // the pixel in the operands
	k [5]vector    // constants
	s [4][3]vector // partial sums
}

type sweepKind int

const (
	statsSweep sweepKind = iota
	applySweep
	poolSweep
	spreadSweep
	gateSweep
	gateBackSweep
	duplicateSweep
	pickSweep
	averageSweep
	updateSweep
	nesterovSweep
	// One of each for every activation.
	normIdentitySweep
	normBackIdentitySweep
	addIdentitySweep
	addBackIdentitySweep
	gateDotIdentitySweep
	normPickIdentitySweep
	normReLUSweep
	normBackReLUSweep
	addReLUSweep
	addBackReLUSweep
	gateDotReLUSweep
	normPickReLUSweep
	normSiLUSweep
	normBackSiLUSweep
	addSiLUSweep
	addBackSiLUSweep
	gateDotSiLUSweep
	normPickSiLUSweep
	sweepKinds
)

// of returns the sweep of an activation, given that of the identity.
func (k sweepKind) of(f Activation) sweepKind {
	return k + sweepKind(f)*(normReLUSweep-normIdentitySweep)
}

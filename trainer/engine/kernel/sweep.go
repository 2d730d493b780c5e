package kernel

import "math"

// sumChannels is of how many channels sums are kept at a time.
const sumChannels = 64

// sumVectors is the number of accumulators that a worker has room for.
const sumVectors = 512

// Worker calls the kernels of a set. It belongs to one goroutine.
type Worker struct {
	set *Set

	conv                convCall
	grad                gradCall
	reduce              reduceCall
	sweep               sweepCall
	sums                []float32 // accumulators
	totals              []float32 // of channels
	mask                []float32
	lr, momentum, decay []float32 // constants of one element
}

// NewWorker returns a worker that uses the kernels of a set.
func NewWorker(s *Set) *Worker {
	return &Worker{
		set: s, sums: make([]float32, sumVectors*Images), totals: make([]float32, sumChannels), mask: make([]float32, Images),
		lr: make([]float32, 1), momentum: make([]float32, 1), decay: make([]float32, 1),
	}
}

// Set returns the worker's set.
func (k *Worker) Set() *Set { return k.set }

// operand puts a view into the call.
func (a *sweepCall) operand(i int, v View, n, c int) {
	a.p[i] = v.from(n, c, 0)
	a.channel[i] = 4 * v.Channel
	a.row[i] = 4 * (v.Row - v.W*v.Pixel)
}

// run makes the passes of a kind over views of equal shape. Each constant has an
// element for every channel; each gate, and each element of lanes, has one for
// every block, channel and image. Where totals are given, the sums of channels are
// added to them.
func (k *Worker) run(kind sweepKind, views []View, constants, gates, lanes [][]float32, totals [][]float64, images int) {
	a := &k.sweep
	a.table = exponential[:]
	a.mask = k.mask
	flatten(views)
	y := views[0]
	for n := range y.N {
		k.dead(images - n*Images)
		for c := 0; c < y.C; c += sumChannels {
			channels := min(sumChannels, y.C-c)
			for i, v := range views {
				a.operand(i, v, n, c)
			}
			for i, v := range constants {
				a.k[i] = v[c:]
			}
			for i, v := range gates {
				a.k[len(constants)+i] = v[(n*y.C+c)*Images:]
			}
			for i, v := range lanes {
				a.s[i] = v[(n*y.C+c)*Images:]
			}
			for i := range totals {
				a.s[i] = k.sums[i*sumChannels*Images:]
			}
			a.channels, a.rows, a.cols = channels, y.H, y.W
			k.set.sweep[kind](a)
			for i, t := range totals {
				s := k.totals[:channels]
				clear(s)
				k.addSums(s, a.s[i])
				for j, v := range s {
					t[c+j] += float64(v)
				}
			}
		}
	}
}

func flatten(views []View) {
	for _, v := range views {
		if v.Row != v.W*v.Pixel {
			return
		}
	}
	for i := range views {
		v := &views[i]
		v.H, v.W = 1, v.H*v.W
		v.Row = v.W * v.Pixel
	}
}

// dead sets the mask of a block of which only so many images are alive.
func (k *Worker) dead(alive int) {
	for i := range k.mask {
		k.mask[i] = 0
		if i < alive {
			k.mask[i] = math.Float32frombits(math.MaxUint32)
		}
	}
}

func all(v View) int { return v.N * Images }

// Stats adds Σ (x-center) to sum and Σ (x-center)² to square, over the pixels of
// the given number of images. A center near the mean keeps the variance from being
// a difference of large numbers.
func (k *Worker) Stats(x View, center []float32, sum, square []float64, images int) {
	k.run(statsSweep, []View{x}, [][]float32{center}, nil, nil, [][]float64{sum, square}, images)
}

// Norm computes y = f(a.Scale·x + a.Shift). Every pixel of x may be read, or every
// second one of a row.
func (k *Worker) Norm(y, x View, a Affine, f Activation) {
	kind := normIdentitySweep
	if x.Pixel == 2*Images {
		kind = normPickIdentitySweep
	}
	k.run(kind.of(f), []View{y, x}, [][]float32{a.Scale, a.Shift}, nil, nil, nil, all(y))
}

// NormBack turns dy, the gradient of f(v) with v = a.Scale·x + a.Shift, into the
// gradient of v in place, and adds Σ dy to sum and Σ dy·(x-a.Center) to dot.
func (k *Worker) NormBack(dy, x View, a Affine, f Activation, sum, dot []float64) {
	k.run(normBackIdentitySweep.of(f), []View{dy, x}, [][]float32{a.Scale, a.Shift, a.Center}, nil, nil, [][]float64{sum, dot}, all(dy))
}

// Apply computes dx = a·dy + (b·x + c), the gradient through a batch normalisation
// whose constants are known, for the given number of images, and 0 for the others.
func (k *Worker) Apply(dx, dy, x View, a, b, c []float32, images int) {
	k.run(applySweep, []View{dx, dy, x}, [][]float32{a, b, c}, nil, nil, nil, images)
}

// Add computes y = f(scale·r + (a.Scale·x + shift)): a block's output from its last
// convolution and its shortcut, of which shift is the sum of both shifts.
func (k *Worker) Add(y, x, r View, a Affine, scale, shift []float32, f Activation) {
	k.run(addIdentitySweep.of(f), []View{y, x, r}, [][]float32{a.Scale, shift, scale}, nil, nil, nil, all(y))
}

// AddBack turns dy, the gradient of Add's y, into the gradient of the sum under f
// in place, and adds Σ dy to sum, Σ dy·(x-a.Center) to dot and Σ dy·(r-center) to
// rdot.
func (k *Worker) AddBack(dy, x, r View, a Affine, scale, shift, center []float32, f Activation, sum, dot, rdot []float64) {
	k.run(addBackIdentitySweep.of(f), []View{dy, x, r}, [][]float32{a.Scale, shift, scale, a.Center, center}, nil, nil,
		[][]float64{sum, dot, rdot}, all(dy))
}

// Copy copies x's pixels to y.
func (k *Worker) Copy(y, x View) { k.run(duplicateSweep, []View{y, x}, nil, nil, nil, nil, all(y)) }

// Pick copies to y every second pixel of the rows of x.
func (k *Worker) Pick(y, x View) { k.run(pickSweep, []View{y, x}, nil, nil, nil, nil, all(y)) }

// Pool sets sum, of [block][channel][image], to the sums over pixels.
func (k *Worker) Pool(sum []float32, x View) {
	k.run(poolSweep, []View{x}, nil, nil, [][]float32{sum}, nil, all(x))
}

// Spread sets every pixel to the value of its channel and image.
func (k *Worker) Spread(y View, value []float32) {
	k.run(spreadSweep, []View{y}, nil, [][]float32{value}, nil, nil, all(y))
}

// Gate multiplies every pixel by the gate of its channel and image.
func (k *Worker) Gate(y View, gate []float32) {
	k.run(gateSweep, []View{y}, nil, [][]float32{gate}, nil, nil, all(y))
}

// GateDot sets dot, of [block][channel][image], to Σ dy·f(a.Scale·x + a.Shift)
// over pixels.
func (k *Worker) GateDot(dot []float32, dy, x View, a Affine, f Activation) {
	k.run(gateDotIdentitySweep.of(f), []View{dy, x}, [][]float32{a.Scale, a.Shift}, nil, [][]float32{dot}, nil, all(dy))
}

// GateBack computes dy = dy·gate + offset, with those of the channel and image.
func (k *Worker) GateBack(dy View, gate, offset []float32) {
	k.run(gateBackSweep, []View{dy}, nil, [][]float32{gate, offset}, nil, nil, all(dy))
}

// line views numbers, of a multiple of Images, as one row of pixels.
func line(v []float32) View { return Dense(v, 1, 1, 1, len(v)/Images) }

// Update makes one step on parameters w with gradients g and velocities v.
func (k *Worker) Update(w, g, v []float32, u Update) {
	kind := updateSweep
	if u.Nesterov {
		kind = nesterovSweep
	}
	k.decay[0], k.momentum[0], k.lr[0] = u.WeightDecay, u.Momentum, -u.LR
	k.run(kind, []View{line(w), line(g), line(v)}, [][]float32{k.decay, k.momentum, k.lr}, nil, nil, nil, Images)
}

// Average moves avg towards w: avg += (1-decay)·(w-avg).
func (k *Worker) Average(avg, w []float32, decay float32) {
	k.decay[0] = 1 - decay
	k.run(averageSweep, []View{line(avg), line(w)}, [][]float32{k.decay}, nil, nil, nil, Images)
}

// Sum adds Σ x over blocks, pixels and images to the sum of each channel.
func (k *Worker) Sum(sum []float32, x View) {
	for c := 0; c < x.C; c += sumChannels {
		channels := min(sumChannels, x.C-c)
		for n := range x.N {
			part := x.Blocks(n, 1)
			part.Data, part.C = part.Data[c*x.Channel:], channels
			k.run(poolSweep, []View{part}, nil, nil, [][]float32{k.sums}, nil, Images)
			k.addSums(sum[c:c+channels], k.sums)
		}
	}
}

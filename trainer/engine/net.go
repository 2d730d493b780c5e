// Package engine trains convolutional networks of a design space on one core.
//
// A model is compiled once into a list of passes over memory that is sized and
// taken at that moment; a training step allocates nothing. The images of a batch
// stand in blocks of 16, the lanes of package kernel. A pass reads one map of
// activations tile by tile, a tile being a block or a few that stay in the
// second-level cache, and convolves it. Only the raw outputs of convolutions and
// the outputs of blocks are stored: normalisation, activation, shortcuts and
// gates are applied when a tile is read, and applied again when the backward pass
// needs the same values. What must wait for the whole batch are the sums of batch
// normalisation, and nothing else.
//
// The result of a step depends on the model, the parameters and the batch, to the
// bit, and not on the kernel set or the processor. A Net belongs to one goroutine.
package engine

import (
	"fmt"
	"iter"

	"designspace/space"
	"designspace/trainer/engine/kernel"
)

// Net is a model compiled for training with batches of limited size.
type Net struct {
	k       *kernel.Worker
	batch   int // the largest
	classes int

	params   []Param
	convs    []*conv
	linears  []*linear
	features []*feature
	passes   []pass
	head     *head

	err        error // of building
	turn       int   // which of two slots the latest sum had
	limits     limits
	arena      arena
	weights    store // convolutions and fully connected layers
	affine     store // γ, β and biases
	statistics store // running means and variances; only value and average

	gradients   [gradientSlots][]float32
	scratch     [scratches][]float32
	scratchSize [scratches]int
	unchanged   kernel.Affine     // the identity
	unused      []float64         // sums that nobody reads
	softly      []float64         // probabilities of the classes
	clear       [scratches]buffer // the shapes whose borders are clear
	averaged    bool              // the averages stand in for the values

	clock []PassTime // milliseconds spent in the passes while a profile is taken

	images []float32 // of the batch at work
	count  int       // its number of images
}

// pass is one sweep over the tiles of a map of activations.
type pass struct {
	in         *feature
	convs      []*conv
	buffer     buffer // of the input: blocks and rows of a tile, and the border that the convolutions need
	groups     int    // of a tile; 0: all
	accumulate bool
}

// Batch is what a step works on.
type Batch struct {
	Images  []float32 // N × Input × Input × 3, normalised
	Targets []float32 // N × Classes, every row a probability distribution
	N       int       // at most the batch size the net was compiled for
}

// Update says how a step changes the parameters: stochastic gradient descent
// with momentum and coupled weight decay, as in PyTorch's SGD.
type Update struct {
	LR, Momentum, WeightDecay float32
	Nesterov                  bool
	NormDecay                 bool    // decay γ, β and biases too
	Average                   float32 // decay of the moving average of parameters; 0: none
}

// Result is the outcome of a step or an evaluation.
type Result struct {
	Loss   float64   // mean cross-entropy; 0 without targets
	Logits []float32 // N × Classes, valid until the next call
}

// Compile prepares a model for batches of at most the given size.
func Compile(m *space.Model, batch int, k *kernel.Set) (*Net, error) {
	return compile(m, batch, k, usual)
}

func compile(m *space.Model, batch int, k *kernel.Set, l limits) (*Net, error) {
	n, err := plan(m, batch, l)
	if err != nil {
		return nil, err
	}
	n.k = kernel.NewWorker(k)
	n.arena.allocate()
	for _, s := range n.stores() {
		s.bind()
	}
	for _, c := range n.convs {
		c.bind()
	}
	for i := range n.unchanged.Scale {
		n.unchanged.Scale[i] = 1
	}
	return n, nil
}

// Memory returns the bytes that a net compiled for the batch size takes.
func Memory(m *space.Model, batch int) (int64, error) {
	n, err := plan(m, batch, usual)
	if err != nil {
		return 0, err
	}
	return 4 * int64(n.arena.size), nil
}

func plan(m *space.Model, batch int, l limits) (*Net, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	if batch < 1 {
		return nil, fmt.Errorf("batch %d: at least 1 image needed", batch)
	}
	n := &Net{batch: batch, classes: m.Classes, limits: l}
	return n, n.build(m)
}

// blocks is the number of blocks of the largest batch.
func (n *Net) blocks() int { return kernel.Blocks(n.batch) }

func (n *Net) stores() [3]*store { return [3]*store{&n.weights, &n.affine, &n.statistics} }

// Step trains on one batch.
func (n *Net) Step(b Batch, u Update) Result {
	clear(n.weights.grad)
	clear(n.affine.grad)
	for _, c := range n.convs {
		c.reorder()
	}
	for _, l := range n.linears {
		l.reorder()
	}
	n.forward(b, true)
	r := Result{Loss: n.head.loss(n, b.Targets), Logits: n.logits()}
	n.head.backward(n)
	for i := len(n.passes) - 1; i >= 0; i-- {
		start := n.now()
		n.passes[i].backward(n)
		if n.clock != nil {
			n.clock[i].Backward += milliseconds(start)
		}
	}
	n.update(u)
	return r
}

// Evaluate runs the net with its running statistics. Targets may be nil.
func (n *Net) Evaluate(b Batch) Result {
	for _, c := range n.convs {
		c.useRunning()
	}
	n.forward(b, false)
	r := Result{Logits: n.logits()}
	if b.Targets != nil {
		r.Loss = n.head.loss(n, b.Targets)
	}
	return r
}

// UseAverage exchanges the parameters for their moving averages, or back. Step
// trains whichever is in place, so switch back before it.
func (n *Net) UseAverage(on bool) {
	if n.averaged == on {
		return
	}
	n.averaged = on
	for _, s := range n.stores() {
		s.swapAverage()
	}
}

func (n *Net) logits() []float32 { return n.head.out[:n.count*n.classes] }

func (n *Net) forward(b Batch, training bool) {
	n.images, n.count = b.Images, b.N
	for i := range n.passes {
		start := n.now()
		n.passes[i].forward(n, training)
		if n.clock != nil {
			n.clock[i].Forward += milliseconds(start)
		}
	}
	n.head.forward(n)
}

// tiles yields the tiles of so many blocks.
func (p *pass) tiles(blocks int) iter.Seq[tile] {
	return func(yield func(tile) bool) {
		for i := 0; i < blocks; i += p.buffer.count {
			for lo := 0; lo < p.in.size; lo += p.buffer.rows {
				t := tile{i: i, count: min(p.buffer.count, blocks-i), lo: lo, hi: min(lo+p.buffer.rows, p.in.size)}
				for first := 0; first < p.in.channels; first += p.buffer.channels {
					if p.groups > 0 {
						t.first, t.channels = first, min(p.buffer.channels, p.in.channels-first)
					}
					if !yield(t) {
						return
					}
				}
			}
		}
	}
}

func (p *pass) forward(n *Net, training bool) {
	blocks := kernel.Blocks(n.count)
	for t := range p.tiles(blocks) {
		x := p.in.load(n, t, p.buffer, true)
		for _, c := range p.convs {
			c.forward(n, x, t, training)
		}
	}
	if training {
		for _, c := range p.convs {
			c.finishForward(n.count)
		}
	}
}

func (p *pass) backward(n *Net) {
	blocks := kernel.Blocks(n.count)
	for t := range p.tiles(blocks) {
		x := p.in.load(n, t, p.buffer, false)
		for j, c := range p.convs {
			c.backward(n, x, t, p.in, p.accumulate || j > 0)
		}
		if p.in.slot != noGradient {
			p.in.from.reduce(n, p.in.gradient(n, t), t)
		}
	}
	p.in.from.finish(n)
}

func (n *Net) update(u Update) {
	s := kernel.Update{LR: u.LR, Momentum: u.Momentum, WeightDecay: u.WeightDecay, Nesterov: u.Nesterov}
	n.k.Update(n.weights.value, n.weights.grad, n.weights.velocity, s)
	if !u.NormDecay {
		s.WeightDecay = 0
	}
	n.k.Update(n.affine.value, n.affine.grad, n.affine.velocity, s)
	if u.Average > 0 {
		for _, s := range n.stores() {
			n.k.Average(s.average, s.value, u.Average)
		}
	}
}

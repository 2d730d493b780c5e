package engine

import "designspace/trainer/engine/kernel"

// linear is a fully connected layer with bias on rows of [block][channel][image].
type linear struct {
	name    string
	in, out int
	draw    float64 // standard deviation of the initial weights

	geometry, back  *kernel.Conv
	weight, dweight []float32
	bias, dbias     []float32
	turned          []float32
}

// newLinear declares a layer.
func (n *Net) newLinear(name string, in, out int, draw float64) *linear {
	l := &linear{name: name, in: in, out: out, draw: draw, geometry: dense(in, out), back: dense(out, in)}
	n.weights.need(&l.weight, &l.dweight, in*out)
	n.affine.need(&l.bias, &l.dbias, out)
	n.arena.need(&l.turned, in*out)
	n.linears = append(n.linears, l)
	n.params = append(n.params, l.params()...)
	return l
}

// dense is the geometry of a 1×1 convolution of maps of one pixel.
func dense(in, out int) *kernel.Conv {
	var offsets []int
	for i := range in {
		offsets = append(offsets, i*kernel.Images)
	}
	return kernel.NewConv(1, in, out, offsets)
}

func (l *linear) reorder() { kernel.Turn(l.turned, l.weight, l.back, l.in, 1, []int{0}) }

// line views rows of blocks as maps of one pixel.
func line(v []float32, blocks, channels int) kernel.View {
	return kernel.Dense(v, blocks, channels, 1, 1)
}

// forward computes the rows y = W·x + bias.
func (l *linear) forward(n *Net, y, x []float32, blocks int) {
	n.k.Conv(line(y, blocks, l.out), line(x, blocks, l.in), l.weight, l.geometry, false)
	for i := range blocks * l.out {
		b := l.bias[i%l.out]
		for j := range kernel.Images {
			y[i*kernel.Images+j] += b
		}
	}
}

// backward computes the rows dx.
func (l *linear) backward(n *Net, dx, dy []float32, blocks int) {
	n.k.Conv(line(dx, blocks, l.in), line(dy, blocks, l.out), l.turned, l.back, false)
}

// gradient sets the gradients of weights and bias from the rows of the batch.
func (l *linear) gradient(n *Net, x, dy []float32, blocks int) {
	d := line(dy, blocks, l.out)
	n.k.Grad(l.dweight, line(x, blocks, l.in), d, l.geometry)
	n.k.Sum(l.dbias, d)
}

func (l *linear) params() []Param {
	place := func(i int) int { return kernel.Place(l.out, l.in, i/l.in, i%l.in) }
	return []Param{
		{Name: l.name + ".weight", Shape: []int{l.out, l.in}, data: &l.weight, grad: &l.dweight, place: place, init: normal(l.draw)},
		{Name: l.name + ".bias", Shape: []int{l.out}, data: &l.bias, grad: &l.dbias, place: same, init: constant(0)},
	}
}

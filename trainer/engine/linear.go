package engine

import "designspace/trainer/engine/kernel"

// linear is a fully connected layer with bias on rows of padded lanes.
type linear struct {
	name    string
	in, out layout
	draw    float64 // standard deviation of the initial weights

	geometry, back  kernel.Conv
	weight, dweight []float32 // [input lane][output lane]
	bias, dbias     []float32
	turned          []float32 // [output lane][input lane]
}

// newLinear declares a layer.
func (n *Net) newLinear(name string, in, out layout, draw float64) *linear {
	i, o := in.lanes(), out.lanes()
	l := &linear{
		name: name, in: in, out: out, draw: draw,
		geometry: kernel.Conv{Taps: []int{0}, In: i, Out: o, Lanes: o},
		back:     kernel.Conv{Taps: []int{0}, In: o, Out: i, Lanes: i},
	}
	n.weights.need(&l.weight, &l.dweight, i*o)
	n.affine.need(&l.bias, &l.dbias, o)
	n.arena.need(&l.turned, i*o)
	n.linears = append(n.linears, l)
	n.params = append(n.params, l.params()...)
	return l
}

func (l *linear) reorder() {
	i, o := l.geometry.In, l.geometry.Out
	for r := range i {
		for c, w := range l.weight[r*o : (r+1)*o] {
			l.turned[c*i+r] = w
		}
	}
}

// forward computes the rows y = x·W + bias.
func (l *linear) forward(n *Net, y, x []float32, rows int) {
	o := l.geometry.Out
	n.k.Conv(kernel.Dense(y, rows, 1, 1, o), kernel.Dense(x, rows, 1, 1, l.geometry.In), l.weight, &l.geometry, false)
	for r := range rows {
		for j, b := range l.bias {
			y[r*o+j] += b
		}
	}
}

// backward adds to the gradients of weights and bias and computes the rows dx.
func (l *linear) backward(n *Net, dx, x, dy []float32, rows int) {
	i, o := l.geometry.In, l.geometry.Out
	for r := range rows {
		for j := range l.dbias {
			l.dbias[j] += dy[r*o+j]
		}
	}
	d := kernel.Dense(dy, rows, 1, 1, o)
	n.k.ConvGrad(l.dweight, kernel.Dense(x, rows, 1, 1, i), d, &l.geometry)
	n.k.Conv(kernel.Dense(dx, rows, 1, 1, i), d, l.turned, &l.back, false)
}

func (l *linear) params() []Param {
	place := func(i int) int {
		return l.in.lane(i%l.in.channels)*l.geometry.Out + l.out.lane(i/l.in.channels)
	}
	return []Param{
		{Name: l.name + ".weight", Shape: []int{l.out.channels, l.in.channels}, data: &l.weight, grad: &l.dweight, place: place, init: normal(l.draw)},
		{Name: l.name + ".bias", Shape: []int{l.out.channels}, data: &l.bias, grad: &l.dbias, place: l.out.lane, init: constant(0)},
	}
}

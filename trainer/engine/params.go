package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Param is one parameter tensor, or one running statistic, of a net.
type Param struct {
	// Name is the unit and the kind: "s1.b2.a.weight", "stem.gamma", "fc.bias".
	Name string
	// Shape is (out, in/groups, kernel, kernel) for a convolution's weight,
	// (out, in) for a fully connected one, (channels) for everything else.
	Shape []int
	// Statistic marks the running mean and variance, which are not trained.
	Statistic bool

	data  *[]float32      // where it is stored
	grad  *[]float32      // nil for a statistic
	place func(i int) int // position in data of element i in the order of Shape
	init  func(r *rand.Rand) float32
}

// Len returns the number of elements.
func (p *Param) Len() int {
	n := 1
	for _, d := range p.Shape {
		n *= d
	}
	return n
}

// Params lists the parameters and running statistics in the order of the model's
// units.
func (n *Net) Params() []Param { return n.params }

// Get returns a copy of a parameter's elements in the order of its shape.
func (n *Net) Get(name string) ([]float32, error) {
	p, err := n.param(name)
	if err != nil {
		return nil, err
	}
	return p.gather(*p.data), nil
}

// gradient returns a copy of a parameter's gradient after the latest Step in the
// order of its shape.
func (n *Net) gradient(name string) ([]float32, error) {
	p, err := n.param(name)
	if err != nil {
		return nil, err
	}
	if p.Statistic {
		return nil, fmt.Errorf("engine: %s is a running statistic and has no gradient", name)
	}
	return p.gather(*p.grad), nil
}

// Set stores a parameter's elements, given in the order of its shape.
func (n *Net) Set(name string, values []float32) error {
	p, err := n.param(name)
	if err != nil {
		return err
	}
	if len(values) != p.Len() {
		return fmt.Errorf("engine: %s has %d elements, got %d", name, p.Len(), len(values))
	}
	for i, v := range values {
		(*p.data)[p.place(i)] = v
	}
	return nil
}

func (n *Net) param(name string) (*Param, error) {
	for i := range n.params {
		if n.params[i].Name == name {
			return &n.params[i], nil
		}
	}
	return nil, fmt.Errorf("engine: the net has no parameter %q", name)
}

func (p *Param) gather(data []float32) []float32 {
	out := make([]float32, p.Len())
	for i := range out {
		out[i] = data[p.place(i)]
	}
	return out
}

// Init draws the initial parameters: convolutions N(0, √(2/(k²·out))) without
// regard to groups, the last layer N(0, 0.01), γ = 1, β and biases 0, as in the
// code base of Radosavovic et al. 2020 (arXiv 2003.13678). With zeroInit the γ of
// the last normalisation before each shortcut is 0. Velocities, averages and
// running statistics start anew.
func (n *Net) Init(r *rand.Rand, zeroInit bool) {
	for i := range n.params {
		p := &n.params[i]
		for j := range p.Len() {
			(*p.data)[p.place(j)] = p.init(r)
		}
	}
	if zeroInit {
		for _, c := range n.convs {
			if c.last {
				clear(c.gamma)
			}
		}
	}
	for _, s := range n.stores() {
		clear(s.velocity)
		copy(s.average, s.value)
	}
}

// store holds values of one kind side by side, with all that training keeps of
// them, so that one kernel call updates them all.
type store struct {
	values, grads                  arena
	value, grad, velocity, average []float32
}

// need asks for a tensor of n values and, if they are trained, its gradient.
func (s *store) need(value, grad *[]float32, n int) {
	s.values.need(value, n)
	if grad != nil {
		s.grads.need(grad, n)
	}
}

// reserve asks a for the memory of the whole store.
func (s *store) reserve(a *arena) {
	a.need(&s.value, s.values.size)
	a.need(&s.average, s.values.size)
	a.need(&s.grad, s.grads.size)
	a.need(&s.velocity, s.grads.size)
}

// bind hands the reserved memory to the tensors.
func (s *store) bind() {
	s.values.hand(s.value)
	s.grads.hand(s.grad)
}

// swapAverage exchanges the values and their moving averages.
func (s *store) swapAverage() {
	for i, v := range s.value {
		s.value[i], s.average[i] = s.average[i], v
	}
}

func constant(v float32) func(*rand.Rand) float32 {
	return func(*rand.Rand) float32 { return v }
}

func normal(deviation float64) func(*rand.Rand) float32 {
	return func(r *rand.Rand) float32 { return float32(r.NormFloat64() * deviation) }
}

// fanOut is the standard deviation of a convolution's initial weights.
func fanOut(kernel, out int) float64 {
	return math.Sqrt(2 / float64(kernel*kernel*out))
}

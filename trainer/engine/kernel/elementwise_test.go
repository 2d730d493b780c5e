package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// images is the size of a problem of elementwise kernels.
type images struct{ n, h, w, c int }

func (s images) layout(m *memory) View { return m.layout(s.n, s.h, s.w, s.c) }

func (m *memory) affine(name string, c int) Affine {
	return Affine{
		Scale:  m.values(name+".Scale", c, 2),
		Shift:  m.values(name+".Shift", c, 8),
		Center: m.values(name+".Center", c, 4),
	}
}

// linear is a sum of products in any order, if no term is rounded more often than
// said on its way into the result.
func linear(roundings int, terms ...float64) approx {
	var v approx
	for _, t := range terms {
		v.value += t
		v.bound += float64(roundings) * unit * math.Abs(t)
	}
	return v
}

// terms are those of the normalised x of lane i.
func (a Affine) terms(i int, x float32) (product, shift float64) {
	return float64(a.Scale[i]) * float64(x), float64(a.Shift[i])
}

// value is the normalised x of lane i.
func (a Affine) value(i int, x float32) approx {
	p, s := a.terms(i, x)
	return linear(2, p, s)
}

// sum is the sum of two normalised values.
func sum(a, b Affine, i int, x, r float32) approx {
	p, s := a.terms(i, x)
	q, t := b.terms(i, r)
	return linear(4, p, s, q, t)
}

// silu bounds what SiLU and its derivative may be off themselves, in units: an
// exponential by a polynomial, a sum and a quotient take a few.
const silu = 8

// vanished is what the logistic function may be instead of something smaller: an
// exponential may stop short of subnormal numbers.
const vanished = 0x1p-125

// at is f(v). No activation is steeper than 1.1.
func (f Activation) at(v approx) approx {
	switch f {
	case ReLU:
		return approx{max(v.value, 0), v.bound}
	case SiLU:
		y := v.value / (1 + math.Exp(-v.value))
		return approx{y, 1.1*v.bound + silu*unit*math.Abs(y) + vanished*math.Abs(v.value)}
	}
	return v
}

// back is d·f'(v), for v not within its bound of a kink. The derivative of SiLU
// is s·(1 + v·(1-s)) with s = σ(v); its own slope is at most 1/2.
func (f Activation) back(v approx, d float32) approx {
	switch f {
	case ReLU:
		if v.value > 0 {
			return approx{float64(d), 0}
		}
		return approx{}
	case SiLU:
		s := 1 / (1 + math.Exp(-v.value))
		b := v.bound/2 + (silu*unit*s+vanished)*(1+math.Abs(v.value))
		return approx{float64(d) * s * (1 + v.value*(1-s)), b * math.Abs(float64(d))}
	}
	return approx{float64(d), 0}
}

// unkink moves elements of x until no value of f's argument is so close to 0 that
// rounding decides on which side it is. Whole numbers may be 0.
func (m *memory) unkink(x View, argument func(j int, x float32) approx) {
	if m.whole {
		return
	}
	j := 0
	for n := range x.N {
		for h := range x.H {
			for w := range x.W {
				l := x.Lanes(n, h, w)
				for i := range l {
					for v := argument(j, l[i]); v.value != 0 && math.Abs(v.value) < 4*v.bound; v = argument(j, l[i]) {
						l[i] = m.number(0)
					}
					j++
				}
			}
		}
	}
}

// centered adds Σ d·(x-center) for one x.
func (s *total) centered(d approx, x, center float32) {
	t := float64(x) - float64(center)
	s.add(d.value*t, d.bound*math.Abs(t)+unit*math.Abs(d.value*t))
}

// An elementwise kernel as a problem for images of the given size.
type elementwise struct {
	name    string
	problem func(s images, f Activation) problem
	fs      []Activation // to test with
}

var (
	activations = []Activation{Identity, ReLU, SiLU}
	without     = make([]Activation, 2) // twice without an activation

	elementwises = []elementwise{
		{"Stats", statsProblem, without}, {"Norm", normProblem, activations},
		{"NormBack", normBackProblem, activations}, {"Apply", applyProblem, without},
		{"Add", addProblem, activations}, {"AddBack", addBackProblem, activations},
		{"Copy", copyProblem, without}, {"Pool", poolProblem, without},
		{"Spread", spreadProblem, without}, {"Gate", gateProblem, without},
		{"GateDot", gateDotProblem, activations}, {"GateBack", gateBackProblem, without},
	}
)

func statsProblem(s images, _ Activation) problem {
	return func(m *memory) (func(*Set), func() error) {
		x, center := m.input("x", s.layout(m), 8), m.values("center", s.c, 4)
		sum, square := m.sums("sum", s.c), m.sums("square", s.c)
		wantSum, wantSquare := totals(sum), totals(square)
		return func(k *Set) { k.Stats(x, center, sum, square) }, func() error {
			for j, v := range dense(x) {
				i := j % s.c
				d := float64(v) - float64(center[i])
				wantSum[i].add(d, unit*math.Abs(d))
				wantSquare[i].add(d*d, 2*unit*d*d)
			}
			return first(m.compare("sum", sum, approxes(wantSum)), m.compare("square", square, approxes(wantSquare)))
		}
	}
}

func normProblem(s images, f Activation) problem {
	return func(m *memory) (func(*Set), func() error) {
		x, a := m.input("x", s.layout(m), 8), m.affine("a", s.c)
		y := m.output("y", s.layout(m))
		return func(k *Set) { k.Norm(y, x, a, f) }, func() error {
			var want []approx
			for j, v := range dense(x) {
				want = append(want, f.at(a.value(j%s.c, v)))
			}
			return m.compare("y", dense(y), want)
		}
	}
}

func normBackProblem(s images, f Activation) problem {
	return func(m *memory) (func(*Set), func() error) {
		dy, x, a := m.inout("dy", s.layout(m), 8), m.input("x", s.layout(m), 8), m.affine("a", s.c)
		sum, dot := m.sums("sum", s.c), m.sums("dot", s.c)
		m.unkink(x, func(j int, v float32) approx { return a.value(j%s.c, v) })
		wantSum, wantDot, d := totals(sum), totals(dot), dense(dy)
		return func(k *Set) { k.NormBack(dy, x, a, f, sum, dot) }, func() error {
			var want []approx
			for j, v := range dense(x) {
				i := j % s.c
				g := f.back(a.value(i, v), d[j])
				want = append(want, g)
				wantSum[i].add(g.value, g.bound)
				wantDot[i].centered(g, v, a.Center[i])
			}
			return first(
				m.compare("dy", dense(dy), want),
				m.compare("sum", sum, approxes(wantSum)),
				m.compare("dot", dot, approxes(wantDot)),
			)
		}
	}
}

func applyProblem(s images, _ Activation) problem {
	return func(m *memory) (func(*Set), func() error) {
		dy, x := m.input("dy", s.layout(m), 8), m.input("x", s.layout(m), 8)
		a, b, c := m.values("a", s.c, 4), m.values("b", s.c, 4), m.values("c", s.c, 4)
		dx := m.output("dx", s.layout(m))
		return func(k *Set) { k.Apply(dx, dy, x, a, b, c) }, func() error {
			var want []approx
			d := dense(dy)
			for j, v := range dense(x) {
				i := j % s.c
				want = append(want, linear(3, float64(a[i])*float64(d[j]), float64(b[i])*float64(v), float64(c[i])))
			}
			return m.compare("dx", dense(dx), want)
		}
	}
}

func addProblem(s images, f Activation) problem {
	return func(m *memory) (func(*Set), func() error) {
		x, r := m.input("x", s.layout(m), 8), m.input("r", s.layout(m), 8)
		a, b := m.affine("a", s.c), m.affine("b", s.c)
		y := m.output("y", s.layout(m))
		return func(k *Set) { k.Add(y, x, r, a, b, f) }, func() error {
			var want []approx
			rs := dense(r)
			for j, v := range dense(x) {
				i := j % s.c
				want = append(want, f.at(sum(a, b, i, v, rs[j])))
			}
			return m.compare("y", dense(y), want)
		}
	}
}

func addBackProblem(s images, f Activation) problem {
	return func(m *memory) (func(*Set), func() error) {
		dy, x, r := m.inout("dy", s.layout(m), 8), m.input("x", s.layout(m), 8), m.input("r", s.layout(m), 8)
		a, b := m.affine("a", s.c), m.affine("b", s.c)
		total, dot, rdot := m.sums("sum", s.c), m.sums("dot", s.c), m.sums("rdot", s.c)
		rs, d := dense(r), dense(dy)
		argument := func(j int, v float32) approx { return sum(a, b, j%s.c, v, rs[j]) }
		m.unkink(x, argument)
		wantTotal, wantDot, wantRdot := totals(total), totals(dot), totals(rdot)
		return func(k *Set) { k.AddBack(dy, x, r, a, b, f, total, dot, rdot) }, func() error {
			var want []approx
			for j, v := range dense(x) {
				i := j % s.c
				g := f.back(argument(j, v), d[j])
				want = append(want, g)
				wantTotal[i].add(g.value, g.bound)
				wantDot[i].centered(g, v, a.Center[i])
				wantRdot[i].centered(g, rs[j], b.Center[i])
			}
			return first(
				m.compare("dy", dense(dy), want),
				m.compare("sum", total, approxes(wantTotal)),
				m.compare("dot", dot, approxes(wantDot)),
				m.compare("rdot", rdot, approxes(wantRdot)),
			)
		}
	}
}

func copyProblem(s images, _ Activation) problem {
	return func(m *memory) (func(*Set), func() error) {
		if m.r.IntN(4) == 0 {
			s.c = 3 // images have no padding lanes
		}
		x := m.input("x", s.layout(m), 1000)
		y := m.output("y", s.layout(m))
		return func(k *Set) { k.Copy(y, x) }, func() error {
			return m.compare("y", dense(y), approxes(exactly(dense(x))))
		}
	}
}

func poolProblem(s images, _ Activation) problem {
	return func(m *memory) (func(*Set), func() error) {
		x, sum := m.input("x", s.layout(m), 1000), m.sums("sum", s.n*s.c)
		want := totals(sum)
		return func(k *Set) { k.Pool(sum, x) }, func() error {
			for j, v := range dense(x) {
				want[s.row(j)].add(float64(v), 0)
			}
			return m.compare("sum", sum, approxes(want))
		}
	}
}

// row is the place of element j's image and lane in N × C rows.
func (s images) row(j int) int { return j/(s.h*s.w*s.c)*s.c + j%s.c }

func spreadProblem(s images, _ Activation) problem {
	return func(m *memory) (func(*Set), func() error) {
		value, y := m.values("value", s.n*s.c, 1000), m.output("y", s.layout(m))
		return func(k *Set) { k.Spread(y, value) }, func() error {
			var want []approx
			for j := range s.n * s.h * s.w * s.c {
				want = append(want, approx{value: float64(value[s.row(j)])})
			}
			return m.compare("y", dense(y), want)
		}
	}
}

func gateProblem(s images, _ Activation) problem {
	return func(m *memory) (func(*Set), func() error) {
		y, gate := m.inout("y", s.layout(m), 1000), m.values("gate", s.n*s.c, 8)
		var want []approx
		for j, v := range dense(y) {
			// Every set must round this product to the nearest float32.
			want = append(want, approx{value: float64(v * gate[s.row(j)])})
		}
		return func(k *Set) { k.Gate(y, gate) }, func() error { return m.compare("y", dense(y), want) }
	}
}

func gateDotProblem(s images, f Activation) problem {
	return func(m *memory) (func(*Set), func() error) {
		dot, dy, x := m.sums("dot", s.n*s.c), m.input("dy", s.layout(m), 8), m.input("x", s.layout(m), 8)
		a := m.affine("a", s.c)
		want := totals(dot)
		return func(k *Set) { k.GateDot(dot, dy, x, a, f) }, func() error {
			d := dense(dy)
			for j, v := range dense(x) {
				y, g := f.at(a.value(j%s.c, v)), float64(d[j])
				want[s.row(j)].add(g*y.value, math.Abs(g)*y.bound)
			}
			return m.compare("dot", dot, approxes(want))
		}
	}
}

func gateBackProblem(s images, _ Activation) problem {
	return func(m *memory) (func(*Set), func() error) {
		dy := m.inout("dy", s.layout(m), 1000)
		gate, offset := m.values("gate", s.n*s.c, 8), m.values("offset", s.n*s.c, 1000)
		var want []approx
		for j, d := range dense(dy) {
			want = append(want, linear(2, float64(d)*float64(gate[s.row(j)]), float64(offset[s.row(j)])))
		}
		return func(k *Set) { k.GateBack(dy, gate, offset) }, func() error { return m.compare("dy", dense(dy), want) }
	}
}

// exactly begins sums of one term, which need not be rounded.
func exactly(v []float32) []total {
	s := make([]total, len(v))
	for i, x := range v {
		s[i].value = float64(x)
	}
	return s
}

func first(errs ...error) error {
	i := slices.IndexFunc(errs, func(err error) bool { return err != nil })
	if i < 0 {
		return nil
	}
	return errs[i]
}

func TestElementwise(t *testing.T) {
	eachSet(t, func(t *testing.T, k *Set) {
		for _, e := range elementwises {
			t.Run(e.name, func(t *testing.T) {
				m := new(memory)
				defer m.release()
				r := rand.New(rand.NewPCG(3, 4))
				seed := uint64(0)
				for _, c := range lanes {
					for _, w := range sides {
						s := images{1 + r.IntN(3), sides[r.IntN(len(sides))], w, c}
						s.h = max(min(s.h, 4000/(s.n*w*c)), 1)
						for _, f := range e.fs {
							seed++
							whole := f != SiLU && seed%2 == 0
							if err := verify(m, k, seed, whole, e.problem(s, f)); err != nil {
								t.Fatalf("%+v, activation %d, seed %d: %v", s, f, seed, err)
							}
						}
					}
				}
			})
		}
	})
}

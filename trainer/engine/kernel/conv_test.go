package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// A window is the kernel of a convolution with its channels.
type window struct {
	rows, cols, stride int
	merged             bool // one tap a row
	in, out, groups    int  // in: lanes a group of one pixel
}

func (w window) String() string {
	s := fmt.Sprintf("%dx%d stride %d, %d groups of %d to %d", w.rows, w.cols, w.stride, w.groups, w.in, w.out)
	if w.merged {
		s += ", merged"
	}
	return s
}

// weights is the number of multiply-adds a pixel.
func (w window) weights() int { return w.rows * w.cols * w.in * w.out * w.groups }

// input lays out the smallest map that n × h × w windows read, as a view of the
// pixels that the windows begin at, and sets the taps.
func (w window) input(m *memory, n, h, wd int) (View, Conv) {
	lanes := w.in * w.groups
	pixel, gap := lanes, 0
	if m.r.IntN(3) == 0 {
		gap = 1 + m.r.IntN(20)
		if !w.merged && m.r.IntN(2) == 0 {
			pixel += gap
		}
	}
	row := ((wd-1)*w.stride+max(w.cols, 1))*pixel + gap
	c := Conv{In: w.in, Out: w.out, Lanes: w.out * w.groups}
	for r := range w.rows {
		for col := range w.cols {
			if w.merged && col > 0 {
				continue
			}
			c.Taps = append(c.Taps, r*row+col*pixel)
		}
	}
	if w.merged {
		c.In *= w.cols
	}
	if m.r.IntN(4) == 0 { // the order of taps is free
		m.r.Shuffle(len(c.Taps), func(i, j int) { c.Taps[i], c.Taps[j] = c.Taps[j], c.Taps[i] })
	}
	return View{
		N: n, H: h, W: wd, C: lanes,
		Image: ((h-1)*w.stride+max(w.rows, 1))*row + gap, Row: w.stride * row, Pixel: w.stride * pixel,
	}, c
}

// place puts the lanes that windows read into memory and nothing else.
func (w window) place(m *memory, v View, c *Conv) View {
	span := w.in * w.groups
	if w.merged {
		span = c.In
	}
	last := 0
	for _, t := range c.Taps {
		last = max(last, t)
	}
	b := m.take("x", v.Offset(v.N-1, v.H-1, v.W-1)+last+span)
	v.Data = b.data
	for n := range v.N {
		for h := range v.H {
			for wd := range v.W {
				for _, t := range c.Taps {
					o := v.Offset(n, h, wd) + t
					for i := range span {
						if x := &v.Data[o+i]; *x != *x {
							*x = m.number(1000)
						}
					}
				}
			}
		}
	}
	return v
}

// terms calls f for every product of one pixel's convolution: x[xi]·w[wi] goes to
// output lane o.
func (c *Conv) terms(f func(xi, wi, o int)) {
	for t, tap := range c.Taps {
		for i := range c.In {
			xi, wi := tap+i, (t*c.In+i)*c.Lanes
			for o := 0; o < c.Lanes; xi += c.In {
				for range c.Out {
					f(xi, wi+o, o)
					o++
				}
			}
		}
	}
}

func convProblem(win window, n, h, w int, add bool) problem {
	return func(m *memory) (func(*Set), func() error) {
		v, c := win.input(m, n, h, w)
		x := win.place(m, v, &c)
		weights := m.values("w", c.Weights(), 3)
		y := m.layout(n, h, w, c.Lanes)
		want := make([]total, n*h*w*c.Lanes)
		if add {
			y = m.inout("y", y, 100)
			want = totals(dense(y))
		} else {
			y = m.output("y", y)
		}
		return func(k *Set) { k.Conv(y, x, weights, &c, add) }, func() error {
			for p := range n * h * w {
				in, sum := x.Data[x.Offset(p/w/h, p/w%h, p%w):], want[p*c.Lanes:][:c.Lanes]
				c.terms(func(xi, wi, o int) { sum[o].add(float64(in[xi])*float64(weights[wi]), 0) })
			}
			return m.compare("y", dense(y), approxes(want))
		}
	}
}

func convGradProblem(win window, n, h, w int) problem {
	return func(m *memory) (func(*Set), func() error) {
		v, c := win.input(m, n, h, w)
		x := win.place(m, v, &c)
		dy := m.input("dy", m.layout(n, h, w, c.Lanes), 3)
		dw := m.sums("dw", c.Weights())
		want := totals(dw)
		return func(k *Set) { k.ConvGrad(dw, x, dy, &c) }, func() error {
			for p := range n * h * w {
				in, d := x.Data[x.Offset(p/w/h, p/w%h, p%w):], dy.Lanes(p/w/h, p/w%h, p%w)
				c.terms(func(xi, wi, o int) { want[wi].add(float64(in[xi])*float64(d[o]), 0) })
			}
			return m.compare("dw", dw, approxes(want))
		}
	}
}

// lanes, sides and inputs surround the sizes of vectors and register tiles.
var (
	lanes  = []int{8, 16, 24, 32, 40, 48, 56, 64, 72, 128, 136}
	sides  = []int{1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 32}
	inputs = []int{1, 3, 5, 8, 13, 24, 40, 48, 72, 128, 200}
)

// windows lists the convolutions of networks and some more.
func windows() []window {
	var all []window
	add := func(rows, cols, stride int, merged bool, in, out, groups int) {
		all = append(all, window{rows, cols, stride, merged, in, out, groups})
	}
	for i, c := range lanes {
		for j := range 3 { // 1×1
			add(1, 1, 1+j/2, false, inputs[(3*i+j)%len(inputs)], c, 1)
		}
		for _, g := range []int{1, 2, 4} { // narrow groups
			add(3, 3, 1, false, g, g, c/g)
			add(3, 3, 2, false, g, g, c/g)
			add(5, 5, 1+i%2, false, g, g, c/g)
			// What is left of 3×3 for the pixels of one parity.
			add(1+i%2, 1+i/2%2, 1, false, g, g, c/g)
			add(2, 2-i%2, 1+i/2%2, false, g, g, c/g)
		}
		// Dense 3×3 with rows as taps, and its parities.
		add(3, 3, 1+i%2, true, lanes[(i*5+2)%len(lanes)], c, 1)
		add(1+i%2, 2, 1, false, lanes[(i*7+3)%len(lanes)], c, 1)
		add(0, 0, 1, false, 8, c, 1) // no tap reaches a 1×1 of stride 2 between its pixels
	}
	for in := range 14 { // every number of inputs that a gradient takes at once
		add(1, 1, 1, false, 1+in, 24, 1)
	}
	for _, g := range []int{8, 16, 24, 32, 40} {
		for _, groups := range []int{1, 2, 3, 5} {
			add(3, 3, 1, false, g, g, groups)
			add(3, 3, 2, false, g, g, groups)
			add(1+groups%2, 2, 1, false, g, g, groups)
		}
	}
	// Groups that grow and shrink.
	for i, in := range inputs[:8] {
		add(3, 3, 1+i%2, false, in, 8*(1+i%5), 1+i%3)
		add(2, 2, 1, false, in, 8*(1+i%3), 2)
	}
	for i, c := range lanes[:8] { // stems
		add(3, 3, 1+i%2, true, 3, c, 1)
		add(7, 7, 2, true, 3, c, 1)
		add(7, 7, 2, false, 3, c, 1)
	}
	return all
}

// work is what a problem may cost on average, in multiply-adds, and most the
// limit of a single one.
const work, most = 15_000, 3_000_000

func TestConv(t *testing.T) {
	eachConv(t, func(m *memory, k *Set, seed uint64, win window, n, h, w int) error {
		add := seed%3 == 0
		return verify(m, k, seed, seed%2 == 0, convProblem(win, n, h, w, add))
	})
}

func TestConvGrad(t *testing.T) {
	eachConv(t, func(m *memory, k *Set, seed uint64, win window, n, h, w int) error {
		return verify(m, k, seed, seed%2 == 0, convGradProblem(win, n, h, w))
	})
}

// eachConv calls test for every window with outputs of every width. Of problems
// that cost more than their share some are solved, the others made small or left
// out.
func eachConv(t *testing.T, test func(m *memory, k *Set, seed uint64, win window, n, h, w int) error) {
	eachSet(t, func(t *testing.T, k *Set) {
		m := new(memory)
		defer m.release()
		r := rand.New(rand.NewPCG(1, 2))
		seed := uint64(0)
		for _, win := range windows() {
			affordable := func(pixels int) bool {
				cost := pixels * win.weights()
				return cost <= work || cost <= most && r.IntN(cost) < work
			}
			for _, w := range sides {
				seed++
				n, h := 1+r.IntN(3), sides[r.IntN(len(sides))]
				if !affordable(n * h * w) {
					n, h = 1, 1+r.IntN(2)
				}
				if !affordable(n * h * w) {
					continue
				}
				if err := test(m, k, seed, win, n, h, w); err != nil {
					t.Fatalf("%v, output %d x %d x %d, seed %d: %v", win, n, h, w, seed, err)
				}
			}
		}
	})
}

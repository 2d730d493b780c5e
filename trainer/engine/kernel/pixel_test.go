package kernel

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// What a kernel writes to a pixel depends on what it reads for that pixel and on
// nothing else, to the bit: not on the pixel's place in a view, nor on the number
// of its neighbours. Therefore it does not matter to a map how a batch is cut into
// tiles.

// A cut is a rectangle of the pixels of some images.
type cut struct{ n, h, w, images, rows, cols int }

// of returns the part of v that is cut out.
func (c cut) of(v View) View {
	v.Data = v.Data[v.Offset(c.n, c.h, c.w):]
	v.N, v.H, v.W = c.images, c.rows, c.cols
	return v
}

func drawCut(t *rapid.T, n, h, w int) cut {
	pick := func(name string, n int) (from, count int) {
		from = rapid.IntRange(0, n-1).Draw(t, name)
		return from, rapid.IntRange(1, n-from).Draw(t, name+"s")
	}
	var c cut
	c.n, c.images = pick("image", n)
	c.h, c.rows = pick("row", h)
	c.w, c.cols = pick("column", w)
	return c
}

// random fills a view without gaps.
func random(r *rand.Rand, n, h, w, c int) View {
	v := Dense(make([]float32, n*h*w*c), n, h, w, c)
	for i := range v.Data {
		v.Data[i] = float32(r.NormFloat64())
	}
	return v
}

func clone(v View) View {
	v.Data = append([]float32(nil), v.Data...)
	return v
}

// sameBits returns the first element in which two views of one shape differ, or -1.
func sameBits(a, b View) int {
	d := dense(b)
	for i, v := range dense(a) {
		if math.Float32bits(v) != math.Float32bits(d[i]) {
			return i
		}
	}
	return -1
}

func TestConvIsOfOnePixel(t *testing.T) {
	all := windows()
	eachSet(t, func(t *testing.T, k *Set) {
		rapid.Check(t, func(t *rapid.T) {
			win := rapid.SampledFrom(all).Draw(t, "window")
			limit := 2 + 200_000/(1+win.weights())
			n := rapid.IntRange(1, 3).Draw(t, "n")
			w := rapid.IntRange(1, min(33, limit)).Draw(t, "w")
			h := rapid.IntRange(1, min(17, 1+limit/w)).Draw(t, "h")
			add := rapid.Bool().Draw(t, "add")
			c := drawCut(t, n, h, w)

			m := new(memory)
			m.reset(rapid.Uint64().Draw(t, "seed"), false, 0)
			v, geometry := win.input(m, n, h, w)
			size := (n-1)*v.Image + (h-1)*v.Row + (w-1)*v.Pixel + geometry.In*win.groups
			for _, tap := range geometry.Taps {
				size = max(size, v.Offset(n-1, h-1, w-1)+tap+geometry.In*win.groups)
			}
			v.Data = random(m.r, 1, 1, 1, size).Data
			weights := random(m.r, 1, 1, 1, geometry.Weights()).Data
			y := random(m.r, n, h, w, geometry.Lanes)
			part := clone(y)

			k.Conv(y, v, weights, &geometry, add)
			k.Conv(c.of(part), c.of(v), weights, &geometry, add)
			if i := sameBits(c.of(y), c.of(part)); i >= 0 {
				t.Fatalf("element %d of the part is %v, of the whole %v", i, dense(c.of(part))[i], dense(c.of(y))[i])
			}
		})
	})
}

// maps are the elementwise kernels that write to pixels: to the first view.
var maps = []struct {
	name string
	call func(k *Set, y, x, r View, a, b Affine, f Activation)
}{
	{"Norm", func(k *Set, y, x, _ View, a, _ Affine, f Activation) { k.Norm(y, x, a, f) }},
	{"NormBack", func(k *Set, y, x, _ View, a, _ Affine, f Activation) {
		k.NormBack(y, x, a, f, make([]float32, x.C), make([]float32, x.C))
	}},
	{"Apply", func(k *Set, y, x, r View, a, _ Affine, _ Activation) { k.Apply(y, x, r, a.Scale, a.Shift, a.Center) }},
	{"Add", func(k *Set, y, x, r View, a, b Affine, f Activation) { k.Add(y, x, r, a, b, f) }},
	{"AddBack", func(k *Set, y, x, r View, a, b Affine, f Activation) {
		k.AddBack(y, x, r, a, b, f, make([]float32, x.C), make([]float32, x.C), make([]float32, x.C))
	}},
	{"GateBack", func(k *Set, y, _, _ View, a, _ Affine, _ Activation) {
		for n := range y.N {
			k.GateBack(cut{n: n, images: 1, rows: y.H, cols: y.W}.of(y), a.Scale, a.Shift)
		}
	}},
}

func TestElementwiseIsOfOnePixel(t *testing.T) {
	eachSet(t, func(t *testing.T, k *Set) {
		for _, e := range maps {
			t.Run(e.name, rapid.MakeCheck(func(t *rapid.T) {
				lanes := rapid.SampledFrom(lanes).Draw(t, "lanes")
				n := rapid.IntRange(1, 3).Draw(t, "n")
				h := rapid.IntRange(1, 9).Draw(t, "h")
				w := rapid.IntRange(1, 17).Draw(t, "w")
				f := rapid.SampledFrom(activations).Draw(t, "activation")
				c := drawCut(t, n, h, w)

				r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 5))
				constants := func() []float32 { return random(r, 1, 1, 1, lanes).Data }
				a := Affine{constants(), constants(), constants()}
				b := Affine{constants(), constants(), constants()}
				y, x, s := random(r, n, h, w, lanes), random(r, n, h, w, lanes), random(r, n, h, w, lanes)
				part := clone(y)

				e.call(k, y, x, s, a, b, f)
				e.call(k, c.of(part), c.of(x), c.of(s), a, b, f)
				if i := sameBits(c.of(y), c.of(part)); i >= 0 {
					t.Fatalf("element %d of the part is %v, of the whole %v", i, dense(c.of(part))[i], dense(c.of(y))[i])
				}
			}))
		}
	})
}

package kernel

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// random returns so many numbers of a kind, next to pages that cannot be accessed.
func random(t testing.TB, r *rand.Rand, kind numbers, n int) []float32 {
	v := guarded(t, n, r.IntN(2) == 0)
	for i := range v {
		v[i] = kind(r)
	}
	return v
}

// numbers draws numbers of a kind.
type numbers func(r *rand.Rand) float32

func usual(r *rand.Rand) float32 { return float32(r.NormFloat64()) }

// kinds are what may meet in a sum: also numbers of few bits, whose sums lie
// between two float32, and numbers whose products or sums are too small or too
// large for them.
var kinds = map[string]numbers{
	"usual": usual,
	"few":   func(r *rand.Rand) float32 { return float32(r.IntN(9)-4) * (1 + float32(r.IntN(2))/(1<<23)) },
	"tiny":  func(r *rand.Rand) float32 { return usual(r) * 0x1p-70 },
	"least": func(r *rand.Rand) float32 { return math.Float32frombits(r.Uint32()&(1<<31) | uint32(r.IntN(9))) },
	"large": func(r *rand.Rand) float32 { return usual(r) * 0x1p62 },
	"any":   func(r *rand.Rand) float32 { return math.Float32frombits(r.Uint32()) },
}

// randomView has no memory behind its last pixel.
func randomView(t testing.TB, r *rand.Rand, kind numbers, n, c, h, w int) View {
	v := Dense(nil, n, c, h, w)
	v.Data = random(t, r, kind, (n-1)*v.Block+(c-1)*v.Channel+h*w*Images)
	return v
}

// bits returns the bits of numbers. All that are not numbers are equal.
func bits(v []float32) []uint32 {
	u := make([]uint32, len(v))
	for i, x := range v {
		if x != x {
			x = float32(math.NaN())
		}
		u[i] = math.Float32bits(x)
	}
	return u
}

// padded views data as maps with a border.
func padded(t testing.TB, r *rand.Rand, kind numbers, n, c, h, w, pad int) View {
	v := randomView(t, r, kind, n, c, h+2*pad, w+2*pad)
	v.H, v.W = h, w
	return v
}

// worker returns one whose own memory is guarded, too.
func worker(t testing.TB, s *Set) *Worker {
	k := NewWorker(s)
	for _, v := range []*[]float32{&k.sums, &k.totals, &k.mask, &k.lr, &k.momentum, &k.decay} {
		*v = guarded(t, len(*v), true)
	}
	return k
}

type convCase struct{ n, h, w, groups, in, out, kernel, stride int }

func (c convCase) geometry(x View) *Conv {
	var offsets []int
	for i := range c.in {
		for kh := range c.kernel {
			for kw := range c.kernel {
				offsets = append(offsets, i*x.Channel+kh*x.Row+kw*Images)
			}
		}
	}
	return NewConv(c.groups, c.in, c.out, offsets)
}

func convCases() []convCase {
	var all []convCase
	r := rand.New(rand.NewPCG(1, 2))
	n := 60
	if testing.Short() {
		n = 20
	}
	for range n {
		k := []int{1, 3, 5}[r.IntN(3)]
		c := convCase{n: 1 + r.IntN(5), h: 1 + r.IntN(9), w: 1 + r.IntN(17), groups: 1 + r.IntN(3), in: 1 + r.IntN(9), out: 1 + r.IntN(20), kernel: k}
		if k > 1 {
			c.in = min(c.in, 4)
		}
		all = append(all, c)
	}
	return all
}

func TestConvEqualsFormula(t *testing.T) {
	for i, c := range convCases() {
		r := rand.New(rand.NewPCG(uint64(i), 1))
		x := padded(t, r, usual, c.n, c.groups*c.in, c.h, c.w, c.kernel/2)
		y := randomView(t, r, usual, c.n, c.groups*c.out, c.h, c.w)
		g := c.geometry(x)
		w := random(t, r, usual, g.Weights())
		before := slices.Clone(y.Data)
		sums := map[int]float64{} // by the place in y
		for b := range c.n {
			for o := range c.groups * c.out {
				for p := range c.h * c.w {
					for l := range Images {
						sum := 0.0
						for t, off := range g.offsets {
							wt := w[o/c.out*c.out*len(g.offsets)+Place(c.out, len(g.offsets), o%c.out, t)]
							sum += float64(wt) * float64(x.Data[b*x.Block+o/c.out*c.in*x.Channel+off/4+p/c.w*x.Row+p%c.w*Images+l])
						}
						sums[b*y.Block+o*y.Channel+p*Images+l] = sum
					}
				}
			}
		}
		for _, s := range Sets() {
			for _, add := range []bool{false, true} {
				copy(y.Data, before)
				worker(t, s).Conv(y, x, w, g, add)
				for at, got := range y.Data {
					want, inside := sums[at]
					if !inside || add {
						want += float64(before[at])
					}
					if d := math.Abs(float64(got) - want); d > 1e-4 || !inside && d > 0 {
						t.Fatalf("%s %+v: %v at %d, want %v", s.Name, c, got, at, want)
					}
				}
			}
		}
	}
}

func TestSetsAgree(t *testing.T) {
	for name, kind := range kinds {
		for i, c := range convCases() {
			if name != "usual" && i%4 > 0 {
				continue
			}
			var wantY, wantW []uint32
			for _, s := range slices.Backward(Sets()) {
				r := rand.New(rand.NewPCG(uint64(i), 3))
				x := padded(t, r, kind, c.n, c.groups*c.in, c.h, c.w, c.kernel/2)
				y := randomView(t, r, kind, c.n, c.groups*c.out, c.h, c.w)
				g := c.geometry(x)
				w, dw := random(t, r, kind, g.Weights()), random(t, r, kind, g.Weights())
				k := worker(t, s)
				k.Conv(y, x, w, g, i%2 == 0)
				k.Grad(dw, x, y, g)
				if wantY == nil {
					wantY, wantW = bits(y.Data), bits(dw)
					continue
				}
				if !slices.Equal(wantY, bits(y.Data)) {
					t.Fatalf("%s %s %+v: other bits of conv", s.Name, name, c)
				}
				if !slices.Equal(wantW, bits(dw)) {
					t.Fatalf("%s %s %+v: other bits of grad", s.Name, name, c)
				}
			}
		}
	}
}

func TestSweepsAgree(t *testing.T) {
	for seed := range uint64(40) {
		var want []uint32
		for _, s := range slices.Backward(Sets()) {
			r := rand.New(rand.NewPCG(seed, 5))
			kind := usual
			if seed%4 == 0 {
				kind = kinds[slices.Sorted(maps.Keys(kinds))[seed/4%uint64(len(kinds))]]
			}
			n, c, h, w := 1+r.IntN(3), 1+r.IntN(70), 1+r.IntN(5), 1+r.IntN(9)
			x, z := randomView(t, r, kind, n, c, h, w), randomView(t, r, kind, n, c, h, w)
			y := padded(t, r, kind, n, c, h, w, int(seed%2))
			a := Affine{random(t, r, kind, c), random(t, r, kind, c), random(t, r, kind, c)}
			k1, k2, k3 := random(t, r, kind, c), random(t, r, kind, c), random(t, r, kind, c)
			sum, dot, rdot := make([]float64, c), make([]float64, c), make([]float64, c)
			g1, g2 := random(t, r, kind, n*c*Images), random(t, r, kind, n*c*Images)
			k := worker(t, s)
			images := n*Images - r.IntN(20)
			var got []uint32
			note := func(name string) {
				for _, v := range [][]float32{x.Data, y.Data, z.Data, g1, g2} {
					got = append(got, bits(v)...)
				}
				for _, v := range [][]float64{sum, dot, rdot} {
					for _, f := range v {
						got = append(got, bits([]float32{float32(f)})...)
					}
				}
				if want != nil && !slices.Equal(want[:len(got)], got) {
					t.Fatalf("%s: other bits after %s", s.Name, name)
				}
			}
			k.Stats(x, a.Center, sum, dot, images)
			note("stats")
			for _, f := range []Activation{Identity, ReLU, SiLU} {
				k.Norm(y, x, a, f)
				note(fmt.Sprint("norm", f))
				k.NormBack(y, x, a, f, sum, dot)
				note(fmt.Sprint("norm back", f))
				half, second := y, x
				half.W, second.Pixel = (w+1)/2, 2*Images
				second.W = half.W
				k.Norm(half, second, a, f)
				note(fmt.Sprint("norm of every second", f))
				k.Add(y, x, z, a, k1, k2, f)
				note(fmt.Sprint("add", f))
				k.AddBack(y, x, z, a, k1, k2, k3, f, sum, dot, rdot)
				note(fmt.Sprint("add back", f))
				k.GateDot(g1, y, x, a, f)
				note(fmt.Sprint("gate dot", f))
			}
			k.Apply(y, x, z, k1, k2, k3, images)
			note("apply")
			k.Pool(g1, y)
			note("pool")
			k.Gate(y, g2)
			note("gate")
			k.GateBack(y, g1, g2)
			note("gate back")
			k.Spread(z, g2)
			note("spread")
			k.Copy(y, z)
			note("copy")
			half := y
			half.W = (w + 1) / 2
			second := x
			second.Pixel, second.W = 2*Images, half.W
			k.Pick(half, second)
			note("pick")
			p, q, v := random(t, r, kind, 16*c), random(t, r, kind, 16*c), random(t, r, kind, 16*c)
			for _, nesterov := range []bool{false, true} {
				k.Update(p, q, v, Update{0.1, 0.9, 1e-3, nesterov})
			}
			k.Average(q, p, 0.99)
			for _, s := range [][]float32{p, q, v} {
				got = append(got, bits(s)...)
			}
			note("update")
			if want == nil {
				want = got
			}
		}
	}
}

func TestSigmoid(t *testing.T) {
	for v := float32(-100); v < 100; v += 0.01 {
		want := 1 / (1 + math.Exp(-float64(min(max(v, -87), 87))))
		if got := float64(Sigmoid(v)); math.Abs(got-want) > 4e-7*want {
			t.Fatalf("σ(%v) = %v, want %v", v, got, want)
		}
	}
}

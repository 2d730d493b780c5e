package kernel

import "math"

// Generic returns the kernels in plain Go.
func Generic() *Set { return &Set{Name: "generic", kernels: generic} }

var generic = func() kernels {
	k := kernels{lanes: Images, reduce: reduceGeneric}
	for out := 1; out <= maxOut; out++ {
		for _, tile := range []int{1, 2, 4} {
			k.conv[out][tile] = convGeneric
			k.grad[out][tile] = gradGeneric
		}
	}
	for kind, s := range sweepsGeneric {
		k.sweep[kind] = s.run
	}
	return k
}()

// vector is a pixel of the images of a block.
type vector = [Images]float32

func convGeneric(a *convCall) {
	x, y := 0, 0
	for g := range a.groups {
		w := a.w[g*a.wGroup/4:]
		for range a.rows {
			for range a.tiles {
				for p := range a.tile {
					for o := range a.out {
						dst := (*vector)(a.y[y+(p*a.yPixel+o*a.yChannel)/4:])
						var s vector
						if a.add != 0 {
							s = *dst
						}
						for t, at := range a.offsets {
							fmaLanes(&s, w[t*a.wStep/4+o], (*vector)(a.x[x+p*Images+at/4:]))
						}
						*dst = s
					}
				}
				x += a.tile * Images
				y += a.tile * a.yPixel / 4
			}
			x += a.xNext / 4
			y += a.yNext / 4
		}
		x += a.xGroup / 4
		y += a.yGroup / 4
	}
}

// fmaPairs adds a·b, lane by lane, to s.
func fmaPairs(s, a, b *vector) {
	for l := 0; l < Images; l += 4 {
		t0 := float64(a[l])*float64(b[l]) + float64(s[l])
		t1 := float64(a[l+1])*float64(b[l+1]) + float64(s[l+1])
		t2 := float64(a[l+2])*float64(b[l+2]) + float64(s[l+2])
		t3 := float64(a[l+3])*float64(b[l+3]) + float64(s[l+3])
		if between(t0) || between(t1) || between(t2) || between(t3) {
			for i := l; i < l+4; i++ {
				s[i] = fma(a[i], b[i], s[i])
			}
			continue
		}
		s[l], s[l+1], s[l+2], s[l+3] = float32(t0), float32(t1), float32(t2), float32(t3)
	}
}

func gradGeneric(a *gradCall) {
	for t, at := range a.offsets[:a.repeats*a.terms] {
		for o := range a.out {
			s := (*vector)(a.sums[t*a.sumStep/4+o*Images:])
			*s = vector{}
			x, d := at/4, o*a.dChannel/4
			for range a.blocks {
				for range a.rows {
					for range a.cols {
						xs, ds := (*vector)(a.x[x:]), (*vector)(a.d[d:])
						fmaPairs(s, xs, ds)
						x += Images
						d += Images
					}
					x += a.xRow / 4
					d += a.dRow / 4
				}
				x += a.xBlock / 4
				d += a.dBlock / 4
			}
		}
	}
}

func reduceGeneric(a *reduceCall) {
	for i := range 4 * a.fours {
		a.dst[i] += tree((*vector)(a.acc[i*Images:]))
	}
}

// sweepGeneric is a sweep in plain Go.
type sweepGeneric struct {
	operands, sums, unroll int
	stride                 int // of the last operand, if not 1
	// body does a lane of a pixel in the operands: k are the constants of the
	// channel and the lane, s the sums.
	body func(p *[3]*vector, k *[5]vector, s *[3]vector)
	// How many constants a channel has, and how many each lane of it; and whether
	// the last of k is the mask.
	consts, gates int
	mask          bool
}

func (g *sweepGeneric) run(a *sweepCall) {
	var at, row [3]int
	p, k, s := &a.plain.p, &a.plain.k, &a.plain.s
	for ch := range a.channels {
		for i := range g.consts {
			for l := range k[i] {
				k[i][l] = a.k[i][ch]
			}
		}
		for i := range g.gates {
			k[g.consts+i] = vector(a.k[g.consts+i][ch*Images:])
		}
		if g.mask {
			k[4] = vector(a.mask)
		}
		*s = [4][3]vector{}
		for i := range row {
			row[i] = ch * a.channel[i] / 4
		}
		for range a.rows {
			at = row
			for c := range a.cols {
				for i := range g.operands {
					p[i] = (*vector)(a.p[i][at[i]:])
					at[i] += Images
				}
				if g.stride > 1 {
					at[g.operands-1] += Images * (g.stride - 1)
				}
				g.body(p, k, &s[c%g.unroll])
			}
			for i := range row {
				row[i] = at[i] + a.row[i]/4
			}
		}
		for i := range g.sums {
			dst := a.s[i][ch*Images:]
			for l := range Images {
				if g.unroll == 4 {
					dst[l] = (s[0][i][l] + s[1][i][l]) + (s[2][i][l] + s[3][i][l])
				} else {
					dst[l] = s[0][i][l] + s[1][i][l]
				}
			}
		}
	}
}

func masked(v, mask float32) float32 {
	return math.Float32frombits(math.Float32bits(v) & math.Float32bits(mask))
}

var sweepsGeneric = func() (all [sweepKinds]*sweepGeneric) {
	all[statsSweep] = &sweepGeneric{operands: 1, sums: 2, unroll: 4, consts: 1, mask: true, body: func(p *[3]*vector, k *[5]vector, s *[3]vector) {
		for l, v := range p[0] {
			v = masked(v-k[0][l], k[4][l])
			s[0][l] += v
			s[1][l] = fma(v, v, s[1][l])
		}
	}}
	all[applySweep] = &sweepGeneric{operands: 3, unroll: 4, consts: 3, mask: true, body: func(p *[3]*vector, k *[5]vector, _ *[3]vector) {
		for l, v := range p[2] {
			p[0][l] = masked(fma(k[0][l], p[1][l], fma(k[1][l], v, k[2][l])), k[4][l])
		}
	}}
	all[poolSweep] = &sweepGeneric{operands: 1, sums: 1, unroll: 4, body: func(p *[3]*vector, _ *[5]vector, s *[3]vector) {
		for l, v := range p[0] {
			s[0][l] += v
		}
	}}
	all[spreadSweep] = &sweepGeneric{operands: 1, unroll: 4, gates: 1, body: func(p *[3]*vector, k *[5]vector, _ *[3]vector) { *p[0] = k[0] }}
	all[gateSweep] = &sweepGeneric{operands: 1, unroll: 4, gates: 1, body: func(p *[3]*vector, k *[5]vector, _ *[3]vector) {
		for l := range p[0] {
			p[0][l] *= k[0][l]
		}
	}}
	all[gateBackSweep] = &sweepGeneric{operands: 1, unroll: 4, gates: 2, body: func(p *[3]*vector, k *[5]vector, _ *[3]vector) {
		for l, v := range p[0] {
			p[0][l] = fma(v, k[0][l], k[1][l])
		}
	}}
	duplicate := func(p *[3]*vector, _ *[5]vector, _ *[3]vector) { *p[0] = *p[1] }
	all[duplicateSweep] = &sweepGeneric{operands: 2, unroll: 4, body: duplicate}
	all[pickSweep] = &sweepGeneric{operands: 2, unroll: 4, stride: 2, body: duplicate}
	all[averageSweep] = &sweepGeneric{operands: 2, unroll: 4, consts: 1, body: func(p *[3]*vector, k *[5]vector, _ *[3]vector) {
		for l, v := range p[0] {
			p[0][l] = fma(k[0][l], p[1][l]-v, v)
		}
	}}
	update := func(nesterov bool) func(p *[3]*vector, k *[5]vector, _ *[3]vector) {
		return func(p *[3]*vector, k *[5]vector, _ *[3]vector) {
			for l, w := range p[0] {
				d := fma(k[0][l], w, p[1][l])
				v := fma(p[2][l], k[1][l], d)
				p[2][l] = v
				if nesterov {
					v = fma(k[1][l], v, d)
				}
				p[0][l] = fma(k[2][l], v, w)
			}
		}
	}
	all[updateSweep] = &sweepGeneric{operands: 3, unroll: 4, consts: 3, body: update(false)}
	all[nesterovSweep] = &sweepGeneric{operands: 3, unroll: 4, consts: 3, body: update(true)}
	for _, f := range []Activation{Identity, ReLU, SiLU} {
		norm := func(p *[3]*vector, k *[5]vector, _ *[3]vector) {
			for l, x := range p[1] {
				p[0][l] = f.At(fma(k[0][l], x, k[1][l]))
			}
		}
		all[normIdentitySweep.of(f)] = &sweepGeneric{operands: 2, unroll: 4, consts: 2, body: norm}
		all[normPickIdentitySweep.of(f)] = &sweepGeneric{operands: 2, unroll: 4, stride: 2, consts: 2, body: norm}
		all[normBackIdentitySweep.of(f)] = &sweepGeneric{operands: 2, sums: 2, unroll: 2, consts: 3, body: func(p *[3]*vector, k *[5]vector, s *[3]vector) {
			for l, x := range p[1] {
				g := f.Back(fma(k[0][l], x, k[1][l]), p[0][l])
				p[0][l] = g
				s[0][l] += g
				s[1][l] = fma(g, x-k[2][l], s[1][l])
			}
		}}
		all[addIdentitySweep.of(f)] = &sweepGeneric{operands: 3, unroll: 4, consts: 3, body: func(p *[3]*vector, k *[5]vector, _ *[3]vector) {
			for l, x := range p[1] {
				p[0][l] = f.At(fma(k[2][l], p[2][l], fma(k[0][l], x, k[1][l])))
			}
		}}
		all[addBackIdentitySweep.of(f)] = &sweepGeneric{operands: 3, sums: 3, unroll: 2, consts: 5, body: func(p *[3]*vector, k *[5]vector, s *[3]vector) {
			for l, x := range p[1] {
				r := p[2][l]
				g := f.Back(fma(k[2][l], r, fma(k[0][l], x, k[1][l])), p[0][l])
				p[0][l] = g
				s[0][l] += g
				s[1][l] = fma(g, x-k[3][l], s[1][l])
				s[2][l] = fma(g, r-k[4][l], s[2][l])
			}
		}}
		all[gateDotIdentitySweep.of(f)] = &sweepGeneric{operands: 2, sums: 1, unroll: 2, consts: 2, body: func(p *[3]*vector, k *[5]vector, s *[3]vector) {
			for l, x := range p[1] {
				s[0][l] = fma(f.At(fma(k[0][l], x, k[1][l])), p[0][l], s[0][l])
			}
		}}
	}
	return all
}()

// At returns f(v).
func (f Activation) At(v float32) float32 {
	switch f {
	case ReLU:
		if v <= 0 {
			return 0
		}
	case SiLU:
		return v * Sigmoid(v)
	}
	return v
}

// Back returns d·f'(v).
func (f Activation) Back(v, d float32) float32 {
	switch f {
	case ReLU:
		if v <= 0 {
			return 0
		}
	case SiLU:
		s := Sigmoid(v)
		return d * (s * fma(v, 1-s, 1))
	}
	return d
}

// exponential is the table of constants of a sigmoid, each for all lanes.
var exponential = func() []float32 {
	var t []float32
	for _, v := range []float32{
		-87, 87, // least and largest argument
		-math.Log2E, magic,
		ln2, ln2Rest,
		-1. / 5040, 1. / 720, -1. / 120, 1. / 24, -1. / 6, 1. / 2, -1, 1,
	} {
		for range Images {
			t = append(t, v)
		}
	}
	return t
}()

const (
	magic   = 3 << 22 // adding it rounds to whole numbers
	ln2     = 0x1.62e4p-1
	ln2Rest = math.Ln2 - ln2
)

// Sigmoid returns 1/(1+exp(-v)), to about two units in the last place.
func Sigmoid(v float32) float32 {
	at := func(row int) float32 { return exponential[row*Images] }
	v = min(max(v, at(0)), at(1))
	t := fma(v, at(2), at(3))
	n := t - at(3)
	v = fma(n, at(4), v)
	v = fma(n, at(5), v)
	e := at(6)
	for row := 7; row <= 13; row++ {
		e = fma(e, v, at(row))
	}
	e = math.Float32frombits(math.Float32bits(e) + math.Float32bits(t)<<23)
	return 1 / (e + 1)
}

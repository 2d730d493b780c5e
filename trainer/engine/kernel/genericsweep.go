package kernel

import "math"

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

var sweepsGeneric = func() (all [sweepKinds]*sweepGeneric) {
	all[statsSweep] = &sweepGeneric{operands: 1, sums: 2, unroll: 4, consts: 1, mask: true, body: func(p *[3]*vector, k *[5]vector, s *[3]vector) {
		var v vector
		subLanes(&v, p[0], &k[0])
		maskLanes(&v, &k[4])
		addLanes(&s[0], &v)
		fmaLanes(&s[1], &v, &v, &s[1])
	}}
	all[applySweep] = &sweepGeneric{operands: 3, unroll: 4, consts: 3, mask: true, body: func(p *[3]*vector, k *[5]vector, _ *[3]vector) {
		var v vector
		fmaLanes(&v, &k[1], p[2], &k[2])
		fmaLanes(p[0], &k[0], p[1], &v)
		maskLanes(p[0], &k[4])
	}}
	all[poolSweep] = &sweepGeneric{operands: 1, sums: 1, unroll: 4, body: func(p *[3]*vector, _ *[5]vector, s *[3]vector) { addLanes(&s[0], p[0]) }}
	all[spreadSweep] = &sweepGeneric{operands: 1, unroll: 4, gates: 1, body: func(p *[3]*vector, k *[5]vector, _ *[3]vector) { *p[0] = k[0] }}
	all[gateSweep] = &sweepGeneric{operands: 1, unroll: 4, gates: 1, body: func(p *[3]*vector, k *[5]vector, _ *[3]vector) {
		for l := range p[0] {
			p[0][l] *= k[0][l]
		}
	}}
	all[gateBackSweep] = &sweepGeneric{operands: 1, unroll: 4, gates: 2, body: func(p *[3]*vector, k *[5]vector, _ *[3]vector) { fmaLanes(p[0], p[0], &k[0], &k[1]) }}
	duplicate := func(p *[3]*vector, _ *[5]vector, _ *[3]vector) { *p[0] = *p[1] }
	all[duplicateSweep] = &sweepGeneric{operands: 2, unroll: 4, body: duplicate}
	all[pickSweep] = &sweepGeneric{operands: 2, unroll: 4, stride: 2, body: duplicate}
	all[averageSweep] = &sweepGeneric{operands: 2, unroll: 4, consts: 1, body: func(p *[3]*vector, k *[5]vector, _ *[3]vector) {
		var d vector
		subLanes(&d, p[1], p[0])
		fmaLanes(p[0], &k[0], &d, p[0])
	}}
	update := func(nesterov bool) func(p *[3]*vector, k *[5]vector, _ *[3]vector) {
		return func(p *[3]*vector, k *[5]vector, _ *[3]vector) {
			w, velocity := p[0], p[2]
			var d vector
			fmaLanes(&d, &k[0], w, p[1])
			fmaLanes(velocity, velocity, &k[1], &d)
			along := velocity
			if nesterov {
				fmaLanes(&d, &k[1], velocity, &d)
				along = &d
			}
			fmaLanes(w, &k[2], along, w)
		}
	}
	all[updateSweep] = &sweepGeneric{operands: 3, unroll: 4, consts: 3, body: update(false)}
	all[nesterovSweep] = &sweepGeneric{operands: 3, unroll: 4, consts: 3, body: update(true)}
	for _, f := range []Activation{Identity, ReLU, SiLU} {
		norm := func(p *[3]*vector, k *[5]vector, _ *[3]vector) {
			fmaLanes(p[0], &k[0], p[1], &k[1])
			f.lanes(p[0])
		}
		all[normIdentitySweep.of(f)] = &sweepGeneric{operands: 2, unroll: 4, consts: 2, body: norm}
		all[normPickIdentitySweep.of(f)] = &sweepGeneric{operands: 2, unroll: 4, stride: 2, consts: 2, body: norm}
		all[normBackIdentitySweep.of(f)] = &sweepGeneric{operands: 2, sums: 2, unroll: 2, consts: 3, body: func(p *[3]*vector, k *[5]vector, s *[3]vector) {
			var v vector
			fmaLanes(&v, &k[0], p[1], &k[1])
			f.backLanes(p[0], &v)
			addLanes(&s[0], p[0])
			subLanes(&v, p[1], &k[2])
			fmaLanes(&s[1], p[0], &v, &s[1])
		}}
		all[addIdentitySweep.of(f)] = &sweepGeneric{operands: 3, unroll: 4, consts: 3, body: func(p *[3]*vector, k *[5]vector, _ *[3]vector) {
			var v vector
			fmaLanes(&v, &k[0], p[1], &k[1])
			fmaLanes(p[0], &k[2], p[2], &v)
			f.lanes(p[0])
		}}
		all[addBackIdentitySweep.of(f)] = &sweepGeneric{operands: 3, sums: 3, unroll: 2, consts: 5, body: func(p *[3]*vector, k *[5]vector, s *[3]vector) {
			var v vector
			fmaLanes(&v, &k[0], p[1], &k[1])
			fmaLanes(&v, &k[2], p[2], &v)
			f.backLanes(p[0], &v)
			addLanes(&s[0], p[0])
			for i := 1; i < 3; i++ {
				subLanes(&v, p[i], &k[2+i])
				fmaLanes(&s[i], p[0], &v, &s[i])
			}
		}}
		all[gateDotIdentitySweep.of(f)] = &sweepGeneric{operands: 2, sums: 1, unroll: 2, consts: 2, body: func(p *[3]*vector, k *[5]vector, s *[3]vector) {
			var v vector
			fmaLanes(&v, &k[0], p[1], &k[1])
			f.lanes(&v)
			fmaLanes(&s[0], &v, p[0], &s[0])
		}}
	}
	return all
}()

func addLanes(s, v *vector) {
	for l, x := range v {
		s[l] += x
	}
}

func subLanes(d, v, w *vector) {
	for l, x := range v {
		d[l] = x - w[l]
	}
}

func maskLanes(v, mask *vector) {
	for l, m := range mask {
		v[l] = math.Float32frombits(math.Float32bits(v[l]) & math.Float32bits(m))
	}
}

// lanes replaces each v by f(v).
func (f Activation) lanes(v *vector) {
	if f == Identity {
		return
	}
	for l, x := range v {
		if f == ReLU {
			v[l] = positive(x, x)
		} else {
			v[l] = f.At(x)
		}
	}
}

// backLanes replaces each d by d·f'(v).
func (f Activation) backLanes(d, v *vector) {
	if f == Identity {
		return
	}
	for l, x := range v {
		if f == ReLU {
			d[l] = positive(x, d[l])
		} else {
			d[l] = f.Back(x, d[l])
		}
	}
}

// positive returns d where v is neither below nor equal to zero, and else 0. Its
// conditions cost no jumps, which a processor could not foresee.
func positive(v, d float32) float32 {
	const minus, infinity = 1 << 31, 255 << 23
	u, bits := math.Float32bits(v), math.Float32bits(d)
	if u-minus <= infinity {
		bits = 0
	}
	if u == 0 {
		bits = 0
	}
	return math.Float32frombits(bits)
}

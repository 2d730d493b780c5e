package kernel

import "math"

// Generic returns the kernels in plain Go.
func Generic() *Set {
	return &Set{
		Name:     "generic",
		Conv:     conv,
		ConvGrad: convGrad,
		Stats:    stats,
		Norm:     norm,
		NormBack: normBack,
		Apply:    apply,
		Add:      add,
		AddBack:  addBack,
		Copy:     copyPixels,
		Pool:     pool,
		Spread:   spread,
		Gate:     gate,
		GateDot:  gateDot,
		GateBack: gateBack,
		Update:   update,
		Average:  average,
	}
}

// block is the run of output lanes that the generic convolutions hold in
// registers.
type block = [Lane]float32

func conv(y, x View, w []float32, c *Conv, add bool) {
	for n := range y.N {
		for h := range y.H {
			for p := range y.W {
				in, out := x.Data[x.Offset(n, h, p):], y.Data[y.Offset(n, h, p):]
				for o := 0; o < c.Lanes; o += Lane {
					var sum block
					if c.Out < Lane {
						convNarrow(&sum, in, w, c, o)
					} else {
						convWide(&sum, in, w, c, o)
					}
					dst := (*block)(out[o:])
					if add {
						for j := range dst {
							dst[j] += sum[j]
						}
					} else {
						*dst = sum
					}
				}
			}
		}
	}
}

// convWide sums one pixel's lanes o..o+7, which share the inputs of one group.
func convWide(sum *block, in, w []float32, c *Conv, o int) {
	group := o / c.Out * c.In
	s := *sum
	for t, tap := range c.Taps {
		wt := w[t*c.In*c.Lanes+o:]
		for i, v := range in[tap+group : tap+group+c.In] {
			r := (*block)(wt[i*c.Lanes:])
			s[0] += v * r[0]
			s[1] += v * r[1]
			s[2] += v * r[2]
			s[3] += v * r[3]
			s[4] += v * r[4]
			s[5] += v * r[5]
			s[6] += v * r[6]
			s[7] += v * r[7]
		}
	}
	*sum = s
}

// convNarrow sums one pixel's lanes o..o+7, which span several groups of 1, 2 or
// 4 lanes.
func convNarrow(sum *block, in, w []float32, c *Conv, o int) {
	mask := Lane - c.Out // clears a lane's place within its group
	s := *sum
	for t, tap := range c.Taps {
		v := (*block)(in[tap+o:])
		for i := range c.In {
			r := (*block)(w[(t*c.In+i)*c.Lanes+o:])
			s[0] += v[(0&mask+i)&7] * r[0]
			s[1] += v[(1&mask+i)&7] * r[1]
			s[2] += v[(2&mask+i)&7] * r[2]
			s[3] += v[(3&mask+i)&7] * r[3]
			s[4] += v[(4&mask+i)&7] * r[4]
			s[5] += v[(5&mask+i)&7] * r[5]
			s[6] += v[(6&mask+i)&7] * r[6]
			s[7] += v[(7&mask+i)&7] * r[7]
		}
	}
	*sum = s
}

func convGrad(dw []float32, x, dy View, c *Conv) {
	for n := range dy.N {
		for h := range dy.H {
			for p := range dy.W {
				in, d := x.Data[x.Offset(n, h, p):], dy.Data[dy.Offset(n, h, p):]
				for o := 0; o < c.Lanes; o += Lane {
					if c.Out < Lane {
						convGradNarrow(dw, in, (*block)(d[o:]), c, o)
					} else {
						convGradWide(dw, in, (*block)(d[o:]), c, o)
					}
				}
			}
		}
	}
}

func convGradWide(dw, in []float32, d *block, c *Conv, o int) {
	group := o / c.Out * c.In
	for t, tap := range c.Taps {
		g := dw[t*c.In*c.Lanes+o:]
		for i, v := range in[tap+group : tap+group+c.In] {
			r := (*block)(g[i*c.Lanes:])
			r[0] += v * d[0]
			r[1] += v * d[1]
			r[2] += v * d[2]
			r[3] += v * d[3]
			r[4] += v * d[4]
			r[5] += v * d[5]
			r[6] += v * d[6]
			r[7] += v * d[7]
		}
	}
}

func convGradNarrow(dw, in []float32, d *block, c *Conv, o int) {
	mask := Lane - c.Out
	for t, tap := range c.Taps {
		v := (*block)(in[tap+o:])
		for i := range c.In {
			r := (*block)(dw[(t*c.In+i)*c.Lanes+o:])
			for j := range r {
				r[j] += v[(j&mask+i)&7] * d[j]
			}
		}
	}
}

func stats(x View, center, sum, square []float32) {
	center, sum, square = center[:x.C], sum[:x.C], square[:x.C]
	for n := range x.N {
		for h := range x.H {
			for p := range x.W {
				for i, v := range x.Lanes(n, h, p) {
					d := v - center[i]
					sum[i] += d
					square[i] += d * d
				}
			}
		}
	}
}

func norm(y, x View, a Affine, f Activation) {
	for n := range y.N {
		for h := range y.H {
			for p := range y.W {
				dst := y.Lanes(n, h, p)
				for i, v := range x.Lanes(n, h, p) {
					dst[i] = f.At(a.at(i, v))
				}
			}
		}
	}
}

func normBack(dy, x View, a Affine, f Activation, sum, dot []float32) {
	for n := range dy.N {
		for h := range dy.H {
			for p := range dy.W {
				d := dy.Lanes(n, h, p)
				for i, v := range x.Lanes(n, h, p) {
					g := f.Back(a.at(i, v), d[i])
					d[i] = g
					sum[i] += g
					dot[i] += g * (v - a.Center[i])
				}
			}
		}
	}
}

func apply(dx, dy, x View, a, b, c []float32) {
	a, b, c = a[:dx.C], b[:dx.C], c[:dx.C]
	for n := range dx.N {
		for h := range dx.H {
			for p := range dx.W {
				dst, d := dx.Lanes(n, h, p), dy.Lanes(n, h, p)
				for i, v := range x.Lanes(n, h, p) {
					dst[i] = a[i]*d[i] + b[i]*v + c[i]
				}
			}
		}
	}
}

func add(y, x, r View, a, b Affine, f Activation) {
	for n := range y.N {
		for h := range y.H {
			for p := range y.W {
				dst, rl := y.Lanes(n, h, p), r.Lanes(n, h, p)
				for i, v := range x.Lanes(n, h, p) {
					dst[i] = f.At(a.at(i, v) + b.at(i, rl[i]))
				}
			}
		}
	}
}

func addBack(dy, x, r View, a, b Affine, f Activation, sum, dot, rdot []float32) {
	for n := range dy.N {
		for h := range dy.H {
			for p := range dy.W {
				d, rl := dy.Lanes(n, h, p), r.Lanes(n, h, p)
				for i, v := range x.Lanes(n, h, p) {
					g := f.Back(a.at(i, v)+b.at(i, rl[i]), d[i])
					d[i] = g
					sum[i] += g
					dot[i] += g * (v - a.Center[i])
					rdot[i] += g * (rl[i] - b.Center[i])
				}
			}
		}
	}
}

// at returns the normalised value of v in lane i.
func (a *Affine) at(i int, v float32) float32 { return a.Scale[i]*v + a.Shift[i] }

func copyPixels(y, x View) {
	rows := y.Pixel == y.C && x.Pixel == x.C
	for n := range y.N {
		for h := range y.H {
			if rows {
				copy(y.Data[y.Offset(n, h, 0):][:y.W*y.C], x.Data[x.Offset(n, h, 0):])
				continue
			}
			for p := range y.W {
				copy(y.Lanes(n, h, p), x.Lanes(n, h, p))
			}
		}
	}
}

func pool(sum []float32, x View) {
	for n := range x.N {
		s := sum[n*x.C : (n+1)*x.C]
		for h := range x.H {
			for p := range x.W {
				for i, v := range x.Lanes(n, h, p) {
					s[i] += v
				}
			}
		}
	}
}

func spread(y View, value []float32) {
	for n := range y.N {
		v := value[n*y.C : (n+1)*y.C]
		for h := range y.H {
			for p := range y.W {
				copy(y.Lanes(n, h, p), v)
			}
		}
	}
}

func gate(y View, gate []float32) {
	for n := range y.N {
		g := gate[n*y.C : (n+1)*y.C]
		for h := range y.H {
			for p := range y.W {
				for i, v := range y.Lanes(n, h, p) {
					y.Lanes(n, h, p)[i] = v * g[i]
				}
			}
		}
	}
}

func gateDot(dot []float32, dy, x View, a Affine, f Activation) {
	for n := range dy.N {
		s := dot[n*dy.C : (n+1)*dy.C]
		for h := range dy.H {
			for p := range dy.W {
				d := dy.Lanes(n, h, p)
				for i, v := range x.Lanes(n, h, p) {
					s[i] += d[i] * f.At(a.at(i, v))
				}
			}
		}
	}
}

func gateBack(dy View, gate, offset []float32) {
	for n := range dy.N {
		g, o := gate[n*dy.C:(n+1)*dy.C], offset[n*dy.C:(n+1)*dy.C]
		for h := range dy.H {
			for p := range dy.W {
				d := dy.Lanes(n, h, p)
				for i := range d {
					d[i] = d[i]*g[i] + o[i]
				}
			}
		}
	}
}

func update(w, g, v []float32, u Update) {
	g, v = g[:len(w)], v[:len(w)]
	for i := range w {
		d := g[i] + u.WeightDecay*w[i]
		v[i] = u.Momentum*v[i] + d
		if u.Nesterov {
			w[i] -= u.LR * (d + u.Momentum*v[i])
		} else {
			w[i] -= u.LR * v[i]
		}
	}
}

func average(avg, w []float32, decay float32) {
	w = w[:len(avg)]
	for i := range avg {
		avg[i] += (1 - decay) * (w[i] - avg[i])
	}
}

// At returns f(v).
func (f Activation) At(v float32) float32 {
	switch f {
	case ReLU:
		return max(v, 0)
	case SiLU:
		return v * Sigmoid(v)
	}
	return v
}

// Back returns d·f'(v).
func (f Activation) Back(v, d float32) float32 {
	switch f {
	case ReLU:
		if v > 0 {
			return d
		}
		return 0
	case SiLU:
		s := Sigmoid(v)
		return d * s * (1 + v*(1-s))
	}
	return d
}

// Sigmoid returns 1/(1+exp(-v)).
func Sigmoid(v float32) float32 { return float32(1 / (1 + math.Exp(-float64(v)))) }

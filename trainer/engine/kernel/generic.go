package kernel

// Generic returns the kernels in plain Go.
func Generic() *Set { return &Set{Name: "generic", kernels: generic} }

var generic = func() kernels {
	k := kernels{lanes: Images, reduce: reduceGeneric, plain: true}
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
			for range a.tiles * a.tile {
				a.pixel(a.y[y:], a.x[x:], w)
				x += Images
				y += a.yPixel / 4
			}
			x += a.xNext / 4
			y += a.yNext / 4
		}
		x += a.xGroup / 4
		y += a.yGroup / 4
	}
}

// pixel convolves to the outputs of a pixel.
func (a *convCall) pixel(y, x, w []float32) {
	for o := 0; o < a.out; o++ {
		dst, weights := (*vector)(y[o*a.yChannel/4:]), w[o:]
		if a.normal && o+1 < a.out && a.two(dst, (*vector)(y[(o+1)*a.yChannel/4:]), x, weights) {
			o++
		} else if !a.normal || !a.one(dst, x, weights) {
			a.any(dst, x, weights)
		}
	}
}

// two convolves to two outputs in the normal range. It changes nothing, and
// reports false, where it cannot.
func (a *convCall) two(y, z *vector, x, w []float32) bool {
	var s, t wide
	if a.add != 0 && !(widen(&s, y) && widen(&t, z)) {
		return false
	}
	for i, at := range a.offsets {
		w := w[i*a.wStep/4:]
		if !fmaTwo(&s, &t, float64(w[0]), float64(w[1]), (*vector)(x[at/4:])) {
			return false
		}
	}
	narrow(y, &s)
	narrow(z, &t)
	return true
}

// one is two of one output.
func (a *convCall) one(y *vector, x, w []float32) bool {
	var s wide
	if a.add != 0 && !widen(&s, y) {
		return false
	}
	for i, at := range a.offsets {
		if !fmaOne(&s, float64(w[i*a.wStep/4]), (*vector)(x[at/4:])) {
			return false
		}
	}
	narrow(y, &s)
	return true
}

// any convolves to one output of any numbers.
func (a *convCall) any(y *vector, x, w []float32) {
	if a.add == 0 {
		*y = vector{}
	}
	for i, at := range a.offsets {
		v, w := (*vector)(x[at/4:]), w[i*a.wStep/4]
		for l := range y {
			y[l] = fma(w, v[l], y[l])
		}
	}
}

func gradGeneric(a *gradCall) {
	offsets := a.offsets[:a.repeats*a.terms]
	sum := func(t, o int) *vector { return (*vector)(a.sums[t*a.sumStep/4+o*Images:]) }
	for o := range a.out {
		for t := 0; t < len(offsets); t++ {
			x, d := a.x[offsets[t]/4:], a.d[o*a.dChannel/4:]
			if a.normal && t+1 < len(offsets) && a.two(sum(t, o), sum(t+1, o), x, a.x[offsets[t+1]/4:], d) {
				t++
			} else if !a.normal || !a.one(sum(t, o), x, d) {
				a.any(sum(t, o), x, d)
			}
		}
	}
}

// pixels calls f with the places of each pixel in a channel of x and of d, until
// it reports false.
func (a *gradCall) pixels(f func(x, d int) bool) bool {
	x, d := 0, 0
	for range a.blocks {
		for range a.rows {
			for range a.cols {
				if !f(x, d) {
					return false
				}
				x += Images
				d += Images
			}
			x += a.xRow / 4
			d += a.dRow / 4
		}
		x += a.xBlock / 4
		d += a.dBlock / 4
	}
	return true
}

// two sets the sums of two terms in the normal range. It changes nothing, and
// reports false, where it cannot.
func (a *gradCall) two(sum, next *vector, x, z, d []float32) bool {
	var s, t wide
	if !a.pixels(func(i, j int) bool {
		return fmaTwoPairs(&s, &t, (*vector)(x[i:]), (*vector)(z[i:]), (*vector)(d[j:]))
	}) {
		return false
	}
	narrow(sum, &s)
	narrow(next, &t)
	return true
}

// one is two of one term.
func (a *gradCall) one(sum *vector, x, d []float32) bool {
	var s wide
	if !a.pixels(func(i, j int) bool { return fmaPairs(&s, (*vector)(x[i:]), (*vector)(d[j:])) }) {
		return false
	}
	narrow(sum, &s)
	return true
}

// any sets the sum of one term of any numbers.
func (a *gradCall) any(sum *vector, x, d []float32) {
	*sum = vector{}
	a.pixels(func(i, j int) bool {
		x, d := (*vector)(x[i:]), (*vector)(d[j:])
		for l := range sum {
			sum[l] = fma(x[l], d[l], sum[l])
		}
		return true
	})
}

func reduceGeneric(a *reduceCall) {
	for i := range 4 * a.fours {
		a.dst[i] += tree((*vector)(a.acc[i*Images:]))
	}
}

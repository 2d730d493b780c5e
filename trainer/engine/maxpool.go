package engine

import (
	"math"

	"designspace/trainer/engine/kernel"
)

// The max-pool of the ImageNet stem: 3×3, stride 2, padding 1.
const (
	poolKernel = 3
	poolStride = 2
)

// pooled is the origin max-pool(of).
type pooled struct{ of *feature }

func (o pooled) source(n *Net, i, count int, fresh bool) kernel.View {
	f := o.of
	x := kernel.Dense(n.scratch[poolScratch], count, f.size, f.size, f.lanes)
	f.from.values(n, x, i, fresh)
	return x
}

func (o pooled) values(n *Net, dst kernel.View, i int, fresh bool) {
	x := o.source(n, i, dst.N, fresh)
	for im := range dst.N {
		for r := range dst.H {
			for c := range dst.W {
				y := dst.Lanes(im, r, c)
				for j := range y {
					y[j] = x.Data[maxAt(x, im, r, c, j)]
				}
			}
		}
	}
}

// maxAt returns the position in x of the first largest value under the window of
// output pixel (r, c) in lane j.
func maxAt(x kernel.View, im, r, c, j int) int {
	best, at := float32(math.Inf(-1)), x.Offset(im, r*poolStride, c*poolStride)+j
	for h := max(r*poolStride-1, 0); h < min(r*poolStride-1+poolKernel, x.H); h++ {
		for w := max(c*poolStride-1, 0); w < min(c*poolStride-1+poolKernel, x.W); w++ {
			if p := x.Offset(im, h, w) + j; x.Data[p] > best {
				best, at = x.Data[p], p
			}
		}
	}
	return at
}

func (o pooled) reduce(n *Net, dy kernel.View, i int) {
	x := o.source(n, i, dy.N, false)
	dx := o.of.gradient(n, i, dy.N)
	clear(dx.Data[:dx.N*dx.Image])
	for im := range dy.N {
		for r := range dy.H {
			for c := range dy.W {
				for j, d := range dy.Lanes(im, r, c) {
					dx.Data[maxAt(x, im, r, c, j)] += d // x and dx have the same strides
				}
			}
		}
	}
	o.of.from.reduce(n, dx, i)
}

func (o pooled) finish(n *Net) { o.of.from.finish(n) }

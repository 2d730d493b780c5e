package engine

import (
	"math"

	"designspace/trainer/engine/kernel"
)

// poolStride is the stride of max-pools.
const poolStride = 2

// pooled is the origin max-pool(of), with windows of side² pixels, those within
// the map.
type pooled struct {
	of   *feature
	side int
}

// under returns the tile of the map that is pooled.
func (o pooled) under(t tile) tile { return tile{i: t.i, count: t.count, hi: o.of.size} }

func (o pooled) source(n *Net, t tile, fresh bool) kernel.View {
	f := o.of
	x := kernel.Dense(n.scratch[poolScratch], t.count, f.channels, f.size, f.size)
	f.from.values(n, x, o.under(t), fresh)
	return x
}

func (o pooled) values(n *Net, dst kernel.View, t tile, fresh bool) {
	x := o.source(n, t, fresh)
	var at [kernel.Images]int
	for j := range dst.N * dst.C {
		y, plane := dst.Data[j*dst.Channel:], x.Data[j*x.Channel:][:x.Channel]
		for r := range dst.H {
			for c := range dst.W {
				o.largest(&at, plane, x, r, c)
				for l, p := range at {
					y[r*dst.Row+c*kernel.Images+l] = plane[p]
				}
			}
		}
	}
}

// largest sets at to the positions in a plane of x of the first largest values
// under the window of output pixel (r, c), for every image.
func (o pooled) largest(at *[kernel.Images]int, plane []float32, x kernel.View, r, c int) {
	var best [kernel.Images]float32
	for l := range best {
		best[l] = float32(math.Inf(-1))
		at[l] = r*poolStride*x.Row + c*poolStride*kernel.Images + l
	}
	top, left := r*poolStride-(o.side-1)/2, c*poolStride-(o.side-1)/2
	for h := max(top, 0); h < min(top+o.side, x.H); h++ {
		for w := max(left, 0); w < min(left+o.side, x.W); w++ {
			p := h*x.Row + w*kernel.Images
			for l, v := range plane[p : p+kernel.Images] {
				if v > best[l] {
					best[l], at[l] = v, p+l
				}
			}
		}
	}
}

func (o pooled) reduce(n *Net, dy kernel.View, t tile) {
	x := o.source(n, t, false)
	dx := o.of.gradient(n, o.under(t))
	clear(dx.Data[:dx.N*dx.Block])
	var at [kernel.Images]int
	for j := range dy.N * dy.C {
		d, plane, to := dy.Data[j*dy.Channel:], x.Data[j*x.Channel:][:x.Channel], dx.Data[j*dx.Channel:]
		for r := range dy.H {
			for c := range dy.W {
				o.largest(&at, plane, x, r, c)
				for l, p := range at { // x and dx have the same strides
					to[p] += d[r*dy.Row+c*kernel.Images+l]
				}
			}
		}
	}
	o.of.from.reduce(n, dx, o.under(t))
}

func (o pooled) finish(n *Net) { o.of.from.finish(n) }

// whole is true: a tile's windows overlap with those of its neighbours.
func (o pooled) whole() bool { return true }

package engine

import "designspace/trainer/engine/kernel"

// averaged is the origin average-pool(of), with windows of 2×2 and stride 2, of
// which those at the edge have only the pixels within the map. Of is kept.
type averaged struct{ of *feature }

// avgKernel is the side of the windows, and their stride.
const avgKernel = 2

// source returns the map that is averaged, or its gradient.
func (o averaged) source(t tile) tile { return tile{i: t.i, count: t.count, hi: o.of.size} }

// windows calls visit for every window of a plane of x, with the positions of its
// pixels for the first image.
func windows(x kernel.View, size int, visit func(r, c int, at []int)) {
	var at [avgKernel * avgKernel]int
	for r := range size {
		for c := range size {
			pixels := at[:0]
			for h := r * avgKernel; h < min((r+1)*avgKernel, x.H); h++ {
				for w := c * avgKernel; w < min((c+1)*avgKernel, x.W); w++ {
					pixels = append(pixels, h*x.Row+w*kernel.Images)
				}
			}
			visit(r, c, pixels)
		}
	}
}

func (o averaged) values(_ *Net, dst kernel.View, t tile, _ bool) {
	x := o.source(t).of(o.of.z, o.of.channels, o.of.size)
	for j := range dst.N * dst.C {
		y, plane := dst.Data[j*dst.Channel:], x.Data[j*x.Channel:]
		windows(x, dst.H, func(r, c int, at []int) {
			to := y[r*dst.Row+c*kernel.Images:][:kernel.Images]
			clear(to)
			for _, p := range at {
				for l, v := range plane[p : p+kernel.Images] {
					to[l] += v
				}
			}
			scale(to, 1/float32(len(at)))
		})
	}
}

// reduce begins the gradient of what is averaged, to which others add theirs.
func (o averaged) reduce(n *Net, dy kernel.View, t tile) {
	dx := o.of.gradient(n, o.source(t))
	for j := range dy.N * dy.C {
		d, plane := dy.Data[j*dy.Channel:], dx.Data[j*dx.Channel:]
		windows(dx, dy.H, func(r, c int, at []int) {
			for l, v := range d[r*dy.Row+c*kernel.Images:][:kernel.Images] {
				for _, p := range at {
					plane[p+l] = v * (1 / float32(len(at)))
				}
			}
		})
	}
}

func (o averaged) finish(*Net) {}
func (o averaged) whole() bool { return true }

//go:build !purego

package kernel

// conv goes over the output lanes in blocks of a vector or two.
func (v vectors) conv(y, x View, w []float32, c *Conv, add bool) {
	if y.N*y.H*y.W == 0 {
		return
	}
	rows := len(c.Taps) * c.In
	if rows == 0 {
		if !add {
			clearPixels(y)
		}
		return
	}
	slides := c.slides(x)
	var t *table
	for o := 0; o < c.Lanes; {
		lanes := v.block(c, o)
		if t == nil || t.grid.long != v.long(lanes) {
			t = c.table(x, y, v.long(lanes))
		}
		if len(c.work.packed) < rows*lanes {
			c.work.packed = make([]float32, rows*lanes)
		}
		v.pack(&c.work.packed[0], &w[o], rows, 4*c.Lanes, lanes)
		b := convBlock{c: c, t: t, x: &x.Data[o/c.Out*c.In], y: &y.Data[o], w: &c.work.packed[0], lanes: lanes}
		if add {
			b.add = 1
		}
		switch {
		case v.slides(c, lanes, slides):
			v.slidingConv(b, slides, 4*x.Pixel, 4*y.Pixel)
		case v.narrow(c, lanes):
			v.narrowConv(b, t.pixels)
		default:
			v.wideConv(b)
		}
		o += lanes
	}
}

// block returns the number of lanes to do at once from lane o on.
func (v vectors) block(c *Conv, o int) int {
	left := c.Lanes - o
	if c.Out > Lane || c.Out == c.Lanes {
		left = c.Out - o%c.Out // lanes that share their inputs
		if left >= 32 && v.wide {
			return 32
		}
		if left >= 16 {
			return 16
		}
	} else if v.wide && left >= 16 && c.In == c.Out {
		return 16
	}
	return Lane
}

// narrow reports whether a block of lanes spans several groups.
func (v vectors) narrow(c *Conv, lanes int) bool { return c.Out < lanes }

// slides reports whether there are sliding kernels for a block of lanes and n rows
// of n taps.
func (v vectors) slides(c *Conv, lanes, n int) bool {
	switch {
	case v.narrow(c, lanes):
		return n == 3 || n == 5 && c.Out == 1 && lanes == Lane
	default:
		return n == 3 && lanes == Lane && !v.wide
	}
}

// long reports whether a block of lanes is served by kernels for long runs.
func (v vectors) long(lanes int) bool { return v.wide && lanes > Lane }

// convBlock is one block of lanes of a convolution.
type convBlock struct {
	c       *Conv
	t       *table
	x, y, w *float32
	lanes   int
	add     int
}

func (v vectors) pack(dst, src *float32, rows, ld, lanes int) {
	switch {
	case lanes == 32:
		packZ2(dst, src, rows, ld)
	case lanes == 16 && v.wide:
		packZ1(dst, src, rows, ld)
	case lanes == 16:
		packY2(dst, src, rows, ld)
	default:
		packY1(dst, src, rows, ld)
	}
}

func (v vectors) wideConv(b convBlock) {
	p, taps := b.t.pixels, b.c.taps()
	xs, ys, tiles, n, in := &p.x[0], &p.y[0], p.tiles(tile), len(taps), b.c.In
	switch {
	case b.lanes == 32:
		wideZ2(b.x, b.w, b.y, xs, ys, &taps[0], n, in, tiles, b.add)
	case b.lanes == 16 && v.wide:
		wideZ1(b.x, b.w, b.y, xs, ys, &taps[0], n, in, tiles, b.add)
	case b.lanes == 16:
		wideY2(b.x, b.w, b.y, xs, ys, &taps[0], n, in, p.tiles(tile/2), b.add)
	default:
		wideY1(b.x, b.w, b.y, xs, ys, &taps[0], n, in, tiles, b.add)
	}
}

func (v vectors) narrowConv(b convBlock, p offsets) {
	taps := b.c.taps()
	xs, ys, tiles, n := &p.x[0], &p.y[0], p.tiles(tile), len(taps)
	switch wide := b.lanes == 16; {
	case wide && b.c.Out == 1:
		narrowZ1(b.x, b.w, b.y, xs, ys, &taps[0], n, tiles, b.add)
	case wide && b.c.Out == 2:
		narrowZ2(b.x, b.w, b.y, xs, ys, &taps[0], n, tiles, b.add)
	case wide && b.c.Out == 4:
		narrowZ4(b.x, b.w, b.y, xs, ys, &taps[0], n, tiles, b.add)
	case wide:
		narrowZ8(b.x, b.w, b.y, xs, ys, &taps[0], n, tiles, b.add)
	case b.c.Out == 1:
		narrowY1(b.x, b.w, b.y, xs, ys, &taps[0], n, tiles, b.add)
	case b.c.Out == 2:
		narrowY2(b.x, b.w, b.y, xs, ys, &taps[0], n, tiles, b.add)
	default:
		narrowY4(b.x, b.w, b.y, xs, ys, &taps[0], n, tiles, b.add)
	}
}

// slidingConv does the runs of neighbouring pixels by sliding, and the rest tap
// by tap.
func (v vectors) slidingConv(b convBlock, kernel, xpixel, ypixel int) {
	taps := b.c.taps()
	if p := b.t.long; p.count > 0 {
		xs, ys, tiles := &p.x[0], &p.y[0], p.tiles(2)
		switch b.c.Out {
		case 1:
			slidingZ1x8(b.x, b.w, b.y, xs, ys, &taps[0], xpixel, ypixel, tiles, b.add)
		case 2:
			slidingZ2x8(b.x, b.w, b.y, xs, ys, &taps[0], xpixel, ypixel, tiles, b.add)
		case 4:
			slidingZ4x8(b.x, b.w, b.y, xs, ys, &taps[0], xpixel, ypixel, tiles, b.add)
		default:
			slidingZ8x8(b.x, b.w, b.y, xs, ys, &taps[0], xpixel, ypixel, tiles, b.add)
		}
	}
	if p := b.t.runs; p.count > 0 {
		xs, ys := &p.x[0], &p.y[0]
		switch wide := b.lanes == 16; {
		case wide && b.c.Out == 1:
			slidingZ1x4(b.x, b.w, b.y, xs, ys, &taps[0], xpixel, ypixel, p.tiles(2), b.add)
		case wide && b.c.Out == 2:
			slidingZ2x4(b.x, b.w, b.y, xs, ys, &taps[0], xpixel, ypixel, p.tiles(2), b.add)
		case wide && b.c.Out == 4:
			slidingZ4x4(b.x, b.w, b.y, xs, ys, &taps[0], xpixel, ypixel, p.tiles(2), b.add)
		case wide:
			slidingZ8x4(b.x, b.w, b.y, xs, ys, &taps[0], xpixel, ypixel, p.tiles(2), b.add)
		default:
			v.slide(b, kernel, run, p, xpixel, ypixel)
		}
	}
	if p := b.t.rest; p.count > 0 {
		if b.lanes == Lane {
			v.slide(b, kernel, 1, p, xpixel, ypixel)
		} else {
			v.narrowConv(b, p)
		}
	}
}

// slide does runs of 4 pixels or of 1 with 256-bit vectors.
func (v vectors) slide(b convBlock, kernel, run int, p offsets, xpixel, ypixel int) {
	taps, xs, ys := b.c.taps(), &p.x[0], &p.y[0]
	switch one := run == 1; {
	case kernel == 5 && one:
		slidingY1k5x1(b.x, b.w, b.y, xs, ys, &taps[0], xpixel, ypixel, p.tiles(6), b.add)
	case kernel == 5:
		slidingY1k5x4(b.x, b.w, b.y, xs, ys, &taps[0], xpixel, ypixel, p.tiles(2), b.add)
	case b.c.Out == 1 && one:
		slidingY1k3x1(b.x, b.w, b.y, xs, ys, &taps[0], xpixel, ypixel, p.tiles(6), b.add)
	case b.c.Out == 1:
		slidingY1k3x4(b.x, b.w, b.y, xs, ys, &taps[0], xpixel, ypixel, p.tiles(3), b.add)
	case b.c.Out == 2 && one:
		slidingY2k3x1(b.x, b.w, b.y, xs, ys, &taps[0], xpixel, ypixel, p.tiles(6), b.add)
	case b.c.Out == 2:
		slidingY2k3x4(b.x, b.w, b.y, xs, ys, &taps[0], xpixel, ypixel, p.tiles(3), b.add)
	case b.c.Out == 4 && one:
		slidingY4k3x1(b.x, b.w, b.y, xs, ys, &taps[0], xpixel, ypixel, p.tiles(6), b.add)
	case b.c.Out == 4:
		slidingY4k3x4(b.x, b.w, b.y, xs, ys, &taps[0], xpixel, ypixel, p.tiles(3), b.add)
	case one:
		slidingY8k3x1(b.x, b.w, b.y, xs, ys, &taps[0], b.c.In, xpixel, ypixel, p.tiles(6), b.add)
	default:
		slidingY8k3x4(b.x, b.w, b.y, xs, ys, &taps[0], b.c.In, xpixel, ypixel, p.tiles(3), b.add)
	}
}

func clearPixels(y View) {
	for n := range y.N {
		for h := range y.H {
			for w := range y.W {
				clear(y.Lanes(n, h, w))
			}
		}
	}
}

// convGrad goes over the output lanes in blocks of a vector or two.
func (v vectors) convGrad(dw []float32, x, dy View, c *Conv) {
	if dy.N*dy.H*dy.W == 0 || len(c.Taps) == 0 {
		return
	}
	slides := c.slides(x)
	if dy.W < slides-1 {
		slides = 0
	}
	var t *table
	for o := 0; o < c.Lanes; {
		lanes := v.block(c, o)
		if t == nil || t.grid.long != v.long(lanes) {
			t = c.table(x, dy, v.long(lanes))
		}
		g := gradBlock{c: c, t: t, x: x.Data[o/c.Out*c.In:], dy: &dy.Data[o], dw: dw[o:], ld: 4 * c.Lanes, lanes: lanes, pixels: dy.N * dy.H * dy.W}
		switch {
		case v.slides(c, lanes, slides) && (v.narrow(c, lanes) || c.In%slidingInputs == 0):
			v.slidingGrad(g, slides, dy.W, 4*x.Pixel, 4*dy.Pixel)
		case v.narrow(c, lanes):
			v.narrowGrad(g)
		default:
			v.wideGrad(g)
		}
		o += lanes
	}
}

// gradBlock is one block of lanes of a weight gradient.
type gradBlock struct {
	c      *Conv
	t      *table
	x      []float32
	dy     *float32
	dw     []float32
	ld     int // bytes between rows of dw
	lanes  int
	pixels int
}

// wideGradKernel adds the weight gradient of some inputs and lanes that share them.
type wideGradKernel func(x, dy, dw *float32, xs, ys *int32, pixels, ldw int)

// The kernels of 256-bit vectors by the number of inputs: those for two vectors of
// lanes, and those for one.
var (
	wideGradY2 = [...]wideGradKernel{1: wideGradY1x2, wideGradY2x2, wideGradY3x2, wideGradY4x2, wideGradY5x2, wideGradY6x2}
	wideGradY1 = [...]wideGradKernel{1: wideGradY1x1, wideGradY2x1, wideGradY3x1, wideGradY4x1, wideGradY5x1, wideGradY6x1,
		wideGradY7x1, wideGradY8x1, wideGradY9x1, wideGradY10x1, wideGradY11x1, wideGradY12x1}
)

func (v vectors) wideGrad(g gradBlock) {
	p := g.t.pixels
	xs, ys := &p.x[0], &p.y[0]
	for t, tap := range g.c.Taps {
		for i := 0; i < g.c.In; {
			in, kernel := v.wideGradKernel(g.lanes, g.c.In-i)
			kernel(&g.x[tap+i], g.dy, &g.dw[(t*g.c.In+i)*g.c.Lanes], xs, ys, g.pixels, g.ld)
			i += in
		}
	}
}

// wideGradKernel returns the kernel for the next of left inputs, and how many it
// takes.
func (v vectors) wideGradKernel(lanes, left int) (int, wideGradKernel) {
	switch {
	case lanes == 32 && left >= 8:
		return 8, wideGradZ8x2
	case lanes == 32 && left >= 4:
		return 4, wideGradZ4x2
	case lanes == 32:
		return 1, wideGradZ1x2
	case lanes == 16 && v.wide && left >= 8:
		return 8, wideGradZ8x1
	case lanes == 16 && v.wide && left >= 4:
		return 4, wideGradZ4x1
	case lanes == 16 && v.wide:
		return 1, wideGradZ1x1
	case lanes == 16:
		n := share(left, len(wideGradY2)-1)
		return n, wideGradY2[n]
	default:
		n := share(left, len(wideGradY1)-1)
		return n, wideGradY1[n]
	}
}

// share divides n into as few parts of at most most as do, equal up to one, and
// returns the largest.
func share(n, most int) int {
	parts := (n + most - 1) / most
	return (n + parts - 1) / parts
}

func (v vectors) narrowGrad(g gradBlock) {
	taps, p := g.c.taps(), g.t.pixels
	if n, step := g.c.square(); n > 0 && v.squareGrad(g, n, 4*step) {
		return
	}
	for t := 0; t < len(taps); {
		n := 1
		if len(taps)-t >= 3 {
			n = 3
		}
		x, dw, xs, ys := &g.x[0], &g.dw[t*g.c.In*g.c.Lanes], &p.x[0], &p.y[0]
		switch wide, three := g.lanes == 16, n == 3; {
		case wide && three && g.c.Out == 1:
			narrowGradZ1x3(x, g.dy, dw, xs, ys, &taps[t], g.pixels, g.ld)
		case wide && three && g.c.Out == 2:
			narrowGradZ2x3(x, g.dy, dw, xs, ys, &taps[t], g.pixels, g.ld)
		case wide && three && g.c.Out == 4:
			narrowGradZ4x3(x, g.dy, dw, xs, ys, &taps[t], g.pixels, g.ld)
		case wide && three:
			narrowGradZ8x3(x, g.dy, dw, xs, ys, &taps[t], g.pixels, g.ld)
		case wide && g.c.Out == 1:
			narrowGradZ1x1(x, g.dy, dw, xs, ys, &taps[t], g.pixels, g.ld)
		case wide && g.c.Out == 2:
			narrowGradZ2x1(x, g.dy, dw, xs, ys, &taps[t], g.pixels, g.ld)
		case wide && g.c.Out == 4:
			narrowGradZ4x1(x, g.dy, dw, xs, ys, &taps[t], g.pixels, g.ld)
		case wide:
			narrowGradZ8x1(x, g.dy, dw, xs, ys, &taps[t], g.pixels, g.ld)
		case three && g.c.Out == 1:
			narrowGradY1x3(x, g.dy, dw, xs, ys, &taps[t], g.pixels, g.ld)
		case three && g.c.Out == 2:
			narrowGradY2x3(x, g.dy, dw, xs, ys, &taps[t], g.pixels, g.ld)
		case three:
			narrowGradY4x3(x, g.dy, dw, xs, ys, &taps[t], g.pixels, g.ld)
		case g.c.Out == 1:
			narrowGradY1x1(x, g.dy, dw, xs, ys, &taps[t], g.pixels, g.ld)
		case g.c.Out == 2:
			narrowGradY2x1(x, g.dy, dw, xs, ys, &taps[t], g.pixels, g.ld)
		default:
			narrowGradY4x1(x, g.dy, dw, xs, ys, &taps[t], g.pixels, g.ld)
		}
		t += n
	}
}

// squareGrad does a block whose sums for a square of taps, or for rows of it, fit
// into registers, and reports whether they do.
func (v vectors) squareGrad(g gradBlock, kernel, step int) bool {
	taps, p := g.c.taps(), g.t.pixels
	x, dw, xs, ys := &g.x[0], &g.dw[0], &p.x[0], &p.y[0]
	switch wide := g.lanes == 16; {
	case kernel == 5 && !wide && g.c.Out == 1:
		row := func(r int) (dw *float32, list *int64) { return &g.dw[r*kernel*g.c.Lanes], &taps[r*kernel] }
		for _, r := range []int{0, 2} {
			dw, list := row(r)
			rows2x5GradY1(x, g.dy, dw, xs, ys, list, step, g.pixels, g.ld)
		}
		dw, list := row(4)
		rows1x5GradY1(x, g.dy, dw, xs, ys, list, step, g.pixels, g.ld)
	case kernel == 5:
		return false
	case wide && g.c.Out == 1:
		nineGradZ1(x, g.dy, dw, xs, ys, &taps[0], step, g.pixels, g.ld)
	case wide && g.c.Out == 2:
		nineGradZ2(x, g.dy, dw, xs, ys, &taps[0], step, g.pixels, g.ld)
	case g.c.Out == 1:
		nineGradY1(x, g.dy, dw, xs, ys, &taps[0], step, g.pixels, g.ld)
	default:
		return false
	}
	return true
}

// slidingInputs is the number of inputs of which a sliding gradient takes as many at
// once where all lanes share them.
const slidingInputs = 4

// slidingGrad does a block by rows of pixels, of which every input meets as many
// output gradients as a row of the kernel has taps.
func (v vectors) slidingGrad(g gradBlock, kernel, width, xpixel, ypixel int) {
	p, wide, taps := g.t.rows, g.lanes == 16, g.c.Taps
	n := p.count
	xs, ys := &p.x[0], &p.y[0]
	step := 4 * (taps[kernel] - taps[0])
	for r := 0; r < kernel; { // rows of the kernel
		x, dw := g.x[taps[r*kernel]:], g.dw[r*kernel*g.c.In*g.c.Lanes:]
		switch {
		case wide && g.c.Out == 1:
			slidingGradZ1(&x[0], g.dy, &dw[0], xs, ys, n, width, xpixel, ypixel, step, g.ld)
			r += 3
		case wide && g.c.Out == 2:
			slidingGradZ2(&x[0], g.dy, &dw[0], xs, ys, n, width, xpixel, ypixel, step, g.ld)
			r += 3
		case wide && g.c.Out == 4:
			slidingGradZ4(&x[0], g.dy, &dw[0], xs, ys, n, width, xpixel, ypixel, step, g.ld)
			r++
		case wide:
			slidingGradZ8(&x[0], g.dy, &dw[0], xs, ys, n, width, xpixel, ypixel, step, g.ld)
			r++
		case kernel == 5 && r+2 <= kernel:
			slidingGradY1k2x5(&x[0], g.dy, &dw[0], xs, ys, n, width, xpixel, ypixel, step, g.ld)
			r += 2
		case kernel == 5:
			slidingGradY1k1x5(&x[0], g.dy, &dw[0], xs, ys, n, width, xpixel, ypixel, step, g.ld)
			r++
		case g.c.Out == 1:
			slidingGradY1k3x3(&x[0], g.dy, &dw[0], xs, ys, n, width, xpixel, ypixel, step, g.ld)
			r += 3
		case g.c.Out == 2 && r+2 <= kernel:
			slidingGradY2k2x3(&x[0], g.dy, &dw[0], xs, ys, n, width, xpixel, ypixel, step, g.ld)
			r += 2
		case g.c.Out == 2:
			slidingGradY2k1x3(&x[0], g.dy, &dw[0], xs, ys, n, width, xpixel, ypixel, step, g.ld)
			r++
		case g.c.Out == 4:
			slidingGradY4k1x3(&x[0], g.dy, &dw[0], xs, ys, n, width, xpixel, ypixel, step, g.ld)
			r++
		default:
			for i := 0; i < g.c.In; i += slidingInputs {
				slidingGradY8k1x3(&x[i], g.dy, &dw[i*g.c.Lanes], xs, ys, n, width, xpixel, ypixel, step, g.c.In*g.ld, g.ld)
			}
			r++
		}
	}
}

package kernel

import "slices"

// Conv is the geometry of a grouped convolution: each of out outputs of a group is
// a sum of terms, which are the pixels at offsets from the one that corresponds to
// the output's.
//
// The weights of a group are stored tile by tile, a tile being up to six outputs:
// [term][output of the tile]. See [Place].
type Conv struct {
	groups, in, out int
	offsets         []int // in bytes from the group's first channel
	run             int   // how many neighbours the terms come in: 1, 3 or 5
	runs            []int // the first offset of each run
	tiles           []part
}

// part is a tile's first output and their number.
type part struct{ first, width int }

// NewConv returns the geometry for so many groups, of in channels and out outputs
// each. Offsets are in floats.
func NewConv(groups, in, out int, offsets []int) *Conv {
	c := &Conv{groups: groups, in: in, out: out, run: 1}
	for _, at := range offsets {
		c.offsets = append(c.offsets, 4*at)
	}
	for _, run := range []int{3, 5} {
		if adjoin(c.offsets, run) {
			c.run = run
			for i := 0; i < len(c.offsets); i += run {
				c.runs = append(c.runs, c.offsets[i])
			}
		}
	}
	n := tiles(out)
	for t := range n {
		first, width := tileOf(out, t, n)
		c.tiles = append(c.tiles, part{first, width})
	}
	return c
}

// adjoin reports whether the offsets come in runs of n neighbouring pixels.
func adjoin(offsets []int, n int) bool {
	if len(offsets) == 0 || len(offsets)%n > 0 {
		return false
	}
	for i := range offsets {
		if i%n > 0 && offsets[i] != offsets[i-1]+4*Images {
			return false
		}
	}
	return true
}

// Weights returns the number of weights.
func (c *Conv) Weights() int { return c.groups * c.out * len(c.offsets) }

// tiles returns the number of tiles of the given number of outputs.
func tiles(out int) int { return (out + maxOut - 1) / maxOut }

// tileOf returns the first output and the width of tile t of n: the wider come
// first.
func tileOf(out, t, n int) (first, width int) {
	width, wider := out/n, out%n
	if t < wider {
		return t * (width + 1), width + 1
	}
	return t*width + wider, width
}

// Place returns the position of the weight of a term and an output of a group of
// so many outputs and terms.
func Place(out, terms, o, term int) int {
	n := tiles(out)
	width, wider := out/n, out%n
	t := o / (width + 1)
	if t >= wider {
		t = (o - wider) / width
	}
	first, width := tileOf(out, t, n)
	return first*terms + term*width + o - first
}

// chunk is how many bytes of the input a convolution goes over at a time; with the
// weights they stay in the first-level cache.
const chunk = 24 << 10

// Conv computes y = conv(x, w), or y += conv(x, w). The pixels of x adjoin.
func (k *Worker) Conv(y, x View, w []float32, c *Conv, add bool) {
	if len(c.offsets) == 0 {
		if !add {
			zero(y)
		}
		return
	}
	x.H, x.W = y.H, y.W
	flat(&x, &y)
	a := &k.conv
	a.yPixel, a.yChannel = 4*y.Pixel, 4*y.Channel
	a.add = 0
	if add {
		a.add = 1
	}
	terms := len(c.offsets)
	a.normal = k.set.plain && normal(extentOf(w[:c.Weights()]), c.extent(x))
	if c.groups > 1 && k.together(c) && y.H*y.W <= wholePixels {
		t := c.tiles[0]
		a.groups, a.wGroup = c.groups, 4*terms*c.out
		a.xGroup, a.yGroup = 4*(c.in*x.Channel-y.H*x.Row), 4*(c.out*y.Channel-y.H*y.Row)
		for b := range y.N {
			k.convTile(c, w, y.from(b, 0, 0), x.from(b, 0, 0), &y, &x, rectangle{0, 0, y.H, y.W}, t.width)
		}
		return
	}
	pixels := max(chunk/(c.in*4*Images)/8*8, 8)
	rows, cols := max(pixels/y.W, 1), y.W
	if y.H == 1 {
		cols = min(pixels, y.W)
	}
	for b := range y.N {
		for g := range c.groups {
			weights := w[g*c.out*terms:]
			for h := 0; h < y.H; h += rows {
				for col := 0; col < y.W; col += cols {
					part := rectangle{h, col, min(rows, y.H-h), min(cols, y.W-col)}
					for i := 0; i < len(c.tiles); {
						t, same := c.tiles[i], 1
						for i+same < len(c.tiles) && c.tiles[i+same].width == t.width {
							same++
						}
						a.groups, a.wGroup = same, 4*terms*t.width
						a.xGroup, a.yGroup = -4*part.rows*x.Row, 4*(t.width*y.Channel-part.rows*y.Row)
						k.convTile(c, weights[t.first*terms:], y.from(b, g*c.out+t.first, h)[col*y.Pixel:], x.from(b, g*c.in, h)[col*Images:], &y, &x, part, t.width)
						i += same
					}
				}
			}
		}
	}
}

// extent returns the extent of the input's numbers.
func (c *Conv) extent(x View) extent {
	if len(c.offsets) == 0 {
		return extentOf(nil)
	}
	return x.extent(c.groups*c.in, slices.Max(c.offsets)/4-(c.in-1)*x.Channel)
}

// wholePixels is the size of planes up to which all groups are convolved in one
// call.
const wholePixels = 1024

// together reports whether one kernel does all outputs of a group.
func (k *Worker) together(c *Conv) bool {
	return len(c.tiles) == 1 && k.outputs(c.out) == c.out
}

func zero(y View) {
	for b := range y.N {
		for c := range y.C {
			for h := range y.H {
				row := y.from(b, c, h)
				for w := range y.W {
					clear(row[w*y.Pixel:][:Images])
				}
			}
		}
	}
}

type rectangle struct{ h, col, rows, cols int }

// convTile convolves part of a plane to a tile of outputs.
func (k *Worker) convTile(c *Conv, w, yData, xData []float32, y, x *View, part rectangle, width int) {
	a := &k.conv
	a.wStep = 4 * width
	groups := a.groups
	for first := 0; first < width; {
		out := k.outputs(width - first)
		kernels, slides := &k.set.conv[out], &k.set.conv[0]
		if out == width {
			switch c.run {
			case 3:
				slides = &k.set.conv3[out]
			case 5:
				slides = &k.set.conv5[out]
			}
		}
		a.w, a.out = w[first:], out
		for lane := 0; lane < Images; lane += k.set.lanes {
			col := 0
			for tile := 8; col < part.cols; tile /= 2 {
				kernel := slides[tile]
				a.offsets = c.runs
				if kernel == nil && (tile < 8 || slides[4] == nil) {
					kernel = kernels[tile]
					a.offsets = c.offsets
				}
				count := (part.cols - col) / tile
				if kernel == nil || count == 0 {
					continue
				}
				a.x, a.y = xData[col*Images+lane:], yData[first*y.Channel+col*y.Pixel+lane:]
				a.rows, a.tiles, a.tile = part.rows, count, tile
				a.xNext, a.yNext = 4*(x.Row-count*tile*Images), 4*(y.Row-count*tile*y.Pixel)
				a.groups, a.wAt = groups, 0
				kernel(a)
				col += count * tile
			}
		}
		first += out
	}
	a.groups = groups
}

// outputs returns how many of n outputs a kernel takes at once.
func (k *Worker) outputs(n int) int {
	if k.set.conv[n][1] != nil {
		return n
	}
	return (n + 1) / 2
}

// Part returns the geometry of so many of the groups.
func (c *Conv) Part(groups int) Conv {
	p := *c
	p.groups = groups
	return p
}

// gradPixels is over how many pixels a weight gradient is summed in one go: over
// as many as stay in the first-level cache.
func (c *Conv) gradPixels() int {
	if c.in+c.out <= 4 {
		return 256
	}
	return 64
}

// GradBlocks is over how many blocks of maps of the given number of pixels a
// weight gradient is summed in one go, a power of two: a pass that goes over a
// multiple of them at a time gets the same sums as one that goes over all.
func GradBlocks(pixels int) int {
	n := 1
	for 2*n*pixels <= 64 {
		n *= 2
	}
	return n
}

// Grad adds the gradient of the weights to dw. The pixels of x and dy adjoin.
func (k *Worker) Grad(dw []float32, x, dy View, c *Conv) {
	x.H, x.W = dy.H, dy.W
	together := GradBlocks(dy.H * dy.W)
	flat(&x, &dy)
	pixels := c.gradPixels()
	rows, cols := max(pixels/dy.W, 1), dy.W
	if dy.H == 1 {
		cols = min(pixels, dy.W)
	}
	a := &k.grad
	a.normal = k.set.plain && normal(c.extent(x), dy.extent(c.groups*c.out, 0))
	a.dChannel = 4 * dy.Channel
	terms := len(c.offsets)
	groups := 1 // at a time
	if c.run == 3 && terms == 9 && len(c.tiles) == 1 && k.set.grad3[c.out] != nil {
		groups = len(k.sums) / Images / (9 * c.out)
	}
	for b := 0; b < dy.N; b += together {
		blocks := min(together, dy.N-b)
		for h := 0; h < dy.H; h += rows {
			for col := 0; col < dy.W; col += cols {
				part := rectangle{h, col, min(rows, dy.H-h), min(cols, dy.W-col)}
				for g := 0; g < c.groups; g += groups {
					a.groups = min(groups, c.groups-g)
					for _, t := range c.tiles {
						dst := dw[(g*c.out+t.first)*terms:][:t.width*terms*a.groups]
						k.gradTile(c, dst, x.from(b, g*c.in, h)[col*Images:], dy.from(b, g*c.out+t.first, h)[col*Images:], &x, &dy, blocks, part, t.width)
					}
				}
			}
		}
	}
}

// gradTile adds to the gradient of a tile of outputs and all terms.
func (k *Worker) gradTile(c *Conv, dst, xData, dData []float32, x, dy *View, blocks int, part rectangle, width int) {
	a := &k.grad
	a.cols = part.cols
	a.xRow, a.dRow = 4*(x.Row-part.cols*Images), 4*(dy.Row-part.cols*Images)
	a.xBlock, a.dBlock = 4*(x.Block-part.rows*x.Row), 4*(dy.Block-part.rows*dy.Row)
	a.sumStep = 4 * Images * width
	slide := k.set.grad3[width]
	if c.run != 3 || len(c.offsets)%9 > 0 {
		slide = nil
	}
	groups := a.groups
	a.xGroup, a.dGroup = 4*(c.in*x.Channel-blocks*x.Block), 4*(c.out*dy.Channel-blocks*dy.Block)
	limit := len(k.sums) / Images / width
	for t := 0; t < len(c.offsets); {
		n, repeats := 9, 1
		if slide == nil {
			n = k.terms(width, len(c.offsets)-t)
			repeats = min(len(c.offsets)-t, limit) / n
		}
		a.offsets = c.offsets[t:]
		for first := 0; first < width; {
			out := k.outputs(width - first)
			for lane := 0; lane < Images; lane += k.set.lanes {
				a.x, a.d, a.sums = xData[lane:], dData[first*dy.Channel+lane:], k.sums[first*Images+lane:]
				a.blocks, a.rows, a.groups = blocks, part.rows, groups
				a.repeats, a.offset, a.sum, a.sumRepeat = repeats, 0, 0, n*a.sumStep
				a.out, a.terms = out, n
				if slide != nil {
					slide(a)
				} else {
					k.set.grad[out][n](a)
				}
			}
			first += out
		}
		next := t + n*repeats
		k.addSums(dst[t*width:t*width+(next-t)*width*groups], k.sums)
		t = next
	}
}

// terms returns how many of n terms the kernels for a tile take at once.
func (k *Worker) terms(width, n int) int {
	for t := min(n, maxTile); t > 1; t-- {
		if t == 9 && n%9 > 0 || t == 6 && n%6 > 0 {
			continue
		}
		if k.takes(width, t) {
			return t
		}
	}
	return 1
}

func (k *Worker) takes(width, terms int) bool {
	for first := 0; first < width; {
		out := k.outputs(width - first)
		if k.set.grad[out][terms] == nil {
			return false
		}
		first += out
	}
	return true
}

// addSums adds the sums over lanes of accumulators to dst.
func (k *Worker) addSums(dst, acc []float32) {
	fours := len(dst) / 4
	if fours > 0 {
		k.reduce = reduceCall{acc, dst, fours}
		k.set.reduce(&k.reduce)
	}
	for i := 4 * fours; i < len(dst); i++ {
		dst[i] += tree((*[Images]float32)(acc[i*Images:]))
	}
}

// tree adds the lanes of an accumulator.
func tree(v *[Images]float32) float32 {
	var s [8]float32
	for i := range s {
		s[i] = v[i] + v[i+8]
	}
	for n := 4; n > 0; n /= 2 {
		for i := range n {
			s[i] += s[i+n]
		}
	}
	return s[0]
}

// Turn writes to to the weights of one group as the convolution c, of the output's
// gradient, needs them: its terms are the outputs and, for each, taps. From are the
// weights of the group in a convolution with the given number of terms, of which
// square are of one input.
func Turn(to, from []float32, c *Conv, terms, square int, taps []int) {
	for _, t := range c.tiles {
		m := tiles(c.in)
		for u := range m {
			begin, many := tileOf(c.in, u, m)
			for o := range many {
				for _, tap := range taps {
					at := begin*terms + (t.first*square+tap)*many + o
					for j := range t.width {
						to[j] = from[at]
						at += square * many
					}
					to = to[t.width:]
				}
			}
		}
	}
}

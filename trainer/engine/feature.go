package engine

import "designspace/trainer/engine/kernel"

// feature is a map of activations that one pass makes and later passes read. What
// is stored are raw convolution outputs; a feature's values are computed from
// them whenever a tile is read, unless the map is kept.
type feature struct {
	channels int
	size     int // side in pixels
	from     origin

	keep  bool      // whether values are stored in z when first computed
	z     []float32 // blocks × channels × size × size × 16
	ready int       // rows of the tile at work whose values are stored

	slot  int   // index of the shared gradient buffer, or noGradient
	reuse *conv // if set, the gradient overwrites this convolution's raw output instead
}

// noGradient is the slot of a feature whose gradient nobody wants: the image.
const noGradient = -1

// tile is a run of blocks, or some rows of one block.
type tile struct {
	i, count int // blocks
	lo, hi   int // rows of the map that a pass reads
	// A tile of some groups has so many channels from the first; 0: all.
	first, channels int
}

// under returns the tile of the outputs of a convolution with the given stride.
func (t tile) under(stride int) tile {
	t.lo, t.hi = (t.lo+stride-1)/stride, (t.hi+stride-1)/stride
	return t
}

// of returns the view of the tile in a buffer of the batch.
func (t tile) of(batch []float32, channels, size int) kernel.View {
	v := kernel.Dense(batch, t.count, channels, size, size).Blocks(t.i, t.count).Rows(t.lo, t.hi)
	if t.channels > 0 {
		v = v.Channels(t.first, t.channels)
	}
	return v
}

// around returns the tile with pad rows more on either side, within a map of the
// given size.
func (t tile) around(pad, size int) tile {
	t.lo, t.hi = max(t.lo-pad, 0), min(t.hi+pad, size)
	return t
}

// many returns how many channels the tile has, of so many.
func (t tile) many(channels int) int {
	if t.channels == 0 {
		return channels
	}
	return t.channels
}

// part cuts what belongs to the tile out of values of every channel.
func part[V any](t tile, v []V) []V {
	if t.channels == 0 {
		return v
	}
	return v[t.first : t.first+t.channels]
}

// affine cuts the tile's part out of a normalisation.
func (t tile) affine(a kernel.Affine) kernel.Affine {
	return kernel.Affine{Scale: part(t, a.Scale), Shift: part(t, a.Shift), Center: part(t, a.Center)}
}

// origin is what a feature is computed from.
type origin interface {
	// values computes the activations of a tile. fresh marks the first time in a
	// step, when what depends on the batch is not yet known.
	values(n *Net, dst kernel.View, t tile, fresh bool)
	// reduce turns dy, the complete gradient of the tile's activations, into the
	// gradient of the normalisation that the feature comes from, in place, and
	// takes the sums over it that the normalisation's own gradient needs.
	reduce(n *Net, dy kernel.View, t tile)
	// finish ends the reduction when all tiles are done.
	finish(n *Net)
	// whole reports whether tiles must have all rows.
	whole() bool
}

// load makes a tile's activations readable and returns the view of its pixels in
// a buffer with a border of pad pixels: zeros or, within the map, its neighbours.
// The view begins at the corner of the border, where the taps of a convolution
// begin.
func (f *feature) load(n *Net, t tile, b buffer, fresh bool) kernel.View {
	around := t.around(b.pad, f.size)
	if f.keep && fresh {
		if t.lo == 0 {
			f.ready = 0
		}
		if missing := (tile{i: t.i, count: t.count, lo: f.ready, hi: around.hi}); missing.lo < missing.hi {
			f.from.values(n, missing.of(f.z, f.channels, f.size), missing, fresh)
			f.ready = around.hi
		}
	}
	switch {
	case b.sorted:
		return n.loadSorted(f.from.(normed), t, around, b)
	case f.keep && b.pad == 0:
		return t.of(f.z, f.channels, f.size)
	}
	corner, inner := n.padded(loadScratch, t, around, b)
	if f.keep {
		n.k.Copy(inner, around.of(f.z, f.channels, f.size))
	} else {
		f.from.values(n, inner, around, fresh)
	}
	return corner
}

// gradient returns the view of a tile's gradient.
func (f *feature) gradient(n *Net, t tile) kernel.View {
	if f.reuse != nil {
		return t.of(f.reuse.raw, f.channels, f.size)
	}
	return t.of(n.gradients[f.slot], f.channels, f.size)
}

// buffer is the shape of maps in a scratch buffer: rows of the given side, with a
// border of pad pixels around.
type buffer struct {
	count, channels int
	rows, side, pad int
	sorted          bool // whether the columns of a row are sorted into even and odd ones
}

// pitch is the number of pixels of a row.
func (b buffer) pitch() int {
	if b.sorted {
		return 2 * b.half()
	}
	return b.side + 2*b.pad
}

// half is the number of even columns, and the place of the first odd one.
func (b buffer) half() int { return (b.side + 2*b.pad + 1) / 2 }

// view returns the strides of the maps.
func (b buffer) view(data []float32) kernel.View {
	return kernel.Dense(data, b.count, b.channels, b.rows+2*b.pad, b.pitch())
}

// floats is the size of the buffer.
func (b buffer) floats() int { v := b.view(nil); return v.N * v.Block }

// padded views a scratch buffer as maps with a border, which it clears, unless it
// still is. Corner begins at the border's first pixel, inner at the pixels around
// the tile that are within the map.
func (n *Net) padded(scratch int, t, around tile, b buffer) (corner, inner kernel.View) {
	corner = b.view(n.scratch[scratch])
	n.clearBorder(scratch, corner, t, b)
	corner.N, corner.C = t.count, t.many(corner.C)
	inner = corner.Rows(around.lo-(t.lo-b.pad), around.hi-(t.lo-b.pad))
	inner.W = b.side
	inner.Data = inner.Data[b.pad*kernel.Images:]
	corner.H, corner.W = t.hi-t.lo, b.side
	return corner, inner
}

// clearBorder clears the border of maps if another shape was in the buffer before;
// rows outside the map only where tiles at the edge of the map and others take
// turns.
func (n *Net) clearBorder(scratch int, v kernel.View, t tile, b buffer) {
	if b.pad == 0 {
		n.clear[scratch] = b
		return
	}
	if n.clear[scratch] != b {
		n.clear[scratch] = b
		clearSides(v, b)
		clearRows(v, 0, b.pad)
		clearRows(v, b.rows+b.pad, b.rows+2*b.pad)
	}
	if b.rows == b.side {
		return
	}
	if t.lo < b.pad {
		clearRows(v, 0, b.pad-t.lo)
	}
	if over := t.hi + b.pad - b.side; over > 0 {
		end := t.hi - t.lo + 2*b.pad
		clearRows(v, end-over, end)
	}
}

func clearRows(v kernel.View, lo, hi int) {
	for i := range v.N * v.C {
		clear(v.Data[i*v.Channel+lo*v.Row : i*v.Channel+hi*v.Row])
	}
}

// clearSides clears the border at both ends of the rows, or of each half of the
// rows.
func clearSides(v kernel.View, b buffer) {
	width := v.Row
	border := b.pad * kernel.Images
	if b.sorted {
		width = b.half() * kernel.Images
		border = (b.pad/2 + 1) * kernel.Images // and more, which is written afterwards
	}
	for i := range v.N * v.C {
		for row := range v.H * (v.Row / width) {
			at := v.Data[i*v.Channel+row*width:][:width]
			clear(at[:min(border, width)])
			clear(at[max(width-border, 0):])
		}
	}
}

// loadSorted loads the values of a convolution's output for one with stride 2.
func (n *Net) loadSorted(o normed, t, around tile, b buffer) kernel.View {
	corner := b.view(n.scratch[loadScratch])
	n.clearBorder(loadScratch, corner, t, b)
	corner.N, corner.C = t.count, t.many(corner.C)
	inner := corner.Rows(around.lo-(t.lo-b.pad), around.hi-(t.lo-b.pad))
	raw := o.conv.view(around)
	for odd := range 2 {
		first := (odd + b.pad) % 2 // column of the map
		dst, src := inner, raw
		dst.Data = dst.Data[(odd*b.half()+(first+b.pad)/2)*kernel.Images:]
		dst.W = (b.side - first + 1) / 2
		if dst.W == 0 {
			continue
		}
		src.Data = src.Data[first*kernel.Images:]
		src.W, src.Pixel = dst.W, 2*kernel.Images
		n.k.Norm(dst, src, t.affine(o.conv.norm), o.f)
	}
	corner.H, corner.W = t.hi-t.lo, b.side
	return corner
}

// image is the origin of the net's input.
type image struct{}

func (image) values(n *Net, dst kernel.View, t tile, _ bool) {
	first := t.lo * dst.W
	last := t.hi * dst.W
	for b := range dst.N {
		for l := range kernel.Images {
			number := (t.i+b)*kernel.Images + l
			for c := range dst.C {
				to := dst.Data[b*dst.Block+c*dst.Channel:][:(last-first)*kernel.Images]
				if number >= n.count {
					for p := range last - first {
						to[p*kernel.Images+l] = 0
					}
					continue
				}
				from := n.images[(number*dst.W*dst.W+first)*dst.C:][:(last-first)*dst.C]
				for p := range last - first {
					to[p*kernel.Images+l] = from[p*dst.C+c]
				}
			}
		}
	}
}

func (image) reduce(*Net, kernel.View, tile) {}
func (image) finish(*Net)                    {}
func (image) whole() bool                    { return false }

// normed is the origin f(bn(conv)).
type normed struct {
	conv *conv
	f    kernel.Activation
}

func (o normed) values(n *Net, dst kernel.View, t tile, _ bool) {
	n.k.Norm(dst, o.conv.view(t), t.affine(o.conv.norm), o.f)
}

func (o normed) reduce(n *Net, dy kernel.View, t tile) {
	c := o.conv
	n.k.NormBack(dy, c.view(t), t.affine(c.norm), o.f, part(t, c.batchSum), part(t, c.batchDot))
}

func (o normed) finish(n *Net) { o.conv.finishBackward(n.count) }
func (o normed) whole() bool   { return false }

// summed is the origin f(bn(conv) + shortcut): the output of a block. The shortcut
// is a normalised projection or the kept input of the block.
type summed struct {
	conv, project *conv
	identity      *feature
	f             kernel.Activation
	shift         []float32 // of both
}

func (o *summed) shortcut(n *Net, t tile) (r kernel.View, norm kernel.Affine) {
	if o.project != nil {
		return o.project.view(t), o.project.norm
	}
	return t.of(o.identity.z, o.identity.channels, o.identity.size), n.unchanged
}

func (o *summed) values(n *Net, dst kernel.View, t tile, _ bool) {
	c := o.conv
	r, norm := o.shortcut(n, t)
	if t.i == 0 && t.lo == 0 {
		for j := range o.shift {
			o.shift[j] = c.norm.Shift[j] + norm.Shift[j]
		}
	}
	n.k.Add(dst, c.view(t), r, c.norm, norm.Scale, o.shift, o.f)
}

func (o *summed) reduce(n *Net, dy kernel.View, t tile) {
	c := o.conv
	r, norm := o.shortcut(n, t)
	rdot := n.unused
	if o.project != nil {
		rdot = o.project.batchDot
	}
	n.k.AddBack(dy, c.view(t), r, c.norm, norm.Scale, o.shift, norm.Center, o.f, c.batchSum, c.batchDot, rdot)
}

func (o *summed) finish(n *Net) {
	if o.project != nil {
		copy(o.project.batchSum, o.conv.batchSum)
		o.project.finishBackward(n.count)
	}
	o.conv.finishBackward(n.count)
}

func (o *summed) whole() bool { return false }

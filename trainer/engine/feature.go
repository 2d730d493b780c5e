package engine

import "designspace/trainer/engine/kernel"

// feature is a map of activations that one pass makes and later passes read. What
// is stored are raw convolution outputs; a feature's values are computed from
// them whenever a tile is read, unless the map is kept.
type feature struct {
	layout layout
	lanes  int // in memory; layout.lanes() but for the image
	size   int // side in pixels
	from   origin

	keep bool      // whether values are stored in z when first computed
	z    []float32 // batch × size × size × lanes

	slot  int   // index of the shared gradient buffer, or noGradient
	reuse *conv // if set, the gradient overwrites this convolution's raw output instead
}

// noGradient is the slot of a feature whose gradient nobody wants: the image.
const noGradient = -1

// origin is what a feature is computed from. A tile is a run of whole images;
// views have as many images as the tile.
type origin interface {
	// values computes the activations of the tile from image i on. fresh marks
	// the first time in a step, when what depends on the batch is not yet known.
	values(n *Net, dst kernel.View, i int, fresh bool)
	// reduce turns dy, the complete gradient of the tile's activations, into the
	// gradient of the normalisation that the feature comes from, in place, and
	// takes the sums over it that the normalisation's own gradient needs.
	reduce(n *Net, dy kernel.View, i int)
	// finish ends the reduction when all tiles are done.
	finish(n *Net)
}

// load makes a tile's activations readable and returns the view of its pixels in
// a buffer with a border of pad zero pixels. The view begins at the corner of the
// border, where the taps of a convolution begin.
func (f *feature) load(n *Net, i, count, pad int, fresh bool) kernel.View {
	if !f.keep {
		corner, inner := padded(n.scratch[loadScratch], count, f.size, f.lanes, pad)
		f.from.values(n, inner, i, fresh)
		return corner
	}
	z := f.tile(f.z, i, count)
	if fresh {
		f.from.values(n, z, i, fresh)
	}
	if pad == 0 {
		return z
	}
	corner, inner := padded(n.scratch[loadScratch], count, f.size, f.lanes, pad)
	n.k.Copy(inner, z)
	return corner
}

// tile returns the view of count images from i on in a buffer of the batch.
func (f *feature) tile(batch []float32, i, count int) kernel.View {
	image := f.size * f.size * f.lanes
	return kernel.Dense(batch[i*image:], count, f.size, f.size, f.lanes)
}

// gradient returns the view of a tile's gradient.
func (f *feature) gradient(n *Net, i, count int) kernel.View {
	if f.reuse != nil {
		return f.tile(f.reuse.raw, i, count)
	}
	return f.tile(n.gradients[f.slot], i, count)
}

// padded views buf as images with a border of pad pixels, which it clears. Corner
// begins at the border's first pixel, inner at the image's. Pixels are spaced.
func padded(buf []float32, images, size, lanes, pad int) (corner, inner kernel.View) {
	side, pixel := size+2*pad, kernel.Spaced(lanes)
	corner = kernel.View{
		Data: buf, N: images, H: size, W: size, C: lanes,
		Image: side * side * pixel, Row: side * pixel, Pixel: pixel,
	}
	inner = corner
	if pad == 0 {
		return corner, inner
	}
	inner.Data = buf[pad*(corner.Row+pixel):]
	edge := pad*corner.Row + pad*pixel // everything before the first inner pixel
	for i := range images {
		image := buf[i*corner.Image:][:corner.Image]
		clear(image[:edge])
		for row := 1; row < size; row++ {
			at := edge + row*corner.Row
			clear(image[at-2*pad*pixel : at])
		}
		clear(image[len(image)-edge:])
	}
	return corner, inner
}

// image is the origin of the net's input.
type image struct{}

func (image) values(n *Net, dst kernel.View, i int, _ bool) {
	side := dst.H
	n.k.Copy(dst, kernel.Dense(n.images[i*side*side*dst.C:], dst.N, side, side, dst.C))
}

func (image) reduce(*Net, kernel.View, int) {}
func (image) finish(*Net)                   {}

// normed is the origin f(bn(conv)).
type normed struct {
	conv *conv
	f    kernel.Activation
}

func (o normed) values(n *Net, dst kernel.View, i int, _ bool) {
	c := o.conv
	n.k.Norm(dst, c.tile(i, dst.N), c.norm, o.f)
}

func (o normed) reduce(n *Net, dy kernel.View, i int) {
	c := o.conv
	n.k.NormBack(dy, c.tile(i, dy.N), c.norm, o.f, c.tileSum, c.tileDot)
	c.flush()
}

func (o normed) finish(n *Net) { o.conv.finishBackward(n.count) }

// summed is the origin f(bn(conv) + shortcut): the output of a block. The shortcut
// is a normalised projection or the kept input of the block.
type summed struct {
	conv, project *conv
	identity      *feature
	f             kernel.Activation
}

func (o summed) shortcut(n *Net, i, count int) (r kernel.View, norm kernel.Affine) {
	if o.project != nil {
		return o.project.tile(i, count), o.project.norm
	}
	return o.identity.tile(o.identity.z, i, count), n.unchanged
}

func (o summed) values(n *Net, dst kernel.View, i int, _ bool) {
	c := o.conv
	r, norm := o.shortcut(n, i, dst.N)
	n.k.Add(dst, c.tile(i, dst.N), r, c.norm, norm, o.f)
}

func (o summed) reduce(n *Net, dy kernel.View, i int) {
	c := o.conv
	r, norm := o.shortcut(n, i, dy.N)
	rdot := n.unused
	if o.project != nil {
		rdot = o.project.tileDot
	}
	n.k.AddBack(dy, c.tile(i, dy.N), r, c.norm, norm, o.f, c.tileSum, c.tileDot, rdot)
	if o.project != nil {
		copy(o.project.tileSum, c.tileSum)
		o.project.flush()
	}
	c.flush()
}

func (o summed) finish(n *Net) {
	o.conv.finishBackward(n.count)
	if o.project != nil {
		o.project.finishBackward(n.count)
	}
}

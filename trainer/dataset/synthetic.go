package dataset

import (
	"fmt"
	"math/rand/v2"
	"runtime"

	"golang.org/x/sync/errgroup"

	"designspace/internal/seed"
)

// The synthetic images show one large textured figure with a small round mark
// on or near it, before a background of soft colours, some smaller figures of
// any kind and noise. Colours, contrast, position, size, phase and noise are
// random and tell nothing. The class is a conjunction of what the large figure
// is made of (a texture: local), of its outline (a shape: half the image) and of
// the place of the mark (above or below the centre of the figure, wherever that
// is: a relation of two parts):
//
//	class  texture             and
//	0, 1   horizontal stripes  the mark is above, below
//	2, 3   vertical stripes    the mark is above, below
//	4, 5   diagonal stripes    disc or ring, cross or triangle
//	6, 7   checks              disc or triangle, ring or cross
//	8, 9   none                disc or cross, ring or triangle
//
// A model that sees textures alone is wrong half of the time; each further cue
// is worth a few classes, and means something with the right texture alone. No
// class changes when an image is mirrored. A linear model of the pixels is no
// better than chance.
//
// Only integers are used: the images are the same on every machine.
const (
	syntheticClasses = 10
	syntheticTrain   = 10000
	syntheticTest    = 2000
	syntheticMost    = 100000 // of a part, which is 300 MB
)

var synthetic = Set{
	Name: "synthetic", Classes: syntheticClasses, load: loadSynthetic,
	About: "built in: textured figures with a mark",
}

type texture int

const (
	horizontal texture = iota
	vertical
	diagonal
	checks
	plain
	textures // their number
)

type shape int

const (
	disc shape = iota
	ring
	cross
	triangle
	shapes // their number
)

// outlines holds the shapes of the two classes of a texture that are told
// apart by them.
var outlines = map[texture][2][2]shape{
	diagonal: {{disc, ring}, {cross, triangle}},
	checks:   {{disc, triangle}, {ring, cross}},
	plain:    {{disc, cross}, {ring, triangle}},
}

func loadSynthetic(_ string, o Options) (train, test part, err error) {
	n, m := syntheticTrain, syntheticTest
	if o.TrainImages > 0 {
		n = o.TrainImages + o.ValImages
	}
	if o.TestImages > 0 {
		m = o.TestImages
	}
	if most := max(n, m); most > syntheticMost {
		return train, test, fmt.Errorf("%d images asked for: at most %d are made of each part", most, syntheticMost)
	}
	return resident(synthesize("train", n)), resident(synthesize("test", m)), nil
}

// synthesize returns the first n images of a part. Each has a random stream of
// its own, so it is the same whatever n is. The classes take turns.
func synthesize(part string, n int) *Images {
	s := &Images{
		Size: nativeSize, Classes: syntheticClasses,
		Pixels: make([]uint8, n*nativeSize*nativeSize*3),
		Labels: make([]uint8, n),
	}
	const chunk = 256
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for first := 0; first < n; first += chunk {
		g.Go(func() error {
			var c canvas
			for i := first; i < min(first+chunk, n); i++ {
				class := i % syntheticClasses
				c.draw(seed.New("synthetic", part, i), class)
				c.store(s.Image(i))
				s.Labels[i] = uint8(class)
			}
			return nil
		})
	}
	g.Wait()
	return s
}

// between draws from lo to hi, both included.
func between(r *rand.Rand, lo, hi int) int { return lo + r.IntN(hi-lo+1) }

// canvas is an image at work, rows of pixels of three channels.
type canvas [nativeSize][nativeSize]colour

// colour holds three channels, from 0 to 255 when the image is done.
type colour [3]int

func randomColour(r *rand.Rand, lo, hi int) (k colour) {
	for i := range k {
		k[i] = between(r, lo, hi)
	}
	return k
}

func (c *canvas) draw(r *rand.Rand, class int) {
	c.background(r)
	for range 2 {
		f := randomFigure(r, between(r, 20, 60))
		f.x, f.y, f.radius = r.IntN(nativeSize), r.IntN(nativeSize), between(r, 3, 5)
		c.paint(f)
	}

	f := randomFigure(r, between(r, 60, 130))
	f.x, f.y, f.radius = between(r, 9, 22), between(r, 11, 20), between(r, 8, 11)
	f.texture = texture(class / 2)
	x, dy := f.x+between(r, -8, 8), between(r, 6, f.radius+2)
	above := r.IntN(2) == 0
	if o, ok := outlines[f.texture]; ok {
		f.shape = o[class%2][r.IntN(2)]
	} else {
		above = class%2 == 0
	}
	if above {
		dy = -dy
	}
	c.paint(f)
	c.mark(r, x, f.y+dy)
	c.noise(r, between(r, 10, 35))
}

// background fills the canvas with random colours at the corners of 8x8 pixel
// cells, interpolated between them.
func (c *canvas) background(r *rand.Rand) {
	const cells, w = 4, nativeSize / 4
	base := randomColour(r, 70, 185)
	var corners [cells + 1][cells + 1]colour
	for i := range corners {
		for j := range corners[i] {
			light := between(r, -40, 40)
			for k := range base {
				corners[i][j][k] = base[k] + light + between(r, -20, 20)
			}
		}
	}
	for y := range nativeSize {
		for x := range nativeSize {
			i, j, v, u := y/w, x/w, y%w, x%w
			for k := range 3 {
				top := corners[i][j][k]*(w-u) + corners[i][j+1][k]*u
				bottom := corners[i+1][j][k]*(w-u) + corners[i+1][j+1][k]*u
				c[y][x][k] = (top*(w-v) + bottom*v) / (w * w)
			}
		}
	}
}

// figure is a shape filled with a texture.
type figure struct {
	shape
	texture
	x, y, radius int    // centre and extent in pixels
	base         colour // in the middle of the texture's range
	swing        colour // from there to its ends
	frequency    int    // 65536 is one wave a pixel
	phase        int    // 65536 is one wave
	mirrored     bool   // diagonals fall instead of rise
}

// randomFigure draws all but position and size. The contrast is the largest
// swing of a channel.
func randomFigure(r *rand.Rand, contrast int) figure {
	f := figure{
		shape:     shape(r.IntN(int(shapes))),
		texture:   texture(r.IntN(int(textures))),
		base:      randomColour(r, 60, 195),
		frequency: 65536 * 10 / between(r, 50, 90),
		phase:     r.IntN(65536),
		mirrored:  r.IntN(2) == 0,
		swing:     randomColour(r, contrast/2, contrast),
	}
	if r.IntN(2) == 0 {
		for k := range f.swing {
			f.swing[k] = -f.swing[k]
		}
	}
	return f
}

func (c *canvas) paint(f figure) {
	for y := max(f.y-f.radius, 0); y <= min(f.y+f.radius, nativeSize-1); y++ {
		for x := max(f.x-f.radius, 0); x <= min(f.x+f.radius, nativeSize-1); x++ {
			if !f.shape.covers(x-f.x, y-f.y, f.radius) {
				continue
			}
			v := f.value(x-f.x, y-f.y)
			for k := range 3 {
				c[y][x][k] = f.base[k] + f.swing[k]*v/256
			}
		}
	}
}

// covers reports whether the shape of radius r, which is at least |dx| and |dy|,
// covers the point at that distance from its centre.
func (s shape) covers(dx, dy, r int) bool {
	switch d := dx*dx + dy*dy; s {
	case disc:
		return d <= r*r
	case ring:
		return d <= r*r && 3*d >= r*r
	case cross:
		return 3*max(dx, -dx) <= r || 3*max(dy, -dy) <= r
	default: // triangle
		return 2*max(dx, -dx) <= dy+r
	}
}

// value returns the texture at a distance from the centre, from -256 to 256.
func (f *figure) value(dx, dy int) int {
	if f.mirrored {
		dx = -dx
	}
	switch f.texture {
	case horizontal:
		return wave(dy*f.frequency + f.phase)
	case vertical:
		return wave(dx*f.frequency + f.phase)
	case diagonal:
		return wave((dx+dy)*f.frequency*181/256 + f.phase) // 181/256 is √½
	case checks:
		return wave(dx*f.frequency+f.phase) * wave(dy*f.frequency+f.phase) / 256
	default:
		return 256
	}
}

// wave is a sine made of two parabolas, of amplitude 256 and period 65536.
func wave(phase int) int {
	p := phase >> 7 & 511
	if p < 256 {
		return p * (256 - p) / 64
	}
	p -= 256
	return -p * (256 - p) / 64
}

// mark draws the round mark: a dark dot in a light ring, or the reverse.
func (c *canvas) mark(r *rand.Rand, cx, cy int) {
	dot, rim := randomColour(r, 20, 110), randomColour(r, 145, 235)
	if r.IntN(2) == 0 {
		dot, rim = rim, dot
	}
	for y := max(cy-3, 0); y <= min(cy+3, nativeSize-1); y++ {
		for x := max(cx-3, 0); x <= min(cx+3, nativeSize-1); x++ {
			switch d := (x-cx)*(x-cx) + (y-cy)*(y-cy); {
			case d <= 2:
				c[y][x] = dot
			case d <= 10:
				c[y][x] = rim
			}
		}
	}
}

// noise adds to every channel of every pixel a number of up to ±amplitude, of
// triangular distribution.
func (c *canvas) noise(r *rand.Rand, amplitude int) {
	for y := range c {
		for x := range c[y] {
			u := r.Uint64()
			for k := range 3 {
				b := int(u>>(16*k)&255) + int(u>>(16*k+8)&255) - 255
				c[y][x][k] += b * amplitude / 256
			}
		}
	}
}

// store writes the canvas as bytes, clipped to their range.
func (c *canvas) store(dst []uint8) {
	i := 0
	for y := range c {
		for x := range c[y] {
			for _, v := range c[y][x] {
				dst[i] = uint8(min(max(v, 0), 255))
				i++
			}
		}
	}
}

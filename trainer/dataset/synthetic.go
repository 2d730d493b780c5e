package dataset

import (
	"math/rand/v2"
	"runtime"

	"golang.org/x/sync/errgroup"

	"designspace/internal/seed"
)

const (
	syntheticClasses = 10
	syntheticTrain   = 10000
	syntheticTest    = 2000
)

type texture int

const (
	horizontal texture = iota
	vertical
	diagonal
	checks
	plain
	textures
)

type shape int

const (
	disc shape = iota
	ring
	cross
	triangle
	shapes
)

func loadSynthetic(_ string, o Options) (train, test *Images, err error) {
	n := syntheticTrain
	if o.TrainImages > 0 {
		n = o.TrainImages + o.ValImages
	}
	m := syntheticTest
	if o.TestImages > 0 {
		m = o.TestImages
	}
	return generate("train", n), generate("test", m), nil
}

// generate returns the first n images of a part. Each has its own random
// stream, so it is the same whatever n is.
func generate(part string, n int) *Images {
	s := &Images{
		Size: nativeSize, Classes: syntheticClasses,
		Pixels: make([]uint8, n*nativeSize*nativeSize*3),
		Labels: make([]uint8, n),
	}
	const chunk = 256
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for lo := 0; lo < n; lo += chunk {
		g.Go(func() error {
			var c canvas
			for i := lo; i < min(lo+chunk, n); i++ {
				s.Labels[i] = uint8(i % syntheticClasses)
				c.draw(seed.New("synthetic", part, i), i%syntheticClasses)
				c.store(s.Image(i))
			}
			return nil
		})
	}
	g.Wait()
	return s
}

type canvas [nativeSize * nativeSize * 3]int32

type colour [3]int32

// figure is a textured shape.
type figure struct {
	shape   shape
	texture texture
	x, y, r int    // centre and radius in pixels
	base    colour // mean colour
	swing   colour // added times the texture's -256 to 256, over 256
	step    int    // phase a pixel; a period is 65536
	phase   int
	mirror  bool // of diagonals
}

func (c *canvas) draw(r *rand.Rand, class int) {
	c.background(r)
	for range 2 {
		f := randomFigure(r, shape(r.IntN(int(shapes))), texture(r.IntN(int(textures))), int32(20+r.IntN(50)))
		f.x, f.y, f.r = r.IntN(nativeSize), r.IntN(nativeSize), 3+r.IntN(3)
		c.paint(f)
	}
	t, bit := texture(class/2), class%2
	s, below := shape(r.IntN(int(shapes))), r.IntN(2)
	switch t {
	case horizontal, vertical:
		below = bit
	case diagonal, checks:
		s = shape(2*bit + r.IntN(2))
	case plain:
		s = shape(2*r.IntN(2) + bit)
	}
	f := randomFigure(r, s, t, int32(40+r.IntN(90)))
	f.r = 7 + r.IntN(5)
	f.x, f.y = 9+r.IntN(14), 9+r.IntN(14)
	dy := 5 + r.IntN(f.r-3)
	cx, cy := f.x+r.IntN(17)-8, f.y+dy
	if below == 0 {
		cy = f.y - dy
	}
	c.paint(f)
	c.mark(r, cx, cy)
	c.noise(r, int32(10+r.IntN(50)))
}

func randomColour(r *rand.Rand, lo, n int) (k colour) {
	for i := range k {
		k[i] = int32(lo + r.IntN(n))
	}
	return k
}

func randomFigure(r *rand.Rand, s shape, t texture, contrast int32) figure {
	f := figure{shape: s, texture: t, base: randomColour(r, 60, 136)}
	f.step = 65536 * 10 / (50 + r.IntN(40))
	f.phase = r.IntN(65536)
	f.mirror = r.IntN(2) == 0
	sign := int32(2*r.IntN(2) - 1)
	for i := range f.swing {
		f.swing[i] = sign * contrast * int32(128+r.IntN(128)) / 256
	}
	return f
}

func (c *canvas) background(r *rand.Rand) {
	const cells = 4
	var grid [cells + 1][cells + 1]colour
	base := randomColour(r, 70, 116)
	for i := range grid {
		for j := range grid[i] {
			l := int32(r.IntN(81) - 40)
			for k := range base {
				grid[i][j][k] = base[k] + l + int32(r.IntN(41)-20)
			}
		}
	}
	const w = nativeSize / cells
	for y := range nativeSize {
		for x := range nativeSize {
			i, j, v, u := y/w, x/w, int32(y%w), int32(x%w)
			for k := range 3 {
				c[(y*nativeSize+x)*3+k] = ((grid[i][j][k]*(w-u)+grid[i][j+1][k]*u)*(w-v) +
					(grid[i+1][j][k]*(w-u)+grid[i+1][j+1][k]*u)*v) / (w * w)
			}
		}
	}
}

func (c *canvas) paint(f figure) {
	for y := max(f.y-f.r, 0); y <= min(f.y+f.r, nativeSize-1); y++ {
		for x := max(f.x-f.r, 0); x <= min(f.x+f.r, nativeSize-1); x++ {
			dx, dy := x-f.x, y-f.y
			if !f.shape.covers(dx, dy, f.r) {
				continue
			}
			v := f.value(dx, dy)
			for k := range 3 {
				c[(y*nativeSize+x)*3+k] = f.base[k] + f.swing[k]*v/256
			}
		}
	}
}

func (s shape) covers(dx, dy, r int) bool {
	switch s {
	case disc:
		return dx*dx+dy*dy <= r*r
	case ring:
		d := dx*dx + dy*dy
		return d <= r*r && 3*d >= r*r
	case cross:
		return 3*abs(dx) <= r || 3*abs(dy) <= r
	default:
		return 2*abs(dx) <= dy+r
	}
}

func abs(x int) int { return max(x, -x) }

func (f *figure) value(dx, dy int) int32 {
	switch f.texture {
	case horizontal:
		return wave(dy*f.step + f.phase)
	case vertical:
		return wave(dx*f.step + f.phase)
	case diagonal:
		if f.mirror {
			dx = -dx
		}
		return wave((dx+dy)*f.step*181/256 + f.phase)
	case checks:
		return wave(dx*f.step+f.phase) * wave(dy*f.step+f.phase) / 256
	default:
		return 256
	}
}

// wave is a parabolic sine of amplitude 256 and period 65536.
func wave(phase int) int32 {
	p := int32(phase & 0xffff)
	sign := int32(1)
	if p >= 0x8000 {
		p, sign = p-0x8000, -1
	}
	p >>= 7 // 0..255
	return sign * p * (256 - p) / 64
}

func (c *canvas) mark(r *rand.Rand, cx, cy int) {
	a, b := randomColour(r, 20, 100), randomColour(r, 136, 100)
	if r.IntN(2) == 0 {
		a, b = b, a
	}
	for dy := -3; dy <= 3; dy++ {
		for dx := -3; dx <= 3; dx++ {
			x, y := cx+dx, cy+dy
			d := dx*dx + dy*dy
			if d > 10 || x < 0 || x > 31 || y < 0 || y > 31 {
				continue
			}
			k := a
			if d <= 2 {
				k = b
			}
			for i := range 3 {
				c[(y*nativeSize+x)*3+i] = k[i]
			}
		}
	}
}

func (c *canvas) noise(r *rand.Rand, amp int32) {
	for i := 0; i < len(c); i += 4 {
		u := r.Uint64()
		for j := range 4 {
			b := int32(u>>(16*j)&0xff) + int32(u>>(16*j+8)&0xff) - 255
			c[i+j] += b * amp / 256
		}
	}
}

func (c *canvas) store(dst []uint8) {
	for i, v := range c {
		dst[i] = uint8(min(max(v, 0), 255))
	}
}

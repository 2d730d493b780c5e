package kernel

// workspace is what the vector kernels derive from a convolution's geometry.
type workspace struct {
	tables []*table
	taps   []int64   // in bytes
	packed []float32 // the weights of one block of lanes
}

// A sliding kernel takes some runs of this many neighbouring pixels at once, two or
// three; the long ones need the registers of AVX-512.
const (
	run     = 4
	longRun = 8
)

// tile is the largest number of pixels, or of runs, that a kernel takes at once.
// Lists are filled by repeating the last, so that they end in a whole tile of any
// size. A kernel loads all sums of a tile before it stores any, so doing a pixel
// twice in one tile is as good as once; in two tiles it would not be, for sums
// that are added to.
const tile = 8

// tiles returns the number of tiles of n pixels that hold all positions.
func (o *offsets) tiles(n int) int { return (o.count + n - 1) / n }

// table lists positions of the pixels that a convolution goes over, in bytes from
// the first lane of the first pixel.
type table struct {
	grid   grid
	pixels offsets // all pixels
	long   offsets // long runs of neighbours
	runs   offsets // runs of what is left
	rest   offsets // the pixels in no run
	rows   offsets // the first pixels of the rows
}

// grid is what a table depends on.
type grid struct {
	n, h, w int
	x, y    [3]int // image, row and pixel strides
	long    bool   // whether there are long runs
}

// offsets are positions in the input and in the output, of which the first count
// are not repetitions.
type offsets struct {
	x, y  []int32
	count int
}

func (o *offsets) append(x, y int) {
	o.x = append(o.x, int32(4*x))
	o.y = append(o.y, int32(4*y))
	o.count++
}

// fill repeats the last position behind the end.
func (o *offsets) fill() {
	for range tile - 1 {
		if o.count > 0 {
			o.x = append(o.x, o.x[o.count-1])
			o.y = append(o.y, o.y[o.count-1])
		}
	}
}

// table returns the positions of y's pixels in x and y.
func (c *Conv) table(x, y View, long bool) *table {
	g := grid{y.N, y.H, y.W, [3]int{x.Image, x.Row, x.Pixel}, [3]int{y.Image, y.Row, y.Pixel}, long}
	for _, t := range c.work.tables {
		if t.grid == g {
			return t
		}
	}
	t := newTable(g, x, y)
	c.work.tables = append(c.work.tables, t)
	return t
}

func newTable(g grid, x, y View) *table {
	t := &table{grid: g}
	inLong := 0
	if g.long {
		inLong = g.w / longRun * longRun
	}
	inRuns := inLong + (g.w-inLong)/run*run
	for n := range g.n {
		for h := range g.h {
			t.rows.append(x.Offset(n, h, 0), y.Offset(n, h, 0))
			for w := range g.w {
				xo, yo := x.Offset(n, h, w), y.Offset(n, h, w)
				t.pixels.append(xo, yo)
				switch {
				case w >= inRuns:
					t.rest.append(xo, yo)
				case w < inLong && w%longRun == 0:
					t.long.append(xo, yo)
				case w >= inLong && w%run == 0:
					t.runs.append(xo, yo)
				}
			}
		}
	}
	for _, o := range []*offsets{&t.pixels, &t.long, &t.runs, &t.rest} {
		o.fill()
	}
	return t
}

// taps returns the tap offsets in bytes.
func (c *Conv) taps() []int64 {
	if c.work.taps == nil {
		for _, t := range c.Taps {
			c.work.taps = append(c.work.taps, int64(4*t))
		}
	}
	return c.work.taps
}

// square reports whether the taps are three rows of three or five of five, step
// apart in a row, and returns their number and the step, else 0.
func (c *Conv) square() (n, step int) {
	switch len(c.Taps) {
	case 9:
		n = 3
	case 25:
		n = 5
	default:
		return 0, 0
	}
	step = c.Taps[1] - c.Taps[0]
	for i, t := range c.Taps {
		if i%n > 0 && t-c.Taps[i-1] != step {
			return 0, 0
		}
	}
	return n, step
}

// slides returns the number of rows and of taps in a row where taps are as far
// apart as neighbouring pixels of x, and rows equally far from each other, else 0.
func (c *Conv) slides(x View) int {
	n, step := c.square()
	if n == 0 || step != x.Pixel {
		return 0
	}
	for r := 2; r < n; r++ {
		if c.Taps[r*n]-c.Taps[(r-1)*n] != c.Taps[n]-c.Taps[0] {
			return 0
		}
	}
	return n
}

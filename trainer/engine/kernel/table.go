package kernel

// workspace is what the vector kernels derive from a convolution's geometry.
type workspace struct {
	tables []*table
	taps   []int64   // in bytes
	packed []float32 // the weights of one block of lanes
}

// A sliding kernel takes runs of this many neighbouring pixels at once; the long
// ones need the registers of AVX-512.
const (
	run     = 4
	longRun = 8
)

// tile is the number of pixels to whose multiple lists are filled by repeating
// the last. A kernel loads all sums of a tile before it stores any, so doing a
// pixel twice in one tile is as good as once; in two tiles it would not be, for
// sums that are added to.
const tile = 8

// tiles returns the number of tiles of n pixels that hold all positions.
func (o *offsets) tiles(n int) int { return (o.count + n - 1) / n }

// table lists positions of the pixels that a convolution goes over, in bytes from
// the first lane of the first pixel.
type table struct {
	grid   grid
	pixels offsets // all pixels, filled up to a tile
	long   offsets // long runs of neighbours, filled up to an even number
	runs   offsets // runs of what is left, likewise
	rest   offsets // the pixels in no run, filled up to a tile
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

// fill repeats the last position until the number is a multiple of n.
func (o *offsets) fill(n int) {
	for len(o.x)%n != 0 {
		o.x = append(o.x, o.x[o.count-1])
		o.y = append(o.y, o.y[o.count-1])
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
	t.pixels.fill(tile)
	t.rest.fill(tile)
	t.long.fill(2)
	t.runs.fill(2)
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

// square reports whether the taps are three rows of three, step apart in a row,
// and returns the step.
func (c *Conv) square() (step int, ok bool) {
	if len(c.Taps) != 9 {
		return 0, false
	}
	step = c.Taps[1] - c.Taps[0]
	for i := 0; i < len(c.Taps); i += 3 {
		if c.Taps[i+1]-c.Taps[i] != step || c.Taps[i+2]-c.Taps[i+1] != step {
			return 0, false
		}
	}
	return step, true
}

// slides reports whether the taps are three rows of three that are as far apart
// as neighbouring pixels of x, and the rows equally far from each other.
func (c *Conv) slides(x View) bool {
	step, ok := c.square()
	return ok && step == x.Pixel && c.Taps[6]-c.Taps[3] == c.Taps[3]-c.Taps[0]
}

//go:build !purego

package kernel

// sweep is the argument of the elementwise assembly: up to three operands over
// the same pixels, with constants and sums by lane. The generator knows the
// offsets of its fields.
type sweep struct {
	data   [3]*float32 // first lane of the first pixel; moved by the assembly
	pixel  [3]int      // strides in bytes, from pixel to pixel,
	row    [3]int      // from row to row,
	image  [3]int      // and from the end of an image's rows to the next image
	width  int
	height int
	count  int // images; counted down by the assembly
	vector [6]*float32
	sum    [3]*float32
}

// newSweep returns a sweep over operands of the same shape. Pixels, rows and
// images that adjoin in all of them are made one row.
func newSweep(operands ...View) sweep {
	s := sweep{width: operands[0].W, height: operands[0].H, count: operands[0].N}
	rows, images := true, true
	for i, v := range operands {
		s.pixel[i] = 4 * v.Pixel
		s.row[i] = 4 * v.Row
		s.image[i] = 4 * (v.Image - v.H*v.Row)
		rows = rows && v.Row == v.W*v.Pixel
		images = images && v.Image == v.H*v.Row
	}
	if rows {
		s.width, s.height = s.width*s.height, 1
		if images {
			s.width, s.count = s.width*s.count, 1
		}
		for i, v := range operands {
			s.row[i] = 4 * v.H * v.Row
		}
	}
	return s
}

// empty reports whether there is nothing to sweep.
func (s *sweep) empty() bool { return s.width*s.height*s.count == 0 }

func (v vectors) stats(x View, center, sum, square []float32) {
	s := newSweep(x)
	count := s.count
	for c := 0; c < x.C && !s.empty(); {
		s.data[0], s.count = &x.Data[c], count
		s.vector[0] = &center[c]
		s.sum[0], s.sum[1] = &sum[c], &square[c]
		c += statsLanes(v.wide, x.C-c, &s)
		s.count = count
	}
}

func (v vectors) norm(y, x View, a Affine, f Activation) {
	s := newSweep(y, x)
	count := s.count
	for c := 0; c < y.C && !s.empty(); {
		s.data[0], s.data[1] = &y.Data[c], &x.Data[c]
		s.vector[0], s.vector[1] = &a.Scale[c], &a.Shift[c]
		c += normLanes(v.wide, f, y.C-c, &s)
		s.count = count
	}
}

func (v vectors) normBack(dy, x View, a Affine, f Activation, sum, dot []float32) {
	s := newSweep(dy, x)
	count := s.count
	for c := 0; c < dy.C && !s.empty(); {
		s.data[0], s.data[1] = &dy.Data[c], &x.Data[c]
		s.vector[0], s.vector[1], s.vector[2] = &a.Scale[c], &a.Shift[c], &a.Center[c]
		s.sum[0], s.sum[1] = &sum[c], &dot[c]
		c += normBackLanes(v.wide, f, dy.C-c, &s)
		s.count = count
	}
}

func (v vectors) apply(dx, dy, x View, a, b, c []float32) {
	s := newSweep(dx, dy, x)
	count := s.count
	for o := 0; o < dx.C && !s.empty(); {
		s.data[0], s.data[1], s.data[2] = &dx.Data[o], &dy.Data[o], &x.Data[o]
		s.vector[0], s.vector[1], s.vector[2] = &a[o], &b[o], &c[o]
		o += applyLanes(v.wide, dx.C-o, &s)
		s.count = count
	}
}

func (v vectors) add(y, x, r View, a, b Affine, f Activation) {
	s := newSweep(y, x, r)
	count := s.count
	for c := 0; c < y.C && !s.empty(); {
		s.data[0], s.data[1], s.data[2] = &y.Data[c], &x.Data[c], &r.Data[c]
		s.vector[0], s.vector[1], s.vector[2], s.vector[3] = &a.Scale[c], &a.Shift[c], &b.Scale[c], &b.Shift[c]
		c += sumLanes(v.wide, f, y.C-c, &s)
		s.count = count
	}
}

func (v vectors) addBack(dy, x, r View, a, b Affine, f Activation, sum, dot, rdot []float32) {
	s := newSweep(dy, x, r)
	count := s.count
	for c := 0; c < dy.C && !s.empty(); {
		s.data[0], s.data[1], s.data[2] = &dy.Data[c], &x.Data[c], &r.Data[c]
		s.vector = [6]*float32{&a.Scale[c], &a.Shift[c], &b.Scale[c], &b.Shift[c], &a.Center[c], &b.Center[c]}
		s.sum = [3]*float32{&sum[c], &dot[c], &rdot[c]}
		c += sumBackLanes(v.wide, f, dy.C-c, &s)
		s.count = count
	}
}

// at returns the view of image n alone.
func (v View) at(n int) View {
	v.Data = v.Data[n*v.Image:]
	v.N = 1
	return v
}

func (v vectors) pool(sum []float32, x View) {
	s := newSweep(x.at(0))
	for n := 0; n < x.N && !s.empty(); n++ {
		for c := 0; c < x.C; {
			s.data[0], s.count = &x.Data[n*x.Image+c], 1
			s.sum[0] = &sum[n*x.C+c]
			c += poolLanes(v.wide, x.C-c, &s)
		}
		s.count = 1
	}
}

func (v vectors) spread(y View, value []float32) {
	s := newSweep(y.at(0))
	for n := 0; n < y.N && !s.empty(); n++ {
		for c := 0; c < y.C; {
			s.data[0], s.count = &y.Data[n*y.Image+c], 1
			s.vector[0] = &value[n*y.C+c]
			c += spreadLanes(v.wide, y.C-c, &s)
		}
		s.count = 1
	}
}

func (v vectors) gate(y View, gate []float32) {
	s := newSweep(y.at(0))
	for n := 0; n < y.N && !s.empty(); n++ {
		for c := 0; c < y.C; {
			s.data[0], s.count = &y.Data[n*y.Image+c], 1
			s.vector[0] = &gate[n*y.C+c]
			c += gateLanes(v.wide, y.C-c, &s)
		}
		s.count = 1
	}
}

func (v vectors) gateDot(dot []float32, dy, x View, a Affine, f Activation) {
	s := newSweep(dy.at(0), x.at(0))
	for n := 0; n < dy.N && !s.empty(); n++ {
		for c := 0; c < dy.C; {
			s.data[0], s.data[1], s.count = &dy.Data[n*dy.Image+c], &x.Data[n*x.Image+c], 1
			s.vector[0], s.vector[1] = &a.Scale[c], &a.Shift[c]
			s.sum[0] = &dot[n*dy.C+c]
			c += gateDotLanes(v.wide, f, dy.C-c, &s)
		}
		s.count = 1
	}
}

func (v vectors) gateBack(dy View, gate, offset []float32) {
	s := newSweep(dy.at(0))
	for n := 0; n < dy.N && !s.empty(); n++ {
		for c := 0; c < dy.C; {
			s.data[0], s.count = &dy.Data[n*dy.Image+c], 1
			s.vector[0], s.vector[1] = &gate[n*dy.C+c], &offset[n*dy.C+c]
			c += gateBackLanes(v.wide, dy.C-c, &s)
		}
		s.count = 1
	}
}

// flat is the number of parameters that a step of the updating sweeps takes.
const flat = 64

// same returns a constant for every lane of a flat sweep.
func same(v float32) (a [flat]float32) {
	for i := range a {
		a[i] = v
	}
	return a
}

func (v vectors) update(w, g, vel []float32, u Update) {
	n := len(w) / flat * flat
	if n > 0 {
		direct, past := float32(0), float32(1)
		if u.Nesterov {
			direct, past = 1, u.Momentum
		}
		constants := [5][flat]float32{same(u.LR), same(u.Momentum), same(u.WeightDecay), same(direct), same(past)}
		row := Dense(w, 1, 1, n/flat, flat)
		s := newSweep(row, row, row)
		for c := 0; c < flat; {
			s.data, s.count = [3]*float32{&w[c], &g[c], &vel[c]}, 1
			for i := range constants {
				s.vector[i] = &constants[i][c]
			}
			c += updateLanes(v.wide, flat-c, &s)
		}
	}
	update(w[n:], g[n:len(w)], vel[n:len(w)], u)
}

func (v vectors) average(avg, w []float32, decay float32) {
	n := len(avg) / flat * flat
	if n > 0 {
		constants := same(1 - decay)
		row := Dense(avg, 1, 1, n/flat, flat)
		s := newSweep(row, row)
		for c := 0; c < flat; {
			s.data, s.count = [3]*float32{&avg[c], &w[c]}, 1
			s.vector[0] = &constants[c]
			c += averageLanes(v.wide, flat-c, &s)
		}
	}
	average(avg[n:], w[n:], decay)
}

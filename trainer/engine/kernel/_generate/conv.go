package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The convolutions work on tiles of pixels whose positions stand in tables of
// byte offsets, xs for the input and ys for the output, so that any resolution,
// stride and border is the same to them. Weights are packed: w[tap][input][lane].

// pack emits the gathering of one block of lanes from rows of weights.
func pack(s isa) {
	for _, vectors := range []int{2, 1} {
		function(names("pack%s%d", s.name, vectors), "(dst, src *float32, rows, ld int)",
			names("copies %d lanes of every row.", vectors*s.lanes))
		dst, src, rows, ld := arg("dst"), arg("src"), arg("rows"), arg("ld")
		Label("row")
		for j := range vectors {
			VMOVUPS(s.load(at(src, j*s.bytes())), at(dst, j*s.bytes()))
		}
		ADDQ(ld, src)
		add(vectors*s.bytes(), dst)
		DECQ(rows)
		JNZ(LabelRef("row"))
		end()
	}
}

// pointer returns base plus the i-th offset.
func pointer(base, offsets reg.GPVirtual, i int) reg.GPVirtual {
	p := GP64()
	MOVLQSX(at(offsets, 4*i), p)
	ADDQ(base, p)
	return p
}

// pointers returns base plus each of count offsets.
func pointers(base, offsets reg.GPVirtual, count int) []reg.GPVirtual {
	var p []reg.GPVirtual
	for i := range count {
		p = append(p, pointer(base, offsets, i))
	}
	return p
}

// grid returns rows × columns vectors that are zero.
func grid(s isa, rows, columns int) [][]vec {
	acc := make([][]vec, rows)
	for i := range acc {
		for range columns {
			acc[i] = append(acc[i], s.zero())
		}
	}
	return acc
}

// exchange loads the sums of a tile's pixels from the output, or stores them.
func exchange(s isa, acc [][]vec, store bool) {
	y, ys := arg("y"), arg("ys")
	for i, row := range acc {
		p := pointer(y, ys, i)
		for j, v := range row {
			move(v, at(p, j*s.bytes()), store)
		}
	}
}

func move(v vec, m Mem, store bool) {
	if store {
		VMOVUPS(v, m)
	} else {
		VMOVUPS(m, v)
	}
}

// onlyIfAdding emits body for calls that add to the output.
func onlyIfAdding(body func()) {
	CMPQ(slot("add"), Imm(0))
	JE(LabelRef("fresh"))
	body()
	Label("fresh")
}

// nextTile steps to the next tile, whose offsets follow.
func nextTile(offsets int) {
	ADDQ(Imm(uint64(4*offsets)), slot("xs"))
	ADDQ(Imm(uint64(4*offsets)), slot("ys"))
	DECQ(slot("tiles"))
	JNZ(LabelRef("tile"))
	end()
}

// wide emits the convolution to a block of lanes that share their inputs: a
// broadcast of every input, multiplied by a vector or two of weights.
func wide(s isa, vectors int) {
	pixels := 8
	if !s.wide() && vectors > 1 {
		pixels = 4
	}
	function(names("wide%s%d", s.name, vectors),
		"(x, w, y *float32, xs, ys *int32, taps *int64, ntaps, in, tiles, add int)",
		names("convolves tiles of %d pixels to %d lanes that share their inputs.", pixels, vectors*s.lanes))
	Label("tile")
	acc := grid(s, pixels, vectors)
	onlyIfAdding(func() { exchange(s, acc, false) })
	px := pointers(arg("x"), arg("xs"), pixels)
	w, taps, ntaps := arg("w"), arg("taps"), arg("ntaps")
	tap, left := GP64(), GP64()

	step := func(u int) {
		var wv []vec
		for j := range vectors {
			wv = append(wv, s.load(at(w, (u*vectors+j)*s.bytes())))
		}
		for i, p := range px {
			m := indexed(p, tap, 4*u)
			if s.wide() && vectors == 1 {
				VFMADD231PS_BCST(m, wv[0], acc[i][0])
				continue
			}
			v := s.splat(m)
			for j := range vectors {
				VFMADD231PS(v, wv[j], acc[i][j])
			}
		}
	}
	advance := func(inputs int) {
		add(4*inputs, tap)
		add(inputs*vectors*s.bytes(), w)
	}
	Label("tap")
	MOVQ(at(taps, 0), tap)
	add(8, taps)
	Load(Param("in"), left)
	SUBQ(Imm(4), left)
	JL(LabelRef("few"))
	Label("four")
	for u := range 4 {
		step(u)
	}
	advance(4)
	SUBQ(Imm(4), left)
	JGE(LabelRef("four"))
	Label("few")
	ADDQ(Imm(4), left)
	JZ(LabelRef("done"))
	Label("one")
	step(0)
	advance(1)
	DECQ(left)
	JNZ(LabelRef("one"))
	Label("done")
	DECQ(ntaps)
	JNZ(LabelRef("tap"))

	exchange(s, acc, true)
	nextTile(pixels)
}

// wideGrad emits the weight gradient of one tap, in inputs and a block of lanes
// that share them. The sums stay in registers over all pixels.
func wideGrad(s isa, in, vectors int) {
	function(names("wideGrad%s%dx%d", s.name, in, vectors),
		"(x, dy, dw *float32, xs, ys *int32, pixels, ldw int)",
		names("adds the weight gradient of %d inputs and %d lanes that share them.", in, vectors*s.lanes))
	acc := grid(s, in, vectors)
	rows(acc, false, s)
	x, dy := arg("x"), arg("dy")
	eachPixel(s, func(xo, yo reg.GPVirtual) {
		var d []vec
		for j := range vectors {
			d = append(d, s.load(indexed(dy, yo, j*s.bytes())))
		}
		for i := range in {
			m := indexed(x, xo, 4*i)
			if s.wide() && vectors == 1 {
				VFMADD231PS_BCST(m, d[0], acc[i][0])
				continue
			}
			v := s.splat(m)
			for j := range vectors {
				VFMADD231PS(v, d[j], acc[i][j])
			}
		}
	})
	rows(acc, true, s)
	end()
}

// eachPixel emits a loop over the offsets of pixels in the input and the output.
func eachPixel(s isa, body func(xo, yo reg.GPVirtual)) {
	xs, ys, pixels := arg("xs"), arg("ys"), arg("pixels")
	xo, yo := GP64(), GP64()
	if s.wide() {
		Label("pixel")
		MOVLQSX(at(xs, 0), xo)
		MOVLQSX(at(ys, 0), yo)
		add(4, xs)
		add(4, ys)
		body(xo, yo)
		DECQ(pixels)
		JNZ(LabelRef("pixel"))
		return
	}
	// One index counts up to zero: 256-bit loops have no instruction to spare.
	LEAQ(Mem{Base: xs, Index: pixels, Scale: 4}, xs)
	LEAQ(Mem{Base: ys, Index: pixels, Scale: 4}, ys)
	NEGQ(pixels)
	Label("pixel")
	MOVLQSX(Mem{Base: xs, Index: pixels, Scale: 4}, xo)
	MOVLQSX(Mem{Base: ys, Index: pixels, Scale: 4}, yo)
	body(xo, yo)
	INCQ(pixels)
	JNZ(LabelRef("pixel"))
}

// rows loads sums from the rows of dw, or stores them.
func rows(acc [][]vec, store bool, s isa) {
	p, ld := arg("dw"), arg("ldw")
	for _, row := range acc {
		for j, v := range row {
			move(v, at(p, j*s.bytes()), store)
		}
		ADDQ(ld, p)
	}
}

// spread returns the function that splats lane i of every group of g lanes of v.
func spread(s isa, g int, v vec) func(i int) vec {
	lo, hi := v, v
	if g == 8 {
		lo, hi = s.vec(), s.vec()
		VSHUFF32X4(U8(0xA0), v, v, lo)
		VSHUFF32X4(U8(0xF5), v, v, hi)
	}
	return func(i int) vec {
		t := s.vec()
		switch {
		case g == 1:
			return v
		case g == 2:
			VPERMILPS(U8([]uint8{0xA0, 0xF5}[i]), v, t)
		case i < 4:
			VPERMILPS(U8(i*0x55), lo, t)
		default:
			VPERMILPS(U8((i-4)*0x55), hi, t)
		}
		return t
	}
}

// operands returns what spread does of a vector in memory, or that place where it
// needs no spreading and loads for their own sake would cost.
func operands(s isa, g int, m Mem) func(i int) Op {
	if g == 1 && !s.wide() {
		return func(int) Op { return m }
	}
	splat := spread(s, g, s.load(m))
	return func(i int) Op { return splat(i) }
}

// spreads is the number of registers that spread holds besides its results.
func spreads(g int) int {
	if g == 8 {
		return 3
	}
	return 1
}

// narrow emits the convolution of a vector of lanes in groups of g, tap by tap.
func narrow(s isa, g int) {
	const pixels = 8
	function(names("narrow%s%d", s.name, g),
		"(x, w, y *float32, xs, ys *int32, taps *int64, ntaps, tiles, add int)",
		names("convolves tiles of %d pixels of %d lanes in groups of %d.", pixels, s.lanes, g))
	Label("tile")
	acc := grid(s, pixels, 1)
	onlyIfAdding(func() { exchange(s, acc, false) })
	px := pointers(arg("x"), arg("xs"), pixels)
	w, taps, ntaps := arg("w"), arg("taps"), arg("ntaps")
	tap := GP64()
	Label("tap")
	MOVQ(at(taps, 0), tap)
	add(8, taps)
	var wv []vec
	for i := range g {
		wv = append(wv, s.load(at(w, i*s.bytes())))
	}
	for p, base := range px {
		splat := operands(s, g, indexed(base, tap, 0))
		for i := range g {
			VFMADD231PS(splat(i), wv[i], acc[p][0])
		}
	}
	add(g*s.bytes(), w)
	DECQ(ntaps)
	JNZ(LabelRef("tap"))
	exchange(s, acc, true)
	nextTile(pixels)
}

// sliding emits the convolution of a vector of lanes in groups of g with kernels
// of three rows of three taps whose pixels adjoin: every input is loaded and
// spread once a row and serves three outputs. A tile is two runs of neighbouring
// pixels: two, so that there are enough independent sums.
func sliding(s isa, g, run int) {
	const kernelRows = 3
	function(names("sliding%s%dx%d", s.name, g, run),
		"(x, w, y *float32, xs, ys *int32, taps *int64, xpixel, ypixel, tiles, add int)",
		names("convolves tiles of two runs of %d pixels of %d lanes in groups of %d by three rows of three taps.", run, s.lanes, g))
	w, taps, xpixel := arg("w"), arg("taps"), arg("xpixel")
	// Weights stay in registers over all tiles if there is room for them, else
	// over a row.
	free := s.regs - 2*run - 2*spreads(g) - 2
	resident := free >= 9*g
	var wv [kernelRows][3][]Op
	weights := func(r int) {
		left := free
		for k := range wv[r] {
			for i := range g {
				var m Op = at(w, ((3*r+k)*g+i)*s.bytes())
				if left > 0 {
					left--
					m = s.load(m)
				}
				wv[r][k] = append(wv[r][k], m)
			}
		}
	}
	if resident {
		for r := range kernelRows {
			weights(r)
		}
	}
	Label("tile")
	acc := grid(s, 2, run)
	onlyIfAdding(func() { exchangeRuns(acc, false) })
	base := pointers(arg("x"), arg("xs"), 2)
	for r := range kernelRows {
		if !resident {
			weights(r)
		}
		tap := GP64()
		MOVQ(at(taps, 3*8*r), tap)
		var cur []reg.GPVirtual
		for _, b := range base {
			q := GP64()
			LEAQ(indexed(b, tap, 0), q)
			cur = append(cur, q)
		}
		for c := range run + 2 {
			var splat [2]func(int) vec
			for j, p := range cur {
				splat[j] = spread(s, g, s.load(at(p, 0)))
				ADDQ(xpixel, p)
			}
			for i := range g {
				for j := range splat {
					v := splat[j](i)
					for k := range 3 {
						if q := c - k; 0 <= q && q < run {
							VFMADD231PS(wv[r][k][i], v, acc[j][q])
						}
					}
				}
			}
		}
	}
	exchangeRuns(acc, true)
	nextTile(2)
}

// slide emits for 256-bit vectors what sliding does for 512-bit ones, for kernels
// of 3 × 3 or 5 × 5. With fewer registers weights do not stay, and inputs are read
// anew for every lane of the group, already spread, so that a tile can be more
// runs. Lanes in groups of a whole vector may have any number of inputs. All
// lengths of runs sum in the same order.
func slide(s isa, g, run, runs, kernel int) {
	shared := g == s.lanes
	in, groups := "", names("in groups of %d", g)
	if shared {
		in, groups = "in, ", "that share their inputs"
	}
	function(names("sliding%s%dk%dx%d", s.name, g, kernel, run),
		"(x, w, y *float32, xs, ys *int32, taps *int64, "+in+"xpixel, ypixel, tiles, add int)",
		names("convolves tiles of %d runs of %d pixels of %d lanes %s by %d rows of %d taps.", runs, run, s.lanes, groups, kernel, kernel))
	columns := multiples(arg("xpixel"), run+kernel-1)
	Label("tile")
	acc := grid(s, runs, run)
	onlyIfAdding(func() { exchangeRuns(acc, false) })
	cur := pointers(arg("x"), arg("xs"), runs)
	w, taps, move := arg("w"), arg("taps"), GP64()
	one := func(weight func(k, i int) Mem, i int) {
		var wv []Op
		for k := range kernel {
			var m Op = weight(k, i)
			if runs*run+k+1 < s.regs {
				m = s.load(m)
			}
			wv = append(wv, m)
		}
		for c := range run + kernel - 1 {
			for j, p := range cur {
				v := s.fetch(columns(p, c), g, i)
				for k := range kernel {
					if q := c - k; 0 <= q && q < run {
						VFMADD231PS(wv[k], v, acc[j][q])
					}
				}
			}
		}
	}
	for r := range kernel {
		MOVQ(at(taps, 8*kernel*r), move)
		if r > 0 {
			SUBQ(at(taps, 8*kernel*(r-1)), move)
		}
		for _, p := range cur {
			ADDQ(move, p)
		}
		if !shared {
			for i := range g {
				one(func(k, i int) Mem { return at(w, ((kernel*r+k)*g+i)*s.bytes()) }, i)
			}
			continue
		}
		left, tap := GP64(), GP64()
		Load(Param("in"), left)
		MOVQ(left, tap)
		SHLQ(Imm(5), tap)
		weights := multiples(tap, kernel)
		loop := names("row%d", r)
		Label(loop)
		one(func(k, _ int) Mem { return weights(w, k) }, 0)
		add(s.bytes(), w)
		for _, p := range cur {
			add(4, p)
		}
		DECQ(left)
		JNZ(LabelRef(loop))
		if r < kernel-1 {
			for range kernel - 1 {
				ADDQ(tap, w)
			}
			SHRQ(Imm(3), tap) // bytes of inputs
			for _, p := range cur {
				SUBQ(tap, p)
			}
		}
	}
	exchangeRuns(acc, true)
	nextTile(runs)
}

// multiples returns the function that adds c < n times step to an address. It
// keeps what factors of an index cannot express in registers.
func multiples(step reg.GPVirtual, n int) func(p reg.GPVirtual, c int) Mem {
	odd := map[int]reg.GPVirtual{1: step}
	for m := 3; m < n; m += 2 {
		odd[m] = GP64()
		LEAQ(Mem{Base: odd[m-2], Index: step, Scale: 2}, odd[m])
	}
	return func(p reg.GPVirtual, c int) Mem {
		if c == 0 {
			return at(p, 0)
		}
		scale := uint8(1)
		for ; c%2 == 0; c /= 2 {
			scale *= 2
		}
		return Mem{Base: p, Index: odd[c], Scale: scale}
	}
}

// exchangeRuns loads the sums of runs of neighbouring pixels from the output, or
// stores them.
func exchangeRuns(acc [][]vec, store bool) {
	y, ys, ypixel := arg("y"), arg("ys"), arg("ypixel")
	for r, p := range pointers(y, ys, len(acc)) {
		for i, v := range acc[r] {
			move(v, at(p, 0), store)
			if i < len(acc[r])-1 {
				ADDQ(ypixel, p)
			}
		}
	}
}

// fetch reads input i of the groups of g lanes, for each of their lanes.
func (s isa) fetch(m Mem, g, i int) vec {
	switch g {
	case 1:
		return s.load(m)
	case 2, 4:
		v := s.vec()
		VPERMILPS(U8([][]uint8{2: {0xA0, 0xF5}, 4: {0x00, 0x55, 0xAA, 0xFF}}[g][i]), m, v)
		return v
	}
	m.Disp += 4 * i
	return s.splat(m)
}

// narrowGrad emits the weight gradient of a vector of lanes in groups of g, for
// one tap or three.
func narrowGrad(s isa, g, taps int) {
	function(names("narrowGrad%s%dx%d", s.name, g, taps),
		"(x, dy, dw *float32, xs, ys *int32, taps *int64, pixels, ldw int)",
		names("adds the weight gradient of %d taps for %d lanes in groups of %d.", taps, s.lanes, g))
	acc := grid(s, taps*g, 1)
	rows(acc, false, s)
	x, dy, xs, ys, pixels, list := arg("x"), arg("dy"), arg("xs"), arg("ys"), arg("pixels"), arg("taps")
	var base []reg.GPVirtual
	for k := range taps {
		p := GP64()
		MOVQ(at(list, 8*k), p)
		ADDQ(x, p)
		base = append(base, p)
	}
	xo, yo := GP64(), GP64()
	Label("pixel")
	MOVLQSX(at(xs, 0), xo)
	MOVLQSX(at(ys, 0), yo)
	add(4, xs)
	add(4, ys)
	d := s.load(indexed(dy, yo, 0))
	for k, p := range base {
		splat := spread(s, g, s.load(indexed(p, xo, 0)))
		for i := range g {
			VFMADD231PS(splat(i), d, acc[k*g+i][0])
		}
	}
	DECQ(pixels)
	JNZ(LabelRef("pixel"))
	rows(acc, true, s)
	end()
}

// squareGrad emits the weight gradient of a vector of lanes in groups of g for some
// rows of as many taps as kernel says, step apart in a row: the sums of all of
// them stay in registers.
func squareGrad(s isa, g, kernel, kernelRows int) {
	name, taps := "nineGrad", "nine"
	if kernelRows*kernel != 9 {
		name, taps = names("rows%dx%dGrad", kernelRows, kernel), names("%d rows of %d", kernelRows, kernel)
	}
	function(names("%s%s%d", name, s.name, g),
		"(x, dy, dw *float32, xs, ys *int32, taps *int64, step, pixels, ldw int)",
		names("adds the weight gradient of %s taps for %d lanes in groups of %d.", taps, s.lanes, g))
	acc := grid(s, kernelRows*kernel*g, 1)
	rows(acc, false, s)
	x, dy, xs, ys, step, pixels, list := arg("x"), arg("dy"), arg("xs"), arg("ys"), arg("step"), arg("pixels"), arg("taps")
	var base []reg.GPVirtual
	for r := range kernelRows {
		p := GP64()
		MOVQ(at(list, kernel*8*r), p)
		ADDQ(x, p)
		base = append(base, p)
	}
	along := multiples(step, kernel)
	xo, yo := GP64(), GP64()
	Label("pixel")
	MOVLQSX(at(xs, 0), xo)
	MOVLQSX(at(ys, 0), yo)
	add(4, xs)
	add(4, ys)
	d := s.load(indexed(dy, yo, 0))
	for r, p := range base {
		q := GP64()
		LEAQ(indexed(p, xo, 0), q)
		for k := range kernel {
			splat := operands(s, g, along(q, k))
			for i := range g {
				VFMADD231PS(splat(i), d, acc[(kernel*r+k)*g+i][0])
			}
		}
	}
	DECQ(pixels)
	JNZ(LabelRef("pixel"))
	rows(acc, true, s)
	end()
}

// slidingGrad emits the weight gradient of a vector of lanes in groups of g for
// kernel rows of as many taps as kernel says, whose pixels adjoin: every input is
// read and spread once a row of pixels and meets as many output gradients. Of
// lanes in groups of a whole vector it takes four inputs. With few sums the
// columns of pixels are summed by turns.
func slidingGrad(s isa, g, kernel, kernelRows int) {
	shared := g == s.lanes
	name, in, inputs, tap := names("slidingGrad%s%d", s.name, g), g, names("in groups of %d", g), ""
	if shared {
		in, inputs, tap = 4, "and 4 inputs that they share", "ldtap, "
	}
	if !s.wide() {
		name += names("k%dx%d", kernelRows, kernel)
	}
	function(name, "(x, dy, dw *float32, xs, ys *int32, nrows, width, xpixel, ypixel, xkernel, "+tap+"ldw int)",
		names("adds the weight gradient of %d kernel rows of %s taps for %d lanes %s; xs and ys are offsets of rows of width > %d pixels.",
			kernelRows, map[int]string{3: "three", 5: "five"}[kernel], s.lanes, inputs, kernel-2))
	var acc, turn [][]vec
	acc = grid(s, kernelRows*kernel*in, 1)
	exchange := func(store bool) {
		if shared {
			tapRows(acc, in, store, s)
		} else {
			rows(acc, store, s)
		}
	}
	exchange(false)
	if !s.wide() && 2*len(acc) <= 12 {
		turn = grid(s, len(acc), 1)
	}
	x, dy, xs, ys := arg("x"), arg("dy"), arg("xs"), arg("ys")
	xpixel, ypixel, xkernel, back := arg("xpixel"), arg("ypixel"), arg("xkernel"), GP64()
	MOVQ(ypixel, back)
	NEGQ(back)
	before := multiples(back, kernel)
	left := GP64()
	Label("row")
	xp, yp := pointer(x, xs, 0), pointer(dy, ys, 0)
	add(4, xs)
	add(4, ys)

	inMemory := s.wide() && len(acc)+kernel+1+spreads(g) > s.regs
	column := func(acc [][]vec, first, last int) {
		d := make([]Op, kernel)
		for k := first; k <= last; k++ {
			d[k] = before(yp, k)
			if !inMemory {
				d[k] = s.load(d[k])
			}
		}
		for r := range kernelRows {
			m := at(xp, 0)
			if r > 0 {
				m = Mem{Base: xp, Index: xkernel, Scale: uint8(r)}
			}
			splat := func(i int) vec { return s.fetch(m, g, i) }
			if s.wide() {
				splat = spread(s, g, s.load(m))
			}
			for i := range in {
				v := splat(i)
				for k := first; k <= last; k++ {
					VFMADD231PS(d[k], v, acc[(r*kernel+k)*in+i][0])
				}
			}
		}
		ADDQ(xpixel, xp)
		ADDQ(ypixel, yp)
	}
	most := kernel - 1
	for last := range most {
		column(acc, 0, last)
	}
	Load(Param("width"), left)
	SUBQ(Imm(uint64(most)), left)
	JZ(LabelRef("edge"))
	if turn != nil {
		TESTQ(U32(1), left)
		JZ(LabelRef("pixel"))
		column(acc, 0, most)
		DECQ(left)
		JZ(LabelRef("edge"))
	}
	Label("pixel")
	column(acc, 0, most)
	if turn != nil {
		column(turn, 0, most)
		SUBQ(Imm(2), left)
	} else {
		DECQ(left)
	}
	JNZ(LabelRef("pixel"))
	Label("edge")
	for first := range most {
		column(acc, first+1, most)
	}
	DECQ(slot("nrows"))
	JNZ(LabelRef("row"))
	for i := range turn {
		VADDPS(turn[i][0], acc[i][0], acc[i][0])
	}
	exchange(true)
	end()
}

// tapRows loads sums for in inputs a tap from the rows of dw, or stores them.
func tapRows(acc [][]vec, in int, store bool, s isa) {
	p, ld, tap := arg("dw"), arg("ldw"), arg("ldtap")
	q := GP64()
	for i, row := range acc {
		if i%in == 0 {
			MOVQ(p, q)
			ADDQ(tap, p)
		}
		move(row[0], at(q, 0), store)
		ADDQ(ld, q)
	}
}

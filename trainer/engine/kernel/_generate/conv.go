package main

import "fmt"

// The fields of convCall and gradCall in bytes.
const (
	convX, convW, convY           = 0, 24, 48
	convOffsets, convTerms        = 72, 80
	convWStep                     = 96
	convRows, convTiles, convNext = 104, 112, 120
	convYCol, convYChan, convYEnd = 128, 136, 144
	convAdd                       = 152
	convGroups, convXGroup        = 160, 168
	convYGroup, convWGroup        = 176, 184
	convWAt, convLeft             = 192, 200

	gradX, gradD, gradSums           = 0, 24, 48
	gradOffsets                      = 72
	gradBlocks, gradRows             = 96, 104
	gradCols, gradDChan              = 112, 120
	gradXRow, gradDRow               = 128, 136
	gradXBlock, gradDBlock           = 144, 152
	gradLeft, gradStep               = 160, 168
	gradGroups, gradXGroup           = 176, 184
	gradDGroup, gradRepeats          = 192, 200
	gradOffset, gradSum, gradSumStep = 208, 216, 224
	gradBlocksLeft                   = 232
	pixel                            = 64 // bytes: a float of each of 16 images
)

// A tile is a number of outputs and of pixels, or of terms.
type tile struct{ out, n int }

// convTiles lists the tiles whose sums stay in registers.
func convTilesOf(m machine) []tile {
	switch m.lanes() {
	case 8:
		return []tile{{3, 4}, {3, 2}, {3, 1}, {2, 4}, {2, 2}, {2, 1}, {1, 8}, {1, 4}, {1, 2}, {1, 1}}
	}
	return []tile{
		{6, 4}, {6, 2}, {6, 1}, {5, 4}, {5, 2}, {5, 1}, {4, 4}, {4, 2}, {4, 1},
		{3, 8}, {3, 4}, {3, 2}, {3, 1}, {2, 8}, {2, 4}, {2, 2}, {2, 1}, {1, 8}, {1, 4}, {1, 2}, {1, 1},
	}
}

func gradTilesOf(m machine) []tile {
	switch m.lanes() {
	case 8:
		return []tile{{3, 4}, {3, 2}, {3, 1}, {2, 6}, {2, 4}, {2, 2}, {2, 1}, {1, 9}, {1, 8}, {1, 4}, {1, 2}, {1, 1}}
	}
	return []tile{
		{6, 4}, {6, 2}, {6, 1}, {5, 4}, {5, 2}, {5, 1}, {4, 4}, {4, 2}, {4, 1},
		{3, 9}, {3, 8}, {3, 4}, {3, 2}, {3, 1}, {2, 9}, {2, 8}, {2, 4}, {2, 2}, {2, 1}, {1, 9}, {1, 8}, {1, 4}, {1, 2}, {1, 1},
	}
}

func names(format string, args ...any) string { return fmt.Sprintf(format, args...) }

// channels returns the places of the same pixel in neighbouring channels; c3 and
// c5 are registers for 3 and 5 strides, for those who have more than 3 and 5.
func channels(base, stride string, n int) []mem {
	all := []mem{
		{base: base}, {base: base, index: stride, scale: 1}, {base: base, index: stride, scale: 2},
		{base: base, index: "c3", scale: 1}, {base: base, index: stride, scale: 4}, {base: base, index: "c5", scale: 1},
	}
	return all[:n]
}

// multiples sets c3 and c5.
func multiples(m machine, stride string, n int) {
	if n > 3 {
		m.triple("c3", stride)
	}
	if n > 5 {
		m.move("c5", "c3")
		m.add("c5", stride)
		m.add("c5", stride)
	}
}

// slideTiles lists the tiles of convolutions whose terms come in runs of so many
// neighbouring pixels.
func slideTilesOf(m machine, run int) []tile {
	switch {
	case run == 5:
		return []tile{{1, 8}, {1, 4}}
	case m.lanes() == 8:
		return []tile{{2, 4}, {1, 8}, {1, 4}}
	}
	return []tile{{6, 4}, {5, 4}, {4, 4}, {3, 4}, {2, 8}, {2, 4}, {1, 8}, {1, 4}}
}

// full reports whether a kernel does whole tiles of outputs: then the distance
// between the weights of two terms is known. Where registers are few it may do a
// part.
func full(m machine) bool { return m.lanes() != 8 }

// conv writes the convolution of rows of tiles. With a run above 1 an offset is
// that of the first of so many terms, whose pixels adjoin, and a tile is whole.
func conv(m machine, t tile, run int) {
	name := names("conv%s%dx%d", m.suffix(), t.out, t.n)
	if run > 1 {
		name = names("slide%d%s%dx%d", run, m.suffix(), t.out, t.n)
	}
	m.begin(name, "a", "x", "y", "w", "off", "n", "tap", "c", "c3", "c5", "q", "tiles", "col", "step")
	m.field("x", "a", convX)
	m.field("y", "a", convY)
	m.field("c", "a", convYChan)
	m.field("col", "a", convYCol)
	m.field("step", "a", convWStep)
	multiples(m, "c", t.out)
	acc := func(o, p int) vec { return vec(o*t.n + p) }
	free := vec(t.out * t.n)
	exchange := func(move func(vec, mem)) {
		for p := range t.n {
			for o, place := range channels("q", "c", t.out) {
				move(acc(o, p), place)
			}
			if p < t.n-1 {
				m.add("q", "col")
			}
		}
	}
	m.label("group")
	m.field("n", "a", convRows)
	m.setField("a", convLeft, "n")
	m.label("row")
	m.field("tiles", "a", convTiles)
	m.label("tile")
	m.field("n", "a", convAdd)
	m.ifZero("n", "fresh")
	m.move("q", "y")
	exchange(m.load)
	m.jump("begin")
	m.label("fresh")
	for v := range free {
		m.zero(v)
	}
	m.label("begin")
	m.field("off", "a", convOffsets)
	m.field("n", "a", convTerms)
	m.field("w", "a", convW)
	m.addField("w", "a", convWAt)
	if run > 1 {
		m.label("term")
		terms(m, t, run, 0, 0)
		m.addImm("off", 8)
		m.addImm("w", 4*t.out*run)
		m.count("n", "term")
	} else {
		m.ifBelow("n", 2, "last")
		m.label("two")
		terms(m, t, 1, 0, 0)
		if full(m) {
			terms(m, t, 1, 8, 4*t.out)
			m.addImm("w", 8*t.out)
		} else {
			m.add("w", "step")
			terms(m, t, 1, 8, 0)
			m.add("w", "step")
		}
		m.addImm("off", 16)
		m.addImm("n", -2)
		m.ifAtLeast("n", 2, "two")
		m.label("last")
		m.ifZero("n", "store")
		terms(m, t, 1, 0, 0)
	}
	m.label("store")
	m.move("q", "y")
	exchange(m.store)
	m.add("q", "col")
	m.move("y", "q")
	m.addImm("x", pixel*t.n)
	m.count("tiles", "tile")
	m.addField("x", "a", convNext)
	m.addField("y", "a", convYEnd)
	m.countField("a", convLeft, "row")
	m.addField("x", "a", convXGroup)
	m.addField("y", "a", convYGroup)
	m.field("w", "a", convWAt)
	m.addField("w", "a", convWGroup)
	m.setField("a", convWAt, "w")
	m.countField("a", convGroups, "group")
	m.end()
}

// terms writes the products of one run of terms, whose offset is at off, and
// weights at w.
func terms(m machine, t tile, run, off, w int) {
	acc := func(o, p int) vec { return vec(o*t.n + p) }
	free := vec(t.out * t.n)
	weight := func(o, i int) mem { return at("w", w+4*(i*t.out+o)) }
	m.field("tap", "off", off)
	x := func(p int) mem { return mem{base: "x", index: "tap", scale: 1, disp: pixel * p} }
	if !m.indexed() {
		m.add("tap", "x")
		x = func(p int) mem { return at("tap", pixel*p) }
	}
	pixels := t.n + run - 1
	if int(free)+t.out*run+1 <= m.vectors() && run > 1 || int(free)+pixels+1 > m.vectors() {
		// All weights, and one pixel after the other.
		first := free + vec(t.out*run)
		second := int(first)+1 < m.vectors()
		for i := range run {
			for o := range t.out {
				m.splat(free+vec(i*t.out+o), weight(o, i))
			}
		}
		for p := range pixels {
			v := first
			if second && p%2 == 1 {
				v++
			}
			m.load(v, x(p))
			for i := range run {
				if p-i < 0 || p-i >= t.n {
					continue
				}
				for o := range t.out {
					m.fma(acc(o, p-i), free+vec(i*t.out+o), v)
				}
			}
		}
		return
	}
	// All pixels, and one weight after the other.
	b := free + vec(pixels)
	second := int(b)+1 < m.vectors()
	for p := range pixels {
		m.load(free+vec(p), x(p))
	}
	for i := range run {
		for o := range t.out {
			v := b
			if second && (i*t.out+o)%2 == 1 {
				v++
			}
			m.splat(v, weight(o, i))
			for p := range t.n {
				m.fma(acc(o, p), v, free+vec(p+i))
			}
		}
	}
}

// grad writes the sums over pixels of the products of some outputs' gradients and
// some terms.
func grad(m machine, t tile) {
	general := []string{"a", "d", "c", "cols"}
	if t.out > 3 {
		general = append(general, "c3", "c5")
	}
	var x []string
	for i := range t.n {
		x = append(x, names("x%d", i))
	}
	m.begin(names("grad%s%dx%d", m.suffix(), t.out, t.n), append(general, x...)...)
	// The offsets' register is one of those that they go to, the last.
	last := x[t.n-1]
	m.label("repeat")
	m.field(last, "a", gradOffsets)
	m.addField(last, "a", gradOffset)
	for i, r := range x {
		m.field(r, last, 8*i)
		m.addField(r, "a", gradX)
	}
	m.field("d", "a", gradD)
	m.field("c", "a", gradBlocks)
	m.setField("a", gradBlocksLeft, "c")
	m.field("c", "a", gradDChan)
	multiples(m, "c", t.out)
	acc := func(o, i int) vec { return vec(i*t.out + o) }
	free := vec(t.out * t.n)
	for v := range free {
		m.zero(v)
	}
	one := func(at int) {
		for o, place := range channels("d", "c", t.out) {
			place.disp = at
			m.load(free+vec(o), place)
		}
		for i, r := range x {
			v := free + vec(t.out)
			if i%2 == 1 && int(v)+1 < m.vectors() {
				v++
			}
			m.load(v, mem{base: r, disp: at})
			for o := range t.out {
				m.fma(acc(o, i), free+vec(o), v)
			}
		}
	}
	advance := func(n int) {
		for _, r := range x {
			m.addImm(r, n*pixel)
		}
		m.addImm("d", n*pixel)
	}
	m.label("block")
	m.field("cols", "a", gradRows)
	m.setField("a", gradLeft, "cols")
	m.label("row")
	m.field("cols", "a", gradCols)
	m.ifBelow("cols", 2, "odd")
	m.label("two")
	one(0)
	one(pixel)
	advance(2)
	m.addImm("cols", -2)
	m.ifAtLeast("cols", 2, "two")
	m.label("odd")
	m.ifZero("cols", "next")
	one(0)
	advance(1)
	m.label("next")
	for _, r := range x {
		m.addField(r, "a", gradXRow)
	}
	m.addField("d", "a", gradDRow)
	m.countField("a", gradLeft, "row")
	for _, r := range x {
		m.addField(r, "a", gradXBlock)
	}
	m.addField("d", "a", gradDBlock)
	m.countField("a", gradBlocksLeft, "block")
	m.field("d", "a", gradSums)
	m.addField("d", "a", gradSum)
	m.field("c", "a", gradStep)
	for i := range t.n {
		for o := range t.out {
			m.store(acc(o, i), at("d", pixel*o))
		}
		m.add("d", "c")
	}
	for _, at := range []struct{ field, step int }{{gradOffset, 0}, {gradSum, gradSumStep}} {
		m.field("c", "a", at.field)
		if at.step == 0 {
			m.addImm("c", 8*t.n)
		} else {
			m.addField("c", "a", at.step)
		}
		m.setField("a", at.field, "c")
	}
	m.countField("a", gradRepeats, "repeat")
	m.end()
}

// slideGrads lists the outputs, and the pixels at a time, of gradients of 3×3
// kernels whose taps are neighbours.
func slideGradsOf(m machine) []tile {
	if m.lanes() == 8 {
		return []tile{{1, 2}}
	}
	return []tile{{1, 4}, {2, 2}}
}

// slideGrad writes the weight gradient of some outputs and the nine taps of one
// input: three rows of neighbours.
func slideGrad(m machine, t tile) {
	x := []string{"x0", "x1", "x2"}
	m.begin(names("slideGrad%s%d", m.suffix(), t.out), "a", "d", "c", "cols", "x0", "x1", "x2", "sums", "step", "blocks")
	for i, r := range x {
		m.field("cols", "a", gradOffsets)
		m.field(r, "cols", 24*i)
		m.addField(r, "a", gradX)
	}
	m.field("d", "a", gradD)
	m.field("c", "a", gradDChan)
	m.field("sums", "a", gradSums)
	m.field("step", "a", gradStep)
	acc := func(o, i int) vec { return vec(i*t.out + o) }
	free := vec(9 * t.out)
	pixels := func(n int) {
		d := func(o, p int) vec { return free + vec(o*n+p) }
		for o, place := range channels("d", "c", t.out) {
			for p := range n {
				place.disp = pixel * p
				m.load(d(o, p), place)
			}
		}
		v := free + vec(t.out*n)
		for row, r := range x {
			for i := range n + 2 {
				m.load(v+vec(i), at(r, pixel*i))
			}
			for p := range n {
				for tap := range 3 {
					for o := range t.out {
						m.fma(acc(o, 3*row+tap), d(o, p), v+vec(p+tap))
					}
				}
			}
		}
		for _, r := range x {
			m.addImm(r, n*pixel)
		}
		m.addImm("d", n*pixel)
		m.addImm("cols", -n)
	}
	m.label("group")
	m.field("blocks", "a", gradBlocks)
	for v := range free {
		m.zero(v)
	}
	m.label("block")
	m.field("cols", "a", gradRows)
	m.setField("a", gradLeft, "cols")
	m.label("row")
	m.field("cols", "a", gradCols)
	m.ifBelow("cols", t.n, "few")
	m.label("many")
	pixels(t.n)
	m.ifAtLeast("cols", t.n, "many")
	m.label("few")
	m.ifZero("cols", "next")
	pixels(1)
	m.jump("few")
	m.label("next")
	for _, r := range x {
		m.addField(r, "a", gradXRow)
	}
	m.addField("d", "a", gradDRow)
	m.countField("a", gradLeft, "row")
	for _, r := range x {
		m.addField(r, "a", gradXBlock)
	}
	m.addField("d", "a", gradDBlock)
	m.count("blocks", "block")
	for i := range 9 {
		for o := range t.out {
			m.store(acc(o, i), at("sums", pixel*o))
		}
		m.add("sums", "step")
	}
	for _, r := range x {
		m.addField(r, "a", gradXGroup)
	}
	m.addField("d", "a", gradDGroup)
	m.countField("a", gradGroups, "group")
	m.end()
}

// reduce adds the sums over lanes of accumulators, four at a time, to floats.
func reduce(m machine) {
	m.begin(names("reduce%s", m.suffix()), "a", "acc", "dst", "n")
	m.everyFourth("n")
	m.field("acc", "a", 0)
	m.field("dst", "a", 24)
	m.field("n", "a", 48)
	m.label("four")
	m.reduce4(0, at("acc", 0), [4]vec{1, 2, 3, 4})
	m.load4(1, at("dst", 0))
	m.sum4(0, 0, 1)
	m.store4(0, at("dst", 0))
	m.addImm("acc", 4*pixel)
	m.addImm("dst", 16)
	m.count("n", "four")
	m.end()
}

// peak runs rounds of independent multiply-adds on registers.
func peak(m machine) {
	m.begin(names("peak%s", m.suffix()), "a", "n")
	m.field("n", "a", 0)
	for v := range vec(peakSums(m) + 1) {
		m.zero(v)
	}
	m.label("round")
	for v := range vec(peakSums(m)) {
		m.fma(v, vec(peakSums(m)), vec(peakSums(m)))
	}
	m.count("n", "round")
	m.end()
}

func peakSums(m machine) int { return m.vectors() / 4 * 3 }

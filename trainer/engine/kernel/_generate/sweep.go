package main

import "slices"

// The fields of sweepCall in bytes.
const (
	sweepOperands = 0   // three slices
	sweepConsts   = 72  // five slices
	sweepSums     = 192 // three slices
	sweepMask     = 264
	sweepTable    = 288
	sweepChannel  = 312 // three strides
	sweepRow      = 336 // from the end of a row to the next, three
	sweepChannels = 360
	sweepRows     = 368
	sweepCols     = 376
	sweepLeft     = 384
)

// A sweep goes over the pixels of up to three maps, channel by channel.
type sweep struct {
	name     string
	operands int
	stride   int  // of the last operand in pixels, if not 1
	consts   int  // a channel each
	gates    int  // constants of a channel and an image, after the others
	sums     int  // a channel and an image each
	unroll   int  // and partial sums of each sum: that of pixel p of a row is p mod unroll
	mask     bool // whether there is one
	positive bool // whether the body uses it
	body     func(b *body)
}

// A body writes the instructions for one pixel.
type body struct {
	machine
	at    []mem // the pixel in the operands
	k     []vec // constants
	s     []vec // sums
	mask  vec
	t     vec // the first free register
	table func(row int) mem
}

func (s sweep) emit(m machine) {
	m.begin(s.name+m.suffix(), "a", "q0", "q1", "q2", "b0", "b1", "b2", "ci", "li", "cols", "t", "table")
	q, b := []string{"q0", "q1", "q2"}[:s.operands], []string{"b0", "b1", "b2"}[:s.operands]
	for i, r := range b {
		m.field(r, "a", sweepOperands+24*i)
	}
	m.clear("ci")
	m.clear("li")
	m.field("table", "a", sweepTable)
	next := vec(0)
	take := func(n int) (v []vec) {
		for range n {
			v = append(v, next)
			next++
		}
		return v
	}
	// A pixel is done part by part. With sums, all pixels of a channel are, for
	// each part: there are not registers for the sums of more.
	parts := 16 / m.lanes()
	together := parts
	if s.sums > 0 {
		together = 1
	}
	consts := take(s.consts)
	gates, masks := make([][]vec, together), make([]vec, together)
	for i := range together {
		gates[i] = take(s.gates)
		if s.mask {
			masks[i] = take(1)[0]
		}
	}
	var sums [][]vec // of each unrolled pixel
	for range s.unroll {
		sums = append(sums, take(s.sums))
	}
	bd := body{machine: m, t: next, table: func(row int) mem { return at("table", pixel*row) }}
	if s.positive {
		m.zero(vec(m.vectors() - 1))
	}
	m.label("channel")
	for i, v := range consts {
		m.field("t", "a", sweepConsts+24*i)
		m.splat(v, mem{base: "t", index: "ci", scale: 1})
	}
	for part := 0; part < parts; part += together {
		disp := func(i int) int { return 4 * m.lanes() * (part + i) }
		for i := range together {
			for j, v := range gates[i] {
				m.field("t", "a", sweepConsts+24*(s.consts+j))
				m.load(v, mem{base: "t", index: "li", scale: 1, disp: disp(i)})
			}
			if s.mask {
				m.field("t", "a", sweepMask)
				m.load(masks[i], at("t", disp(i)))
			}
		}
		for _, u := range sums {
			for _, v := range u {
				m.zero(v)
			}
		}
		for i := range q {
			m.move(q[i], b[i])
		}
		m.field("cols", "a", sweepRows)
		m.setField("a", sweepLeft, "cols")
		width := func(i int) int {
			if i == s.operands-1 && s.stride > 1 {
				return pixel * s.stride
			}
			return pixel
		}
		pixelAt := func(u, n int) {
			bd.s = sums[u]
			for p := range together {
				bd.at = nil
				for i, r := range q {
					bd.at = append(bd.at, at(r, disp(p)+n*width(i)))
				}
				bd.k, bd.mask = slices.Concat(consts, gates[p]), masks[p]
				s.body(&bd)
			}
		}
		step := func(n int) {
			for i, r := range q {
				m.addImm(r, n*width(i))
			}
			m.addImm("cols", -n)
		}
		label := func(s string) string { return names("%s%d", s, part) }
		m.label(label("row"))
		m.field("cols", "a", sweepCols)
		m.ifBelow("cols", s.unroll, label("rest"))
		m.label(label("pixels"))
		for u := range s.unroll {
			pixelAt(u, u)
		}
		step(s.unroll)
		m.ifAtLeast("cols", s.unroll, label("pixels"))
		m.label(label("rest"))
		for u := range s.unroll - 1 {
			m.ifZero("cols", label("next"))
			pixelAt(u, 0)
			step(1)
		}
		m.label(label("next"))
		for i, r := range q {
			m.addField(r, "a", sweepRow+8*i)
		}
		m.countField("a", sweepLeft, label("row"))
		for i := range s.sums {
			for n := 1; n < s.unroll; n *= 2 {
				for u := 0; u < s.unroll; u += 2 * n {
					m.sum(sums[u][i], sums[u][i], sums[u+n][i])
				}
			}
			m.field("t", "a", sweepSums+24*i)
			m.store(sums[0][i], mem{base: "t", index: "li", scale: 1, disp: disp(0)})
		}
	}
	for i, r := range b {
		m.addField(r, "a", sweepChannel+8*i)
	}
	m.addImm("ci", 4)
	m.addImm("li", pixel)
	m.countField("a", sweepChannels, "channel")
	m.end()
}

// The rows of the table of constants.
const (
	tableLow     = iota // least and largest argument of a sigmoid
	tableHigh           //
	tableLog2           // −1/ln 2
	tableMagic          // 1.5·2²³
	tableLn2            // ln 2 in two parts
	tableLn2Rest        //
	tableExp            // (−1)ᵏ/k! for k = 7 … 0; the last is 1
)

const tableOne = tableExp + 7

// sigmoid leaves that of v in c+1; it takes four registers from c on.
func (b *body) sigmoid(v, c vec) vec {
	t, n, p := c+1, c+2, c+3
	b.max(c, v, b.table(tableLow))
	b.min(c, c, b.table(tableHigh))
	b.load(t, b.table(tableMagic))
	b.load(n, b.table(tableLog2))
	b.fma(t, c, n)
	b.load(n, b.table(tableMagic))
	b.sub(n, t, n)
	for _, row := range []int{tableLn2, tableLn2Rest} {
		b.load(p, b.table(row))
		b.fma(c, n, p)
	}
	b.load(p, b.table(tableExp))
	for k := 1; k <= 7; k++ {
		b.horner(p, c, b.table(tableExp+k))
	}
	b.scaleBy(p, t)
	b.load(t, b.table(tableOne))
	b.sum(p, p, t)
	b.div(t, t, p)
	return t
}

// An activation has a name, and writes f(v) to v, and d·f'(v), with d in memory,
// to the register it returns. Both take registers from t on.
type activation struct {
	name     string
	positive bool
	apply    func(b *body, v, t vec)
	back     func(b *body, v, t vec, d mem) vec
}

var activations = []activation{
	{"Identity", false,
		func(*body, vec, vec) {},
		func(b *body, v, t vec, d mem) vec { b.load(t, d); return t }},
	{"ReLU", true,
		func(b *body, v, t vec) { b.positive(v, v, v) },
		func(b *body, v, t vec, d mem) vec { b.load(t, d); b.positive(t, v, t); return t }},
	{"SiLU", false,
		func(b *body, v, t vec) { b.mul(v, v, b.sigmoid(v, t)) },
		func(b *body, v, t vec, d mem) vec {
			s := b.sigmoid(v, t)
			one, rest := t, t+2
			b.load(one, b.table(tableOne))
			b.sub(rest, one, s)
			b.fma(one, v, rest)
			b.mul(s, s, one)
			b.load(one, d)
			b.mul(one, one, s)
			return one
		}},
}

func sweeps() []sweep {
	all := []sweep{
		{name: "stats", operands: 1, consts: 1, sums: 2, unroll: 4, mask: true, body: func(b *body) {
			b.load(b.t, b.at[0])
			b.sub(b.t, b.t, b.k[0])
			b.and(b.t, b.t, b.mask)
			b.sum(b.s[0], b.s[0], b.t)
			b.fma(b.s[1], b.t, b.t)
		}},
		{name: "apply", operands: 3, consts: 3, unroll: 4, mask: true, body: func(b *body) {
			b.load(b.t, b.at[2])
			b.affine(b.t, b.k[1], b.k[2])
			b.load(b.t+1, b.at[1])
			b.fma(b.t, b.k[0], b.t+1)
			b.and(b.t, b.t, b.mask)
			b.store(b.t, b.at[0])
		}},
		{name: "pool", operands: 1, sums: 1, unroll: 4, body: func(b *body) {
			b.load(b.t, b.at[0])
			b.sum(b.s[0], b.s[0], b.t)
		}},
		{name: "spread", operands: 1, gates: 1, unroll: 4, body: func(b *body) { b.store(b.k[0], b.at[0]) }},
		{name: "gate", operands: 1, gates: 1, unroll: 4, body: func(b *body) {
			b.load(b.t, b.at[0])
			b.mul(b.t, b.t, b.k[0])
			b.store(b.t, b.at[0])
		}},
		{name: "gateBack", operands: 1, gates: 2, unroll: 4, body: func(b *body) {
			b.load(b.t, b.at[0])
			b.affine(b.t, b.k[0], b.k[1])
			b.store(b.t, b.at[0])
		}},
		{name: "duplicate", operands: 2, unroll: 4, body: duplicate},
		{name: "pick", operands: 2, stride: 2, unroll: 4, body: duplicate},
		{name: "average", operands: 2, consts: 1, unroll: 4, body: func(b *body) {
			b.load(b.t, b.at[0])
			b.load(b.t+1, b.at[1])
			b.sub(b.t+1, b.t+1, b.t)
			b.fma(b.t, b.k[0], b.t+1)
			b.store(b.t, b.at[0])
		}},
		{name: "update", operands: 3, consts: 3, unroll: 4, body: func(b *body) { update(b, b.t+2) }},
		{name: "nesterov", operands: 3, consts: 3, unroll: 4, body: func(b *body) { update(b, b.t+1) }},
	}
	for _, f := range activations {
		norm := func(b *body) {
			b.load(b.t, b.at[1])
			b.affine(b.t, b.k[0], b.k[1])
			f.apply(b, b.t, b.t+1)
			b.store(b.t, b.at[0])
		}
		all = append(all,
			sweep{name: "norm" + f.name, operands: 2, consts: 2, unroll: 4, positive: f.positive, body: norm},
			sweep{name: "normPick" + f.name, operands: 2, stride: 2, consts: 2, unroll: 4, positive: f.positive, body: norm},
			sweep{name: "normBack" + f.name, operands: 2, consts: 3, sums: 2, unroll: 2, positive: f.positive, body: func(b *body) {
				x, v := b.t, b.t+1
				b.load(x, b.at[1])
				b.copy(v, x)
				b.affine(v, b.k[0], b.k[1])
				g := f.back(b, v, b.t+2, b.at[0])
				b.store(g, b.at[0])
				b.sum(b.s[0], b.s[0], g)
				b.sub(x, x, b.k[2])
				b.fma(b.s[1], g, x)
			}},
			sweep{name: "add" + f.name, operands: 3, consts: 3, unroll: 4, positive: f.positive, body: func(b *body) {
				sumOf(b, b.t)
				f.apply(b, b.t, b.t+1)
				b.store(b.t, b.at[0])
			}},
			sweep{name: "addBack" + f.name, operands: 3, consts: 5, sums: 3, unroll: 2, positive: f.positive, body: func(b *body) {
				sumOf(b, b.t)
				g, x := f.back(b, b.t, b.t+1, b.at[0]), b.t
				b.store(g, b.at[0])
				b.sum(b.s[0], b.s[0], g)
				for i := range 2 {
					b.load(x, b.at[1+i])
					b.sub(x, x, b.k[3+i])
					b.fma(b.s[1+i], g, x)
				}
			}},
			sweep{name: "gateDot" + f.name, operands: 2, consts: 2, sums: 1, unroll: 2, positive: f.positive, body: func(b *body) {
				b.load(b.t, b.at[1])
				b.affine(b.t, b.k[0], b.k[1])
				f.apply(b, b.t, b.t+1)
				b.load(b.t+1, b.at[0])
				b.fma(b.s[0], b.t, b.t+1)
			}},
		)
	}
	return all
}

func duplicate(b *body) {
	b.load(b.t, b.at[1])
	b.store(b.t, b.at[0])
}

// sumOf leaves the sum of two normalised maps in v.
func sumOf(b *body, v vec) {
	b.load(v, b.at[1])
	b.affine(v, b.k[0], b.k[1])
	b.load(v+1, b.at[2])
	b.fma(v, b.k[2], v+1)
}

// update makes one step. What the parameters move along is direction: the
// velocity or, with Nesterov's, the gradient beyond it.
func update(b *body, direction vec) {
	w, g, v := b.t, b.t+1, b.t+2
	b.load(w, b.at[0])
	b.load(g, b.at[1])
	b.load(v, b.at[2])
	b.fma(g, b.k[0], w)
	b.affine(v, b.k[1], g)
	b.store(v, b.at[2])
	if direction == g {
		b.fma(g, b.k[1], v)
	}
	b.fma(w, b.k[2], direction)
	b.store(w, b.at[0])
}

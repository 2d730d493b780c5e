package main

import (
	"bytes"
	"fmt"
	"go/format"
	"math"
	"os"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The elementwise kernels go over the pixels of up to three operands and keep
// per-lane constants and sums in registers. Their argument is the Go struct sweep;
// these are the offsets of its fields.
const (
	sweepData   = 0   // [3]*float32: first lane of the row at work; moves on
	sweepPixel  = 24  // [3]int: bytes from pixel to pixel
	sweepRow    = 48  // [3]int: bytes from row to row
	sweepImage  = 72  // [3]int: bytes from the end of an image's rows to the next image
	sweepWidth  = 96  // int: pixels a row
	sweepHeight = 104 // int: rows an image
	sweepCount  = 112 // int: images; counts down
	sweepVector = 120 // [6]*float32: constants a lane
	sweepSum    = 168 // [3]*float32: sums a lane, added to
)

// operation describes an elementwise kernel.
type operation struct {
	name, doc       string
	operands        int
	constants, sums int
	activated       bool // comes in a variant for every activation
	body            func(b *body)
}

// body is what an operation emits its instructions with, for vector j of a pixel.
type body struct {
	s        isa
	f        string // activation
	operand  []Mem
	constant []vec
	sum      []vec
}

var activations = []string{"Identity", "ReLU", "SiLU"}

var operations = []operation{
	{name: "stats", doc: "sums x-v0 and (x-v0)².", operands: 1, constants: 1, sums: 2, body: func(b *body) {
		d := b.load(0)
		VSUBPS(b.constant[0], d, d)
		VADDPS(d, b.sum[0], b.sum[0])
		VFMADD231PS(d, d, b.sum[1])
	}},
	{name: "norm", doc: "computes y = f(v0·x + v1).", operands: 2, constants: 2, activated: true, body: func(b *body) {
		v := b.load(1)
		VFMADD213PS(b.constant[1], b.constant[0], v)
		b.store(b.activate(v), 0)
	}},
	{name: "normBack", doc: "computes dy *= f'(v0·x + v1) and sums dy and dy·(x-v2).", operands: 2, constants: 3, sums: 2, activated: true, body: func(b *body) {
		x, v := b.load(1), b.s.vec()
		VMOVAPS(x, v)
		VFMADD213PS(b.constant[1], b.constant[0], v)
		d := b.derive(v, 0)
		b.store(d, 0)
		VADDPS(d, b.sum[0], b.sum[0])
		VSUBPS(b.constant[2], x, x)
		VFMADD231PS(x, d, b.sum[1])
	}},
	{name: "apply", doc: "computes dx = v0·dy + v1·x + v2.", operands: 3, constants: 3, body: func(b *body) {
		d := b.load(1)
		VFMADD213PS(b.constant[2], b.constant[0], d)
		VFMADD231PS(b.operand[2], b.constant[1], d)
		b.store(d, 0)
	}},
	{name: "sum", doc: "computes y = f(v0·x + v1 + v2·r + v3).", operands: 3, constants: 4, activated: true, body: func(b *body) {
		v := b.addends(b.load(1), b.load(2))
		b.store(b.activate(v), 0)
	}},
	{name: "sumBack", doc: "computes dy *= f'(v0·x + v1 + v2·r + v3) and sums dy, dy·(x-v4) and dy·(r-v5).", operands: 3, constants: 6, sums: 3, activated: true, body: func(b *body) {
		d := b.derive(b.addends(b.load(1), b.load(2)), 0)
		b.store(d, 0)
		VADDPS(d, b.sum[0], b.sum[0])
		x, r := b.load(1), b.load(2)
		VSUBPS(b.constant[4], x, x)
		VFMADD231PS(x, d, b.sum[1])
		VSUBPS(b.constant[5], r, r)
		VFMADD231PS(r, d, b.sum[2])
	}},
	{name: "pool", doc: "sums x.", operands: 1, sums: 1, body: func(b *body) {
		VADDPS(b.operand[0], b.sum[0], b.sum[0])
	}},
	{name: "spread", doc: "computes y = v0.", operands: 1, constants: 1, body: func(b *body) {
		b.store(b.constant[0], 0)
	}},
	{name: "gate", doc: "computes y = v0·y.", operands: 1, constants: 1, body: func(b *body) {
		v := b.load(0)
		VMULPS(b.constant[0], v, v)
		b.store(v, 0)
	}},
	{name: "gateDot", doc: "sums dy·f(v0·x + v1).", operands: 2, constants: 2, sums: 1, activated: true, body: func(b *body) {
		v := b.load(1)
		VFMADD213PS(b.constant[1], b.constant[0], v)
		VFMADD231PS(b.operand[0], b.activate(v), b.sum[0])
	}},
	{name: "gateBack", doc: "computes dy = v0·dy + v1.", operands: 1, constants: 2, body: func(b *body) {
		d := b.load(0)
		VFMADD213PS(b.constant[1], b.constant[0], d)
		b.store(d, 0)
	}},
	// The parameters are sweeps over one row whose constants do not differ by lane.
	{name: "update", doc: "computes g += v2·w, v = v1·v + g and w -= v0·(v3·g + v4·v) for w, g, v.", operands: 3, constants: 5, body: func(b *body) {
		w, d, v := b.load(0), b.load(1), b.load(2)
		VFMADD231PS(w, b.constant[2], d)
		VFMADD213PS(d, b.constant[1], v)
		b.store(v, 2)
		VMULPS(b.constant[4], v, v)
		VFMADD231PS(d, b.constant[3], v)
		VFNMADD231PS(v, b.constant[0], w)
		b.store(w, 0)
	}},
	{name: "average", doc: "computes a += v0·(w-a) for a, w.", operands: 2, constants: 1, body: func(b *body) {
		a, d := b.load(0), b.load(1)
		VSUBPS(a, d, d)
		VFMADD231PS(d, b.constant[0], a)
		b.store(a, 0)
	}},
}

func (b *body) load(operand int) vec { return b.s.load(b.operand[operand]) }

func (b *body) store(v vec, operand int) { VMOVUPS(v, b.operand[operand]) }

// addends returns v0·x + v1 + v2·r + v3, in this order.
func (b *body) addends(x, r vec) vec {
	v, t := b.s.vec(), b.s.vec()
	VMOVAPS(x, v)
	VFMADD213PS(b.constant[1], b.constant[0], v)
	VMOVAPS(r, t)
	VFMADD213PS(b.constant[3], b.constant[2], t)
	VADDPS(t, v, v)
	return v
}

// activate returns f(v).
func (b *body) activate(v vec) vec {
	switch b.f {
	case "ReLU":
		VMAXPS(v, b.s.zero(), v) // the order keeps a NaN
	case "SiLU":
		VMULPS(b.sigmoid(v), v, v)
	}
	return v
}

// derive returns f'(v) times an operand.
func (b *body) derive(v vec, operand int) vec {
	switch b.f {
	case "ReLU":
		d := b.load(operand)
		if b.s.wide() {
			k, r := K(), b.s.vec()
			VCMPPS(Imm(1), v, b.s.zero(), k) // 0 < v
			VMOVAPS_Z(d, k, r)
			return r
		}
		VCMPPS(Imm(1), v, b.s.zero(), v)
		VANDPS(v, d, d)
		return d
	case "SiLU": // σ·(1 + v·(1-σ))
		sig, t := b.sigmoid(v), b.s.vec()
		one := b.s.number(1)
		VSUBPS(sig, one, t)
		VFMADD213PS(one, v, t)
		VMULPS(sig, t, t)
		VMULPS(b.operand[operand], t, t)
		return t
	}
	return b.load(operand)
}

// sigmoid returns 1/(1+exp(-v)).
func (b *body) sigmoid(v vec) vec {
	e, one := b.exp(v), b.s.number(1)
	VADDPS(one, e, e)
	VDIVPS(e, one, e)
	return e
}

// exp returns exp(-v): with n = round(-v/ln 2), 2^n times the polynomial of Moshier's
// Cephes library at -v - n·ln 2. Beyond ±87 it stays at the value there.
func (b *body) exp(v vec) vec {
	s := b.s
	x, n, p := s.zero(), s.vec(), s.vec()
	VSUBPS(v, x, x)
	VMINPS(x, s.number(87), x)
	VMAXPS(x, s.number(-87), x)
	VMULPS(s.number(math.Log2E), x, n)
	if s.wide() {
		VRNDSCALEPS(Imm(0), n, n)
	} else {
		VROUNDPS(Imm(0), n, n)
	}
	VFNMADD231PS(s.number(0.693359375), n, x)
	VFNMADD231PS(s.number(-2.12194440e-4), n, x)
	VMOVAPS(s.number(1.9875691500e-4), p)
	for _, c := range []float64{1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1} {
		VFMADD213PS(s.number(c), x, p)
	}
	square := s.vec()
	VMULPS(x, x, square)
	VFMADD213PS(x, square, p)
	VADDPS(s.number(1), p, p)
	VCVTPS2DQ(n, n)
	VPSLLD(Imm(23), n, n)
	VPADDD(n, p, p)
	return p
}

var numbers = map[uint32]Mem{}

// number returns a vector of one constant.
func (s isa) number(c float64) vec {
	bits := math.Float32bits(float32(c))
	m, ok := numbers[bits]
	if !ok {
		m = ConstData(fmt.Sprintf("number%08x", bits), U32(bits))
		numbers[bits] = m
	}
	return s.splat(m)
}

// variant is an emitted kernel.
type variant struct {
	function string
	f        string
	s        isa
	lanes    int
}

var variants = map[string][]variant{}

func elementwise(s isa) {
	for _, op := range operations {
		fs := []string{""}
		if op.activated {
			fs = activations
		}
		for _, f := range fs {
			for _, vectors := range []int{4, 2, 1} {
				unroll := 1
				if vectors == 1 {
					unroll = 2
				}
				need := func() int { return op.constants*vectors + op.sums*vectors*unroll + temporaries(op, f) }
				if vectors > 1 && (need() > s.regs || f == "SiLU") {
					continue
				}
				if need() > s.regs {
					unroll = 1
				}
				sweep(s, op, f, vectors, unroll)
			}
		}
	}
}

// temporaries is the number of registers that an operation needs for one vector.
func temporaries(op operation, f string) int {
	n := op.operands + 3
	if f == "SiLU" {
		n += 5
	}
	return n
}

func sweep(s isa, op operation, f string, vectors, unroll int) {
	name := names("%s%s%s%d", op.name, f, s.name, vectors)
	variants[op.name] = append(variants[op.name], variant{name, f, s, vectors * s.lanes})
	function(name, "(s *[24]uintptr)", op.doc)
	a := arg("s")
	constant := make([][]vec, vectors)
	for i := range op.constants {
		p := GP64()
		MOVQ(at(a, sweepVector+8*i), p)
		for j := range vectors {
			constant[j] = append(constant[j], s.load(at(p, j*s.bytes())))
		}
	}
	sum := make([][][]vec, unroll)
	for u := range sum {
		sum[u] = grid(s, vectors, op.sums)
	}
	var pixel []reg.GPVirtual
	for k := range op.operands {
		p := GP64()
		MOVQ(at(a, sweepPixel+8*k), p)
		pixel = append(pixel, p)
	}
	height, left := GP64(), GP64()
	Label("image")
	MOVQ(at(a, sweepHeight), height)
	Label("row")
	var cur []reg.GPVirtual
	for k := range op.operands {
		p := GP64()
		MOVQ(at(a, sweepData+8*k), p)
		cur = append(cur, p)
	}
	step := func(u int) {
		for j := range vectors {
			b := body{s: s, f: f, constant: constant[j], sum: sum[u][j]}
			for _, p := range cur {
				b.operand = append(b.operand, at(p, j*s.bytes()))
			}
			op.body(&b)
		}
		for k, p := range cur {
			ADDQ(pixel[k], p)
		}
	}
	MOVQ(at(a, sweepWidth), left)
	if unroll > 1 {
		SUBQ(Imm(uint64(unroll)), left)
		JL(LabelRef("few"))
		Label("many")
		for u := range unroll {
			step(u)
		}
		SUBQ(Imm(uint64(unroll)), left)
		JGE(LabelRef("many"))
		Label("few")
		ADDQ(Imm(uint64(unroll)), left)
		JZ(LabelRef("end"))
	}
	Label("one")
	step(0)
	DECQ(left)
	JNZ(LabelRef("one"))
	Label("end")
	for k := range op.operands {
		p := GP64()
		MOVQ(at(a, sweepRow+8*k), p)
		ADDQ(p, at(a, sweepData+8*k))
	}
	DECQ(height)
	JNZ(LabelRef("row"))
	for k := range op.operands {
		p := GP64()
		MOVQ(at(a, sweepImage+8*k), p)
		ADDQ(p, at(a, sweepData+8*k))
	}
	DECQ(at(a, sweepCount))
	JNZ(LabelRef("image"))
	for i := range op.sums {
		p := GP64()
		MOVQ(at(a, sweepSum+8*i), p)
		for j := range vectors {
			v := sum[0][j][i]
			for u := 1; u < unroll; u++ {
				VADDPS(sum[u][j][i], v, v)
			}
			VADDPS(at(p, j*s.bytes()), v, v)
			VMOVUPS(v, at(p, j*s.bytes()))
		}
	}
	end()
}

// writeDispatch writes the functions that call an operation for the most lanes it
// can take at once. They call by name, not through a table of functions: so the
// compiler sees that a sweep does not escape.
func writeDispatch(file string) error {
	var b bytes.Buffer
	fmt.Fprint(&b, "// Code generated by command: go generate. DO NOT EDIT.\n\n//go:build !purego\n\npackage kernel\n\nimport \"unsafe\"\n")
	for _, op := range operations {
		parameter, condition := "", ""
		if op.activated {
			parameter, condition = "f Activation, ", "f == %s && "
		}
		fmt.Fprintf(&b, "\n// %sLanes %s It returns the number of lanes done, at most lanes.\n", op.name, op.doc)
		fmt.Fprintf(&b, "func %sLanes(wide bool, %slanes int, s *sweep) int {\nswitch {\n", op.name, parameter)
		for _, v := range variants[op.name] {
			c := condition
			if op.activated {
				c = fmt.Sprintf(condition, v.f)
			}
			if v.s.wide() {
				c += "wide && "
			}
			fmt.Fprintf(&b, "case %slanes >= %d:\n%s((*[24]uintptr)(unsafe.Pointer(s)))\nreturn %d\n", c, v.lanes, v.function, v.lanes)
		}
		fmt.Fprint(&b, "}\nreturn lanes\n}\n")
	}
	code, err := format.Source(b.Bytes())
	if err != nil {
		return err
	}
	return os.WriteFile(file, code, 0o644)
}

package main

import "fmt"

// amd64 writes for AVX-512F, or for AVX2 and FMA.
type amd64 struct {
	writer
	wide bool
}

var amd64General = []string{"AX", "BX", "CX", "DX", "SI", "DI", "R8", "R9", "R10", "R11", "R12", "R13", "R14", "R15"}

func (w *amd64) suffix() string {
	if w.wide {
		return "Z"
	}
	return "Y"
}

func (w *amd64) lanes() int {
	if w.wide {
		return 16
	}
	return 8
}

func (w *amd64) vectors() int { return 2 * w.lanes() }

func (w *amd64) v(v vec) string {
	if int(v) >= w.vectors() {
		panic(fmt.Sprintf("%s: vector register %d", w.names[len(w.names)-1], v))
	}
	return fmt.Sprintf("%s%d", w.suffix(), v)
}

func (w *amd64) m(m mem) string {
	s := fmt.Sprintf("%d(%s)", m.disp, w.r(m.base))
	if m.scale > 0 {
		s += fmt.Sprintf("(%s*%d)", w.r(m.index), m.scale)
	}
	return s
}

func (w *amd64) begin(fn string, general ...string) {
	w.start(fn, amd64General, general)
	w.line("MOVQ c+0(FP), %s", w.r(general[0]))
}

func (w *amd64) end() {
	w.line("VZEROUPPER")
	w.line("RET")
}

func (w *amd64) jump(name string) { w.line("JMP %s", name) }

func (w *amd64) field(dst, base string, off int) {
	w.line("MOVQ %d(%s), %s", off, w.r(base), w.r(dst))
}
func (w *amd64) setField(base string, off int, src string) {
	w.line("MOVQ %s, %d(%s)", w.r(src), off, w.r(base))
}
func (w *amd64) addField(dst, base string, off int) {
	w.line("ADDQ %d(%s), %s", off, w.r(base), w.r(dst))
}
func (w *amd64) countField(base string, off int, label string) {
	w.line("DECQ %d(%s)", off, w.r(base))
	w.line("JNZ %s", label)
}
func (w *amd64) move(dst, src string)     { w.line("MOVQ %s, %s", w.r(src), w.r(dst)) }
func (w *amd64) clear(dst string)         { w.line("XORQ %[1]s, %[1]s", w.r(dst)) }
func (w *amd64) addImm(dst string, n int) { w.line("ADDQ $%d, %s", n, w.r(dst)) }
func (w *amd64) add(dst, src string)      { w.line("ADDQ %s, %s", w.r(src), w.r(dst)) }
func (w *amd64) triple(dst, src string)   { w.line("LEAQ (%[1]s)(%[1]s*2), %[2]s", w.r(src), w.r(dst)) }
func (w *amd64) count(r, label string) {
	w.line("DECQ %s", w.r(r))
	w.line("JNZ %s", label)
}
func (w *amd64) ifZero(r, label string) {
	w.line("TESTQ %[1]s, %[1]s", w.r(r))
	w.line("JZ %s", label)
}
func (w *amd64) ifBelow(r string, n int, label string) {
	w.line("CMPQ %s, $%d", w.r(r), n)
	w.line("JLT %s", label)
}

func (w *amd64) ifAtLeast(r string, n int, label string) {
	w.line("CMPQ %s, $%d", w.r(r), n)
	w.line("JGE %s", label)
}
func (w *amd64) indexed() bool { return true }

func (w *amd64) load(v vec, m mem)  { w.line("VMOVUPS %s, %s", w.m(m), w.v(v)) }
func (w *amd64) store(v vec, m mem) { w.line("VMOVUPS %s, %s", w.v(v), w.m(m)) }
func (w *amd64) splat(v vec, m mem) { w.line("VBROADCASTSS %s, %s", w.m(m), w.v(v)) }
func (w *amd64) zero(v vec) {
	if w.wide {
		w.line("VPXORD %[1]s, %[1]s, %[1]s", w.v(v))
		return
	}
	w.line("VXORPS %[1]s, %[1]s, %[1]s", w.v(v))
}
func (w *amd64) copy(dst, src vec) { w.line("VMOVAPS %s, %s", w.v(src), w.v(dst)) }
func (w *amd64) three(op string, dst, a, b vec) {
	w.line("%s %s, %s, %s", op, w.v(b), w.v(a), w.v(dst))
}
func (w *amd64) fma(acc, a, b vec) { w.three("VFMADD231PS", acc, a, b) }
func (w *amd64) horner(p, r vec, m mem) {
	w.line("VFMADD213PS %s, %s, %s", w.m(m), w.v(r), w.v(p))
}
func (w *amd64) affine(v, scale, shift vec) { w.three("VFMADD213PS", v, scale, shift) }
func (w *amd64) sum(dst, a, b vec)          { w.three("VADDPS", dst, a, b) }
func (w *amd64) sub(dst, a, b vec)          { w.three("VSUBPS", dst, a, b) }
func (w *amd64) mul(dst, a, b vec)          { w.three("VMULPS", dst, a, b) }
func (w *amd64) div(dst, a, b vec)          { w.three("VDIVPS", dst, a, b) }
func (w *amd64) min(dst, a vec, m mem) {
	w.line("VMINPS %s, %s, %s", w.m(m), w.v(a), w.v(dst))
}
func (w *amd64) max(dst, a vec, m mem) {
	w.line("VMAXPS %s, %s, %s", w.m(m), w.v(a), w.v(dst))
}
func (w *amd64) and(dst, a, b vec) {
	if w.wide {
		w.three("VPANDD", dst, a, b)
		return
	}
	w.three("VANDPS", dst, a, b)
}

// positive needs a zero in the last vector register, for which it is the
// caller's to reserve it, and to set it by zero.
func (w *amd64) positive(dst, v, d vec) {
	z := vec(w.vectors() - 1)
	const notLessOrEqual = 6
	if w.wide {
		w.line("VCMPPS $%d, %s, %s, K1", notLessOrEqual, w.v(z), w.v(v))
		w.line("VMOVAPS.Z %s, K1, %s", w.v(d), w.v(dst))
		return
	}
	w.line("VCMPPS $%d, %s, %s, %s", notLessOrEqual, w.v(z), w.v(v), w.v(z-1))
	w.three("VANDPS", dst, z-1, d)
}
func (w *amd64) scaleBy(p, t vec) {
	w.line("VPSLLD $23, %[1]s, %[1]s", w.v(t))
	w.three("VPADDD", p, p, t)
}

func (w *amd64) everyFourth(general string) {
	if w.wide {
		w.line("MOVQ $0x1111, %s", w.r(general))
		w.line("KMOVW %s, K2", w.r(general))
	}
}

func (w *amd64) reduce4(dst vec, acc mem, tmp [4]vec) {
	part := func(i, j int) mem { m := acc; m.disp += 64*i + 4*w.lanes()*j; return m }
	if w.wide {
		// The halves of two, then the quarters of four accumulators side by side.
		a, b, s, t := tmp[0], tmp[1], tmp[2], tmp[3]
		pair := func(to vec, i int) {
			w.load(a, part(i, 0))
			w.load(b, part(i+1, 0))
			w.line("VSHUFF64X2 $0x44, %s, %s, %s", w.v(b), w.v(a), w.v(to))
			w.line("VSHUFF64X2 $0xEE, %s, %s, %s", w.v(b), w.v(a), w.v(t))
			w.sum(to, to, t)
		}
		pair(dst, 0)
		pair(s, 2)
		w.line("VSHUFF32X4 $0x88, %s, %s, %s", w.v(s), w.v(dst), w.v(a))
		w.line("VSHUFF32X4 $0xDD, %s, %s, %s", w.v(s), w.v(dst), w.v(b))
		w.sum(a, a, b)
		w.line("VPERMILPS $0x4E, %s, %s", w.v(a), w.v(b))
		w.sum(a, a, b)
		w.line("VPERMILPS $0xB1, %s, %s", w.v(a), w.v(b))
		w.sum(a, a, b)
		w.line("VCOMPRESSPS %s, K2, %s", w.v(a), w.v(dst)) // K2: every fourth lane
		return
	}
	a, b, s, t := tmp[0], tmp[1], tmp[2], tmp[3]
	half := func(to vec, i int) {
		w.load(to, part(i, 0))
		w.line("VADDPS %[1]s, %[2]s, %[2]s", w.m(part(i, 1)), w.v(to))
	}
	pair := func(to vec, i int) {
		half(a, i)
		half(b, i+1)
		w.line("VPERM2F128 $0x20, %s, %s, %s", w.v(b), w.v(a), w.v(to))
		w.line("VPERM2F128 $0x31, %s, %s, %s", w.v(b), w.v(a), w.v(t))
		w.sum(to, to, t)
	}
	pair(dst, 0) // a | b
	pair(s, 2)   // c | d
	w.three("VUNPCKLPS", a, dst, s)
	w.three("VUNPCKHPS", b, dst, s)
	w.sum(a, a, b)
	w.line("VPERMILPS $0x4E, %s, %s", w.v(a), w.v(b))
	w.sum(a, a, b) // a c a c | b d b d
	w.line("VEXTRACTF128 $1, %s, X%d", w.v(a), b)
	w.line("VUNPCKLPS X%d, X%d, X%d", b, a, dst)
}
func (w *amd64) store4(v vec, m mem) { w.line("VMOVUPS X%d, %s", v, w.m(m)) }
func (w *amd64) load4(v vec, m mem)  { w.line("VMOVUPS %s, X%d", w.m(m), v) }
func (w *amd64) sum4(dst, a, b vec)  { w.line("VADDPS X%d, X%d, X%d", b, a, dst) }

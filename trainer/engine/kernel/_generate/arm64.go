package main

import "fmt"

// arm64 writes for NEON. Go's assembler knows few of the instructions, so those
// on vectors are given as words.
type arm64 struct{ writer }

var arm64General = []string{"R0", "R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9", "R10", "R11", "R12", "R13", "R14", "R15"}

// The registers that are not a function's own.
const (
	arm64Address = 16 // addresses with an index or an offset
	arm64Word    = 17 // words of the argument
	arm64Spare   = vec(31)
)

func (w *arm64) suffix() string { return "N" }
func (w *arm64) lanes() int     { return 4 }
func (w *arm64) vectors() int   { return 31 }

func (w *arm64) begin(fn string, general ...string) {
	w.start(fn, arm64General, general)
	w.line("MOVD c+0(FP), %s", w.r(general[0]))
}
func (w *arm64) end()             { w.line("RET") }
func (w *arm64) jump(name string) { w.line("B %s", name) }

func (w *arm64) field(dst, base string, off int) {
	w.line("MOVD %d(%s), %s", off, w.r(base), w.r(dst))
}
func (w *arm64) setField(base string, off int, src string) {
	w.line("MOVD %s, %d(%s)", w.r(src), off, w.r(base))
}
func (w *arm64) addField(dst, base string, off int) {
	w.line("MOVD %d(%s), R%d", off, w.r(base), arm64Word)
	w.line("ADD R%d, %s", arm64Word, w.r(dst))
}
func (w *arm64) countField(base string, off int, label string) {
	w.line("MOVD %d(%s), R%d", off, w.r(base), arm64Word)
	w.line("SUBS $1, R%d", arm64Word)
	w.line("MOVD R%d, %d(%s)", arm64Word, off, w.r(base))
	w.line("BNE %s", label)
}
func (w *arm64) move(dst, src string)     { w.line("MOVD %s, %s", w.r(src), w.r(dst)) }
func (w *arm64) clear(dst string)         { w.line("MOVD $0, %s", w.r(dst)) }
func (w *arm64) addImm(dst string, n int) { w.line("ADD $%d, %s", n, w.r(dst)) }
func (w *arm64) add(dst, src string)      { w.line("ADD %s, %s", w.r(src), w.r(dst)) }
func (w *arm64) triple(dst, src string) {
	w.line("ADD %[1]s<<1, %[1]s, %[2]s", w.r(src), w.r(dst))
}
func (w *arm64) count(r, label string) {
	w.line("SUBS $1, %s", w.r(r))
	w.line("BNE %s", label)
}
func (w *arm64) ifZero(r, label string) { w.line("CBZ %s, %s", w.r(r), label) }
func (w *arm64) ifBelow(r string, n int, label string) {
	w.line("CMP $%d, %s", n, w.r(r))
	w.line("BLT %s", label)
}

func (w *arm64) ifAtLeast(r string, n int, label string) {
	w.line("CMP $%d, %s", n, w.r(r))
	w.line("BGE %s", label)
}
func (w *arm64) indexed() bool { return false }

func number(register string) (n int) {
	if _, err := fmt.Sscanf(register, "R%d", &n); err != nil {
		panic(err)
	}
	return n
}

// address returns a register and what to add to it, a multiple of step below
// 4096 steps.
func (w *arm64) address(m mem, step int) (register, disp int) {
	base := w.r(m.base)
	if m.scale > 0 {
		shift := map[int]int{1: 0, 2: 1, 4: 2}[m.scale]
		w.line("ADD %s<<%d, %s, R%d", w.r(m.index), shift, base, arm64Address)
		base = fmt.Sprintf("R%d", arm64Address)
	}
	if m.disp < 0 || step == 0 && m.disp > 0 || step > 0 && (m.disp%step > 0 || m.disp >= 4096*step) {
		w.line("ADD $%d, %s, R%d", m.disp, base, arm64Address)
		return arm64Address, 0
	}
	return number(base), m.disp
}

func (w *arm64) word(code uint32, comment string, args ...any) {
	w.line("WORD $0x%08X // %s", code, fmt.Sprintf(comment, args...))
}

func (w *arm64) check(vs ...vec) {
	for _, v := range vs {
		if v < 0 || v > arm64Spare {
			panic(fmt.Sprintf("%s: vector register %d", w.names[len(w.names)-1], v))
		}
	}
}

func (w *arm64) load(v vec, m mem) {
	w.check(v)
	r, d := w.address(m, 16)
	w.word(0x3DC00000|uint32(d/16)<<10|uint32(r)<<5|uint32(v), "ldr q%d, [x%d, #%d]", v, r, d)
}
func (w *arm64) store(v vec, m mem) {
	w.check(v)
	r, d := w.address(m, 16)
	w.word(0x3D800000|uint32(d/16)<<10|uint32(r)<<5|uint32(v), "str q%d, [x%d, #%d]", v, r, d)
}
func (w *arm64) splat(v vec, m mem) {
	w.check(v)
	r, _ := w.address(m, 0)
	w.word(0x4D40C800|uint32(r)<<5|uint32(v), "ld1r {v%d.4s}, [x%d]", v, r)
}
func (w *arm64) zero(v vec)        { w.word(0x4F000400|uint32(v), "movi v%d.4s, #0", v) }
func (w *arm64) copy(dst, src vec) { w.three(0x4EA01C00, "orr", dst, src, src) }
func (w *arm64) three(code uint32, name string, dst, a, b vec) {
	w.check(dst, a, b)
	w.word(code|uint32(b)<<16|uint32(a)<<5|uint32(dst), "%s v%d.4s, v%d.4s, v%d.4s", name, dst, a, b)
}
func (w *arm64) fma(acc, a, b vec) { w.three(0x4E20CC00, "fmla", acc, a, b) }
func (w *arm64) horner(p, r vec, m mem) {
	w.load(arm64Spare, m)
	w.fma(arm64Spare, p, r)
	w.copy(p, arm64Spare)
}
func (w *arm64) affine(v, scale, shift vec) {
	w.copy(arm64Spare, shift)
	w.fma(arm64Spare, v, scale)
	w.copy(v, arm64Spare)
}
func (w *arm64) sum(dst, a, b vec) { w.three(0x4E20D400, "fadd", dst, a, b) }
func (w *arm64) sub(dst, a, b vec) { w.three(0x4EA0D400, "fsub", dst, a, b) }
func (w *arm64) mul(dst, a, b vec) { w.three(0x6E20DC00, "fmul", dst, a, b) }
func (w *arm64) div(dst, a, b vec) { w.three(0x6E20FC00, "fdiv", dst, a, b) }
func (w *arm64) min(dst, a vec, m mem) {
	w.load(arm64Spare, m)
	w.three(0x4EA0F400, "fmin", dst, a, arm64Spare)
}
func (w *arm64) max(dst, a vec, m mem) {
	w.load(arm64Spare, m)
	w.three(0x4E20F400, "fmax", dst, a, arm64Spare)
}
func (w *arm64) and(dst, a, b vec) { w.three(0x4E201C00, "and", dst, a, b) }
func (w *arm64) positive(dst, v, d vec) {
	w.word(0x6EA0D800|uint32(v)<<5|uint32(arm64Spare), "fcmle v%d.4s, v%d.4s, #0", arm64Spare, v)
	w.three(0x4E601C00, "bic", dst, d, arm64Spare)
}
func (w *arm64) scaleBy(p, t vec) {
	w.word(0x4F375400|uint32(t)<<5|uint32(t), "shl v%d.4s, v%d.4s, #23", t, t)
	w.three(0x4EA08400, "add", p, p, t)
}
func (w *arm64) everyFourth(string) {}

func (w *arm64) reduce4(dst vec, acc mem, tmp [4]vec) {
	quarter := func(to, a, b vec, i int) {
		part := func(j int) mem { m := acc; m.disp += 64*i + 16*j; return m }
		w.load(to, part(0))
		w.load(a, part(2))
		w.sum(to, to, a)
		w.load(a, part(1))
		w.load(b, part(3))
		w.sum(a, a, b)
		w.sum(to, to, a)
	}
	pair := func(to, a, b, c vec, i int) {
		quarter(a, b, c, i)
		quarter(to, b, c, i+1)
		w.three(0x4E803800, "zip1", b, a, to)
		w.three(0x4E807800, "zip2", c, a, to)
		w.sum(to, b, c)
	}
	s, a, b, c := tmp[0], tmp[1], tmp[2], tmp[3]
	pair(dst, a, b, c, 0) // a02 b02 a13 b13
	pair(s, a, b, c, 2)
	w.word(0x4EC03800|uint32(s)<<16|uint32(dst)<<5|uint32(a), "zip1 v%d.2d, v%d.2d, v%d.2d", a, dst, s)
	w.word(0x4EC07800|uint32(s)<<16|uint32(dst)<<5|uint32(b), "zip2 v%d.2d, v%d.2d, v%d.2d", b, dst, s)
	w.sum(dst, a, b)
}
func (w *arm64) store4(v vec, m mem) { w.store(v, m) }
func (w *arm64) load4(v vec, m mem)  { w.load(v, m) }
func (w *arm64) sum4(dst, a, b vec)  { w.sum(dst, a, b) }

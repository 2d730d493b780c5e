// Command generate writes the vector kernels: one description of every kernel,
// emitted for 512-bit and for 256-bit vectors. Run it by
//
//	go generate ./trainer/engine/kernel
package main

import (
	"flag"
	"fmt"
	"os"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// isa is a width of vectors. The 512-bit kernels use the encodings of AVX-512F,
// the 256-bit ones those of AVX2 and FMA.
type isa struct {
	name  string
	lanes int
	regs  int
}

var (
	zmm = isa{"Z", 16, 32}
	ymm = isa{"Y", 8, 16}
)

type vec = reg.VecVirtual

func (s isa) wide() bool { return s.lanes == 16 }
func (s isa) bytes() int { return 4 * s.lanes }

func (s isa) vec() vec {
	if s.wide() {
		return ZMM()
	}
	return YMM()
}

func (s isa) zero() vec {
	v := s.vec()
	if s.wide() {
		VPXORD(v, v, v)
	} else {
		VXORPS(v, v, v)
	}
	return v
}

func (s isa) load(m Op) vec {
	v := s.vec()
	VMOVUPS(m, v)
	return v
}

func (s isa) splat(m Op) vec {
	v := s.vec()
	VBROADCASTSS(m, v)
	return v
}

// function begins a kernel; every one is a leaf without a frame.
func function(name, signature, doc string) {
	TEXT(name, NOSPLIT, "func"+signature)
	Pragma("noescape")
	Doc(name + " " + doc)
}

func end() {
	VZEROUPPER()
	RET()
}

// arg loads a parameter into a register.
func arg(name string) reg.GPVirtual { return Load(Param(name), GP64()).(reg.GPVirtual) }

// slot is the place of a parameter in the caller's frame, which a kernel may use
// as a variable.
func slot(name string) Mem {
	b, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

func add(n int, r Op) {
	if n != 0 {
		ADDQ(I32(int32(n)), r)
	}
}

func at(base reg.GPVirtual, disp int) Mem { return Mem{Base: base, Disp: disp} }

func indexed(base, index reg.GPVirtual, disp int) Mem {
	return Mem{Base: base, Index: index, Scale: 1, Disp: disp}
}

var dispatch = flag.String("dispatch", "", "Go file that calls the elementwise kernels by their width")

func main() {
	flag.Parse()
	ConstraintExpr("!purego")
	for _, s := range []isa{zmm, ymm} {
		peak(s)
		convolutions(s)
		elementwise(s)
	}
	Generate()
	if err := writeDispatch(*dispatch); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func convolutions(s isa) {
	pack(s)
	for _, vectors := range []int{2, 1} {
		wide(s, vectors)
		for _, in := range gradInputs(s, vectors) {
			wideGrad(s, in, vectors)
		}
	}
	for _, g := range []int{1, 2, 4, 8} {
		if s.wide() {
			sliding(s, g, 4)
			sliding(s, g, 8)
		} else {
			slide(s, g, 4, 3, 3)
			slide(s, g, 1, 6, 3)
		}
		slidingGrad(s, g, 3, slidingRows(s, g))
		if g == s.lanes {
			continue // one group a vector: the wide kernels serve it tap by tap
		}
		narrow(s, g)
		if 9*g+3 <= s.regs {
			squareGrad(s, g, 3, 3)
		}
		for _, taps := range []int{3, 1} {
			narrowGrad(s, g, taps)
		}
	}
	if !s.wide() {
		slidingGrad(s, 2, 3, 2)
		slide(s, 1, 4, 2, 5)
		slide(s, 1, 1, 6, 5)
		slidingGrad(s, 1, 5, 2)
		slidingGrad(s, 1, 5, 1)
		squareGrad(s, 1, 5, 2)
		squareGrad(s, 1, 5, 1)
	}
}

// slidingRows is the number of kernel rows that slidingGrad takes at once of three.
func slidingRows(s isa, g int) int {
	if 9*g+4 <= s.regs {
		return 3
	}
	return 1
}

// gradInputs lists the numbers of inputs for which there is a weight gradient. A
// few do where registers are many; where they are few, all that fit beside the
// gradients and one input.
func gradInputs(s isa, vectors int) []int {
	if s.wide() {
		return []int{8, 4, 1}
	}
	var all []int
	for in := 12 / vectors; in > 0; in-- {
		all = append(all, in)
	}
	return all
}

// peak runs n rounds of independent multiply-adds on registers: 24 on 512-bit
// vectors, 12 on 256-bit ones.
func peak(s isa) {
	name := "peak" + s.name
	function(name, "(n int)", "runs n rounds of independent multiply-adds.")
	n := arg("n")
	count := 12
	if s.wide() {
		count = 24
	}
	var acc []vec
	for range count {
		acc = append(acc, s.zero())
	}
	a := s.zero()
	Label("loop")
	for _, v := range acc {
		VFMADD231PS(a, a, v)
	}
	DECQ(n)
	JNZ(LabelRef("loop"))
	end()
}

func names(format string, args ...any) string { return fmt.Sprintf(format, args...) }

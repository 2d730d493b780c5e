package main

import (
	"fmt"
	"strings"
)

// vec is the number of a vector register.
type vec int

// mem is a place in memory: base + scale·index + disp bytes. Without an index,
// scale is 0.
type mem struct {
	base, index string
	scale, disp int
}

func at(base string, disp int) mem { return mem{base: base, disp: disp} }

// A machine writes the instructions of one kind of processor. General registers
// have names of our own; a function has as many as the machine has.
type machine interface {
	suffix() string // of function names
	lanes() int     // floats a vector
	vectors() int   // vector registers that a kernel may use

	begin(fn string, general ...string) // loads the argument into the first
	end()
	label(name string)
	jump(name string)

	field(dst, base string, off int) // dst = the word at base+off
	setField(base string, off int, src string)
	addField(dst, base string, off int)            // dst += the word at base+off
	countField(base string, off int, label string) // decrements the word; jumps to label unless it is 0
	move(dst, src string)
	clear(dst string)
	addImm(dst string, n int)
	add(dst, src string)
	triple(dst, src string) // dst = 3·src
	count(r, label string)  // decrements r; jumps to label unless it is 0
	ifZero(r, label string)
	ifBelow(r string, n int, label string)
	ifAtLeast(r string, n int, label string)
	indexed() bool // whether an index in an address costs nothing

	load(v vec, m mem)
	store(v vec, m mem)
	splat(v vec, m mem)
	zero(v vec)
	copy(dst, src vec)
	fma(acc, a, b vec)          // acc += a·b
	horner(p, r vec, m mem)     // p = p·r + m
	affine(v, scale, shift vec) // v = v·scale + shift
	sum(dst, a, b vec)
	sub(dst, a, b vec)
	mul(dst, a, b vec)
	div(dst, a, b vec)
	min(dst, a vec, m mem)
	max(dst, a vec, m mem)
	and(dst, a, b vec)
	positive(dst, v, d vec)               // dst = d where v is neither below nor equal to zero, else +0; dst may be v or d
	scaleBy(p, t vec)                     // p·2ⁿ, n the lowest bits of t, as integers; t is lost
	everyFourth(general string)           // prepares for reduce4
	reduce4(dst vec, acc mem, tmp [4]vec) // the trees of four accumulators at acc, of 16 lanes each
	store4(v vec, m mem)
	load4(v vec, m mem)
	sum4(dst, a, b vec)
}

// writer is what the machines have in common.
type writer struct {
	out     strings.Builder
	names   []string
	general map[string]string
}

func (w *writer) line(format string, args ...any) {
	w.out.WriteByte('\t')
	fmt.Fprintf(&w.out, format, args...)
	w.out.WriteByte('\n')
}

func (w *writer) label(name string) { fmt.Fprintf(&w.out, "%s:\n", name) }

func (w *writer) r(name string) string {
	r, ok := w.general[name]
	if !ok {
		panic("no register named " + name)
	}
	return r
}

func (w *writer) start(fn string, registers, general []string) {
	w.general = map[string]string{}
	for i, g := range general {
		if i == len(registers) {
			panic(fmt.Sprintf("%s: too many registers: %v", fn, general))
		}
		w.general[g] = registers[i]
	}
	w.names = append(w.names, fn)
	fmt.Fprintf(&w.out, "\n// func %s(c *Call)\nTEXT ·%s(SB), NOSPLIT, $0-8\n", fn, fn)
}

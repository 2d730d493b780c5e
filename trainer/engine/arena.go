package engine

import "unsafe"

// align is the alignment of every piece of memory in floats: a cache line.
const align = 16

// arena collects what a net needs of memory while the net is built, and then
// hands it all out of one buffer. So the size is known before anything is taken,
// and a training step allocates nothing.
type arena struct {
	pieces []piece
	size   int // floats
}

type piece struct {
	dst  *[]float32
	from int
	n    int
}

// need asks for n floats, to be found in dst once the arena is allocated.
func (a *arena) need(dst *[]float32, n int) {
	a.pieces = append(a.pieces, piece{dst, a.size, n})
	a.size += (n + align - 1) / align * align
}

// allocate fills every asked-for slice with zeroed memory.
func (a *arena) allocate() {
	buf := make([]float32, a.size+2*hugePage)
	skip := int(-uintptr(unsafe.Pointer(unsafe.SliceData(buf)))/4) & (hugePage - 1)
	buf = buf[skip : skip+(a.size+hugePage-1)&^(hugePage-1)]
	adviseHuge(buf)
	a.hand(buf)
}

// hand cuts the asked-for slices out of buf.
func (a *arena) hand(buf []float32) {
	for _, p := range a.pieces {
		*p.dst = buf[p.from : p.from+p.n : p.from+p.n]
	}
	a.pieces = nil
}

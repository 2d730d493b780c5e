package engine

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePage is the size of a large page of memory in floats.
const hugePage = 2 << 20 / 4

// adviseHuge asks the kernel for large pages: a step touches more memory than the
// processor can translate addresses for with small ones. Without them it is only
// slower, so an error is of no interest.
func adviseHuge(buf []float32) {
	_ = unix.Madvise(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(buf))), 4*len(buf)), unix.MADV_HUGEPAGE)
}

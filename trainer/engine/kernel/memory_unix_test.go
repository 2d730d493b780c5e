//go:build unix

package kernel

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// region is memory before a page that cannot be accessed.
type region struct {
	pages  []byte // with that page
	floats []float32
}

// tail returns the last n floats.
func (r *region) tail(n int) []float32 {
	if n > len(r.floats) {
		r.release()
		r.grow(max(2*n, 1<<16))
	}
	return r.floats[len(r.floats)-n:]
}

func (r *region) grow(n int) {
	page := unix.Getpagesize()
	size := (4*n + page - 1) / page * page
	pages, err := unix.Mmap(-1, 0, size+page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	if err := unix.Mprotect(pages[size:], unix.PROT_NONE); err != nil {
		panic(err)
	}
	r.pages = pages
	r.floats = unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(pages))), size/4)
}

func (r *region) release() {
	if r.pages == nil {
		return
	}
	if err := unix.Munmap(r.pages); err != nil {
		panic(err)
	}
	*r = region{}
}

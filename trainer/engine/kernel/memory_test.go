package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime/debug"
	"slices"
)

// memory hands out buffers that reveal stray accesses. Everything around a buffer
// and between the pixels of a view is NaN, of a payload that tells its place: a
// kernel that uses it spoils its result, and a kernel that writes there is found
// out. Where the system allows, a buffer's end is close before a page that cannot
// be accessed at all.
type memory struct {
	regions []region
	buffers []*buffer

	r     *rand.Rand
	whole bool // numbers are small integers: all sums are exact
	zeros int  // lanes at the end of every pixel that are zero, as padding is
	shift int  // of the buffers against the pages
}

type buffer struct {
	name   string
	zone   []float32 // data and its surroundings
	data   []float32
	output []bool    // elements of data that the kernel may write
	before []float32 // the zone
}

// margin is the number of NaNs before a buffer, more than two vectors.
const margin = 48

// marker returns the NaN for element j of zone i.
func marker(i, j int) float32 {
	return math.Float32frombits(0x7fc00000 | uint32(j*29+i*611953+1)&0x3fffff)
}

// reset takes all buffers back. What follows depends on the seed alone, except
// for the places of the buffers.
func (m *memory) reset(seed uint64, whole bool, shift int) {
	m.buffers = m.buffers[:0]
	m.r = rand.New(rand.NewPCG(seed, 1))
	m.whole, m.shift = whole, shift
	m.zeros = max(m.r.IntN(16)-8, 0)
}

func (m *memory) take(name string, n int) *buffer {
	i := len(m.buffers)
	if i == len(m.regions) {
		m.regions = append(m.regions, region{})
	}
	behind := m.shift * (2*i + 1) % 16
	zone := m.regions[i].tail(margin + n + behind)
	for j := range zone {
		zone[j] = marker(i, j)
	}
	b := &buffer{name: name, zone: zone, data: zone[margin:][:n:n], output: make([]bool, n)}
	m.buffers = append(m.buffers, b)
	return b
}

func (m *memory) release() {
	for i := range m.regions {
		m.regions[i].release()
	}
}

// number draws an integer of at most the given size, or a normal deviate.
func (m *memory) number(limit int) float32 {
	if m.whole {
		return float32(m.r.IntN(2*limit+1) - limit)
	}
	return float32(m.r.NormFloat64())
}

// place gives a view memory that ends with its last pixel.
func (m *memory) place(name string, v View, fill, output bool, limit int) View {
	b := m.take(name, v.Offset(v.N-1, v.H-1, v.W-1)+v.C)
	v.Data = b.data
	for n := range v.N {
		for h := range v.H {
			for w := range v.W {
				o := v.Offset(n, h, w)
				for i := range v.C {
					if fill {
						v.Data[o+i] = m.number(limit)
					}
					if fill && i >= v.C-m.zeros {
						v.Data[o+i] = 0
					}
					b.output[o+i] = output
				}
			}
		}
	}
	return v
}

func (m *memory) input(name string, v View, limit int) View {
	return m.place(name, v, true, false, limit)
}

// output's pixels are NaN until the kernel writes them.
func (m *memory) output(name string, v View) View { return m.place(name, v, false, true, 0) }

func (m *memory) inout(name string, v View, limit int) View {
	return m.place(name, v, true, true, limit)
}

// values returns n numbers that the kernel may read.
func (m *memory) values(name string, n, limit int) []float32 {
	return m.input(name, Dense(nil, 1, 1, 1, n), limit).Data
}

// sums returns n numbers to which the kernel may add.
func (m *memory) sums(name string, n int) []float32 {
	return m.inout(name, Dense(nil, 1, 1, 1, n), 8).Data
}

// layout draws strides for images of pixels.
func (m *memory) layout(n, h, w, c int) View {
	v := Dense(nil, n, h, w, c)
	switch m.r.IntN(4) {
	case 1: // within a border
		pad := 1 + m.r.IntN(3)
		v.Row += 2 * pad * c
		v.Image = (h + 2*pad) * v.Row
	case 2: // every second row and column
		v.Pixel = 2 * c
		v.Row = 2 * (2*w - m.r.IntN(2)) * c
		v.Image = (2*h - m.r.IntN(2)) * v.Row / 2
	case 3: // gaps of any size
		v.Pixel += m.r.IntN(2) * (1 + m.r.IntN(20))
		v.Row = w*v.Pixel + m.r.IntN(2)*(1+m.r.IntN(20))
		v.Image = h*v.Row + m.r.IntN(2)*(1+m.r.IntN(20))
	}
	return v
}

// dense returns the elements of a view without gaps.
func dense(v View) []float32 {
	d := make([]float32, 0, v.N*v.H*v.W*v.C)
	for n := range v.N {
		for h := range v.H {
			for w := range v.W {
				d = append(d, v.Lanes(n, h, w)...)
			}
		}
	}
	return d
}

// run calls f and reports accesses where there must be none.
func (m *memory) run(f func()) error {
	for _, b := range m.buffers {
		b.before = slices.Clone(b.zone)
	}
	if err := try(f); err != nil {
		return err
	}
	for _, b := range m.buffers {
		for i, v := range b.zone {
			if math.Float32bits(v) == math.Float32bits(b.before[i]) {
				continue
			}
			if at := i - margin; at < 0 || at >= len(b.data) || !b.output[at] {
				return fmt.Errorf("%s[%d] of %d was overwritten by %v", b.name, at, len(b.data), v)
			}
		}
	}
	return nil
}

// try calls f and returns its panic, or its access to a forbidden page.
func try(f func()) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	f()
	return nil
}

// written returns the bits of all outputs.
func (m *memory) written() []uint32 {
	var bits []uint32
	for _, b := range m.buffers {
		for i, v := range b.data {
			if b.output[i] {
				bits = append(bits, math.Float32bits(v))
			}
		}
	}
	return bits
}

package dataset

// A picture is an image of any size: height*width*channels values by row,
// column and channel, of which there are one of grey or three of colour, which
// others may follow.
type picture struct {
	pixels                  []uint8
	width, height, channels int
}

// shrink writes the middle square of a picture into size*size*3 pixels. Each is
// the mean of the area that it covers, halves rounded up, computed in whole
// numbers: the result is the same on every machine.
func shrink(pixels []uint8, size int, p picture) {
	if p.width == size && p.height == size && p.channels == 3 {
		copy(pixels, p.pixels)
		return
	}
	side := min(p.width, p.height)
	left, top := (p.width-side)/2, (p.height-side)/2
	area := uint64(side) * uint64(side)
	sums := make([]uint64, size*p.channels) // of a row of the result
	for y := range size {
		clear(sums)
		// In units of 1/size of a pixel, the row covers [y*side, (y+1)*side).
		for sy := y * side / size; sy*size < (y+1)*side; sy++ {
			h := overlap(sy*size, size, y*side, side)
			row := p.pixels[((top+sy)*p.width+left)*p.channels:]
			for x := range size {
				for sx := x * side / size; sx*size < (x+1)*side; sx++ {
					w := h * overlap(sx*size, size, x*side, side)
					for c := range p.channels {
						sums[x*p.channels+c] += w * uint64(row[sx*p.channels+c])
					}
				}
			}
		}
		for x := range size {
			for c := range 3 {
				sum := sums[x*p.channels+min(c, p.channels-1)]
				pixels[(y*size+x)*3+c] = uint8((2*sum + area) / (2 * area))
			}
		}
	}
}

// overlap is the length that two intervals share, each given by its start and
// length.
func overlap(a, m, b, n int) uint64 { return uint64(min(a+m, b+n) - max(a, b)) }

package dataset

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// blocks is what shrink should give, by repeating every pixel size times in both
// directions and averaging whole blocks.
func blocks(p picture, size int) []uint8 {
	side := min(p.width, p.height)
	left, top := (p.width-side)/2, (p.height-side)/2
	var pixels []uint8
	for y := range size {
		for x := range size {
			for c := range 3 {
				sum := 0.0
				for v := y * side; v < (y+1)*side; v++ {
					for u := x * side; u < (x+1)*side; u++ {
						at := (top+v/size)*p.width + left + u/size
						sum += float64(p.pixels[at*p.channels+min(c, p.channels-1)])
					}
				}
				pixels = append(pixels, uint8(sum/float64(side*side)+0.5))
			}
		}
	}
	return pixels
}

func TestShrink(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := picture{
			width: rapid.IntRange(1, 12).Draw(t, "width"), height: rapid.IntRange(1, 12).Draw(t, "height"),
			channels: rapid.SampledFrom([]int{1, 3, 4}).Draw(t, "channels"),
		}
		n := p.width * p.height * p.channels
		p.pixels = rapid.SliceOfN(rapid.Uint8(), n, n).Draw(t, "pixels")
		size := rapid.IntRange(1, 10).Draw(t, "size")
		got := make([]uint8, size*size*3)
		shrink(got, size, p)
		if diff := cmp.Diff(blocks(p, size), got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

func TestShrinkByHand(t *testing.T) {
	// Rows of 4, of one channel.
	p := picture{pixels: []uint8{
		1, 2, 0, 0,
		3, 4, 0, 1, // means 2.5 and 0.25
		255, 255, 10, 11,
		255, 255, 10, 11, // 255 and 10.5
	}, width: 4, height: 4, channels: 1}
	got := make([]uint8, 12)
	shrink(got, 2, p)
	if diff := cmp.Diff([]uint8{3, 3, 3, 0, 0, 0, 255, 255, 255, 11, 11, 11}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

package pycls

import (
	"strings"

	"designspace/space"
)

// resnetDepths are the blocks of the stages of a network for ImageNet by its
// depth (He et al. 2016, arXiv 1512.03385, table 1).
var resnetDepths = map[int][]int{50: {3, 4, 6, 3}, 101: {3, 4, 23, 3}, 152: {3, 8, 36, 3}}

// resnet reads type resnet: networks of basic blocks for images of CIFAR, of
// bottleneck blocks for others.
func (r *reader) resnet(m *space.Model) {
	s, at := r.section, r.doc.At("MODEL").At("DEPTH")
	depth := get(r, at, 0)
	m.HeadWidth, m.SERatio = 0, 0
	if data := get(r, r.doc.At("TRAIN").At("DATASET"), ""); strings.HasPrefix(data, "cifar") {
		n := (depth - 2) / 6
		if n < 1 || depth != 6*n+2 {
			r.fail(at, "%d is not 6n + 2, as of networks for CIFAR", depth)
		}
		m.Stem, m.StemWidth, m.Block = space.StemCIFAR, 16, space.BlockBasic
		m.Depths, m.Widths, m.Strides = []int{n, n, n}, []int{16, 32, 64}, []int{1, 2, 2}
		if kind := get(r, s.At("TRANS_FUN"), "basic_transform"); kind != "basic_transform" {
			r.fail(s.At("TRANS_FUN"), "%q cannot be read in networks for CIFAR; basic_transform can", kind)
		}
		return
	}
	if m.Depths = resnetDepths[depth]; m.Depths == nil {
		r.fail(at, "%d cannot be read; 50, 101 and 152 can", depth)
		return
	}
	if kind := get(r, s.At("TRANS_FUN"), "bottleneck_transform"); kind != "bottleneck_transform" {
		r.fail(s.At("TRANS_FUN"), "%q cannot be read in networks for ImageNet; bottleneck_transform can", kind)
	}
	if get(r, s.At("STRIDE_1X1"), true) {
		r.fail(s.At("STRIDE_1X1"), "the stride in the first 1×1 convolution, which is pycls' default, cannot be read; False can")
	}
	m.Stem, m.StemWidth, m.Block = space.StemImageNet, 64, space.BlockX
	m.Strides = []int{1, 2, 2, 2}
	groups, width := get(r, s.At("NUM_GROUPS"), 1), get(r, s.At("WIDTH_PER_GROUP"), 64)
	if groups < 1 || width < 1 || groups > 1<<16 || width > 1<<16 {
		r.fail(s.At("NUM_GROUPS"), "%d groups of width %d; want whole numbers from 1", groups, width)
		return
	}
	for i := range m.Depths {
		m.Widths = append(m.Widths, 256<<i)
		m.Bottleneck = append(m.Bottleneck, 256/float64(groups*width))
		m.GroupWidths = append(m.GroupWidths, width<<i)
	}
}

package engine

import "designspace/trainer/engine/kernel"

// layout says where in memory the channels of a feature map stand. The channels
// of a grouped convolution are laid out group by group, each group padded to a
// width that the kernels know (1, 2, 4 or a multiple of the lane count); then
// the whole is padded to a multiple of the lane count.
type layout struct {
	channels int
	width    int // channels a group
	padded   int // lanes a group
}

// plainLayout is the layout of channels without groups.
func plainLayout(channels int) layout {
	return layout{channels, channels, kernel.Lanes(channels)}
}

// groupedLayout is the layout of channels in groups of the given width.
func groupedLayout(channels, width int) layout {
	if width == channels {
		return plainLayout(channels)
	}
	padded := 1
	for padded < width && padded < kernel.Lane {
		padded *= 2
	}
	if padded < width {
		padded = kernel.Lanes(width)
	}
	return layout{channels, width, padded}
}

func (l layout) lane(channel int) int { return channel/l.width*l.padded + channel%l.width }

func (l layout) lanes() int { return kernel.Lanes(l.channels / l.width * l.padded) }

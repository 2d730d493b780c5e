package engine

import (
	"math"

	"designspace/trainer/engine/kernel"
)

// head is global average pooling, a fully connected layer and the loss.
type head struct {
	in     *feature
	fc     *linear
	buffer buffer // of the input

	// Rows of [block][channel][image].
	mean, dmean     []float32
	logits, dlogits []float32
	out             []float32 // batch × classes
}

func (n *Net) newHead(in *feature, classes int) *head {
	h := &head{in: in, fc: n.newLinear("fc", in.channels, classes, 0.01)}
	n.arena.need(&h.mean, n.blocks()*in.channels*kernel.Images)
	n.arena.need(&h.dmean, n.blocks()*in.channels*kernel.Images)
	n.arena.need(&h.logits, n.blocks()*classes*kernel.Images)
	n.arena.need(&h.dlogits, n.blocks()*classes*kernel.Images)
	n.arena.need(&h.out, n.batch*classes)
	return h
}

// place returns the position of an image's value of a class in the rows.
func (h *head) place(image, class int) int {
	return (image/kernel.Images*h.fc.out+class)*kernel.Images + image%kernel.Images
}

func (h *head) forward(n *Net) {
	f := h.in
	blocks := kernel.Blocks(n.count)
	for i := 0; i < blocks; i += h.buffer.count {
		t := tile{i: i, count: min(h.buffer.count, blocks-i), hi: f.size}
		n.k.Pool(rows(h.mean, f.channels, i, t.count), f.load(n, t, h.buffer, true))
	}
	scale(rows(h.mean, f.channels, 0, blocks), 1/float32(f.size*f.size))
	h.fc.forward(n, h.logits, h.mean, blocks)
	for i := range n.count {
		for j := range h.fc.out {
			h.out[i*h.fc.out+j] = h.logits[h.place(i, j)]
		}
	}
}

// loss returns the mean cross-entropy of the batch against the targets and sets
// the gradient of the logits.
func (h *head) loss(n *Net, targets []float32) float64 {
	classes := h.fc.out
	clear(h.dlogits)
	total := 0.0
	for i := range n.count {
		logits := h.out[i*classes : (i+1)*classes]
		target := targets[i*classes : (i+1)*classes]
		logSum := n.softmax(logits)
		for j, v := range logits {
			total += float64(float64(target[j]) * (logSum - float64(v)))
			h.dlogits[h.place(i, j)] = float32((n.softly[j] - float64(target[j])) / float64(n.count))
		}
	}
	return total / float64(n.count)
}

// softmax sets n.softly to the probabilities and returns ln Σ exp(v), without
// overflow.
func (n *Net) softmax(v []float32) float64 {
	top := math.Inf(-1)
	for _, x := range v {
		top = max(top, float64(x))
	}
	sum := 0.0
	for i, x := range v {
		n.softly[i] = exp(float64(x) - top)
		sum += n.softly[i]
	}
	for i := range v {
		n.softly[i] /= sum
	}
	return top + log(sum)
}

func (h *head) backward(n *Net) {
	f := h.in
	blocks := kernel.Blocks(n.count)
	h.fc.gradient(n, h.mean, h.dlogits, blocks)
	h.fc.backward(n, h.dmean, h.dlogits, blocks)
	scale(rows(h.dmean, f.channels, 0, blocks), 1/float32(f.size*f.size))
	for i := 0; i < blocks; i += h.buffer.count {
		t := tile{i: i, count: min(h.buffer.count, blocks-i), hi: f.size}
		dy := f.gradient(n, t)
		n.k.Spread(dy, rows(h.dmean, f.channels, i, t.count))
		f.from.reduce(n, dy, t)
	}
	f.from.finish(n)
}

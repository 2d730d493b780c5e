package engine

import "math"

// head is global average pooling, a fully connected layer and the loss.
type head struct {
	in *feature
	fc *linear

	// Rows by image of the batch.
	mean, dmean     []float32
	logits, dlogits []float32 // padded to lanes
	out             []float32 // batch × classes, without padding
}

func (n *Net) newHead(in *feature, classes int) *head {
	h := &head{in: in, fc: n.newLinear("fc", in.layout, plainLayout(classes), 0.01)}
	wide, narrow := in.lanes, h.fc.geometry.Out
	n.arena.need(&h.mean, n.batch*wide)
	n.arena.need(&h.dmean, n.batch*wide)
	n.arena.need(&h.logits, n.batch*narrow)
	n.arena.need(&h.dlogits, n.batch*narrow)
	n.arena.need(&h.out, n.batch*classes)
	return h
}

func (h *head) forward(n *Net) {
	f := h.in
	clear(h.mean)
	tile := n.tile(f.size, f.lanes)
	for i := 0; i < n.count; i += tile {
		count := min(tile, n.count-i)
		n.k.Pool(rows(h.mean, f.lanes, i, count), f.load(n, i, count, 0, true))
	}
	scale(h.mean, 1/float32(f.size*f.size))
	h.fc.forward(n, h.logits, h.mean, n.count)
	classes, lanes := h.fc.out.channels, h.fc.geometry.Out
	for i := range n.count {
		copy(h.out[i*classes:(i+1)*classes], h.logits[i*lanes:])
	}
}

// loss returns the mean cross-entropy of the batch against the targets and sets
// the gradient of the logits.
func (h *head) loss(n *Net, targets []float32) float64 {
	classes, lanes := h.fc.out.channels, h.fc.geometry.Out
	total := 0.0
	for i := range n.count {
		logits := h.logits[i*lanes : i*lanes+classes]
		target := targets[i*classes : (i+1)*classes]
		logSum := logSumExp(logits)
		for j, v := range logits {
			total += float64(target[j]) * (logSum - float64(v))
			p := math.Exp(float64(v) - logSum)
			h.dlogits[i*lanes+j] = float32((p - float64(target[j])) / float64(n.count))
		}
	}
	return total / float64(n.count)
}

// logSumExp returns ln Σ exp(v) without overflow.
func logSumExp(v []float32) float64 {
	top := math.Inf(-1)
	for _, x := range v {
		top = max(top, float64(x))
	}
	sum := 0.0
	for _, x := range v {
		sum += math.Exp(float64(x) - top)
	}
	return top + math.Log(sum)
}

func (h *head) backward(n *Net) {
	f := h.in
	h.fc.backward(n, h.dmean, h.mean, h.dlogits, n.count)
	scale(h.dmean, 1/float32(f.size*f.size))
	tile := n.tile(f.size, f.lanes)
	for i := 0; i < n.count; i += tile {
		count := min(tile, n.count-i)
		dy := f.gradient(n, i, count)
		n.k.Spread(dy, rows(h.dmean, f.lanes, i, count))
		f.from.reduce(n, dy, i)
	}
	f.from.finish(n)
}

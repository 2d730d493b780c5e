package trainer

import "designspace/space"

// actCost is how many multiply-adds take about as long as one activation takes
// to be normalised, stored and read again.
const actCost = 30

// Cost estimates the work of training a model on one image, in multiply-adds of
// its forward pass; only ratios mean something. The model must be valid.
func Cost(m *space.Model) float64 {
	c := m.Complexity()
	return float64(c.Flops) + actCost*float64(c.Acts)
}

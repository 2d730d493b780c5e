package engine

import (
	"slices"
	"strings"
	"testing"

	"designspace/trainer/engine/kernel"
)

// A state is refused by a net of another model, and leaves it as it was.
func TestStateOfAnotherModel(t *testing.T) {
	a, wider := small(), small()
	wider.Widths = []int{16, 48}
	n, other := compiled(t, a, 2, kernel.Generic()), compiled(t, wider, 2, kernel.Generic())
	before := slices.Clone(n.weights.value)
	if err := n.SetState(other.State()); err == nil || !strings.Contains(err.Error(), "the net has weights.value of ") {
		t.Error(err)
	}
	if err := n.SetState(n.State()[1:]); err == nil || !strings.Contains(err.Error(), "a state of 7 parts: the net has 8") {
		t.Error(err)
	}
	if !slices.Equal(n.weights.value, before) {
		t.Error("a refused state changed the net")
	}
}

package engine

import "fmt"

// A StatePart is a part of what training changes in a net, in the order of the
// net's memory. Its values are the net's own.
type StatePart struct {
	Name   string
	Values []float32
}

// State returns all that a training step changes and a later one depends on: the
// parameters, their velocities and averages, and the running statistics. A net
// that is compiled from an equal model, and whose state is set to the values,
// goes on to the bit as this one would.
func (n *Net) State() []StatePart {
	var parts []StatePart
	for i, s := range n.stores() {
		name := []string{"weights", "affine", "statistics"}[i]
		parts = append(parts, StatePart{name + ".value", s.value}, StatePart{name + ".average", s.average})
		if len(s.velocity) > 0 {
			parts = append(parts, StatePart{name + ".velocity", s.velocity})
		}
	}
	return parts
}

// SetState sets what [Net.State] returned of a net of an equal model. Nothing is
// changed if the parts are not those of the net.
func (n *Net) SetState(parts []StatePart) error {
	own := n.State()
	if len(parts) != len(own) {
		return fmt.Errorf("engine: a state of %d parts: the net has %d", len(parts), len(own))
	}
	for i, p := range parts {
		if p.Name != own[i].Name || len(p.Values) != len(own[i].Values) {
			return fmt.Errorf("engine: state %s of %d values: the net has %s of %d", p.Name, len(p.Values), own[i].Name, len(own[i].Values))
		}
	}
	for i, p := range parts {
		copy(own[i].Values, p.Values)
	}
	return nil
}

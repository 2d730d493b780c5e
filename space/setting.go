package space

import "slices"

// A Setting is one draw of all parameters of a space, as drawn: before the
// group fix, and before anything rejects it.
type Setting struct{ slots []float64 }

// Setting returns the setting behind the last draw.
func (d *Drawer) Setting() Setting { return Setting{slices.Clone(d.slots)} }

// Value returns a parameter of a setting of the space, by the name that YAML has
// for it: w4 for one stage, b for the first of all. It reports false if the
// space has no such parameter.
func (s *Space) Value(x Setting, name string) (float64, bool) {
	i := s.slot(name)
	if i < 0 || i >= len(x.slots) {
		return 0, false
	}
	return x.slots[i], true
}

// slot returns where the drawn value of a parameter is, -1 if it is not drawn.
func (s *Space) slot(name string) int {
	name, stage := s.split(name)
	p := s.param(name)
	if p == nil || stage >= s.stages[1] {
		return -1
	}
	return p.dim*s.slots() + max(stage, 0)
}

// Probability returns how likely the space draws a setting, before anything is
// rejected; 0 if it never does. The setting may be of another space of the same
// base and number of stages: a child draws those of its parent that it has left,
// and if it only restricts ranges, or orders stages, its probabilities are the
// parent's up to a factor.
func (s *Space) Probability(x Setting) float64 {
	if len(x.slots) != len(s.fixed) {
		return 0
	}
	p := 1.0
	for _, c := range s.chains {
		p *= c.likelihood(x.slots)
	}
	return p
}

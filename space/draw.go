package space

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// A Candidate is a network drawn from a space, and the recipe values that were
// drawn with it.
type Candidate struct {
	Model           *Model
	LR, WeightDecay float64 // 0: not drawn by the space
	Epochs          int     // 0: as the recipe says
	TrainImages     int     // 0: as the run says
}

// Clone returns a copy that shares nothing with c.
func (c *Candidate) Clone() Candidate {
	m := *c.Model
	for _, p := range stageParams {
		p.values.clone(&m)
	}
	if m.RegNet != nil {
		r := *m.RegNet
		m.RegNet = &r
	}
	return Candidate{&m, c.LR, c.WeightDecay, c.Epochs, c.TrainImages}
}

// A RejectReason is why a draw of parameters is no network of the space.
type RejectReason int

// The reasons, in the order in which they are tested.
const (
	Accepted     RejectReason = iota
	StageCount                // a RegNet's line spans another number of levels than the space has stages
	SkippedLevel              // a level of a RegNet's line has no block, or the width of its neighbour
	GroupFix                  // no width near fits the group width at an uneven bottleneck ratio
)

// plan prepares the chains that draw the parameters. Each dimension has a slot
// a stage, of which those that are not staged use the first.
func (s *Space) plan() error {
	s.chains = nil
	dims := s.dimensions()
	s.fixed = slices.Repeat([]float64{1}, len(dims)*s.slots())
	base := Candidate{Model: &s.net}
	for i, p := range extraParams {
		s.fixed[s.extra(i)] = p.value.get(&base)
	}
	for _, p := range s.params {
		plan := s.planOne
		if p.staged {
			plan = s.planStages
		}
		if err := plan(p); err != nil {
			return err
		}
	}
	return nil
}

// slots returns how many slots each dimension has.
func (s *Space) slots() int {
	if s.Base == AnyNetBase {
		return s.stages[1]
	}
	return 1
}

// extra returns the slot of extra parameter i.
func (s *Space) extra(i int) int {
	return (len(s.dimensions()) - len(extraParams) + i) * s.slots()
}

func (s *Space) chain(name string, dists []Distribution, slots [][]int) error {
	c, err := newChain(dists, slots)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	s.chains = append(s.chains, c)
	return nil
}

// planOne plans a parameter of the whole network and those that equal it.
func (s *Space) planOne(p *param) error {
	if p.equals != "" {
		return nil
	}
	dist := p.dists[0].dist
	slots := []int{p.dim * s.slots()}
	for _, q := range s.params {
		if q.equals == p.name {
			dist = dist.among(q.dists[0].dist)
			slots = append(slots, q.dim*s.slots())
		}
	}
	return s.chain(p.name, []Distribution{dist}, [][]int{slots})
}

// planStages plans the parameter of all stages of an AnyNet.
func (s *Space) planStages(p *param) error {
	n := s.stages[1]
	slots := make([][]int, n)
	dists := make([]Distribution, n)
	for i := range n {
		slots[i] = []int{p.dim*n + i}
		dists[i] = p.dists[i].dist
	}
	switch s.order(p) {
	case Constant:
		for _, l := range dists[1:] {
			dists[0] = dists[0].among(l)
		}
		return s.chain(p.name, dists[:1], [][]int{slices.Concat(slots...)})
	case Nonincreasing:
		slices.Reverse(dists)
		slices.Reverse(slots)
		fallthrough
	case Nondecreasing:
		return s.chain(p.name, dists, slots)
	}
	for i := range n {
		if err := s.chain(p.name, dists[i:i+1], slots[i:i+1]); err != nil {
			return err
		}
	}
	return nil
}

// A Drawer draws candidates of a space, one at a time and without allocation.
// It is not safe for concurrent use.
type Drawer struct {
	space  *Space
	slots  []float64
	stages []stageSlot
	extras int // slot of the first extra parameter
	step   int // from one to the next
	c      Candidate
	m      Model
	r      RegNet
}

// A stageSlot is where the drawn values of a parameter of stages are, and where
// they go.
type stageSlot struct {
	values stageValues
	slot   int
	step   int // from stage to stage
}

// NewDrawer returns a Drawer of the space.
func (s *Space) NewDrawer() *Drawer {
	d := &Drawer{space: s, slots: slices.Clone(s.fixed), extras: s.extra(0), step: s.slots(), m: s.net}
	d.c.Model = &d.m
	for i, dim := range s.dimensions() {
		if dim.stage != nil && dim.stage.Of(s.net.Block) {
			slot := stageSlot{dim.stage.values, i * s.slots(), 0}
			if dim.staged {
				slot.step = 1
			}
			d.stages = append(d.stages, slot)
		}
	}
	return d
}

// Draw draws the next candidate from r. It belongs to the Drawer until the
// next draw; clone it to keep it. It has not been held against the space's
// limits.
func (d *Drawer) Draw(r *rand.Rand) (*Candidate, RejectReason) {
	for _, c := range d.space.chains {
		c.draw(r, d.slots)
	}
	for i := range extraParams {
		extraParams[i].value.set(&d.c, d.slots[d.extras+i*d.step])
	}
	if d.space.Base == RegNetBase {
		return &d.c, d.regnet()
	}
	return &d.c, d.anynet()
}

// anynet makes the model of drawn stages.
func (d *Drawer) anynet() RejectReason {
	n := d.space.stages[1]
	d.setStages(n)
	for i := range d.m.Bottleneck {
		if d.m.fixStage(i) != nil {
			return GroupFix
		}
	}
	return Accepted
}

// regnet makes the model of drawn RegNet parameters.
func (d *Drawer) regnet() RejectReason {
	for i := range regnetParams {
		regnetParams[i].value.set(&d.r, d.slots[i])
	}
	d.m.RegNet = &d.r
	levels := d.r.Levels()
	if levels < d.space.stages[0] || levels > d.space.stages[1] {
		return StageCount
	}
	if d.m.setRegNet(d.r) != nil {
		return GroupFix
	}
	if len(d.m.Depths) != levels {
		return SkippedLevel
	}
	d.setStages(levels)
	return Accepted
}

// setStages sets the drawn parameters, and the strides, of n stages.
func (d *Drawer) setStages(n int) {
	for _, p := range d.stages {
		p.values.fill(&d.m, d.slots[p.slot:], n, p.step)
	}
	d.m.Strides = d.m.Strides[:0]
	for i := range n {
		d.m.Strides = append(d.m.Strides, d.space.strides[min(i, len(d.space.strides)-1)])
	}
	if d.space.ratios != nil {
		d.m.SERatios = append(d.m.SERatios[:0], d.space.ratios[:n]...)
	}
}

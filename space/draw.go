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
}

// Clone returns a copy that shares nothing with c.
func (c *Candidate) Clone() Candidate {
	m := *c.Model
	m.Depths, m.Widths, m.Strides = slices.Clone(m.Depths), slices.Clone(m.Widths), slices.Clone(m.Strides)
	m.Bottleneck, m.GroupWidths = slices.Clone(m.Bottleneck), slices.Clone(m.GroupWidths)
	m.Expansions, m.Kernels = slices.Clone(m.Expansions), slices.Clone(m.Kernels)
	if m.RegNet != nil {
		r := *m.RegNet
		m.RegNet = &r
	}
	return Candidate{&m, c.LR, c.WeightDecay}
}

// A RejectReason is why a draw of parameters is no network of the space.
type RejectReason int

// The misfits, in the order in which they are tested.
const (
	Accepted     RejectReason = iota
	StageCount                // a RegNet's line spans another number of levels than the space has stages
	SkippedLevel              // a level of a RegNet's line has no block, or the width of its neighbour
	GroupFix                  // no width near fits the group width at an uneven bottleneck ratio
)

// The slots of a draw: d, w, b, g, e and k of every stage, or the parameters of
// a RegNet; then input, lr, weight_decay.
const (
	slotD = iota
	slotW0
	slotWA
	slotWM
	slotB
	slotG
	slotE
	slotK
	regnetSlots
)

var regnetNames = []string{slotD: "d", slotW0: "w0", slotWA: "wa", slotWM: "wm", slotB: "b", slotG: "g", slotE: "e", slotK: "k"}

var (
	stageNames = []string{"d", "w", "b", "g", "e", "k"}
	extraNames = []string{"input", "lr", "weight_decay"}
)

// plan prepares the chains that draw the parameters.
func (s *Space) plan() error {
	s.chains = nil
	extras := regnetSlots
	if s.Base == AnyNetBase {
		extras = len(stageNames) * s.stages[1]
	}
	s.fixed = slices.Repeat([]float64{1}, extras)
	s.fixed = append(s.fixed, float64(s.net.Input), 0, 0)
	for _, p := range s.params {
		var err error
		if i := slices.Index(extraNames, p.name); i >= 0 {
			err = s.chain(p.name, []Distribution{p.dists[0].dist}, [][]int{{extras + i}})
		} else if s.Base == RegNetBase {
			err = s.planRegNet(p)
		} else {
			err = s.planStages(p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Space) chain(name string, dists []Distribution, slots [][]int) error {
	c, err := newChain(dists, slots)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	s.chains = append(s.chains, c)
	return nil
}

// planRegNet plans a parameter of a RegNet and those that equal it.
func (s *Space) planRegNet(p *param) error {
	if p.equals != "" {
		return nil
	}
	dist := p.dists[0].dist
	slots := []int{slices.Index(regnetNames, p.name)}
	for _, q := range s.params {
		if q.equals == p.name {
			dist = dist.among(q.dists[0].dist)
			slots = append(slots, slices.Index(regnetNames, q.name))
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
		slots[i] = []int{slices.Index(stageNames, p.name)*n + i}
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
	space *Space
	slots []float64
	c     Candidate
	m     Model
	r     RegNet
}

// NewDrawer returns a Drawer of the space.
func (s *Space) NewDrawer() *Drawer {
	d := &Drawer{space: s, slots: slices.Clone(s.fixed), m: s.net}
	d.c.Model = &d.m
	return d
}

// Draw draws the next candidate from r. It belongs to the Drawer until the
// next draw; clone it to keep it. It has not been held against the space's
// limits.
func (d *Drawer) Draw(r *rand.Rand) (*Candidate, RejectReason) {
	for _, c := range d.space.chains {
		c.draw(r, d.slots)
	}
	var reason RejectReason
	if d.space.Base == RegNetBase {
		reason = d.regnet()
	} else {
		reason = d.anynet()
	}
	extras := d.slots[len(d.slots)-len(extraNames):]
	d.m.Input, d.c.LR, d.c.WeightDecay = int(extras[0]), extras[1], extras[2]
	return &d.c, reason
}

// anynet makes the model of drawn stages.
func (d *Drawer) anynet() RejectReason {
	m, n := &d.m, d.space.stages[1]
	m.Depths, m.Widths, m.Bottleneck, m.GroupWidths = m.Depths[:0], m.Widths[:0], m.Bottleneck[:0], m.GroupWidths[:0]
	m.Expansions, m.Kernels = m.Expansions[:0], m.Kernels[:0]
	for i := range n {
		m.Depths = append(m.Depths, int(d.slots[i]))
		m.Widths = append(m.Widths, int(d.slots[n+i]))
		if m.Block == BlockMBConv {
			m.Expansions = append(m.Expansions, int(d.slots[4*n+i]))
			m.Kernels = append(m.Kernels, int(d.slots[5*n+i]))
			continue
		}
		m.Bottleneck = append(m.Bottleneck, d.slots[2*n+i])
		m.GroupWidths = append(m.GroupWidths, int(d.slots[3*n+i]))
		if m.fixStage(i) != nil {
			return GroupFix
		}
	}
	d.strides(n)
	return Accepted
}

// regnet makes the model of drawn RegNet parameters.
func (d *Drawer) regnet() RejectReason {
	d.r = RegNet{
		Depth: int(d.slots[slotD]), W0: int(d.slots[slotW0]), WA: d.slots[slotWA], WM: d.slots[slotWM],
		B: d.slots[slotB], G: int(d.slots[slotG]),
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
	d.m.Expansions, d.m.Kernels = d.m.Expansions[:0], d.m.Kernels[:0]
	for i := 0; d.m.Block == BlockMBConv && i < levels; i++ {
		d.m.Expansions = append(d.m.Expansions, int(d.slots[slotE]))
		d.m.Kernels = append(d.m.Kernels, int(d.slots[slotK]))
	}
	d.strides(levels)
	return Accepted
}

// strides sets the strides of n stages.
func (d *Drawer) strides(n int) {
	d.m.Strides = d.m.Strides[:0]
	for i := range n {
		d.m.Strides = append(d.m.Strides, d.space.strides[min(i, len(d.space.strides)-1)])
	}
}

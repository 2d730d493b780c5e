package space

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"designspace/internal/numeric"
)

// A RegNet is the parameters of a quantised line that generates depths and
// widths (Radosavovic et al. 2020, arXiv 2003.13678, §3.3, in the rounding of
// pycls). Block j of d has the width u_j = w0 + wa·j on the line; its level is
// s_j = ln(u_j/w0)/ln(wm), rounded; its width is w0·wm^s_j, rounded to a
// multiple of 8. Blocks of equal width form a stage. All rounding is half to
// even.
type RegNet struct {
	Depth int     `yaml:"d"`  // blocks in all
	W0    int     `yaml:"w0"` // initial width, a multiple of 8
	WA    float64 `yaml:"wa"` // slope: channels a block
	WM    float64 `yaml:"wm"` // width multiplier between levels, at least 1.001
	B     float64 `yaml:"b"`  // bottleneck ratio
	G     int     `yaml:"g"`  // group width
}

// widthStep is what RegNet widths are multiples of before the group fix.
const widthStep = 8

// A RegNetParam is a parameter of a RegNet.
type RegNetParam struct {
	Name    string // in spaces and in models
	Column  string // in tables of models
	Integer bool
	Line    bool // of the line; the others are alike in all stages

	domain domain
	value  value[RegNet]
}

var regnetParams = []RegNetParam{
	{"d", "regnet_d", true, true, depths, at[RegNet, int](func(r *RegNet) *int { return &r.Depth })},
	{"w0", "w0", true, true, domain{min: widthStep, max: maxWidth, step: widthStep}, at[RegNet, int](func(r *RegNet) *int { return &r.W0 })},
	{"wa", "wa", false, true, domain{min: 0, max: maxWidth}, at[RegNet, float64](func(r *RegNet) *float64 { return &r.WA })},
	{"wm", "wm", false, true, domain{min: minWM, max: maxWidth}, at[RegNet, float64](func(r *RegNet) *float64 { return &r.WM })},
	{"b", "regnet_b", false, false, ratios, at[RegNet, float64](func(r *RegNet) *float64 { return &r.B })},
	{"g", "regnet_g", true, false, widths, at[RegNet, int](func(r *RegNet) *int { return &r.G })},
}

// drawn reports whether spaces of the block draw the parameter.
func (p *RegNetParam) drawn(b Block) bool { return p.Line || b.Has(p.Name) }

// RegNetParams returns the parameters of a RegNet in the order of columns and of
// drawing.
func RegNetParams() []RegNetParam { return slices.Clone(regnetParams) }

// At returns the parameter of a model. It reports false if the model is no
// RegNet.
func (p *RegNetParam) At(m *Model) (float64, bool) {
	if m.RegNet == nil {
		return 0, false
	}
	return p.value.get(m.RegNet), true
}

// Set sets the parameter of a model, which becomes a RegNet.
func (p *RegNetParam) Set(m *Model, v float64) {
	if m.RegNet == nil {
		m.RegNet = &RegNet{}
	}
	p.value.set(m.RegNet, v)
}

// Validate reports the first parameter that is out of range.
func (r RegNet) Validate() error {
	for _, p := range regnetParams {
		if err := p.domain.check(p.value.get(&r)); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	if widest := r.width(r.level(r.Depth-1, numeric.Log(r.WM))); widest > maxWidth {
		return fmt.Errorf("w0, wa, wm: a stage of width %d; %d is the widest", widest, maxWidth)
	}
	return nil
}

// minWM keeps the number of levels finite.
const minWM = 1.001

// Stages returns the depth and width of every stage before the group fix.
func (r RegNet) Stages() (depths, widths []int) {
	return r.appendStages(nil, nil)
}

// Levels returns the number of levels that the line spans: one more than the
// highest. It exceeds the number of stages where a level has no block, or
// where two levels round to one width; the paper's spaces reject such models.
func (r RegNet) Levels() int { return r.level(r.Depth-1, numeric.Log(r.WM)) + 1 }

// appendStages is Stages on slices that may have room.
func (r RegNet) appendStages(depths, widths []int) (d, w []int) {
	logWM := numeric.Log(r.WM)
	for j := 0; j < r.Depth; {
		level := r.level(j, logWM)
		n := sort.Search(r.Depth-j-1, func(k int) bool { return r.level(j+1+k, logWM) > level }) + 1
		width := r.width(level)
		if last := len(widths) - 1; last >= 0 && widths[last] == width {
			depths[last] += n
		} else {
			depths, widths = append(depths, n), append(widths, width)
		}
		j += n
	}
	return depths, widths
}

// level returns the level of block j.
func (r RegNet) level(j int, logWM float64) int {
	u := float64(r.W0) + float64(r.WA*float64(j))
	return roundEven(numeric.Log(u/float64(r.W0)) / logWM)
}

// width returns the width of a level, at most a little above maxWidth.
func (r RegNet) width(level int) int {
	w := float64(float64(r.W0) * numeric.PowInt(r.WM, level))
	return widthStep * roundEven(math.Min(w, 2*maxWidth)/widthStep)
}

// setRegNet gives the model the stages that r generates, after the group fix
// where the block has a bottleneck. A block without groups is fixed for its
// bottleneck only.
func (m *Model) setRegNet(r RegNet) error {
	m.Depths, m.Widths = r.appendStages(m.Depths[:0], m.Widths[:0])
	m.Bottleneck, m.GroupWidths = m.Bottleneck[:0], m.GroupWidths[:0]
	if !m.Block.has(hasB) {
		return nil
	}
	for i := range m.Widths {
		m.Bottleneck, m.GroupWidths = append(m.Bottleneck, r.B), append(m.GroupWidths, r.G)
		if err := m.fixStage(i); err != nil {
			return fmt.Errorf("stage %d: %w", i+1, err)
		}
	}
	return nil
}

// fixStage applies the group fix to stage i of a block with a bottleneck. Where
// the block has no group width, there is one group.
func (m *Model) fixStage(i int) error {
	g, grouped := 1, m.Block.has(hasG)
	if grouped {
		g = m.GroupWidths[i]
	}
	w, g, err := fixGroups(m.GroupFix, m.Widths[i], m.Bottleneck[i], g)
	if err != nil {
		return err
	}
	if !grouped {
		r, _ := ratioOf(m.Bottleneck[i])
		g = r.inner(w)
	}
	m.Widths[i], m.GroupWidths[i] = w, g
	return nil
}

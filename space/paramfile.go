package space

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"designspace/internal/strictyaml"
	"designspace/internal/suggest"
)

// names returns the parameters of the space's base in the order of drawing.
func (s *Space) names() []string {
	if s.Base == RegNetBase {
		return slices.Concat(regnetNames, extraNames)
	}
	return slices.Concat(stageNames, extraNames)
}

// distributions returns how many distributions the parameter has: one a stage, or one.
func (s *Space) dists(name string) int {
	if s.Base == AnyNetBase && slices.Contains(stageNames, name) {
		return s.stages[1]
	}
	return 1
}

// used reports whether models of the space's block have the parameter.
func (s *Space) used(name string) bool {
	switch name {
	case "b":
		return s.net.Block.Bottleneck()
	case "g":
		return s.net.Block.groups()
	case "e", "k":
		return s.net.Block == BlockMBConv
	}
	return true
}

// readParams reads the distributions of parameters: those of all stages, then those of
// one stage and those that equal another.
func (b *builder) readParams() error {
	at := b.doc.At("params")
	if at.Exists() && !at.IsMapping() {
		return at.Errorf("wants a mapping, as in {d: ..., w: ...}")
	}
	known := b.names()
	for _, special := range []bool{false, true} {
		for _, key := range at.Keys() {
			letter, stage, single := stageName(key)
			single = single && b.Base == AnyNetBase
			if !single && !slices.Contains(known, key) {
				return at.At(key).Errorf("no parameter of base %s; %s", b.Base, suggest.Known(key, known))
			}
			if special != (single || at.At(key).At("equals").Exists()) {
				continue
			}
			name, first, last := key, 0, b.dists(key)
			if single {
				name, first, last = string(letter), stage, stage+1
			}
			if last > b.dists(name) {
				return at.At(key).Errorf("the space has %d stages", b.dists(name))
			}
			if err := b.readParam(at.At(key), name, first, last); err != nil {
				return err
			}
		}
	}
	slices.SortFunc(b.params, func(p, q *param) int { return slices.Index(known, p.name) - slices.Index(known, q.name) })
	return nil
}

// readParam reads the distribution of a parameter for stages first to last-1.
func (b *builder) readParam(doc *strictyaml.Document, name string, first, last int) error {
	if !b.used(name) {
		return doc.Errorf("block %s has no such parameter; drop the line", b.net.Block)
	}
	f, err := readDist(doc)
	if err != nil {
		return err
	}
	p := b.param(name)
	if p == nil && b.restrict {
		return doc.Errorf("the parent does not draw it; write variant_of for extends to add it")
	}
	if f.Equals != "" {
		return b.readEquals(doc, name, f)
	}
	if b.restrict && f.Family == "" {
		return p.narrow(doc, f, first, last)
	}
	dist, err := f.dist(doc)
	if err != nil {
		return err
	}
	if err := checkValues(name, dist); err != nil {
		return doc.Errorf("%v", err)
	}
	if p == nil {
		if last-first < b.dists(name) {
			return doc.Errorf("one stage differs from the others, of which nothing is known; give %s too", name)
		}
		p = &param{name: name, dists: make([]source, last)}
		b.params = append(b.params, p)
	}
	for i := first; i < last; i++ {
		if b.restrict {
			if err := p.dists[i].dist.covers(dist); err != nil {
				return doc.Errorf("%v", err)
			}
		}
		p.dists[i] = source{f, dist}
	}
	if !b.restrict {
		p.equals = ""
	}
	return nil
}

// narrow conditions the distributions of stages first to last-1 on a range.
func (p *param) narrow(doc *strictyaml.Document, f distFile, first, last int) error {
	if f.Step != nil || f.Within != nil || f.Min == nil && f.Max == nil {
		return doc.Errorf("wants min and max, which restrict the parent's distribution, or a distribution with a dist")
	}
	for i := first; i < last; i++ {
		s, err := p.dists[i].narrowed(f.Min, f.Max)
		if err != nil {
			return doc.Errorf("%v", err)
		}
		p.dists[i] = s
	}
	return nil
}

// covers reports the first value of a distribution that l has not.
func (l Distribution) covers(o Distribution) error {
	for _, v := range o.Values {
		if !l.has(v) {
			return fmt.Errorf("%v is no value of the parent, whose values go from %v to %v; a child only restricts", v, l.Values[0], l.Values[len(l.Values)-1])
		}
	}
	return nil
}

// readEquals makes a parameter take the draw of another. Its own values, which
// are those of a distribution that the YAML gives, those that it had, or else the
// other's, restrict that draw.
func (b *builder) readEquals(doc *strictyaml.Document, name string, f distFile) error {
	target := b.param(f.Equals)
	if b.Base != RegNetBase || !slices.Contains(regnetNames, name) || !slices.Contains(regnetNames, f.Equals) || target == nil {
		return doc.Errorf("equals %q; only the parameters of a RegNet's line equal each other", f.Equals)
	}
	p := b.param(name)
	if p == nil {
		p = &param{name: name, dists: slices.Clone(target.dists)}
		b.params = append(b.params, p)
	}
	if p.equals != "" && p.equals != f.Equals {
		return doc.Errorf("equals %s already", p.equals)
	}
	p.equals, f.Equals = f.Equals, ""
	if f.Family == "" {
		if f.Min != nil || f.Max != nil || f.Step != nil || f.Within != nil {
			return doc.Errorf("takes the draw of %s; drop the rest, or give a distribution with a dist for the values it can take", p.equals)
		}
	} else {
		dist, err := f.dist(doc)
		if err != nil {
			return err
		}
		if b.restrict {
			if err := p.dists[0].dist.covers(dist); err != nil {
				return doc.Errorf("%v", err)
			}
		}
		p.dists[0] = source{f, dist}
	}
	if err := checkValues(name, p.dists[0].dist); err != nil {
		return doc.Errorf("%v", err)
	}
	return nil
}

// checkValues reports a value that the parameter cannot take.
func checkValues(name string, dist Distribution) error {
	lo, hi := dist.Values[0], dist.Values[len(dist.Values)-1]
	bounds := map[string][2]float64{
		"d": {1, maxDepth}, "w": {1, maxWidth}, "g": {1, maxWidth}, "b": {1.0 / maxRatio, maxRatio}, "e": {1, maxExpansion}, "k": {3, 5},
		"w0": {widthStep, maxWidth}, "wa": {0, maxWidth}, "wm": {minWM, maxWidth}, "input": {1, maxInput},
		"lr": {math.SmallestNonzeroFloat64, math.MaxFloat64}, "weight_decay": {math.SmallestNonzeroFloat64, math.MaxFloat64},
	}[name]
	if lo < bounds[0] || hi > bounds[1] {
		return fmt.Errorf("%v to %v is outside %.4g to %.4g", lo, hi, bounds[0], bounds[1])
	}
	for _, v := range dist.Values {
		switch {
		case strings.Contains("d w g w0 e k input", name) && v != math.Trunc(v):
			return fmt.Errorf("%v is no whole number", v)
		case name == "k" && v != 3 && v != 5:
			return fmt.Errorf("%v is neither 3 nor 5", v)
		case name == "w0" && math.Mod(v, widthStep) != 0:
			return fmt.Errorf("%v is no multiple of %d", v, widthStep)
		case name == "b":
			if _, ok := ratioOf(v); !ok {
				return fmt.Errorf("%v is not a ratio of whole numbers up to %d", v, maxRatio)
			}
		}
	}
	return nil
}

// share makes stages share draws.
func (b *builder) share(names []string) error {
	at := b.doc.At("shared")
	for _, name := range names {
		p := b.param(name)
		if p == nil || b.dists(name) != len(p.dists) || !slices.Contains(stageNames, name) || b.Base != AnyNetBase {
			return at.Errorf("%q is no parameter of stages that the space draws", name)
		}
		p.shared = true
	}
	for _, p := range b.params {
		if b.order(p) != Constant {
			continue
		}
		for _, l := range p.dists[1:] {
			if l.text.unrestricted() != p.dists[0].text.unrestricted() {
				return b.doc.At("params").Errorf("%s is shared, so all stages need one distribution", p.name)
			}
		}
	}
	return nil
}

// order returns the order of the parameter's stages.
func (s *Space) order(p *param) Order {
	switch {
	case p.shared:
		return Constant
	case s.Base != AnyNetBase:
		return Unordered
	case p.name == "d":
		return s.depth
	case p.name == "w":
		return s.width
	}
	return Unordered
}

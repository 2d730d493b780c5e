package space

import (
	"fmt"
	"slices"

	"designspace/internal/strictyaml"
	"designspace/internal/suggest"
)

// dists returns how many distributions the dimension has: one a stage, or one.
func (s *Space) dists(d dimension) int {
	if d.staged {
		return s.stages[1]
	}
	return 1
}

// newParam adds a parameter that is not yet drawn.
func (b *builder) newParam(dim int, dists []source) *param {
	p := &param{dimension: b.dimensions()[dim], dim: dim, dists: dists}
	b.params = append(b.params, p)
	return p
}

// readParams reads the distributions of parameters: those of all stages, then those of
// one stage and those that equal another.
func (b *builder) readParams() error {
	at := b.doc.At("params")
	if at.Exists() && !at.IsMapping() {
		return at.Errorf("wants a mapping, as in {d: ..., w: ...}")
	}
	dims := b.dimensions()
	for _, special := range []bool{false, true} {
		for _, key := range at.Keys() {
			name, stage := b.split(key)
			dim := slices.IndexFunc(dims, func(d dimension) bool { return d.name == name })
			if dim < 0 {
				return at.At(key).Errorf("no parameter of base %s; %s", b.Base, suggest.Known(key, names(dims)))
			}
			if special != (stage >= 0 || at.At(key).At("equals").Exists()) {
				continue
			}
			first, last := 0, b.dists(dims[dim])
			if stage >= last {
				return at.At(key).Errorf("the space has %d stages", last)
			}
			if stage >= 0 {
				first, last = stage, stage+1
			}
			if err := b.readParam(at.At(key), dim, first, last); err != nil {
				return err
			}
		}
	}
	slices.SortFunc(b.params, func(p, q *param) int { return p.dim - q.dim })
	return nil
}

// readParam reads the distribution of a dimension for stages first to last-1.
func (b *builder) readParam(doc *strictyaml.Document, dim, first, last int) error {
	d := b.dimensions()[dim]
	if !b.draws(d) {
		return doc.Errorf("block %s has no such parameter; drop the line", b.net.Block)
	}
	f, err := readDist(doc)
	if err != nil {
		return err
	}
	p := b.param(d.name)
	if p == nil && b.restrict {
		return doc.Errorf("the parent does not draw it; write variant_of for extends to add it")
	}
	if f.Equals != "" {
		return b.readEquals(doc, dim, f)
	}
	if b.restrict && f.Family == "" {
		return p.narrow(doc, f, first, last)
	}
	dist, err := f.dist(doc)
	if err != nil {
		return err
	}
	if err := d.check(dist); err != nil {
		return doc.Errorf("%v", err)
	}
	if p == nil {
		if last-first < b.dists(d) {
			return doc.Errorf("one stage differs from the others, of which nothing is known; give %s too", d.name)
		}
		p = b.newParam(dim, make([]source, last))
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

// covers reports the first value of a distribution that d has not.
func (d Distribution) covers(o Distribution) error {
	for _, v := range o.Values {
		if !d.has(v) {
			return fmt.Errorf("%v is no value of the parent, whose values go from %v to %v; a child only restricts", v, d.Values[0], d.Values[len(d.Values)-1])
		}
	}
	return nil
}

// readEquals makes a parameter take the draw of another. Its own values, which
// are those of a distribution that the YAML gives, those that it had, or else the
// other's, restrict that draw.
func (b *builder) readEquals(doc *strictyaml.Document, dim int, f distFile) error {
	target := b.param(f.Equals)
	if b.Base != RegNetBase || dim >= len(regnetParams) || target == nil || target.dim >= len(regnetParams) {
		return doc.Errorf("equals %q; only the parameters of a RegNet's line equal each other", f.Equals)
	}
	d := b.dimensions()[dim]
	p := b.param(d.name)
	if p == nil {
		p = b.newParam(dim, slices.Clone(target.dists))
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
	if err := d.check(p.dists[0].dist); err != nil {
		return doc.Errorf("%v", err)
	}
	return nil
}

// check reports the first value of a distribution that the dimension cannot take.
func (d dimension) check(dist Distribution) error {
	for _, v := range dist.Values {
		if err := d.domain.check(v); err != nil {
			return err
		}
	}
	return nil
}

// share makes stages share draws.
func (b *builder) share(names []string) error {
	at := b.doc.At("shared")
	for _, name := range names {
		p := b.param(name)
		if p == nil || !p.staged {
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

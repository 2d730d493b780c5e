package space

import (
	"strconv"

	"designspace/internal/strictyaml"
)

// Marshal returns the space as YAML that stands alone: [Read] gives a space of
// the same name, lineage, settings and distributions without reading its parents.
func (s *Space) Marshal() []byte {
	f := s.file()
	f.Name, f.About, f.Lineage, f.Strides, f.Stages = s.Name, s.About, s.Lineage, compact(s.strides), compact(s.stages[:])
	params := map[string]distFile{}
	for _, p := range s.params {
		for i, l := range p.dists {
			text := l.text
			text.Equals = p.equals
			switch {
			case i == 0:
				params[p.name] = text
			case l.text.String() != p.dists[0].text.String():
				params[p.name+strconv.Itoa(i+1)] = text
			}
		}
		if p.shared {
			f.Shared = append(f.Shared, p.name)
		}
	}
	constraints := map[string]constraintFile{}
	for _, l := range s.limits {
		constraints[l.Property.String()] = l.Range.constraint()
	}
	for key, order := range map[string]Order{"depth": s.depth, "width": s.width} {
		if order != Unordered {
			c := constraints[key]
			c.Order = order
			constraints[key] = c
		}
	}
	f.Params = strictyaml.Any{Value: params}
	if len(constraints) > 0 {
		f.Constraints = strictyaml.Any{Value: constraints}
	}
	return marshal(f)
}

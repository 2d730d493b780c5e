package space

import (
	"fmt"
	"math"
	"slices"

	"designspace/internal/strictyaml"
	"designspace/internal/suggest"
)

// A constraintFile is a constraint in YAML.
type constraintFile struct {
	Order       Order     `yaml:"order,omitempty"`
	Min         *quantity `yaml:"min,omitempty"`
	Max         *quantity `yaml:"max,omitempty"`
	PerFlop     float64   `yaml:"per_flop,omitempty"`
	PerSqrtFlop float64   `yaml:"per_sqrt_flop,omitempty"`
}

// MarshalYAML implements yaml.Marshaler: an order alone is a word.
func (f constraintFile) MarshalYAML() (any, error) {
	if f == (constraintFile{Order: f.Order}) {
		return f.Order, nil
	}
	type plain constraintFile
	return plain(f), nil
}

// readConstraints reads orders and limits.
func (b *builder) readConstraints() error {
	at := b.doc.At("constraints")
	if at.Exists() && !at.IsMapping() {
		return at.Errorf("wants a mapping, as in {width: nondecreasing}")
	}
	for _, key := range at.Keys() {
		if err := b.readConstraint(at.At(key), key); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) readConstraint(doc *strictyaml.Document, key string) error {
	ordered := key == "width" || key == "depth"
	var f constraintFile
	if doc.IsMapping() {
		if err := doc.Decode(&f); err != nil {
			return err
		}
	} else if x := new(quantity); !ordered && doc.Decode(x) == nil {
		f.Min, f.Max = x, x
	} else if err := doc.Decode(&f.Order); err != nil {
		return err
	}
	if f.Order != "" {
		if !ordered {
			return doc.Errorf("%q is no number; only width and depth have an order", f.Order)
		}
		if err := b.readOrder(doc, key, f.Order); err != nil {
			return err
		}
	}
	limited := f.Min != nil || f.Max != nil || f.PerFlop != 0 || f.PerSqrtFlop != 0
	if !limited && f.Order == "" {
		return doc.Errorf("wants min or max")
	}
	if !limited {
		return nil
	}
	if key == "width" {
		return doc.Errorf("has an order only; limit w1, w2, ...")
	}
	return b.readLimit(doc, key, f)
}

// readOrder reads how depth or width go from stage to stage.
func (b *builder) readOrder(doc *strictyaml.Document, key string, order Order) error {
	known := []string{string(Nondecreasing), string(Constant), string(Nonincreasing)}
	if !slices.Contains(known, string(order)) {
		return doc.Errorf("no order %q; %s", order, suggest.Known(string(order), known))
	}
	if b.Base != AnyNetBase {
		return doc.Errorf("base %s has no order between stages; its line gives it", b.Base)
	}
	to := &b.width
	if key == "depth" {
		to = &b.depth
	}
	if old := *to; b.restrict && old != Unordered && old != order && order != Constant {
		return doc.Errorf("the parent's is %s; a child only restricts it", old)
	}
	*to = order
	return nil
}

// readLimit reads the bounds of a property.
func (b *builder) readLimit(doc *strictyaml.Document, key string, f constraintFile) error {
	p, err := ParseProperty(key)
	if err != nil {
		return doc.Errorf("%v", err)
	}
	if !b.Has(p) {
		return doc.Errorf("no model of the space has it")
	}
	if !(f.PerFlop >= 0 && f.PerSqrtFlop >= 0 && f.PerFlop < math.MaxFloat32 && f.PerSqrtFlop < math.MaxFloat32) {
		return doc.Errorf("per_flop and per_sqrt_flop are at least 0")
	}
	l := Limit{p, f.limits()}
	if l.Range.Empty() {
		return doc.At("max").Errorf("%v is below min %v", l.Range.Max(), l.Range.Min())
	}
	for i, old := range b.limits {
		if old.Property != p {
			continue
		}
		if b.restrict {
			if l, err = l.restricting(old); err != nil {
				return doc.Errorf("%v", err)
			}
		}
		b.limits[i] = l
		return nil
	}
	b.limits = append(b.limits, l)
	return nil
}

// restricting returns the limit of a child whose parent has another; an end
// that the child leaves open is the parent's.
func (l Limit) restricting(old Limit) (Limit, error) {
	if old.Range.Grows() || l.Range.Grows() {
		return l, fmt.Errorf("the parent limits it already (%v); limits that grow with flops do not combine", old)
	}
	var ok bool
	if l.Range, ok = l.Range.within(old.Range); !ok {
		return l, fmt.Errorf("%v is not within the parent's %v; a child only restricts", l, old)
	}
	return l, nil
}

// limits returns the range that the constraint sets.
func (f constraintFile) limits() Range {
	lo, hi := math.Inf(-1), math.Inf(1)
	if f.Min != nil {
		lo = float64(*f.Min)
	}
	if f.Max != nil {
		hi = float64(*f.Max)
	}
	return Between(lo, hi).growing(f.PerFlop, f.PerSqrtFlop)
}

// constraint returns the range as constraints have it.
func (r Range) constraint() constraintFile {
	min, max := r.ends()
	return constraintFile{Min: (*quantity)(min), Max: (*quantity)(max), PerFlop: r.perFlop, PerSqrtFlop: r.perSqrtFlop}
}

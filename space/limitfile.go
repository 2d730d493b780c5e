package space

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"designspace/internal/strictyaml"
	"designspace/internal/suggest"
)

// A limitFile is a constraint in YAML.
type limitFile struct {
	Order       Order     `yaml:"order,omitempty"`
	Min         *quantity `yaml:"min,omitempty"`
	Max         *quantity `yaml:"max,omitempty"`
	PerFlop     float64   `yaml:"per_flop,omitempty"`
	PerSqrtFlop float64   `yaml:"per_sqrt_flop,omitempty"`
}

// A quantity is a number that may end in K, M or G.
type quantity float64

// UnmarshalText implements encoding.TextUnmarshaler.
func (q *quantity) UnmarshalText(text []byte) error {
	x, err := ParseQuantity(string(text))
	*q = quantity(x)
	return err
}

// MarshalYAML implements yaml.Marshaler.
func (q quantity) MarshalYAML() (any, error) {
	if s := FormatQuantity(float64(q)); s != formatFloat(float64(q)) {
		return s, nil
	}
	return float64(q), nil
}

// MarshalYAML implements yaml.Marshaler: an order alone is a word.
func (f limitFile) MarshalYAML() (any, error) {
	if f == (limitFile{Order: f.Order}) {
		return f.Order, nil
	}
	type plain limitFile
	return plain(f), nil
}

// ParseQuantity reads a finite number such as 8, 0.5, 4e8, 400M or 1.6G: K, M
// and G stand for 10³, 10⁶ and 10⁹.
func ParseQuantity(s string) (float64, error) {
	digits, scale := s, ""
	if n := len(s); n > 0 {
		switch s[n-1] {
		case 'K', 'k':
			digits, scale = s[:n-1], "e3"
		case 'M':
			digits, scale = s[:n-1], "e6"
		case 'G':
			digits, scale = s[:n-1], "e9"
		}
	}
	// Scaling the text rounds once, so 1.6G is 1.6e9.
	x, err := strconv.ParseFloat(digits+scale, 64)
	if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
		return 0, fmt.Errorf("%q is no number; write 8, 0.5, 4e8, 400M or 1.6G", s)
	}
	return x, nil
}

// FormatQuantity returns x as ParseQuantity reads it, in thousands, millions or
// billions where that is short: 360M, 1.234M, 64, 0.5.
func FormatQuantity(x float64) string {
	plain := formatFloat(x)
	for _, unit := range []struct {
		name  string
		scale float64
	}{{"G", 1e9}, {"M", 1e6}, {"K", 1e3}} {
		if math.Abs(x) >= unit.scale {
			if s := formatFloat(x/unit.scale) + unit.name; len(s) < len(plain) {
				if y, err := ParseQuantity(s); err == nil && y == x {
					return s
				}
			}
			break
		}
	}
	return plain
}

func formatFloat(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

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
	var f limitFile
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
func (b *builder) readLimit(doc *strictyaml.Document, key string, f limitFile) error {
	p, err := ParseProperty(key)
	if err != nil {
		return doc.Errorf("%v", err)
	}
	if !b.Has(p) {
		return doc.Errorf("no model of the space has it")
	}
	l := Limit{p, math.Inf(-1), math.Inf(1), f.PerFlop, f.PerSqrtFlop}
	if f.Min != nil {
		l.Min = float64(*f.Min)
	}
	if f.Max != nil {
		l.Max = float64(*f.Max)
	} else if l.relative() {
		l.Max = 0
	}
	if !(l.PerFlop >= 0 && l.PerSqrtFlop >= 0 && l.PerFlop < math.MaxFloat32 && l.PerSqrtFlop < math.MaxFloat32) {
		return doc.Errorf("per_flop and per_sqrt_flop are at least 0")
	}
	if l.Min > l.Max && !l.relative() {
		return doc.At("max").Errorf("%v is below min %v", l.Max, l.Min)
	}
	for i, old := range b.limits {
		if old.Property.kind != p.kind || old.Property.stage != p.stage {
			continue
		}
		if b.restrict {
			if l, err = old.restricted(l, f); err != nil {
				return doc.Errorf("%v", err)
			}
		}
		b.limits[i] = l
		return nil
	}
	b.limits = append(b.limits, l)
	return nil
}

// restricted returns the limit l of a child whose parent has limit old; an end
// that the child's YAML leaves out is the parent's.
func (old Limit) restricted(l Limit, f limitFile) (Limit, error) {
	if old.relative() || l.relative() {
		return l, fmt.Errorf("the parent limits it already (%v); limits that grow with flops do not combine", old)
	}
	if f.Min == nil {
		l.Min = old.Min
	}
	if f.Max == nil {
		l.Max = old.Max
	}
	if l.Min < old.Min || l.Max > old.Max || l.Min > l.Max {
		return l, fmt.Errorf("%v is not within the parent's %v; a child only restricts", l, old)
	}
	return l, nil
}

package space

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// A Range is the numbers from a least to a greatest, both included, either of
// which may be left open, or it is some listed numbers. The greatest may grow
// with the flops of the model that the number is of. The zero value is
// unbounded: it has all numbers.
type Range struct {
	min, max             end
	values               []float64 // ascending; nil: those between the ends
	perFlop, perSqrtFlop float64   // added to max for every multiply-add, and for the square root of their number
}

// An end is one of a range, open if it is not set.
type end struct {
	at  float64
	set bool
}

// Between returns the range from min to max. -Inf and +Inf leave it open. It is
// empty if min is above max, or one of the two not a number.
func Between(min, max float64) (r Range) {
	if !math.IsInf(min, -1) {
		r.min = end{min, true}
	}
	if !math.IsInf(max, 1) {
		r.max = end{max, true}
	}
	return r
}

// Among returns the range of listed numbers, which is empty if there are none.
func Among(values ...float64) Range {
	if len(values) == 0 {
		return Between(1, 0)
	}
	return Range{values: slices.Compact(slices.Sorted(slices.Values(values)))}
}

// growing returns the range whose greatest number, 0 if it is open, grows with
// flops.
func (r Range) growing(perFlop, perSqrtFlop float64) Range {
	r.perFlop, r.perSqrtFlop = perFlop, perSqrtFlop
	if r.Grows() {
		r.max.set = true
	}
	return r
}

// Min returns the least number, -Inf if there is none.
func (r Range) Min() float64 {
	if r.values != nil {
		return r.values[0]
	}
	if !r.min.set {
		return math.Inf(-1)
	}
	return r.min.at
}

// Max returns the greatest number, for no flops if it grows, +Inf if there is
// none.
func (r Range) Max() float64 {
	if r.values != nil {
		return r.values[len(r.values)-1]
	}
	if !r.max.set {
		return math.Inf(1)
	}
	return r.max.at
}

// Values returns the listed numbers, ascending, nil if the range has all those
// between its ends.
func (r Range) Values() []float64 { return slices.Clone(r.values) }

// Bounded reports whether there are numbers that the range has not.
func (r Range) Bounded() bool { return r.min.set || r.max.set || r.values != nil }

// Empty reports whether the range has no number, whatever the flops.
func (r Range) Empty() bool { return !r.Grows() && !(r.Min() <= r.Max()) }

// Grows reports whether the greatest number grows with flops.
func (r Range) Grows() bool { return r.perFlop != 0 || r.perSqrtFlop != 0 }

// Equal reports whether two ranges are the same.
func (r Range) Equal(o Range) bool {
	return r.min == o.min && r.max == o.max && slices.Equal(r.values, o.values) && r.perFlop == o.perFlop && r.perSqrtFlop == o.perSqrtFlop
}

// Holds reports whether the range has a number of a model of these flops, which
// only a range that grows looks at.
func (r *Range) Holds(x float64, flops int64) bool {
	if r.values != nil {
		return slices.Contains(r.values, x)
	}
	lo, hi := r.Min(), r.Max()
	if r.Grows() {
		f := float64(flops)
		hi += float64(r.perFlop*f) + float64(r.perSqrtFlop*math.Sqrt(f))
	}
	return x >= lo && x <= hi
}

// within returns the range with its open ends closed by those of another. It
// reports false if there are numbers left that the other has not, or none at
// all. Neither may be listed or grow.
func (r Range) within(o Range) (Range, bool) {
	if !r.min.set {
		r.min = o.min
	}
	if !r.max.set {
		r.max = o.max
	}
	return r, r.Min() >= o.Min() && r.Max() <= o.Max() && !r.Empty()
}

// The parts of a range that grows, as they are written.
const (
	plus      = " + "
	perFlop   = "·flops"
	perSqrt   = "·√flops"
	rangeHelp = "wants LO:HI, of which one end may be empty, or VALUE, VALUE"
)

// ParseRange reads a range as people write it: "360M:400M", ":3e6", "4:", listed
// numbers as in "1, 2", or ":0 + 205.5·√flops". The error does not repeat the
// text.
func ParseRange(text string) (Range, error) {
	terms := strings.Split(text, plus)
	base := strings.TrimSpace(terms[0])
	lo, hi, ok := strings.Cut(base, ":")
	if !ok {
		return parseValues(base, len(terms) > 1)
	}
	var r Range
	for _, e := range []struct {
		text string
		end  *end
	}{{lo, &r.min}, {hi, &r.max}} {
		if e.text = strings.TrimSpace(e.text); e.text != "" {
			x, err := ParseQuantity(e.text)
			if err != nil {
				return Range{}, err
			}
			*e.end = end{x, true}
		}
	}
	if r.min.set && r.max.set && r.min.at > r.max.at && len(terms) == 1 {
		return Range{}, errors.New("the low end is above the high end")
	}
	for _, term := range terms[1:] {
		if err := r.parseTerm(strings.TrimSpace(term)); err != nil {
			return Range{}, err
		}
	}
	return r.growing(r.perFlop, r.perSqrtFlop), nil
}

// parseValues reads listed numbers.
func parseValues(text string, grows bool) (Range, error) {
	if text == "" || grows {
		return Range{}, errors.New(rangeHelp)
	}
	var values []float64
	for v := range strings.SplitSeq(text, ",") {
		x, err := ParseQuantity(strings.TrimSpace(v))
		if err != nil {
			return Range{}, err
		}
		values = append(values, x)
	}
	return Among(values...), nil
}

// parseTerm reads what is added to the high end.
func (r *Range) parseTerm(term string) error {
	to, digits := &r.perFlop, strings.TrimSuffix(term, perFlop)
	if digits == term {
		to, digits = &r.perSqrtFlop, strings.TrimSuffix(term, perSqrt)
	}
	x, err := ParseQuantity(digits)
	if err != nil || digits == term || *to != 0 || !(x > 0) {
		return fmt.Errorf("%q is nothing to add: write 2·flops or 205.5·√flops, each once and above 0", term)
	}
	*to = x
	return nil
}

// String returns the range as ParseRange reads it; one that is unbounded is ":".
func (r Range) String() string {
	if r.values != nil {
		var list []string
		for _, v := range r.values {
			list = append(list, FormatQuantity(v))
		}
		return strings.Join(list, ", ")
	}
	text := ":"
	if r.min.set {
		text = FormatQuantity(r.min.at) + text
	}
	if r.max.set {
		text += FormatQuantity(r.max.at)
	}
	if r.perFlop != 0 {
		text += plus + formatFloat(r.perFlop) + perFlop
	}
	if r.perSqrtFlop != 0 {
		text += plus + formatFloat(r.perSqrtFlop) + perSqrt
	}
	return text
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *Range) UnmarshalText(text []byte) (err error) {
	if *r, err = ParseRange(string(text)); err != nil {
		return fmt.Errorf("range %q: %w", text, err)
	}
	return nil
}

// MarshalText implements encoding.TextMarshaler.
func (r Range) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

package space

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
)

// A Range is the numbers from a least to a greatest, both included, either of
// which may be left open, or it is some listed numbers. The greatest may grow
// with the flops of the model that the number is of. The zero value is
// unbounded: it has all numbers.
type Range struct {
	bounded              bool
	min, max             float64   // infinite where open
	values               []float64 // ascending; nil: those between the ends
	perFlop, perSqrtFlop float64   // added to max for every multiply-add, and for the square root of their number
}

// Between returns the range from min to max. -Inf and +Inf leave it open. It is
// empty if min is above max, or one of the two not a number.
func Between(min, max float64) Range {
	if math.IsInf(min, -1) && math.IsInf(max, 1) {
		return Range{}
	}
	return Range{bounded: true, min: min, max: max}
}

// Among returns the range of listed numbers, which is empty if there are none.
func Among(values ...float64) Range {
	if len(values) == 0 {
		return Between(1, 0)
	}
	values = slices.Compact(slices.Sorted(slices.Values(values)))
	return Range{bounded: true, min: values[0], max: values[len(values)-1], values: values}
}

// growing returns the range whose greatest number, 0 if it is open, grows with
// flops.
func (r Range) growing(perFlop, perSqrtFlop float64) Range {
	r.perFlop, r.perSqrtFlop = perFlop, perSqrtFlop
	if r.Grows() {
		r.bounded, r.min = true, r.Min()
		if r.max = r.Max(); math.IsInf(r.max, 1) {
			r.max = 0
		}
	}
	return r
}

// Min returns the least number, -Inf if there is none.
func (r Range) Min() float64 {
	if !r.bounded {
		return math.Inf(-1)
	}
	return r.min
}

// Max returns the greatest number, for no flops if it grows, +Inf if there is
// none.
func (r Range) Max() float64 {
	if !r.bounded {
		return math.Inf(1)
	}
	return r.max
}

// ends returns the least and the greatest number, nil where it is open.
func (r Range) ends() (min, max *float64) {
	if !math.IsInf(r.Min(), 0) {
		min = &r.min
	}
	if !math.IsInf(r.Max(), 0) {
		max = &r.max
	}
	return min, max
}

// Values returns the listed numbers, ascending, nil if the range has all those
// between its ends.
func (r Range) Values() []float64 { return slices.Clone(r.values) }

// Bounded reports whether there are numbers that the range has not.
func (r Range) Bounded() bool { return r.bounded }

// Empty reports whether the range has no number, whatever the flops.
func (r Range) Empty() bool { return !r.Grows() && !(r.Min() <= r.Max()) }

// Grows reports whether the greatest number grows with flops.
func (r Range) Grows() bool { return r.perFlop != 0 || r.perSqrtFlop != 0 }

// Equal reports whether two ranges are the same.
func (r Range) Equal(o Range) bool {
	return r.Min() == o.Min() && r.Max() == o.Max() && slices.Equal(r.values, o.values) && r.perFlop == o.perFlop && r.perSqrtFlop == o.perSqrtFlop
}

// Holds reports whether the range has a number of a model of these flops, which
// only a range that grows looks at.
func (r *Range) Holds(x float64, flops int64) bool {
	if r.values != nil {
		return slices.Contains(r.values, x)
	}
	hi := r.Max()
	if r.Grows() {
		f := float64(flops)
		hi += float64(r.perFlop*f) + float64(r.perSqrtFlop*math.Sqrt(f))
	}
	return x >= r.Min() && x <= hi
}

// within returns the range with its open ends closed by those of another. It
// reports false if it has numbers that the other has not, or none at all.
// Neither may be listed or grow.
func (r Range) within(o Range) (Range, bool) {
	lo, hi := r.Min(), r.Max()
	if math.IsInf(lo, -1) {
		lo = o.Min()
	}
	if math.IsInf(hi, 1) {
		hi = o.Max()
	}
	r = Between(lo, hi)
	return r, lo >= o.Min() && hi <= o.Max() && !r.Empty()
}

var (
	rangeText = regexp.MustCompile(`^\s*([^\s:]*)\s*:\s*([^\s:]*)(?: \+ (\S+)·flops)?(?: \+ (\S+)·√flops)?\s*$`)
	errRange  = errors.New("wants LO:HI, of which one end may be empty, or VALUE, VALUE")
)

// ParseRange reads a range as people write it: "360M:400M", ":3e6", "4:", listed
// numbers as in "1, 2", or ":0 + 205.5·√flops". The error does not repeat the
// text.
func ParseRange(text string) (Range, error) {
	parts := rangeText.FindStringSubmatch(text)
	if parts == nil {
		return parseValues(text)
	}
	numbers := []float64{0, math.Inf(-1), math.Inf(1), 0, 0}
	for i, part := range parts[1:] {
		if part != "" {
			x, err := ParseQuantity(part)
			if err != nil {
				return Range{}, err
			}
			numbers[i+1] = x
		}
	}
	r := Between(numbers[1], numbers[2]).growing(numbers[3], numbers[4])
	if r.Empty() {
		return Range{}, errors.New("the low end is above the high end")
	}
	if r.perFlop < 0 || r.perSqrtFlop < 0 {
		return Range{}, errors.New("the high end falls with flops")
	}
	return r, nil
}

// parseValues reads listed numbers.
func parseValues(text string) (Range, error) {
	if strings.TrimSpace(text) == "" || strings.Contains(text, ":") {
		return Range{}, errRange
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

// String returns the range as ParseRange reads it; one that is unbounded is ":".
func (r Range) String() string {
	if r.values != nil {
		list := make([]string, len(r.values))
		for i, v := range r.values {
			list[i] = FormatQuantity(v)
		}
		return strings.Join(list, ", ")
	}
	text := formatEnd(r.Min()) + ":" + formatEnd(r.Max())
	if r.perFlop != 0 {
		text += " + " + formatFloat(r.perFlop) + "·flops"
	}
	if r.perSqrtFlop != 0 {
		text += " + " + formatFloat(r.perSqrtFlop) + "·√flops"
	}
	return text
}

func formatEnd(x float64) string {
	if math.IsInf(x, 0) {
		return ""
	}
	return FormatQuantity(x)
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

package space

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
)

// A Limit is a range of a property of drawn models.
type Limit struct {
	Property Property
	Range    Range
}

// ParseLimit reads the range of a property as people write it, "360M:400M", ":3e6"
// or "4:".
func ParseLimit(property, text string) (Limit, error) {
	l, err := parseLimit(property, text)
	min, max := l.Range.ends()
	switch {
	case l.Range.Values() != nil || text == "" || err != nil && !strings.Contains(text, ":"):
		err = errors.New("want a range LO:HI, as in 1M:3M or :3M")
	case err != nil:
	case !l.Range.Bounded():
		err = errors.New("it bounds nothing: give an end, or leave it out")
	case min != nil && *min < 0 || max != nil && *max < 0:
		err = errors.New("an end is negative: leave it empty where there is no limit")
	}
	if err != nil {
		return Limit{}, fmt.Errorf("%s %s: %w", property, text, err)
	}
	return l, nil
}

func parseLimit(property, text string) (l Limit, err error) {
	if l.Property, err = ParseProperty(property); err == nil {
		l.Range, err = ParseRange(text)
	}
	return l, err
}

// NeedsComplexity reports whether the limit looks at flops, params or acts.
func (l Limit) NeedsComplexity() bool { return l.Range.Grows() || l.Property.IsComplexity() }

// Equal reports whether two limits are the same.
func (l Limit) Equal(o Limit) bool { return l.Property == o.Property && l.Range.Equal(o.Range) }

// compare orders limits for testing: what needs no complexity first, then by
// property.
func (l Limit) compare(o Limit) int {
	if l.NeedsComplexity() != o.NeedsComplexity() {
		if l.NeedsComplexity() {
			return 1
		}
		return -1
	}
	return cmp.Or(cmp.Compare(l.Property.kind, o.Property.kind), cmp.Compare(l.Property.stage, o.Property.stage))
}

// String returns the limit as "flops 360M:400M".
func (l Limit) String() string { return l.Property.String() + " " + l.Range.String() }

// UnmarshalText implements encoding.TextUnmarshaler: it reads what String writes.
func (l *Limit) UnmarshalText(text []byte) (err error) {
	property, limits, _ := strings.Cut(string(text), " ")
	if *l, err = parseLimit(property, limits); err != nil {
		return fmt.Errorf("%q: %w", text, err)
	}
	return nil
}

// MarshalText implements encoding.TextMarshaler.
func (l Limit) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

package refine

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"designspace/space"
)

// typed is a restriction as the flag is typed.
func typed(r space.Restriction) string {
	return "--range " + r.Name + "=" + strings.ReplaceAll(fmt.Sprint(r.Range), " ", "")
}

// ParseRange reads a restriction as people write it: "depth=10:20", "w4=64:",
// or values as in "b=1,2".
func ParseRange(text string) (space.Restriction, error) {
	name, limits, ok := strings.Cut(text, "=")
	r, err := space.ParseRange(limits)
	if name = strings.TrimSpace(name); !ok || name == "" || limits == "" || err == nil && (!r.Bounded() || r.Grows()) {
		err = errors.New("wants NAME=LO:HI, one end of which may be empty, or NAME=VALUE,VALUE")
	}
	if err != nil {
		return space.Restriction{}, fmt.Errorf("range %s: %w", text, err)
	}
	return space.Restriction{Name: name, Range: r}, nil
}

// restrict adds what is asked for by hand to a child.
func (o Options) restrict(c *space.Child, s *space.Space) error {
	seen := map[string]bool{}
	for _, r := range o.Ranges {
		if r.Name == "depth" && s.Base == space.RegNetBase {
			r.Name = "d" // which is its depth, and is drawn
		}
		if seen[r.Name] {
			return fmt.Errorf("%s: %s is restricted twice: give one range", typed(r), r.Name)
		}
		seen[r.Name] = true
		var err error
		if dists := distributionsOf(s, r.Name); dists != nil {
			c.Params, err = append(c.Params, r), within(dists, r.Range)
		} else {
			c.Limits, err = append(c.Limits, r), limits(s, r)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", typed(r), err)
		}
	}
	for _, name := range o.Share {
		if err := sharable(s, name); err != nil {
			return fmt.Errorf("--share %s: %w", name, err)
		}
		c.Shared = append(c.Shared, name)
	}
	depth, width := s.Orders()
	if err := orderable(s, o.Depth, depth); err != nil {
		return fmt.Errorf("--depth %s: %w", o.Depth, err)
	}
	if err := orderable(s, o.Width, width); err != nil {
		return fmt.Errorf("--width %s: %w", o.Width, err)
	}
	c.Depth, c.Width = o.Depth, o.Width
	return nil
}

// distributionsOf returns the distributions that a restriction of a parameter
// restricts, nil if the space draws no such parameter.
func distributionsOf(s *space.Space, name string) []space.Distribution {
	var dists []space.Distribution
	for _, p := range s.Params() {
		if p.Covers(name) {
			dists = append(dists, p.Distribution)
		}
	}
	return dists
}

// within reports a range that leaves a distribution nothing, or that reaches
// beyond all of them.
func within(dists []space.Distribution, r space.Range) error {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, l := range dists {
		lo, hi = min(lo, l.Values[0]), max(hi, l.Values[len(l.Values)-1])
	}
	for _, x := range []float64{r.Min(), r.Max()} {
		if !math.IsInf(x, 0) && (x < lo || x > hi) {
			return fmt.Errorf("the parent draws %v to %v: stay within", lo, hi)
		}
	}
	for _, l := range dists {
		for _, v := range r.Values() {
			if !slices.Contains(l.Values, v) {
				return fmt.Errorf("%v is no value of the parent's: near it are %s", v, near(l.Values, v))
			}
		}
		if !slices.ContainsFunc(l.Values, func(v float64) bool { return r.Holds(v, 0) }) {
			return fmt.Errorf("the child is empty: near are %s", near(l.Values, max(r.Min(), l.Values[0])))
		}
	}
	return nil
}

// near lists the values around x.
func near(values []float64, x float64) string {
	i, _ := slices.BinarySearch(values, x)
	var list []string
	for _, v := range values[max(0, min(i, len(values)-1)-1):min(len(values), i+1)] {
		list = append(list, fmt.Sprint(v))
	}
	return strings.Join(list, " and ")
}

// limits reports a restriction of a property that the models lack, or that
// reaches beyond what they have.
func limits(s *space.Space, r space.Restriction) error {
	p, err := space.ParseProperty(r.Name)
	if err != nil || !s.Has(p) {
		return fmt.Errorf("no such parameter: known are %s, and of whole models depth, stages, flops, params and acts", known(s))
	}
	in := r.Range
	if len(in.Values()) > 1 {
		return fmt.Errorf("it is not drawn, so it has no values to keep: give a range LO:HI")
	}
	for _, l := range s.Limits() {
		if l.Property == p && (in.Min() < l.Range.Min() || in.Max() > l.Range.Max()) {
			return fmt.Errorf("the parent has %v: stay within", l.Range)
		}
	}
	if lo, hi, ok := reach(s, r.Name); ok && (in.Min() > hi || in.Max() < lo) {
		return fmt.Errorf("the child is empty: models of the parent have %v to %v", lo, hi)
	}
	return nil
}

// reach returns what depths and numbers of stages models of the space can have.
func reach(s *space.Space, name string) (lo, hi float64, ok bool) {
	least, most := s.Stages()
	switch {
	case name == "stages":
		return float64(least), float64(most), true
	case name != "depth":
		return 0, 0, false
	}
	for _, p := range s.Params() {
		if p.Family == "d" {
			n := float64(len(p.Stages))
			lo, hi = lo+n*p.Distribution.Values[0], hi+n*p.Distribution.Values[len(p.Distribution.Values)-1]
		}
	}
	return lo, hi, true
}

// sharable reports a parameter that stages cannot share, or share already.
func sharable(s *space.Space, name string) error {
	if s.Base != space.AnyNetBase {
		return fmt.Errorf("a regnet has one draw for all stages: drop the flag")
	}
	for _, p := range s.Params() {
		if p.Family != "" && p.Family == name {
			if p.Shared {
				return fmt.Errorf("the parent shares it already: drop the flag")
			}
			return nil
		}
	}
	return fmt.Errorf("no such parameter of stages: known are %s", known(s))
}

// orderable reports an order that the space cannot take on, or has.
func orderable(s *space.Space, order, has space.Order) error {
	switch {
	case order == space.Unordered:
		return nil
	case s.Base != space.AnyNetBase:
		return fmt.Errorf("the line of a regnet gives the order of its stages: drop the flag")
	case order == has:
		return fmt.Errorf("the parent has this order already: drop the flag")
	case has != space.Unordered && order != space.Constant:
		return fmt.Errorf("the parent is %s: a child only restricts, so choose constant", has)
	}
	return nil
}

package analysis

import (
	"fmt"
	"slices"
	"strings"
)

// told gathers what to mind when reading a result: what is said of several
// places is told once.
type told struct {
	texts  []string
	places map[string][]string // by text
}

func (c *told) add(place string, texts ...string) {
	for _, t := range texts {
		if !slices.Contains(c.texts, t) {
			c.texts = append(c.texts, t)
		}
		if place != "" && !slices.Contains(c.places[t], place) {
			c.places[t] = append(c.places[t], place)
		}
	}
}

// list returns the caveats in the order in which they were added.
func (c *told) list() []string {
	var all []string
	for _, t := range c.texts {
		if places := c.places[t]; len(places) > 0 {
			t = strings.Join(places, ", ") + ": " + t
		}
		all = append(all, t)
	}
	return all
}

// collectWarnings gathers the caveats of all parts: what may make numbers wrong
// comes before what makes them unsure, and that before what is left out.
func (r *Result) collectWarnings(s *Study, mixed []string) {
	c := told{places: map[string][]string{}}
	c.add("", mixed...)
	c.add("", s.pendings()...)
	for _, p := range s.Populations {
		if p.Tilted {
			c.add(p.Name, "models of low predicted errors were preferred (--tilt), for which weights make up; what takes no weights is not told: values that may be best in mean, ranks after epochs, noise over seeds")
		}
	}
	for _, p := range r.Populations {
		c.add(p.Name, p.Warnings...)
	}
	for _, t := range r.Tests {
		c.add(t.A+" against "+t.B, t.Warnings...)
	}
	if r.Noise != nil {
		for _, p := range r.Noise.Populations {
			c.add(p.Name, r.metric.all(p.Warnings)...)
		}
	}
	for _, b := range r.Bootstrap {
		c.add(b.Population, b.Warnings...)
	}
	c.add("", r.metric.all(r.unconfirmed(s))...)
	c.add("", s.Warnings...)
	r.Warnings = append(r.Warnings, c.list()...)
}

// pendings warns of populations that are looked at before they are whole.
func (s *Study) pendings() []string {
	var warnings []string
	for _, p := range s.Populations {
		if p.Pending > 0 {
			warnings = append(warnings, fmt.Sprintf("%s: %d of %d models wait for training and are left out", p.Name, p.Pending, len(p.Errors)+p.Failed+p.Pending))
		}
	}
	planned := slices.ContainsFunc(s.sources, func(src source) bool { return src.design != nil })
	if warnings != nil && len(s.Populations) > 1 && !planned {
		warnings = append(warnings, "a verdict that is looked at early and often, until it pleases, is wrong more often than in 1 of 20 cases: in 1 of 8 at five looks; let the run end, or begin one with --until decided")
	}
	return warnings
}

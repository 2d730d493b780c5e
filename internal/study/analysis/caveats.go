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
	if warnings != nil && len(s.Populations) > 1 && !planned && s.Chosen() == "" {
		warnings = append(warnings, "a verdict that is looked at early and often, until it pleases, is wrong more often than in 1 of 20 cases: in 1 of 8 at five looks; let the run end, or begin one with --until decided")
	}
	return warnings
}

// A Severity is what a caveat does to the numbers.
type Severity int

// Severities, the gravest first.
const (
	Wrong  Severity = iota // numbers may be wrong, whatever their intervals
	Unsure                 // numbers are less certain than they look
	Apart                  // something is left out or not shown
)

// grades are words by which a caveat is known: of the first that it holds.
// What holds none makes numbers unsure.
var grades = []struct {
	words string
	grade Severity
}{
	{"may not compare", Wrong}, {"not percent", Wrong}, {"fractions given for percent", Wrong}, {"counts as a model", Wrong}, {"looked at early", Wrong},
	{"were the seeds the same", Wrong}, {"is it the same run twice", Wrong}, {"takes no account", Wrong}, {"nothing is adjusted", Wrong},
	{"left out", Apart}, {"diverged and count", Apart}, {"are drawn", Apart}, {"have figures of their own", Apart}, {"the table shows", Apart},
	{"no diagrams", Apart}, {"are trainings of", Apart}, {"every model has", Apart},
}

// SeverityOf returns the severity of a caveat.
func SeverityOf(caveat string) Severity {
	for _, g := range grades {
		if strings.Contains(caveat, g.words) {
			return g.grade
		}
	}
	return Unsure
}

package plots

import "cmp"

// A Measure says what is drawn as errors. The zero value is the error in percent,
// of which 100 stands for a model that diverged; no number of another measure
// does.
type Measure struct {
	Name   string // "": error
	Higher bool   // more is better
}

// label names an axis of errors.
func (m Measure) label() string { return cmp.Or(m.Name, "error (%)") }

// of names a statistic of errors, such as the last.
func (m Measure) of(what string) string { return what + " " + cmp.Or(m.Name, "error") }

// many names errors.
func (m Measure) many() string {
	if m.Name == "" {
		return "errors"
	}
	return "values"
}

// best names the best error, and returns it of the least and the greatest.
func (m Measure) best(least, greatest float64) (string, float64) {
	if m.Higher {
		return "max", greatest
	}
	return "min", least
}

// diverged reports whether an error is that of a model that diverged.
func (m Measure) diverged(e float64) bool { return m.Name == "" && e >= diverged }

// span returns the span of the errors that an axis should show, and how many
// lie beyond it: models that diverged, unless there are no others.
func (m Measure) span(errors []float64) (s span, beyond int) {
	s = emptySpan()
	for _, e := range errors {
		if m.diverged(e) {
			beyond++
		} else {
			s.add(e)
		}
	}
	if !s.empty() {
		return s, beyond
	}
	s.add(errors...)
	return s, 0
}

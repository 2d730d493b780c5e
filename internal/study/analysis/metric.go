package analysis

import (
	"fmt"
	"slices"
	"strings"

	"designspace/bootstrap"
	"designspace/edf"
	"designspace/internal/suggest"
	"designspace/internal/table"
)

// A Metric is what the models of tables are compared by. The zero value is the
// column error, in percent, of which less is better.
type Metric struct {
	Name   string // of its column, or of what the column error holds where there is no other
	Higher bool   // more is better
}

// ParseMetric reads NAME, NAME:min or NAME:max.
func ParseMetric(s string) (Metric, error) {
	name, direction, _ := cutLast(s, ":")
	switch {
	case name == "":
	case direction == "min" || direction == "max":
		return Metric{name, direction == "max"}, nil
	case direction == "":
		return Metric{Name: s}, nil
	}
	return Metric{}, fmt.Errorf("metric %q: want NAME, of which less is better, or NAME:max", s)
}

// String returns what [ParseMetric] reads.
func (m Metric) String() string {
	if m.Higher {
		return m.Name + ":max"
	}
	return m.Name + ":min"
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// percent reports whether it is the error.
func (m Metric) percent() bool { return m.Name == "" }

// Label names an axis or a column of the metric.
func (m Metric) Label() string {
	switch {
	case m.percent() || m.Name == "error" && !m.Higher:
		return "error (%)"
	case m.Higher:
		return m.Name + " (higher is better)"
	}
	return m.Name
}

// loss turns a value of the metric into one of which less is better, and back.
func (m Metric) loss(x float64) float64 {
	if m.Higher {
		return 0 - x // no negative zero
	}
	return x
}

// upwards are phrases about errors, with what they are where more is better.
var upwards = []string{
	"further left and up", "further right and down", "less error", "a higher error", "at least", "at least", "lowest", "highest", "lower", "higher", "least", "greatest", "higher", "lower",
	"minimum", "maximum", "since it falls", "since it rises",
}

// Words returns a text about errors, of which less is better, as one about the
// metric.
func (m Metric) Words(text string) string {
	if m.percent() {
		return text
	}
	if m.Higher {
		text = strings.NewReplacer(upwards...).Replace(text)
	}
	return strings.NewReplacer("standard error", "standard error", " an error", " a value", "Errors", "Values of "+m.Name, "errors", "values of "+m.Name, "Error", m.Name, "error", m.Name, " percentage points", "").Replace(text)
}

// Words is [Metric.Words] of what was compared.
func (r *Result) Words(text string) string { return r.metric.Words(text) }

// Percent reports whether errors in percent were compared.
func (r *Result) Percent() bool { return r.metric.percent() }

// resolve finds the metric of a source, which all have in common, and its
// column.
func (s *Study) resolve(src *source) error {
	m, t := s.options.Metric, src.table
	if m.percent() {
		m = stored(t)
	}
	if len(s.sources) > 0 && m != s.metric {
		return fmt.Errorf("%s: is compared by %s, and %s by %s: name one with --metric", src.path, m.words(), s.sources[0].path, s.metric.words())
	}
	s.metric, src.metric = m, "error"
	switch {
	case m.percent():
	case t.Has(m.Name):
		src.metric = m.Name
	case !t.Has("error") || len(suggest.Nearest(m.Name, t.Columns())) > 0:
		return t.Missing(m.Name)
	}
	return nil
}

func (m Metric) words() string {
	if m.percent() {
		return "error"
	}
	return m.String()
}

// stored is the metric that the column metric of an imported table names.
func stored(t *table.Table) Metric {
	cells, err := t.Strings("metric")
	if err != nil || len(cells) == 0 || slices.ContainsFunc(cells, func(c string) bool { return c != cells[0] }) {
		return Metric{}
	}
	m, err := ParseMetric(cells[0])
	if err != nil || cells[0] != m.String() || !t.Has(m.Name) {
		return Metric{}
	}
	return m
}

// Metric returns what the models are compared by.
func (s *Study) Metric() Metric { return s.metric }

// Value returns the metric of a row, NaN if it has none.
func (s *Study) Value(row int) float64 { return s.metric.loss(s.errs[row]) }

// Shown returns a population with the values of the metric for errors.
func (s *Study) Shown(p edf.Population) edf.Population {
	if s.metric.Higher {
		p.Errors = s.values(p.Errors)
	}
	return p
}

// values turns losses into values of the metric, and back.
func (s *Study) values(errs []float64) []float64 {
	values := make([]float64, len(errs))
	for i, e := range errs {
		values[i] = s.metric.loss(e)
	}
	return values
}

// measured is a study whose column error holds what is compared.
type measured struct{ *Study }

func (m measured) Has(col string) bool { return col == "error" || m.Study.Has(col) }

func (m measured) Strings(col string) ([]string, error) {
	if col != "error" {
		return m.Study.Strings(col)
	}
	var cells []string
	for _, src := range m.sources {
		part, err := src.table.Strings(src.metric)
		if err != nil {
			return nil, err
		}
		cells = append(cells, part...)
	}
	return cells, nil
}

func (m measured) Floats(col string) ([]float64, error) {
	if col != "error" {
		return m.Study.Floats(col)
	}
	var errs []float64
	for _, src := range m.sources {
		part, err := src.table.Floats(src.metric)
		if err != nil {
			if !src.table.Has(src.metric) {
				err = fmt.Errorf("%w; name another with --metric NAME, or NAME:max; designspace import makes one of accuracies", err)
			}
			return nil, err
		}
		errs = append(errs, m.values(part)...)
	}
	return errs, nil
}

// restore gives the numbers of a result, which are of losses, in the metric.
func (r *Result) restore(m Metric) {
	if m.percent() {
		return
	}
	for i := range r.Populations {
		p := &r.Populations[i]
		p.Warnings = m.all(p.Warnings)
		if m.Higher {
			p.Min, p.Max, p.Q25, p.Q75 = -p.Max, -p.Min, -p.Q75, -p.Q25
			p.Mean, p.Median, p.ExpectedBest = negated(p.Mean), negated(p.Median), negated(p.ExpectedBest)
		}
	}
	for i := range r.Tests {
		t := &r.Tests[i]
		t.Warnings, t.Higher = m.all(t.Warnings), m.Higher
		if m.Higher {
			t.MeanDifference, t.MedianDifference = negated(t.MeanDifference), negated(t.MedianDifference)
		}
	}
	for i := range r.Confirmed {
		c := &r.Confirmed[i]
		c.Error, c.Mean, c.Higher = m.loss(c.Error), m.loss(c.Mean), m.Higher
	}
	for i := range r.Best {
		r.Best[i].Mean = m.loss(r.Best[i].Mean)
	}
	for i := range r.Bootstrap {
		r.Bootstrap[i].Warnings = m.all(r.Bootstrap[i].Warnings)
	}
}

func (m Metric) all(texts []string) []string {
	var all []string
	for _, t := range texts {
		all = append(all, m.Words(t))
	}
	return all
}

// negated returns the interval of the negative. 0 stays without a sign.
func negated(i bootstrap.Interval) bootstrap.Interval {
	return bootstrap.Interval{Estimate: 0 - i.Estimate, Lo: 0 - i.Hi, Hi: 0 - i.Lo}
}

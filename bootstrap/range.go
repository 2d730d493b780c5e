package bootstrap

import (
	"fmt"
	"math"

	"designspace/internal/numeric"
)

// A Range is what the best models have of a parameter. Lo, Median and Hi are
// values that some model has: the smallest ones at which the cumulated mass
// reaches 2.5, 50 and 97.5 %. It is no confidence interval of a best value: it
// does not shrink as models become more, and seldom holds a value at the edge of
// a space. They are NaN, and null in JSON, if no model has
// the parameter.
type Range struct {
	Name   string  // of the parameter
	N      int     // models that have it
	Absent int     // models left out because they do not
	Lo     float64 // lower end of the middle 95 %
	Median float64
	Hi     float64 // upper end of the middle 95 %
	Best   int     // number of best models that carry 95 % of the mass

	Warnings []string // what to mind when reading the range
}

// Range returns the range of a parameter among the best models; values holds one a
// model in the order of the errors, and NaN where a model does not have it.
// Models without a value are left out before anything is drawn, so the distribution is
// that of the remaining pairs.
func (l *Distribution) Range(name string, values []float64) (Range, error) {
	l, columns, absent, err := l.present([]string{name}, values)
	if err != nil {
		return Range{}, err
	}
	return l.rangeOf(name, columns[0], absent), nil
}

func (l *Distribution) rangeOf(name string, values []float64, absent int) Range {
	r := Range{Name: name, N: len(values), Absent: absent, Lo: math.NaN(), Median: math.NaN(), Hi: math.NaN()}
	if r.Absent > 0 {
		r.warn("%d of %d models have no %s and are left out", r.Absent, r.N+r.Absent, name)
	}
	if r.N == 0 {
		return r
	}
	shares := l.shares(values)
	r.Lo, r.Median, r.Hi = percentile(shares, 0.025), percentile(shares, 0.5), percentile(shares, 0.975)
	r.Best = l.Best(0.95)
	switch {
	case len(shares) == 1:
		r.warn("every model has %s = %v", name, r.Median)
	case l.tieEnd(0) == r.N:
		r.warn("all errors are equal: the range is that of the sample")
	case 2*r.Best > r.N:
		r.warn("n = %d: the range rests on %d of the models, so it says little about the best; draw more models", r.N, r.Best)
	}
	return r
}

func (r *Range) warn(format string, args ...any) {
	r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...))
}

// MarshalJSON writes one object with lower-case names, and null for NaN.
func (r Range) MarshalJSON() ([]byte, error) {
	return numeric.MarshalJSON(struct {
		Name     string   `json:"name"`
		N        int      `json:"n"`
		Absent   int      `json:"absent"`
		Lo       float64  `json:"lo"`
		Median   float64  `json:"median"`
		Hi       float64  `json:"hi"`
		Best     int      `json:"best"`
		Warnings []string `json:"warnings,omitempty"`
	}{r.Name, r.N, r.Absent, r.Lo, r.Median, r.Hi, r.Best, r.Warnings})
}

// A Share is one value of a parameter and how likely it is to be the best.
type Share struct {
	Value float64 `json:"value"`
	N     int     `json:"n"`    // models with this value
	Mass  float64 `json:"mass"` // probability that the best of a round has it
}

// Shares returns the distinct values of a parameter in ascending order with
// their mass: the distribution whose percentiles are the range. NaN stands for
// a model without the parameter.
func (l *Distribution) Shares(name string, values []float64) ([]Share, error) {
	l, columns, _, err := l.present([]string{name}, values)
	if err != nil {
		return nil, err
	}
	return l.shares(columns[0]), nil
}

func (l *Distribution) shares(values []float64) []Share {
	var shares []Share
	for _, i := range numeric.Order(values) {
		if k := len(shares); k == 0 || shares[k-1].Value != values[i] {
			shares = append(shares, Share{Value: values[i]})
		}
		s := &shares[len(shares)-1]
		s.N++
		s.Mass += l.Mass[i]
	}
	return shares
}

// percentile returns the smallest value at which the cumulated mass reaches p.
func percentile(shares []Share, p float64) float64 {
	var sum float64
	for _, s := range shares {
		if sum += s.Mass; reaches(sum, p) {
			return s.Value
		}
	}
	return shares[len(shares)-1].Value
}

// present checks columns of one value a model and returns the distribution and the
// columns of the models that have all of them, and how many do not.
func (l *Distribution) present(names []string, columns ...[]float64) (*Distribution, [][]float64, int, error) {
	n := len(l.errors)
	absent := make([]bool, n)
	count := 0
	for c, column := range columns {
		if len(column) != n {
			return nil, nil, 0, fmt.Errorf("bootstrap: %d values of %s for %d models", len(column), names[c], n)
		}
		for i, v := range column {
			if math.IsInf(v, 0) {
				return nil, nil, 0, fmt.Errorf("bootstrap: value %d of %s is %v: give NaN for a model without it", i, names[c], v)
			}
			if math.IsNaN(v) && !absent[i] {
				absent[i] = true
				count++
			}
		}
	}
	if count == 0 {
		return l, columns, 0, nil
	}
	kept := make([][]float64, len(columns))
	for c, column := range columns {
		kept[c] = without(column, absent)
	}
	if count == n {
		return &Distribution{}, kept, count, nil
	}
	l, err := New(without(l.errors, absent), l.options)
	return l, kept, count, err
}

func without(x []float64, absent []bool) []float64 {
	kept := make([]float64, 0, len(x))
	for i, v := range x {
		if !absent[i] {
			kept = append(kept, v)
		}
	}
	return kept
}

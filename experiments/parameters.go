package experiments

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"designspace/bootstrap"
	"designspace/edf"
	"designspace/internal/numeric"
)

// A Range says where the best value of a parameter lies: the value, or the bin
// of neighbouring values, of least mean error, by multiple comparisons with the
// best, see [edf.CompareWithBest].
type Range struct {
	Values []RangeOf `yaml:"values"`
}

// RangeOf is a range that the best value of a column is claimed to lie in.
type RangeOf struct {
	Population string  `yaml:"population"`
	Column     string  `yaml:"column"`
	Min        float64 `yaml:"min"`
	Max        float64 `yaml:"max"`
}

func (r *Range) check(labels []string) error {
	if len(r.Values) == 0 {
		return errors.New("no values")
	}
	for _, v := range r.Values {
		if err := checkLabels([]string{v.Population}, labels); err != nil {
			return err
		}
		if v.Column == "" || !(v.Min <= v.Max) {
			return fmt.Errorf("%s: want a column and min up to max", v.Population)
		}
		if err := checkColumns(v.Column); err != nil {
			return err
		}
	}
	return nil
}

func (r *Range) judge(samples []*Sample) ([]Finding, error) {
	var fs []Finding
	for _, v := range r.Values {
		quantity := fmt.Sprintf("%s of least mean error in %s", v.Column, v.Population)
		best, err := bestValues(find(samples, v.Population), v.Column, v.Min, v.Max)
		if err != nil {
			return nil, err
		}
		f := best.finding(quantity, "", func(x float64) bool { return v.Min <= x && x <= v.Max })
		f.Criterion = fmt.Sprintf("from %g to %g", v.Min, v.Max)
		fs = append(fs, f)
	}
	return fs, nil
}

// candidates are what the best value of a parameter may be.
type candidates struct {
	all    []candidate
	best   int    // the one that looks best
	none   string // why there is no telling; "": there is
	rivals int    // of each
	models int    // that were compared
}

// A candidate is a value, or the middle of a bin from lo to hi, with the p-value
// of the claim that it is not the best, and its gap to the best in standard errors.
type candidate struct{ value, lo, hi, p, signal float64 }

// fewest models of a bin, if it has neighbours.
const fewest = 3

// bestValues compares the values of a column, or up to five bins of them, by the
// mean error of their models. Bins are also cut at two limits, so that each lies
// on one side of them.
func bestValues(s *Sample, column string, lo, hi float64) (candidates, error) {
	values, err := s.Column(column)
	if err != nil {
		return candidates{}, err
	}
	var c candidates
	var errs [][]float64
	for _, models := range bins(values, lo, hi) {
		of := slices.Sorted(slices.Values(pick(values, models)))
		c.all = append(c.all, candidate{numeric.Quantile(0.5, of), of[0], of[len(of)-1], 1, 0})
		errs = append(errs, pick(s.Errors, models))
	}
	c.rivals, c.models = len(c.all)-1, len(s.Errors)
	compared, err := edf.CompareWithBest(errs)
	if err != nil {
		c.none = fmt.Sprintf("%s in %s: too few values, or models of each, to compare", column, s.Name)
		return c, nil
	}
	for i, g := range compared.Groups {
		if !math.IsNaN(g.P) {
			c.all[i].p = g.P
		}
		if g.Gap.Estimate > 0 {
			c.all[i].signal = g.Gap.Estimate / (g.Gap.Estimate - g.Gap.Lo) * evidence{rivals: c.rivals}.critical(1)
		}
		if g.Mean < compared.Groups[c.best].Mean {
			c.best = i
		}
	}
	return c, nil
}

// bins returns the models of every bin, in ascending order of values.
func bins(values []float64, lo, hi float64) [][]int {
	side := func(model int) int {
		switch x := values[model]; {
		case x < lo:
			return 0
		case x <= hi:
			return 1
		}
		return 2
	}
	var out [][]int
	for _, g := range edf.GroupValues(values) {
		var parts [3][]int
		for _, m := range g.Models {
			parts[side(m)] = append(parts[side(m)], m)
		}
		for k, part := range parts {
			last := len(out) - 1
			switch {
			case len(part) == 0:
			case last >= 0 && side(out[last][0]) == k && min(len(part), len(out[last])) < fewest:
				out[last] = append(out[last], part...)
			default:
				out = append(out, part)
			}
		}
	}
	return out
}

// finding tests the claim that the best value is one of those inside. The effect
// is the value that looks best, the interval spans all that may be best with 95 %
// together.
func (c candidates) finding(quantity, unit string, inside func(float64) bool) Finding {
	if c.none != "" {
		return untold(quantity, unit, c.none)
	}
	i := bootstrap.Interval{Estimate: c.all[c.best].value, Lo: math.Inf(1), Hi: math.Inf(-1)}
	within, outside := math.NaN(), math.NaN()    // the largest p-values
	weak := [2]float64{math.Inf(1), math.Inf(1)} // the least signals of those within and outside
	for _, v := range c.all {
		if v.p > level {
			i.Lo, i.Hi = min(i.Lo, v.lo), max(i.Hi, v.hi)
		}
		if inside(v.value) {
			within, weak[0] = -least(-within, -v.p), min(weak[0], v.signal)
		} else {
			outside, weak[1] = -least(-outside, -v.p), min(weak[1], v.signal)
		}
	}
	f := finding(quantity, unit, i)
	switch {
	case math.IsNaN(within):
		f.Note = "no model has such a value"
	case math.IsNaN(outside):
		f.Note = "no model has another value"
	default:
		f.confirms, f.refutes = outside, within
		f.evidence = evidence{signal: [2]float64{max(weak[0], weak[1]), math.Inf(1)}, rivals: c.rivals, models: c.models, against: weak[0] > weak[1]}
	}
	return f
}

// to returns the decades from the best value of one population to that of
// another, for all pairs of what they may be. Each of them has half the level.
func (c candidates) to(o candidates) candidates {
	shift := candidates{none: c.none, rivals: 2 * max(c.rivals, o.rivals), models: min(c.models, o.models)}
	if shift.none == "" {
		shift.none = o.none
	}
	for i, a := range c.all {
		for j, b := range o.all {
			if i == c.best && j == o.best {
				shift.best = len(shift.all)
			}
			d := math.Log10(b.value) - math.Log10(a.value)
			shift.all = append(shift.all, candidate{d, d, d, min(1, 2*min(a.p, b.p)), max(a.signal, b.signal)})
		}
	}
	return shift
}

// scaled divides all values.
func (c candidates) scaled(by float64) candidates {
	out := candidates{best: c.best, none: c.none, rivals: c.rivals, models: c.models}
	for _, v := range c.all {
		out.all = append(out.all, candidate{v.value / by, v.lo / by, v.hi / by, v.p, v.signal})
	}
	return out
}

// positive are the best values of a column that can be taken the logarithm of.
func positive(s *Sample, column string) (candidates, error) {
	c, err := bestValues(s, column, math.Inf(-1), math.Inf(1))
	for _, v := range c.all {
		if !(v.value > 0) {
			return c, fmt.Errorf("%s in %s: a value of %g has no logarithm", column, s.Name, v.value)
		}
	}
	return c, err
}

// A Centre claims that the best value of a parameter is the same in every
// population as in the first, up to a margin in decades. Values are those of
// least mean error, or the middle of their bin.
type Centre struct {
	Columns []string `yaml:"columns"`
	Of      []string `yaml:"of"` // populations, each compared with the first
	Margin  float64  `yaml:"margin"`
}

func (c *Centre) check(labels []string) error {
	if len(c.Columns) == 0 || !(c.Margin > 0) || len(c.Of) < 2 {
		return errors.New("want columns, two or more populations and a positive margin")
	}
	if err := checkColumns(c.Columns...); err != nil {
		return err
	}
	return checkLabels(c.Of, labels)
}

func (c *Centre) judge(samples []*Sample) ([]Finding, error) {
	var fs []Finding
	for _, col := range c.Columns {
		first, err := positive(find(samples, c.Of[0]), col)
		if err != nil {
			return nil, err
		}
		for _, label := range c.Of[1:] {
			other, err := positive(find(samples, label), col)
			if err != nil {
				return nil, err
			}
			quantity := fmt.Sprintf("log10 of the %s of least mean error in %s less that in %s", col, label, c.Of[0])
			f := first.to(other).finding(quantity, "decades", func(x float64) bool { return math.Abs(x) <= c.Margin })
			f.Criterion = fmt.Sprintf("within ±%g", c.Margin)
			fs = append(fs, f)
		}
	}
	return fs, nil
}

// A PowerLaw claims how the best value of a column grows with flops: as a power
// whose exponent lies in a range. The exponent is that between the first and the
// last population.
type PowerLaw struct {
	Of   []string  `yaml:"of"`
	Laws []PowerOf `yaml:"laws"`
}

// PowerOf is the range that the exponent of a column is claimed to lie in, without
// its ends; an end may be infinite.
type PowerOf struct {
	Column string  `yaml:"column"`
	Min    float64 `yaml:"min"`
	Max    float64 `yaml:"max"`
}

func (p *PowerLaw) check(labels []string) error {
	if len(p.Laws) == 0 || len(p.Of) < 2 {
		return errors.New("want laws and two or more populations")
	}
	for _, l := range p.Laws {
		if l.Column == "" || !(l.Min < l.Max) {
			return fmt.Errorf("law of %q: want a column and min below max", l.Column)
		}
		if err := checkColumns(l.Column); err != nil {
			return err
		}
	}
	return checkLabels(p.Of, labels)
}

func (p *PowerLaw) judge(samples []*Sample) ([]Finding, error) {
	first, last := find(samples, p.Of[0]), find(samples, p.Of[len(p.Of)-1])
	few, err := first.Column("flops")
	if err != nil {
		return nil, err
	}
	many, err := last.Column("flops")
	if err != nil {
		return nil, err
	}
	decades := math.Log10(mean(many) / mean(few))
	if !(decades > 0) {
		return nil, fmt.Errorf("flops do not grow from %s to %s", first.Name, last.Name)
	}
	var fs []Finding
	for _, l := range p.Laws {
		from, err := positive(first, l.Column)
		if err != nil {
			return nil, err
		}
		to, err := positive(last, l.Column)
		if err != nil {
			return nil, err
		}
		quantity := fmt.Sprintf("exponent of flops in the %s of least mean error, from %s to %s", l.Column, first.Name, last.Name)
		f := from.to(to).scaled(decades).finding(quantity, "", func(x float64) bool { return l.Min < x && x < l.Max })
		f.Criterion = l.criterion()
		fs = append(fs, f)
	}
	return fs, nil
}

func (l PowerOf) criterion() string {
	switch {
	case math.IsInf(l.Max, 1):
		return fmt.Sprintf("above %g", l.Min)
	case math.IsInf(l.Min, -1):
		return fmt.Sprintf("below %g", l.Max)
	}
	return fmt.Sprintf("from %g to %g", l.Min, l.Max)
}

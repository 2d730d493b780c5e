package experiments

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"designspace/bootstrap"
	"designspace/edf"
)

// A Range says where the best value of a parameter lies: in the 95 % range of
// the empirical bootstrap (arXiv 2003.13678, §3.1).
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
	}
	return nil
}

func (r *Range) judge(samples []*Sample) ([]Finding, error) {
	var fs []Finding
	for _, v := range r.Values {
		s := find(samples, v.Population)
		best, err := bestRange(s, v.Column)
		if err != nil {
			return nil, err
		}
		i := bootstrap.Interval{Estimate: best.Median, Lo: best.Lo, Hi: best.Hi}
		f := finding(fmt.Sprintf("best %s in %s", v.Column, v.Population), "", i)
		f.Criterion, f.Verdict = fmt.Sprintf("from %g to %g", v.Min, v.Max), within(i, v.Min, v.Max)
		fs = append(fs, f)
	}
	return fs, nil
}

// bestRange is the bootstrap range of the best value.
func bestRange(s *Sample, column string) (bootstrap.Range, error) {
	values, err := s.Column(column)
	if err != nil {
		return bootstrap.Range{}, err
	}
	law, err := bootstrap.New(s.Errors, bootstrap.Options{})
	if err != nil {
		return bootstrap.Range{}, err
	}
	return law.Range(column, values)
}

// quarter is the share of a population that counts as its best models where
// their parameters are averaged or correlated.
const quarter = 0.25

// A Centre claims that the best value of a parameter is the same in every
// population: the mean of its logarithm over the best quarter of the models,
// compared with the first population, in decades.
type Centre struct {
	Columns []string `yaml:"columns"`
	Of      []string `yaml:"of"` // populations, each compared with the first
	Margin  float64  `yaml:"margin"`
}

func (c *Centre) check(labels []string) error {
	if len(c.Columns) == 0 || !(c.Margin > 0) || len(c.Of) < 2 {
		return errors.New("want columns, two or more populations and a positive margin")
	}
	return checkLabels(c.Of, labels)
}

func (c *Centre) judge(samples []*Sample) ([]Finding, error) {
	var fs []Finding
	first := find(samples, c.Of[0])
	for _, col := range c.Columns {
		x, err := first.Column(col)
		if err != nil {
			return nil, err
		}
		for _, label := range c.Of[1:] {
			s := find(samples, label)
			y, err := s.Column(col)
			if err != nil {
				return nil, err
			}
			i := resample("centre of "+col+" in "+label, []int{len(y), len(x)}, func(rows [][]int) float64 {
				return s.centre(y, rows[0]) - first.centre(x, rows[1])
			})
			f := finding(fmt.Sprintf("mean log10 %s of the best quarter of %s less that of %s", col, label, first.Name), "decades", i)
			f.Criterion, f.Verdict = fmt.Sprintf("within ±%g", c.Margin), within(i, -c.Margin, c.Margin)
			fs = append(fs, f)
		}
	}
	return fs, nil
}

// centre is the mean of log10 of the values of the best quarter among rows.
func (s *Sample) centre(values []float64, rows []int) float64 {
	values = pick(values, rows)
	sum := 0.0
	chosen := best(pick(s.Errors, rows), quarter)
	for _, i := range chosen {
		sum += math.Log10(values[i])
	}
	return sum / float64(len(chosen))
}

// A Trend says how the best values of parameters change over populations of
// growing budgets: by the rank correlation of flops and value over the best
// quarters of all of them.
type Trend struct {
	Of     []string  `yaml:"of"`
	Trends []TrendOf `yaml:"trends"`
	Margin float64   `yaml:"margin,omitempty"` // of a correlation that counts as none
}

// TrendOf is what is claimed of a column: that it rises, falls or stays.
type TrendOf struct {
	Column string `yaml:"column"`
	Goes   string `yaml:"goes"`
}

func (t *Trend) check(labels []string) error {
	if len(t.Trends) == 0 || len(t.Of) < 2 {
		return errors.New("want trends and two or more populations")
	}
	stays := false
	for _, c := range t.Trends {
		if c.Column == "" || !slices.Contains([]string{"up", "down", "level"}, c.Goes) {
			return fmt.Errorf("trend of %q: want goes to be up, down or level", c.Column)
		}
		stays = stays || c.Goes == "level"
	}
	if stays != (t.Margin > 0) {
		return errors.New("margin: needed for level, and only there")
	}
	return checkLabels(t.Of, labels)
}

func (t *Trend) judge(samples []*Sample) ([]Finding, error) {
	var fs []Finding
	for _, c := range t.Trends {
		x, y, err := bestPairs(samples, t.Of, "flops", c.Column)
		if err != nil {
			return nil, err
		}
		i, err := edf.Spearman(x, y)
		if err != nil {
			return nil, err
		}
		f := finding(fmt.Sprintf("rank correlation of flops and the best %s", c.Column), "", i)
		switch c.Goes {
		case "up":
			f.Criterion, f.Verdict = "above 0", strictly(within(i, 0, 1), i)
		case "down":
			f.Criterion, f.Verdict = "below 0", strictly(within(i, -1, 0), i)
		default:
			f.Criterion, f.Verdict = fmt.Sprintf("within ±%g", t.Margin), within(i, -t.Margin, t.Margin)
		}
		fs = append(fs, f)
	}
	return fs, nil
}

// bestPairs returns two columns of the best quarters of the named populations.
func bestPairs(samples []*Sample, of []string, xName, yName string) (x, y []float64, err error) {
	for _, label := range of {
		s := find(samples, label)
		xs, err := s.Column(xName)
		if err != nil {
			return nil, nil, err
		}
		ys, err := s.Column(yName)
		if err != nil {
			return nil, nil, err
		}
		chosen := best(s.Errors, quarter)
		x, y = append(x, pick(xs, chosen)...), append(y, pick(ys, chosen)...)
	}
	return x, y, nil
}

// A PowerLaw claims how a measure of the best quarters grows with flops: as a power
// whose exponent, the slope of a line through the logarithms, lies in a range.
// The interval is the percentile interval of the bootstrap over these models.
type PowerLaw struct {
	Of   []string  `yaml:"of"`
	Laws []PowerOf `yaml:"laws"`
}

// PowerOf is the range that the exponent of a column is claimed to lie in.
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
	}
	return checkLabels(p.Of, labels)
}

func (p *PowerLaw) judge(samples []*Sample) ([]Finding, error) {
	var fs []Finding
	for _, l := range p.Laws {
		x, y, err := bestPairs(samples, p.Of, "flops", l.Column)
		if err != nil {
			return nil, err
		}
		for i := range x {
			x[i], y[i] = math.Log(x[i]), math.Log(y[i])
		}
		i := resample("power of "+l.Column, []int{len(x)}, func(rows [][]int) float64 {
			_, slope := stat.LinearRegression(pick(x, rows[0]), pick(y, rows[0]), nil, false)
			return slope
		})
		f := finding(fmt.Sprintf("exponent of flops in the %s of the best quarter", l.Column), "", i)
		f.Criterion, f.Verdict = fmt.Sprintf("from %g to %g", l.Min, l.Max), within(i, l.Min, l.Max)
		fs = append(fs, f)
	}
	return fs, nil
}

package experiments

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"

	"designspace/bootstrap"
	"designspace/edf"
	"designspace/internal/seed"
	"designspace/internal/strictyaml"
)

// A Statistic judges an experiment. Exactly one of its fields is set.
type Statistic struct {
	Mean    *Mean    `yaml:"mean,omitempty"`
	BestOf  *BestOf  `yaml:"best_of,omitempty"`
	Range   *Range   `yaml:"range,omitempty"`
	Centre  *Centre  `yaml:"centre,omitempty"`
	Trend   *Trend   `yaml:"trend,omitempty"`
	Power   *Power   `yaml:"power,omitempty"`
	Predict *Predict `yaml:"predict,omitempty"`
	Search  *Search  `yaml:"search,omitempty"`
	Size    *Size    `yaml:"size,omitempty"`
	Split   *Split   `yaml:"split,omitempty"`
}

type judge interface {
	check(labels []string) error
	judge(samples []*Sample) ([]Finding, error)
}

func (s Statistic) all() map[string]judge {
	m := map[string]judge{}
	// A nil pointer in an interface is not a nil interface.
	if s.Mean != nil {
		m["mean"] = s.Mean
	}
	if s.BestOf != nil {
		m["best_of"] = s.BestOf
	}
	if s.Range != nil {
		m["range"] = s.Range
	}
	if s.Centre != nil {
		m["centre"] = s.Centre
	}
	if s.Trend != nil {
		m["trend"] = s.Trend
	}
	if s.Power != nil {
		m["power"] = s.Power
	}
	if s.Predict != nil {
		m["predict"] = s.Predict
	}
	if s.Search != nil {
		m["search"] = s.Search
	}
	if s.Size != nil {
		m["size"] = s.Size
	}
	if s.Split != nil {
		m["split"] = s.Split
	}
	return m
}

// Name returns the key of the statistic that is set.
func (s Statistic) Name() string {
	for name := range s.all() {
		return name
	}
	return ""
}

// String returns the statistic with its arguments as a definition has it.
func (s Statistic) String() string {
	text, err := strictyaml.Marshal(s)
	if err != nil {
		return s.Name()
	}
	return strings.TrimSpace(string(text))
}

func (s Statistic) one() judge { return s.all()[s.Name()] }

func (s Statistic) check(labels []string) error {
	if n := len(s.all()); n != 1 {
		return fmt.Errorf("%d statistics: want exactly one", n)
	}
	if err := s.one().check(labels); err != nil {
		return fmt.Errorf("%s: %w", s.Name(), err)
	}
	return nil
}

func checkLabels(of, labels []string) error {
	if len(of) == 0 {
		return errors.New("names no population")
	}
	for _, l := range of {
		if !slices.Contains(labels, l) {
			return fmt.Errorf("no population %s; %s", l, strictyaml.Suggest(l, labels))
		}
	}
	return nil
}

const points = "percentage points"

// A Mean compares mean errors, or the means of another column. A difference is
// its mean with the BCa interval of the bootstrap. A claim "a < b" needs in
// addition that the Mann-Whitney test, with p-values adjusted for all such
// claims of the experiment (Holm), is significant in the same direction.
type Mean struct {
	Claims    []string   `yaml:"claims"`           // as in "RegNetX < E < A", "B = A", "wm2 <= RegNetX"
	Margin    float64    `yaml:"margin,omitempty"` // of = and <=
	Column    string     `yaml:"column,omitempty"` // "": error
	Normalize *Normalize `yaml:"normalize,omitempty"`
}

// Normalize weighs models so that they spread evenly over bins of a complexity
// measure, see [edf.Normalize]. The bins cover the range that all populations
// share; models outside weigh nothing.
type Normalize struct {
	By   string `yaml:"by"`
	Bins int    `yaml:"bins"`
}

func (m *Mean) check(labels []string) error {
	if n := m.Normalize; n != nil && (n.By == "" || n.Bins < 1) {
		return errors.New("normalize: want by, a column, and bins, a positive number")
	}
	return checkRelations(m.Claims, labels, m.Margin)
}

func (m *Mean) judge(samples []*Sample) ([]Finding, error) {
	labels := make([]string, len(samples))
	sets := map[string]edf.Sample{}
	for i, s := range samples {
		labels[i] = s.Label
		values := s.Errors
		if m.Column != "" {
			var err error
			if values, err = s.Column(m.Column); err != nil {
				return nil, err
			}
		}
		sets[s.Label] = edf.Sample{Name: s.Label, Errors: values}
	}
	if m.Normalize != nil {
		weights, err := m.Normalize.weights(samples)
		if err != nil { // the populations have no common support
			return []Finding{{Quantity: "mean " + m.name(), Verdict: Inconclusive, Effect: math.NaN(), Lo: math.NaN(), Hi: math.NaN(), Note: err.Error()}}, nil
		}
		for i, s := range samples {
			set := sets[s.Label]
			set.Weights = weights[i]
			sets[s.Label] = set
		}
	}
	relations, err := parseRelations(m.Claims, labels)
	if err != nil {
		return nil, err
	}
	cs := make([]edf.Comparison, len(relations))
	ps := make([]float64, len(relations))
	for i, r := range relations {
		if cs[i], err = edf.Compare(sets[r.a], sets[r.b], edf.Options{}); err != nil {
			return nil, err
		}
		if ps[i] = math.NaN(); r.op == "<" {
			ps[i] = cs[i].MannWhitney.P
		}
	}
	holm := edf.Holm(ps)
	var fs []Finding
	for i, r := range relations {
		f := finding(fmt.Sprintf("mean %s of %s less that of %s", m.name(), r.a, r.b), m.unit(), cs[i].MeanDifference)
		f.Asked, f.Verdict = r.asked(m.Margin), r.judge(cs[i].MeanDifference, m.Margin)
		if r.op == "<" {
			f.Note = fmt.Sprintf("Mann-Whitney p = %.2g", holm[i])
			if n := count(ps); n > 1 {
				f.Note += fmt.Sprintf(", adjusted for %d comparisons", n)
			}
			f.Verdict = agree(f.Verdict, holm[i], cs[i].MannWhitney.Less)
		}
		fs = append(fs, f)
	}
	return fs, nil
}

// agree keeps a verdict on "a < b" only if the test is significant in its
// direction; less is P(a < b).
func agree(v Verdict, p, less float64) Verdict {
	if p < 0.05 && (v == Confirmed && less > 0.5 || v == Refuted && less < 0.5) {
		return v
	}
	return Inconclusive
}

func count(ps []float64) int {
	n := 0
	for _, p := range ps {
		if !math.IsNaN(p) {
			n++
		}
	}
	return n
}

func (m *Mean) name() string {
	if m.Column == "" {
		return "error"
	}
	return m.Column
}

func (m *Mean) unit() string {
	if m.Column == "" {
		return points
	}
	return ""
}

// weights returns the weights of every sample.
func (n *Normalize) weights(samples []*Sample) ([][]float64, error) {
	bins := edf.Bins{K: n.Bins, Lo: math.Inf(-1), Hi: math.Inf(1)}
	var populations []edf.Population
	for _, s := range samples {
		xs, err := s.Column(n.By)
		if err != nil {
			return nil, err
		}
		populations = append(populations, edf.Population{Name: s.Label, Complexity: xs})
		bins.Lo, bins.Hi = max(bins.Lo, slices.Min(xs)), min(bins.Hi, slices.Max(xs))
	}
	if !(bins.Lo < bins.Hi) {
		return nil, fmt.Errorf("no %s is in the range of every population", n.By)
	}
	return edf.Normalize(bins, populations...)
}

func finding(quantity, unit string, i bootstrap.Interval) Finding {
	return Finding{Quantity: quantity, Unit: unit, Effect: i.Estimate, Lo: i.Lo, Hi: i.Hi, Verdict: Inconclusive}
}

// A BestOf compares the errors that a random search finds: the expected least
// error among M models, in closed form, with the percentile interval of the
// bootstrap.
type BestOf struct {
	M      int      `yaml:"m"`
	Claims []string `yaml:"claims"`
	Margin float64  `yaml:"margin,omitempty"`
}

func (b *BestOf) check(labels []string) error {
	if b.M < 1 {
		return errors.New("m: want a positive number of models")
	}
	return checkRelations(b.Claims, labels, b.Margin)
}

func (b *BestOf) judge(samples []*Sample) ([]Finding, error) {
	var labels []string
	for _, s := range samples {
		labels = append(labels, s.Label)
	}
	relations, err := parseRelations(b.Claims, labels)
	if err != nil {
		return nil, err
	}
	var fs []Finding
	for _, r := range relations {
		x, y := find(samples, r.a).Errors, find(samples, r.b).Errors
		i := resample("best of "+r.String(), []int{len(x), len(y)}, func(rows [][]int) float64 {
			return bestOf(pick(x, rows[0]), b.M) - bestOf(pick(y, rows[1]), b.M)
		})
		f := finding(fmt.Sprintf("expected least error among %d models of %s less that of %s", b.M, r.a, r.b), points, i)
		f.Asked, f.Verdict = r.asked(b.Margin), r.judge(i, b.Margin)
		fs = append(fs, f)
	}
	return fs, nil
}

// bestOf is the expected least of m errors.
func bestOf(errs []float64, m int) float64 {
	f, err := edf.New(errs)
	if err != nil {
		return math.NaN()
	}
	b, err := f.BestOf(m)
	if err != nil {
		return math.NaN()
	}
	return b.Mean
}

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
		values, err := s.Column(v.Column)
		if err != nil {
			return nil, err
		}
		law, err := bootstrap.New(s.Errors, bootstrap.Options{})
		if err != nil {
			return nil, err
		}
		best, err := law.Range(v.Column, values)
		if err != nil {
			return nil, err
		}
		i := bootstrap.Interval{Estimate: best.Median, Lo: best.Lo, Hi: best.Hi}
		f := finding(fmt.Sprintf("best %s in %s", v.Column, v.Population), "", i)
		f.Asked, f.Verdict = fmt.Sprintf("from %g to %g", v.Min, v.Max), within(i, v.Min, v.Max)
		fs = append(fs, f)
	}
	return fs, nil
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
			f := finding(fmt.Sprintf("mean log10 %s of the best quarter of %s less that of %s", col, label, first.Label), "decades", i)
			f.Asked, f.Verdict = fmt.Sprintf("within ±%g", c.Margin), within(i, -c.Margin, c.Margin)
			fs = append(fs, f)
		}
	}
	return fs, nil
}

// centre is the mean of log10 of the values of the best quarter among rows.
func (s *Sample) centre(values []float64, rows []int) float64 {
	chosen := &Sample{Errors: pick(s.Errors, rows)}
	values = pick(values, rows)
	sum := 0.0
	best := chosen.best(quarter)
	for _, i := range best {
		sum += math.Log10(values[i])
	}
	return sum / float64(len(best))
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
			f.Asked, f.Verdict = "above 0", strictly(within(i, 0, 1), i)
		case "down":
			f.Asked, f.Verdict = "below 0", strictly(within(i, -1, 0), i)
		default:
			f.Asked, f.Verdict = fmt.Sprintf("within ±%g", t.Margin), within(i, -t.Margin, t.Margin)
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
		best := s.best(quarter)
		x, y = append(x, pick(xs, best)...), append(y, pick(ys, best)...)
	}
	return x, y, nil
}

// A Power claims how a measure of the best quarters grows with flops: as a power
// whose exponent, the slope of a line through the logarithms, lies in a range.
// The interval is the percentile interval of the bootstrap over these models.
type Power struct {
	Of   []string  `yaml:"of"`
	Laws []PowerOf `yaml:"laws"`
}

// PowerOf is the range that the exponent of a column is claimed to lie in.
type PowerOf struct {
	Column string  `yaml:"column"`
	Min    float64 `yaml:"min"`
	Max    float64 `yaml:"max"`
}

func (p *Power) check(labels []string) error {
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

func (p *Power) judge(samples []*Sample) ([]Finding, error) {
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
		f.Asked, f.Verdict = fmt.Sprintf("from %g to %g", l.Min, l.Max), within(i, l.Min, l.Max)
		fs = append(fs, f)
	}
	return fs, nil
}

// A Predict claims that one column predicts another better than others do: its
// rank correlation with the target, over all models together, is greater. The
// difference has the percentile interval of the bootstrap over models.
type Predict struct {
	Target string   `yaml:"target"`
	By     string   `yaml:"by"`
	Than   []string `yaml:"than"`
}

func (p *Predict) check([]string) error {
	if p.Target == "" || p.By == "" || len(p.Than) == 0 {
		return errors.New("want target, by and than")
	}
	return nil
}

func (p *Predict) judge(samples []*Sample) ([]Finding, error) {
	pool := func(col string) (xs []float64, err error) {
		for _, s := range samples {
			x, err := s.Column(col)
			if err != nil {
				return nil, err
			}
			xs = append(xs, x...)
		}
		return xs, nil
	}
	target, err := pool(p.Target)
	if err != nil {
		return nil, err
	}
	by, err := pool(p.By)
	if err != nil {
		return nil, err
	}
	var fs []Finding
	for _, than := range p.Than {
		other, err := pool(than)
		if err != nil {
			return nil, err
		}
		i := resample("predict by "+than, []int{len(target)}, func(rows [][]int) float64 {
			t := edf.Ranks(pick(target, rows[0]))
			return stat.Correlation(edf.Ranks(pick(by, rows[0])), t, nil) - stat.Correlation(edf.Ranks(pick(other, rows[0])), t, nil)
		})
		f := finding(fmt.Sprintf("rank correlation of %s with %s less that of %s", p.By, p.Target, than), "", i)
		f.Asked, f.Verdict = "above 0", strictly(within(i, 0, 2), i)
		fs = append(fs, f)
	}
	return fs, nil
}

// A Search claims that the best of M models drawn at random is not far from the
// best of the population: the law of the former (mean, quantiles 0.025 and
// 0.975) less the latter.
type Search struct {
	Of     string  `yaml:"of"`
	M      int     `yaml:"m"`
	Margin float64 `yaml:"margin"`
}

func (s *Search) check(labels []string) error {
	if s.M < 1 || !(s.Margin > 0) {
		return errors.New("want m and a positive margin")
	}
	return checkLabels([]string{s.Of}, labels)
}

func (s *Search) judge(samples []*Sample) ([]Finding, error) {
	law, err := edf.New(find(samples, s.Of).Errors)
	if err != nil {
		return nil, err
	}
	best, err := law.BestOf(s.M)
	if err != nil {
		return nil, err
	}
	i := bootstrap.Interval{Estimate: best.Mean - law.Min(), Lo: best.Lo - law.Min(), Hi: best.Hi - law.Min()}
	f := finding(fmt.Sprintf("least error among %d models of %s less the least of the population", s.M, s.Of), points, i)
	f.Asked, f.Verdict = fmt.Sprintf("at most %g", s.Margin), within(i, 0, s.Margin)
	return []Finding{f}, nil
}

// A Size claims that so many models show the distribution of a whole population:
// the Kolmogorov-Smirnov distance of subsamples to it (mean, quantiles 0.025 and
// 0.975 over subsamples).
type Size struct {
	Of     string  `yaml:"of"`
	Share  float64 `yaml:"share"` // of the population that is drawn
	Margin float64 `yaml:"margin"`
}

func (s *Size) check(labels []string) error {
	if !(s.Share > 0 && s.Share < 1) || !(s.Margin > 0) {
		return errors.New("want a share between 0 and 1 and a positive margin")
	}
	return checkLabels([]string{s.Of}, labels)
}

func (s *Size) judge(samples []*Sample) ([]Finding, error) {
	errs := find(samples, s.Of).Errors
	n := max(1, int(s.Share*float64(len(errs))))
	sub, err := edf.Subsample(errs, []int{n}, rounds, seed.Uint64("size", s.Of))
	if err != nil {
		return nil, err
	}
	i := bootstrap.Interval{Estimate: sub[0].Mean, Lo: sub[0].Lo, Hi: sub[0].Hi}
	f := finding(fmt.Sprintf("KS distance of %d models of %s to all %d", n, s.Of, len(errs)), "", i)
	f.Asked, f.Verdict = fmt.Sprintf("at most %g", s.Margin), within(i, 0, s.Margin)
	return []Finding{f}, nil
}

// A Split claims that point estimates mislead where distributions agree. A
// population is split at random in two parts, one Ratio times as large; claimed
// is that the best of the larger part is strictly better in at least Wins of the
// splits, and that the Kolmogorov-Smirnov test tells the parts apart in at most
// a tenth of them. Intervals are Wilson's over the splits.
type Split struct {
	Of    string  `yaml:"of"`
	Ratio int     `yaml:"ratio"`
	Wins  float64 `yaml:"wins"`
}

func (s *Split) check(labels []string) error {
	if s.Ratio < 2 || !(s.Wins > 0.5 && s.Wins < 1) {
		return errors.New("want a ratio of 2 or more and wins between 0.5 and 1")
	}
	return checkLabels([]string{s.Of}, labels)
}

func (s *Split) judge(samples []*Sample) ([]Finding, error) {
	errs := slices.Clone(find(samples, s.Of).Errors)
	small := max(1, len(errs)/(s.Ratio+1))
	if small >= len(errs) {
		return nil, fmt.Errorf("population %s: %d models cannot be split", s.Of, len(errs))
	}
	r := seed.New("split", s.Of)
	wins, apart := make([]float64, rounds), make([]float64, rounds)
	for i := range rounds {
		r.Shuffle(len(errs), func(a, b int) { errs[a], errs[b] = errs[b], errs[a] })
		a, err := edf.New(errs[:small])
		if err != nil {
			return nil, err
		}
		b, err := edf.New(errs[small:])
		if err != nil {
			return nil, err
		}
		wins[i], apart[i] = indicator(b.Min() < a.Min()), indicator(edf.KS(a, b).PTies < 0.05)
	}
	better := finding(fmt.Sprintf("share of splits of %s in which the best of %d models beats the best of %d", s.Of, len(errs)-small, small), "", share(wins))
	better.Asked = fmt.Sprintf("from %g", s.Wins)
	better.Verdict = within(share(wins), s.Wins, 1)
	told := finding("share of these splits in which a KS test tells the parts apart", "", share(apart))
	told.Asked = "at most 0.1"
	told.Verdict = within(share(apart), 0, 0.1)
	return []Finding{better, told}, nil
}

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// share is the mean of zeros and ones with Wilson's interval.
func share(xs []float64) bootstrap.Interval {
	f, err := edf.New(xs)
	if err != nil {
		return bootstrap.Interval{Estimate: math.NaN(), Lo: math.NaN(), Hi: math.NaN()}
	}
	lo, hi := f.Pointwise(1, 0.95) // share of zeros
	return bootstrap.Interval{Estimate: f.Mean(), Lo: 1 - hi, Hi: 1 - lo}
}

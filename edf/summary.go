package edf

import (
	"cmp"
	"fmt"
	"math"
	"strconv"

	"designspace/bootstrap"
	"designspace/internal/format"
	"designspace/internal/numeric"
	"designspace/internal/seed"
)

// confidence of every interval in summaries and comparisons.
const confidence = 0.95

// Diverged is the error of a model that diverged, in percent.
const Diverged = 100

// A Population is models that are studied together, such as those of a design
// space: the errors of those that count, and how many do not.
type Population struct {
	Name    string
	Key     string    // seeds the intervals, so that a population has the same under another name; "": Name
	Errors  []float64 // percent, one a model; 100 for models that diverged
	Weights []float64 // one a model, such as [Stratify] gives; nil: equal
	Strata  []int     // one a model, where the weights are of [Stratify] or [Tilt]; nil: none
	Tilted  bool      // weights and strata are of [Tilt]
	Rows    []int     // of the table that the errors are from, one a model; nil: from none
	Chosen  int       // candidates among which the models were chosen for low predicted errors, so that they are no sample; 0: they are one
	Failed  int       // models that have no error, and so are not in Errors
	Pending int       // models that are not trained yet, and so are not in Errors

	// Predicted are errors that were predicted, one a model, of something that
	// holds none of Errors; nil: none. Candidates are those of all models that
	// were sampled, of which those in Errors are the first: without failed ones.
	Predicted, Candidates []float64
}

func (p Population) key() string { return cmp.Or(p.Key, p.Name) }

// Select returns the population of some of the models, by their places in p.
func (p Population) Select(places []int) Population {
	p.Errors, p.Weights, p.Strata, p.Rows = at(p.Errors, places), at(p.Weights, places), at(p.Strata, places), at(p.Rows, places)
	p.Predicted = at(p.Predicted, places)
	return p
}

// at returns the values at some places, nil if there are none at any.
func at[T any](xs []T, places []int) []T {
	if xs == nil {
		return nil
	}
	chosen := make([]T, len(places))
	for i, k := range places {
		chosen[i] = xs[k]
	}
	return chosen
}

// Options of summaries and comparisons.
type Options struct {
	Seed      uint64  // of the bootstrap intervals
	Resamples int     // of the bootstrap intervals; 0 means 5000
	Power     float64 // for which comparisons say how many models are needed, see [ModelsNeeded]; 0: they do not
	Most      int     // models that a space holds, which Power may ask for; 0 means [MostModels]
	AnyUnit   bool    // errors are no percent but another measure, of which less is better
	Margin    float64 // largest difference of mean errors, in percentage points, that counts as none; 0: equivalence is not judged
}

// Check reports values that no comparison can use.
func (o Options) Check() error {
	switch {
	case !(o.Margin >= 0) || math.IsInf(o.Margin, 0):
		return fmt.Errorf("margin %v: give a positive number of percentage points, or 0 for none", o.Margin)
	case o.Power != 0 && !(o.Power > 0 && o.Power < 1):
		return fmt.Errorf("power %v: give a probability between 0 and 1, such as 0.8, or 0 for none", o.Power)
	}
	return nil
}

// A Summary describes one population. Errors are in percent and intervals have a
// confidence of 95 %. Without models all errors are NaN (null in JSON), and so
// are the limits of intervals with fewer than two.
type Summary struct {
	Name       string
	N          int     // models with an error and a positive weight
	Failed     int     // models without an error
	Diverged   int     // models with an error of 100, included in N
	Pending    int     // models that are not trained yet
	EffectiveN float64 // Kish's effective number of models; N for equal weights

	Min, Q25, Q75, Max float64
	Mean               bootstrap.Interval // studentised bootstrap; of strata Student's, see [MeanDifference]
	Median             bootstrap.Interval // percentile interval of the bootstrap
	Band               float64            // half-width of the simultaneous 95 % band of the EDF (DKW)

	// BestOf is a quarter of the models, and ExpectedBest the least error to expect
	// among so many, see [EDF.ExpectedBest]. Min is not: it is the better the more
	// models there are, and its model owes part of it to luck.
	BestOf       int
	ExpectedBest bootstrap.Interval

	Chosen   int       // [Population.Chosen]: then only numbers, Min and Max are known
	Tilted   bool      // models of low predicted errors were preferred, which weights make up for: see [Tilt]
	Adjusted *Adjusted // mean error with the help of predictions; nil: they are of no use

	Warnings []string // what to mind when reading the summary
}

// Summarize describes a population. Its key and the seed fix the
// intervals. It fails only on errors or weights that are not numbers.
func Summarize(s Population, o Options) (Summary, error) {
	p, err := prepare(s, o)
	if err != nil {
		return Summary{}, err
	}
	return p.summary(), nil
}

// A prepared is a population with everything that its comparisons share; EDF and
// resamples are nil if there are no models.
type prepared struct {
	Population
	anyUnit   bool
	edf       *EDF
	mean      meanOf
	resamples *bootstrap.Resampled
	apart     *bootstrap.Resampled // the same, independent of those of other populations
}

func prepare(s Population, o Options) (*prepared, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	p := &prepared{Population: s, anyUnit: o.AnyUnit}
	if !anyPositive(s) {
		return p, nil
	}
	var err error
	if p.edf, err = NewWeighted(s.Errors, s.Weights); err != nil {
		return nil, err
	}
	p.mean = s.meanOf(p.edf)
	r := seed.New("edf", o.Seed, s.key())
	if !s.Tilted {
		p.resamples, err = bootstrap.Resample(p.edf.x, p.edf.w, o.Resamples, r)
	} else if strata, ok := s.stratify(); ok {
		p.resamples, err = bootstrap.ResampleStrata(strata.of(s.Errors), strata.share, strata.drawn, o.Resamples, r)
	}
	return p, err
}

func anyPositive(s Population) bool {
	if s.Weights == nil {
		return len(s.Errors) > 0
	}
	for _, w := range s.Weights {
		if w > 0 {
			return true
		}
	}
	return false
}

func (p *prepared) n() int {
	if p.edf == nil {
		return 0
	}
	return p.edf.Len()
}

// diverged counts the models with an error of 100 percent.
func (p *prepared) diverged() int {
	n := 0
	for i := p.n() - 1; !p.anyUnit && i >= 0 && p.edf.x[i] >= Diverged; i-- {
		if p.edf.x[i] == Diverged {
			n++
		}
	}
	return n
}

func (p *prepared) summary() Summary {
	nan := math.NaN()
	none := bootstrap.Interval{Estimate: nan, Lo: nan, Hi: nan}
	s := Summary{Name: p.Name, N: p.n(), Failed: p.Failed, Pending: p.Pending, Tilted: p.Tilted, Chosen: p.Chosen,
		Min: nan, Q25: nan, Q75: nan, Max: nan, Mean: none, Median: none, Band: nan, ExpectedBest: none}
	if p.Chosen > 0 {
		s.EffectiveN = float64(s.N)
		if p.edf != nil {
			s.Min, s.Max, s.Diverged = p.edf.Min(), p.edf.Max(), p.diverged()
		}
		return s
	}
	if p.edf != nil {
		f := p.edf
		s.EffectiveN = f.EffectiveN()
		s.Min, s.Q25, s.Q75, s.Max = f.Min(), f.Quantile(0.25), f.Quantile(0.75), f.Max()
		if p.resamples != nil {
			s.Mean, s.Median = p.resamples.Mean(confidence), p.resamples.Median(confidence)
		}
		if p.Strata != nil {
			s.Mean = p.mean.interval()
		}
		s.Median.Estimate = f.Median()
		s.Band = f.DKW(confidence)
		s.Diverged = p.diverged()
	}
	s.Warnings = p.warnings(s.Diverged)
	if s.BestOf = s.N / leastGroups; s.BestOf > 0 {
		best, warnings, _ := p.Population.expectedBest(s.BestOf) // within what it takes, unless weighted
		s.ExpectedBest, s.Warnings = best.interval(), append(s.Warnings, warnings...)
	}
	if p.unadjustable() == "" {
		mean, a, _ := p.adjustedMean() // of a population that was checked
		a.Estimate = mean.estimate(nil)
		s.Adjusted = &a
	}
	return s
}

func (p *prepared) warnings(diverged int) []string {
	var ws []string
	warn := func(format string, args ...any) { ws = append(ws, fmt.Sprintf(format, args...)) }
	n := p.n()
	lo, hi := math.NaN(), math.NaN()
	if n > 0 {
		lo, hi = p.edf.Min(), p.edf.Max()
	}
	switch { // what may make all wrong comes first
	case n > 1 && lo == hi:
		warn("all errors equal")
	case p.anyUnit:
	case lo < 0 || hi > 100:
		warn("errors from %.4g to %.4g: not percent", lo, hi)
	case n > 1 && hi <= 1:
		warn("no error above 1: fractions given for percent?")
	}
	if p.Failed > 0 {
		warn("%d of %d models have no error and are left out", p.Failed, p.Failed+len(p.Errors))
	}
	if left := len(p.Errors) - n; left > 0 {
		warn("%d of %d models have weight 0 and are left out", left, len(p.Errors))
	}
	switch {
	case n == 0:
		warn("no models: nothing to describe")
		return ws
	case n == 1:
		warn("n = 1: no interval; at least 6 needed for a 95 %% interval of the median")
	case n < 6:
		warn("n = %d: at least 6 needed for a 95 %% interval of the median, 8 for one of the mean", n)
	case n < 8:
		warn("n = %d: at least 8 needed for a 95 %% interval of the mean", n)
	}
	if diverged > 0 {
		warn("%d of %d models diverged and count with an error of 100", diverged, n)
	}
	if note := CoverageNote(tilted("mean", p), n, diverged > 0); note != "" {
		warn("%s", note)
	}
	return ws
}

// summaryColumns are the columns of tables of populations, in their order.
var summaryColumns = []Column[Summary]{
	{
		Name: "population", Words: true,
		cell: func(s Summary) string { return s.Name },
	}, {
		Name: "n",
		cell: func(s Summary) string { return strconv.Itoa(s.N) },
	}, {
		Name:  "failed",
		cell:  func(s Summary) string { return strconv.Itoa(s.Failed) },
		shown: func(s Summary) bool { return s.Failed > 0 },
	}, {
		Name:  "pending",
		cell:  func(s Summary) string { return strconv.Itoa(s.Pending) },
		shown: func(s Summary) bool { return s.Pending > 0 },
	}, {
		Name: "min", Meaning: "the least error seen: it flatters, since it falls with the number of models and owes part to luck",
		cell: func(s Summary) string { return format.Percent(s.Min) },
	}, {
		Name:    "mean",
		Meaning: "mean error of all models of the space; the interval (studentised bootstrap) is too short below 8 models and where few diverge",
		heading: withInterval[Summary]("mean"),
		cell:    func(s Summary) string { return s.Mean.String() },
		shown:   Summary.sampled,
	}, {
		Name:    "adjusted mean",
		Meaning: "the same mean, corrected by what the errors predicted before training say of the models that were drawn; see docs/adjusted.md",
		heading: withInterval[Summary]("adjusted mean"),
		cell:    func(s Summary) string { return s.adjusted(func(a Adjusted) string { return a.Interval.String() }) },
		shown:   func(s Summary) bool { return s.Adjusted != nil },
	}, {
		Name: "R²", Meaning: "share of the variance of errors among the trained models that was predicted",
		cell: func(s Summary) string {
			return s.adjusted(func(a Adjusted) string { return fmt.Sprintf("%.2f", a.R2) })
		},
		shown: func(s Summary) bool { return s.Adjusted != nil },
	}, {
		Name: "worth", Meaning: "how many trained models would make the mean as certain without predictions",
		cell: func(s Summary) string {
			return s.adjusted(func(a Adjusted) string { return fmt.Sprintf("%.0f", a.Worth) })
		},
		shown: func(s Summary) bool { return s.Adjusted != nil },
	}, {
		Name:    "median",
		Meaning: "error that half of the models of the space stay below; the interval (bootstrap percentiles) needs 6 models",
		heading: withInterval[Summary]("median"),
		cell:    func(s Summary) string { return s.Median.String() },
		shown:   Summary.sampled,
	}, {
		Name: "max",
		cell: func(s Summary) string { return format.Percent(s.Max) },
	}, {
		Name:    "best of n/4",
		Meaning: "least error to expect among a quarter as many fresh models of the space; the interval (jackknife) needs 4 models and equal weights or those of --tilt",
		heading: withInterval[Summary]("best of n/4"),
		cell:    func(s Summary) string { return s.ExpectedBest.String() },
		shown:   func(s Summary) bool { return s.BestOf > 1 && !math.IsNaN(s.ExpectedBest.Estimate) },
	},
}

func (s Summary) sampled() bool { return s.Chosen == 0 }

// adjusted is a cell of the adjusted mean.
func (s Summary) adjusted(cell func(Adjusted) string) string {
	if s.Adjusted == nil {
		return "-"
	}
	return cell(*s.Adjusted)
}

// MarshalJSON writes one object with lower-case names, and null for NaN; what is
// of the adjusted mean is null where nothing is adjusted.
func (s Summary) MarshalJSON() ([]byte, error) {
	nan := math.NaN()
	a := Adjusted{Estimate: Estimate{Interval: bootstrap.Interval{Estimate: nan, Lo: nan, Hi: nan}}, R2: nan, Worth: nan}
	if s.Adjusted != nil {
		a = *s.Adjusted
	}
	return numeric.MarshalJSON(struct {
		Name       string   `json:"name"`
		N          int      `json:"n"`
		Failed     int      `json:"failed"`
		Diverged   int      `json:"diverged"`
		EffectiveN float64  `json:"effective_n"`
		Min        float64  `json:"error_min"`
		Mean       float64  `json:"error_mean"`
		MeanLo     float64  `json:"error_mean_lo"`
		MeanHi     float64  `json:"error_mean_hi"`
		Median     float64  `json:"error_median"`
		MedianLo   float64  `json:"error_median_lo"`
		MedianHi   float64  `json:"error_median_hi"`
		Q25        float64  `json:"error_q25"`
		Q75        float64  `json:"error_q75"`
		Max        float64  `json:"error_max"`
		Band       float64  `json:"band"`
		Warnings   []string `json:"warnings,omitempty"`
		Pending    int      `json:"pending"`
		BestOf     int      `json:"best_of"`
		Best       float64  `json:"expected_best"`
		BestLo     float64  `json:"expected_best_lo"`
		BestHi     float64  `json:"expected_best_hi"`
		Adjusted   float64  `json:"adjusted_mean"`
		AdjustedLo float64  `json:"adjusted_mean_lo"`
		AdjustedHi float64  `json:"adjusted_mean_hi"`
		R2         float64  `json:"r2"`
		Worth      float64  `json:"worth"`
		Tilted     bool     `json:"tilted,omitempty"`
		Chosen     int      `json:"chosen_of,omitempty"`
	}{
		s.Name, s.N, s.Failed, s.Diverged, s.EffectiveN, s.Min,
		s.Mean.Estimate, s.Mean.Lo, s.Mean.Hi,
		s.Median.Estimate, s.Median.Lo, s.Median.Hi,
		s.Q25, s.Q75, s.Max, s.Band, s.Warnings, s.Pending,
		s.BestOf, s.ExpectedBest.Estimate, s.ExpectedBest.Lo, s.ExpectedBest.Hi,
		a.Estimate.Estimate, a.Lo, a.Hi, a.R2, a.Worth, s.Tilted, s.Chosen,
	})
}

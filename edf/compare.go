package edf

import (
	"fmt"
	"math"
	"strconv"

	"designspace/bootstrap"
	"designspace/internal/format"
	"designspace/internal/numeric"
)

// A Verdict says how population a stands against population b.
type Verdict string

// A difference is significant if the Holm-adjusted p-value of the two-sided
// Brunner-Munzel test is below 0.05; its direction is that of P(a < b).
const (
	Better Verdict = "better" // a's errors are significantly lower
	Worse  Verdict = "worse"  // a's errors are significantly higher
	Same   Verdict = "~"      // no significant difference
)

// alpha is the level of significance.
const alpha = 0.05

// A Comparison is everything there is to say about a against b. Differences are
// a - b in percentage points, so negative where a is better; intervals have a
// confidence of 95 %. If a sample has no models all numbers are NaN (null in
// JSON) and the verdict is [Same].
type Comparison struct {
	A, B             string // names
	NA, NB           int    // models
	KS               KSTest
	MannWhitney      MannWhitneyTest
	BrunnerMunzel    BrunnerMunzelTest
	PHolm            float64            // BrunnerMunzel.P adjusted for all pairs that were compared
	MeanDifference   bootstrap.Interval // see [MeanDifference]
	MedianDifference bootstrap.Interval // percentile interval of the bootstrap
	Verdict          Verdict

	// Means is the verdict on the mean errors by Welch's test, whose p-value MeansP
	// is adjusted as PHolm is. It may differ from Verdict, see [Comparison.Remark].
	Means  Verdict
	MeansP float64

	// Tilted says that a population was drawn by [Tilt]. Tests that take every model
	// for as likely as any other are not made then, and the verdict is that on means.
	Tilted bool

	Margin     float64 // of equivalence, as given; 0: not judged
	Equivalent bool    // the interval of the mean difference lies within ±Margin

	// Pairs are the models that were trained in both conditions, by which they are
	// compared then; nil: there are none. See [Comparison.Pair].
	Pairs *Paired

	// Look is that of a plan which judged the comparison; nil: judged by its models
	// without looks. See [Comparison.Judge].
	Look *Look

	// Needed is how many models of each space would tell the two apart with the
	// power asked for, by a test adjusted for all pairs that were compared; nil: not
	// asked, or a sample has none.
	Needed *Needed

	Adjusted *AdjustedComparison // nil: there are no predictions, or they are of no use

	Higher bool // the populations were of the negatives of what is compared, of which more is better

	Warnings []string // what to mind when reading the comparison
}

// An AdjustedComparison is with the help of predictions.
type AdjustedComparison struct {
	Difference bootstrap.Interval // see [AdjustedMeanDifference]
	Less       bootstrap.Interval // see [AdjustedLess]
}

// Compare compares two populations of different names. The seed and the names fix
// the bootstrap intervals. It fails only on names that are equal and on errors
// or weights that are not numbers.
func Compare(a, b Population, o Options) (Comparison, error) {
	cs, err := CompareAll([]Population{a, b}, o)
	if err != nil {
		return Comparison{}, err
	}
	return cs[0], nil
}

// CompareAll compares each population with every later one, in that order, and
// adjusts the p-values that decide the verdicts for the number of pairs.
func CompareAll(ps []Population, o Options) ([]Comparison, error) {
	all, err := prepareAll(ps, o)
	if err != nil {
		return nil, err
	}
	return compareAll(all, o)
}

// Describe returns what [Summarize] says of each population and what
// [CompareAll] says of all, and resamples each once.
func Describe(ps []Population, o Options) ([]Summary, []Comparison, error) {
	all, err := prepareAll(ps, o)
	if err != nil {
		return nil, nil, err
	}
	var summaries []Summary
	for _, p := range all {
		summaries = append(summaries, p.summary())
	}
	cs, err := compareAll(all, o)
	return summaries, cs, err
}

func prepareAll(ps []Population, o Options) ([]*prepared, error) {
	if err := o.Check(); err != nil {
		return nil, fmt.Errorf("edf: %w", err)
	}
	first, keys := map[string]int{}, map[string]int{}
	all := make([]*prepared, len(ps))
	for i, p := range ps {
		if j, ok := first[p.Name]; ok {
			return nil, fmt.Errorf("edf: populations %d and %d are both named %q: give them different names", j, i, p.Name)
		}
		first[p.Name] = i
		var err error
		if all[i], err = prepare(p, o); err != nil {
			return nil, err
		}
		if r := all[i].resamples; r != nil {
			all[i].apart = r.Shift(keys[p.key()])
			keys[p.key()]++
		}
	}
	return all, nil
}

func compareAll(all []*prepared, o Options) ([]Comparison, error) {
	for _, p := range all {
		if p.Chosen > 0 && len(all) > 1 {
			return nil, fmt.Errorf("edf: the models of %s were chosen among %d candidates for low predicted errors: they are no sample, and compare with none", p.Name, p.Chosen)
		}
	}
	var cs []Comparison
	var ps, means []float64
	for i, a := range all {
		for _, b := range all[i+1:] {
			c := compare(a, b, o)
			if err := c.askNeeded(a, b, o, len(all)*(len(all)-1)/2); err != nil {
				return nil, err
			}
			cs = append(cs, c)
			deciding := c.BrunnerMunzel.P
			if c.Tilted {
				deciding = c.MeansP
			}
			ps, means = append(ps, deciding), append(means, c.MeansP)
		}
	}
	means = Holm(means)
	for i, p := range Holm(ps) {
		c := &cs[i]
		c.PHolm, c.MeansP = p, means[i]
		c.Verdict, c.Means = verdict(p, c.MannWhitney.Less-0.5), verdict(means[i], -c.MeanDifference.Estimate)
		if c.Tilted {
			c.PHolm, c.Verdict, c.Means = math.NaN(), verdict(p, -c.MeanDifference.Estimate), verdict(p, -c.MeanDifference.Estimate)
		}
	}
	return cs, nil
}

func (c *Comparison) askNeeded(a, b *prepared, o Options, pairs int) error {
	if o.Power == 0 || c.NA == 0 || c.NB == 0 {
		return nil
	}
	if c.Tilted {
		return fmt.Errorf("edf: power: how many models are needed is not known of populations that were drawn with weights (--tilt), as %s against %s: ask it of an even draw", c.A, c.B)
	}
	n, err := ModelsNeeded(a.edf, b.edf, PowerOptions{Power: o.Power, Tests: pairs, Max: o.Most, Seed: o.Seed})
	if err != nil {
		return err
	}
	c.Needed = &n
	c.Warnings = append(c.Warnings, n.Warnings...)
	return nil
}

// verdict is of the p-value of an effect that is positive where a is better.
func verdict(p, effect float64) Verdict {
	switch {
	case p < alpha && effect > 0:
		return Better
	case p < alpha && effect < 0:
		return Worse
	}
	return Same
}

// Remark says where the mean errors tell something else than the verdict, which
// is about which population tends to lower errors: a few models with very high
// errors move a mean. It is empty where they agree.
func (c Comparison) Remark() string {
	better, worse, errors := "lower", "higher", "errors"
	if c.Higher {
		better, worse, errors = worse, better, "values"
	}
	tends := map[Verdict]string{Better: "tends to " + better + " " + errors, Worse: "tends to " + worse + " " + errors}[c.Verdict]
	mean := map[Verdict]string{Better: better, Worse: worse}[c.Means]
	switch {
	case c.Verdict == c.Means:
		return ""
	case c.Verdict == Same:
		return "the mean is " + mean + "; no tendency shown"
	case c.Means == Same:
		return tends + "; means do not differ"
	}
	return tends + ", but the mean is " + mean
}

func compare(a, b *prepared, o Options) Comparison {
	nan := math.NaN()
	none := bootstrap.Interval{Estimate: nan, Lo: nan, Hi: nan}
	c := Comparison{
		A: a.Name, B: b.Name, NA: a.n(), NB: b.n(), Margin: o.Margin,
		KS:             KSTest{nan, nan, nan},
		MannWhitney:    MannWhitneyTest{nan, nan, nan, nan, nan},
		BrunnerMunzel:  BrunnerMunzelTest{nan, nan, nan},
		MeanDifference: none, MedianDifference: none, MeansP: nan,
	}
	if c.NA > 0 && c.NB > 0 {
		c.KS, c.MannWhitney, c.BrunnerMunzel = KS(a.edf, b.edf), MannWhitney(a.edf, b.edf), BrunnerMunzel(a.edf, b.edf)
		d := a.mean.less(b.mean.studentised).estimate(nil)
		below := d.PBelow(0)
		c.MeanDifference, c.MeansP = d.Interval, 2*min(below, 1-below)
		if a.resamples != nil && b.resamples != nil {
			c.MedianDifference = bootstrap.MedianDifference(a.apart, b.apart, confidence)
		}
		c.MedianDifference.Estimate = a.edf.Median() - b.edf.Median()
		c.Equivalent = -o.Margin < c.MeanDifference.Lo && c.MeanDifference.Hi < o.Margin
	}
	if c.NA > 0 && c.NB > 0 && (a.unadjustable() == "" || b.unadjustable() == "") {
		d, _ := AdjustedMeanDifference(a.Population, b.Population) // which were checked
		less, _ := AdjustedLess(a.Population, b.Population)
		c.Adjusted = &AdjustedComparison{d.Interval, less.Interval}
	}
	c.Warnings = caveats(a, b)
	if a.Tilted || b.Tilted {
		c.tilt(a, b)
	}
	return c
}

// tilt takes away what takes every model for as likely as any other, and gives
// the probability of the lower error the interval of strata.
func (c *Comparison) tilt(a, b *prepared) {
	nan := math.NaN()
	c.Tilted = true
	c.KS.P, c.KS.PTies = nan, nan
	c.MannWhitney.U, c.MannWhitney.P, c.BrunnerMunzel = nan, nan, BrunnerMunzelTest{nan, nan, nan}
	if c.NA == 0 || c.NB == 0 {
		return
	}
	less := tiltedLess(a, b)
	c.MannWhitney.LessLo, c.MannWhitney.LessHi = less.Lo, less.Hi
	c.Warnings = append(c.Warnings, "models are drawn with weights (--tilt): tests of ranks and of Kolmogorov and Smirnov, which take none, are not made; the verdict is that of Welch's test of the means")
}

// comparisonColumns are the columns of tables of comparisons, in their order.
var comparisonColumns = []Column[Comparison]{
	{
		Name: "comparison", Words: true,
		cell: func(c Comparison) string { return c.A + " against " + c.B },
	}, {
		Name: "KS D", Meaning: "largest distance of the two EDFs",
		cell: func(c Comparison) string { return format.Number(c.KS.D) },
	}, {
		Name: "KS p", Meaning: "how often chance gives as large a distance where the spaces are the same",
		cell: func(c Comparison) string { return format.PValue(c.KS.PTies) },
	}, {
		Name:    "M-W p",
		Meaning: "Mann-Whitney test of whether one tends to lower errors: wrong where spreads differ, not adjusted for several comparisons",
		cell:    func(c Comparison) string { return format.PValue(c.MannWhitney.P) },
	}, {
		Name:    "B-M p",
		Meaning: "Brunner-Munzel test of the same, whatever the spreads, adjusted for all comparisons (Holm); approximate below 8 models",
		cell:    func(c Comparison) string { return format.PValue(c.PHolm) },
	}, {
		Name: "P(better)", Meaning: "probability that a model of the first space has a lower error than one of the second",
		cell: func(c Comparison) string { return format.Percent(c.MannWhitney.Less) },
	}, {
		Name:    "mean difference",
		Meaning: "first less second in points; the interval (Welch) is of this one comparison, and too short where few models diverge",
		heading: withInterval[Comparison]("mean difference"),
		cell:    func(c Comparison) string { return c.MeanDifference.String() },
	}, {
		Name:    "adjusted difference",
		Meaning: "the same difference of adjusted means (Welch): one that does not reach 0 shows that the means differ, in this one comparison",
		heading: withInterval[Comparison]("adjusted difference"),
		cell: func(c Comparison) string {
			return c.adjusted(func(a AdjustedComparison) string { return a.Difference.String() })
		},
		shown: func(c Comparison) bool { return c.Adjusted != nil },
	}, {
		Name: "adjusted P(better)", Meaning: "P(better), corrected by the predictions as well",
		heading: withInterval[Comparison]("adjusted P(better)"),
		cell: func(c Comparison) string {
			return c.adjusted(func(a AdjustedComparison) string { return a.Less.String() })
		},
		shown: func(c Comparison) bool { return c.Adjusted != nil && c.Pairs == nil },
	}, {
		Name: "pairs", Meaning: "architectures that were trained in both conditions: interval and verdict are of their differences (Student's t), in place of B-M p",
		cell: func(c Comparison) string {
			if c.Pairs == nil {
				return "-"
			}
			return strconv.Itoa(len(c.Pairs.Differences))
		},
		shown: func(c Comparison) bool { return c.Pairs != nil },
	}, {
		Name: "signed rank p", Meaning: "Wilcoxon's test of the same pairs, which trusts a few large differences less; not adjusted",
		cell: func(c Comparison) string {
			if c.Pairs == nil {
				return "-"
			}
			return format.PValue(c.Pairs.SignedRank)
		},
		shown: func(c Comparison) bool { return c.Pairs != nil },
	}, {
		Name: "look", Words: true,
		Meaning: "of the group-sequential plan that gives the interval, which holds over all looks, and the verdict, in place of B-M p; stopping early exaggerates the estimate",
		cell:    Comparison.lookText,
		shown:   func(c Comparison) bool { return c.Look != nil },
	}, {
		Name: "verdict", Words: true,
		Meaning: "better or worse (the first against the second) if B-M p < 0.05; ~ is no difference shown, which is not equality",
		cell:    Comparison.verdictText,
	}, {
		Name: "within", Words: true, Meaning: "equivalent if the interval of the mean difference lies within the margin",
		heading: func(cs []Comparison) string { return "within " + format.Number(cs[0].Margin) },
		cell:    Comparison.equivalence,
		shown:   func(c Comparison) bool { return c.Margin > 0 },
	}, {
		Name:    "models needed",
		Meaning: "of each space for a verdict with the power asked for, if the spaces differ as these models do; the interval is for the limits of P(better); > N is more than the window holds, or than 10000",
		heading: withInterval[Comparison]("models needed"),
		cell:    Comparison.modelsNeeded,
		shown:   func(c Comparison) bool { return c.Needed != nil },
	},
}

func (c Comparison) lookText() string {
	if c.Look == nil {
		return "-"
	}
	return fmt.Sprintf("%d, %d models each", c.Look.Look, c.Look.N)
}

// verdictText is the verdict, and where the means tell something else.
func (c Comparison) verdictText() string {
	if r := c.Remark(); r != "" {
		return string(c.Verdict) + ": " + r
	}
	return string(c.Verdict)
}

// adjusted is a cell of the adjusted comparison.
func (c Comparison) adjusted(cell func(AdjustedComparison) string) string {
	if c.Adjusted == nil {
		return "-"
	}
	return cell(*c.Adjusted)
}

func (c Comparison) equivalence() string {
	switch {
	case c.Margin == 0:
		return "-"
	case c.Equivalent:
		return "equivalent"
	}
	return "not shown"
}

func (c Comparison) modelsNeeded() string {
	if c.Needed == nil {
		return "-"
	}
	models := func(n int) string {
		if n == 0 {
			return fmt.Sprintf("> %d", c.Needed.Most)
		}
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s [%d, %s]", models(c.Needed.N), c.Needed.Lo, models(c.Needed.Hi))
}

// MarshalJSON writes one object with lower-case names, and null for NaN;
// "equivalent" is null if it was not judged, "look" if not by
// looks, "pairs" if there are none, what is adjusted if nothing is, "models_needed" if it was not asked
// for or even the largest number considered is too few.
func (c Comparison) MarshalJSON() ([]byte, error) {
	var equivalent *bool
	if c.Margin > 0 {
		equivalent = &c.Equivalent
	}
	var look, lookModels *int
	if c.Look != nil {
		look, lookModels = positive(c.Look.Look), positive(c.Look.N)
	}
	var pairs *int
	sd, signed := math.NaN(), math.NaN()
	if c.Pairs != nil {
		pairs, sd, signed = positive(len(c.Pairs.Differences)), c.Pairs.SD, c.Pairs.SignedRank
	}
	var needed, neededLo, neededHi *int
	if c.Needed != nil {
		needed, neededLo, neededHi = positive(c.Needed.N), positive(c.Needed.Lo), positive(c.Needed.Hi)
	}
	nan := bootstrap.Interval{Estimate: math.NaN(), Lo: math.NaN(), Hi: math.NaN()}
	adj := AdjustedComparison{nan, nan}
	if c.Adjusted != nil {
		adj = *c.Adjusted
	}
	return numeric.MarshalJSON(struct {
		A          string   `json:"a"`
		B          string   `json:"b"`
		NA         int      `json:"n_a"`
		NB         int      `json:"n_b"`
		D          float64  `json:"ks_d"`
		P          float64  `json:"ks_p"`
		PTies      float64  `json:"ks_p_ties"`
		U          float64  `json:"mann_whitney_u"`
		MWP        float64  `json:"mann_whitney_p"`
		BMT        float64  `json:"brunner_munzel_t"`
		BMP        float64  `json:"brunner_munzel_p"`
		PHolm      float64  `json:"brunner_munzel_p_holm"`
		Less       float64  `json:"probability_less"`
		LessLo     float64  `json:"probability_less_lo"`
		LessHi     float64  `json:"probability_less_hi"`
		Mean       float64  `json:"mean_difference"`
		MeanLo     float64  `json:"mean_difference_lo"`
		MeanHi     float64  `json:"mean_difference_hi"`
		Median     float64  `json:"median_difference"`
		MedianLo   float64  `json:"median_difference_lo"`
		MedianHi   float64  `json:"median_difference_hi"`
		Verdict    Verdict  `json:"verdict"`
		Means      Verdict  `json:"verdict_of_means"`
		MeansP     float64  `json:"means_p_holm"`
		Remark     string   `json:"remark"`
		Margin     float64  `json:"margin"`
		Equivalent *bool    `json:"equivalent"`
		Look       *int     `json:"look"`
		LookN      *int     `json:"look_models"`
		Pairs      *int     `json:"pairs"`
		PairsSD    float64  `json:"pairs_sd"`
		SignedRank float64  `json:"signed_rank_p"`
		Needed     *int     `json:"models_needed"`
		NeededLo   *int     `json:"models_needed_lo"`
		NeededHi   *int     `json:"models_needed_hi"`
		Adjusted   float64  `json:"adjusted_difference"`
		AdjustedLo float64  `json:"adjusted_difference_lo"`
		AdjustedHi float64  `json:"adjusted_difference_hi"`
		AdjLess    float64  `json:"adjusted_probability_less"`
		AdjLessLo  float64  `json:"adjusted_probability_less_lo"`
		AdjLessHi  float64  `json:"adjusted_probability_less_hi"`
		Warnings   []string `json:"warnings,omitempty"`
	}{
		c.A, c.B, c.NA, c.NB, c.KS.D, c.KS.P, c.KS.PTies,
		c.MannWhitney.U, c.MannWhitney.P,
		c.BrunnerMunzel.T, c.BrunnerMunzel.P, c.PHolm,
		c.MannWhitney.Less, c.MannWhitney.LessLo, c.MannWhitney.LessHi,
		c.MeanDifference.Estimate, c.MeanDifference.Lo, c.MeanDifference.Hi,
		c.MedianDifference.Estimate, c.MedianDifference.Lo, c.MedianDifference.Hi,
		c.Verdict, c.Means, c.MeansP, c.Remark(), c.Margin, equivalent, look, lookModels, pairs, sd, signed, needed, neededLo, neededHi,
		adj.Difference.Estimate, adj.Difference.Lo, adj.Difference.Hi, adj.Less.Estimate, adj.Less.Lo, adj.Less.Hi, c.Warnings,
	})
}

// positive is n, nil where it is 0.
func positive(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}

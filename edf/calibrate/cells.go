package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"designspace/bootstrap"
	"designspace/edf"
	"designspace/internal/seed"
)

// A cell is a distribution and a size of sample, and the statistics that are judged there.
type cell struct {
	distribution string
	na, nb       int     // models; nb is 0 of one sample
	replicates   float64 // share of the replicates asked for: less where one takes long
	stated       []stated
	trial        func() trial // finds out what is true, and returns what is done with each sample
}

// A trial draws a sample and returns the outcomes in the order of stated: 1 where
// an interval holds the truth or a test errs, NaN where there is none.
type trial func(r *rand.Rand) []float64

// always returns a trial that needs no preparation.
func always(t trial) func() trial { return func() trial { return t } }

// stated is what a statistic promises: an interval to hold the truth in that share
// of the samples, a test to err in that share at most.
type stated struct {
	statistic string
	share     float64
}

func covers(statistic string) stated { return stated{statistic, 0.95} }
func errs(statistic string) stated   { return stated{statistic, 0.05} }

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func within(lo, x, hi float64) float64 { return one(lo <= x && x <= hi) }

func holds(i bootstrap.Interval, truth float64) float64 { return within(i.Lo, truth, i.Hi) }

// slack of comparisons with a truth that is a sum of many numbers.
const slack = 1e-9

func must[T any](x T, err error) T {
	if err != nil {
		panic(err) // a mistake in this program
	}
	return x
}

func newEDF(x []float64) *edf.EDF { return must(edf.New(x)) }

// cells returns the whole table, in order.
func cells(populations map[string]population) []cell {
	get := newDistributions(populations)
	var all []cell
	for _, name := range []string{"anynetxa-500K-600K", "regnetx-500K-600K", "nds-vanilla-4M-4.8M", "mbconv-1M-1.2M",
		"normal", "skewed", "very skewed", "tied", "bounded", "bimodal", "2 % diverged"} {
		for _, n := range []int{8, 20, 50, 100} {
			all = append(all, oneSample(get, name, n), resampled(get, name, n))
		}
		all = append(all, searchGap(get, name, 400))
	}
	for _, p := range pairs() {
		for _, n := range [][2]int{{8, 8}, {20, 20}, {50, 50}, {100, 100}, {20, 8}, {8, 20}, {100, 20}, {20, 100}} {
			all = append(all, twoSamples(get, p, n[0], n[1]))
		}
		for _, n := range [][2]int{{20, 20}, {50, 50}, {100, 100}, {100, 20}} {
			all = append(all, resampledPair(get, p, n[0], n[1]))
		}
	}
	for _, name := range []string{"regnetx-500K-600K", "skewed", "tied", "2 % diverged", "bounded"} {
		for _, n := range []int{8, 20, 50, 100} {
			all = append(all, family(get, name, n), lookingEarly(get, name, n))
		}
	}
	all = append(all, groupsWithBest(get)...)
	for _, l := range noises() {
		for _, n := range []int{8, 12, 20, 50, 100} {
			all = append(all, l.correlations(n), l.reliability(n), l.choice(n), l.overlap(n))
		}
	}
	all = append(all, normalized(populations)...)
	all = append(all, sequential(get)...)
	all = append(all, adjusted()...)
	all = append(all, attained()...)
	all = append(all, tilts()...)
	return append(all, needed(get)...)
}

func oneSample(get distributions, name string, n int) cell {
	return cell{name, n, 0, 1, []stated{covers("expected-best"), covers("edf-band"), covers("edf-pointwise")}, func() trial {
		l, m := get[name](), n/4
		tenth, best := l.Quantile(0.1), must(l.BestOf(m)).Mean
		return func(r *rand.Rand) []float64 {
			f := newEDF(l.sample(n, r))
			lo, hi := f.Pointwise(tenth, 0.95)
			return []float64{
				holds(must(f.ExpectedBest(m)).Interval, best),
				one(deviation(f, nil, l.At) <= f.DKW(0.95)),
				within(lo-slack, l.At(tenth), hi+slack),
			}
		}
	}}
}

// deviation is the largest distance of F_a, or F_a - F_b, from the truth, which is
// attained next to an error of a sample.
func deviation(a, b *edf.EDF, truth func(e float64) float64) float64 {
	var d float64
	at := func(e float64) {
		for _, e := range []float64{e, math.Nextafter(e, math.Inf(1))} {
			f := a.At(e)
			if b != nil {
				f -= b.At(e)
			}
			d = max(d, math.Abs(f-truth(e))-slack)
		}
	}
	for _, f := range []*edf.EDF{a, b} {
		if f != nil {
			for _, s := range f.Steps() {
				at(s.Error)
			}
		}
	}
	return d
}

func resampled(get distributions, name string, n int) cell {
	return cell{name, n, 0, 0.5, []stated{covers("mean"), covers("median")}, func() trial {
		l := get[name]()
		return func(r *rand.Rand) []float64 {
			s := must(bootstrap.Resample(l.sample(n, r), nil, 0, r))
			return []float64{holds(s.Mean(0.95), l.Mean()), holds(s.Median(0.95), l.Median())}
		}
	}}
}

func searchGap(get distributions, name string, n int) cell {
	return cell{name, n, 0, 0.5, []stated{covers("search-gap")}, func() trial {
		l := get[name]()
		gap := must(l.BestOf(32)).Mean - must(l.BestOf(99)).Mean
		return func(r *rand.Rand) []float64 {
			return []float64{holds(must(newEDF(l.sample(n, r)).SearchGap(32, 99)).Interval, gap)}
		}
	}}
}

// A pair of distributions.
type pair struct {
	a, b  string
	null  bool // neither tends to lower errors
	apart bool // in their means
}

func (p pair) name() string {
	if p.a == p.b {
		return p.a + " twice"
	}
	return p.a + " against " + p.b
}

func pairs() []pair {
	var all []pair
	for _, name := range []string{"anynetxa-500K-600K", "regnetx-500K-600K", "normal", "skewed", "very skewed", "tied", "bounded", "bimodal", "2 % diverged"} {
		all = append(all, pair{name, name, true, false})
	}
	return append(all,
		pair{"narrow", "wide", true, false}, // equal means and medians, unequal variances
		pair{"tied", "tied wide", true, false},
		pair{"normal", "same mean, skewed", false, false},
		pair{"normal", "same median, skewed", false, true},
		pair{"normal", "shifted", false, true},
		pair{"2 % diverged", "normal", false, true},
		pair{"bimodal", "bounded", false, true},
		pair{"anynetxa-500K-600K", "regnetx-500K-600K", false, true},
		pair{"regnetx-silu-500K-600K", "regnetx-500K-600K", false, true},
		pair{"anynetxe-1M-1.2M", "mbconv-1M-1.2M", false, true})
}

func twoSamples(get distributions, p pair, na, nb int) cell {
	c := cell{p.name(), na, nb, 1, []stated{covers("probability-less"), covers("mean-difference"), covers("expected-best-difference"), covers("difference-pointwise")}, nil}
	twice := p.a == p.b
	if p.null {
		c.stated = append(c.stated, errs("verdict"))
	}
	if twice {
		c.stated = append(c.stated, errs("mann-whitney"), errs("ks"))
	}
	if p.apart {
		c.stated = append(c.stated, errs("equivalence"))
	}
	c.trial = func() trial {
		la, lb, m := get[p.a](), get[p.b](), min(na, nb)/4
		less := edf.MannWhitney(la.EDF, lb.EDF).Less
		mean, best := la.Mean()-lb.Mean(), must(la.BestOf(m)).Mean-must(lb.BestOf(m)).Mean
		median := (la.Median() + lb.Median()) / 2
		return func(r *rand.Rand) []float64 {
			x, y := la.sample(na, r), lb.sample(nb, r)
			a, b := newEDF(x), newEDF(y)
			mw := edf.MannWhitney(a, b)
			d := must(edf.MeanDifference(edf.Population{Errors: x}, edf.Population{Errors: y}))
			lo, hi := edf.PointwiseDifference(a, b, median, 0.95)
			out := []float64{
				within(mw.LessLo-slack, less, mw.LessHi+slack),
				holds(d.Interval, mean),
				holds(must(edf.ExpectedBestDifference(edf.Population{Errors: x}, edf.Population{Errors: y}, m)).Interval, best),
				within(lo-slack, la.At(median)-lb.At(median), hi+slack),
			}
			if p.null {
				out = append(out, one(edf.BrunnerMunzel(a, b).P < 0.05))
			}
			if twice {
				out = append(out, one(mw.P < 0.05), one(edf.KS(a, b).PTies < 0.05))
			}
			if p.apart { // with this for a margin they are not equivalent
				out = append(out, one(math.Max(-d.Lo, d.Hi) < math.Abs(mean)))
			}
			return out
		}
	}
	return c
}

func resampledPair(get distributions, p pair, na, nb int) cell {
	return cell{p.name(), na, nb, 0.25, []stated{covers("median-difference"), covers("difference-band")}, func() trial {
		la, lb := get[p.a](), get[p.b]()
		median := la.Median() - lb.Median()
		truth := func(e float64) float64 { return la.At(e) - lb.At(e) }
		return func(r *rand.Rand) []float64 {
			x, y := la.sample(na, r), lb.sample(nb, r)
			d := bootstrap.MedianDifference(must(bootstrap.Resample(x, nil, 0, r)), must(bootstrap.Resample(y, nil, 0, r)), 0.95)
			a, b := newEDF(x), newEDF(y)
			return []float64{holds(d, median), one(deviation(a, b, truth) <= edf.DifferenceBand(a, b, r.Uint64()))}
		}
	}}
}

// family is five populations of one distribution: any verdict at all errs; so does any
// finding of a best of n/4 that differs.
func family(get distributions, name string, n int) cell {
	return cell{name + " five times", n, 0, 1, []stated{errs("verdict-family"), errs("expected-best-family"), errs("false-discoveries")}, func() trial {
		l := get[name]()
		return func(r *rand.Rand) []float64 {
			ps := make([]edf.Population, 5)
			for i := range ps {
				ps[i].Errors = l.sample(n, r)
			}
			var verdicts, bests []float64
			for i, a := range ps {
				for _, b := range ps[:i] {
					verdicts = append(verdicts, edf.BrunnerMunzel(newEDF(a.Errors), newEDF(b.Errors)).P)
					below := must(edf.ExpectedBestDifference(a, b, n/4)).PBelow(0)
					bests = append(bests, 2*min(below, 1-below))
				}
			}
			return []float64{one(anyBelow(edf.Holm(verdicts))), one(anyBelow(edf.Holm(bests))), one(anyBelow(edf.BenjaminiHochberg(verdicts)))}
		}
	}}
}

func anyBelow(ps []float64) bool {
	for _, p := range ps {
		if p < 0.05 {
			return true
		}
	}
	return false
}

// lookingEarly is a verdict that is looked at every 10 models and taken as soon
// as there is one: what the note on pending models warns of.
func lookingEarly(get distributions, name string, n int) cell {
	return cell{name + " looked at every 10 models", n, n, 0.5, []stated{errs("verdict-looked-at-early")}, func() trial {
		l := get[name]()
		return func(r *rand.Rand) []float64 {
			x, y := l.sample(n, r), l.sample(n, r)
			for k := min(10, n); k <= n; k += 10 {
				if edf.BrunnerMunzel(newEDF(x[:k]), newEDF(y[:k])).P < 0.05 {
					return []float64{1}
				}
			}
			return []float64{0}
		}
	}}
}

// groupsWithBest are the values of a parameter that share a distribution, or of which one
// is best.
func groupsWithBest(get distributions) []cell {
	var all []cell
	for _, c := range []struct {
		name         string
		distribution string
		gaps         []float64 // of the mean error to the best's
		share        []float64 // of the models
	}{
		{"three equal values", "regnetx-500K-600K", []float64{0, 0, 0}, []float64{1, 1, 1}},
		{"five bins", "anynetxa-500K-600K", []float64{0, 0.5, 1, 1.5, 2}, []float64{1, 1, 1, 1, 1}},
		{"five unequal bins", "skewed", []float64{0, 0, 1, 2, 4}, []float64{0.5, 1, 2, 1, 0.5}},
		{"three values", "2 % diverged", []float64{0, 0, 1}, []float64{1, 1, 1}},
	} {
		for _, n := range []int{8, 20, 50} {
			all = append(all, cell{c.name + " of " + c.distribution, n, 0, 0.25, []stated{covers("with-best")}, func() trial {
				return withBest(get[c.distribution](), c.gaps, c.share, n)
			}})
		}
	}
	return all
}

func withBest(l distribution, gaps, share []float64, n int) trial {
	return func(r *rand.Rand) []float64 {
		groups := make([][]float64, len(gaps))
		for i, gap := range gaps {
			groups[i] = l.sample(int(share[i]*float64(n)), r)
			for k := range groups[i] {
				groups[i][k] += gap
			}
		}
		got := must(edf.CompareWithBest(groups)).Groups
		ok := got[0].MayBeBest // of which no gap is less
		for i, g := range got {
			others := slices.Delete(slices.Clone(gaps), i, i+1)
			ok = ok && holds(bootstrap.Interval{Lo: g.Gap.Lo - slack, Hi: g.Gap.Hi + slack}, gaps[i]-slices.Min(others)) == 1
		}
		return []float64{one(ok)}
	}
}

// normalized compares populations of other complexity, spread evenly over strata
// of it.
func normalized(populations map[string]population) []cell {
	var all []cell
	for _, names := range [][2]string{{"anynetxe-500K-600K", "regnetx-500K-600K"}, {"anynetxa-1M-1.2M", "regnetx-1M-1.2M"}, {"anynetxa-500K-600K", ""}} {
		name, null := names[0]+" against "+names[1]+" by params", names[1] == ""
		if null {
			name = names[0] + " against its larger models by params"
		}
		joints := sync.OnceValues(func() (a, b joint) {
			if null {
				return populations[names[0]].smoothedJointly(false), populations[names[0]].smoothedJointly(true)
			}
			return populations[names[0]].smoothedJointly(false), populations[names[1]].smoothedJointly(false)
		})
		for _, n := range []int{50, 100, 400} {
			c := cell{name, n, n, 0.5, []stated{covers("normalized-difference"), covers("normalized-mean")}, nil}
			if null {
				c.stated = append(c.stated, errs("normalized-verdict"))
			}
			c.trial = func() trial {
				a, b := joints()
				return func(r *rand.Rand) []float64 { return normalizedOnce(a, b, n, null, r) }
			}
			all = append(all, c)
		}
	}
	return all
}

func normalizedOnce(a, b joint, n int, null bool, r *rand.Rand) []float64 {
	x, xp := a.sample(n, r)
	y, yp := b.sample(n, r)
	s, err := edf.Stratify(edf.StrataOptions{}, edf.Measured{Name: "a", Complexity: xp}, edf.Measured{Name: "b", Complexity: yp})
	if err != nil { // too little overlap in this sample: no interval, no verdict
		return []float64{math.NaN(), math.NaN(), math.NaN()}[:2+int(one(null))]
	}
	pa, pb := edf.Population{Errors: x, Weights: s.Weights[0], Strata: s.Of[0]}, edf.Population{Errors: y, Weights: s.Weights[1], Strata: s.Of[1]}
	weight := make([]float64, len(s.Edges)-1)
	for i, j := range s.Of[0] {
		if j >= 0 {
			weight[j] += s.Weights[0][i]
		}
	}
	var meanA, meanB float64
	for j, w := range weight {
		meanA += w * a.mean(s.Edges[j], s.Edges[j+1])
		meanB += w * b.mean(s.Edges[j], s.Edges[j+1])
	}
	out := []float64{
		holds(must(edf.MeanDifference(pa, pb)).Interval, meanA-meanB),
		holds(must(edf.Summarize(pa, edf.Options{Resamples: 10})).Mean, meanA), // which no resample decides
	}
	if null {
		fa, fb := must(edf.NewWeighted(x, pa.Weights)), must(edf.NewWeighted(y, pb.Weights))
		out = append(out, one(edf.BrunnerMunzel(fa, fb).P < 0.05))
	}
	return out
}

// needed judges the number of models for a power: its limits, and the power that
// it has after Holm over three tests that all have the same effect.
func needed(get distributions) []cell {
	var all []cell
	for _, p := range []struct {
		a, b string
		of3  int // models that are needed for three tests
	}{{"normal", "shifted", 89}, {"anynetxa-500K-600K", "anynetxe-500K-600K", 226}} {
		name := p.a + " against " + p.b
		number := func(tests int) int {
			return must(edf.ModelsNeeded(thin(get[p.a]()), thin(get[p.b]()), edf.PowerOptions{Trials: 4000, Tests: tests})).N
		}
		alone := sync.OnceValue(func() int { return number(1) })
		for _, n := range []int{20, 50, 100} {
			all = append(all, cell{name, n, n, 0.1, []stated{covers("models-needed")}, func() trial {
				a, b, truth := get[p.a](), get[p.b](), alone()
				return func(r *rand.Rand) []float64 {
					got := must(edf.ModelsNeeded(newEDF(a.sample(n, r)), newEDF(b.sample(n, r)), edf.PowerOptions{Trials: 200, Max: 2000, Seed: r.Uint64()}))
					return []float64{one(got.Lo <= truth && (truth <= got.Hi || got.Hi == 0))}
				}
			}})
		}
		all = append(all, cell{name + " in three tests", p.of3, p.of3, 1, []stated{{"power-after-holm", 0.8}}, func() trial {
			if n := number(3); n != p.of3 {
				panic(fmt.Sprintf("%s: %d models are needed for three tests, not %d: correct the table", name, n, p.of3))
			}
			a, b := get[p.a](), get[p.b]()
			return func(r *rand.Rand) []float64 {
				var ps []float64
				for range 3 {
					ps = append(ps, edf.BrunnerMunzel(newEDF(a.sample(p.of3, r)), newEDF(b.sample(p.of3, r))).P)
				}
				return []float64{one(edf.Holm(ps)[0] < 0.05)}
			}
		}})
	}
	return all
}

// thin is a distribution of fewer errors, as quick to draw from.
func thin(l distribution) *edf.EDF {
	var x []float64
	for i := 50; i < len(l.pool); i += 100 {
		x = append(x, l.pool[i])
	}
	return newEDF(x)
}

// generator of one replicate of a cell.
func (c cell) generator(rootSeed uint64, replicate int) *rand.Rand {
	return seed.New("calibrate", rootSeed, c.stated[0].statistic, c.distribution, c.na, c.nb, replicate)
}

func (c cell) size() string {
	if c.nb == 0 {
		return fmt.Sprint(c.na)
	}
	return fmt.Sprintf("%d/%d", c.na, c.nb)
}

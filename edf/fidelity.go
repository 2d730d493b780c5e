package edf

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"designspace/bootstrap"
	"designspace/internal/numeric"
	"designspace/internal/seed"
)

// Fidelity says how well the errors of models in a cheap condition A, such as a
// small data set or few epochs, stand for those of the same models in B.
// Intervals have a confidence of 95 %.
type Fidelity struct {
	N        int                // models
	Spearman bootstrap.Interval // see [RankCorrelations]
	Kendall  bootstrap.Interval // τ-b, see [RankCorrelations]

	// Top models of A are compared with as many of B. Overlap is the share of
	// them that is among the best in both, Top/N by chance alone; models that tie
	// for the last places have equal parts of them.
	Top     int
	Overlap bootstrap.Interval

	// Regret is that of choosing one of a quarter as many models by A, or of 2 if
	// that is more, see the function Regret.
	Regret bootstrap.Interval

	MeanA, MeanB float64  // errors
	Warnings     []string // what to mind when reading the comparison
}

// FidelityOptions are options of [CompareConditions].
type FidelityOptions struct {
	Seed   uint64 // of the random halves
	Top    int    // models counted as the best; 0 means a tenth, at least 5 and at most a half
	Halves int    // 0 means 1000
}

// CompareConditions compares the errors of the same models in two conditions,
// in percent, both in the same order.
//
// The interval of Overlap, for which no distribution is known, is the 2.5 and
// 97.5 percentiles over random halves of the models (with half as many at the
// top). For a smooth statistic halves scatter as much about the whole as the
// whole does about the truth (the jackknife that leaves out half, Shao and Wu
// 1989); here it is an approximation.
//
// Without models everything is NaN. It fails only on errors that are not numbers
// and on unequal lengths.
func CompareConditions(a, b []float64, o FidelityOptions) (Fidelity, error) {
	nan := math.NaN()
	none := bootstrap.Interval{Estimate: nan, Lo: nan, Hi: nan}
	f := Fidelity{N: len(a), Spearman: none, Kendall: none, Overlap: none, Regret: none, MeanA: nan, MeanB: nan}
	if o.Top < 0 || o.Halves < 0 {
		return f, fmt.Errorf("edf: top %d, halves %d: neither may be negative", o.Top, o.Halves)
	}
	rho, tau, err := RankCorrelations(a, b)
	if err != nil {
		return f, err
	}
	n := len(a)
	f.Spearman, f.Kendall = rho.Interval, tau.Interval
	f.Top = min(cmp.Or(o.Top, min(max(5, (n+9)/10), max(1, n/2))), n)
	f.Warnings = append(f.warnings(a, b), rho.Warnings...)
	if n == 0 {
		return f, nil
	}
	regret, err := Regret(a, b, max(n/leastGroups, 2)) // among one there is no choice
	f.Regret, f.Warnings = regret.Interval, append(f.Warnings, regret.Warnings...)
	f.MeanA, f.MeanB = mean(a), mean(b)
	f.Overlap.Estimate = overlap(a, b, f.Top)
	if n >= leastGroups*2 {
		f.scatter(a, b, o)
	}
	return f, err
}

// scatter fills in the interval that comes from random halves.
func (f *Fidelity) scatter(a, b []float64, o FidelityOptions) {
	r := seed.New("fidelity", o.Seed)
	overlaps := make([]float64, cmp.Or(o.Halves, 1000))
	x, y := slices.Clone(a), slices.Clone(b)
	half := len(a) / 2
	for i := range overlaps {
		shuffleHalf(x, y, half, r)
		overlaps[i] = overlap(x[:half], y[:half], min((f.Top+1)/2, half))
	}
	slices.Sort(overlaps)
	f.Overlap.Lo = min(f.Overlap.Estimate, numeric.Quantile((1-confidence)/2, overlaps))
	f.Overlap.Hi = max(f.Overlap.Estimate, numeric.Quantile((1+confidence)/2, overlaps))
}

// shuffleHalf brings a random half of the pairs to the front.
func shuffleHalf(x, y []float64, half int, r *rand.Rand) {
	for i := range half {
		k := i + r.IntN(len(x)-i)
		x[i], x[k] = x[k], x[i]
		y[i], y[k] = y[k], y[i]
	}
}

// overlap returns the share of the best k places that both conditions give to
// the same models. Of m models that tie for the last s places each has s/m of
// one.
func overlap(a, b []float64, k int) float64 {
	inA, inB := places(a, k), places(b, k)
	var both float64
	for i := range a {
		both += min(inA[i], inB[i])
	}
	return both / float64(k)
}

// places returns the share of one of the best k places that each model has.
func places(x []float64, k int) []float64 {
	s := slices.Clone(x)
	slices.Sort(s)
	last := s[k-1]
	first, _ := slices.BinarySearch(s, last)
	end := first
	for end < len(s) && s[end] == last {
		end++
	}
	p := make([]float64, len(x))
	for i, v := range x {
		switch {
		case v < last:
			p[i] = 1
		case v == last:
			p[i] = float64(k-first) / float64(end-first)
		}
	}
	return p
}

func mean(x []float64) float64 {
	var sum float64
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

func (f Fidelity) warnings(a, b []float64) []string {
	var ws []string
	warn := func(format string, args ...any) { ws = append(ws, fmt.Sprintf(format, args...)) }
	switch {
	case f.N == 0:
		warn("no models: nothing to compare")
		return ws
	case f.N < 5:
		warn("n = %d: no intervals; at least 5 needed for those of the correlations, 8 for the others", f.N)
	case f.N < 8:
		warn("n = %d: at least 8 needed for intervals of overlap and regret", f.N)
	}
	if note := CoverageNote("regret", f.N, false); note != "" {
		warn("%s", note)
	}
	for _, c := range []struct {
		name string
		errs []float64
	}{{"A", a}, {"B", b}} {
		if f.N > 1 && allEqual(c.errs) {
			warn("all errors of %s are equal: it ranks nothing", c.name)
			continue
		}
		sorted := slices.Clone(c.errs)
		slices.Sort(sorted)
		if n := len(slices.Compact(sorted)); 2*n <= f.N {
			warn("only %d different errors among %d models of %s: ties blur the ranks; test on more images", n, f.N, c.name)
		}
	}
	return ws
}

// MarshalJSON writes one object with lower-case names, and null for NaN.
func (f Fidelity) MarshalJSON() ([]byte, error) {
	return numeric.MarshalJSON(struct {
		N          int      `json:"n"`
		Spearman   float64  `json:"spearman"`
		SpearmanLo float64  `json:"spearman_lo"`
		SpearmanHi float64  `json:"spearman_hi"`
		Kendall    float64  `json:"kendall"`
		KendallLo  float64  `json:"kendall_lo"`
		KendallHi  float64  `json:"kendall_hi"`
		Top        int      `json:"top"`
		Overlap    float64  `json:"overlap"`
		OverlapLo  float64  `json:"overlap_lo"`
		OverlapHi  float64  `json:"overlap_hi"`
		Regret     float64  `json:"regret"`
		RegretLo   float64  `json:"regret_lo"`
		RegretHi   float64  `json:"regret_hi"`
		MeanA      float64  `json:"error_mean_a"`
		MeanB      float64  `json:"error_mean_b"`
		Warnings   []string `json:"warnings,omitempty"`
	}{
		f.N,
		f.Spearman.Estimate, f.Spearman.Lo, f.Spearman.Hi,
		f.Kendall.Estimate, f.Kendall.Lo, f.Kendall.Hi,
		f.Top, f.Overlap.Estimate, f.Overlap.Lo, f.Overlap.Hi,
		f.Regret.Estimate, f.Regret.Lo, f.Regret.Hi,
		f.MeanA, f.MeanB, f.Warnings,
	})
}

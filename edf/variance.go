package edf

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"designspace/bootstrap"
	"designspace/internal/numeric"
)

// Components splits the variance of the errors of a population into what models
// differ by and what trainings of one model with other seeds differ by: the
// one-way random effects model, error = mean + model + seed. Intervals have a
// confidence of 95 %.
type Components struct {
	Models    int // with an error
	Repeated  int // of them, trained more than once
	Trainings int // of all models

	// SeedSD is the standard deviation of the error over seeds, in percentage
	// points; it pools all models.
	SeedSD bootstrap.Interval

	// ModelSD is that of the models' true errors, the analysis of variance
	// estimate for groups of unequal sizes (Searle, Casella, McCulloch 1992,
	// §3.6); 0 if models differ less than their seeds make them.
	ModelSD float64

	// Reliability is the share of the models in the variance of a single error,
	// ICC(1) of Shrout and Fleiss 1979: the correlation of two errors of the same
	// model. An estimate below 0 is given as 0.
	Reliability bootstrap.Interval

	// Resolvable is the least difference of two models' single errors, in
	// percentage points, that chance alone gives in at most 5 % of all pairs:
	// the quantile of Student's t times √2 SeedSD. With r repeats of each model
	// it shrinks by √r.
	Resolvable float64

	Warnings []string // what to mind when reading the components
}

// VarianceComponents splits the variance of repeated errors: one slice a model,
// one error in percent a training, in any order and of any lengths. Without a
// model that was trained twice, or without two models, what cannot be known is
// NaN. It fails only on errors that are not numbers.
//
// Intervals hold where noise varies by model and where errors are skewed: with
// the ratio F of the mean squares between and within models, they are on the
// scales log F and log of the mean square within, the estimate ± Student's t times
// the jackknife's standard error over models (Arvesen and Schmitz 1970,
// Biometrics 26, 677–686). Where fewer than 6 models were trained twice, or some
// model's part cannot be left out, they are the chi-squared interval and that of
// Wald 1940, which is exact for any numbers of repeats where all is normal; a
// warning says so.
func VarianceComponents(models [][]float64) (Components, error) {
	nan := math.NaN()
	none := bootstrap.Interval{Estimate: nan, Lo: nan, Hi: nan}
	c := Components{SeedSD: none, ModelSD: nan, Reliability: none, Resolvable: nan}
	a, err := newAnova(models)
	if err != nil {
		return c, err
	}
	c.Models, c.Repeated, c.Trainings = len(a.n), a.repeated, a.trainings
	if within := a.dfWithin(); within > 0 {
		c.SeedSD = a.seedSD()
		t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: within}.Quantile((1 + confidence) / 2)
		c.Resolvable = t * math.Sqrt2 * c.SeedSD.Estimate
		if len(a.n) > 1 {
			c.ModelSD = math.Sqrt(max(a.modelVariance(), 0))
			c.Reliability = a.reliability()
		}
	}
	c.Warnings = a.warnings()
	if a.repeated > 0 && len(a.n) > 1 {
		c.limit(a)
	}
	return c, nil
}

// An anova is the one-way analysis of variance of groups, which are models.
type anova struct {
	n, mean   []float64 // size and mean of each group
	squares   []float64 // about its mean
	grand     float64   // mean
	ssWithin  float64   // sum of squares about the groups' means
	ssBetween float64   // of the groups' means about the grand mean, weighted by n
	trainings int
	repeated  int
	diverged  int
}

func newAnova(models [][]float64) (*anova, error) {
	a := &anova{}
	var sum float64
	for i, errs := range models {
		if err := check(errs, nil); err != nil {
			return nil, fmt.Errorf("edf: model %d: %w", i, err)
		}
		if len(errs) == 0 {
			continue
		}
		a.add(errs)
		sum += a.n[len(a.n)-1] * a.mean[len(a.n)-1]
	}
	if len(a.n) == 0 {
		return a, errors.New("edf: no models: nothing was trained")
	}
	a.grand = sum / float64(a.trainings)
	for i, m := range a.mean {
		a.ssBetween += a.n[i] * (m - a.grand) * (m - a.grand)
	}
	return a, nil
}

func (a *anova) add(errs []float64) {
	var sum, squares float64
	for _, e := range errs {
		sum += e - errs[0] // keeps equal errors free of rounding
		if e == Diverged {
			a.diverged++
		}
	}
	mean := errs[0] + sum/float64(len(errs))
	for _, e := range errs {
		squares += (e - mean) * (e - mean)
	}
	a.n, a.mean, a.squares = append(a.n, float64(len(errs))), append(a.mean, mean), append(a.squares, squares)
	a.ssWithin += squares
	a.trainings += len(errs)
	if len(errs) > 1 {
		a.repeated++
	}
}

func (a *anova) dfWithin() float64  { return float64(a.trainings - len(a.n)) }
func (a *anova) dfBetween() float64 { return float64(len(a.n) - 1) }
func (a *anova) msWithin() float64  { return a.ssWithin / a.dfWithin() }

func (a *anova) seedSD() bootstrap.Interval {
	chi := distuv.ChiSquared{K: a.dfWithin()}
	return bootstrap.Interval{
		Estimate: math.Sqrt(a.msWithin()),
		Lo:       math.Sqrt(a.ssWithin / chi.Quantile((1+confidence)/2)),
		Hi:       math.Sqrt(a.ssWithin / chi.Quantile((1-confidence)/2)),
	}
}

// modelVariance is unbiased, and so may be negative.
func (a *anova) modelVariance() float64 {
	return (a.ssBetween/a.dfBetween() - a.msWithin()) / a.typical()
}

// typical returns n0, the size of the groups where all are equal.
func (a *anova) typical() float64 {
	var squares float64
	for _, n := range a.n {
		squares += n * n
	}
	total := float64(a.trainings)
	return (total - squares/total) / a.dfBetween()
}

func (a *anova) reliability() bootstrap.Interval {
	model, seed := max(a.modelVariance(), 0), a.msWithin()
	switch {
	case seed == 0 && model == 0:
		nan := math.NaN()
		return bootstrap.Interval{Estimate: nan, Lo: nan, Hi: nan}
	case seed == 0:
		return bootstrap.Interval{Estimate: 1, Lo: 1, Hi: 1}
	}
	f := distuv.F{D1: a.dfBetween(), D2: a.dfWithin()}
	share := func(ratio float64) float64 { return ratio / (1 + ratio) }
	return bootstrap.Interval{
		Estimate: model / (model + seed),
		Lo:       share(a.ratio(f.Quantile((1 + confidence) / 2))),
		Hi:       share(a.ratio(f.Quantile((1 - confidence) / 2))),
	}
}

// ratio returns the ratio of model to seed variance at which Wald's statistic,
// which falls with it, has the given value; 0 if it is below that everywhere.
func (a *anova) ratio(value float64) float64 {
	if a.wald(0) <= value {
		return 0
	}
	hi := 1.0
	for a.wald(hi) > value && hi < 1e15 {
		hi *= 2
	}
	lo := 0.0
	for range 200 {
		mid := (lo + hi) / 2
		if mid == lo || mid == hi {
			break
		}
		if a.wald(mid) > value {
			lo = mid
		} else {
			hi = mid
		}
	}
	return (lo + hi) / 2
}

// wald returns the statistic that is F distributed if ratio is the true one
// (Wald 1940, Ann. Math. Statist. 11, 96–100): the variance of the groups'
// means, each weighted by its inverse variance, over that within groups.
func (a *anova) wald(ratio float64) float64 {
	var weights, mean, sum float64
	weight := func(i int) float64 { return a.n[i] / (1 + ratio*a.n[i]) }
	for i, m := range a.mean {
		weights += weight(i)
		mean += weight(i) * m
	}
	mean /= weights
	for i, m := range a.mean {
		sum += weight(i) * (m - mean) * (m - mean)
	}
	return sum / a.dfBetween() / a.msWithin()
}

func (a *anova) warnings() []string {
	var ws []string
	warn := func(format string, args ...any) { ws = append(ws, fmt.Sprintf(format, args...)) }
	k, within := len(a.n), a.dfWithin()
	switch {
	case within == 0:
		warn("no model was trained twice: the seed's part is not known; train with --repeats 2 or more")
		return ws
	case a.msWithin() == 0:
		warn("repeats do not differ at all: were the seeds the same?")
	case within < 8:
		warn("%g degrees of freedom for the seed's part: at least 8 needed to know it within a factor of 2; repeat more models", within)
	}
	if k == 1 {
		warn("one model: no reliability; at least 2 needed")
	} else if k < 10 {
		warn("n = %d: at least 10 models needed for a useful interval of the reliability", k)
	}
	if k > 1 && a.modelVariance() < 0 {
		warn("models differ less than their seeds make them: the models' part is given as 0")
	}
	for _, statistic := range []string{"seed-sd", "reliability"} {
		if note := CoverageNote(statistic, k, false); note != "" {
			warn("%s", note)
		}
	}
	if a.diverged > 0 {
		warn("%d of %d trainings diverged: an error of 100 is not normal, so intervals do not hold", a.diverged, a.trainings)
	}
	return ws
}

// MarshalJSON writes one object with lower-case names, and null for NaN.
func (c Components) MarshalJSON() ([]byte, error) {
	return numeric.MarshalJSON(struct {
		Models        int      `json:"models"`
		Repeated      int      `json:"repeated"`
		Trainings     int      `json:"trainings"`
		SeedSD        float64  `json:"seed_sd"`
		SeedSDLo      float64  `json:"seed_sd_lo"`
		SeedSDHi      float64  `json:"seed_sd_hi"`
		ModelSD       float64  `json:"model_sd"`
		Reliability   float64  `json:"reliability"`
		ReliabilityLo float64  `json:"reliability_lo"`
		ReliabilityHi float64  `json:"reliability_hi"`
		Resolvable    float64  `json:"resolvable"`
		Warnings      []string `json:"warnings,omitempty"`
	}{
		c.Models, c.Repeated, c.Trainings,
		c.SeedSD.Estimate, c.SeedSD.Lo, c.SeedSD.Hi, c.ModelSD,
		c.Reliability.Estimate, c.Reliability.Lo, c.Reliability.Hi,
		c.Resolvable, c.Warnings,
	})
}

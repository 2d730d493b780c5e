package edf

import "math"

// fewestRepeated is the least number of models trained more than once whose
// noise can be seen to vary.
const fewestRepeated = 6

// Reliability estimates the standard deviation of a model's error over seeds and
// the share of the models in the variance of a single error, as
// [VarianceComponents] does, with intervals that hold where noise varies by model
// and where errors are skewed: with the ratio F of the mean squares between and
// within models, they are on the scales log F and log of the mean square within,
// the estimate ± Student's t times the jackknife's standard error over models
// (Arvesen and Schmitz 1970, Biometrics 26, 677–686). Those of VarianceComponents
// suppose normal errors and one noise, and remain where fewer than 6 models were
// trained twice, or where some model's part cannot be left out; a warning says so.
func Reliability(models [][]float64) (seedSD, reliability Estimate, err error) {
	c, err := VarianceComponents(models)
	if err != nil {
		return Estimate{}, Estimate{}, err
	}
	seedSD.Interval, reliability.Interval = c.SeedSD, c.Reliability
	a, err := newAnova(models)
	if err != nil {
		return Estimate{}, Estimate{}, err
	}
	ratio, within, ok := a.jackknife()
	if !ok {
		seedSD.warn("%d models trained more than once: the interval supposes normal errors and one noise for all; at least %d needed whose repeats differ", a.repeated, fewestRepeated)
		reliability.Warnings = seedSD.Warnings
		return seedSD, reliability, nil
	}
	w, r := within.interval(), ratio.interval()
	seedSD.Lo, seedSD.Hi = math.Exp(w.Lo/2), math.Exp(w.Hi/2)
	share := func(logF float64) float64 {
		x := max(math.Exp(logF)-1, 0) / a.typical()
		return x / (1 + x)
	}
	reliability.Lo, reliability.Hi = share(r.Lo), share(r.Hi)
	return seedSD, reliability, nil
}

// jackknife returns log F and the log of the mean square within models. It is
// not ok where these cannot be had, or not without some model.
func (a *anova) jackknife() (ratio, within studentised, ok bool) {
	if a.repeated < fewestRepeated {
		return ratio, within, false
	}
	f, w := logRatio(a.ssBetween/a.dfBetween(), a.msWithin())
	ok = isFinite(f)
	k, total := float64(len(a.n)), float64(a.trainings)
	var pseudoF, pseudoW []float64
	for i, n := range a.n {
		d := n * (a.mean[i] - a.grand)
		between := (a.ssBetween - d*d/n - d*d/(total-n)) / (k - 2)
		f, w := logRatio(between, (a.ssWithin-a.squares[i])/(a.dfWithin()-n+1))
		ok = ok && isFinite(f)
		pseudoF = append(pseudoF, -(k-1)*f)
		if n > 1 {
			pseudoW = append(pseudoW, -float64(a.repeated-1)*w)
		}
	}
	df := float64(a.repeated - 1)
	return jackknifed(f, pseudoF, df).kurtosisLimited(pseudoF), jackknifed(w, pseudoW, df).kurtosisLimited(pseudoW), ok
}

func logRatio(between, within float64) (ratio, logWithin float64) {
	return math.Log(between) - math.Log(within), math.Log(within)
}

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

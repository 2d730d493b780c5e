package edf

import (
	"fmt"
	"math"
)

// fewestRepeated is the least number of models trained more than once whose
// noise can be seen to vary.
const fewestRepeated = 6

// limit puts the limits that hold where noise varies by model in the place of
// those for normal errors and one noise, where the models can say.
func (c *Components) limit(a *anova) {
	ratio, within, ok := a.jackknife()
	if !ok {
		c.Warnings = append(c.Warnings, fmt.Sprintf("%d models trained more than once: intervals suppose normal errors and one noise for all; at least %d needed whose repeats differ", a.repeated, fewestRepeated))
		return
	}
	w, r := within.interval(), ratio.interval()
	c.SeedSD.Lo, c.SeedSD.Hi = math.Exp(w.Lo/2), math.Exp(w.Hi/2)
	share := func(logF float64) float64 {
		x := max(math.Exp(logF)-1, 0) / a.typical()
		return x / (1 + x)
	}
	c.Reliability.Lo, c.Reliability.Hi = share(r.Lo), share(r.Hi)
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

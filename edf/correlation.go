package edf

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat/distuv"

	"designspace/bootstrap"
)

const (
	jackknifeFrom = 12   // models: below, correlations of ±1 are too frequent
	jackknifeTo   = 2000 // models: beyond, these say how the others vary
)

// RankCorrelations estimates how alike two conditions rank the same models:
// Spearman's ρ, the correlation of midranks, and Kendall's τ-b, which allows for
// ties, both in [-1, 1]. They are NaN if all errors of a condition are equal.
//
// The intervals are, on Fisher's scale atanh r, the estimate ± Student's t times
// the jackknife's standard error: they hold where noise varies by model, where
// errors are skewed and where they tie. Below 12 models, and where all agree, the
// variances are those for normal errors, which a warning says: (1 + ρ²/2)/(n - 3)
// of Bonett and Wright 2000 (Psychometrika 65, 23–28) and 0.437/(n - 4) of
// Fieller, Hartley and Pearson 1957 (Biometrika 44, 470–481). The interval of a
// perfect agreement is that of two neighbours exchanged, up to the agreement
// itself. With fewer than 5 models the limits are NaN.
//
// It fails on errors that are not numbers and on unequal lengths.
func RankCorrelations(a, b []float64) (rho, tau Estimate, err error) {
	if err := checkPaired(a, b); err != nil {
		return rho, tau, err
	}
	n, r, t := float64(len(a)), spearman(a, b), kendall(a, b)
	rho.Interval = fisher(r, 1-12/(n*(n*n-1)), (1+r*r/2)/(n-3), len(a))
	tau.Interval = fisher(t, 1-4/(n*(n-1)), 0.437/(n-4), len(a))
	without := leaveOneOut(a, b)
	rho.correlate(without.spearman, len(a))
	tau.correlate(without.kendall, len(a))
	return rho, tau, nil
}

// correlate puts the jackknife's limits in the place of those of a correlation.
func (e *Estimate) correlate(without []float64, models int) {
	n, r := float64(len(without)), e.Estimate
	pseudo := make([]float64, len(without))
	finite := true
	for i, x := range without {
		pseudo[i] = -(n - 1) * math.Atanh(x)
		finite = finite && isFinite(pseudo[i])
	}
	s := jackknifed(math.Atanh(r), pseudo, math.Inf(1)).kurtosisLimited(pseudo)
	switch {
	case math.IsNaN(r) || models < 5: // no limits at all
	case models < jackknifeFrom || !finite || !(s.variance > 0):
		e.warn("n = %d, correlation %.2f: the interval supposes normal errors", models, r)
	default:
		s.variance *= n / float64(models)
		i := s.interval()
		e.Lo, e.Hi = math.Tanh(i.Lo), math.Tanh(i.Hi)
	}
}

// correlationsWithout are the rank correlations that are left without each model.
type correlationsWithout struct{ spearman, kendall []float64 }

// leaveOneOut returns the correlations without each of the first 2000 models,
// among these. With s_ij the sign of x_i - x_j, a midrank is (Σ_j s_ij + n + 1)/2,
// and without model k it has s_ik less: all follows from sums over signs.
func leaveOneOut(a, b []float64) correlationsWithout {
	n := min(len(a), jackknifeTo)
	a, b = a[:n], b[:n]
	u, v := make([]float64, n), make([]float64, n) // Σ_j s_ij
	for i := range n {
		for j := range n {
			u[i] += sign(a[i] - a[j])
			v[i] += sign(b[i] - b[j])
		}
	}
	uv, uu, vv := floats.Dot(u, v), floats.Dot(u, u), floats.Dot(v, v)
	concord, apartA, apartB := make([]float64, n), make([]float64, n), make([]float64, n)
	w := correlationsWithout{make([]float64, n), make([]float64, n)}
	for k := range n {
		var ub, va, ua, vb float64
		for i := range n {
			sa, sb := sign(a[i]-a[k]), sign(b[i]-b[k])
			concord[k] += sa * sb
			apartA[k] += sa * sa
			apartB[k] += sb * sb
			ub += u[i] * sb
			va += v[i] * sa
			ua += u[i] * sa
			vb += v[i] * sb
		}
		w.spearman[k] = (uv - u[k]*v[k] - ub - va + concord[k]) /
			math.Sqrt((uu-u[k]*u[k]-2*ua+apartA[k])*(vv-v[k]*v[k]-2*vb+apartB[k]))
	}
	pairs, pairsA, pairsB := floats.Sum(concord), floats.Sum(apartA), floats.Sum(apartB)
	for k := range n {
		w.kendall[k] = (pairs - 2*concord[k]) / math.Sqrt((pairsA-2*apartA[k])*(pairsB-2*apartB[k]))
	}
	return w
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

// fisher returns the interval of a correlation r of n models on the scale
// atanh r. Where r is ±1 the scale ends, and its place is taken by inner, the
// next smaller magnitude that n models can have.
func fisher(r, inner, variance float64, n int) bootstrap.Interval {
	if math.IsNaN(r) || n < 5 {
		return bootstrap.Interval{Estimate: r, Lo: math.NaN(), Hi: math.NaN()}
	}
	z := math.Atanh(min(max(r, -inner), inner))
	half := distuv.UnitNormal.Quantile((1+confidence)/2) * math.Sqrt(variance)
	i := bootstrap.Interval{Estimate: r, Lo: math.Tanh(z - half), Hi: math.Tanh(z + half)}
	if r >= inner {
		i.Hi = 1
	}
	if r <= -inner {
		i.Lo = -1
	}
	return i
}

func checkPaired(a, b []float64) error {
	if len(a) != len(b) {
		return fmt.Errorf("edf: %d errors against %d: give both of every model", len(a), len(b))
	}
	for _, errs := range [][]float64{a, b} {
		if err := check(errs, nil); err != nil {
			return fmt.Errorf("edf: %w", err)
		}
	}
	return nil
}

package edf

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

const (
	jackknifeFrom = 12   // models: below, correlations of ±1 are too frequent
	jackknifeTo   = 2000 // models: beyond, these say how the others vary
)

// RankCorrelations estimates [Spearman]'s ρ and [Kendall]'s τ-b of the errors of
// the same models in two conditions. The intervals are, on Fisher's scale atanh r,
// the estimate ± Student's t times the jackknife's standard error: they hold
// where noise varies by model, where errors are skewed and where they tie, as the
// intervals of those functions do not. Below 12 models and where all agree, which
// is where they remain, a warning says so.
func RankCorrelations(a, b []float64) (spearman, kendall Estimate, err error) {
	if spearman.Interval, err = Spearman(a, b); err != nil {
		return Estimate{}, Estimate{}, err
	}
	if kendall.Interval, err = Kendall(a, b); err != nil {
		return Estimate{}, Estimate{}, err
	}
	without := leaveOneOut(a, b)
	spearman.correlate(without.spearman, len(a))
	kendall.correlate(without.kendall, len(a))
	return spearman, kendall, nil
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

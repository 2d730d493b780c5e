package main

import (
	"math"
	"math/rand/v2"

	"designspace/edf"
	"designspace/internal/numeric"
)

// attained are searches over a quarter of n models whose errors fall with the
// logarithm of their costs, or do not.
func attained() []cell {
	var all []cell
	for _, slope := range []float64{0, 2} {
		name := map[float64]string{0: "cost without effect", 2: "dear models better"}[slope]
		for _, n := range []int{20, 50, 100} {
			all = append(all, attainedBy(name, slope, n))
		}
	}
	return all
}

func attainedBy(name string, slope float64, n int) cell {
	costs := edf.CostRange{Lo: math.Exp(-1), Hi: math.E, Worst: 70}
	return cell{name, n, n, 1, []stated{covers("attained"), covers("attained-difference")}, func() trial {
		m := n / 4
		truth := attainedTruth(slope, m, costs)
		return func(r *rand.Rand) []float64 {
			a, b := tradeoff(slope, n, r), tradeoff(slope, n, r)
			return []float64{
				holds(must(a.Attained(m, costs)).Interval, truth),
				holds(must(edf.AttainedDifference(a, b, m, costs)).Interval, 0),
			}
		}
	}}
}

// tradeoff draws log costs from normal(0, 1) and errors around 60, with a
// standard deviation of 3.
func tradeoff(slope float64, n int, r *rand.Rand) edf.Tradeoff {
	t := edf.Tradeoff{Name: "tradeoff"}
	for range n {
		z := r.NormFloat64()
		t.Costs = append(t.Costs, math.Exp(z))
		t.Errors = append(t.Errors, 60-slope*z+3*r.NormFloat64())
	}
	return t
}

// attainedTruth integrates the chance that some of m models are within an error
// and a cost over both, by midpoints.
func attainedTruth(slope float64, m int, r edf.CostRange) float64 {
	const least, steps, step = 30.0, 400, 0.02 // the lowest error; steps of it; step of log costs
	height := (r.Worst - least) / steps
	within := make([]float64, steps) // chance of one model within an error and the cost reached
	var area float64
	for z := -6 + step/2; z < math.Log(r.Hi); z += step {
		density := math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) * step
		for k := range within {
			e := least + (float64(k)+0.5)*height
			within[k] += density * numeric.NormalCDF((e-60+slope*z)/3)
			if z > math.Log(r.Lo) {
				area += (1 - math.Pow(1-within[k], float64(m))) * height * step
			}
		}
	}
	return r.Worst - area/math.Log(r.Hi/r.Lo)
}

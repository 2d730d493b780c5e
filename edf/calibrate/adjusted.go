package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"designspace/edf"
	"designspace/internal/numeric"
)

// adjusted are estimates with predictions of N candidates, correlated with the
// errors by rho, of which the first n are trained; differences are to a space of
// the same errors with as many.
func adjusted() []cell {
	var all []cell
	for _, p := range []struct {
		name string
		rho  float64
	}{{"good", 0.85}, {"random", 0}, {"perverse", -0.6}} {
		for _, candidates := range []int{200, 1500} {
			for _, n := range []int{10, 20, 50} {
				name := fmt.Sprintf("%s predictions of %d", p.name, candidates)
				all = append(all, adjustedMeans(name, p.rho, candidates, n))
			}
		}
		all = append(all, adjustedBand(p.name+" predictions of 500", p.rho, 500, 20))
	}
	return all
}

func adjustedMeans(name string, rho float64, candidates, n int) cell {
	stated := []stated{covers("adjusted-mean"), covers("adjusted-difference"), covers("adjusted-probability-less")}
	return cell{name, n, n, 1, stated, func() trial {
		return func(r *rand.Rand) []float64 {
			a := firstOf(candidatesOf(rho, 3, false, candidates, r), n)
			b := firstOf(candidatesOf(rho, 3, false, candidates, r), n)
			return []float64{
				holds(must(edf.AdjustedMean(a)).Interval, 60),
				holds(must(edf.AdjustedMeanDifference(a, b)).Interval, 0),
				holds(must(edf.AdjustedLess(a, b)).Interval, 0.5),
			}
		}
	}}
}

func adjustedBand(name string, rho float64, candidates, n int) cell {
	return cell{name, n, 0, 0.25, []stated{covers("adjusted-edf-band")}, func() trial {
		return func(r *rand.Rand) []float64 {
			f := must(edf.AdjustEDF(firstOf(candidatesOf(rho, 3, false, candidates, r), n)))
			var off float64
			for _, s := range f.Steps() {
				truth := numeric.NormalCDF((s.Error - 60) / 3)
				off = max(off, math.Abs(s.Below-truth), math.Abs(s.Above-truth))
			}
			return []float64{one(off <= f.Band(r.Uint64()))}
		}
	}}
}

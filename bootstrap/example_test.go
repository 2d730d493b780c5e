package bootstrap_test

import (
	"fmt"

	"designspace/bootstrap"
)

// Which depth is best? A population of eight models says this much.
func ExampleDistribution_Range() {
	errors := []float64{31.0, 24.5, 22.1, 21.9, 22.4, 25.0, 30.2, 38.7}
	depths := []float64{4, 8, 12, 16, 20, 24, 28, 32}

	dist, err := bootstrap.New(errors, bootstrap.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := dist.Range("depth", depths)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d of 8 models a round; depth %v, likely from %v to %v\n", dist.Draws, r.Median, r.Lo, r.Hi)
	for _, w := range r.Warnings {
		fmt.Println(w)
	}
	// Output:
	// 2 of 8 models a round; depth 16, likely from 4 to 28
	// n = 8: the range rests on 7 of the models, so it says little about the best; draw more models
}

// Shares tell how likely each of a few values is to be the best.
func ExampleDistribution_Shares() {
	errors := []float64{20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31}
	ratios := []float64{1, 1, 2, 1, 1, 2, 4, 2, 4, 2, 4, 4}

	dist, err := bootstrap.New(errors, bootstrap.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	shares, err := dist.Shares("bottleneck", ratios)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range shares {
		fmt.Printf("ratio %v: %d models, %.1f %%\n", s.Value, s.N, 100*s.Mass)
	}
	// Output:
	// ratio 1: 4 models, 64.5 %
	// ratio 2: 4 models, 27.7 %
	// ratio 4: 4 models, 7.9 %
}

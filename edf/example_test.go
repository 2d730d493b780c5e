package edf_test

import (
	"fmt"
	"os"

	"designspace/edf"
	"designspace/trainer/results"
)

// The share of models below an error, and what the legend of a plot says.
func ExampleEDF() {
	f, err := edf.New([]float64{24.1, 22.8, 31.0, 26.5, 100})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("F(26.5) = %.1f, F(27) = %.1f\n", f.At(26.5), f.At(27))
	fmt.Printf("n = %d, min %.1f %%, median %.1f %%, mean %.2f %%\n", f.Len(), f.Min(), f.Median(), f.Mean())
	// Output:
	// F(26.5) = 0.4, F(27) = 0.6
	// n = 5, min 22.8 %, median 26.5 %, mean 40.88 %
}

// Does a restricted space hold better models than its parent?
func ExampleCompare() {
	parent := edf.Population{Name: "AnyNetXA", Errors: []float64{31.2, 28.4, 35.9, 30.1, 41.3, 29.9, 33.0, 38.6, 27.5, 36.2}}
	child := edf.Population{Name: "RegNetX", Errors: []float64{26.1, 27.9, 25.3, 28.8, 30.4, 26.6, 27.2, 29.1, 25.9, 28.1}}

	c, err := edf.Compare(child, parent, edf.Options{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	d := c.MeanDifference
	fmt.Printf("%s is %s than %s: %.1f points (95 %% from %.0f to %.0f), p = %.4f\n",
		c.A, c.Verdict, c.B, d.Estimate, d.Lo, d.Hi, c.PHolm)
	fmt.Printf("a model of %s wins with probability %.2f\n", c.A, c.MannWhitney.Less)
	// Output:
	// RegNetX is better than AnyNetXA: -5.7 points (95 % from -9 to -2), p = 0.0005
	// a model of RegNetX wins with probability 0.90
}

// What does each step from AnyNetXA to RegNetX change, by the tables of 500 models a
// space?
func ExampleMeanDifference() {
	var spaces []edf.Population
	for _, space := range []string{"anynetxa", "anynetxb", "anynetxc", "anynetxd", "anynetxe", "regnetx"} {
		table, err := os.Open("../experiments/results/cifar/2026-11-26b/" + space + "-500K-600K-n500.csv")
		if err != nil {
			fmt.Println(err)
			return
		}
		ps, err := results.ReadCSV(table, results.Options{})
		table.Close()
		if err != nil {
			fmt.Println(err)
			return
		}
		spaces = append(spaces, ps...)
	}
	for i, s := range spaces[1:] {
		d, err := edf.MeanDifference(s, spaces[i])
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s less %s: %.2f [%.2f, %.2f]\n", s.Name, spaces[i].Name, d.Estimate, d.Lo, d.Hi)
	}
	// Output:
	// proxy/anynetxb less proxy/anynetxa: 0.70 [0.25, 1.15]
	// proxy/anynetxc less proxy/anynetxb: -0.05 [-0.51, 0.42]
	// proxy/anynetxd less proxy/anynetxc: -1.22 [-1.65, -0.79]
	// proxy/anynetxe less proxy/anynetxd: -0.61 [-1.02, -0.19]
	// proxy/regnetx less proxy/anynetxe: -2.76 [-3.14, -2.39]
}

// A few models say little, and the summary says so.
func ExampleSummarize() {
	s, err := edf.Summarize(edf.Population{Name: "pilot", Errors: []float64{25, 31, 28}, Failed: 1}, edf.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s: n = %d, mean %.0f %%\n", s.Name, s.N, s.Mean.Estimate)
	for _, w := range s.Warnings {
		fmt.Println(w)
	}
	// Output:
	// pilot: n = 3, mean 28 %
	// 1 of 4 models have no error and are left out
	// n = 3: at least 6 needed for a 95 % interval of the median, 8 for one of the mean
}

// Populations of different size in flops are compared with weights that spread
// both evenly over the flops. Of 4 bins from 1 to 4 million two have too few models.
func ExampleStratify() {
	flops := []edf.Measured{
		{Name: "small", Complexity: []float64{1e6, 1.1e6, 1.2e6, 1.3e6, 2.1e6, 2.8e6, 3.9e6}},
		{Name: "large", Complexity: []float64{1.1e6, 1.6e6, 1.9e6, 2.6e6, 2.7e6, 3e6, 3.5e6, 4e6}},
	}
	strata, err := edf.Stratify(edf.StrataOptions{Bins: 4, Lo: 1e6, Hi: 4e6}, flops...)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("edges %.3g\n", strata.Edges)
	for i, p := range flops {
		fmt.Printf("%s: %.3f\n", p.Name, strata.Weights[i])
	}
	fmt.Println(strata.Warnings[0])
	// Output:
	// edges [1e+06 2e+06 4e+06]
	// small: [0.125 0.125 0.125 0.125 0.167 0.167 0.167]
	// large: [0.167 0.167 0.167 0.100 0.100 0.100 0.100 0.100]
	// 2 of 4 bins are merged with a neighbour, for want of 3 models of every population
}

// What does a random search over m models find?
func ExampleEDF_BestOf() {
	var errors []float64
	for i := range 1000 {
		errors = append(errors, 20+float64(i)/100) // 20 % to 30 %, evenly
	}
	f, err := edf.New(errors)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range []int{1, 4, 16, 64} {
		best, err := f.BestOf(m)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("best of %2d: %.2f %%, half of the time below %.2f %%\n", m, best.Mean, best.Median)
	}
	// Output:
	// best of  1: 24.99 %, half of the time below 24.99 %
	// best of  4: 22.00 %, half of the time below 21.59 %
	// best of 16: 20.58 %, half of the time below 20.42 %
	// best of 64: 20.15 %, half of the time below 20.10 %
}

// How many models does it take to see a difference of one point?
func ExampleModelsNeeded() {
	var a, b []float64
	for i := range 200 {
		e := 25 + float64(i%20)/4
		a, b = append(a, e), append(b, e+1)
	}
	fa, err := edf.New(a)
	if err != nil {
		fmt.Println(err)
		return
	}
	fb, err := edf.New(b)
	if err != nil {
		fmt.Println(err)
		return
	}
	needed, err := edf.ModelsNeeded(fa, fb, edf.PowerOptions{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d models each: power %.2f (95 %% from %.2f to %.2f)\n", needed.N, needed.Power, needed.PowerLo, needed.PowerHi)
	// Output:
	// 39 models each: power 0.80 (95 % from 0.78 to 0.82)
}

func ExampleVarianceComponents() {
	// Four models, each trained three times.
	c, err := edf.VarianceComponents([][]float64{
		{31.2, 30.1, 30.8}, {27.5, 28.4, 28.1}, {35.0, 33.9, 34.4}, {29.2, 29.9, 28.8},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("seed sd %.2f, model sd %.2f\n", c.SeedSD.Estimate, c.ModelSD)
	fmt.Printf("reliability %.2f [%.2f, %.2f]\n", c.Reliability.Estimate, c.Reliability.Lo, c.Reliability.Hi)
	fmt.Printf("single errors tell models apart from %.1f points on\n", c.Resolvable)
	fmt.Println(c.Warnings[0])
	// Output:
	// seed sd 0.53, model sd 2.76
	// reliability 0.96 [0.82, 1.00]
	// single errors tell models apart from 1.7 points on
	// n = 4: at least 10 models needed for a useful interval of the reliability
}

func ExampleCompareConditions() {
	quick := []float64{41, 44, 39, 52, 47, 60, 43, 55} // after 5 epochs
	long := []float64{28, 30, 29, 37, 31, 45, 33, 38}  // of the same models after 50
	f, err := edf.CompareConditions(quick, long, edf.FidelityOptions{Seed: 1, Top: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("Spearman %.2f, Kendall %.2f\n", f.Spearman.Estimate, f.Kendall.Estimate)
	fmt.Printf("of the best %d, %.0f %% agree; choosing one of two by the quick errors costs %.1f points\n", f.Top, 100*f.Overlap.Estimate, f.Regret.Estimate)
	// Output:
	// Spearman 0.90, Kendall 0.79
	// of the best 3, 67 % agree; choosing one of two by the quick errors costs 0.2 points
}

package edf

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/combin"
)

func randomTradeoff(r *rand.Rand, n int) Tradeoff {
	t := Tradeoff{Name: "A"}
	for range n {
		cost := math.Exp(r.NormFloat64())
		t.Costs = append(t.Costs, cost)
		t.Errors = append(t.Errors, math.Round(50+3*r.NormFloat64()-2*math.Log(cost)))
	}
	return t
}

// hypervolume is the area that points dominate up to a corner, by strips, with
// the logarithm of costs.
func hypervolume(t Tradeoff, subset []int, r CostRange) float64 {
	grid := []float64{r.Lo, r.Hi}
	for _, c := range t.Costs {
		if r.Lo < c && c < r.Hi {
			grid = append(grid, c)
		}
	}
	slices.Sort(grid)
	var area float64
	for k := 1; k < len(grid); k++ {
		middle := math.Sqrt(grid[k-1] * grid[k])
		height := 0.0
		for _, i := range subset {
			if t.Costs[i] <= middle {
				height = max(height, r.Worst-t.Errors[i])
			}
		}
		area += height * math.Log(grid[k]/grid[k-1])
	}
	return area
}

// What is attained is the hypervolume of subsets, on average over all of them,
// and the interval has the jackknife's variance by its definition.
func TestAttainedIsMeanHypervolume(t *testing.T) {
	g := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		x, r := randomTradeoff(g, 9), CostRange{0.4, 2.5, 55}
		for m := 1; m <= 2; m++ {
			value := func(x Tradeoff) float64 {
				var volumes []float64
				for _, s := range combin.Combinations(len(x.Costs), m) {
					volumes = append(volumes, hypervolume(x, s, r))
				}
				return r.Worst - stat.Mean(volumes, nil)/math.Log(r.Hi/r.Lo)
			}
			got, err := x.Attained(m, r)
			if err != nil {
				t.Fatal(err)
			}
			if want := value(x); math.Abs(got.Estimate-want) > 1e-9 {
				t.Errorf("best of %d: %v, want %v", m, got.Estimate, want)
			}
			var without []float64
			for i := range x.Costs {
				rest := Tradeoff{Name: "A", Errors: slices.Delete(slices.Clone(x.Errors), i, i+1), Costs: slices.Delete(slices.Clone(x.Costs), i, i+1)}
				without = append(without, value(rest))
			}
			n := float64(len(without))
			variance := stat.PopVariance(without, nil) * (n - 1)
			if math.Abs(got.se-math.Sqrt(variance)) > 1e-9 {
				t.Errorf("best of %d: standard error %v, want %v", m, got.se, math.Sqrt(variance))
			}
		}
	}
}

// The difference of pairs is that of the means over subsets, with the variance of
// the jackknife that leaves out pairs, by its definition.
func TestAttainedDifferenceOfPairs(t *testing.T) {
	g := rand.New(rand.NewPCG(9, 10))
	x, r := randomTradeoff(g, 9), CostRange{0.4, 2.5, 55}
	y := Tradeoff{Name: "B", Costs: slices.Clone(x.Costs)}
	for i, e := range x.Errors {
		y.Errors = append(y.Errors, e-1)
		y.Costs[i] *= 1 + 0.1*g.Float64()
	}
	for m := 1; m <= 2; m++ {
		value := func(leave int) float64 {
			p, q := x, y
			if leave >= 0 {
				drop := func(xs []float64) []float64 { return slices.Delete(slices.Clone(xs), leave, leave+1) }
				p, q = Tradeoff{"A", drop(x.Errors), drop(x.Costs)}, Tradeoff{"B", drop(y.Errors), drop(y.Costs)}
			}
			d, err := AttainedDifference(p, q, m, r)
			if err != nil {
				t.Fatal(err)
			}
			return d.Estimate
		}
		got, err := AttainedDifferenceOfPairs(x, y, m, r)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "difference", got.Estimate, value(-1), 1e-9)
		var without []float64
		for i := range x.Errors {
			without = append(without, value(i))
		}
		near(t, "standard error", got.se, math.Sqrt(stat.PopVariance(without, nil)*float64(len(without)-1)), 1e-9)
		if apart, err := AttainedDifference(x, y, m, r); err != nil || !(got.se < apart.se/2) {
			t.Errorf("standard error %v of pairs, %v without, %v", got.se, apart.se, err)
		}
	}
	if _, err := AttainedDifferenceOfPairs(x, randomTradeoff(g, 8), 1, r); err == nil || !strings.Contains(err.Error(), "make no pairs") {
		t.Errorf("error %v", err)
	}
}

// A search of any cost attains the expected best, and one of no cost the worst.
func TestAttainedAtEnds(t *testing.T) {
	x := randomTradeoff(rand.New(rand.NewPCG(3, 4)), 40)
	f, err := New(x.Errors)
	if err != nil {
		t.Fatal(err)
	}
	want, err := f.ExpectedBest(10)
	if err != nil {
		t.Fatal(err)
	}
	got, err := x.AttainedAt(10, slices.Max(x.Costs), 100)
	if err != nil || math.Abs(got.Lo-want.Lo)+math.Abs(got.Hi-want.Hi) > 1e-9 {
		t.Errorf("%v, %v, want %v", got.Interval, err, want.Interval)
	}
	if got, err := x.AttainedAt(10, slices.Min(x.Costs)/2, 100); err != nil || math.Abs(got.Lo-100)+math.Abs(got.Hi-100) > 1e-9 {
		t.Errorf("of no cost: %v, %v", got.Interval, err)
	}
}

// A model that is as good and cheaper never hurts.
func TestAttainedIsMonotone(t *testing.T) {
	g := rand.New(rand.NewPCG(5, 6))
	r := CostRange{0.3, 3, 60}
	for range 100 {
		x := randomTradeoff(g, 12)
		y := Tradeoff{Name: "B", Errors: slices.Clone(x.Errors), Costs: slices.Clone(x.Costs)}
		i := g.IntN(12)
		y.Costs[i], y.Errors[i] = y.Costs[i]*g.Float64(), y.Errors[i]-g.Float64()
		d, err := AttainedDifference(y, x, 3, r)
		if err != nil || d.Estimate > 1e-12 {
			t.Fatalf("%v, %v", d.Interval, err)
		}
	}
}

func TestAttainedErrors(t *testing.T) {
	good := randomTradeoff(rand.New(rand.NewPCG(7, 8)), 12)
	r := CostRange{0.5, 2, 60}
	for _, c := range []struct {
		t    Tradeoff
		m    int
		r    CostRange
		want string
	}{
		{Tradeoff{Name: "A"}, 1, r, "A has no models"},
		{Tradeoff{Name: "A", Errors: []float64{1}}, 1, r, "1 errors and 0 costs"},
		{Tradeoff{Name: "A", Errors: []float64{1, 2}, Costs: []float64{1, 0}}, 1, r, "model 1: error 2 at a cost of 0"},
		{Tradeoff{Name: "A", Errors: []float64{math.NaN()}, Costs: []float64{1}}, 1, r, "model 0: error NaN"},
		{good, 0, r, "a search over 0 of 12 models"},
		{good, 13, r, "a search over 13 of 12 models"},
		{good, 3, CostRange{2, 2, 60}, "costs from 2 to 2"},
		{good, 3, CostRange{1, 2, math.NaN()}, "find nothing"},
	} {
		if _, err := c.t.Attained(c.m, c.r); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	if e, err := good.Attained(4, r); err != nil || !math.IsNaN(e.Lo) || len(e.Warnings) != 1 {
		t.Errorf("an interval of what a third of the models attain: %v, %v", e, err)
	}
}

func TestCommonCosts(t *testing.T) {
	low := Tradeoff{Name: "low", Errors: make([]float64, 100), Costs: make([]float64, 100)}
	high := Tradeoff{Name: "high", Errors: make([]float64, 100), Costs: make([]float64, 100)}
	for i := range 100 {
		low.Costs[i], high.Costs[i] = float64(i+1), float64(i+51)
		high.Errors[i] = float64(i)
	}
	if r, err := CommonCosts(low, high); err != nil || r != (CostRange{55, 95, 99}) {
		t.Errorf("%v, %v", r, err)
	}
	for i := range high.Costs {
		high.Costs[i] += 50
	}
	if _, err := CommonCosts(low, high); err == nil || !strings.Contains(err.Error(), "those of high begin at 105, where those of low have ended, at 95") {
		t.Error(err)
	}
}

package plots

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Every point is in one cell, which holds its place unless it lies beyond the
// axes, and no two cells overlap.
func TestCells(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		step := rapid.SampledFrom([]float64{1e-7, 0.1, 3}).Draw(t, "step")
		value := rapid.Map(rapid.IntRange(1, 400), func(n int) float64 { return float64(n) * step })
		var points []pair
		s := emptySpan()
		for range rapid.IntRange(1, 200).Draw(t, "n") {
			points = append(points, pair{value.Draw(t, "x"), value.Draw(t, "y")})
			s.add(points[len(points)-1].x)
		}
		x := axis{log: rapid.Bool().Draw(t, "log")}
		x.span = s.padded(x.log, 0.04)
		y := axis{span: span{0, 300 * step}}
		seen := make([]int, len(points))
		cells := cellsOf(points, x, y)
		for _, c := range cells {
			for _, i := range c.points {
				seen[i]++
				const slack = 1 + 1e-9
				if p := points[i]; p.x < c.lo.x/slack || p.x > c.hi.x*slack || p.y < c.lo.y/slack || p.y > c.hi.y*slack && p.y <= y.span.hi {
					t.Fatalf("point %v is in the cell from %v to %v", p, c.lo, c.hi)
				}
			}
		}
		if i := slices.IndexFunc(seen, func(n int) bool { return n != 1 }); i >= 0 {
			t.Fatalf("point %d is in %d cells", i, seen[i])
		}
	})
}

// Values that are spread evenly over their steps fill cells evenly: no stripes.
func TestCellsOfSteps(t *testing.T) {
	for _, n := range []int{30, 60, 61, 90, 137, 500} {
		var points []pair
		for i := range n {
			points = append(points, pair{20 + float64(i)*0.1, 1})
		}
		cells := cellsOf(points, axis{span: span{19, 21 + float64(n)*0.1}}, axis{span: span{0, 2}})
		if len(cells) > cellColumns || len(cells) < cellColumns/4 {
			t.Errorf("%d values are in %d cells", n, len(cells))
		}
		for i, c := range cells[:len(cells)-1] {
			if len(c.points) != len(cells[0].points) {
				t.Errorf("%d values: cell %d has %d, the first %d", n, i, len(c.points), len(cells[0].points))
			}
		}
	}
}

// manyModels are two populations too large for markers.
func manyModels() []Scatter {
	r := rand.New(rand.NewPCG(10, 0))
	scatters := []Scatter{{Name: "AnyNetXA"}, {Name: "RegNetX"}}
	for i := range 3 * mostMarks {
		c := &scatters[i%2]
		flops := 1e6 * (1 + 2*r.Float64())
		c.X = append(c.X, flops)
		c.Errors = append(c.Errors, float64(int(400-40*flops/1e6-float64(30*(i%2))+20*r.NormFloat64()))/10)
		c.Models = append(c.Models, i)
	}
	scatters[0].Errors[17] = 100
	return scatters
}

// Figures of many models say that they show density, count every model, and
// stay small.
func TestDensity(t *testing.T) {
	many := manyModels()
	parameter := Parameter{Name: "flops", Values: many[0].X, Errors: many[0].Errors}
	few := Scatter{Name: "few", X: many[0].X[:mostMarks], Errors: many[0].Errors[:mostMarks]}
	for name, draw := range map[string]func() (*Figure, error){
		"pareto":  func() (*Figure, error) { return Pareto(many, ParetoOptions{}) },
		"fit":     func() (*Figure, error) { return Fit(many, FitOptions{}) },
		"mixed":   func() (*Figure, error) { return Fit(append(many, few), FitOptions{}) },
		"params":  func() (*Figure, error) { return Parameters([]Parameter{parameter}, ParametersOptions{}) },
		"rank":    func() (*Figure, error) { return Rank(many[0].X, many[1].X, many[0].Errors, RankOptions{}) },
		"one few": func() (*Figure, error) { return Fit([]Scatter{few}, FitOptions{}) },
	} {
		f, err := draw()
		if err != nil {
			t.Fatal(err)
		}
		said := strings.Contains(strings.Join(f.Notes(), " "), "ore than 3000 models")
		if said != (name != "one few") {
			t.Errorf("%s: notes %q", name, f.Notes())
		}
		var b bytes.Buffer
		if err := f.Write(&b, "svg"); err != nil {
			t.Fatal(err)
		}
		if most := 2 * cellColumns * cellRows * 150; said && name != "mixed" && b.Len() > most {
			t.Errorf("%s: %d bytes", name, b.Len())
		}
	}
	f, err := Pareto(many, ParetoOptions{})
	if err != nil {
		t.Fatal(err)
	}
	p := f.panels[0]
	total, fullest := 0, 0
	for _, s := range many {
		points, _, _ := pairs(s.Name, s.X, s.Errors, true, false)
		for _, c := range cellsOf(points, p.x, p.y) {
			total, fullest = total+len(c.points), max(fullest, len(c.points))
		}
	}
	if total != 3*mostMarks || fullest != f.densest {
		t.Errorf("%d models, the fullest cell has %d, the key says %d", total, fullest, f.densest)
	}
}

// Equal errors share the mean of their ranks.
func TestRanksOf(t *testing.T) {
	var points []rated
	for _, e := range []float64{9, 7, 7, 7, 2, 1} {
		points = append(points, rated{err: e})
	}
	if got := ranksOf(points); !slices.Equal(got, []float64{5, 3, 3, 3, 1, 0}) {
		t.Errorf("ranks %v", got)
	}
}

// Ticks stand at the values themselves only where those are evenly spaced.
func TestTicksOfValues(t *testing.T) {
	for _, c := range []struct {
		values []float64
		even   bool
	}{
		{[]float64{5, 7, 14, 20}, false},
		{[]float64{1, 2, 3, 4}, true},
		{[]float64{8, 16, 24, 32}, true},
		{[]float64{1, 2, 4, 8}, true},
		{[]float64{0.25, 0.5, 1}, true},
		{[]float64{0.1, 0.2, 0.3}, true},
		{[]float64{0, 1, 3}, false},
		{[]float64{3, 7}, true},
	} {
		var points []pair
		for _, v := range c.values {
			points = append(points, pair{v, 1})
		}
		if a := parameterAxis(Parameter{}, points); slices.Equal(a.values, c.values) != c.even {
			t.Errorf("%v: ticks at %v", c.values, a.values)
		}
	}
}

// The bars of each acceptance fill its panel, however many others have.
func TestFunnelFillsItsPanels(t *testing.T) {
	f, err := Funnel([]Acceptance{
		{Name: "a", Stages: []Stage{{"drawn", 9}, {"accepted", 3}}},
		{Name: "b", Stages: []Stage{{"drawn", 9}, {"valid", 8}, {"within flops", 4}, {"new", 4}, {"accepted", 3}}},
	}, FunnelOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range []float64{2, 5} {
		if s := f.panels[i].y.span; s.lo != -0.6 || s.hi != n-0.4 {
			t.Errorf("panel %d of %g bars spans %v", i, n, s)
		}
	}
}

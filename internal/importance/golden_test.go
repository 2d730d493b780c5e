package importance

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"testing"

	"gonum.org/v1/gonum/floats"
)

// golden is testdata/golden.json, which golden.py beside it wrote with Optuna
// 5.0.0 and scikit-learn 1.9.1.
type golden struct {
	Tree struct {
		Leaves []struct {
			Value float64
			Sets  [][]int // by column
		}
		Variance float64
		Main     []float64
		Pairs    map[string]float64
	}
	Population struct {
		File   string
		Shares map[string]float64
	}
}

func readGolden(t *testing.T) (g golden) {
	t.Helper()
	data, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// The decomposition of a tree is Optuna's, where all 6³ models are there.
func TestDecompositionIsOptunas(t *testing.T) {
	g := readGolden(t).Tree
	const size, models = 6, 6 * 6 * 6
	columns := make([]*levels, 3)
	every := make([]int, models)
	for k := range columns {
		c := Column{Name: fmt.Sprint(k)}
		for i := range models {
			every[i] = i
			c.Numbers = append(c.Numbers, float64(i/int(math.Pow(size, float64(k)))%size))
		}
		var err error
		if columns[k], err = newLevels(c, models); err != nil {
			t.Fatal(err)
		}
	}
	var f forest
	for _, l := range g.Leaves {
		made := leaf{value: l.Value}
		for c, levels := range l.Sets {
			s := set{column: c}
			for _, v := range levels {
				s.levels |= 1 << v
			}
			if len(levels) < size {
				made.sets = append(made.sets, s)
			}
		}
		f.leaves = append(f.leaves, made)
	}
	f = f.about(columns, every)
	squares := func(p part, n int) []float64 {
		sums := make([]float64, n)
		for _, m := range every {
			for k, v := range f.parts(columns, m, p, n) {
				sums[k] += v * v / models
			}
		}
		return sums
	}
	check := func(what string, got, want float64) {
		if math.Abs(got-want) > 1e-9 {
			t.Errorf("%s: variance %v, Optuna's is %v", what, got, want)
		}
	}
	for k, v := range squares(mains{}, 3) {
		check(columns[k].name, v, g.Main[k])
	}
	index := slices.Repeat([]int{-1}, 9)
	index[0*3+1], index[0*3+2], index[1*3+2] = 0, 1, 2
	for k, v := range squares(pairs{3, index}, 3) {
		name := []string{"0 1", "0 2", "1 2"}[k]
		check(name, v, g.Pairs[name])
	}
	all := groups{[][]bool{{true, true, true}, {true, true, false}}}
	both := squares(all, 2)
	check("all", both[0], g.Variance)
	check("0 and 1", both[1], g.Main[0]+g.Main[1]+g.Pairs["0 1"])
}

// Of a recorded population, parameters have the order of Optuna's importances,
// and their parts of what single parameters account for are within 0.1 of those.
// Optuna's forest fits every error exactly, and noise with it, so that the shares
// themselves are not comparable: those of single parameters add up to 0.48 there.
func TestPopulationIsLikeOptunas(t *testing.T) {
	g := readGolden(t).Population
	columns, errs := readPopulation(t, "../../experiments/results/cifar/2026-11-24/"+g.File, g.Shares)
	r, err := Of(columns, errs, Options{})
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := 0.0, 0.0
	for _, e := range r.Effects {
		ours += e.Share.Estimate
		theirs += g.Shares[e.Parameters[0]]
	}
	for i, e := range r.Effects {
		a, b := e.Share.Estimate/ours, g.Shares[e.Parameters[0]]/theirs
		if math.Abs(a-b) > 0.1 {
			t.Errorf("%s: %.3f of the whole, Optuna's is %.3f", e.Parameters[0], a, b)
		}
		if i < 6 && b < 0.05 || i >= 6 && b > 0.05 {
			t.Errorf("%s: is number %d here, and has %.3f there", e.Parameters[0], i+1, b)
		}
	}
}

func readPopulation(t *testing.T, path string, columns map[string]float64) (list []Column, errs []float64) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for k, name := range rows[0] {
		var xs []float64
		if _, ok := columns[name]; !ok && name != "error" {
			continue
		}
		for _, row := range rows[1:] {
			x, err := strconv.ParseFloat(row[k], 64)
			if err != nil {
				t.Fatal(err)
			}
			xs = append(xs, x)
		}
		if name == "error" {
			errs = xs
		} else {
			list = append(list, Column{Name: name, Numbers: xs})
		}
	}
	if floats.HasNaN(errs) || len(list) != len(columns) {
		t.Fatal("the population has other columns")
	}
	return list, errs
}

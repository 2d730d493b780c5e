package edf

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"pgregory.net/rapid"
)

func logUniform(n int, lo, hi float64, r *rand.Rand) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = lo * math.Pow(hi/lo, r.Float64())
	}
	return x
}

// Eight octaves make eight bins, with edges at powers of 2. The populations are
// spread evenly, so each stratum weighs an eighth, and its models alike.
func TestStratify(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	a, b := Measured{"a", logUniform(300, 900, 270_000, r)}, Measured{"b", logUniform(200, 1000, 300_000, r)}
	s, err := Stratify(StrataOptions{}, a, b)
	if err != nil {
		t.Fatal(err)
	}
	want := []float64{1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15, 1 << 16, 1 << 17, 1 << 18}
	if !floats.EqualApprox(s.Edges, want, 1e-6) || len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0], "models outside 1024 to 2.621e+05") {
		t.Errorf("edges %v, warnings %q; want %v", s.Edges, s.Warnings, want)
	}
	for i, p := range []Measured{a, b} {
		sums := make([]float64, len(want)-1)
		for k, c := range p.Complexity {
			j := s.Of[i][k]
			if j < 0 {
				if c > want[0] && c < want[8] || s.Weights[i][k] != 0 {
					t.Errorf("%v is outside, weight %v", c, s.Weights[i][k])
				}
				continue
			}
			if !(want[j] <= c && c <= want[j+1]) {
				t.Errorf("%v is in stratum %d", c, j)
			}
			sums[j] += s.Weights[i][k]
		}
		for j, sum := range sums {
			if math.Abs(sum-0.125) > 1e-12 {
				t.Errorf("stratum %d of population %s weighs %v", j, p.Name, sum)
			}
		}
	}
}

// Other samples have the same edges, but for those at the ends.
func TestStrataStay(t *testing.T) {
	for i := range 50 {
		r := rand.New(rand.NewPCG(2, uint64(i)))
		s, err := Stratify(StrataOptions{}, Measured{"a", logUniform(1000, 1000, 20_000, r)}, Measured{"b", logUniform(1000, 3000, 50_000, r)})
		if err != nil {
			t.Fatal(err)
		}
		// Steps of a quarter of an octave from 2^12 to 2^14.
		first := slices.IndexFunc(s.Edges, func(e float64) bool { return math.Abs(e-4096) < 1e-6 })
		if first < 0 || first > 2 || len(s.Edges)-first < 9 || len(s.Edges)-first > 11 || math.Abs(s.Edges[first+8]-16384) > 1e-6 {
			t.Errorf("edges %v", s.Edges)
		}
	}
}

func TestStrataMerge(t *testing.T) {
	a := Measured{"a", []float64{1, 1, 1, 10, 10, 10, 1000, 1000, 1000}}
	b := Measured{"b", []float64{1, 1, 1, 100, 100, 100, 1000, 1000, 1000}}
	s, err := Stratify(StrataOptions{Bins: 3, Lo: 1, Hi: 1000}, a, b)
	if err != nil {
		t.Fatal(err)
	}
	// From 10 b has only one bin's worth: that bin takes in the next.
	if !floats.EqualApprox(s.Edges, []float64{1, 10, 1000}, 1e-9) || !slices.Equal(s.Of[0], []int{0, 0, 0, 1, 1, 1, 1, 1, 1}) {
		t.Errorf("%+v", s)
	}
	if w := s.Weights[1]; math.Abs(w[0]-1./9) > 1e-12 || math.Abs(w[8]-1./9) > 1e-12 {
		t.Errorf("weights %v: the merged bin weighs twice the other", w)
	}
	if len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0], "1 of 3 bins are merged") {
		t.Errorf("warnings %q", s.Warnings)
	}
}

func TestStrataOfAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		complexity := rapid.SliceOfN(rapid.Float64Range(1e-3, 1e6), 0, 40)
		ps := []Measured{{"a", complexity.Draw(t, "a")}, {"b", complexity.Draw(t, "b")}}
		s, err := Stratify(StrataOptions{Bins: rapid.IntRange(0, 20).Draw(t, "bins")}, ps...)
		if err != nil {
			if !strings.Contains(err.Error(), "no range of complexity holds 3 models") {
				t.Error(err)
			}
			return
		}
		if !slices.IsSorted(s.Edges) {
			t.Errorf("edges %v", s.Edges)
		}
		for i, p := range ps {
			if sum := floats.Sum(s.Weights[i]); math.Abs(sum-1) > 1e-9 {
				t.Errorf("weights of %s sum to %v", p.Name, sum)
			}
			count := make([]int, len(s.Edges)-1)
			for k, j := range s.Of[i] {
				if (j < 0) != (s.Weights[i][k] == 0) {
					t.Errorf("stratum %d, weight %v", j, s.Weights[i][k])
				}
				if j >= 0 {
					count[j]++
				}
			}
			if slices.Min(count) < fewestInStratum {
				t.Errorf("models of %s in the strata: %v", p.Name, count)
			}
		}
	})
}

func TestStratifyRefuses(t *testing.T) {
	some := Measured{"some", []float64{1, 2, 3, 4, 5, 6}}
	for _, c := range []struct {
		o    StrataOptions
		p    []Measured
		want string
	}{
		{StrataOptions{}, []Measured{some, {"far", []float64{10, 20, 30}}}, `each of ["some" "far"]`},
		{StrataOptions{}, []Measured{some, {"few", []float64{3, 4}}}, "no range of complexity"},
		{StrataOptions{}, []Measured{{"zero", []float64{0}}}, `population "zero": complexity 0 is 0`},
		{StrataOptions{}, []Measured{{"NaN", []float64{1, math.NaN()}}}, "complexity 1 is NaN"},
		{StrataOptions{Bins: -1}, []Measured{some}, "-1 bins"},
		{StrataOptions{Lo: 2, Hi: 1}, []Measured{some}, "from 2 to 1"},
		{StrataOptions{Lo: math.NaN()}, []Measured{some}, "from NaN to 0"},
		{StrataOptions{Lo: 100, Hi: 200}, []Measured{some}, "no range"},
	} {
		if _, err := Stratify(c.o, c.p...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v of %v: error %v, want one with %q", c.o, c.p, err, c.want)
		}
	}
	s, err := Stratify(StrataOptions{}, Measured{"one", []float64{5, 5, 5}}, Measured{"same", []float64{5, 5, 5, 5}})
	if err != nil || math.Abs(s.Weights[1][0]-0.25) > 1e-12 {
		t.Errorf("of one complexity %+v, error %v", s, err)
	}
}

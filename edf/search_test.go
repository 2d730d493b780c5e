package edf

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"pgregory.net/rapid"
)

// The distribution of the least of m weighted draws, from all of them.
func TestBestOfAgainstEnumeration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		errs := genErrors(t, "errors", 1, 5)
		n := len(errs)
		w := rapid.SliceOfN(rapid.Map(rapid.IntRange(1, 4), func(i int) float64 { return float64(i) }), n, n).Draw(t, "weights")
		m := rapid.IntRange(1, 4).Draw(t, "m")
		f, err := NewWeighted(errs, w)
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.BestOf(m)
		if err != nil {
			t.Fatal(err)
		}
		law := map[float64]float64{} // least error to its probability
		draws := int(math.Pow(float64(n), float64(m)))
		for d := range draws {
			least, p := math.Inf(1), 1.0
			for k, rest := 0, d; k < m; k, rest = k+1, rest/n {
				least = min(least, errs[rest%n])
				p *= w[rest%n] / floats.Sum(w)
			}
			law[least] += p
		}
		var mean, square float64
		for e, p := range law {
			mean += p * e
			square += p * e * e
		}
		if math.Abs(got.Mean-mean) > 1e-9 || math.Abs(got.SD*got.SD-(square-mean*mean)) > 1e-8 {
			t.Errorf("mean %v and variance %v, want %v and %v", got.Mean, got.SD*got.SD, mean, square-mean*mean)
		}
		for _, c := range []struct{ p, q float64 }{{0.025, got.Lo}, {0.5, got.Median}, {0.975, got.Hi}} {
			var below, upTo float64
			for e, p := range law {
				if e < c.q {
					below += p
				}
				if e <= c.q {
					upTo += p
				}
			}
			if below > c.p+1e-9 || upTo < c.p-1e-9 || law[c.q] == 0 {
				t.Errorf("quantile %v = %v: probability %v below, %v up to it", c.p, c.q, below, upTo)
			}
		}
	})
}

func TestBestOfAgainstSimulation(t *testing.T) {
	const rounds = 20_000
	r := rand.New(rand.NewPCG(1, 2))
	errs, w := make([]float64, 60), make([]float64, 60)
	for i := range errs {
		errs[i], w[i] = 20+4*r.NormFloat64(), r.Float64()
	}
	f, err := NewWeighted(errs, w)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []int{1, 4, 32} {
		exact, err := f.BestOf(m)
		if err != nil {
			t.Fatal(err)
		}
		drawn, err := f.SimulateBestOf(m, rounds, r)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(drawn.Mean-exact.Mean) > 4*exact.SD/math.Sqrt(rounds) || math.Abs(drawn.SD-exact.SD) > 0.05*exact.SD {
			t.Errorf("best of %d: drawn %+v, exact %+v", m, drawn, exact)
		}
	}
}

func TestBestOfMany(t *testing.T) {
	f := mustNew(t, formula(10_007, 1, 0, 100.07))
	got, err := f.BestOf(1_000_000_000)
	if err != nil {
		t.Fatal(err)
	}
	if got.Mean != 0 || got.SD != 0 || got.Hi != 0 {
		t.Errorf("best of 10⁹ draws from 10 007 models: %+v, want the least error", got)
	}
	if got, err = f.BestOf(1); err != nil || math.Abs(got.Mean-f.Mean()) > 1e-9 {
		t.Errorf("best of one: mean %v, want %v; error %v", got.Mean, f.Mean(), err)
	}
}

func TestBestOfRefuses(t *testing.T) {
	f := mustNew(t, []float64{1, 2, 3})
	r := rand.New(rand.NewPCG(0, 0))
	if _, err := f.BestOf(0); err == nil || !strings.Contains(err.Error(), "best of 0 models") {
		t.Error(err)
	}
	for _, c := range [][2]int{{0, 0}, {4, 0}, {1, -1}} {
		if _, err := f.SimulateBestOf(c[0], c[1], r); err == nil {
			t.Errorf("SimulateBestOf(%d, %d) succeeds", c[0], c[1])
		}
	}
	if _, err := f.SimulateBestOf(2, 0, r); err != nil {
		t.Errorf("one round of 2 of 3: %v", err)
	}
}

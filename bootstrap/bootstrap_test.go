package bootstrap

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// enumerate returns the distribution by going through all n^m draws, each equally likely;
// among equal errors the mass of a draw is shared by symmetry over the whole
// group of models of that error.
func enumerate(errs []float64, m int) []float64 {
	n := len(errs)
	mass := make([]float64, n)
	draws := 1
	for range m {
		draws *= n
	}
	for d := range draws {
		best := math.Inf(1)
		for k, rest := 0, d; k < m; k, rest = k+1, rest/n {
			best = min(best, errs[rest%n])
		}
		ties := 0.0
		for _, e := range errs {
			if e == best {
				ties++
			}
		}
		for i, e := range errs {
			if e == best {
				mass[i] += 1 / ties / float64(draws)
			}
		}
	}
	return mass
}

func TestLawAgainstEnumeration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "n")
		errs := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) float64 {
			return float64(rapid.IntRange(10, 14).Draw(t, "error"))
		}), n, n).Draw(t, "errors")
		fraction := rapid.Float64Range(0.01, 1).Draw(t, "fraction")
		l, err := New(errs, Options{Fraction: fraction})
		if err != nil {
			t.Fatal(err)
		}
		if want := max(1, int(float64(n)*fraction)); l.Draws != want {
			t.Fatalf("%d draws of %d models at %v, want %d", l.Draws, n, fraction, want)
		}
		for i, want := range enumerate(errs, l.Draws) {
			if math.Abs(l.Mass[i]-want) > 1e-12 {
				t.Errorf("mass of model %d of %v = %v, want %v", i, errs, l.Mass[i], want)
			}
		}
	})
}

// The simulation draws ranks; this draws models, as the paper says.
func TestLawAgainstLiteralDraws(t *testing.T) {
	const n, rounds = 40, 100_000
	r := rand.New(rand.NewPCG(1, 2))
	errs := make([]float64, n)
	for i := range errs {
		errs[i] = math.Round(20 + 4*r.NormFloat64()) // many ties
	}
	exact, err := New(errs, Options{})
	if err != nil {
		t.Fatal(err)
	}
	simulated, err := New(errs, Options{Rounds: rounds, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	literal := make([]float64, n)
	for range rounds {
		best := r.IntN(n)
		for range exact.Draws - 1 {
			if i := r.IntN(n); errs[i] < errs[best] {
				best = i // the first drawn wins a tie
			}
		}
		literal[best] += 1. / rounds
	}
	for i, p := range exact.Mass {
		slack := 5*math.Sqrt(p*(1-p)/rounds) + 1e-9
		if math.Abs(simulated.Mass[i]-p) > slack {
			t.Errorf("model %d: simulated mass %v, exact %v", i, simulated.Mass[i], p)
		}
		if math.Abs(literal[i]-p) > slack {
			t.Errorf("model %d: literal mass %v, exact %v", i, literal[i], p)
		}
	}
}

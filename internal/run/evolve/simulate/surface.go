package main

import (
	"math"
	"math/rand/v2"
	"slices"

	"designspace/space"
)

// A surface gives the errors of models in the place of training.
type surface struct {
	name  string
	about string
	root  string // space of the catalog that is refined

	// mean is the error of a model without noise, in percent.
	mean func(m model) float64
	// noise is added; nil: normal with a standard deviation of 1.
	noise func(m model, r *rand.Rand) float64
	// predictable is the share of the variation of mean that predictions know; 0:
	// there are none.
	predictable float64
	optimum     float64 // least of mean; NaN: there is none that matters
}

// A model is what was drawn, by stage: before the group fix.
type model struct{ d, w, b, g []float64 }

func modelOf(s *space.Space, x space.Setting) (m model) {
	for _, p := range []struct {
		to   *[]float64
		name string
	}{{&m.d, "d"}, {&m.w, "w"}, {&m.b, "b"}, {&m.g, "g"}} {
		for _, stage := range []string{"1", "2", "3", "4"} {
			v, _ := s.Value(x, p.name+stage)
			*p.to = append(*p.to, v)
		}
	}
	return m
}

const anynet = "proxy/anynetxa"

// surfaces is the registered table: what the procedure must not be fooled by, and
// what it should find. The rows and their numbers were fixed before the first
// table was made.
func surfaces() []surface {
	nan := math.NaN()
	return []surface{
		{name: "flat", about: "errors have nothing to do with architectures: normal(60, 3)", root: anynet,
			mean: func(model) float64 { return 60 }, noise: normal(3), optimum: nan},
		{name: "permuted", about: "the errors of 400 recorded models of AnyNetXA, given to models at random", root: anynet,
			mean: func(model) float64 { return 0 }, noise: recorded, optimum: nan},
		{name: "permuted, predicted", about: "likewise, with predictions that are worth nothing", root: anynet,
			mean: func(model) float64 { return 0 }, noise: recorded, predictable: useless, optimum: nan},
		{name: "spread", about: "the mean is the same everywhere, but errors scatter by 1 to 4 points as b4 rises: the best of m is worse where they scatter less", root: anynet,
			mean:  func(model) float64 { return 60 },
			noise: func(m model, r *rand.Rand) float64 { return m.b[3] * r.NormFloat64() }, optimum: nan},
		{name: "even", about: "where w4 is 32 or less, errors scatter by 1 point instead of 3 and are lower by 2.83 on average, so that the expected best of 5 of such models is exactly that of all: the claim of the best stands at its boundary, and the mean tempts", root: anynet,
			mean: func(m model) float64 {
				if m.w[3] <= 32 {
					return 60 - even
				}
				return 60
			},
			noise: func(m model, r *rand.Rand) float64 {
				if m.w[3] <= 32 {
					return r.NormFloat64()
				}
				return 3 * r.NormFloat64()
			}, optimum: nan},
		{name: "trap", about: "wide last stages are worse by 1.5 points, but one in eight of them is better by 8: restricting to the better mean loses the best", root: anynet,
			mean: func(m model) float64 {
				if m.w[3] <= 40 {
					return 60
				}
				return 62.5
			},
			noise: func(m model, r *rand.Rand) float64 {
				e := r.NormFloat64()
				if m.w[3] > 40 && r.IntN(8) == 0 {
					e -= 8
				}
				return e
			}, optimum: nan},
		{name: "edge", about: "the error falls by a point with each doubling of w3 and w4 and rises by one with each of d4: the optimum lies in a corner", root: anynet,
			mean:        func(m model) float64 { return 64 - log2(m.w[2]/8) - log2(m.w[3]/8) + log2(m.d[3]) },
			predictable: 0.8, optimum: 64 - 4 - 4},
		{name: "outside", about: "as edge, from a space whose widths end at 48: a wider range is needed", root: "narrow",
			mean: func(m model) float64 { return 64 - 1.5*log2(m.w[2]/8) - 1.5*log2(m.w[3]/8) }, predictable: 0.8, optimum: nan},
		{name: "interior", about: "the error grows with the squares of the distances of log w2, w3 and d3 from 32, 32 and 3", root: anynet,
			mean: func(m model) float64 {
				return 57 + square(log2(m.w[1]/32)) + square(log2(m.w[2]/32)) + square(2*log2(m.d[2]/3))
			}, predictable: 0.8, optimum: 57},
		{name: "ladder", about: "what the paper's ladder restricts: the error grows with the spread of b and g over stages and with every fall of widths and depths", root: anynet,
			mean: func(m model) float64 {
				return 55 + 1.5*spread(m.b) + 0.5*spread(m.g) + 1.5*falls(m.w) + 0.5*falls(m.d)
			}, predictable: 0.8, optimum: 55},
		{name: "interaction", about: "b2 and b3 must be both 1 or both not 1, which costs 4 points otherwise: neither matters by itself as much", root: anynet,
			mean: func(m model) float64 {
				if (m.b[1] == 1) == (m.b[2] == 1) {
					return 58
				}
				return 62
			}, predictable: 0.8, optimum: 58},
		{name: "weak", about: "as edge, a third as steep, in noise of 3 points and without predictions", root: anynet,
			mean: func(m model) float64 {
				return 64 - (log2(m.w[2]/8)+log2(m.w[3]/8)-log2(m.d[3]))/3
			}, noise: normal(3), optimum: 64 - 8./3},
		{name: "few diverge", about: "as edge; 2 % of models, and 10 % of those with d1 above 4, diverge to an error of 100", root: anynet,
			mean: func(m model) float64 { return 64 - log2(m.w[2]/8) - log2(m.w[3]/8) + log2(m.d[3]) },
			noise: func(m model, r *rand.Rand) float64 {
				share := 0.02
				if m.d[0] > 4 {
					share = 0.1
				}
				if r.Float64() < share {
					return 100
				}
				return r.NormFloat64()
			}, predictable: 0.8, optimum: 64 - 4 - 4},
	}
}

// even is the root, over s, of
//
//	E min of 5 of N(60-s, 1) = E min of 5 of 0.6 N(60-s, 1) + 0.4 N(60, 3),
//
// where 0.6 is the share of w4 up to 32 (scipy.optimize.brentq over integrals of
// the fifth powers of the survival functions).
const even = 2.8266274266931193

// useless marks predictions that are independent of errors.
const useless = -1

// error draws the error of a model, 100 at most, in steps of 0.02.
func (s surface) error(m model, r *rand.Rand) float64 {
	noise := r.NormFloat64()
	if s.noise != nil {
		noise = s.noise(m, r)
	}
	return math.Min(100, math.Round(50*(s.mean(m)+noise))/50)
}

// predicted is the prediction of the error of a model.
func (s surface) predicted(m model, r *rand.Rand) float64 {
	if s.predictable == useless {
		return 60 + r.NormFloat64()
	}
	return s.mean(m) + 2*math.Sqrt(1/s.predictable-1)*r.NormFloat64()
}

func normal(sd float64) func(model, *rand.Rand) float64 {
	return func(_ model, r *rand.Rand) float64 { return sd * r.NormFloat64() }
}

func recorded(_ model, r *rand.Rand) float64 { return recordedErrors[r.IntN(len(recordedErrors))] }

func log2(x float64) float64   { return math.Log2(x) }
func square(x float64) float64 { return x * x }

// spread and falls are in factors of 2.
func spread(x []float64) float64 { return log2(slices.Max(x) / slices.Min(x)) }

func falls(x []float64) (sum float64) {
	for i := 1; i < len(x); i++ {
		sum += max(0, log2(x[i-1]/x[i]))
	}
	return sum
}

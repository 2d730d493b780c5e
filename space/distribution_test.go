package space

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"designspace/internal/strictyaml"
)

// mustDistribution reads the YAML of a parameter's distribution.
func mustDistribution(t testing.TB, text string) Distribution {
	t.Helper()
	dist, err := distributionOf(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return dist
}

func distributionOf(text string) (Distribution, error) {
	doc, err := strictyaml.Parse("x.yaml", []byte(text))
	if err != nil {
		return Distribution{}, err
	}
	f, err := readDist(doc)
	if err != nil {
		return Distribution{}, err
	}
	return f.dist(doc)
}

// quantised returns the distribution of a continuous draw, given by its quantile
// function, after quantisation: by a fine grid of quantiles, in the manner of
// a simulation without noise.
func quantised(quantile, quantise func(float64) float64) map[float64]float64 {
	const n = 400_000
	dist := map[float64]float64{}
	for i := range n {
		dist[quantise(quantile((float64(i)+0.5)/n))] += 1.0 / n
	}
	return dist
}

// The oracles follow pycls' sweep/random.py: a continuous draw, then a
// quantisation in floating point.
func TestDistributionsAreQuantisedDraws(t *testing.T) {
	to := func(q float64, op func(float64) float64) func(float64) float64 {
		return func(x float64) float64 { return math.Round(op(x/q)*q*1e9) / 1e9 }
	}
	logUniform := func(lo, hi, q float64) map[float64]float64 {
		a, b := math.Log(lo-min(q, lo/2)), math.Log(hi)
		return quantised(func(u float64) float64 { return math.Exp(a + (b-a)*u) }, to(q, math.Ceil))
	}
	normal := func(lo, hi, q float64, scale, inverse func(float64) float64) map[float64]float64 {
		n := distuv.Normal{Mu: (scale(lo) + scale(hi)) / 2, Sigma: (scale(hi) - scale(lo)) / 6}
		a, b := n.CDF(scale(lo)), n.CDF(scale(hi))
		return quantised(func(u float64) float64 { return inverse(n.Quantile(a + (b-a)*u)) }, to(q, math.RoundToEven))
	}
	same := func(x float64) float64 { return x }
	for _, c := range []struct {
		text string
		want map[float64]float64
	}{
		{"{dist: uniform, min: 12, max: 28}", quantised(func(u float64) float64 { return 12 + 17*u }, math.Floor)},
		{"{dist: uniform, min: -0.5, max: 0.5, step: 0.1}", quantised(func(u float64) float64 { return -0.5 + 1.1*u }, to(0.1, math.Floor))},
		{"{dist: log-uniform, min: 8, max: 256, step: 8}", logUniform(8, 256, 8)},
		{"{dist: log-uniform, min: 1, max: 16}", logUniform(1, 16, 1)},
		{"{dist: log-uniform, min: 2, max: 3, step: 0.01}", logUniform(2, 3, 0.01)},
		{"{dist: log-uniform, min: 3, max: 3}", map[float64]float64{3: 1}},
		{"{dist: power2, min: 0.25, max: 8}", map[float64]float64{0.25: 1. / 6, 0.5: 1. / 6, 1: 1. / 6, 2: 1. / 6, 4: 1. / 6, 8: 1. / 6}},
		{"{dist: normal, min: 10, max: 22}", normal(10, 22, 1, same, same)},
		{"{dist: normal, min: -1, max: 1, step: 0.25}", normal(-1, 1, 0.25, same, same)},
		{"{dist: log-normal, min: 8, max: 128, step: 8}", normal(8, 128, 8, math.Log, math.Exp)},
		{"{dist: normal, min: 5, max: 5}", map[float64]float64{5: 1}},
		{"[4, 1, 2]", map[float64]float64{1: 1. / 3, 2: 1. / 3, 4: 1. / 3}},
		{"7", map[float64]float64{7: 1}},
	} {
		dist := mustDistribution(t, c.text)
		if len(dist.Values) != len(c.want) {
			t.Errorf("%s: values %v, want %d", c.text, dist.Values, len(c.want))
		}
		for i, v := range dist.Values {
			if p := c.want[v]; math.Abs(dist.Prob[i]-p) > 1e-5 {
				t.Errorf("%s: probability of %v is %.7f, want %.7f", c.text, v, dist.Prob[i], p)
			}
		}
	}
}

// Below the step powers of two have their octave each; from the step on the
// octaves are shared log-uniformly.
func TestPower2OrLog(t *testing.T) {
	dist := mustDistribution(t, "{dist: power2-or-log, min: 1, max: 128, step: 8}")
	below := map[float64]float64{1: 1. / 8, 2: 1. / 8, 4: 1. / 8, 8: 1. / 8}
	for i, v := range dist.Values {
		want, ok := below[v]
		if !ok {
			want = math.Log2(v/(v-8)) / 8
		}
		if math.Abs(dist.Prob[i]-want) > 1e-15 {
			t.Errorf("probability of %v is %v, want %v", v, dist.Prob[i], want)
		}
	}
	if len(dist.Values) != 3+16 {
		t.Errorf("values %v", dist.Values)
	}
	for _, same := range [][2]string{
		{"{dist: power2-or-log, min: 8, max: 128, step: 8}", "{dist: log-uniform, min: 8, max: 128, step: 8}"},
		{"{dist: power2-or-log, min: 1, max: 4, step: 8}", "{dist: power2, min: 1, max: 4}"},
		{"{dist: power2-or-log, min: 0.25, max: 4, step: 4}", "{dist: power2, min: 0.25, max: 4}"},
	} {
		close := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-15 })
		if diff := cmp.Diff(mustDistribution(t, same[1]), mustDistribution(t, same[0]), close); diff != "" {
			t.Errorf("%s is not %s:\n%s", same[0], same[1], diff)
		}
	}
}

// Steps such as 0.1 leave no dirt on the values.
func TestValuesPrintAsWritten(t *testing.T) {
	for _, c := range []struct {
		step   string
		places int
		max    string
	}{{"0.1", 1, "255.9"}, {"0.001", 3, "3"}, {"1e-6", 6, "0.001"}, {"0.05", 2, "40"}} {
		dist := mustDistribution(t, fmt.Sprintf("{dist: uniform, min: %s, max: %s, step: %s}", c.step, c.max, c.step))
		for i, v := range dist.Values {
			units := int(math.Round(number(t, c.step)*math.Pow10(c.places))) * (i + 1)
			want := number(t, fmt.Sprintf("%d.%0*d", units/int(math.Pow10(c.places)), c.places, units%int(math.Pow10(c.places))))
			if v != want {
				t.Fatalf("value %d of step %s is %v, want %v", i, c.step, v, want)
			}
		}
	}
}

func TestDistributionErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"{min: 1, max: 2}", "x.yaml:1: dist is missing; known are uniform, log-uniform, power2, power2-or-log, normal, log-normal, values"},
		{"{dist: loguniform, min: 1, max: 2}", `x.yaml:1: dist: no distribution "loguniform"; did you mean "log-uniform"?`},
		{"{dist: uniform, max: 2}", "x.yaml:1: min: is missing; dist uniform needs min and max"},
		{"{dist: uniform, min: 2}", "x.yaml:1: max: is missing; dist uniform needs min and max"},
		{"{dist: uniform, min: 3, max: 2}", "x.yaml:1: max: 2 is below min 3"},
		{"{dist: uniform, min: 1, max: 2, step: 0}", "x.yaml:1: step: 0 is not above 0"},
		{"dist: log-uniform\nmin: 12\nmax: 96\nstep: 8", "x.yaml:4: step: must divide min: 8 does not divide 12"},
		{"{dist: log-uniform, min: 8, max: 100, step: 8}", "x.yaml:1: step: must divide max: 8 does not divide 100"},
		{"{dist: uniform, min: 1.5, max: 3}", "x.yaml:1: step: must divide min: 1 does not divide 1.5"},
		{"{dist: log-uniform, min: 0, max: 1, step: 0.1}", "x.yaml:1: min: 0 is not above 0, as dist log-uniform needs"},
		{"{dist: uniform, min: 0, max: 1, step: 1e-9}", "x.yaml:1: step: 1e-09 gives more than 100000 values; choose a larger one"},
		{"{dist: power2, min: 1, max: 12}", "x.yaml:1: max: 12 is no power of two, as dist power2 needs"},
		{"{dist: power2, min: 1, max: 8, step: 1}", "x.yaml:1: step: powers of two have no step; drop it"},
		{"{dist: power2-or-log, min: 1, max: 8, step: 3}", "x.yaml:1: step: 3 is no power of two, as dist power2-or-log needs"},
		{"{dist: values, min: 1}", "x.yaml:1: min: a list of values has none; drop it"},
		{"{dist: values}", "x.yaml:1: values: is missing; list at least one value"},
		{"{dist: uniform, values: [1]}", "x.yaml:1: values: dist uniform has no values; drop them, or write dist: values"},
		{"[1, 2, 1.0]", "x.yaml:1: lists 1 twice; keep one"},
		{"[1, two]", `x.yaml:1: "two" is no number up to 1e15`},
		{"[1, .nan]", `x.yaml:1: ".nan" is no number up to 1e15`},
		{"1e300", `x.yaml:1: "1e300" is no number up to 1e15`},
		{"0.1234567890123", `x.yaml:1: "0.1234567890123" has more than 12 decimal places or 15 digits`},
		{"{dist: uniform, min: 1, max: 9, within: [3]}", "x.yaml:1: within: wants the low and the high end, as in [1, 2]"},
		{"{dist: uniform, min: 1, max: 9, within: [10, 11]}", "x.yaml:1: within: no value of the distribution is within 10..11"},
	} {
		if _, err := distributionOf(c.text); err == nil || err.Error() != c.want {
			t.Errorf("%s:\n got %v\nwant %s", c.text, err, c.want)
		}
	}
}

func TestDistributionsSumToOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		family := rapid.SampledFrom([]Family{Uniform, LogUniform, Normal, LogNormal}).Draw(t, "dist")
		step := rapid.SampledFrom([]string{"1", "0.1", "8", "0.025"}).Draw(t, "step")
		q, _ := parseDecimal(step)
		lo := rapid.IntRange(1, 50).Draw(t, "lo")
		hi := lo + rapid.IntRange(0, 200).Draw(t, "n")
		text := fmt.Sprintf("{dist: %s, min: %v, max: %v, step: %s}", family, float64(int64(lo)*q.n)/pow10[q.e], float64(int64(hi)*q.n)/pow10[q.e], step)
		dist, err := distributionOf(text)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for i, p := range dist.Prob {
			sum += p
			if !(p > 0) || i > 0 && dist.Values[i] <= dist.Values[i-1] {
				t.Errorf("%s: %v at probability %v", text, dist.Values[i], p)
			}
		}
		if len(dist.Values) != hi-lo+1 || math.Abs(sum-1) > 1e-12 {
			t.Errorf("%s: %d values of total %v", text, len(dist.Values), sum)
		}
	})
}

// The streams may never change: a population is fixed by its seed. They are
// recorded from this code on amd64, and hold on arm64:
//
//	GOARCH=arm64 go test -exec qemu-aarch64-static ./space -run TestStreams
func TestStreamsNeverChange(t *testing.T) {
	for _, c := range []struct{ dist, want string }{
		{"{dist: uniform, min: 1, max: 63}", "[49 39 50 51 15 3 32 29 9 12 42 29]"},
		{"{dist: uniform, min: 0.1, max: 0.9, step: 0.1}", "[0.7 0.6 0.8 0.8 0.3 0.1 0.5 0.5 0.2 0.2 0.6 0.5]"},
		{"{dist: log-uniform, min: 8, max: 1024, step: 8}", "[288 128 312 336 16 8 64 56 16 16 160 48]"},
		{"{dist: log-uniform, min: 1.5, max: 3, step: 0.001}", "[2.557 2.3 2.584 2.606 1.764 1.543 2.121 2.048 1.644 1.703 2.373 2.041]"},
		{"{dist: power2, min: 1, max: 32}", "[16 8 16 16 2 1 4 4 1 2 8 4]"},
		{"{dist: power2-or-log, min: 1, max: 128, step: 8}", "[40 16 40 48 2 1 8 8 2 2 24 8]"},
		{"{dist: normal, min: 4, max: 20}", "[14 13 14 14 10 7 12 12 9 10 13 12]"},
		{"{dist: log-normal, min: 8, max: 248, step: 8}", "[64 56 72 72 32 16 48 40 24 24 56 40]"},
		{"[1, 2, 4]", "[4 2 4 4 1 1 2 2 1 1 2 2]"},
		{"{dist: log-uniform, min: 8, max: 1024, step: 8, within: [64, 256]}", "[184 144 192 192 80 64 120 112 72 80 160 112]"},
	} {
		chain, err := newChain([]Distribution{mustDistribution(t, c.dist)}, [][]int{{0}})
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(1, 2))
		var draws []float64
		for range 12 {
			var out [1]float64
			chain.draw(r, out[:])
			draws = append(draws, out[0])
		}
		if got := fmt.Sprint(draws); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.dist, got, c.want)
		}
	}
}

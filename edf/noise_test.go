package edf

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"

	"designspace/bootstrap"
)

// noise holds numbers of scipy and numpy; testdata/noise.py makes it and says
// how.
type noise struct {
	Correlations []struct {
		Name              string
		A, B              []float64
		RanksA            []float64 `json:"ranks_a"`
		Spearman, Kendall float64
		SpearmanLimits    [2]float64 `json:"spearman_limits"`
		KendallLimits     [2]float64 `json:"kendall_limits"`
	}
	Components []struct {
		Name                string
		Models              [][]float64
		SeedSD              float64    `json:"seed_sd"`
		ModelSD             float64    `json:"model_sd"`
		SeedLimits          [2]float64 `json:"seed_limits"`
		Reliability         float64
		Limits              [2]float64
		Resolvable          float64
		BalancedLimits      *[2]float64 `json:"balanced_limits"`
		BalancedReliability float64     `json:"balanced_reliability"`
	}
}

func readNoise(t *testing.T) noise {
	t.Helper()
	data, err := os.ReadFile("testdata/noise.json")
	if err != nil {
		t.Fatal(err)
	}
	var g noise
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func nearInterval(t tb, what string, got bootstrap.Interval, estimate float64, limits [2]float64, tolerance float64) {
	t.Helper()
	near(t, what, got.Estimate, estimate, tolerance)
	for i, x := range []float64{got.Lo, got.Hi} {
		if math.Abs(x-limits[i]) > tolerance {
			t.Errorf("%s limits [%.12g, %.12g], want %v", what, got.Lo, got.Hi, limits)
		}
	}
}

func TestCorrelationsAgainstScipy(t *testing.T) {
	for _, row := range readNoise(t).Correlations {
		t.Run(row.Name, func(t *testing.T) {
			if got := Ranks(row.A); !slices.Equal(got, row.RanksA) {
				t.Errorf("ranks %v, want %v", got, row.RanksA)
			}
			rho, tau, err := RankCorrelations(row.A, row.B)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "Spearman", rho.Estimate, row.Spearman, 1e-10)
			near(t, "Kendall", tau.Estimate, row.Kendall, 1e-10)
			// The intervals for normal errors, of any number of models.
			n, r := float64(len(row.A)), rho.Estimate
			nearInterval(t, "Spearman", fisher(r, 1, (1+r*r/2)/(n-3), len(row.A)), row.Spearman, row.SpearmanLimits, 1e-10)
			nearInterval(t, "Kendall", fisher(tau.Estimate, 1, 0.437/(n-4), len(row.A)), row.Kendall, row.KendallLimits, 1e-10)
			if n < jackknifeFrom {
				nearInterval(t, "Spearman", rho.Interval, row.Spearman, row.SpearmanLimits, 1e-10)
				nearInterval(t, "Kendall", tau.Interval, row.Kendall, row.KendallLimits, 1e-10)
			}
		})
	}
}

// Leaving out a model is leaving it out.
func TestCorrelationsWithout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(3, 20).Draw(t, "n")
		a, b := anyErrors(n).Draw(t, "a"), anyErrors(n).Draw(t, "b")
		got := leaveOneOut(a, b)
		for k := range n {
			x, y := slices.Delete(slices.Clone(a), k, k+1), slices.Delete(slices.Clone(b), k, k+1)
			for _, c := range []struct{ got, want float64 }{{got.spearman[k], spearman(x, y)}, {got.kendall[k], kendall(x, y)}} {
				if math.Abs(c.got-c.want) > 1e-9 || math.IsNaN(c.got) != math.IsNaN(c.want) {
					t.Errorf("without %d of %v and %v: %v, want %v", k, a, b, c.got, c.want)
				}
			}
		}
	})
}

// The intervals hold the truth where noise varies by model, as it does not for
// Fisher's variances, which hold it in 80 to 85: 3 standard deviations of 600 trials
// are 0.027. The truths are of 200 000 models.
func TestCorrelationCoverage(t *testing.T) {
	const trials = 600
	r := rand.New(rand.NewPCG(5, 6))
	sample := func(n int) (a, b []float64) {
		for range n {
			model, noise := 3*r.NormFloat64(), math.Exp(0.8*r.NormFloat64()-0.64)
			a, b = append(a, model+noise*r.NormFloat64()), append(b, model+noise*r.NormFloat64())
		}
		return a, b
	}
	a, b := sample(200_000)
	rho, tau := spearman(a, b), kendall(a, b)
	var inRho, inTau float64
	for range trials {
		a, b := sample(50)
		s, k, err := RankCorrelations(a, b)
		if err != nil {
			t.Fatal(err)
		}
		if s.Lo <= rho && rho <= s.Hi {
			inRho++
		}
		if k.Lo <= tau && tau <= k.Hi {
			inTau++
		}
	}
	for what, n := range map[string]float64{"Spearman": inRho, "Kendall": inTau} {
		if share := n / trials; share < 0.915 || share > 0.98 {
			t.Errorf("the interval of %s holds the truth in %.3f", what, share)
		}
	}
}

// Few models, and models that agree in full, have the intervals for normal errors.
func TestRankCorrelationsOfFew(t *testing.T) {
	up := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
	for _, c := range []struct {
		a, b    []float64
		warning bool
	}{
		{up, up, true},
		{up[:6], []float64{2, 1, 4, 3, 6, 5}, true},
		{up[:3], up[:3], false}, // no interval
		{up[:6], []float64{1, 1, 1, 1, 1, 1}, false},
		{up, []float64{2, 1, 3, 4, 6, 5, 7, 8, 12, 9, 11, 10}, false},
	} {
		rho, tau, err := RankCorrelations(c.a, c.b)
		if err != nil {
			t.Fatal(err)
		}
		if (len(rho.Warnings) > 0) != c.warning || (len(tau.Warnings) > 0) != c.warning {
			t.Errorf("%v and %v: %+v, %+v", c.a, c.b, rho, tau)
		}
		n, r := float64(len(c.a)), rho.Estimate
		if normal := fisher(r, 1-12/(n*(n*n-1)), (1+r*r/2)/(n-3), len(c.a)); c.warning && rho.Interval != normal {
			t.Errorf("%v and %v: %+v, want %+v", c.a, c.b, rho, normal)
		}
	}
}

func TestComponentsAgainstScipy(t *testing.T) {
	for _, row := range readNoise(t).Components {
		t.Run(row.Name, func(t *testing.T) {
			c, err := VarianceComponents(row.Models)
			if err != nil {
				t.Fatal(err)
			}
			a, err := newAnova(row.Models)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "seed SD", c.SeedSD.Estimate, row.SeedSD, 1e-8)
			near(t, "model SD", c.ModelSD, row.ModelSD, 1e-9)
			near(t, "reliability", c.Reliability.Estimate, row.Reliability, 1e-9)
			near(t, "resolvable", c.Resolvable, row.Resolvable, 1e-8)
			// The intervals for normal errors and one noise, of any number of models.
			nearInterval(t, "seed SD", a.seedSD(), row.SeedSD, row.SeedLimits, 1e-8)
			nearInterval(t, "reliability", a.reliability(), row.Reliability, row.Limits, 1e-9)
			if row.BalancedLimits != nil {
				nearInterval(t, "balanced reliability", a.reliability(), row.BalancedReliability, *row.BalancedLimits, 1e-9)
			}
		})
	}
}

// Two models of errors 10, 12 and 20, 22: means 11 and 21, so that MSW = 2,
// MSB = 100, and the models' variance is 49.
func TestComponentsByHand(t *testing.T) {
	c, err := VarianceComponents([][]float64{{10, 12}, {20, 22}, {}})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "seed SD", c.SeedSD.Estimate, math.Sqrt2, 1e-14)
	near(t, "model SD", c.ModelSD, 7, 1e-14)
	near(t, "reliability", c.Reliability.Estimate, 49.0/51, 1e-14)
	// Student's t of 2 degrees of freedom is 4.302652729911275 at 0.975.
	near(t, "resolvable", c.Resolvable, 2*4.302652729911275, 1e-9)
	if c.Models != 2 || c.Repeated != 2 || c.Trainings != 4 {
		t.Errorf("%+v", c)
	}
}

func TestComponentsWithoutAnswer(t *testing.T) {
	for _, c := range []struct {
		models  [][]float64
		seed    bool // the seed's part is known
		icc     float64
		warning string
	}{
		{[][]float64{{1}, {2}, {3}}, false, math.NaN(), "no model was trained twice"},
		{[][]float64{{1, 2}}, true, math.NaN(), "one model"},
		{[][]float64{{1, 1}, {1, 1}}, true, math.NaN(), "repeats do not differ"},
		{[][]float64{{1, 1}, {2, 2}}, true, 1, "repeats do not differ"},
		{[][]float64{{1, 3}, {3, 1}}, true, 0, "models differ less than their seeds"},
		{[][]float64{{20, 21}, {30, 100}}, true, math.Inf(1), "1 of 4 trainings diverged"},
	} {
		got, err := VarianceComponents(c.models)
		if err != nil {
			t.Fatal(err)
		}
		if c.seed == math.IsNaN(got.SeedSD.Estimate) {
			t.Errorf("%v: seed SD %v", c.models, got.SeedSD)
		}
		if icc := got.Reliability.Estimate; icc != c.icc && !(math.IsNaN(icc) && math.IsNaN(c.icc)) && !math.IsInf(c.icc, 1) {
			t.Errorf("%v: reliability %v, want %v", c.models, icc, c.icc)
		}
		if !strings.Contains(strings.Join(got.Warnings, "\n"), c.warning) {
			t.Errorf("%v: warnings %q, want %s", c.models, got.Warnings, c.warning)
		}
		if _, err := json.Marshal(got); err != nil {
			t.Error(err)
		}
	}
	for _, models := range [][][]float64{nil, {{}}, {{1, math.NaN()}}} {
		if _, err := VarianceComponents(models); err == nil {
			t.Errorf("%v: no error", models)
		}
	}
}

// Errors may be shifted and scaled, models and trainings be given in any order.
func TestComponentsInvariance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		errs := rapid.SliceOfN(rapid.Float64Range(0, 50), 1, 5)
		models := rapid.SliceOfN(errs, 2, 8).Draw(t, "models")
		c, err := VarianceComponents(models)
		if err != nil {
			t.Fatal(err)
		}
		if r := c.Reliability; r.Estimate < 0 || r.Estimate > 1 || r.Lo > r.Hi || r.Lo < 0 || r.Hi > 1 {
			t.Errorf("reliability %v", r)
		}
		other := make([][]float64, len(models))
		for i, m := range models {
			o := &other[len(models)-1-i]
			for _, e := range slices.Backward(m) {
				*o = append(*o, 3+2*e)
			}
		}
		d, err := VarianceComponents(other)
		if err != nil {
			t.Fatal(err)
		}
		if s := c.SeedSD; s.Estimate > 1e-3 { // else rounding decides
			near(t, "seed SD", d.SeedSD.Estimate, 2*s.Estimate, 1e-6)
			if math.Abs(d.Reliability.Estimate-c.Reliability.Estimate) > 1e-6 || math.Abs(d.Reliability.Lo-c.Reliability.Lo) > 1e-6 || math.Abs(d.Reliability.Hi-c.Reliability.Hi) > 1e-6 {
				t.Errorf("reliability %v, was %v", d.Reliability, c.Reliability)
			}
		}
	})
}

// The intervals for normal errors hold the truth as often as they say, also where few of the
// models are repeated: 2000 populations, so that 95 % is seen as 93.5–96.5 %
// but once in 500 times, and the seed is fixed.
func TestComponentsCoverage(t *testing.T) {
	for _, model := range []float64{0.5, 2} {
		r := rand.New(rand.NewPCG(7, uint64(model*2)))
		truth := model * model / (model*model + 1)
		var inReliability, inSeed int
		const rounds = 2000
		for range rounds {
			var models [][]float64
			for i := range 20 {
				m, n := model*r.NormFloat64(), 1
				if i < 6 {
					n = 3
				}
				var errs []float64
				for range n {
					errs = append(errs, 40+m+r.NormFloat64())
				}
				models = append(models, errs)
			}
			a, err := newAnova(models)
			if err != nil {
				t.Fatal(err)
			}
			if r := a.reliability(); r.Lo <= truth && truth <= r.Hi {
				inReliability++
			}
			if sd := a.seedSD(); sd.Lo <= 1 && 1 <= sd.Hi {
				inSeed++
			}
		}
		for what, n := range map[string]int{"reliability": inReliability, "seed SD": inSeed} {
			if share := float64(n) / rounds; share < 0.935 || share > 0.965 {
				t.Errorf("model SD %v: the interval of the %s holds the truth in %.3f", model, what, share)
			}
		}
	}
}

func anyErrors(n int) *rapid.Generator[[]float64] {
	return rapid.SliceOfN(rapid.Map(rapid.IntRange(0, 12), func(i int) float64 { return float64(i) * 2.5 }), n, n)
}

// Kendall against its definition, pair by pair, and both against what any rank
// correlation obeys.
func TestCorrelationLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 30).Draw(t, "n")
		a, b := anyErrors(n).Draw(t, "a"), anyErrors(n).Draw(t, "b")
		var s, da, db float64
		sign := func(x float64) float64 {
			return float64(int(math.Copysign(1, x))) * float64(min(1, int(math.Ceil(math.Abs(x)))))
		}
		for i := range n {
			for j := range i {
				x, y := sign(a[i]-a[j]), sign(b[i]-b[j])
				s += x * y
				da += x * x
				db += y * y
			}
		}
		rho, tau, err := RankCorrelations(a, b)
		if err != nil {
			t.Fatal(err)
		}
		if da*db == 0 {
			if !math.IsNaN(tau.Estimate) {
				t.Errorf("τ = %v of equal errors", tau.Estimate)
			}
			return
		}
		if want := s / math.Sqrt(da*db); math.Abs(tau.Estimate-want) > 1e-12 {
			t.Errorf("τ = %v, want %v", tau.Estimate, want)
		}
		back, _, _ := RankCorrelations(b, a)
		curved := make([]float64, n)
		for i, x := range b {
			curved[i] = -math.Exp(x / 10)
		}
		against, _, _ := RankCorrelations(a, curved)
		if math.Abs(rho.Estimate-back.Estimate) > 1e-12 || math.Abs(rho.Estimate+against.Estimate) > 1e-12 {
			t.Errorf("ρ = %v, of the other way round %v, of the falling %v", rho, back, against)
		}
		if n >= 5 && !(-1 <= rho.Lo && rho.Lo <= rho.Estimate+1e-9 && rho.Estimate <= rho.Hi+1e-9 && rho.Hi <= 1) {
			t.Errorf("ρ = %v", rho)
		}
	})
}

func TestPerfectAgreement(t *testing.T) {
	a := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	rho, _, err := RankCorrelations(a, a)
	if err != nil {
		t.Fatal(err)
	}
	if rho.Estimate != 1 || rho.Hi != 1 || !(rho.Lo > 0.5 && rho.Lo < 0.99) {
		t.Errorf("ρ = %v", rho)
	}
	swapped := slices.Clone(a)
	swapped[4], swapped[5] = swapped[5], swapped[4]
	// The correlation of the ranks is that of the errors where these are ranks.
	near(t, "inner", spearman(a, swapped), 1-12.0/(10*99), 1e-12)
	near(t, "inner", stat.Correlation(a, swapped, nil), 1-12.0/(10*99), 1e-12)
	if small, _, _ := RankCorrelations(a[:4], a[:4]); small.Estimate != 1 || !math.IsNaN(small.Lo) {
		t.Errorf("ρ of four = %v", small)
	}
	if _, _, err := RankCorrelations(a, a[:3]); err == nil {
		t.Error("no error of unequal lengths")
	}
	if _, _, err := RankCorrelations(a[:2], []float64{1, math.Inf(1)}); err == nil {
		t.Error("no error of an infinite error")
	}
}

// Ten models; B exchanges the best two and moves the third to the end.
func TestFidelityByHand(t *testing.T) {
	a := []float64{10, 11, 12, 13, 14, 15, 16, 17, 18, 19}
	b := []float64{21, 20, 40, 23, 24, 25, 26, 27, 28, 29}
	f, err := CompareConditions(a, b, FidelityOptions{Top: 3})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "overlap", f.Overlap.Estimate, 2.0/3, 1e-15)
	// Of the 45 pairs the first costs 1, and the third with those behind it 98.
	near(t, "regret", f.Regret.Estimate, 99.0/45, 1e-12)
	near(t, "mean", f.MeanB, 26.3, 1e-14)
	// Ranks differ by 1, 1, 7 and seven times 1: Σd² = 58.
	near(t, "ρ", f.Spearman.Estimate, 1-6*58.0/990, 1e-14)
	// Discordant are the first pair and the third with the seven behind it.
	near(t, "τ", f.Kendall.Estimate, (37-8)/45.0, 1e-14)
	if !(0 < f.Regret.Lo && f.Regret.Lo < 2 && f.Regret.Hi > 3) || f.Overlap.Lo > 2.0/3 || f.Overlap.Hi < 2.0/3 {
		t.Errorf("overlap %v, regret %v", f.Overlap, f.Regret)
	}
	if f, _ = CompareConditions(a, b, FidelityOptions{}); f.Top != 5 {
		t.Errorf("top %d, want 5", f.Top)
	}
}

func TestFidelityTies(t *testing.T) {
	// Three models tie for the second place: each has a third of it.
	got := overlap([]float64{1, 2, 2, 2}, []float64{1, 2, 3, 4}, 2)
	near(t, "overlap", got, (1+1.0/3)/2, 1e-15)
	// Both tie for the best in A: by chance one of them is chosen.
	near(t, "regret", regret([]float64{1, 1, 2}, []float64{5, 9, 4}), 3, 1e-15)
}

func TestFidelityLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 30).Draw(t, "n")
		a, b := anyErrors(n).Draw(t, "a"), anyErrors(n).Draw(t, "b")
		o := FidelityOptions{Top: rapid.IntRange(0, 40).Draw(t, "top"), Halves: 20, Seed: 1}
		f, err := CompareConditions(a, b, o)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := CompareConditions(a, b, o)
		x, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		y, _ := json.Marshal(again)
		if string(x) != string(y) {
			t.Errorf("%s and then %s", x, y)
		}
		if n == 0 {
			return
		}
		if v := f.Overlap.Estimate; v < 0 || v > 1+1e-12 || f.Regret.Estimate < 0 {
			t.Errorf("overlap %v, regret %v", f.Overlap, f.Regret)
		}
		same, _ := CompareConditions(a, a, o)
		if math.Abs(same.Overlap.Estimate-1) > 1e-12 || n > 1 && !(same.Regret.Estimate < 1e-12) {
			t.Errorf("of A against itself: overlap %v, regret %v", same.Overlap, same.Regret)
		}
	})
}

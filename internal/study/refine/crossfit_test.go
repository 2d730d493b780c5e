package refine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"designspace/edf"
	"designspace/internal/run/pipeline"
	"designspace/internal/run/rundir"
	"designspace/internal/table"
	"designspace/space"
)

// recorded draws a recorded population of n models of AnyNetXA again, trained on
// CIFAR-10, and gives it the errors that it had.
func recorded(t *testing.T, name string, n int) *Population {
	t.Helper()
	tab, err := table.ReadFile("../../../experiments/results/cifar/2026-11-24/" + name + ".csv")
	if err != nil {
		t.Fatal(err)
	}
	errs, err := tab.Floats("error")
	if err != nil {
		t.Fatal(err)
	}
	flops, err := tab.Floats("flops")
	if err != nil {
		t.Fatal(err)
	}
	drawn, err := pipeline.Sample(t.Context(), pipeline.Draw{
		Spaces: []string{"proxy/anynetxa"}, N: n, Seed: 1, Input: 16, Budgets: []space.Range{space.Between(500e3, 600e3)}, Version: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	dir := rundir.Dir(t.TempDir())
	if err := drawn.Start(dir); err != nil {
		t.Fatal(err)
	}
	record(t, dir, drawn.Entries, errs)
	for i, e := range drawn.Entries {
		if float64(e.Flops) != flops[i] {
			t.Fatalf("%s has %d flops, recorded are %v", e.ID, e.Flops, flops[i])
		}
	}
	p, err := Load(dir, Choice{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// permuted gives the models each other's errors.
func permuted(p *Population, r *rand.Rand) *Population {
	q := *p
	q.Errors = slices.Clone(p.Errors)
	r.Shuffle(len(q.Errors), func(i, j int) { q.Errors[i], q.Errors[j] = q.Errors[j], q.Errors[i] })
	return &q
}

// Where errors have nothing to do with parameters, ranges promise nothing for
// models that did not choose them, though the models that did look better.
func TestPermutedErrorsPromiseNothing(t *testing.T) {
	p := recorded(t, "anynetxa-500K-600K", 100)
	r := rand.New(rand.NewPCG(1, 2))
	const permutations = 300
	var cross, naive []float64
	for range permutations {
		q := permuted(p, r)
		o := Options{Name: "child", Extends: p.Space.Name, Suggest: true, Keep: DefaultKeep}
		found, err := o.child(q.Space, q)
		if err != nil {
			t.Fatal(err)
		}
		if c := q.crossFit(o, q.inside(found.Child), 2); c != nil {
			cross, naive = append(cross, c.Difference), append(naive, c.Naive)
		}
	}
	m, se := meanSE(cross)
	optimistic, nse := meanSE(naive)
	t.Logf("cross-fitted %.3f ± %.3f, naive %.3f ± %.3f, of %d permutations", m, se, optimistic, nse, len(cross))
	if math.Abs(m) > 4*se || se > 0.3 {
		t.Errorf("cross-fitted %v ± %v, want 0", m, se)
	}
	if optimistic > -0.5 {
		t.Errorf("the preview promises %v ± %v where there is nothing: the test shows nothing", optimistic, nse)
	}
	if n := len(cross); n < permutations*9/10 {
		t.Errorf("judged in %d of %d permutations", n, permutations)
	}
}

func meanSE(x []float64) (mean, se float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		se += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(se / float64(len(x)-1) / float64(len(x)))
}

// Of 400 recorded models 100 choose ranges, and the other 300 say what fresh
// models of the child have: less than the preview promises, and on average no
// less than cross-fitting does, which has half of the models to choose by.
func TestFreshModels(t *testing.T) {
	p := recorded(t, "anynetxa-500K-600K-n400", 400)
	r := rand.New(rand.NewPCG(1, 2))
	var cross, naive []float64 // less what fresh models have
	for range 60 {
		order := r.Perm(400)
		few, fresh := p.part(order[:100]), p.part(order[100:])
		o := Options{Name: "child", Extends: p.Space.Name, Suggest: true, Keep: DefaultKeep}
		found, err := o.child(few.Space, few)
		if err != nil {
			t.Fatal(err)
		}
		truth := fresh.inside(found.Child)
		if c := few.crossFit(o, few.inside(found.Child), 5); c != nil && len(truth.Inside.Errors) > 0 {
			cross, naive = append(cross, c.Difference-truth.difference()), append(naive, c.Naive-truth.difference())
		}
	}
	m, se := meanSE(cross)
	optimistic, nse := meanSE(naive)
	t.Logf("cross-fitted %+.2f ± %.2f, the preview %+.2f ± %.2f, from what fresh models have, %d times", m, se, optimistic, nse, len(cross))
	if m < -3*se || m > 1 || optimistic > -3*nse || optimistic > -0.5 {
		t.Errorf("cross-fitted %v ± %v, the preview %v ± %v from what fresh models have", m, se, optimistic, nse)
	}
}

// The errors as they were recorded: the ranges help, by less than the preview
// says; and the same models give the same figures.
func TestCrossFitOfRecordedErrors(t *testing.T) {
	p := recorded(t, "anynetxa-500K-600K", 100)
	r := refineIt(t, p, Options{Suggest: true})
	c := r.Preview.CrossFit
	t.Log(c)
	if !(c.Naive < c.Difference && c.Difference < 0) || c.Judgements < 40 || c.Halves != 50 {
		t.Errorf("%+v", c)
	}
	s := r.Preview
	if want := s.ChildSummary.Mean.Estimate - s.ParentSummary.Mean.Estimate; math.Abs(c.Naive-want) > 1e-9 {
		t.Errorf("naive %v, the preview shows %v", c.Naive, want)
	}
	if again := refineIt(t, p, Options{Suggest: true}).Preview.CrossFit; *again != *c {
		t.Errorf("%+v, then %+v", c, again)
	}
	for _, w := range r.Warnings {
		if strings.Contains(w, "the ranges were chosen by these errors") {
			t.Error("said twice: ", w)
		}
	}
	if by := refineIt(t, p, Options{Share: []string{"b"}}).Preview.CrossFit; by != nil {
		t.Errorf("nothing was chosen by errors: %+v", by)
	}
}

// An error that is a step of one parameter and nothing else: any half chooses
// the values of the step, and nothing is optimistic about it.
func TestCrossFitOfAStep(t *testing.T) {
	s := load(t, "proxy/anynetxc")
	p := population(s, 400, 1, func(x space.Setting) float64 {
		if value(s, x, "b") == 1 {
			return 40
		}
		return 60
	})
	r := refineIt(t, p, Options{Suggest: true, Only: []string{"b"}})
	c := r.Preview.CrossFit
	all := 0.0
	for _, e := range p.Errors {
		all += e / 400
	}
	// Halves differ in their shares of b = 1, which cancel over both ways.
	if want := 40 - all; math.Abs(c.Difference-want) > 1e-9 || math.Abs(c.Naive-want) > 1e-9 || c.Judgements != 50 || math.Abs(c.Optimism()) > 1e-9 {
		t.Errorf("%+v, want %v", c, want)
	}
}

// The joint mass is that of the models inside all ranges: at most the least of
// single parameters, and 1 less what each leaves out at least.
func TestJointMass(t *testing.T) {
	p := recorded(t, "anynetxa-500K-600K", 100)
	r := refineIt(t, p, Options{Suggest: true})
	s := r.Suggestion
	least, bound := 1.0, 1.0
	for _, e := range s.Parameters {
		least, bound = min(least, e.Mass), bound-(1-e.Mass)
	}
	if s.JointModels != len(r.Preview.Inside.Errors) || s.JointMass > least+1e-12 || s.JointMass < bound-1e-12 || s.JointMass == least {
		t.Errorf("%d models with %v, of single parameters %v at least, all inside %d", s.JointModels, s.JointMass, least, len(r.Preview.Inside.Errors))
	}
	var b strings.Builder
	if err := s.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("all ranges together hold %d models with %.3f of the mass\n", s.JointModels, s.JointMass)
	if !strings.Contains(b.String(), want) || !strings.Contains(string(r.Text.Marshal()), "# "+strings.ToUpper(want[:1])+want[1:len(want)-1]+".\n") {
		t.Errorf("no %q in\n%s\n%s", want, &b, r.Text.Marshal())
	}
}

func TestPlainWords(t *testing.T) {
	c := &CrossFit{Difference: -2.5, SD: 1.25, Naive: -3.5, Judgements: 48, Halves: 50}
	const want = `cross-fitted: ranges chosen by one half of the models change the mean error of the other half by -2.50 points
(standard deviation 1.25 over 48 of 50 halves). Judged by the errors that chose them, ranges change it by -3.50, which is optimistic by 1.00.
Half of the models choose less well than all, so new models of the child may do a little better than that half.`
	if c.String() != want {
		t.Errorf("%s", c)
	}
	c = &CrossFit{Difference: 0.5, Naive: 0.5}
	if !strings.Contains(c.String(), "half by +0.50 points") || !strings.Contains(c.String(), "by +0.50, which is not optimistic here.") {
		t.Errorf("%s", c)
	}
	few := &Population{Population: edf.Population{Errors: make([]float64, 19)}, Models: make([]Model, 19)}
	if c := few.crossFit(Options{}, &Preview{Inside: few.Population}, 1); c != nil {
		t.Errorf("%+v of 19 models", c)
	}
}

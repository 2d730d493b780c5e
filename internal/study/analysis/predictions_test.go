package analysis

import (
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"designspace/edf"
	"designspace/internal/run/pipeline"
	"designspace/internal/run/predict"
	"designspace/internal/run/rundir"
	"designspace/space"
	"designspace/trainer"
)

// predictedRun samples a run of two spaces, with predictions if n is above 0, and
// gives each model an outcome.
func predictedRun(t *testing.T, n int, outcome func(i int) trainer.Outcome) rundir.Dir {
	t.Helper()
	return runOf(t, pipeline.Draw{Spaces: []string{"proxy/anynetxa", "proxy/regnetx"}}, n, outcome)
}

func runOf(t *testing.T, d pipeline.Draw, n int, outcome func(i int) trainer.Outcome) rundir.Dir {
	t.Helper()
	d.N, d.Seed, d.Input, d.Budgets = 12, 1, 16, []space.Range{space.Between(500e3, 600e3)}
	d.Forecast = pipeline.Forecast{Predictor: predict.Builtin, Candidates: n}
	p, err := pipeline.Sample(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	dir := rundir.Dir(t.TempDir())
	if err := p.Start(dir); err != nil {
		t.Fatal(err)
	}
	w := rundir.NewWriter(dir)
	for i, e := range p.Entries {
		o := outcome(i)
		if o.Status == trainer.Pending {
			continue
		}
		o.ID = e.ID
		if err := w.Append(o); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func outcome(status trainer.Status, e float64) trainer.Outcome {
	o := trainer.NewOutcome("", status)
	o.Error = e
	return o
}

func trained(i int) trainer.Outcome { return outcome(trainer.Done, 50+float64(i*i%17)) }

// What is adjusted is of the errors and candidates.csv, read by hand.
func TestAdjustedRun(t *testing.T) {
	d := predictedRun(t, 40, func(i int) trainer.Outcome {
		if i == 5 {
			return outcome(trainer.Failed, math.NaN())
		}
		return trained(i)
	})
	entries, err := rundir.LoadModels(d)
	if err != nil {
		t.Fatal(err)
	}
	all, err := rundir.LoadCandidates(d, entries)
	if err != nil {
		t.Fatal(err)
	}
	var a, b edf.Population
	for i, c := range all {
		p, k := &a, i
		if i >= 40 {
			p, k = &b, i-40
		}
		if i == 5 {
			continue
		}
		p.Candidates = append(p.Candidates, c.Error)
		if k < 12 {
			p.Predicted = append(p.Predicted, c.Error)
			p.Errors = append(p.Errors, trained(i/40*12+k).Error)
		}
	}
	s, err := Load([]string{string(d)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range []edf.Population{a, b} {
		got := s.Populations[k]
		if !slices.Equal(got.Predicted, want.Predicted) || !slices.Equal(got.Candidates, want.Candidates) || !slices.Equal(got.Errors, want.Errors) {
			t.Errorf("%s: %v of %d, want %v of %d", got.Name, got.Predicted, len(got.Candidates), want.Predicted, len(want.Candidates))
		}
	}
	r, err := s.Analyze(edf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	mean, err := edf.AdjustedMean(a)
	if err != nil || r.Populations[0].Adjusted == nil || r.Populations[0].Adjusted.Interval != mean.Interval {
		t.Errorf("%+v, want %+v, %v", r.Populations[0].Adjusted, mean, err)
	}
	difference, err := edf.AdjustedMeanDifference(a, b)
	if err != nil || r.Tests[0].Adjusted == nil || r.Tests[0].Adjusted.Difference != difference.Interval {
		t.Errorf("%+v, want %+v, %v", r.Tests[0].Adjusted, difference, err)
	}
	var text strings.Builder
	if err := r.WriteText(&text); err != nil || !strings.Contains(text.String(), "adjusted difference [95 %]") || !strings.Contains(text.String(), "worth") {
		t.Errorf("%s, %v", text.String(), err)
	}
	// Without the file the results are what they were.
	if err := os.Rename(d.Candidates(), d.Candidates()+".lost"); err != nil {
		t.Fatal(err)
	}
	lost, err := Load([]string{string(d)}, Options{})
	if err != nil || lost.Populations[0].Predicted != nil || len(lost.Warnings) != 1 || !strings.Contains(lost.Warnings[0], "restore the file") {
		t.Errorf("%+v, %v", lost, err)
	}
	if err := os.Rename(d.Candidates()+".lost", d.Candidates()); err != nil {
		t.Fatal(err)
	}
	// A part of a population is another population than its candidates.
	for _, o := range []Options{{Where: "depth<12"}, {By: "block"}, {Where: "id!=m0012"}} {
		if s, err = Load([]string{string(d)}, o); err != nil {
			t.Fatal(err)
		}
		if p := s.Populations[0]; p.Predicted != nil {
			t.Errorf("%+v: %d predictions", o, len(p.Predicted))
		}
	}
}

// Which models are trained early is not by chance: only those that were drawn
// first stand for all.
func TestAdjustedRunThatIsNotFinished(t *testing.T) {
	for pending, want := range map[int]bool{11: true, 3: false} {
		d := predictedRun(t, 40, func(i int) trainer.Outcome {
			if i == pending {
				return outcome(trainer.Pending, math.NaN())
			}
			return trained(i)
		})
		s, err := Load([]string{string(d)}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Populations[0].Predicted != nil; got != want || s.Populations[1].Predicted == nil {
			t.Errorf("model %d pending: adjusted %v, want %v", pending, got, want)
		}
	}
}

// Predictions that come after training are used only if that is asked for, and a
// note says so.
func TestAdjustedLate(t *testing.T) {
	d := predictedRun(t, 0, trained)
	s, err := Load([]string{string(d)}, Options{})
	if err != nil || s.Populations[0].Predicted != nil || len(s.Warnings) > 0 {
		t.Errorf("%+v, %v", s, err)
	}
	if s, err = Load([]string{string(d)}, Options{Adjust: true}); err != nil {
		t.Fatal(err)
	}
	if len(s.Populations[0].Candidates) != 1000 || len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0], "after training") {
		t.Errorf("%d candidates, %q", len(s.Populations[0].Candidates), s.Warnings)
	}
	early, err := Load([]string{string(predictedRun(t, 1000, trained))}, Options{Adjust: true})
	if err != nil || len(early.Warnings) > 0 || !slices.Equal(early.Populations[0].Candidates, s.Populations[0].Candidates) {
		t.Errorf("%q, %v", early.Warnings, err)
	}
	if _, err := Load([]string{directory(t, "id,error\na,1\n", "")}, Options{Adjust: true}); err == nil {
		t.Error("no error for a table")
	}
}

// The difference of pairs is adjusted by the predictions of their architectures,
// read by hand, and verdict and interval are those of the pairs alone.
func TestAdjustedPairs(t *testing.T) {
	d := runOf(t, pipeline.Draw{Spaces: []string{"proxy/regnetx"}, Vary: "activation=relu,silu"}, 40, func(i int) trainer.Outcome {
		if i == 5 { // silu of the third architecture
			return outcome(trainer.Failed, math.NaN())
		}
		return trained(i)
	})
	entries, err := rundir.LoadModels(d)
	if err != nil {
		t.Fatal(err)
	}
	all, err := rundir.LoadCandidates(d, entries)
	if err != nil {
		t.Fatal(err)
	}
	var a, b, predicted, candidates []float64
	for i, c := range all {
		if i == 2 {
			continue
		}
		if candidates = append(candidates, c.Error); i < 12 {
			a, b, predicted = append(a, trained(2*i).Error), append(b, trained(2*i+1).Error), append(predicted, c.Error)
		}
	}
	pairs, err := edf.ComparePairs(a, b)
	if err != nil {
		t.Fatal(err)
	}
	want, err := edf.AdjustPairs(pairs, predicted, candidates)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Load([]string{string(d)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Analyze(edf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := r.Tests[0]
	if c.Adjusted == nil || math.Abs(c.Adjusted.Difference.Lo-want.Lo) > 1e-12 || math.Abs(c.Adjusted.Difference.Estimate-want.Interval.Estimate) > 1e-12 || !math.IsNaN(c.Adjusted.Less.Estimate) {
		t.Errorf("%+v, want %+v", c.Adjusted, want)
	}
	if math.Abs(c.MeanDifference.Lo-pairs.Lo) > 1e-12 || r.Populations[0].Adjusted == nil {
		t.Errorf("%+v, want %+v", c.MeanDifference, pairs.Interval)
	}
	var text strings.Builder
	if err := r.WriteText(&text); err != nil || strings.Contains(text.String(), "adjusted P(better)") || !strings.Contains(text.String(), "adjusted difference") {
		t.Errorf("%v: %s", err, text.String())
	}
}

package looks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"designspace/edf"
	"designspace/internal/run/rundir"
	"designspace/trainer"
)

// models are n entries of each space, in the order of a run.
func models(n int, spaces ...string) []rundir.Entry {
	var entries []rundir.Entry
	for _, s := range spaces {
		for range n {
			entries = append(entries, rundir.Entry{ID: rundir.ID(len(entries), 0), Space: s})
		}
	}
	return entries
}

// tester is *testing.T and *rapid.T.
type tester interface {
	Helper()
	Fatal(args ...any)
}

// journalOf adds outcomes to a journal, in the order given.
func journalOf(t tester, dir string, outcomes ...trainer.Outcome) *rundir.Journal {
	t.Helper()
	journal := rundir.Dir(dir).Journal()
	if err := os.MkdirAll(journal, 0o777); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(journal)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for _, o := range outcomes {
		line, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	if err := os.WriteFile(fmt.Sprintf("%s/%06d.jsonl", journal, len(files)+1), b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	j, err := rundir.ReadJournal(rundir.Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func done(id string, e float64) trainer.Outcome {
	o := trainer.NewOutcome(id, trainer.Done)
	o.Error = e
	return o
}

func take(t tester, u *rundir.Until, entries []rundir.Entry, j *rundir.Journal) *Standing {
	t.Helper()
	s, err := Take("", u, entries, j)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Training what is needed, look by look, in any order and with any part of it
// recorded, ends where looks at all outcomes do; models beyond decide nothing.
func TestTheWayDecidesNothing(t *testing.T) {
	dirs := t.TempDir()
	runs := 0
	rapid.Check(t, func(t *rapid.T) {
		entries := models(14, "a", "b", "c")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		gap := rapid.Float64Range(0, 8).Draw(t, "gap")
		var outcomes []trainer.Outcome
		for i, e := range entries {
			o := done(e.ID, 50+gap*float64(i/14)+2*r.NormFloat64())
			if r.IntN(10) == 0 {
				o = trainer.NewOutcome(e.ID, trainer.Failed)
			}
			outcomes = append(outcomes, o)
		}
		u, err := Design(entries, Options{Max: 14, Margin: 3})
		if err != nil {
			t.Fatal(err)
		}
		runs++
		all := take(t, u, entries, journalOf(t, fmt.Sprint(dirs, "/all", runs), outcomes...))
		if !all.Over || all.Missing > 0 {
			t.Fatalf("%+v", all)
		}
		var s *Standing
		way := fmt.Sprint(dirs, "/way", runs)
		j := journalOf(t, way)
		for s = take(t, u, entries, j); !s.Over; s = take(t, u, entries, j) {
			var open []trainer.Outcome
			for i, e := range entries {
				if _, ok := j.Outcome(e.ID, 0); !ok && s.needed[e.ID] {
					open = append(open, outcomes[i])
				}
			}
			if len(open) != s.Missing {
				t.Fatalf("%d models are open, %d missing", len(open), s.Missing)
			}
			r.Shuffle(len(open), func(i, k int) { open[i], open[k] = open[k], open[i] })
			j = journalOf(t, way, open[:1+r.IntN(len(open))]...)
		}
		if diff := cmp.Diff(all, s, cmpopts.IgnoreUnexported(Standing{}), cmpopts.EquateNaNs()); diff != "" {
			t.Fatal(diff)
		}
		for _, e := range entries {
			if got := j.First(e.ID).Status; (got == trainer.Unneeded) == s.needed[e.ID] || got == trainer.Pending {
				t.Fatalf("%s is %s", e.ID, got)
			}
		}
	})
}

// Two spaces that are far apart are decided at the first look, by Welch's
// difference of its models; the failed one is left out.
func TestTake(t *testing.T) {
	entries := models(12, "a", "b")
	u, err := Design(entries, Options{Max: 12, Margin: 1})
	if err != nil {
		t.Fatal(err)
	}
	var outcomes []trainer.Outcome
	for i, e := range entries[:8] {
		outcomes = append(outcomes, done(e.ID, 40+float64(i)/10), done(entries[12+i].ID, 50+float64(i)/10))
	}
	outcomes[2] = trainer.NewOutcome(entries[1].ID, trainer.Failed)
	s := take(t, u, entries, journalOf(t, t.TempDir(), outcomes...))
	c := s.Comparisons[0]
	if !s.Over || c.Verdict != edf.Better || c.Look.Look != 1 || c.N != 8 || s.Models != 16 || s.Unneeded != 8 {
		t.Errorf("%+v", s)
	}
	a, b := []float64{40, 40.2, 40.3, 40.4, 40.5, 40.6, 40.7}, []float64{50, 50.1, 50.2, 50.3, 50.4, 50.5, 50.6, 50.7}
	want, _ := edf.MeanDifference(edf.Population{Errors: a}, edf.Population{Errors: b})
	if d := c.Interval.Estimate - want.Estimate; d > 1e-9 || d < -1e-9 || !(c.Interval.Lo < want.Lo && c.Interval.Hi > want.Hi) {
		t.Errorf("%v, Welch %v", c.Interval, want.Interval)
	}
	if want := "Decided at look 1 of 3, with 8 models of each population; 8 more models were not needed."; s.Sentence != want {
		t.Error(s.Sentence)
	}
	if want := "a against b: better at look 1, 8 models each: "; !strings.HasPrefix(s.Lines()[1], want) {
		t.Error(s.Lines()[1])
	}
	s = take(t, u, entries, journalOf(t, t.TempDir(), outcomes[:9]...))
	if want := "Not decided yet: the next look needs 7 more models."; s.Sentence != want || s.Over {
		t.Error(s.Sentence)
	}
}

// Populations of one budget are compared, and all where each has its own.
func TestDesign(t *testing.T) {
	entries := models(30, "a", "b")
	for i := range entries {
		entries[i].Budget = []string{"1M:2M", "2M:3M"}[i%2]
	}
	u, err := Design(entries, Options{Max: 15})
	if err != nil {
		t.Fatal(err)
	}
	want := []rundir.Against{{A: "a 1M:2M", B: "b 1M:2M"}, {A: "a 2M:3M", B: "b 2M:3M"}}
	if !slices.Equal(u.Compare, want) {
		t.Errorf("%v", u.Compare)
	}
	if u, err = Design(entries[:30], Options{Max: 15}); err != nil || len(u.Compare) != 1 {
		t.Errorf("%v %v", u, err)
	}
	for _, c := range []struct {
		entries []rundir.Entry
		o       Options
		want    string
	}{
		{entries, Options{Max: 16}, "max 16: the run has 15 models of a 1M:2M"},
		{entries, Options{Max: 7}, "want 8"},
		{entries, Options{Max: 15, Margin: -1}, "margin -1"},
		{models(30, "a"), Options{Max: 30}, "nothing to compare"},
	} {
		if _, err := Design(c.entries, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error %v, want %q", c.o, err, c.want)
		}
	}
}

// What a person may have changed in run.yaml is an error.
func TestTakeRefuses(t *testing.T) {
	entries := models(10, "a", "b")
	j := journalOf(t, t.TempDir())
	ab := []rundir.Against{{A: "a", B: "b"}}
	for _, u := range []rundir.Until{
		{Looks: []int{8, 11}, Level: 0.05, Compare: ab},
		{Looks: []int{8, 8}, Level: 0.05, Compare: ab},
		{Looks: nil, Level: 0.05, Compare: ab},
		{Looks: []int{8}, Level: 0, Compare: ab},
		{Looks: []int{8}, Level: 0.05},
		{Looks: []int{8}, Level: 0.05, Compare: []rundir.Against{{A: "a", B: "c"}}},
	} {
		if _, err := Take("", &u, entries, j); err == nil {
			t.Errorf("%+v: no error", u)
		}
	}
	if s, err := Take("", nil, entries, j); s != nil || err != nil || len(s.Needed(entries)) != 20 {
		t.Errorf("%v, %v", s, err)
	}
}

// Means are adjusted by the predictions of all candidates, at looks of 10 models
// or more; a look with fewer that count says nothing.
func TestAdjusted(t *testing.T) {
	entries := models(30, "a", "b")
	u, err := Design(entries, Options{Max: 14, Predicted: true})
	if err != nil || !u.Adjusted || !slices.Equal(u.Looks, []int{12, 14}) && u.Looks[0] < 10 {
		t.Fatalf("%+v, error %v", u, err)
	}
	dir := t.TempDir()
	var predictions []rundir.Prediction
	var outcomes []trainer.Outcome
	var ps [2]edf.Population
	r := rand.New(rand.NewPCG(4, 5))
	for i, e := range entries {
		c := rundir.Prediction{ID: e.ID, Space: e.Space, Error: 50 + 3*r.NormFloat64()}
		predictions = append(predictions, c)
		p := &ps[i/30]
		o := done(e.ID, c.Error+float64(i/30)+r.NormFloat64()/2)
		if i == 3 {
			o = trainer.NewOutcome(e.ID, trainer.Failed)
		} else {
			p.Candidates = append(p.Candidates, c.Error)
		}
		if i%30 >= u.Looks[0] {
			continue
		}
		outcomes = append(outcomes, o)
		if i != 3 {
			p.Errors, p.Predicted = append(p.Errors, o.Error), append(p.Predicted, c.Error)
		}
	}
	if err := rundir.SaveCandidates(rundir.Dir(dir), predictions); err != nil {
		t.Fatal(err)
	}
	s, err := Take(rundir.Dir(dir), u, entries, journalOf(t, dir, outcomes...))
	if err != nil {
		t.Fatal(err)
	}
	want, err := edf.AdjustedMeanDifference(ps[0], ps[1])
	raw, _ := edf.MeanDifference(edf.Population{Errors: ps[0].Errors}, edf.Population{Errors: ps[1].Errors})
	if got := s.Comparisons[0].Interval.Estimate; err != nil || got != want.Estimate || got == raw.Estimate || !s.Adjusted {
		t.Errorf("%v, want %v, error %v", got, want.Estimate, err)
	}
	for i := range 4 {
		outcomes[i] = trainer.NewOutcome(entries[i].ID, trainer.Failed)
	}
	other := t.TempDir()
	if err := rundir.SaveCandidates(rundir.Dir(other), predictions); err != nil {
		t.Fatal(err)
	}
	if s, err = Take(rundir.Dir(other), u, entries, journalOf(t, other, outcomes...)); err != nil || s.Over || s.Comparisons[0].Decided() {
		t.Errorf("%+v, error %v", s, err)
	}
	if _, err := Take(rundir.Dir(t.TempDir()), u, entries, journalOf(t, t.TempDir(), outcomes...)); err == nil {
		t.Error("the predictions are missing, and nothing says so")
	}
}

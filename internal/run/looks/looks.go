// Package looks decides how far a run is to be trained that ends when its
// comparisons are decided, by a group-sequential plan.
//
// A look takes the first n models of each population in the order of models.csv,
// when all of them have an outcome. So what the looks say, where they stop and
// which models need no training follow from run.yaml, models.csv and outcomes
// alone: not from workers, shards or interruptions, nor from which models happen
// to be done first, which is related to their errors.
package looks

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"designspace/bootstrap"
	"designspace/edf"
	"designspace/internal/numeric"
	"designspace/internal/run/rundir"
)

// A Standing is what the looks at a run have said so far.
type Standing struct {
	Looks       []int        `json:"looks"` // models of each population
	Level       float64      `json:"level"` // of all looks and comparisons together
	Margin      float64      `json:"margin"`
	Adjusted    bool         `json:"adjusted"` // means are, by predictions
	Comparisons []Comparison `json:"comparisons"`
	Over        bool         `json:"over"`     // no model is to be trained any more
	Models      int          `json:"models"`   // of the looks so far and of those that wait
	Missing     int          `json:"missing"`  // models among them without an outcome
	Unneeded    int          `json:"unneeded"` // models beyond them, if it is over
	Sentence    string       `json:"sentence"` // that says how far it is

	needed     map[string]bool     // by id
	candidates []rundir.Prediction // nil: means are not adjusted
}

// A Comparison is what the last look at two populations said: the one that
// decided it, if one did.
type Comparison struct {
	A, B     string
	edf.Look // of the first N models, failed ones included; number 0: none yet
}

// MarshalJSON writes null for what is absent.
func (c Comparison) MarshalJSON() ([]byte, error) {
	return numeric.MarshalJSON(struct {
		A       string      `json:"a"`
		B       string      `json:"b"`
		Look    int         `json:"look"`
		N       int         `json:"models"`
		Mean    float64     `json:"difference"`
		Lo      float64     `json:"difference_lo"`
		Hi      float64     `json:"difference_hi"`
		Verdict edf.Verdict `json:"verdict"`
	}{c.A, c.B, c.Look.Look, c.N, c.Interval.Estimate, c.Interval.Lo, c.Interval.Hi, c.Verdict})
}

// Take takes the looks that the outcomes allow, and marks the models that need no
// training in the journal. Without a design, or with one by which others look,
// there are none, and it returns nil.
func Take(d rundir.Dir, u *rundir.Until, entries []rundir.Entry, j *rundir.Journal) (*Standing, error) {
	if u == nil || u.By != "" {
		return nil, nil
	}
	if len(u.Compare) == 0 {
		return nil, errors.New("run.yaml: until: compare names no populations: start another run")
	}
	s := &Standing{Looks: u.Looks, Level: u.Level, Margin: u.Margin, Adjusted: u.Adjusted, Over: true, needed: map[string]bool{}}
	plan, err := edf.NewPlan(u.Looks, u.Level/float64(len(u.Compare)))
	if err != nil {
		return nil, fmt.Errorf("run.yaml: until: %w", err)
	}
	if u.Adjusted {
		if s.candidates, err = rundir.LoadCandidates(d, entries); err != nil {
			return nil, err
		}
	}
	of := map[string][]rundir.Entry{}
	for _, e := range entries {
		of[e.Population()] = append(of[e.Population()], e)
	}
	most := u.Looks[len(u.Looks)-1]
	for _, names := range u.Compare {
		a, b := of[names.A], of[names.B]
		if min(len(a), len(b)) < most {
			return nil, fmt.Errorf("run.yaml: until: looks at %d models, but %s has %d and %s has %d: start another run", most, names.A, len(a), names.B, len(b))
		}
		c, err := s.compare(plan, a, b, j)
		if err != nil {
			return nil, fmt.Errorf("run.yaml: until: %s against %s: %w", names.A, names.B, err)
		}
		s.Comparisons = append(s.Comparisons, c)
	}
	s.Models = len(s.needed)
	for id := range s.needed {
		if _, ok := j.Outcome(id, 0); !ok {
			s.Missing++
		}
	}
	if s.Over {
		s.Unneeded = len(entries) - s.Models
		j.Unneeded = map[string]bool{}
		for _, e := range entries {
			j.Unneeded[e.ID] = !s.needed[e.ID]
		}
	}
	s.Sentence = s.sentence()
	if s.Adjusted {
		s.Sentence += " Means are adjusted by predictions."
	}
	return s, nil
}

// compare looks at two populations until one look decides or waits for models.
func (s *Standing) compare(plan edf.Plan, a, b []rundir.Entry, j *rundir.Journal) (Comparison, error) {
	nan := math.NaN()
	c := Comparison{a[0].Population(), b[0].Population(), edf.Look{Verdict: edf.Same, Interval: bootstrap.Interval{Estimate: nan, Lo: nan, Hi: nan}}}
	for k, n := range s.Looks {
		if !s.complete(slices.Concat(a[:n], b[:n]), j) {
			s.Over = false
			return c, nil
		}
		e, err := s.estimate(a[:n], b[:n], j)
		if err != nil {
			return c, err
		}
		if c.Look = plan.Look(k+1, e, s.Margin); c.Decided() {
			break
		}
	}
	return c, nil
}

// complete marks models as needed and reports whether all have an outcome.
func (s *Standing) complete(entries []rundir.Entry, j *rundir.Journal) bool {
	all := true
	for _, e := range entries {
		_, ok := j.Outcome(e.ID, 0)
		all = all && ok
		s.needed[e.ID] = true
	}
	return all
}

// estimate returns the difference of the mean errors, without failed models: in
// conditions of the same architectures that of pairs, and adjusted if there are
// predictions, or nothing where models are too few for that.
func (s *Standing) estimate(a, b []rundir.Entry, j *rundir.Journal) (edf.Estimate, error) {
	if x, y := paired(a, b, j); x != nil {
		p, err := edf.ComparePairs(x, y)
		return p.Estimate, err
	}
	x, y := errorsOf(a, j), errorsOf(b, j)
	if s.candidates == nil {
		return edf.MeanDifference(x, y)
	}
	if min(len(x.Errors), len(y.Errors)) < edf.LeastAdjusted {
		nan := math.NaN()
		return edf.Estimate{Interval: bootstrap.Interval{Estimate: nan, Lo: nan, Hi: nan}}, nil
	}
	s.predict(&x, a, j)
	s.predict(&y, b, j)
	return edf.AdjustedMeanDifference(x, y)
}

// errorsOf is the population of the models that have an error.
func errorsOf(entries []rundir.Entry, j *rundir.Journal) edf.Population {
	p := edf.Population{Name: entries[0].Population()}
	for _, e := range entries {
		if o := j.First(e.ID); o.Status.Counts() {
			p.Errors = append(p.Errors, o.Error)
		}
	}
	return p
}

// predict gives the population of the entries their predictions, and those of the
// candidates drawn with them but for models that failed.
func (s *Standing) predict(p *edf.Population, entries []rundir.Entry, j *rundir.Journal) {
	predicted := map[string]float64{}
	failed := map[string]bool{}
	for _, e := range entries {
		failed[e.ID] = !j.First(e.ID).Status.Counts()
	}
	for _, c := range s.candidates {
		if c.Space == entries[0].Space && c.Budget == entries[0].Budget && !failed[c.ID] {
			p.Candidates = append(p.Candidates, c.Error)
			predicted[c.ID] = c.Error
		}
	}
	for _, e := range entries {
		if !failed[e.ID] {
			p.Predicted = append(p.Predicted, predicted[e.ID])
		}
	}
}

// paired returns the errors of architectures that have one in both conditions;
// nil if there are none.
func paired(a, b []rundir.Entry, j *rundir.Journal) (x, y []float64) {
	errs := map[string]float64{}
	for _, e := range a {
		if o := j.First(e.ID); e.Pair != "" && o.Status.Counts() {
			errs[e.Pair] = o.Error
		}
	}
	for _, e := range b {
		first, ok := errs[e.Pair]
		if o := j.First(e.ID); ok && o.Status.Counts() {
			x, y = append(x, first), append(y, o.Error)
		}
	}
	return x, y
}

// Needed returns the models that are to be trained, or were: those of the looks
// so far and of those that wait. A nil Standing needs all.
func (s *Standing) Needed(entries []rundir.Entry) []rundir.Entry {
	if s == nil {
		return entries
	}
	var list []rundir.Entry
	for _, e := range entries {
		if s.needed[e.ID] {
			list = append(list, e)
		}
	}
	return list
}

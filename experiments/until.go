package experiments

import (
	"fmt"
	"math"
	"slices"

	"designspace/bootstrap"
	"designspace/edf"
	"designspace/space"
)

// An Until says that models are trained only until every claimed difference of
// mean errors is decided, by the looks of an [edf.Plan] at the first models of each
// population. The level is divided among the differences.
type Until struct {
	Max Factor `yaml:"max"` // models of each population at the last look

	// Margin is within how many percentage points means count as equal, so that
	// no more models are needed for a claim that one is lower; 0: they never do.
	// Claims that means are equal, or no higher, have the margin of the statistic.
	Margin float64 `yaml:"margin"`
}

// scaled is what varies in populations of the same architectures that are scaled by
// different rules.
const scaled = "scale"

// checkDesign checks what is varied, and until when models are trained.
func (d Definition) checkDesign() error {
	u, m := d.Until, d.Statistic.Mean
	if u == nil {
		return d.checkPairs()
	}
	if m == nil || m.Column != "" || m.Normalize != nil {
		return fmt.Errorf("until: goes only with the statistic mean, of errors without weights")
	}
	relations, err := parseRelations(m.Claims, d.labels())
	if err != nil {
		return err
	}
	ordered := slices.ContainsFunc(relations, func(r relation) bool { return r.op == "<" })
	if !(u.Margin >= 0) || math.IsInf(u.Margin, 0) || u.Margin > 0 && !ordered {
		return fmt.Errorf("until: margin %v: want percentage points, 0 or more, and 0 without a claim with <", u.Margin)
	}
	for _, p := range d.Populations {
		if !slices.ContainsFunc(relations, func(r relation) bool { return r.a == p.Label || r.b == p.Label }) {
			return fmt.Errorf("until: no claim compares population %s", p.Label)
		}
	}
	return d.checkVaried(relations)
}

// checkPairs checks what is varied where all models are trained.
func (d Definition) checkPairs() error {
	m := d.Statistic.Mean
	switch {
	case d.Vary == "":
		return d.checkVaried(nil)
	case d.Vary != scaled:
		return fmt.Errorf("vary %s: goes only with until", d.Vary)
	case m == nil || m.Normalize != nil:
		return fmt.Errorf("vary: goes only with the statistic mean, without weights")
	}
	relations, err := parseRelations(m.Claims, d.labels())
	if err != nil {
		return err
	}
	return d.checkVaried(relations)
}

// checkVaried checks that the populations that are compared differ in what varies.
func (d Definition) checkVaried(relations []relation) error {
	for _, p := range d.Populations {
		if (p.Value != "") != (d.Vary != "" && d.Vary != scaled) || d.Vary == scaled && p.Scale == "" {
			return fmt.Errorf("vary %s: population %s: want a value of the setting that varies, or scale if that varies", d.Vary, p.Label)
		}
	}
	if d.Vary == "" {
		return nil
	}
	for _, r := range relations {
		if d.architectures(r.a) != d.architectures(r.b) {
			return fmt.Errorf("vary %s: %s and %s have not the same architectures", d.Vary, r.a, r.b)
		}
	}
	if d.Vary != scaled {
		return nil
	}
	if err := d.checkScales(); err != nil {
		return fmt.Errorf("vary %s: %w", scaled, err)
	}
	return nil
}

// checkScales checks that populations grow by the same factor, by different rules.
func (d Definition) checkScales() error {
	rules := map[space.Rule]string{}
	var first space.Growth
	for i, p := range d.Populations {
		g, err := space.ParseGrowth(p.Scale)
		if err != nil {
			return fmt.Errorf("population %s: %w", p.Label, err)
		}
		if other, ok := rules[g.Rule]; ok {
			return fmt.Errorf("populations %s and %s have the same rule", other, p.Label)
		}
		rules[g.Rule] = p.Label
		if i == 0 {
			first = g
		}
		if g.Rule = first.Rule; g != first {
			return fmt.Errorf("population %s: %s: want the factor of %s, %s, and it met in both or in neither", p.Label, p.Scale, d.Populations[0].Label, d.Populations[0].Scale)
		}
	}
	return nil
}

// architectures returns the population of a label without what varies: equal ones
// have the same architectures.
func (d Definition) architectures(label string) Population {
	i := slices.IndexFunc(d.Populations, func(p Population) bool { return p.Label == label })
	return d.Populations[i].architectures(d.Vary)
}

func (p Population) architectures(vary string) Population {
	if p.Label, p.Value = "", ""; vary == scaled {
		p.Scale = ""
	}
	return p
}

// without returns the spaces whose results must not be in what predicts the errors
// of a space: those that this experiment compares, and others of the edition with
// the space. Experiments share populations, and so predictions.
func (d Definition) without(space string) []string {
	names := slices.Clone(d.compared[space])
	for _, p := range d.Populations {
		names = append(names, p.Space)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// compare tells the definitions of an edition what they compare together.
func compare(all []Definition) {
	compared := map[string][]string{}
	for _, d := range all {
		if d.Until == nil {
			continue
		}
		for _, p := range d.Populations {
			for _, q := range d.Populations {
				compared[p.Space] = append(compared[p.Space], q.Space)
			}
		}
	}
	for i := range all {
		all[i].compared = compared
	}
}

// A Taken is the look that decided a finding, or the last one.
type Taken struct {
	Look, Of int // number, counted from 1, of so many
	Models   int // of each population

	// The same difference, with the looks taken into account, without predictions
	// where these decide; with them where pairs decide; nil: there is none.
	Raw, Adjusted *bootstrap.Interval

	R2 []float64 // of the errors of each population, or the differences of pairs, with predictions
}

// A sequence is a definition at the looks at its populations.
type sequence struct {
	Definition
	relations []relation
	sizes     []int
	plan      edf.Plan

	needed map[string]int // models of each label at the looks so far and those that wait
	waits  bool           // for models without an outcome
}

func (d Definition) sequence(samples []*Sample) (*sequence, error) {
	s := &sequence{Definition: d, sizes: samples[0].looks, needed: map[string]int{}}
	var err error
	if s.relations, err = parseRelations(d.Statistic.Mean.Claims, names(samples)); err != nil {
		return nil, err
	}
	s.plan, err = edf.NewPlan(s.sizes, level/float64(len(s.relations)))
	return s, err
}

// A series is the estimates of one difference at the looks so far.
type series struct {
	relation
	estimates []edf.Estimate
	last      edf.Look
	decided   bool
	a, b      *Sample // at the last look
}

// take looks at one difference until it is decided, or waits for models.
func (s *sequence) take(r relation, a, b *Sample) (t series, err error) {
	t.relation = r
	for k, n := range s.sizes {
		s.needed[r.a], s.needed[r.b] = max(s.needed[r.a], n), max(s.needed[r.b], n)
		x, y := a.first(n), b.first(n)
		if x.open(n) || y.open(n) {
			s.waits = true
			return t, nil
		}
		e, err := s.estimate(x, y)
		if err != nil {
			return t, err
		}
		l := s.plan.Look(k+1, e, s.Until.Margin)
		t.estimates, t.last, t.a, t.b = append(t.estimates, e), l, x, y
		if t.decided = r.decided(l.Interval, s.Statistic.Mean.Margin) || r.op == "<" && l.Verdict == edf.Equivalent; t.decided {
			break
		}
	}
	return t, nil
}

// decided reports whether an interval lies where the relation puts it, or outside.
func (r relation) decided(i bootstrap.Interval, margin float64) bool {
	lo, hi := r.lo(margin), r.hi(margin)
	return lo < i.Lo && i.Hi < hi || i.Hi < lo || hi < i.Lo
}

// estimate returns the difference that decides: of pairs, or of means that are
// adjusted if there are predictions, or nothing where models are too few for that.
func (s *sequence) estimate(a, b *Sample) (edf.Estimate, error) {
	if s.Vary != "" {
		p, _, _, err := pairs(a, b)
		return p.Estimate, err
	}
	if !s.adjusted(a) {
		return edf.MeanDifference(a.Population, b.Population)
	}
	e, err := edf.AdjustedMeanDifference(a.Population, b.Population)
	if min(len(a.Errors), len(b.Errors)) < edf.LeastAdjusted { // models failed, and looks do not mix means that are adjusted with others
		nan := math.NaN()
		e = edf.Estimate{Interval: bootstrap.Interval{Estimate: e.Estimate, Lo: nan, Hi: nan}}
	}
	return e, err
}

// adjusted reports whether means are adjusted: at all looks or at none.
func (s *sequence) adjusted(a *Sample) bool {
	return s.Vary == "" && a.candidates != nil && s.sizes[0] >= edf.LeastAdjusted
}

// both returns the models of two samples with the same architectures that are in
// both: in the places of equal rows.
func both(a, b *Sample) (x, y []int) {
	other := map[int]int{}
	for i, row := range b.Rows {
		other[row] = i
	}
	for i, row := range a.Rows {
		if k, ok := other[row]; ok {
			x, y = append(x, i), append(y, k)
		}
	}
	return x, y
}

// pairs compares the architectures that have an error in both conditions, and
// returns their predictions with those of all candidates, but for models that
// failed; nil where there are none.
func pairs(a, b *Sample) (p edf.Paired, predicted, candidates []float64, err error) {
	x, y := both(a, b)
	paired := map[int]bool{}
	for _, i := range x {
		paired[a.Rows[i]] = true
	}
	for i, t := range a.candidates {
		if paired[i] {
			predicted = append(predicted, t)
		}
		if paired[i] || i >= a.table.Len() {
			candidates = append(candidates, t)
		}
	}
	p, err = edf.ComparePairs(pick(a.Errors, x), pick(b.Errors, y))
	return p, predicted, candidates, err
}

// finding says what the looks at a difference found.
func (s *sequence) finding(t series) (Finding, error) {
	m := s.Statistic.Mean
	f := finding(m.quantity(t.relation), points, t.last.Interval)
	f.Criterion, f.Taken = t.criterion(m.Margin), &Taken{Look: t.last.Look, Of: len(s.sizes), Models: t.last.N}
	lo, hi := t.lo(m.Margin), t.hi(m.Margin)
	claimed := t.relation.decided(t.last.Interval, m.Margin)
	last := t.estimates[len(t.estimates)-1]
	f.evidence = evidenceOf(last.Estimate, last.StandardError(), lo, hi)
	f.evidence.models = t.last.N
	f.confirms, f.refutes = s.plan.PWithin(t.estimates, lo, hi), s.plan.POutside(t.estimates, lo, hi)
	share := float64(len(s.relations))
	f.confirms, f.refutes = min(1, share*f.confirms), min(1, share*f.refutes)
	switch {
	case !t.decided:
		f.Note = "not decided at the last look"
	case !claimed:
		f.evidence.signal = [2]float64{}
		f.Note = fmt.Sprintf("equal within ±%g: more models would not matter", s.Until.Margin)
	}
	return f, s.beside(f.Taken, t)
}

// beside adds what predictions make of a difference.
func (s *sequence) beside(taken *Taken, t series) error {
	if t.a.candidates == nil {
		return nil
	}
	at := func(e edf.Estimate) *bootstrap.Interval {
		i := s.plan.Look(t.last.Look, e, 0).Interval
		return &i
	}
	if s.Vary != "" {
		p, predicted, candidates, err := pairs(t.a, t.b)
		if err != nil {
			return err
		}
		a, err := edf.AdjustPairs(p, predicted, candidates)
		taken.Adjusted, taken.R2 = at(a.Estimate), []float64{a.R2}
		return err
	}
	if !s.adjusted(t.a) {
		return nil
	}
	raw, err := edf.MeanDifference(t.a.Population, t.b.Population)
	if err != nil {
		return err
	}
	taken.Raw = at(raw)
	for _, p := range []*Sample{t.a, t.b} {
		a, err := edf.AdjustedMean(p.Population)
		if err != nil {
			return err
		}
		taken.R2 = append(taken.R2, a.R2)
	}
	return nil
}

// series takes the looks at all differences that the samples allow.
func (s *sequence) series(samples []*Sample) ([]series, error) {
	var all []series
	for _, r := range s.relations {
		t, err := s.take(r, find(samples, r.a), find(samples, r.b))
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

// looks returns the findings on populations whose looks are all taken.
func (d Definition) looks(samples []*Sample) ([]Finding, error) {
	s, err := d.sequence(samples)
	if err != nil {
		return nil, err
	}
	all, err := s.series(samples)
	if err != nil {
		return nil, err
	}
	if s.waits {
		return nil, fmt.Errorf("the next look needs models that are not trained, up to %v of each population", s.needed)
	}
	var fs []Finding
	for _, t := range all {
		f, err := s.finding(t)
		if err != nil {
			return nil, err
		}
		fs = append(fs, f)
	}
	return fs, nil
}

// needed returns the models of the samples that the looks so far need, and those
// that the next one waits for, and whether it waits; without looks it is all
// models.
func (d Definition) needed(samples []*Sample) (cut []*Sample, waits bool, err error) {
	if d.Until == nil {
		return samples, Pending(samples) > 0, nil
	}
	s, err := d.sequence(samples)
	if err != nil {
		return nil, false, err
	}
	if _, err := s.series(samples); err != nil {
		return nil, false, err
	}
	for _, p := range samples {
		cut = append(cut, p.first(s.needed[p.Name]))
	}
	return cut, s.waits, nil
}

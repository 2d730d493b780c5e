package analysis

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"strconv"

	"designspace/bootstrap"
	"designspace/edf"
	"designspace/internal/format"
	"designspace/internal/numeric"
)

// An Against compares populations in two metrics: what searches attain in the
// first within any cost of a range.
type Against struct {
	Cost        string // its column
	Models      int    // of a search: a quarter of the smallest population
	Range       edf.CostRange
	Populations []Attained
	Tests       []AttainedTest // each population against each later one

	metric    Metric
	tradeoffs []edf.Tradeoff
	rows      [][]int // of their models
}

// An Attained is what searches in a population attain, in expectation and on
// average over the costs, see [edf.Tradeoff.Attained].
type Attained struct {
	Name     string
	N        int
	Attained bootstrap.Interval
	Warnings []string

	cost   string
	models int
	over   edf.CostRange
}

// An AttainedTest says by how much searches in A attain less than such in B.
type AttainedTest struct {
	A, B       string
	Difference bootstrap.Interval
	P, PHolm   float64 // of no difference
	Warnings   []string
}

// MarshalJSON writes the attainment with what it is over.
func (a Attained) MarshalJSON() ([]byte, error) {
	return numeric.MarshalJSON(struct {
		Name     string   `json:"name"`
		N        int      `json:"n"`
		Cost     string   `json:"cost"`
		Lo       float64  `json:"cost_lo"`
		Hi       float64  `json:"cost_hi"`
		Worst    float64  `json:"worst"`
		Models   int      `json:"best_of"`
		Attained float64  `json:"attained"`
		AtLo     float64  `json:"attained_lo"`
		AtHi     float64  `json:"attained_hi"`
		Warnings []string `json:"warnings"`
	}{a.Name, a.N, a.cost, a.over.Lo, a.over.Hi, a.over.Worst, a.models, a.Attained.Estimate, a.Attained.Lo, a.Attained.Hi, append([]string{}, a.Warnings...)})
}

// MarshalJSON writes numbers that there are not as null.
func (t AttainedTest) MarshalJSON() ([]byte, error) {
	return numeric.MarshalJSON(struct {
		A          string   `json:"a"`
		B          string   `json:"b"`
		Difference float64  `json:"attained_difference"`
		Lo         float64  `json:"attained_difference_lo"`
		Hi         float64  `json:"attained_difference_hi"`
		P          float64  `json:"p"`
		PHolm      float64  `json:"p_holm"`
		Warnings   []string `json:"warnings"`
	}{t.A, t.B, t.Difference.Estimate, t.Difference.Lo, t.Difference.Hi, t.P, t.PHolm, append([]string{}, t.Warnings...)})
}

// Against compares populations by their errors, or the metric, at equal cost,
// which is a column of positive numbers. It returns an error if the column or a
// population cannot be used, or the populations have no costs in common.
func (s *Study) Against(cost string, ps ...edf.Population) (*Against, error) {
	a := &Against{Cost: cost, metric: s.metric, Models: math.MaxInt}
	if cost == cmp.Or(s.metric.Name, "error") {
		return nil, fmt.Errorf("--against %s: it is what is compared: name a cost, such as flops or train_seconds", cost)
	}
	for _, p := range ps {
		if p.Tilted {
			return nil, fmt.Errorf("--against %s: a search takes every model for as likely as any other, and those of %s have weights (--tilt): sample without it", cost, p.Name)
		}
		t, rows, err := s.tradeoff(p, cost)
		if err != nil {
			return nil, err
		}
		if n := len(t.Errors); n < 4 {
			return nil, fmt.Errorf("--against %s: %s has %s with an error and a cost, and 4 are the least: train more, or leave it out with --where", cost, p.Name, format.Count(n, "model"))
		}
		a.tradeoffs, a.rows, a.Models = append(a.tradeoffs, t), append(a.rows, rows), min(a.Models, len(t.Errors)/4)
	}
	pairs, err := s.architectures()
	if err != nil {
		return nil, err
	}
	if a.Range, err = edf.CommonCosts(a.tradeoffs...); err != nil {
		return nil, fmt.Errorf("--against %s: %w", cost, err)
	}
	a.Range.Worst = math.Inf(-1)
	for _, t := range a.tradeoffs {
		for _, e := range t.Errors {
			if !(s.metric.percent() && e == edf.Diverged) {
				a.Range.Worst = max(a.Range.Worst, e)
			}
		}
	}
	if math.IsInf(a.Range.Worst, -1) {
		return nil, fmt.Errorf("--against %s: all models diverged", cost)
	}
	return a, a.compare(pairs)
}

// tradeoff returns the models of a population that have an error and a cost, with
// their rows.
func (s *Study) tradeoff(p edf.Population, cost string) (t edf.Tradeoff, rows []int, err error) {
	t.Name = p.Name
	switch {
	case p.Weights != nil && p.Tilted:
		return t, nil, fmt.Errorf("--against: %s was drawn with --tilt: what its models attain at a cost is not estimated: sample it without", p.Name)
	case p.Weights != nil:
		return t, nil, fmt.Errorf("--against cannot be combined with --normalize, since it compares at equal cost by itself: leave one out")
	}
	costs, err := s.Values(p, cost)
	if err != nil {
		return t, nil, err
	}
	for i, c := range costs {
		switch {
		case math.IsNaN(c):
		case !(c > 0) || math.IsInf(c, 1):
			return t, nil, s.Errorf(p.Rows[i], "%s is %v: costs are positive", cost, c)
		default:
			t.Errors, t.Costs, rows = append(t.Errors, p.Errors[i]), append(t.Costs, c), append(rows, p.Rows[i])
		}
	}
	return t, rows, nil
}

func (a *Against) compare(pairs map[int]pairKey) error {
	for _, t := range a.tradeoffs {
		e, err := t.Attained(a.Models, a.Range)
		if err != nil {
			return err
		}
		a.Populations = append(a.Populations, Attained{t.Name, len(t.Errors), e.Interval, e.Warnings, a.Cost, a.Models, a.Range})
	}
	var ps []float64
	for i, x := range a.tradeoffs {
		for j := i + 1; j < len(a.tradeoffs); j++ {
			y := a.tradeoffs[j]
			d, notes, err := a.difference(i, j, pairs)
			if err != nil {
				return err
			}
			below := d.PBelow(0)
			a.Tests = append(a.Tests, AttainedTest{A: x.Name, B: y.Name, Difference: d.Interval, P: 2 * min(below, 1-below), Warnings: notes})
			ps = append(ps, a.Tests[len(a.Tests)-1].P)
		}
	}
	for i, p := range edf.Holm(ps) {
		a.Tests[i].PHolm = p
	}
	if a.metric.Higher {
		a.restore()
	}
	return nil
}

// difference compares two populations, by the architectures that both have if there
// are enough of them for searches over as many models.
func (a *Against) difference(i, j int, pairs map[int]pairKey) (edf.Estimate, []string, error) {
	x, y := a.tradeoffs[i], a.tradeoffs[j]
	place := map[pairKey]int{}
	for k, row := range a.rows[i] {
		if of, ok := pairs[row]; ok {
			place[of] = k
		}
	}
	p, q := edf.Tradeoff{Name: x.Name}, edf.Tradeoff{Name: y.Name}
	for k, row := range a.rows[j] {
		l, ok := place[pairs[row]]
		if !ok {
			continue
		}
		p.Errors, p.Costs = append(p.Errors, x.Errors[l]), append(p.Costs, x.Costs[l])
		q.Errors, q.Costs = append(q.Errors, y.Errors[k]), append(q.Costs, y.Costs[k])
		delete(place, pairs[row])
	}
	which := fmt.Sprintf("%s against %s at equal %s", x.Name, y.Name, a.Cost)
	switch n := len(p.Errors); {
	case n == 0:
		d, err := edf.AttainedDifference(x, y, a.Models, a.Range)
		return d, nil, err
	case n < 4*a.Models:
		d, err := edf.AttainedDifference(x, y, a.Models, a.Range)
		return d, []string{fmt.Sprintf("%s: only %s in both: they are compared as others, which is cautious", which, format.Count(n, "architecture"))}, err
	default:
		d, err := edf.AttainedDifferenceOfPairs(p, q, a.Models, a.Range)
		return d, []string{fmt.Sprintf("%s: the difference is that of the %d architectures in both, pair by pair", which, n)}, err
	}
}

// restore puts values of which more is better in the place of losses.
func (a *Against) restore() {
	for i := range a.Populations {
		p := &a.Populations[i]
		p.Attained, p.over.Worst = negated(p.Attained), a.metric.loss(p.over.Worst)
	}
	for i := range a.Tests {
		a.Tests[i].Difference = negated(a.Tests[i].Difference)
	}
}

// AttainedCurve returns the least error, or the best value of the metric, that
// searches attain within costs, at the end of each, with its interval.
func (a *Against) AttainedCurve(population int, costs []float64) ([]bootstrap.Interval, error) {
	curve := make([]bootstrap.Interval, len(costs))
	for i, c := range costs {
		e, err := a.tradeoffs[population].AttainedAt(a.Models, c, a.Range.Worst)
		if err != nil {
			return nil, err
		}
		if curve[i] = e.Interval; a.metric.Higher {
			curve[i] = negated(e.Interval)
		}
	}
	return curve, nil
}

// WriteText writes a row for every population and comparison, for a person.
func (a *Against) WriteText(w io.Writer) error {
	head := fmt.Sprintf("best of %d at equal %s", a.Models, a.Cost)
	var rows [][]string
	for _, p := range a.Populations {
		rows = append(rows, []string{p.Name, strconv.Itoa(p.N), p.Attained.String()})
	}
	if err := format.Table(w, []string{head, "n", "attained [95 %]"}, rows); err != nil {
		return err
	}
	rows = nil
	for _, t := range a.Tests {
		rows = append(rows, []string{t.A + " against " + t.B, t.Difference.String(), format.PValue(t.P), format.PValue(t.PHolm)})
	}
	if len(rows) > 0 {
		fmt.Fprintln(w)
		if err := format.Table(w, []string{"comparison at equal " + a.Cost, "difference [95 %]", "p", "p (Holm)"}, rows); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w, a.metric.Words(fmt.Sprintf("(The least error to expect among %d random models of at most a cost, on average over %s from %s to %s, all doublings alike; %s where there is none.)",
		a.Models, a.Cost, format.Number(a.Range.Lo), format.Number(a.Range.Hi), format.Percent(a.metric.loss(a.Range.Worst)))))
	if err == nil {
		var notes []string
		for _, p := range a.Populations {
			notes = append(notes, p.Warnings...)
		}
		for _, t := range a.Tests {
			notes = append(notes, t.Warnings...)
		}
		writeNotes(w, notes)
	}
	return err
}

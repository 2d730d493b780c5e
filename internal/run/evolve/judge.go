package evolve

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"designspace/bootstrap"
	"designspace/edf"
	"designspace/internal/format"
)

// A Judgement is of a child against its parent, by fresh models of both.
type Judgement struct {
	Level    float64            `json:"level"`  // at which each claim is tested
	Looks    []int              `json:"looks"`  // models of each space, planned
	Models   int                `json:"models"` // of each space at the last look
	Mean     bootstrap.Interval `json:"mean"`   // of the child less that of the parent, repeated over the looks, one-sided at the level
	Best     bootstrap.Interval `json:"best"`   // of the expected best, likewise
	Accepted bool               `json:"accepted"`
	Sentence string             `json:"sentence"`
	Cost     Cost               `json:"cost"`

	parent      Cost // part of Cost
	populations []Population
}

// looks are the sizes at which a judgement looks at its models.
func (o Options) looks() []int {
	return slices.DeleteFunc(edf.LookSizes(o.Max), func(n int) bool { return n < max(10, perBest*o.Best) })
}

// judge compares a parent and a child, the two spaces of the order, look by look.
//
// Both claims must hold, and each is tested at the whole level: if one is false,
// the child is accepted no more often than that claim is found true. Claims are
// one-sided, so that a plan at twice the level, which decides both ways, has their
// bounds. A claim that once held is not looked at again: with the probability of
// the level no look errs.
func (e *evolution) judge(ctx context.Context, order Order) (Judgement, error) {
	unknown := bootstrap.Interval{Estimate: math.NaN(), Lo: math.NaN(), Hi: math.NaN()}
	j := Judgement{Level: e.budget.level(), Looks: e.looks(), Mean: unknown, Best: unknown}
	plan, err := edf.NewPlan(j.Looks, 2*j.Level)
	if err != nil {
		return j, err
	}
	mean, best := claim{below: e.Margin}, claim{below: 0}
	for k, n := range j.Looks {
		order.N = n
		ps, err := e.lab(ctx, order)
		var scarce *Scarce
		if errors.As(err, &scarce) {
			j.Sentence = fmt.Sprintf("Rejected: it cannot be judged: %v.", scarce)
		}
		if err != nil {
			return j, err
		}
		j.Models, j.Cost, j.parent, j.populations = n, costOf(ps), costOf(ps[:1]), ps
		parent, child := ps[0].Population, ps[1].Population
		d, err := edf.AdjustedMeanDifference(child, parent)
		if err != nil {
			return j, err
		}
		b, err := edf.AdjustedExpectedBestDifference(child, parent, e.Best)
		if err != nil {
			return j, err
		}
		mean.look(plan.Look(k+1, d, 0))
		best.look(plan.Look(k+1, b, 0))
		j.Mean, j.Best = mean.interval, best.interval
		late := 2*n >= e.Max
		if mean.holds && best.holds || mean.refuted(late) || best.refuted(late) {
			break
		}
	}
	j.Accepted = mean.holds && best.holds
	j.Sentence = e.sentence(j, mean, best)
	return j, nil
}

// A claim is that a difference is below a bound.
type claim struct {
	below    float64
	holds    bool
	interval bootstrap.Interval // of the look that showed it, or of the last
}

func (c *claim) look(l edf.Look) {
	if !c.holds {
		c.interval = l.Interval
		c.holds = l.Interval.Hi < c.below
	}
}

// refuted reports that it is of no use to go on: the claim is false, or late in
// the plan it does not even look true. That it ends a judgement early can only
// keep a child from being accepted.
func (c *claim) refuted(late bool) bool {
	return !c.holds && (c.interval.Lo > c.below || late && c.interval.Estimate > c.below)
}

func (e *evolution) sentence(j Judgement, mean, best claim) string {
	margin := format.Percent(e.Margin)
	of := fmt.Sprintf("the expected best of %d", e.Best)
	verdict, because := "Rejected", ""
	switch {
	case j.Accepted:
		verdict, because = "Accepted", fmt.Sprintf("the mean is not worse by %s points, and %s is better", margin, of)
	case mean.interval.Lo > mean.below:
		because = fmt.Sprintf("the mean is worse by more than %s points", margin)
	case best.interval.Lo > best.below:
		because = of + " is worse"
	case !mean.holds && !best.holds:
		because = fmt.Sprintf("neither claim is shown, that the mean is not worse by %s points and that %s is not worse", margin, of)
	case !mean.holds:
		because = fmt.Sprintf("it is not shown that the mean is not worse by %s points", margin)
	case !best.holds:
		because = fmt.Sprintf("it is not shown that %s is not worse", of)
	}
	return fmt.Sprintf("%s with %d fresh models each: %s. Mean %s, %s %s points from the parent's.", verdict, j.Models, because, mean.interval, of, best.interval)
}

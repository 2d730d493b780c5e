// Package evolve refines a design space round by round, with an error rate.
//
// A round explores: a population of the parent is trained, and what its models
// say of parameters proposes children, spaces that differ from the parent in one
// or two restrictions or in a wider range. Then it judges: fresh models of the
// parent and of the child, never those that proposed it, are compared by two
// claims, that the mean error is not worse by a margin and that the expected best
// of m is not worse. A child that passes is the parent of the next round.
//
// All judgements of an evolution together accept a child that is worse with a
// probability of at most [Level], however many rounds and children there are: see
// budget. That nothing is accepted is a result.
//
// Everything follows from the space, the options and the outcomes of training. An
// evolution that goes on is one that is done again, with outcomes that are there
// already.
package evolve

import (
	"context"
	"errors"
	"fmt"
	"math"

	"designspace/edf"
	"designspace/internal/seed"
	"designspace/space"
)

// Level is the probability, at most, with which an evolution accepts any child
// that is worse than its parent.
const Level = 0.05

// Options are how a space is refined.
type Options struct {
	Rounds    int     `yaml:"rounds" json:"rounds"`       // at most
	Proposals int     `yaml:"proposals" json:"proposals"` // children that a round judges, at most
	Explore   int     `yaml:"explore" json:"explore"`     // models that propose, a round
	Max       int     `yaml:"max" json:"max"`             // fresh models of parent and child each at the last look
	Best      int     `yaml:"best" json:"best"`           // m of the expected best of m
	Margin    float64 `yaml:"margin" json:"margin"`       // percentage points by which the mean may be worse
	Seed      uint64  `yaml:"seed" json:"seed"`
}

// Defaults are options that suit most spaces.
func Defaults() Options {
	return Options{Rounds: 4, Proposals: 2, Explore: 50, Max: 60, Best: 5, Margin: 1, Seed: 1}
}

// Check reports an option that is out of its range.
func (o Options) Check() error {
	switch {
	case o.Rounds < 1 || o.Rounds > 100:
		return fmt.Errorf("rounds %d: want 1 to 100", o.Rounds)
	case o.Proposals < 1 || o.Proposals > 10:
		return fmt.Errorf("proposals %d: want 1 to 10", o.Proposals)
	case o.Explore < leastExplorers || o.Explore > 100_000:
		return fmt.Errorf("explore %d: want %d models or more", o.Explore, leastExplorers)
	case o.Best < 1:
		return fmt.Errorf("best %d: want 1 model or more", o.Best)
	case o.Max < 10 || o.Max > 100_000 || len(o.looks()) == 0:
		return fmt.Errorf("max %d: the best of %d is judged with %d models or more", o.Max, o.Best, max(10, perBest*o.Best))
	case !(o.Margin >= 0) || math.IsInf(o.Margin, 0):
		return fmt.Errorf("margin %v: want percentage points, 0 or more", o.Margin)
	}
	return nil
}

// leastExplorers are so few that their best quarter still has some models.
const leastExplorers = 20

// perBest is how many models it takes, for each of m, to say at a low level how the
// expected best of m varies: see [edf.AdjustedExpectedBestDifference].
const perBest = 6

// A Space is a design space and the file that a person reads it in.
type Space struct {
	*space.Space
	File string // its name; "" for a space of the catalog
	Text string // what it holds
}

// An Order is models to be trained: of each space the first N.
type Order struct {
	Name   string // of the run, such as round-1/explore
	Spaces []Space
	N      int
	Seed   uint64 // of the draw and of the training
	Like   string // an order with the same seed, whose outcomes count where models are the same; "": none
}

// A Population is trained models of a space.
type Population struct {
	edf.Population                 // without those that failed
	Settings       []space.Setting // as drawn, one an error

	CandidateSettings []space.Setting // one a candidate with a prediction

	Flops   float64 // of all trainings, for one image each
	Seconds float64 // that they took by the clock, summed
}

// A Lab trains the models of an order, or knows them already. It returns a
// population for each space. A [Scarce] error says that a space has not so many
// models.
type Lab func(context.Context, Order) ([]Population, error)

// A Scarce error says that so many models of a space could not be drawn.
type Scarce struct{ Err error }

func (e *Scarce) Error() string { return e.Err.Error() }

// Unwrap returns the reason.
func (e *Scarce) Unwrap() error { return e.Err }

// Evolve refines a space. What was done before an error is returned with it.
func Evolve(ctx context.Context, root Space, o Options, lab Lab) (*Lineage, error) {
	e := &evolution{
		Options: o, lab: lab, parent: root, budget: budget{share: Level / float64(o.Rounds*o.Proposals)},
		lineage: &Lineage{Options: o, Level: Level, Spaces: []Node{{Name: root.Name, File: root.File, Text: root.Text, About: root.About}}},
		tried:   map[string]bool{},
	}
	return e.lineage, e.run(ctx)
}

// An evolution is one in its course.
type evolution struct {
	Options
	lab       Lab
	budget    budget
	lineage   *Lineage
	parent    Space
	explorers Population      // of the parent, of all rounds
	tried     map[string]bool // children of the parent that were judged, by their moves
	idle      int             // rounds in a row that accepted nothing
}

// mostIdle is the number of rounds in a row without a refinement that end an
// evolution: the second had twice the explorers.
const mostIdle = 2

func (e *evolution) run(ctx context.Context) error {
	for r := 1; r <= e.Rounds; r++ {
		if err := e.round(ctx, r); err != nil {
			return err
		}
		if e.lineage.Stop != "" {
			break
		}
		if e.idle == mostIdle {
			e.lineage.Stop = fmt.Sprintf("%d rounds in a row found no child that is no worse.", mostIdle)
			break
		}
	}
	if e.lineage.Stop == "" {
		e.lineage.Stop = "All rounds are done."
	}
	return nil
}

// round explores the parent, and judges children until one is accepted.
func (e *evolution) round(ctx context.Context, r int) error {
	name := fmt.Sprintf("round-%d", r)
	ps, err := e.lab(ctx, Order{Name: explorers(r), Spaces: []Space{e.parent}, N: e.Explore, Seed: seed.Uint64("evolve", e.Seed, r, "explore")})
	if scarce := new(*Scarce); errors.As(err, scarce) && r > 1 {
		e.lineage.Stop = fmt.Sprintf("%s has too few models to go on.", e.parent.Name)
		return nil
	}
	if err != nil {
		return err
	}
	e.explorers.add(ps[0])
	round := Round{Number: r, Parent: e.parent.Name, Explorers: len(e.explorers.Errors), Cost: costOf(ps), space: e.parent.Space, explorers: e.explorers}
	defer func() { e.lineage.Rounds = append(e.lineage.Rounds, round) }()
	proposals, considered := e.propose(r)
	round.Considered = considered
	slots := e.Proposals
	var parents Cost // of the parent's fresh models, which all judgements of the round share
	for i, p := range proposals {
		order := Order{Name: fmt.Sprintf("%s/judge-%d", name, i+1), Spaces: []Space{e.parent, p.space}, Seed: seed.Uint64("evolve", e.Seed, r, "judge")}
		if i > 0 {
			order.Like = name + "/judge-1"
		}
		slots--
		j, err := e.judge(ctx, order)
		if err != nil && !errors.As(err, new(*Scarce)) {
			return err
		}
		e.tried[p.key] = true
		e.budget.judged(j.Accepted)
		node := Node{
			Name: p.space.Name, File: p.space.File, Text: p.space.Text, About: p.space.About,
			Parent: e.parent.Name, Round: r, Reason: p.reason, Moves: p.names, Judgement: &j,
		}
		e.lineage.Spaces = append(e.lineage.Spaces, node)
		round.Children = append(round.Children, node.Name)
		if parents.Models < j.parent.Models {
			parents, j.parent = j.parent, parents
		}
		j.Cost = j.Cost.less(j.parent) // which an earlier judgement paid
		round.Cost = round.Cost.plus(j.Cost)
		if j.Accepted {
			round.Accepted = node.Name
			e.adopt(p)
			break
		}
	}
	e.budget.unused(slots)
	e.idle++
	if round.Accepted != "" {
		e.idle = 0
	}
	return nil
}

// explorers is the name of the order of a round's explorers.
func explorers(round int) string { return fmt.Sprintf("round-%d/explore", round) }

// adopt makes a child the parent. Explorers that lie within it, and that it draws
// as its parent did, stay.
func (e *evolution) adopt(p proposal) {
	within, ok := e.explorers.within(e.parent.Space, p.space.Space)
	if e.explorers = within; !ok {
		e.explorers = Population{}
	}
	e.parent, e.tried = p.space, map[string]bool{}
}

// add adds models of the same space to a population.
func (p *Population) add(o Population) {
	p.Name = o.Name
	p.Errors, p.Settings = append(p.Errors, o.Errors...), append(p.Settings, o.Settings...)
	p.Predicted = append(p.Predicted, o.Predicted...)
	p.Candidates, p.CandidateSettings = append(p.Candidates, o.Candidates...), append(p.CandidateSettings, o.CandidateSettings...)
}

// within returns the models of the population that lie within a child. It is not
// ok if the child draws them in other proportions than their space did.
func (p Population) within(parent, child *space.Space) (part Population, ok bool) {
	if child.Variant {
		return part, false
	}
	models, ok := inside(p.Settings, parent, child)
	candidates, same := inside(p.CandidateSettings, parent, child)
	if !ok || !same {
		return part, false
	}
	for _, i := range models {
		part.Errors, part.Settings = append(part.Errors, p.Errors[i]), append(part.Settings, p.Settings[i])
		if p.Predicted != nil {
			part.Predicted = append(part.Predicted, p.Predicted[i])
		}
	}
	for _, i := range candidates {
		part.Candidates, part.CandidateSettings = append(part.Candidates, p.Candidates[i]), append(part.CandidateSettings, p.CandidateSettings[i])
	}
	return part, true
}

// inside returns the places of the settings that lie within a child.
func inside(settings []space.Setting, parent, child *space.Space) (places []int, ok bool) {
	ratio := 0.0
	for i, x := range settings {
		w := child.Probability(x) / parent.Probability(x)
		if !(w > 0) {
			continue
		}
		if ratio == 0 {
			ratio = w
		}
		if math.Abs(w-ratio) > 1e-9*ratio {
			return nil, false
		}
		places = append(places, i)
	}
	return places, true
}

// A Cost is what trainings took.
type Cost struct {
	Models  int     `json:"models"`
	Flops   float64 `json:"flops"`         // of the models, summed
	Seconds float64 `json:"train_seconds"` // by the clock, summed over the trainings, whichever ran at once
}

func costOf(ps []Population) (c Cost) {
	for _, p := range ps {
		c = c.plus(Cost{len(p.Errors), p.Flops, p.Seconds})
	}
	return c
}

func (c Cost) plus(o Cost) Cost {
	return Cost{c.Models + o.Models, c.Flops + o.Flops, c.Seconds + o.Seconds}
}

func (c Cost) less(o Cost) Cost {
	return Cost{c.Models - o.Models, c.Flops - o.Flops, c.Seconds - o.Seconds}
}

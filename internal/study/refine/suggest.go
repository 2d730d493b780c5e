package refine

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"designspace/bootstrap"
	"designspace/internal/study/analysis"
	"designspace/space"
)

// DefaultKeep is the least share of the bootstrap's mass with which a listed
// value stays.
const DefaultKeep = 0.05

// A Suggestion is what the empirical bootstrap says of every parameter.
type Suggestion struct {
	Models     int        `json:"models"`     // with an error
	Draws      int        `json:"draws"`      // models a round
	Best       int        `json:"best"`       // best models that carry 95 % of the mass
	Effective  float64    `json:"effective"`  // models of equal mass that would say as much: 1/Σ mass²
	Keep       float64    `json:"keep"`       // least share of the mass with which a listed value stays
	Parameters []Evidence `json:"parameters"` // that vary in the parent

	JointModels int     `json:"joint_models"` // inside the child, that is within all its ranges together
	JointMass   float64 `json:"joint_mass"`   // theirs, of the best models' 1

	mass []float64 // of each model
}

// Evidence is what the bootstrap says of one parameter. If stages are to share
// it, the ranges and the values of all stages are joined.
type Evidence struct {
	Name   string            `json:"parameter"`
	Parent string            `json:"parent"`           // what the parent draws
	Lo     float64           `json:"lo"`               // middle 95 % of the mass: values of the best models
	Hi     float64           `json:"hi"`               //
	Shares []bootstrap.Share `json:"shares,omitempty"` // of listed values; of several stages, the largest of each
	Models int               `json:"models"`           // whose values stay; of several stages, the fewest
	Mass   float64           `json:"mass"`             // of what stays; of several stages, the least
	Left   int               `json:"values_left"`      // values that stay
	Values int               `json:"values"`           // values of the parent
	Child  string            `json:"child,omitempty"`  // what stays, "" if all does

	// MayBeBest lists the values that may have the least mean error, by
	// multiple comparisons with the best: "any" if none is excluded, "" if that
	// is not known, as of a parameter of several stages.
	MayBeBest string `json:"may_be_best"`

	restriction space.Restriction
}

// suggest finds what to keep of the parameters that o does not restrict by hand.
func (p *Population) suggest(o Options) (*Suggestion, error) {
	dist, err := bootstrap.New(p.Errors, bootstrap.Options{})
	if err != nil {
		return nil, err
	}
	s := &Suggestion{Models: len(p.Models), Draws: dist.Draws, Best: dist.Best(0.95), Keep: o.Keep, mass: dist.Mass}
	squares := 0.0
	for _, m := range dist.Mass {
		squares += m * m
	}
	s.Effective = 1 / squares
	for _, a := range axes(p.Space, o.Share) {
		if len(a.values) == 1 || !o.wants(a) {
			continue
		}
		e, err := p.evidence(dist, a, o.Keep)
		if err != nil {
			return nil, err
		}
		s.Parameters = append(s.Parameters, e)
	}
	return s, nil
}

// join counts the models and the mass inside the child.
func (s *Suggestion) join(p *Population, child *space.Space) {
	for i := range p.Models {
		if _, ok := p.Inside(child, &p.Models[i]); ok {
			s.JointModels++
			s.JointMass += s.mass[i]
		}
	}
}

// wants reports whether the bootstrap is asked about a parameter.
func (o Options) wants(a axis) bool {
	byHand := slices.ContainsFunc(o.Ranges, func(r space.Restriction) bool { return slices.Contains(a.names, r.Name) })
	asked := slices.ContainsFunc(o.Only, func(n string) bool { return slices.Contains(a.names, n) })
	return !byHand && (len(o.Only) == 0 || asked)
}

// evidence finds what to keep of one parameter. Values that no model has stay as
// well: a budget may have excluded them, but nothing speaks against them.
func (p *Population) evidence(dist *bootstrap.Distribution, a axis, keep float64) (Evidence, error) {
	e := Evidence{Name: a.name, Parent: a.dist, Values: len(a.values), Lo: math.Inf(1), Hi: math.Inf(-1)}
	var columns [][]bootstrap.Share
	for _, c := range a.columns {
		values := p.Values(c)
		r, err := dist.Range(c, values)
		if err != nil {
			return e, err
		}
		shares, err := dist.Shares(c, values)
		if err != nil {
			return e, err
		}
		e.Lo, e.Hi = min(e.Lo, r.Lo), max(e.Hi, r.Hi)
		columns = append(columns, shares)
	}
	seen := largest(columns, a.values)
	if a.listed {
		e.Shares = seen
		if most := slices.MaxFunc(seen, byMass); most.Mass < keep {
			return e, fmt.Errorf("--keep %v: no value of %s carries that share of the mass: %v has the most, %.2f", keep, a.name, most.Value, most.Mass)
		}
		e.keepListed(a, keep)
	} else {
		e.keepRange(a, seen)
	}
	e.count(columns)
	e.restriction.Note = e.note()
	return e, nil
}

// compare compares the values of the parameters with the best, which takes
// longer than all else.
func (s *Suggestion) compare(p *Population, shared []string) error {
	byName := map[string]axis{}
	for _, a := range axes(p.Space, shared) {
		byName[a.name] = a
	}
	for i := range s.Parameters {
		e := &s.Parameters[i]
		var err error
		if e.MayBeBest, err = p.mayBeBest(byName[e.Name]); err != nil {
			return err
		}
	}
	return nil
}

// mayBeBest says which values of a parameter of one stage, or of all models, may
// be best in mean.
func (p *Population) mayBeBest(a axis) (string, error) {
	if len(a.columns) > 1 {
		return "", nil
	}
	groups, err := analysis.CompareValues(p.Values(a.columns[0]), p.Errors)
	if err != nil {
		return "", fmt.Errorf("%s: %w", a.name, err)
	}
	if groups != nil && !slices.ContainsFunc(groups, func(b analysis.BestValue) bool { return !b.MayBeBest }) {
		return "any", nil
	}
	return analysis.MayBeBest(groups), nil
}

func byMass(a, b bootstrap.Share) int { return cmp.Compare(a.Mass, b.Mass) }

// largest returns every value with the largest of its shares, and with all of
// its models.
func largest(columns [][]bootstrap.Share, values []float64) []bootstrap.Share {
	list := make([]bootstrap.Share, len(values))
	for i, v := range values {
		list[i].Value = v
	}
	for _, shares := range columns {
		for _, s := range shares {
			i, _ := slices.BinarySearch(values, s.Value)
			list[i].N += s.N
			list[i].Mass = max(list[i].Mass, s.Mass)
		}
	}
	return list
}

// keepListed keeps the values with enough of the mass.
func (e *Evidence) keepListed(a axis, keep float64) {
	var kept []float64
	for _, s := range e.Shares {
		if s.N == 0 || s.Mass >= keep {
			kept = append(kept, s.Value)
		}
	}
	e.restrict(a, space.Among(kept...))
}

// keepRange keeps the values of the best models; an end beyond which there is no
// model stays open.
func (e *Evidence) keepRange(a axis, seen []bootstrap.Share) {
	lo, hi := math.Inf(-1), math.Inf(1)
	for _, s := range seen {
		switch {
		case s.N == 0:
		case s.Value < e.Lo:
			lo = e.Lo
		case s.Value > e.Hi:
			hi = e.Hi
		}
	}
	e.restrict(a, space.Between(lo, hi))
}

// restrict sets what stays, and says so if something goes.
func (e *Evidence) restrict(a axis, r space.Range) {
	e.restriction = space.Restriction{Name: a.name, Range: r}
	for _, v := range a.values {
		if r.Holds(v, 0) {
			e.Left++
		}
	}
	if e.Left < e.Values {
		e.Child = r.String()
	}
}

// count counts the models, and the mass, of what stays.
func (e *Evidence) count(columns [][]bootstrap.Share) {
	e.Models, e.Mass = math.MaxInt, math.Inf(1)
	for _, shares := range columns {
		models, mass := 0, 0.0
		for _, s := range shares {
			if e.restriction.Range.Holds(s.Value, 0) {
				models += s.N
				mass += s.Mass
			}
		}
		e.Models, e.Mass = min(e.Models, models), min(e.Mass, mass)
	}
}

// note is the evidence as a comment.
func (e *Evidence) note() string {
	left := fmt.Sprintf("%d models with %.3f of the mass", e.Models, e.Mass)
	if e.Shares == nil {
		return fmt.Sprintf("values of the best models: %v..%v; %s, %d of %d values", e.Lo, e.Hi, left, e.Left, e.Values)
	}
	var shares []string
	for _, s := range e.Shares {
		shares = append(shares, fmt.Sprintf("%v: %.3f", s.Value, s.Mass))
	}
	return left + "; of " + strings.Join(shares, ", ")
}

// restrictions returns what the suggestion keeps.
func (s *Suggestion) restrictions() []space.Restriction {
	var list []space.Restriction
	for _, e := range s.Parameters {
		if e.Child != "" {
			list = append(list, e.restriction)
		}
	}
	return list
}

// head is the evidence for all parameters as a comment.
func (s *Suggestion) head(source string) string {
	return fmt.Sprintf(`Suggested by the empirical bootstrap of %d models of %s.
A round draws %d models and keeps the best: %d models carry 95 %% of the mass, as much as %.1f of equal mass.
Listed values stay with at least %v of the mass, ranges with its middle 95 %%; what no model has stays too.
All ranges together hold %d models with %.3f of the mass.
`, s.Models, source, s.Draws, s.Best, s.Effective, s.Keep, s.JointModels, s.JointMass)
}

package pipeline

import (
	"fmt"

	"designspace/internal/run/rundir"
	"designspace/space"
)

// vary makes every model one of each condition, next to each other. Budgets remain
// what the architectures were drawn for.
func (p *Population) vary() error {
	if p.Config.Vary == "" {
		return nil
	}
	v, err := space.ParseVaried(p.Config.Vary)
	if err != nil {
		return err
	}
	var all []rundir.Entry
	for _, e := range p.Entries {
		first := len(all)
		for _, value := range v.Values {
			c := e
			if c.Candidate, err = e.With(v.Key, value); err != nil {
				return fmt.Errorf("vary %s: model %d of %s cannot have %s: %w", p.Config.Vary, e.Index, e.Space, v.Condition(value), err)
			}
			for i, other := range all[first:] {
				if other.Same(c.Candidate) {
					return fmt.Errorf("vary %s: %s and %s are the same for model %d of %s: leave one out", p.Config.Vary, v.Condition(v.Values[i]), v.Condition(value), e.Index, e.Space)
				}
			}
			c.Complexity, c.Condition = c.Model.Complexity(), v.Condition(value)
			all = append(all, c)
		}
	}
	p.Entries = all
	return nil
}

// pair gives the models of one architecture the id of the first condition's.
func pair(entries []rundir.Entry) {
	type architecture struct {
		space, budget string
		index         int
	}
	first := map[architecture]string{}
	for i := range entries {
		e := &entries[i]
		if e.Condition == "" {
			continue
		}
		a := architecture{e.Space, e.Budget, e.Index}
		if first[a] == "" {
			first[a] = e.ID
		}
		e.Pair = first[a]
	}
}

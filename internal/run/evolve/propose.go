package evolve

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"designspace/internal/format"
	"designspace/space"
)

// A proposal is a child and why it is proposed.
type proposal struct {
	space  Space
	reason string
	names  []string // of its moves
	key    string   // tells it from other proposals of the same parent
}

// leastSupport is how many standard errors of its own a move must promise to
// improve the mean, for it to be proposed.
const leastSupport = 2

// propose returns the children that explorers speak for, those that promise most
// first: of one move or two; and all that was considered.
func (e *evolution) propose(round int) ([]proposal, []Considered) {
	moves, all := e.moves()
	var considered []Considered
	for _, m := range all {
		considered = append(considered, Considered{m.about, m.gain, m.se})
	}
	var sets [][]move
	for i, a := range moves {
		for _, b := range moves[i+1:] {
			if a.expands() || b.expands() || a.parameter == b.parameter {
				continue
			}
			sets = append(sets, []move{a, b})
			break // the best partner
		}
		sets = append(sets, []move{a})
	}
	slices.SortStableFunc(sets, func(a, b []move) int { return cmp.Compare(promise(b), promise(a)) })
	var list []proposal
	for _, set := range sets {
		if len(list) == e.Proposals {
			break
		}
		p, err := e.child(set, fmt.Sprintf("%s-%d%c", childName(e.lineage.Spaces[0].Name), round, 'a'+len(list)))
		if err != nil || e.tried[p.key] || slices.ContainsFunc(list, func(o proposal) bool { return o.key == p.key }) {
			continue // what cannot be made is no child
		}
		list = append(list, p)
	}
	return list, considered
}

// promise is by how much moves improve the mean at least, give or take a standard
// error; their gains add up.
func promise(set []move) float64 {
	gain, variance := 0.0, 0.0
	for _, m := range set {
		gain, variance = gain+m.gain, variance+m.se*m.se
	}
	return gain - math.Sqrt(variance)
}

// childName begins the names of children: that of the root without its directory.
func childName(root string) string {
	return strings.TrimSuffix(fileOf(root[strings.LastIndexAny(root, `/\`)+1:]), ".yaml")
}

// isChild matches what follows: the number of the round and a letter.
var isChild = regexp.MustCompile(`^[0-9]+[a-z]$`)

// child makes the child of some moves.
func (e *evolution) child(set []move, name string) (proposal, error) {
	p := proposal{}
	var reasons, abouts []string
	text := space.Child{Name: name, Extends: cmp.Or(e.parent.File, e.parent.Name)}
	for _, m := range set {
		p.names, reasons, abouts = append(p.names, m.name), append(reasons, m.reason), append(abouts, m.about)
		m.restrict(&text)
	}
	p.key = strings.Join(slices.Sorted(slices.Values(abouts)), "; ")
	p.reason = strings.Join(reasons, " ")
	text.About = e.parent.Name + ": " + strings.Join(abouts, ", ")
	text.Head = fmt.Sprintf("Proposed by %s of %s.\n%s\n", format.Count(len(e.explorers.Errors), "model"), e.parent.Name, strings.Join(reasons, "\n"))
	yaml := string(text.Marshal())
	if set[0].expands() {
		yaml = set[0].variant(text)
	}
	s, err := e.parent.Extend(name, []byte(yaml))
	if err != nil {
		return p, err
	}
	p.space = Space{s, name + ".yaml", yaml}
	return p, nil
}

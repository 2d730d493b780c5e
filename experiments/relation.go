package experiments

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"designspace/internal/suggest"
)

// A relation is a claim about the difference of two populations, a - b.
type relation struct {
	a, b string
	op   string // "<": below; "<=": not above by a margin; "=": equal up to a margin
}

func (r relation) String() string { return r.a + " " + r.op + " " + r.b }

// parseRelations reads chains as in "RegNetX < E < A": each label is related to
// the next.
func parseRelations(chains, labels []string) ([]relation, error) {
	var rs []relation
	for _, chain := range chains {
		words := strings.Fields(chain)
		if len(words) < 3 || len(words)%2 == 0 {
			return nil, fmt.Errorf("claim %q: want labels with <, <= or = between them", chain)
		}
		for i := 0; i+2 < len(words); i += 2 {
			r := relation{words[i], words[i+2], words[i+1]}
			if !slices.Contains([]string{"<", "<=", "="}, r.op) {
				return nil, fmt.Errorf("claim %q: %q is none of <, <=, =", chain, r.op)
			}
			for _, l := range []string{r.a, r.b} {
				if !slices.Contains(labels, l) {
					return nil, fmt.Errorf("claim %q: no population %s; %s", chain, l, suggest.Known(l, labels))
				}
			}
			if r.a == r.b {
				return nil, fmt.Errorf("claim %q: %s is compared with itself", chain, r.a)
			}
			rs = append(rs, r)
		}
	}
	if len(rs) == 0 {
		return nil, fmt.Errorf("no claims")
	}
	return rs, nil
}

// checkRelations also wants a margin if and only if some relation needs one.
func checkRelations(chains, labels []string, margin float64) error {
	rs, err := parseRelations(chains, labels)
	if err != nil {
		return err
	}
	needs := slices.ContainsFunc(rs, func(r relation) bool { return r.op != "<" })
	switch {
	case needs && !(margin > 0):
		return fmt.Errorf("margin: <= and = need a positive one")
	case !needs && margin != 0:
		return fmt.Errorf("margin: no claim needs one")
	}
	return nil
}

// lo and hi are the ends of what the relation allows the difference to be.
func (r relation) lo(margin float64) float64 {
	if r.op == "=" {
		return -margin
	}
	return math.Inf(-1)
}

func (r relation) hi(margin float64) float64 {
	if r.op == "<" {
		return 0
	}
	return margin
}

// criterion says in words what the relation wants of the difference.
func (r relation) criterion(margin float64) string {
	switch r.op {
	case "<":
		return "below 0"
	case "<=":
		return fmt.Sprintf("at most %g", margin)
	}
	return fmt.Sprintf("within ±%g", margin)
}

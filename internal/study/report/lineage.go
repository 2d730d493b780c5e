package report

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"designspace/internal/run/rundir"
	"designspace/space"
)

// A Lineage is a space that was sampled and those that it derives from.
type Lineage struct {
	Steps []Step // the oldest first, the space itself last
	Size  string // how many parameters and settings it has
}

// A Step is a space of a lineage.
type Step struct{ Name, About string }

// lineage reads the lineage of a space of a run. Ancestors that are not in the
// catalog have no more than a name.
func lineage(file string, def rundir.Space) (Lineage, error) {
	s, err := space.Read(file, []byte(def.Definition))
	if err != nil {
		return Lineage{}, err
	}
	var l Lineage
	known := space.Names()
	for _, name := range s.Lineage {
		step := Step{Name: name}
		if slices.Contains(known, name) {
			ancestor, err := space.Load(name)
			if err != nil {
				return Lineage{}, err
			}
			step.About = ancestor.About
		}
		l.Steps = append(l.Steps, step)
	}
	l.Steps = append(l.Steps, Step{s.Name, s.About})
	settings, dimensions, _ := s.Size()
	l.Size = fmt.Sprintf("%d free parameters, %s settings", dimensions, approximate(settings))
	return l, nil
}

// approximate formats a large number in two digits: "about 1.4·10¹³".
func approximate(n *big.Int) string {
	if n.IsInt64() && n.Int64() < 1e6 {
		return n.String()
	}
	digits, exponent, _ := strings.Cut(new(big.Float).SetInt(n).Text('e', 1), "e+")
	raised := []rune("⁰¹²³⁴⁵⁶⁷⁸⁹")
	return "about " + digits + "·10" + strings.Map(func(r rune) rune { return raised[r-'0'] }, strings.TrimPrefix(exponent, "0"))
}

// lineages returns those of all runs, each once.
func lineages(runs []Run) []Lineage {
	var all []Lineage
	for _, r := range runs {
		for _, l := range r.Spaces {
			same := func(o Lineage) bool { return slices.Equal(o.Steps, l.Steps) && o.Size == l.Size }
			if !slices.ContainsFunc(all, same) {
				all = append(all, l)
			}
		}
	}
	return all
}

package refine

import (
	"fmt"
	"slices"
	"strings"

	"designspace/space"
)

// An axis is a parameter that a restriction can name, and all that it restricts.
type axis struct {
	name    string   // as in a space's YAML
	names   []string // that restrict it: its own, of the stages or of all stages
	columns []string // the draws that it stands for: one a stage if stages do not share it
	dist    string   // of the parent, as in "log-uniform 8..128 step 8"
	values  []float64
	listed  bool // values of no order that matters, such as bottleneck ratios
}

// axes returns what can be restricted in a child that shares some parameters:
// those of single stages, or of all where they are shared.
func axes(s *space.Space, shared []string) []axis {
	var list []axis
	for _, p := range s.Params() {
		whole := append([]string{p.Name}, p.Stages...)
		switch {
		case p.Equals != "":
		case p.Family == "" || p.Shared:
			list = add(list, p, p.Name, whole, p.Name)
		case slices.Contains(shared, p.Family):
			list = add(list, p, p.Family, append(whole, p.Family), p.Stages...)
		default:
			for _, name := range p.Stages {
				list = add(list, p, name, []string{name, p.Family}, name)
			}
		}
	}
	return list
}

// add adds a parameter to the axis of a name.
func add(list []axis, p space.Param, name string, names []string, columns ...string) []axis {
	i := slices.IndexFunc(list, func(a axis) bool { return a.name == name })
	if i < 0 {
		i = len(list)
		listed := strings.HasPrefix(p.Text, "values") || strings.HasPrefix(p.Text, "power2 ")
		list = append(list, axis{name: name, dist: p.Text, listed: listed})
	}
	a := &list[i]
	a.names = slices.Concat(a.names, names)
	a.columns = slices.Concat(a.columns, columns)
	a.values = slices.Concat(a.values, p.Distribution.Values)
	slices.Sort(a.values)
	a.values = slices.Compact(a.values)
	return list
}

// known lists what can be restricted, for an error.
func known(s *space.Space) string {
	var names []string
	for _, p := range s.Params() {
		name := p.Name
		if p.Family != "" {
			name = p.Family
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	text := strings.Join(names, ", ")
	if s.Base == space.AnyNetBase {
		_, n := s.Stages()
		text += fmt.Sprintf(" (d1 to d%d and so on for one stage)", n)
	}
	return text
}

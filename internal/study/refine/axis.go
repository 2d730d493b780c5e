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
	columns []string // the draws that it stands for: one a stage if stages do not share it
	dist    string   // of the parent, as in "log-uniform 8..128 step 8"
	values  []float64
	listed  bool // values of no order that matters, such as bottleneck ratios
}

// stageParams are the parameters that every stage of an AnyNet has.
var stageParams = []string{"d", "w", "b", "g"}

// staged reports whether a parameter is one that every stage has, or one of a
// stage of it; letter is what its name begins with.
func staged(s *space.Space, name string) (letter string, ok bool) {
	letter = name[:min(1, len(name))]
	if s.Base != space.AnyNetBase || !slices.Contains(stageParams, letter) {
		return "", false
	}
	return letter, strings.Trim(name[1:], "0123456789") == ""
}

// shares reports whether all stages share one draw of a parameter.
func shares(s *space.Space, p space.Param) bool {
	depth, width := s.Orders()
	return p.Shared || p.Name[:1] == "d" && depth == space.Constant || p.Name[:1] == "w" && width == space.Constant
}

// axes returns what can be restricted in a child that shares some parameters:
// those of single stages, or of all where they are shared.
func axes(s *space.Space, shared []string) []axis {
	var list []axis
	add := func(name string, p space.Param, columns ...string) {
		i := slices.IndexFunc(list, func(a axis) bool { return a.name == name })
		if i < 0 {
			i = len(list)
			listed := strings.HasPrefix(p.Text, "values") || strings.HasPrefix(p.Text, "power2 ")
			list = append(list, axis{name: name, dist: p.Text, listed: listed})
		}
		a := &list[i]
		a.columns = append(a.columns, columns...)
		a.values = slices.Concat(a.values, p.Distribution.Values)
		slices.Sort(a.values)
		a.values = slices.Compact(a.values)
	}
	for _, p := range s.Params() {
		letter, ok := staged(s, p.Name)
		switch {
		case p.Equals != "":
		case !ok || shares(s, p):
			add(p.Name, p, p.Name)
		case slices.Contains(shared, letter):
			add(letter, p, stageNames(s, p.Name)...)
		default:
			for _, name := range stageNames(s, p.Name) {
				add(name, p, name)
			}
		}
	}
	return list
}

// stageNames returns the names of a parameter in every stage, or the one stage
// that the name is of.
func stageNames(s *space.Space, name string) []string {
	if len(name) > 1 {
		return []string{name}
	}
	_, n := s.Stages()
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprint(name, i+1)
	}
	return names
}

// covers reports whether a restriction of one name restricts a parameter of
// another: w is that of all stages, w4 of one.
func covers(s *space.Space, a, b string) bool {
	if a == b {
		return true
	}
	la, oka := staged(s, a)
	lb, okb := staged(s, b)
	return oka && okb && la == lb && (a == la || b == lb)
}

// known lists what can be restricted, for an error.
func known(s *space.Space) string {
	var names []string
	for _, p := range s.Params() {
		name := p.Name
		if letter, ok := staged(s, name); ok {
			name = letter
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

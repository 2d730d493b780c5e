package analysis

import (
	"slices"

	"designspace/edf"
	"designspace/internal/confirm"
)

// Confirmed returns the best models of each population that were trained again.
func (s *Study) Confirmed() ([]confirm.Model, error) {
	if !s.repeated() {
		return nil, nil
	}
	all := make([]string, s.Len())
	if s.Has("id") {
		var err error
		if all, err = s.Strings("id"); err != nil {
			return nil, err
		}
	}
	var list []confirm.Model
	for _, p := range s.Populations {
		ids := pick(all, p.Rows)
		list = append(list, confirm.Best(p.Name, ids, p.Errors, func(i int) []float64 { return s.values(s.AllTrainings(p.Rows[i])) })...)
	}
	return list, nil
}

// repeated reports whether a model of the study was trained more than once.
func (s *Study) repeated() bool {
	return slices.ContainsFunc(s.sources, func(src source) bool { return src.all != nil })
}

// unconfirmed warns of minima that were not confirmed.
func (r *Result) unconfirmed(s *Study) []string {
	open := slices.ContainsFunc(r.Populations, func(p edf.Summary) bool {
		confirmed := slices.ContainsFunc(r.Confirmed, func(m confirm.Model) bool { return m.Population == p.Name })
		return p.N > 1 && !confirmed
	})
	switch {
	case !open:
		return nil
	case slices.ContainsFunc(s.sources, func(src source) bool { return src.keys != nil }):
		return []string{confirm.Caution}
	}
	return []string{confirm.CautionTable}
}
